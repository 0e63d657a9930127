"""Projections that one model holds apart and another as one matrix: modules taken apart and put together, exactly.

    W = [W₁; W₂; …]      split   ΔWᵢ = scale · Bᵢ A, where B = [B₁; B₂; …];  of ranks for which Bᵢ is zero, nothing
                         pack    A = [A₁; A₂; …], B = diag(B₁, B₂, …);  A and [B₁; B₂; …] where all have one A, bit for bit

    experts.gate_up_proj (experts, out, in)   <->   experts.0.gate_proj, experts.0.up_proj, experts.1.gate_proj, …

Rows must lie part after part; heads that take turns (`query_key_value` of GPT-NeoX, BLOOM, Falcon)
do not.
"""

from lorasurgery.surgery.conversion.packing.apart import split
from lorasurgery.surgery.conversion.packing.packings import Packings
from lorasurgery.surgery.conversion.packing.together import pack
from lorasurgery.surgery.conversion.packing.value import PRESETS, Packing, parse

__all__ = ["PRESETS", "Packing", "Packings", "pack", "parse", "split"]
