"""Adapters of image models that are one file of weights, and how such a file is found.

It is found by the names of its tensors: itself, or as the only file of weights in a folder.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.adapter import Adapter, Host
from lorasurgery.architecture.image_inputs import INPUT_LAYERS
from lorasurgery.formats._image.pipeline import open_clip
from lorasurgery.formats._state_dict import names_in
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import NO_FILE
from lorasurgery.text import listed
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors

# How diffusers calls the file, and looks for it first.
DIFFUSERS_FILES = ("pytorch_lora_weights.safetensors", "pytorch_lora_weights.bin")

# The kinds of modules that image models' adapters do not have.
NOT_CARRIED = {
    "embedding": "an embedding",
    "experts": "all experts of a layer",
    "parameter": "a parameter without a layer",
}

# Parameters that no layer owns and that LoRA files change: Wan's modulation, in both of its namings.
BARE = ("modulation", "scale_shift_table")

# Textual inversions that OneTrainer and A1111 keep in a LoRA's file: `bundle_emb.TOKEN.clip_l`.
BUNDLED = "bundle_emb."


@dataclass(frozen=True)
class ModuleFactors:
    """The factors of one module, and the `kernel` of its convolution.

    `kernel` is () for a linear layer, and None where the tensors do not show it.
    """

    factors: Factors
    kernel: tuple[int, ...] | None


def find(path: Path, is_ours: Callable[[str], bool]) -> Path | None:
    """Find the file at a path, or the only one in a folder, that has a tensor whose name is the format's."""
    file = _file_of(path)
    return file if file is not None and any(map(is_ours, names_in(file))) else None


def _file_of(path: Path) -> Path | None:
    from lorasurgery.checkpoint.folder import SUFFIXES

    try:
        if not path.is_dir():
            return path if path.suffix in SUFFIXES and path.is_file() else None
        if (path / "adapter_config.json").is_file():
            return None
        named = [path / name for name in DIFFUSERS_FILES if (path / name).is_file()]
        files = named[:1] or [each for each in path.iterdir() if each.suffix in SUFFIXES and each.is_file()]
    except NO_FILE:
        return None
    return files[0] if len(files) == 1 else None


def without_embeddings(
    path: Path, tensors: Mapping[str, LazyTensor]
) -> tuple[dict[str, LazyTensor], tuple[str, ...]]:
    """Separate the tensors that change a model from embeddings of tokens (`bundle_emb`, read by A1111).

    Gives the tensors, and a note on the tokens.
    """
    tokens = sorted({name.split(".")[1] for name in tensors if name.startswith(BUNDLED)})
    kept = {name: tensor for name, tensor in tensors.items() if not name.startswith(BUNDLED)}
    if not tokens:
        return kept, ()
    return kept, (
        f"{path.name}: embeddings of the tokens {listed(sorted(tokens))} (bundle_emb) are for the prompt "
        "and change no weight; they are left out",
    )


def metadata_in(file: Path) -> Mapping[str, str]:
    """Read the metadata in a file's header; a pickle has none."""
    from lorasurgery.checkpoint.safetensors_file import read_header

    return read_header(file)[0].metadata if file.suffix == ".safetensors" else {}


def adapter_of(
    modules: Mapping[str, ModuleFactors], host: Host | None, unresolved: str, notes: tuple[str, ...] = ()
) -> Adapter:
    """Build the adapter of these modules; kinds and kernels that no host states come from the tensors."""
    known = host or Host(modules=())
    kernels = {path: each.kernel for path, each in sorted(modules.items()) if each.kernel is not None}
    kinds = {path: "conv" if kernel else "linear" for path, kernel in kernels.items()}
    return Adapter(
        host=dataclasses.replace(
            known,
            kinds={**kinds, **known.kinds},
            kernels={**{path: kernel for path, kernel in kernels.items() if kernel}, **known.kernels},
        ),
        modules={path: each.factors for path, each in sorted(modules.items())},
        unresolved=unresolved,
        notes=notes,
        widens=frozenset(path for path in modules if path.rpartition(".")[2] in INPUT_LAYERS),
    )


def renamed_host(built: Adapter, old: Adapter, new: Mapping[str, str]) -> Host:
    """Return the host of renamed modules, with embeddings, which their tensors do not show.

    Args:
        new: the names of modules by their old ones; others are no embeddings.
    """
    kinds = {new[path]: kind for path, kind in old.host.kinds.items() if path in new}
    embeddings = {path: kind for path, kind in kinds.items() if kind == "embedding" and path in built.modules}
    return dataclasses.replace(built.host, kinds={**built.host.kinds, **embeddings})


def scales_of(modules: Mapping[str, ModuleFactors]) -> list[float]:
    """List the scale of each module, 1 where its variant has none."""
    return [getattr(each.factors, "scale", 1.0) for each in modules.values()]


def bare_parameters(adapter: Adapter) -> list[str]:
    """List the modules of an adapter that are parameters which no layer owns."""
    return sorted(
        path
        for path in adapter.modules
        if path.rpartition(".")[2] in BARE or (path in adapter.host.parameter_set and not open_clip(path))
    )


def refusals_of_all(adapter: Adapter, kind: str) -> Iterator[str]:
    """Say what no file for image models can carry; `kind` is what the format calls such files."""
    if adapter.replaced:
        yield (
            f"{kind} hold changes of weights only, and this adapter replaces "
            f"{listed(sorted(adapter.replaced))} as well: "
            "merge it into its base instead."
        )
    if adapter.token_rows:
        yield (
            f"{kind} cannot replace rows of tokens, as this adapter does in "
            f"{listed(sorted(adapter.token_rows))}: merge it into its base instead."
        )
    kinds = {path: _kind(adapter.host, path, each) for path, each in adapter.modules.items()}
    for kind_of_module, words in NOT_CARRIED.items():
        if paths := [path for path, each in kinds.items() if each == kind_of_module]:
            yield (
                f"{kind} have no way to change {words}, as this adapter does in {listed(sorted(paths))}: "
                "merge it into its base instead."
            )


def _kind(host: Host, path: str, factors: Factors) -> str | None:
    is_stacked = isinstance(factors, LoraFactors) and len(factors.A.shape) == 3
    return "experts" if is_stacked else host.kinds.get(path)
