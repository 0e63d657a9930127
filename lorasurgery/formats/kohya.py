"""Files of sd-scripts (kohya) and LyCORIS: one file of tensors whose modules are named without dots.

    lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight
        and what else a module has: see `lycoris_reader`
    lora_unet_...                                           the UNet or transformer
    lora_te_..., lora_te1_..., lora_te2_..., lora_te3_...   the text encoders
    lora_transformer_...                                    the transformer, in OneTrainer's files
    lycoris_...                                             any model, by LyCORIS's own wrapper

Names find their modules through the base's list, or where they have one reading (`flat_names`);
others stay as they are in an adapter that is read without its base, and are written so again. Also
read: files in which `lora_unet_` is followed by `unet_`, or `_lora_down.weight` by an
underscore, which converters have left behind.

Written: for modules of a pipeline's parts the prefixes of sd-scripts, `lora_te1_` where there are
several text encoders or the model is not a UNet of Stable Diffusion 1 or 2, for diffusers'
transformers what the programs that have them call them, and `lycoris_` for all else; alpha in
float32, or in float64 where the scale would not come back; biases and norms as ComfyUI reads them
(`diff_b`, `w_norm`, `set_weight`), with a note.
Source: sd-scripts' `networks/lora.py`, `networks/lora_flux.py`; LyCORIS 4.1.3, `wrapper.py`,
`kohya.py`.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from lorasurgery.adapter import Adapter, AdapterSource, Host
from lorasurgery.architecture.image_inputs import INPUT_LAYERS
from lorasurgery.formats._format import Format
from lorasurgery.formats._image import image_file, lycoris_tensors, lycoris_writer
from lorasurgery.formats._image.doubt import doubt_of
from lorasurgery.formats._image.flat_names import flattened, one_each, spellings
from lorasurgery.formats._image.header_alpha import OPTION, header_of
from lorasurgery.formats._image.header_words import MODULE, PLAIN, RANK, for_kohya, words_in
from lorasurgery.formats._image.image_file import (
    ModuleFactors,
    adapter_of,
    bare_parameters,
    refusals_of_all,
    scales_of,
    without_embeddings,
)
from lorasurgery.formats._image.kohya_hashes import KohyaHashes
from lorasurgery.formats._image.kohya_names import PREFIXES, names_of, read_alone, recast, split_name
from lorasurgery.formats._image.lycoris_reader import found_in
from lorasurgery.formats._image.lycoris_tensors import RESHAPE, LycorisModuleTensors, by_module, everything
from lorasurgery.formats._image.lycoris_writer import only_in_comfyui, tensors_at, why_not
from lorasurgery.formats._image.open_clip import module_refusal
from lorasurgery.formats._image.pipeline import open_clip
from lorasurgery.formats._image.renaming import FileName, family_of, placed
from lorasurgery.formats._image.replaced_norms import without_shape
from lorasurgery.formats._stated_base import base_metadata
from lorasurgery.lazy import LazyTensor
from lorasurgery.text import listed
from lorasurgery.variants.lora import LoraFactors

PARTS = (*lycoris_tensors.PARTS, *lycoris_tensors.IA3, RESHAPE)
KEY = re.compile(
    r"(?P<module>[^.]+?)(?:_(?P<odd>lora_(?:down|up|mid)\.weight)"
    rf"|\.(?P<part>{'|'.join(map(re.escape, PARTS))}))"
)
OWN_PARTS = {*PARTS} - {"alpha", "diff", "diff_b", "dora_scale", "rescale", "weight"}


def recognise(path: Path) -> Path | None:
    """Find the file, or the only one in a folder, with a tensor whose name is of this kind."""
    return image_file.find(path, _is_ours)


def _is_ours(key: str) -> bool:
    found = KEY.fullmatch(key)
    if found is not None and (found["odd"] or found["part"] in OWN_PARTS):
        return True
    return key.startswith(tuple(PREFIXES)) and "." in key


def read(path: Path, host: Host | None = None, *, keep: Callable[[str], bool] = everything) -> Adapter:
    """Read an adapter: the file's header, and every alpha.

    Raises:
        DamagedFileError: tensors are missing, doubled, or contradict each other.
        UnsupportedError: a tensor of something that is not read.
        AlignmentError: names that are not modules of the host.
    """
    from lorasurgery.checkpoint import open_checkpoint

    tensors, notes = without_embeddings(path, open_checkpoint(path).tensors)
    stored = by_module(path, tensors, _parsed, lambda key: key.partition(".")[2], keep=keep)
    stored = {name: without_shape(f"{path}: {name!r}", parts) for name, parts in stored.items()}
    header = header_of(path, stored)
    named = {}
    for name, parts in stored.items():
        prefix = next((each for each in PREFIXES if name.startswith(each)), "")
        scale_of = header.scale_of(prefix.removesuffix("_"), name.removeprefix(prefix))
        named[name] = found_in(LycorisModuleTensors(f"{path}: {name!r}", parts, header_scale=scale_of))
    notes = (*notes, *header.notes(scales_of(named)))
    if host is not None:
        modules, unresolved = placed(path, named, {name: _file_name(name) for name in named}, host), ""
        prefixes = _prefixes_of(modules, named)
    else:
        paths, unresolved = _paths(path, named)
        modules = {paths[name]: each for name, each in named.items()}
        prefixes = {path: split_name(name)[0] for name, path in paths.items() if _keeps_name(name, path)}
    return dataclasses.replace(
        adapter_of(modules, host, unresolved, notes),
        source=AdapterSource("kohya", prefixes, frozenset(modules)),
        metadata=words_in(path),
    )


def _keeps_name(name: str, path: str) -> bool:
    """Whether a path has the name that a file has, and so its prefix when it is written again."""
    prefix, rest = split_name(name)
    return not prefix or path == name or flattened(path.partition(".")[2]) == rest


def _prefixes_of(paths: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Return the prefix that a file has for each module of a base, where both have one naming."""
    by_flat: dict[str, str] = {}
    for name in names:
        prefix, rest = split_name(name)
        by_flat |= dict.fromkeys(spellings(PREFIXES.get(prefix, ()), rest), prefix)
    return {path: by_flat[flattened(path)] for path in paths if flattened(path) in by_flat}


def refusals(adapter: Adapter) -> list[str]:
    """Say what of this adapter such a file cannot carry."""
    kind = "kohya's files"
    found = list(refusals_of_all(adapter, kind))
    if foreign := [path for path in adapter.modules if open_clip(path)]:
        found.append(
            f"{kind} name the layers of OpenCLIP as transformers does, with its queries, keys and values "
            f"apart, and {listed(sorted(foreign))} are packed: "
            "leave them out, or take the checkpoint as diffusers' folders."
        )
    if bare := bare_parameters(adapter):
        found.append(
            f"no program finds parameters without a layer ({listed(bare)}) by kohya's names. Write comfyui."
        )
    names = names_of(adapter)
    read = read_alone({name: adapter.modules[path] for path, name in names.items()})
    lost = [path for path, name in names.items() if (read[name] or name) != path]
    if lost and not adapter.host.modules:
        found.append(
            f"the names of {listed(sorted(lost))} would lose their dots, and only the base shows where "
            "they were: name it (--base)."
        )
    owners: dict[str, list[str]] = defaultdict(list)
    for path, name in names.items():
        owners[name].append(path)
    for name, paths in sorted(owners.items()):
        if len(paths) > 1:
            found.append(
                f"{listed(sorted(paths))} would have the same name without their dots, {name!r}: write "
                "another format."
            )
    for path, factors in sorted(adapter.modules.items()):
        if (reason := why_not(factors, adapter.host.kernels.get(path, ()))) is not None:
            found.append(f"{path!r} cannot be in {kind}: {reason}.")
    return found


def notes_of(adapter: Adapter) -> list[str]:
    """Say which programs leave out a part of such a file."""
    if not (paths := only_in_comfyui(adapter)):
        return doubt_of(adapter)
    of_text = [path for path in paths if adapter.is_vector(path) and "text_model." in path]
    alone = f"; norms of text encoders are read by LyCORIS alone ({listed(of_text)})" if of_text else ""
    return [
        *doubt_of(adapter),
        f"changes of biases and norms ({listed(paths)}) are written as ComfyUI reads them under kohya's "
        "names (diff_b, w_norm, set_weight); sd-scripts and diffusers leave them out or refuse the file"
        f"{alone}",
    ]


def writes_again(adapter: Adapter) -> bool:
    """Whether flat names can stay as they are: this format's reader left them so."""
    flat = [path for path in adapter.modules if "." not in path]
    return bool(flat) and all(path.startswith(tuple(PREFIXES)) for path in flat)


def plan(adapter: Adapter) -> tuple[dict[str, str], dict[str, LazyTensor]]:
    """Lay the adapter out, without reading it: the header's metadata, and the tensors by key, sorted."""
    names = names_of(adapter)
    laid_out = {
        f"{names[path]}.{part}": tensor
        for path in adapter.modules
        for part, tensor in tensors_at(adapter, path).items()
    }
    return _notes(adapter), dict(sorted(laid_out.items()))


def write(adapter: Adapter, target: Path, progress: Callable[[int], None] | None = None) -> None:
    """Write the adapter as a file; each tensor is read only when it is written.

    `progress` is given the bytes of each tensor.

    Raises:
        NoSpaceError: the disk is full.
    """
    from lorasurgery.checkpoint import write_safetensors

    notes, laid_out = plan(adapter)
    notes |= base_metadata(adapter.host)
    write_safetensors(target, laid_out, notes, progress, KohyaHashes(laid_out, notes))


def _parsed(key: str) -> tuple[str, str] | None:
    """Split a key into the module and the kind of tensor."""
    found = KEY.fullmatch(key)
    return (found["module"], found["part"] or found["odd"]) if found else None


def _paths(path: Path, modules: Mapping[str, ModuleFactors]) -> tuple[dict[str, str], str]:
    """Find the paths of the modules, and say what is not known about them."""
    known = read_alone({name: each.factors for name, each in modules.items()})
    flat = [name for name, found in known.items() if found is None]
    unresolved = (
        f"{len(flat)} of {len(known)} modules are named without dots ({listed(sorted(flat))}), and only "
        "the base shows where the dots were (--base)."
    )
    return one_each(path, {name: found or name for name, found in known.items()}), unresolved if flat else ""


def _file_name(name: str) -> FileName:
    prefix, rest = split_name(name)
    return FileName(PREFIXES.get(prefix, ()), rest)


def _notes(adapter: Adapter) -> dict[str, str]:
    """Build the header's metadata: what was there, and ranks for programs that list such files."""
    plain = all(isinstance(each, LoraFactors) for each in adapter.modules.values())
    notes = {"format": "pt", MODULE: PLAIN if plain else "lycoris.kohya"}
    notes |= for_kohya(adapter.metadata, is_plain=plain)
    if not plain:
        return notes
    pairs = {(each.rank, each.scale) for each in adapter.modules.values() if isinstance(each, LoraFactors)}
    if len(pairs) != 1:
        return notes | {RANK: "Dynamic", OPTION: "Dynamic"}
    ((rank, scale),) = pairs
    return notes | {RANK: str(rank), OPTION: str(scale * rank)}


FORMAT = Format(
    name="kohya",
    recognise=recognise,
    read=read,
    family_of=family_of,
    takes=("keep",),
    suffix=".safetensors",
    holds=lycoris_writer.HOLDS,
    holds_vectors=True,
    widens=INPUT_LAYERS,
    adds_changes=True,
    recast=recast,
    write=write,
    refusals=refusals,
    notes_of=notes_of,
    module_refusal=module_refusal,
    writes_unresolved=writes_again,
)
