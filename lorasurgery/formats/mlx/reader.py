"""Read mlx-lm's adapters: every tensor is a factor or replaces a parameter, or the file is refused.

With the model that the adapter is for, names come out as transformers has them; without it they do
where mlx-lm has the same, and `Adapter.unresolved` says where it may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import (
    AlignmentError,
    DamagedFileError,
    NotACheckpointError,
    SurgeryError,
    UnreadableError,
    UnsupportedError,
)
from lorasurgery.formats._factor_pairs import FactorPair, joined
from lorasurgery.formats._settings import number
from lorasurgery.formats._state_dict import misfit, refuse_strangers
from lorasurgery.formats.mlx.tensor_names import COMMON, EMBEDDING, places
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import NO_FILE
from lorasurgery.text import listed
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapters.safetensors"
METHODS = ("lora", "dora", "full")
PARTS = ("lora_a", "lora_b", "m")

NAMES_UNRESOLVED = "Some names are mlx-lm's own ({}), and only the base has transformers' names (--base)."

Low = LoraFactors | DoraFactors


def find(path: Path) -> Path | None:
    """Find the folder, given itself or by its file of weights, whose config is one of mlx-lm's."""
    folder = path.parent if path.name == WEIGHTS_FILE else path
    if not (folder / WEIGHTS_FILE).is_file() or not (folder / CONFIG_FILE).is_file():
        return None
    try:
        config = _json(folder)
    except UnreadableError:
        raise
    except (SurgeryError, *NO_FILE):
        return None
    is_pefts = "peft_type" in config
    return folder if not is_pefts and {"fine_tune_type", "lora_parameters"} & config.keys() else None


def read(folder: Path, host: Host | None = None) -> Adapter:
    """Read an adapter from its header and config; left factors of fused experts are read, to compare them.

    Raises:
        DamagedFileError: half of a pair is missing, shapes contradict each other, or the config has
            no scale.
        UnsupportedError: a method that is not known, or a tensor that does not belong to it.
        AlignmentError: it has factors for modules that the host does not have.
    """
    from lorasurgery.checkpoint import open_checkpoint

    config = _json(folder)
    method = config.get("fine_tune_type") or "lora"
    if method not in METHODS:
        raise UnsupportedError(f"{folder} is of fine_tune_type {method!r}; {', '.join(METHODS)} are known.")
    tensors = open_checkpoint(folder / WEIGHTS_FILE).tensors
    if method == "full":
        return _whole_parameters(folder, config, tensors, host)
    scale = _scale(folder, config)
    stored = _by_module(folder, tensors, is_dora=method == "dora")
    found = _places(folder, stored, host)
    parts: dict[str, dict[int | None, Low]] = {}
    for name, each in stored.items():
        path, half = found[name]
        is_embedding = _is_embedding(name, path, host)
        parts.setdefault(path, {})[half] = _factors(folder, name, each, scale, is_embedding=is_embedding)
    modules: dict[str, Factors] = {
        path: _joined(folder, path, halves) for path, halves in sorted(parts.items())
    }
    embeddings = [path for name, (path, _) in found.items() if _is_embedding(name, path, host)]
    return Adapter(
        host=host or _host(config, dict.fromkeys(embeddings, "embedding")),
        modules=modules,
        keeps_ties=frozenset(embeddings),
        unresolved=_unresolved(stored, host),
    )


def _json(folder: Path) -> dict[str, Any]:
    from lorasurgery.checkpoint.folder import read_json

    if not (folder / CONFIG_FILE).is_file():
        raise NotACheckpointError(f"{folder} has no {CONFIG_FILE}, which an adapter of mlx-lm's begins with.")
    return read_json(folder / CONFIG_FILE)


def _scale(folder: Path, config: Mapping[str, Any]) -> float:
    settings = config.get("lora_parameters")
    scale = settings.get("scale") if isinstance(settings, Mapping) else None
    return number(folder / CONFIG_FILE, "lora_parameters.scale", scale)


def _host(config: Mapping[str, Any], kinds: Mapping[str, str]) -> Host:
    """Return what the config says of the model: its name, unless that is a folder of the training machine."""
    from lorasurgery.checkpoint.hub_names import is_hub_name

    base = config.get("model")
    is_name = isinstance(base, str) and is_hub_name(base)
    return Host(modules=(), kinds=kinds, base_name=base if is_name else None)


def _by_module(
    folder: Path, tensors: Mapping[str, LazyTensor], *, is_dora: bool
) -> dict[str, dict[str, LazyTensor]]:
    """Group the tensors by module."""
    wanted = PARTS if is_dora else PARTS[:2]
    stored: dict[str, dict[str, LazyTensor]] = {}
    for key, tensor in tensors.items():
        module, _, part = key.rpartition(".")
        if part not in wanted or not module:
            raise UnsupportedError(
                f"{folder / WEIGHTS_FILE} cannot be read because of {key!r}: of such an adapter only "
                f"<module>.{', .'.join(wanted)} are expected."
            )
        stored.setdefault(module, {})[part] = tensor
    for module, parts in stored.items():
        absent = [part for part in wanted if part not in parts]
        if absent:
            raise DamagedFileError(f"{folder / WEIGHTS_FILE}: {module}.{absent[0]} is missing.")
    return stored


def _places(
    folder: Path, names: Mapping[str, object], host: Host | None
) -> dict[str, tuple[str, int | None]]:
    """Find our module, and the half of its rows, for each module in the file."""
    if host is None:
        return {name: (name, None) for name in names}
    known = places(host)
    refuse_strangers(folder, [name for name in names if name not in known], len(names))
    return {name: known[name] for name in names}


def _is_embedding(name: str, path: str, host: Host | None) -> bool:
    return host.kinds.get(path) == "embedding" if host else EMBEDDING.fullmatch(name) is not None


def _factors(
    folder: Path, name: str, parts: Mapping[str, LazyTensor], scale: float, *, is_embedding: bool
) -> Low:
    a, b = parts["lora_a"], parts["lora_b"]
    if len(b.shape) == 3:
        A, B = _of_experts(folder, name, a, b), b
    elif is_embedding:
        A, B = b, a
    elif len(a.shape) == len(b.shape) == 2:
        A, B = a.T, b.T
    else:
        raise misfit(folder / WEIGHTS_FILE, name, parts)
    magnitude = parts.get("m")
    fits = len(A.shape) == len(B.shape) and A.shape[:-2] == B.shape[:-2] and A.shape[-2] == B.shape[-1]
    if not fits or not A.numel or not B.numel or (magnitude and magnitude.shape != B.shape[:1]):
        raise misfit(folder / WEIGHTS_FILE, name, parts)
    if magnitude is None:
        return LoraFactors(A, B, scale)
    return DoraFactors(A, B, magnitude, scale)


def _of_experts(folder: Path, name: str, a: LazyTensor, b: LazyTensor) -> LazyTensor:
    """Separate the left factors of all experts, which old files stack in one matrix."""
    experts, _, rank = b.shape
    if len(a.shape) == 2 and a.shape[0] == experts * rank:
        return a.viewed((experts, rank, a.shape[1]))
    if len(a.shape) != 3:
        raise misfit(folder / WEIGHTS_FILE, name, {"lora_a": a, "lora_b": b})
    return a


def _joined(folder: Path, path: str, halves: Mapping[int | None, Low]) -> Low:
    if None in halves:
        return halves[None]
    if len({(*each.A.shape[:-2], each.A.shape[-1]) for each in halves.values()}) > 1:
        raise misfit(
            folder / WEIGHTS_FILE, path, {f"lora_a of half {half}": halves[half].A for half in halves}
        )
    return joined({half: FactorPair(each.A, each.B, each.scale) for half, each in halves.items()})


def _unresolved(names: Mapping[str, object], host: Host | None) -> str:
    own = sorted(name for name in names if host is None and COMMON.fullmatch(name) is None)
    return NAMES_UNRESOLVED.format(own[0]) if own else ""


def _whole_parameters(
    folder: Path, config: Mapping[str, Any], tensors: Mapping[str, LazyTensor], host: Host | None
) -> Adapter:
    """Read a full fine-tune of some layers, in which every tensor replaces a parameter."""
    found = _places(folder, {key.rpartition(".")[0]: key for key in tensors}, host)
    replaced = {}
    for key, tensor in tensors.items():
        module, _, leaf = key.rpartition(".")
        if len(tensor.shape) > 2 or not tensor.dtype.is_floating_point:
            raise UnsupportedError(
                f"{folder / WEIGHTS_FILE}: {key!r} has another layout in MLX (experts, a convolution or a "
                "quantised weight); fuse it there with `mlx_lm.fuse`."
            )
        replaced[f"{found[module][0]}.{leaf}"] = tensor
    absent = [name for name in replaced if host and name not in {*host.parameters, *host.tied}]
    if absent:
        raise AlignmentError(
            f"{folder}: the base lacks {listed(sorted(absent))}; check that both are of one model."
        )
    return Adapter(
        host=host or _host(config, {}),
        modules={},
        replaced=dict(sorted(replaced.items())),
        unresolved=_unresolved(dict.fromkeys(tensors), host),
    )
