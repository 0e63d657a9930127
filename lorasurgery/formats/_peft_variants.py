"""How PEFT stores the factors of each of its methods: which tensors a module has, and where its numbers stand.

A row of `VARIANTS` says how a method's tensors are called (`<module>.<prefix>...`) and how to make a variant's factors of them;
`REFUSED` has the methods whose change is no change of weights, or none that follows from the files, with the reason.

Source: PEFT 0.21.2, `tuners/*/layer.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.formats._peft_config import CONFIG_FILE, VALUES, are_values
from lorasurgery.formats._peft_matching import read_patterns
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.adalora import AdaloraFactors
from lorasurgery.variants.bdlora import BdloraFactors
from lorasurgery.variants.beft import BeftFactors
from lorasurgery.variants.boft import BoftFactors
from lorasurgery.variants.c3a import C3aFactors
from lorasurgery.variants.deft import DeftFactors
from lorasurgery.variants.delora import DeloraFactors
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.fourierft import FourierftFactors
from lorasurgery.variants.frod import FrodFactors
from lorasurgery.variants.glora import GloraFactors
from lorasurgery.variants.gralora import GraloraFactors
from lorasurgery.variants.grouped import GroupedFactors
from lorasurgery.variants.hira import HiraFactors
from lorasurgery.variants.hra import HraFactors
from lorasurgery.variants.ia3 import Ia3Factors
from lorasurgery.variants.kasa import KasaFactors
from lorasurgery.variants.loha import LohaFactors
from lorasurgery.variants.lokr import LokrFactors
from lorasurgery.variants.lora import LoraFactors
from lorasurgery.variants.miss import MissFactors
from lorasurgery.variants.oft import OftFactors
from lorasurgery.variants.olora import OloraFactors
from lorasurgery.variants.osf import OsfFactors
from lorasurgery.variants.peanut import PeanutFactors
from lorasurgery.variants.pissa import PissaFactors
from lorasurgery.variants.pvera import PveraFactors
from lorasurgery.variants.qalora import QaloraFactors
from lorasurgery.variants.randlora import RandloraFactors
from lorasurgery.variants.road import RoadFactors
from lorasurgery.variants.shira import ShiraFactors
from lorasurgery.variants.supertuning import SupertuningFactors
from lorasurgery.variants.tinylora import TinyloraFactors
from lorasurgery.variants.unilora import Chosen, UniloraFactors
from lorasurgery.variants.vblora import Mixture, VbloraFactors
from lorasurgery.variants.vera import VeraFactors
from lorasurgery.variants.waveft import WaveftFactors

# PEFT's path of the output projection of `nn.MultiheadAttention`, behind that of the attention, whose settings it shares.
OF_ATTENTION = ".base_layer.out_proj"


@dataclass(frozen=True)
class Stored:
    """What the file has for one module: its `tensors` by what stands behind its path (`lora_A.weight`), the tensors that all modules
    share by their own names (`vera_A`), the config of the adapter, and how many modules it has."""

    path: str
    tensors: Mapping[str, LazyTensor]
    shared: Mapping[str, LazyTensor]
    config: Mapping[str, Any]
    count: int

    def tensor(self, name: str) -> LazyTensor:
        """A tensor that must be there; PEFT ends some names in `.weight`, and did so for others in the past.

        Raises:
            DamagedFileError: it is not.
        """
        found = self.optional(name)
        if found is None:
            raise DamagedFileError(
                f"The adapter has no {name!r} for {self.path!r}, only {sorted(self.tensors)}."
            )
        return found

    def optional(self, name: str) -> LazyTensor | None:
        return self.tensors.get(f"{name}.weight", self.tensors.get(name))

    def number(self, key: str, pattern: str | None = None) -> float:
        """A number of the config, or that which a pattern (`rank_pattern`) has for this module.

        Raises:
            DamagedFileError: it is absent, or no number.
        """
        default = self.config.get(key)
        if isinstance(default, bool) or not isinstance(default, int | float):
            raise DamagedFileError(f"adapter_config.json has no number {key!r}, which {self.path!r} needs.")
        patterns = self.config.get(pattern) if pattern else None
        if patterns and not are_values(patterns):
            raise DamagedFileError(
                f"{CONFIG_FILE}: {pattern!r} is {str(patterns)[:60]!r}, and should be {VALUES[1]}."
            )
        return read_patterns(patterns, default)(self.path.removesuffix(OF_ATTENTION)) if patterns else default

    def alpha_over(self, rank: float) -> float:
        """The scale of most methods: the module's alpha over a rank; of no rank at all there is nothing to scale."""
        key = "alpha" if "alpha" in self.config else "lora_alpha"
        return self.number(key, "alpha_pattern") / rank if rank else 1.0


@dataclass(frozen=True)
class Variant:
    """How one method is stored: its tensors' names begin with `prefix` after the module's path."""

    prefix: str
    read: Callable[[Stored], Factors]


# What LoRA and its relatives store; of VeLoRA's and MonteCLoRA's own tensors only the training makes use.
LORA_TENSORS = re.compile(
    r"lora_(A|B|embedding_A|embedding_B|magnitude_vector|diag|velora_embed|monteclora_sampler)(\..+)?"
)


def _lora(stored: Stored) -> Factors:
    if unknown := sorted(name for name in stored.tensors if not LORA_TENSORS.fullmatch(name)):
        raise UnsupportedError(
            f"The adapter has {unknown} for {stored.path!r}, of a relative of LoRA that this program does not know; merge it with PEFT."
        )
    A, B, by_column = stored.optional("lora_A"), stored.optional("lora_B"), False
    if "lora_embedding_A" in stored.tensors:
        # PEFT's ΔW of an embedding is (B A)ᵀ, so that its factors are ours, swapped and transposed.
        A, B = _turned(stored.tensor("lora_embedding_B")), _turned(stored.tensor("lora_embedding_A"))
        by_column = True
    if A is None or B is None:
        return _lora_incomplete(stored)
    A, B = _as_matrices(stored, A, B)
    if stored.config.get("enable_lora"):
        return _grouped(stored, A, B)
    rank = A.shape[0]
    scale = stored.alpha_over(math.sqrt(rank) if stored.config.get("use_rslora") else rank)
    if stored.path.endswith(OF_ATTENTION):
        scale *= 2  # PEFT adds this change twice, in the forward pass as in the merge: it was trained so.
    bias = stored.tensors.get("lora_B.bias")
    magnitude = stored.optional("lora_magnitude_vector")
    # PEFT begins an embedding's factors as usual where the linear layers begin as parts of the base.
    if not by_column and (special := _special_lora(stored, A, B, scale, bias)) is not None:
        return special
    _refuse_contradictions(stored, A, B, magnitude)
    if magnitude is not None:
        return DoraFactors(A, B, magnitude, scale, by_column, bias)
    return LoraFactors(A, B, scale, bias)


def _refuse_contradictions(
    stored: Stored, A: LazyTensor, B: LazyTensor, magnitude: LazyTensor | None
) -> None:
    if A.shape[0] != B.shape[1]:
        raise DamagedFileError(
            f"{stored.path!r} has rank {A.shape[0]} by its lora_A and {B.shape[1]} by its lora_B."
        )
    if stored.config.get("use_dora") and magnitude is None:
        raise DamagedFileError(
            f"The config says use_dora, and the file has no lora_magnitude_vector for {stored.path!r}."
        )


# How PEFT may begin LoRA's factors and leave the base as it is; anything else it does, or a later PEFT may do, changes the base.
HARMLESS_STARTS = ("none", "true", "false", "gaussian", "eva", "orthogonal", "mica")


def _special_lora(
    stored: Stored, A: LazyTensor, B: LazyTensor, scale: float, bias: LazyTensor | None
) -> Factors | None:
    """The relatives of LoRA that are stored under its names, and None for LoRA itself."""
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


def _beside_a_residual(stored: Stored, start: str) -> type[PissaFactors] | type[OloraFactors]:
    """Factors that began as a part of the base, which PEFT took out of it, and which W alone must give."""
    kinds: Mapping[str, type[PissaFactors] | type[OloraFactors]] = {
        "pissa": PissaFactors,
        "olora": OloraFactors,
    }
    others = {
        "DoRA": stored.optional("lora_magnitude_vector") is not None,
        "KaSA": stored.optional("lora_diag") is not None,
        "BD-LoRA": stored.config.get("use_bdlora"),
        # Of a layer that stores (in, out), PEFT takes what is a part of W only where it stores (out, in).
        "fan_in_fan_out": start == "olora" and stored.config.get("fan_in_fan_out"),
    }
    met = next((f" with {name}" for name, is_there in others.items() if is_there), "")
    if start in kinds and not met:
        return kinds[start]
    raise UnsupportedError(
        f"The adapter began as a part of its base (init_lora_weights is {start!r}{met}), and what PEFT then left of "
        "the base does not follow from these files. Save it with path_initial_model_for_weight_conversion, which "
        "makes a plain LoRA of it; or, to merge it into the saved residual base, set init_lora_weights to true."
    )


def _grouped(stored: Stored, A: LazyTensor, B: LazyTensor) -> Factors:
    """What PEFT 0.2 made of packed projections; its config has the rank of one part."""
    enabled = tuple(map(bool, stored.config["enable_lora"]))
    return GroupedFactors(A, B, enabled, stored.alpha_over(A.shape[0] / max(1, sum(enabled))))


def _lora_incomplete(stored: Stored) -> Factors:
    names = "lora_A and lora_B" if stored.optional("lora_A") or stored.optional("lora_B") else "factors"
    raise DamagedFileError(
        f"The adapter does not have both {names} of {stored.path!r}: {sorted(stored.tensors)}."
    )


def _as_matrices(stored: Stored, A: LazyTensor, B: LazyTensor) -> tuple[LazyTensor, LazyTensor]:
    """A convolution's factors, (r, in, *kernel) and (out, r, 1...), as matrices.

    Raises:
        DamagedFileError: the two do not have one rank, or are no matrices at all.
    """
    if min(len(A.shape), len(B.shape)) < 2:
        raise DamagedFileError(
            f"lora_A and lora_B of {stored.path!r} are {A.shape} and {B.shape}, and should be matrices."
        )
    return _flat(A), _flat(B)


def _flat(tensor: LazyTensor) -> LazyTensor:
    if len(tensor.shape) == 2:
        return tensor
    shape = (tensor.shape[0], math.prod(tensor.shape[1:]))
    return tensor.map(lambda t: t.reshape(shape), shape=shape, dtype=tensor.dtype)


def _turned(tensor: LazyTensor) -> LazyTensor:
    return tensor.map(lambda t: t.T.contiguous(), shape=tensor.shape[::-1], dtype=tensor.dtype)


def _adalora(stored: Stored) -> Factors:
    A, B, E = stored.tensor("lora_A"), stored.tensor("lora_B"), stored.tensor("lora_E")
    # Always over the rank at the start: PEFT keeps its `ranknum` when it prunes, and adds 1e-5 to it.
    alpha, rank = stored.number("lora_alpha"), stored.number("init_r")
    return AdaloraFactors(_flat(A), _flat(B), E, alpha / (rank + 1e-5) if alpha > 0 else A.shape[0])


def _loha(stored: Stored) -> Factors:
    names = ("w1_a", "w1_b", "w2_a", "w2_b")
    factors = {name: stored.tensor(f"hada_{name}") for name in names}
    scale = stored.alpha_over(stored.number("r", "rank_pattern"))
    return LohaFactors(**factors, scale=scale, t1=stored.optional("hada_t1"), t2=stored.optional("hada_t2"))


def _lokr(stored: Stored) -> Factors:
    names = ("w1", "w1_a", "w1_b", "w2", "w2_a", "w2_b", "t2")
    factors = {name: found for name in names if (found := stored.optional(f"lokr_{name}")) is not None}
    for side in ("w1", "w2"):
        if side not in factors:  # then both of its factors must be there, or the file is damaged
            stored.tensor(f"lokr_{side}_a"), stored.tensor(f"lokr_{side}_b")
    return LokrFactors(stored.alpha_over(stored.number("r", "rank_pattern")), **factors)


def _shared(stored: Stored, *names: str) -> list[LazyTensor]:
    """Tensors that modules share.

    Raises:
        UnsupportedError: they were not saved; they would follow from a seed and all layers that PEFT met.
        DamagedFileError: they are not there, and should be.
    """
    if all(name in stored.shared for name in names):
        return [stored.shared[name] for name in names]
    if stored.config.get("save_projection") is not False:
        raise DamagedFileError(f"The adapter has no {' and '.join(names)}, which {stored.path!r} needs.")
    raise UnsupportedError(
        f"The adapter came without {' and '.join(names)}, which its modules share (save_projection is false). Merge it with PEFT, "
        "which makes them again for the whole model; or train with save_projection=True."
    )


def _vera(stored: Stored) -> Factors:
    vectors = stored.tensor("vera_lambda_b"), stored.tensor("vera_lambda_d")
    return VeraFactors(*vectors, *_shared(stored, "vera_A", "vera_B"))


def _pvera(stored: Stored) -> Factors:
    vectors = stored.tensor("pvera_lambda_b"), stored.tensor("pvera_lambda_d")
    return PveraFactors(*vectors, *_shared(stored, "pvera_A", "pvera_B"))


def _randlora(stored: Stored) -> Factors:
    trained = stored.tensor("randlora_lambda"), stored.tensor("randlora_gamma")
    A, B = _shared(stored, "randlora_A", "randlora_B")
    return RandloraFactors(*trained, A, B, stored.number("randlora_alpha") / trained[0].shape[0])


def _ia3(stored: Stored) -> Factors:
    # The gains of a convolution have one shape for inputs and outputs, so that only the config tells them apart.
    inputs = stored.config.get("feedforward_modules") or ()
    if isinstance(inputs, str):
        of_inputs = re.fullmatch(inputs, stored.path) is not None
    else:
        of_inputs = any(stored.path.endswith(name) for name in inputs)
    return Ia3Factors(stored.tensor("ia3_l"), of_inputs)


def _hra(stored: Stored) -> Factors:
    return HraFactors(stored.tensor("hra_u"), bool(stored.config.get("apply_GS")))


def _hira(stored: Stored) -> Factors:
    if "hira_embedding_A" in stored.tensors:
        A, B = _turned(stored.tensor("hira_embedding_B")), _turned(stored.tensor("hira_embedding_A"))
        return HiraFactors(A, B)
    return HiraFactors(*_as_matrices(stored, stored.tensor("hira_A"), stored.tensor("hira_B")))


def _oft(stored: Stored) -> Factors:
    if "oft_block_size" not in stored.config:
        raise UnsupportedError(
            "The adapter is OFT as PEFT before 0.14 had it, another method; merge it with PEFT 0.13."
        )
    series = stored.config.get("use_cayley_neumann", True)
    if series and _version(stored.config) < (0, 18):
        raise UnsupportedError(
            "The adapter is OFT with the series of PEFT before 0.18, which was another one; merge it with PEFT 0.17."
        )
    terms = int(stored.number("num_cayley_neumann_terms")) if series else None
    radius = stored.number("eps") if stored.config.get("coft") else None
    of_outputs = stored.optional("oft_embedding_R")
    return OftFactors(of_outputs or stored.tensor("oft_R"), terms, radius, of_outputs is not None)


def _version(config: Mapping[str, Any]) -> tuple[int, int]:
    """The PEFT that wrote a config; it says so from 0.18 on."""
    found = re.match(r"(\d+)\.(\d+)", str(config.get("peft_version")))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _boft(stored: Stored) -> Factors:
    return BoftFactors(stored.tensor("boft_R"), stored.tensor("boft_s"))


def _road(stored: Stored) -> Factors:
    group = int(stored.number("group_size"))
    return RoadFactors(stored.tensor("road_theta"), stored.tensor("road_alpha"), group)


def _beft(stored: Stored) -> Factors:
    return BeftFactors(stored.tensor("beft_bias"))


def _c3a(stored: Stored) -> Factors:
    return C3aFactors(stored.tensor("c3a_kernel"))


def _deft(stored: Stored) -> Factors:
    P, method = stored.tensor("deft_P"), stored.config.get("decomposition_method")
    if method not in ("relu", "qr"):
        raise UnsupportedError(
            f"The adapter is DEFT with decomposition_method {method!r}, which is not known; merge it with PEFT."
        )
    scale = stored.alpha_over(P.shape[1]) if stored.config.get("alpha") else 1.0
    R = None if stored.config.get("para") else stored.tensor("deft_R")
    return DeftFactors(P, R, scale, orthonormal=method == "qr")


def _delora(stored: Stored) -> Factors:
    return DeloraFactors(*(stored.tensor(f"delora_{name}") for name in ("A", "B", "lambda", "w_norm")))


def _fourierft(stored: Stored) -> Factors:
    seed, scale = int(stored.number("random_loc_seed")), float(stored.number("scaling"))
    return FourierftFactors(stored.tensor("fourierft_spectrum"), seed, scale)


def _waveft(stored: Stored) -> Factors:
    seed, scale = int(stored.number("random_loc_seed")), float(stored.number("scaling"))
    wavelet = str(stored.config.get("wavelet_family")) if stored.config.get("use_idwt", True) else None
    return WaveftFactors(stored.tensor("waveft_spectrum"), seed, scale, wavelet)


def _frod(stored: Stored) -> Factors:
    kind = _frod_kind(stored.path)
    places, basis = _shared(stored, f"frod_s_indices.{kind}", f"frod_V.{kind}")
    return FrodFactors(stored.tensor("frod_lambda_l"), stored.tensor("frod_lambda_s_values"), places, basis)


def _frod_kind(path: str) -> str:
    """What PEFT calls the modules that share a basis: the same name in different blocks."""
    *_, above, owner, name = ("", "0", *path.split("."))
    if owner.isdigit():
        return name
    is_of_attention = (above, owner, name) == ("attention", "output", "dense")
    return "attention_output" if is_of_attention else f"{owner}_{name}"


def _glora(stored: Stored) -> Factors:
    if any(name.startswith("glora_C.X") for name in stored.tensors):
        raise UnsupportedError(
            f"The adapter changes the bias of {stored.path!r} by its weight (GLoRA's C), which this program cannot do yet. "
            "Merge it with PEFT; or train with config_C='none'."
        )
    return GloraFactors(*(_glora_path(stored, name) for name in "ABDE"))


def _glora_path(stored: Stored, name: str) -> tuple[LazyTensor, ...]:
    """Two factors, one tensor, or nothing, where PEFT stores zeros."""
    found = (stored.optional(f"glora_{name}.{part}") for part in ("X", "Xd", "Xu"))
    return tuple(tensor for tensor in found if tensor is not None)


def _gralora(stored: Stored) -> Factors:
    A, B = stored.tensor("gralora_A"), stored.tensor("gralora_B")
    whole = None
    if stored.number("hybrid_r"):
        whole = stored.tensor("gralora_A_general"), stored.tensor("gralora_B_general")
    return GraloraFactors(A, B, stored.alpha_over(A.shape[2] + (whole[0].shape[0] if whole else 0)), whole)


def _miss(stored: Stored) -> Factors:
    return MissFactors(stored.tensor("miss_block"))


def _osf(stored: Stored) -> Factors:
    return OsfFactors(*(stored.tensor(f"osf_svd_params.{name}_low") for name in "USV"))


def _peanut(stored: Stored) -> Factors:
    return PeanutFactors(
        stored.tensor("peanut_A"),
        stored.tensor("peanut_B"),
        _numbered(stored.tensors, "peanut_encoders"),
        _numbered(stored.tensors, "peanut_decoders"),
        str(stored.config.get("act_fn")),
        float(stored.number("scaling")),
    )


def _numbered(tensors: Mapping[str, LazyTensor], name: str) -> tuple[LazyTensor, ...]:
    """Tensors that are called `name.0`, `name.1` and so on, in that order."""
    found = {key: re.fullmatch(rf"{name}\.(\d+)(\.weight)?", key) for key in tensors}
    numbers = {int(match[1]): tensors[key] for key, match in found.items() if match}
    return tuple(numbers[i] for i in sorted(numbers))


def _shira(stored: Stored) -> Factors:
    return ShiraFactors(stored.tensor("shira_weight"), stored.tensor("shira_indices"))


def _supertuning(stored: Stored) -> Factors:
    values, positions = stored.tensor("supertuning_values"), stored.tensor("supertuning_indices")
    if not stored.config.get("r"):
        return SupertuningFactors(values, positions)
    A, B = stored.tensor("supertuning_lora_A"), stored.tensor("supertuning_lora_B")
    return SupertuningFactors(values, positions, A, B, stored.alpha_over(A.shape[0]))


def _tinylora(stored: Stored) -> Factors:
    A, B, P = (stored.tensor(f"tinylora_{name}") for name in "ABP")
    vectors = _numbered(stored.shared, "tinylora_v")
    if not vectors:
        raise DamagedFileError(f"The adapter has no vectors tinylora_v, which {stored.path!r} needs.")
    return TinyloraFactors(A, B, P, vectors, int(stored.number("projection_seed")), stored.count)


def _unilora(stored: Stored) -> Factors:
    return UniloraFactors(_chosen(stored, "A"), _chosen(stored, "B"), *_shared(stored, "unilora_theta_d"))


def _chosen(stored: Stored, name: str) -> Chosen:
    return Chosen(stored.tensor(f"unilora_indices_{name}"), stored.tensor(f"unilora_scales_{name}"))


def _vblora(stored: Stored) -> Factors:
    return VbloraFactors(_mixture(stored, "A"), _mixture(stored, "B"), *_shared(stored, "vblora_vector_bank"))


def _mixture(stored: Stored, name: str) -> Mixture:
    places, count = stored.optional(f"vblora_logits_{name}_topk_indices"), int(stored.number("topk"))
    suffix = "_topk_weights" if places else ""
    return Mixture(stored.tensor(f"vblora_logits_{name}{suffix}"), places, count)


def _no_factors(stored: Stored) -> Factors:
    """For methods that replace parameters or rows of them, which `_peft_read` takes out before."""
    raise DamagedFileError(
        f"The adapter has tensors of no known kind for {stored.path!r}: {sorted(stored.tensors)}."
    )


# PEFT's name of a method, as `peft_type` in the config, -> how it is stored.
VARIANTS: Mapping[str, Variant] = {
    "LORA": Variant("lora_", _lora),
    "ADALORA": Variant("lora_", _adalora),
    "LOHA": Variant("hada_", _loha),
    "LOKR": Variant("lokr_", _lokr),
    "VERA": Variant("vera_", _vera),
    "PVERA": Variant("pvera_", _pvera),
    "RANDLORA": Variant("randlora_", _randlora),
    "IA3": Variant("ia3_", _ia3),
    "OFT": Variant("oft_", _oft),
    "BOFT": Variant("boft_", _boft),
    "HRA": Variant("hra_", _hra),
    "ROAD": Variant("road_", _road),
    "HIRA": Variant("hira_", _hira),
    "BEFT": Variant("beft_", _beft),
    "C3A": Variant("c3a_", _c3a),
    "DEFT": Variant("deft_", _deft),
    "DELORA": Variant("delora_", _delora),
    "FOURIERFT": Variant("fourierft_", _fourierft),
    "FROD": Variant("frod_", _frod),
    "GLORA": Variant("glora_", _glora),
    "GRALORA": Variant("gralora_", _gralora),
    "LN_TUNING": Variant("ln_tuning_", _no_factors),
    "MISS": Variant("miss_", _miss),
    "OSF": Variant("osf_", _osf),
    "PEANUT": Variant("peanut_", _peanut),
    "SHIRA": Variant("shira_", _shira),
    "SUPERTUNING": Variant("supertuning_", _supertuning),
    "TINYLORA": Variant("tinylora_", _tinylora),
    "TRAINABLE_TOKENS": Variant("trainable_tokens_", _no_factors),
    "UNILORA": Variant("unilora_", _unilora),
    "VBLORA": Variant("vblora_", _vblora),
    "WAVEFT": Variant("waveft_", _waveft),
}

# PEFT's name of a method -> the setting without which it leaves out of the file what it can make again, from the base and a seed, on
# the same kind of machine; no single module shows it. PEFT saves it after all when it has loaded the file with that setting.
SAVING: Mapping[str, str] = {
    "SUPERTUNING": "save_precomputed_indices",
    "TINYLORA": "save_projection",
    "UNILORA": "save_indices",
}

_NO_WEIGHTS = "and changes no weights; load it with PEFT beside the model"

# The methods whose modules share tensors, which lie in the file under no module.
SHARING = frozenset({"VERA", "PVERA", "RANDLORA", "FROD", "TINYLORA", "UNILORA", "VBLORA"})

# PEFT's name of a method -> why it cannot be merged into weights, and what to do instead.
REFUSED: Mapping[str, str] = {
    "ADAMSS": "which rows its parts act on comes of clustering the singular vectors of the base, and PEFT does not save it; "
    "merge it with PEFT, on the base and the machine that it was trained with",
    "ADAPTION_PROMPT": f"it adds learned tokens to what attention looks at, {_NO_WEIGHTS}",
    "CARTRIDGE": f"it is a cache of keys and values that stands before the input, {_NO_WEIGHTS}",
    "CPT": f"it puts learned tokens before the input, {_NO_WEIGHTS}",
    "LILY": "it mixes its factors anew for every input, which no fixed weights can do; load it with PEFT beside the model",
    "MULTITASK_PROMPT_TUNING": f"it puts learned tokens before the input, {_NO_WEIGHTS}",
    "POLY": "it mixes its factors anew for every task that is named with the input; load it with PEFT beside the model",
    "PREFIX_TUNING": f"it puts learned keys and values before those of the input, {_NO_WEIGHTS}",
    "PROMPT_TUNING": f"it puts learned tokens before the input, {_NO_WEIGHTS}",
    "PSOFT": "it turns the singular vectors of the base, whose signs PEFT does not save and another machine may choose otherwise; "
    "merge it with PEFT, on the base and the machine that it was trained with",
    "P_TUNING": f"it puts learned tokens before the input, {_NO_WEIGHTS}",
    "SHADOW": "it runs a second network beside the layers of the base, which no fixed weights can do; load it with PEFT beside the model",
    "XLORA": "it mixes several LoRA adapters anew for every token; merge one of them by itself, or load it with PEFT beside the model",
}


def split(key: str, prefix: str) -> tuple[str, str] | None:
    """Cut a key without PEFT's own prefix into the module's path and the name of the tensor; None where it is no factor's."""
    found = re.fullmatch(rf"(.+)\.({re.escape(prefix)}.+)", key)
    return (found[1], found[2]) if found else None
