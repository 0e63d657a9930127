"""Read PEFT's folder: every tensor is a factor, a full parameter, rows of tokens, or refused.

Source: PEFT 0.21.2, `utils/save_and_load.py`. Unknown keys of the config are ignored, as PEFT does,
but for those that change what the tensors mean, and named in a note (`config_keys`); the rank is
read from the tensors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from lorasurgery.adapter import Adapter, AdapterSource, Host, TokenRows
from lorasurgery.errors import DamagedFileError, NotACheckpointError, UnsupportedError
from lorasurgery.expressions import compiled
from lorasurgery.foreign import quoted
from lorasurgery.formats._stated_base import stated_base
from lorasurgery.formats.peft.config import CONFIG_FILE, nested_of, read_config
from lorasurgery.formats.peft.config_keys import notes_on_keys
from lorasurgery.formats.peft.keys import adapters_in, own_names
from lorasurgery.formats.peft.matching import suffix_hits
from lorasurgery.formats.peft.module_tensors import PeftModuleTensors, ValuePatterns, split
from lorasurgery.formats.peft.parameters import factors_of
from lorasurgery.formats.peft.refused_methods import REFUSED
from lorasurgery.formats.peft.tinker import by_names_of_transformers, is_of_tinker
from lorasurgery.formats.peft.variant_readers import VARIANTS
from lorasurgery.lazy import LazyTensor

WEIGHTS_FILES = ("adapter_model.safetensors", "adapter_model.bin")
TIED_BY_NAME = {"embed_tokens", "lm_head"}
TOKEN_ROWS = re.compile(r"(.+?)(\.token_adapter)?\.trainable_tokens_delta")
WHOLE_LAYER = re.compile(r"(.+)\.ln_tuning_layers\.(.+)")

# PEFT's name of a method -> the setting without which it leaves out of the file what it can make
# again, from the base and a seed, on the same kind of machine; no single module shows it. PEFT
# saves it after all when it has loaded the file with that setting.
SAVING: Mapping[str, str] = {
    "SUPERTUNING": "save_precomputed_indices",
    "TINYLORA": "save_projection",
    "UNILORA": "save_indices",
}

# The methods whose modules share tensors, whose keys in the file name no module.
SHARING = frozenset({"VERA", "PVERA", "RANDLORA", "FROD", "TINYLORA", "UNILORA", "VBLORA"})

# Set in a config, these make an adapter act on some inputs only, or on a model of another shape.
CONDITIONAL = {
    "alora_invocation_tokens": (
        "it acts only after its invocation tokens (aLoRA), and merged weights always act"
    ),
    "arrow_config": "it routes every token among several adapters (Arrow); merge one of them alone",
    "layer_replication": (
        "it is made for a model with copied layers (layer_replication); write that model out first"
    ),
}


def find(path: Path) -> Path | None:
    """Find the folder with an adapter at a path.

    The path is that folder, PEFT's file of weights in it, or a folder with only one such subfolder
    (PEFT's for a named adapter).

    Of several adapters in one file, `FOLDER/NAME` is one.

    Raises:
        UnsupportedError: several subfolders have one.
    """
    if not path.is_dir():
        is_own = path.name in WEIGHTS_FILES and (path.parent / CONFIG_FILE).is_file()
        return path.parent if is_own else path if names_one_of_several(path) else None
    if (path / CONFIG_FILE).is_file():
        return path
    inside = sorted(found.parent for found in path.glob(f"*/{CONFIG_FILE}"))
    if len(inside) > 1:
        names = ", ".join(folder.name for folder in inside)
        raise UnsupportedError(f"{path} holds {len(inside)} adapters ({names}); name one, as in {inside[0]}.")
    return inside[0] if inside else None


def names_one_of_several(path: Path) -> bool:
    """Whether an absent path stands for one of several adapters in the file of the folder above."""
    if path.exists() or not (path.parent / CONFIG_FILE).is_file():
        return False
    return path.name in adapters_in(_tensors(path.parent))


def place_of(path: Path) -> tuple[Path, str | None]:
    """Return the folder of an adapter, and its name where the path ends in one of several in a file."""
    return (path.parent, path.name) if names_one_of_several(path) else (path, None)


def read(folder: Path, host: Host | None = None, *, experts_order: str | None = None) -> Adapter:
    """Read an adapter: headers and config only.

    Args:
        folder: `FOLDER/NAME` for one of several adapters in a file.
        host: the model that it is for; needed for adapters on parameters (`target_parameters`),
            whose keys do not name them.
        experts_order: `peft` or `grouped-by-expert`, where the user says how the factors of fused
            experts are packed; without it the numbers of some layers may be read to find out.

    Raises:
        NotACheckpointError: no weights beside the config.
        DamagedFileError: config and tensors contradict each other.
        UnsupportedError: a method or a setting that no merged weights can express, with the reason.
    """
    path, (folder, _) = folder, place_of(folder)
    config = read_config(folder)
    if "peft_type" in config:  # a method that is not read is refused whatever its files are
        _method(folder, config)
    tensors = by_own_names(path)
    if is_of_tinker(tensors):
        tensors, config = by_names_of_transformers(tensors), {"peft_type": "LORA", **config}
    method = _method(folder, config)
    _refuse_conditional(folder, config)
    stored, replaced, rows = _sorted_out(folder, tensors, VARIANTS[method].prefix, config)
    modules, experts = factors_of(folder, stored, VARIANTS[method].read, config, host, experts_order)
    root = root_in(folder)
    kept = _kept_ties((*modules, *(name.rpartition(".")[0] for name in replaced)), config, host)
    return Adapter(
        host=Host(
            modules=(),
            task_type=config.get("task_type"),
            class_name=(config.get("auto_mapping") or {}).get("base_model_class"),
            base_name=config.get("base_model_name_or_path"),
            base_revision=config.get("revision"),
            base_root=None if root is None else lambda: root,
            kinds=_kinds(modules, stored, config, host),
            kernels=_kernels(stored),
            experts=host.experts if host else {},
            parameters=host.parameters if host and config.get("target_parameters") else (),
        ),
        modules=modules,
        replaced=replaced,
        token_rows=rows,
        copies=_copies(replaced, kept, config),
        keeps_ties=kept,
        aims=_aims(config),
        source=AdapterSource("peft", config, frozenset(modules), experts.is_current, experts.doubtful),
        nested=nested_of(config),
        notes=(*experts.notes, *notes_on_keys(config)),
    )


def _kinds(
    modules: Iterable[str],
    stored: Mapping[str, PeftModuleTensors],
    config: Mapping[str, Any],
    host: Host | None,
) -> dict[str, str]:
    """Return the kind of each adapted module, as far as its tensors show."""
    usual = "conv1d" if config.get("fan_in_fan_out") else "linear"
    kernels = _kernels(stored)
    embeddings = {path for path, each in stored.items() if "lora_embedding_A" in each.tensors}
    kinds = {}
    for path in modules:
        known = host.kinds.get(path, "parameter") if host and path not in stored else usual
        kinds[path] = "embedding" if path in embeddings else "conv" if path in kernels else known
    return kinds


def _kernels(stored: Mapping[str, PeftModuleTensors]) -> dict[str, tuple[int, ...]]:
    factors = {path: each.optional("lora_A") for path, each in stored.items()}
    return {path: A.shape[2:] for path, A in factors.items() if A is not None and len(A.shape) > 2}


def _copies(
    replaced: Mapping[str, LazyTensor], kept: frozenset[str], config: Mapping[str, Any]
) -> frozenset[str]:
    """Find parameters in `modules_to_save`, which replace a copy and nothing tied to it."""
    entries = tuple(config.get("modules_to_save") or ())
    return frozenset(
        name
        for name in replaced
        if name.rpartition(".")[0] not in kept and any(path.endswith(entries) for path in _owners(name))
    )


def _owners(name: str) -> list[str]:
    """List all modules that a parameter is inside of, from the outermost: `a`, `a.b` of `a.b.weight`."""
    parts = name.split(".")
    return [".".join(parts[:stop]) for stop in range(1, len(parts))]


def _kept_ties(paths: Iterable[str], config: Mapping[str, Any], host: Host | None) -> frozenset[str]:
    """Find modules where PEFT changes both sides of a tied weight.

    It does so only where asked to, and only where both have these names.
    """
    tied = host.tied.items() if host else ()
    sides = [{name.split(".")[-2] for name in pair if "." in name} for pair in tied]
    if not config.get("ensure_weight_tying") or (host and TIED_BY_NAME not in sides):
        return frozenset()
    return frozenset(path for path in paths if path.rpartition(".")[2] in TIED_BY_NAME)


def _aims(config: Mapping[str, Any]) -> Callable[[Iterable[str]], set[str]] | None:
    """Return the function that finds what `target_modules` hits; None where other settings narrow it."""
    targets = config.get("target_modules")
    narrowed = any(config.get(key) for key in ("layers_to_transform", "exclude_modules", "target_parameters"))
    if narrowed or not targets or targets in ("all-linear", ["all-linear"]):
        return None
    saved = [f".{entry}." for entry in config.get("modules_to_save") or ()]
    try:
        expression = compiled(targets) if isinstance(targets, str) else None
    except ValueError:
        return None

    def hit(paths: Iterable[str]) -> set[str]:
        paths = list(paths)
        found = (
            {path for path in paths if expression.hits(path)} if expression else suffix_hits(targets, paths)
        )
        return {path for path in found if not any(entry in f".{path}." for entry in saved)}

    return hit


def _method(folder: Path, config: Mapping[str, Any]) -> str:
    method = str(config.get("peft_type"))
    if method in VARIANTS:
        return method
    if method in REFUSED:
        raise UnsupportedError(f"{folder} is a {method} adapter: {REFUSED[method]}.")
    raise UnsupportedError(
        f"{folder / CONFIG_FILE}: peft_type is {method!r}, a method that this program does not know; it "
        f"knows {', '.join(sorted(VARIANTS))}."
    )


def _refuse_conditional(folder: Path, config: Mapping[str, Any]) -> None:
    for key, reason in CONDITIONAL.items():
        if config.get(key):
            raise UnsupportedError(f"{folder} cannot be merged into weights: {reason}.")
    setting = SAVING.get(str(config.get("peft_type")))
    if setting and config.get(setting) is False:
        raise UnsupportedError(
            f"{folder} cannot be merged from its files: PEFT left out what it makes again when it loads "
            f"them ({setting} is false). "
            f"Set {setting} to true in {CONFIG_FILE}, load it with PEFT on its base, save it, and merge that."
        )


def _tensors(folder: Path) -> Mapping[str, LazyTensor]:
    from lorasurgery.checkpoint import open_checkpoint

    path = next((folder / name for name in WEIGHTS_FILES if (folder / name).is_file()), None)
    if path is None:
        raise NotACheckpointError(f"{folder} has {CONFIG_FILE} and no weights: {' or '.join(WEIGHTS_FILES)}.")
    return open_checkpoint(path).tensors


def root_in(folder: Path) -> str | None:
    """Return the root hash of the base that a folder's adapter was written for, where its file has it."""
    stated = stated_base(folder)
    return None if stated is None else stated.root


def by_own_names(folder: Path) -> dict[str, LazyTensor]:
    """Return a file's tensors by their names in the model; `FOLDER/NAME` chooses an adapter.

    Raises:
        UnsupportedError: there are several adapters, and none is chosen.
        DamagedFileError: two tensors of one name, or one of numbers that are not real.
    """
    place, chosen = place_of(folder)
    return own_names(place, _tensors(place), chosen)


def _sorted_out(
    folder: Path, tensors: Mapping[str, LazyTensor], prefix: str, config: Mapping[str, Any]
) -> tuple[dict[str, PeftModuleTensors], dict[str, LazyTensor], dict[str, TokenRows]]:
    """Sort the keys into factors of modules, rows of tokens, shared tensors, full parameters."""
    factors: dict[str, dict[str, LazyTensor]] = {}
    replaced: dict[str, LazyTensor] = {}
    rows: dict[str, TokenRows] = {}
    shared: dict[str, LazyTensor] = {}
    for key, tensor in sorted(tensors.items()):
        if (found := TOKEN_ROWS.fullmatch(key)) is not None:
            rows[found[1]] = TokenRows(_indices(folder, found[1], tensor, config), tensor)
        elif (found := WHOLE_LAYER.fullmatch(key)) is not None:
            replaced[f"{found[1]}.{found[2]}"] = tensor
        elif (parts := split(key, prefix)) is not None:
            factors.setdefault(parts[0], {})[parts[1]] = tensor
        elif key.startswith(prefix.partition("_")[0] + "_"):
            shared[key] = tensor
        elif (
            ".original_module." not in key
        ):  # of a saved module the base's own, which `bias="all"` saves as well
            replaced[key.replace(".base_layer.", ".").replace(".modules_to_save.", ".")] = tensor
    if shared and (not factors or config["peft_type"] not in SHARING):
        raise DamagedFileError(
            f"{folder} has {', '.join(shared)}, and no module to which "
            f"{'it belongs' if len(shared) == 1 else 'they belong'}."
        )
    patterns = ValuePatterns(config)
    stored = {
        path: PeftModuleTensors(path, found, shared, config, patterns, len(factors))
        for path, found in factors.items()
    }
    return stored, replaced, rows


def _indices(folder: Path, path: str, rows: LazyTensor, config: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the tokens of rows: the config has one list, or one per end of an embedding's path."""
    given = config.get("trainable_token_indices", config.get("token_indices"))
    if isinstance(given, Mapping):
        given = next((given[name] for name in sorted(given) if suffix_hits([name], [path])), None)
    if (
        not isinstance(given, list)
        or len(rows.shape) != 2
        or len(given) != rows.shape[0]
        or len(set(map(str, given))) != len(given)
        or not all(type(i) is int and i >= 0 for i in given)
    ):
        raise DamagedFileError(
            f"{folder}: rows of tokens of shape {rows.shape} for {path!r}, and {CONFIG_FILE} has "
            f"{quoted(given)} for their indices."
        )
    return tuple(given)
