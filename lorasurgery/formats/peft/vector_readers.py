"""Read the factors of PEFT's methods whose modules share vectors: TinyLoRA, Uni-LoRA and VB-LoRA.

Source: PEFT 0.21.2, `tuners/{tinylora,unilora,vblora}/layer.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lorasurgery.errors import DamagedFileError
from lorasurgery.formats.peft.module_tensors import PeftModuleTensors, numbered, shared
from lorasurgery.variants.edit import Factors

if TYPE_CHECKING:
    from lorasurgery.variants.unilora import Chosen
    from lorasurgery.variants.vblora import Mixture


def read_tinylora(stored: PeftModuleTensors) -> Factors:
    """Read the projections of TinyLoRA, whose vectors modules share."""
    from lorasurgery.variants.tinylora import TinyloraFactors

    A, B, P = (stored.tensor(f"tinylora_{name}") for name in "ABP")
    vectors = numbered(stored.shared, "tinylora_v")
    if not vectors:
        raise DamagedFileError(f"The adapter has no vectors tinylora_v, which {stored.path!r} needs.")
    return TinyloraFactors(A, B, P, vectors, int(stored.number("projection_seed")), stored.count)


def read_unilora(stored: PeftModuleTensors) -> Factors:
    """Read the places of Uni-LoRA, each entry of whose factors is an entry of one vector."""
    from lorasurgery.variants.unilora import UniloraFactors

    return UniloraFactors(_chosen(stored, "A"), _chosen(stored, "B"), *shared(stored, "unilora_theta_d"))


def _chosen(stored: PeftModuleTensors, name: str) -> Chosen:
    from lorasurgery.variants.unilora import Chosen

    return Chosen(stored.tensor(f"unilora_indices_{name}"), stored.tensor(f"unilora_scales_{name}"))


def read_vblora(stored: PeftModuleTensors) -> Factors:
    """Read the mixtures of VB-LoRA, each a piece of a factor, of a bank's vectors."""
    from lorasurgery.variants.vblora import VbloraFactors

    return VbloraFactors(_mixture(stored, "A"), _mixture(stored, "B"), *shared(stored, "vblora_vector_bank"))


def _mixture(stored: PeftModuleTensors, name: str) -> Mixture:
    from lorasurgery.variants.vblora import Mixture

    places, count = stored.optional(f"vblora_logits_{name}_topk_indices"), int(stored.number("topk"))
    suffix = "_topk_weights" if places else ""
    return Mixture(stored.tensor(f"vblora_logits_{name}{suffix}"), places, count)
