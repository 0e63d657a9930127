"""Read the factors of each of PEFT's methods: which tensors a module has, and where its numbers are.

A row of `VARIANTS` says how a method's tensors are called (`<module>.<prefix>...`) and how to make
a variant's factors of them. LoRA and its relatives are in `lora_reader.py`, methods whose
modules share vectors in `vector_readers.py`, what is refused in `refused_methods.py`.
A variant is imported when a file has it: there are thirty, and most files are LoRA.

Source: PEFT 0.21.2, `tuners/*/layer.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.expressions import compiled
from lorasurgery.formats.peft.config import CONFIG_FILE
from lorasurgery.formats.peft.lora_reader import read_lora
from lorasurgery.formats.peft.module_tensors import PeftModuleTensors, as_matrices, flat, numbered, shared
from lorasurgery.formats.peft.vector_readers import read_tinylora, read_unilora, read_vblora
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Factors


@dataclass(frozen=True)
class StoredVariant:
    """How one method is stored: its tensors' names begin with `prefix` after the module's path."""

    prefix: str
    read: Callable[[PeftModuleTensors], Factors]


def _adalora(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.adalora import AdaloraFactors

    A, B, E = stored.tensor("lora_A"), stored.tensor("lora_B"), stored.tensor("lora_E")
    # Always over the rank at the start: PEFT keeps its `ranknum` when it prunes, and adds 1e-5 to
    # it.
    alpha, rank = stored.number("lora_alpha"), stored.number("init_r")
    return AdaloraFactors(flat(A), flat(B), E, alpha / (rank + 1e-5) if alpha > 0 else A.shape[0])


def _loha(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.loha import LohaFactors

    names = ("w1_a", "w1_b", "w2_a", "w2_b")
    factors = {name: stored.tensor(f"hada_{name}") for name in names}
    scale = stored.alpha_over(stored.number("r", "rank_pattern"))
    return LohaFactors(**factors, scale=scale, t1=stored.optional("hada_t1"), t2=stored.optional("hada_t2"))


def _lokr(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.lokr import LokrFactors

    names = ("w1", "w1_a", "w1_b", "w2", "w2_a", "w2_b", "t2")
    factors = {name: found for name in names if (found := stored.optional(f"lokr_{name}")) is not None}
    for side in ("w1", "w2"):
        if side not in factors:  # then both of its factors must be there, or the file is damaged
            stored.tensor(f"lokr_{side}_a"), stored.tensor(f"lokr_{side}_b")
    return LokrFactors(stored.alpha_over(stored.number("r", "rank_pattern")), **factors)


def _vera(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.vera import VeraFactors

    vectors = stored.tensor("vera_lambda_b"), stored.tensor("vera_lambda_d")
    return VeraFactors(*vectors, *shared(stored, "vera_A", "vera_B"))


def _pvera(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.pvera import PveraFactors

    vectors = stored.tensor("pvera_lambda_b"), stored.tensor("pvera_lambda_d")
    return PveraFactors(*vectors, *shared(stored, "pvera_A", "pvera_B"))


def _randlora(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.randlora import RandloraFactors

    trained = stored.tensor("randlora_lambda"), stored.tensor("randlora_gamma")
    A, B = shared(stored, "randlora_A", "randlora_B")
    return RandloraFactors(*trained, A, B, stored.number("randlora_alpha") / trained[0].shape[0])


def _ia3(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.ia3 import Ia3Factors

    # The gains of a convolution have one shape for inputs and outputs; only the config
    # distinguishes them.
    inputs = stored.config.get("feedforward_modules") or ()
    if isinstance(inputs, str):
        of_inputs = _hits(inputs, stored.path)
    else:
        of_inputs = any(stored.path.endswith(name) for name in inputs)
    return Ia3Factors(stored.tensor("ia3_l"), of_inputs)


def _hits(expression: str, path: str) -> bool:
    try:
        return compiled(expression).hits(path)
    except ValueError as error:
        raise UnsupportedError(
            f"{CONFIG_FILE}: 'feedforward_modules' has an expression that cannot be followed here "
            f"({error}); name the modules instead."
        ) from None


def _hra(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.hra import HraFactors

    return HraFactors(stored.tensor("hra_u"), bool(stored.config.get("apply_GS")))


def _hira(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.hira import HiraFactors

    if "hira_embedding_A" in stored.tensors:
        A, B = stored.tensor("hira_embedding_B").T, stored.tensor("hira_embedding_A").T
        return HiraFactors(A, B)
    return HiraFactors(*as_matrices(stored, stored.tensor("hira_A"), stored.tensor("hira_B")))


def _oft(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.oft import OftFactors

    if "oft_block_size" not in stored.config:
        raise UnsupportedError(
            "The adapter is OFT as PEFT before 0.14 had it, another method; merge it with PEFT 0.13."
        )
    series = stored.config.get("use_cayley_neumann", True)
    if series and _version(stored.config) < (0, 18):
        raise UnsupportedError(
            "The adapter is OFT with the series of PEFT before 0.18, which was another one; merge it with "
            "PEFT 0.17."
        )
    terms = int(stored.number("num_cayley_neumann_terms")) if series else None
    radius = stored.number("eps") if stored.config.get("coft") else None
    of_outputs = stored.optional("oft_embedding_R")
    return OftFactors(of_outputs or stored.tensor("oft_R"), terms, radius, of_outputs is not None)


def _version(config: Mapping[str, Any]) -> tuple[int, int]:
    """Return the version of PEFT that wrote a config; configs state it since 0.18."""
    found = re.match(r"(\d{1,9})\.(\d{1,9})", str(config.get("peft_version")))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _boft(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.boft import BoftFactors

    return BoftFactors(stored.tensor("boft_R"), stored.tensor("boft_s"))


def _road(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.road import RoadFactors

    group = int(stored.number("group_size"))
    return RoadFactors(stored.tensor("road_theta"), stored.tensor("road_alpha"), group)


def _beft(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.beft import BeftFactors

    return BeftFactors(stored.tensor("beft_bias"))


def _c3a(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.c3a import C3aFactors

    return C3aFactors(stored.tensor("c3a_kernel"))


def _deft(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.deft import DeftFactors

    P, method = stored.tensor("deft_P"), stored.config.get("decomposition_method")
    if method not in ("relu", "qr"):
        raise UnsupportedError(
            f"The adapter is DEFT with decomposition_method {method!r}, which is not known; merge it with "
            "PEFT."
        )
    scale = stored.alpha_over(P.shape[1]) if stored.config.get("alpha") else 1.0
    R = None if stored.config.get("para") else stored.tensor("deft_R")
    return DeftFactors(P, R, scale, orthonormal=method == "qr")


def _delora(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.delora import DeloraFactors

    return DeloraFactors(*(stored.tensor(f"delora_{name}") for name in ("A", "B", "lambda", "w_norm")))


def _fourierft(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.fourierft import FourierftFactors

    seed, scale = int(stored.number("random_loc_seed")), float(stored.number("scaling"))
    return FourierftFactors(stored.tensor("fourierft_spectrum"), seed, scale)


def _waveft(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.waveft import WaveftFactors

    seed, scale = int(stored.number("random_loc_seed")), float(stored.number("scaling"))
    wavelet = str(stored.config.get("wavelet_family")) if stored.config.get("use_idwt", True) else None
    return WaveftFactors(stored.tensor("waveft_spectrum"), seed, scale, wavelet)


def _frod(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.frod import FrodFactors

    kind = _frod_kind(stored.path)
    places, basis = shared(stored, f"frod_s_indices.{kind}", f"frod_V.{kind}")
    return FrodFactors(stored.tensor("frod_lambda_l"), stored.tensor("frod_lambda_s_values"), places, basis)


def _frod_kind(path: str) -> str:
    """Return PEFT's name of the modules that share a basis: the same name in different blocks."""
    *_, above, owner, name = ("", "0", *path.split("."))
    if owner.isdigit():
        return name
    is_of_attention = (above, owner, name) == ("attention", "output", "dense")
    return "attention_output" if is_of_attention else f"{owner}_{name}"


def _glora(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.glora import GloraFactors

    if any(name.startswith("glora_C.X") for name in stored.tensors):
        raise UnsupportedError(
            f"The adapter changes the bias of {stored.path!r} by its weight (GLoRA's C), which this "
            "program cannot do yet. "
            "Merge it with PEFT; or train with config_C='none'."
        )
    return GloraFactors(*(_glora_path(stored, name) for name in "ABDE"))


def _glora_path(stored: PeftModuleTensors, name: str) -> tuple[LazyTensor, ...]:
    """Return two factors, one tensor, or nothing where PEFT stores zeros."""
    found = (stored.optional(f"glora_{name}.{part}") for part in ("X", "Xd", "Xu"))
    return tuple(tensor for tensor in found if tensor is not None)


def _gralora(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.gralora import GraloraFactors

    A, B = stored.tensor("gralora_A"), stored.tensor("gralora_B")
    whole = None
    if stored.number("hybrid_r"):
        whole = stored.tensor("gralora_A_general"), stored.tensor("gralora_B_general")
    if len(A.shape) != 3 or (whole and len(whole[0].shape) != 2):
        raise DamagedFileError(
            f"'gralora_A' of {stored.path!r} is {list(A.shape)}, and GraLoRA's blocks have three sizes "
            "(and its general factors two). Fetch the adapter again."
        )
    return GraloraFactors(A, B, stored.alpha_over(A.shape[2] + (whole[0].shape[0] if whole else 0)), whole)


def _miss(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.miss import MissFactors

    return MissFactors(stored.tensor("miss_block"))


def _osf(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.osf import OsfFactors

    return OsfFactors(*(stored.tensor(f"osf_svd_params.{name}_low") for name in "USV"))


def _peanut(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.peanut import PeanutFactors

    return PeanutFactors(
        stored.tensor("peanut_A"),
        stored.tensor("peanut_B"),
        numbered(stored.tensors, "peanut_encoders"),
        numbered(stored.tensors, "peanut_decoders"),
        str(stored.config.get("act_fn")),
        float(stored.number("scaling")),
    )


def _shira(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.shira import ShiraFactors

    return ShiraFactors(stored.tensor("shira_weight"), stored.tensor("shira_indices"))


def _supertuning(stored: PeftModuleTensors) -> Factors:
    from lorasurgery.variants.supertuning import SupertuningFactors

    values, positions = stored.tensor("supertuning_values"), stored.tensor("supertuning_indices")
    if not stored.config.get("r"):
        return SupertuningFactors(values, positions)
    A, B = stored.tensor("supertuning_lora_A"), stored.tensor("supertuning_lora_B")
    return SupertuningFactors(values, positions, A, B, stored.alpha_over(A.shape[0]))


def _no_factors(stored: PeftModuleTensors) -> Factors:
    """Refuse tensors of methods that replace parameters or rows; `reader` has taken out all known ones."""
    raise DamagedFileError(
        f"The adapter has tensors of no known kind for {stored.path!r}: {sorted(stored.tensors)}."
    )


# PEFT's name of a method, as `peft_type` in the config, -> how it is stored.
VARIANTS: Mapping[str, StoredVariant] = {
    "LORA": StoredVariant("lora_", read_lora),
    "ADALORA": StoredVariant("lora_", _adalora),
    "LOHA": StoredVariant("hada_", _loha),
    "LOKR": StoredVariant("lokr_", _lokr),
    "VERA": StoredVariant("vera_", _vera),
    "PVERA": StoredVariant("pvera_", _pvera),
    "RANDLORA": StoredVariant("randlora_", _randlora),
    "IA3": StoredVariant("ia3_", _ia3),
    "OFT": StoredVariant("oft_", _oft),
    "BOFT": StoredVariant("boft_", _boft),
    "HRA": StoredVariant("hra_", _hra),
    "ROAD": StoredVariant("road_", _road),
    "HIRA": StoredVariant("hira_", _hira),
    "BEFT": StoredVariant("beft_", _beft),
    "C3A": StoredVariant("c3a_", _c3a),
    "DEFT": StoredVariant("deft_", _deft),
    "DELORA": StoredVariant("delora_", _delora),
    "FOURIERFT": StoredVariant("fourierft_", _fourierft),
    "FROD": StoredVariant("frod_", _frod),
    "GLORA": StoredVariant("glora_", _glora),
    "GRALORA": StoredVariant("gralora_", _gralora),
    "LN_TUNING": StoredVariant("ln_tuning_", _no_factors),
    "MISS": StoredVariant("miss_", _miss),
    "OSF": StoredVariant("osf_", _osf),
    "PEANUT": StoredVariant("peanut_", _peanut),
    "SHIRA": StoredVariant("shira_", _shira),
    "SUPERTUNING": StoredVariant("supertuning_", _supertuning),
    "TINYLORA": StoredVariant("tinylora_", read_tinylora),
    "TRAINABLE_TOKENS": StoredVariant("trainable_tokens_", _no_factors),
    "UNILORA": StoredVariant("unilora_", read_unilora),
    "VBLORA": StoredVariant("vblora_", read_vblora),
    "WAVEFT": StoredVariant("waveft_", _waveft),
}
