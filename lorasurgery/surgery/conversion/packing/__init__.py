"""Split packed projections into modules of their own and pack modules into one, exactly.

    W = [W₁; W₂; …]    split   ΔWᵢ = scale · Bᵢ A, where B = [B₁; B₂; …], without the ranks of
                               which Bᵢ is zero
                       pack    A = [A₁; A₂; …], B = diag(B₁, B₂, …);  A and [B₁; B₂; …] where
                               all have one A, bit for bit

    experts.gate_up_proj (experts, out, in)  <->  experts.0.gate_proj, experts.0.up_proj, …

The rows of the parts must follow one another. Interleaved heads (`query_key_value` of GPT-NeoX,
BLOOM and Falcon) are not supported.
"""

from lorasurgery.surgery.conversion.packing.apart import split
from lorasurgery.surgery.conversion.packing.packings import Packings
from lorasurgery.surgery.conversion.packing.together import pack
from lorasurgery.surgery.conversion.packing.value import PRESETS, Packing, parse

__all__ = ["PRESETS", "Packing", "Packings", "pack", "parse", "split"]
