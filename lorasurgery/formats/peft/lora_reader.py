"""Read LoRA as PEFT stores it, and its relatives: DoRA, KaSA, QA-LoRA, BD-LoRA, PiSSA, OLoRA.

Source: PEFT 0.21.2, `tuners/lora`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.formats.peft.module_tensors import OF_ATTENTION, PeftModuleTensors, as_matrices
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.bdlora import BdloraFactors
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.grouped import GroupedFactors
from lorasurgery.variants.kasa import KasaFactors
from lorasurgery.variants.lora import LoraFactors
from lorasurgery.variants.olora import OloraFactors
from lorasurgery.variants.pissa import PissaFactors
from lorasurgery.variants.qalora import QaloraFactors

# What LoRA and its relatives store; of VeLoRA's and MonteCLoRA's own tensors only the training
# makes use.
LORA_TENSORS = re.compile(
    r"lora_(A|B|embedding_A|embedding_B|magnitude_vector|diag|velora_embed|monteclora_sampler)(\..+)?"
)


def read_lora(stored: PeftModuleTensors) -> Factors:
    if unknown := sorted(name for name in stored.tensors if not LORA_TENSORS.fullmatch(name)):
        raise UnsupportedError(
            f"The adapter has {unknown} for {stored.path!r}, of a relative of LoRA that this program does "
            "not know; merge it with PEFT."
        )
    A, B, by_column = stored.optional("lora_A"), stored.optional("lora_B"), False
    if "lora_embedding_A" in stored.tensors:
        # PEFT's ΔW of an embedding is (B A)ᵀ: its factors are ours, swapped and transposed.
        A, B = stored.tensor("lora_embedding_B").T, stored.tensor("lora_embedding_A").T
        by_column = True
    if A is None or B is None:
        return _incomplete(stored)
    A, B = as_matrices(stored, A, B)
    if stored.config.get("enable_lora"):
        return _grouped(stored, A, B)
    rank = A.shape[0]
    scale = stored.alpha_over(math.sqrt(rank) if stored.config.get("use_rslora") else rank)
    if stored.path.endswith(OF_ATTENTION):
        scale *= 2  # PEFT adds this change twice, in the forward pass as in the merge: it was trained so.
    bias = stored.tensors.get("lora_B.bias")
    magnitude = stored.optional("lora_magnitude_vector")
    # PEFT begins an embedding's factors as usual where the linear layers begin as parts of the
    # base.
    if not by_column and (special := _special(stored, A, B, scale, bias)) is not None:
        return special
    _refuse_contradictions(stored, A, B, magnitude)
    if magnitude is not None:
        return DoraFactors(A, B, magnitude, scale, by_column, bias)
    return LoraFactors(A, B, scale, bias)


def _refuse_contradictions(
    stored: PeftModuleTensors, A: LazyTensor, B: LazyTensor, magnitude: LazyTensor | None
) -> None:
    _refuse_groups(stored)
    if A.shape[0] != B.shape[1]:
        raise DamagedFileError(
            f"{stored.path!r} has rank {A.shape[0]} by its lora_A and {B.shape[1]} by its lora_B."
        )
    if stored.config.get("use_dora") and magnitude is None:
        raise DamagedFileError(
            f"The config says use_dora, and the file has no lora_magnitude_vector for {stored.path!r}."
        )


def _refuse_groups(stored: PeftModuleTensors) -> None:
    """Refuse grouped convolutions: PEFT's A covers all inputs there, and B has the ranks of one group."""
    A, B = stored.optional("lora_A"), stored.optional("lora_B")
    if A is None or B is None or len(A.shape) < 3 or len(A.shape) != len(B.shape):
        return
    groups, left_over = divmod(A.shape[0], max(1, B.shape[1]))
    if groups > 1 and not left_over and B.shape[0] % groups == 0:
        raise UnsupportedError(
            f"{stored.path!r} is a grouped convolution ({groups} groups by the shapes of its lora_A and "
            "lora_B), and PEFT's LoRA lets every output of it see all inputs: "
            "no weight of such a layer can hold that, so it cannot be merged or converted, not even by "
            "PEFT. Load it with PEFT, or train it without this module."
        )


# How PEFT may begin LoRA's factors and leave the base as it is; anything else it does, or a later
# PEFT may do, changes the base.
HARMLESS_STARTS = ("none", "true", "false", "gaussian", "eva", "orthogonal", "mica")


def _special(
    stored: PeftModuleTensors, A: LazyTensor, B: LazyTensor, scale: float, bias: LazyTensor | None
) -> Factors | None:
    """Read the relatives of LoRA that are stored under its names; None for LoRA itself."""
    start = str(stored.config.get("init_lora_weights")).lower()
    if start not in HARMLESS_STARTS:
        return _beside_a_residual(stored, start)(A, B, scale)
    if stored.config.get("use_bdlora"):
        return BdloraFactors(A, B, scale, bias)
    # PEFT has no QA-LoRA with a magnitude: that is DoRA, on a layer that is not quantised.
    if stored.config.get("use_qalora") and stored.optional("lora_magnitude_vector") is None:
        return QaloraFactors(A, B, scale, bias)
    if (diagonal := stored.optional("lora_diag")) is not None:
        return KasaFactors(A, B, diagonal, scale, bias)
    return None


def _beside_a_residual(stored: PeftModuleTensors, start: str) -> type[PissaFactors] | type[OloraFactors]:
    """Read factors that began as a part of the base, which PEFT took out of W."""
    kinds: Mapping[str, type[PissaFactors] | type[OloraFactors]] = {
        "pissa": PissaFactors,
        "olora": OloraFactors,
    }
    others = {
        "DoRA": stored.optional("lora_magnitude_vector") is not None,
        "KaSA": stored.optional("lora_diag") is not None,
        "BD-LoRA": stored.config.get("use_bdlora"),
        # Of a layer that stores (in, out), PEFT takes what is a part of W only where it stores
        # (out, in).
        "fan_in_fan_out": start == "olora" and stored.config.get("fan_in_fan_out"),
    }
    met = next((f" with {name}" for name, is_there in others.items() if is_there), "")
    if start in kinds and not met:
        return kinds[start]
    raise UnsupportedError(
        f"The adapter began as a part of its base (init_lora_weights is {start!r}{met}), and what PEFT "
        "then left of "
        "the base does not follow from these files. Save it with path_initial_model_for_weight_conversion, "
        "which "
        "makes a plain LoRA of it; or, to merge it into the saved residual base, set init_lora_weights to "
        "true."
    )


def _grouped(stored: PeftModuleTensors, A: LazyTensor, B: LazyTensor) -> Factors:
    """Read packed projections of PEFT 0.2, whose config has the rank of one part."""
    enabled = tuple(map(bool, stored.config["enable_lora"]))
    return GroupedFactors(A, B, enabled, stored.alpha_over(A.shape[0] / max(1, sum(enabled))))


def _incomplete(stored: PeftModuleTensors) -> Factors:
    names = "lora_A and lora_B" if stored.optional("lora_A") or stored.optional("lora_B") else "factors"
    raise DamagedFileError(
        f"The adapter does not have both {names} of {stored.path!r}: {sorted(stored.tensors)}."
    )
