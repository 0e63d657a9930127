"""ComfyUI's files: one file of tensors whose modules have the names of ComfyUI's models.

    diffusion_model.input_blocks.1.1.proj_in.lora_down.weight, .lora_up.weight, .alpha
        and what else a module has: see `lycoris_reader`
    text_encoders.clip_l.transformer.text_model.encoder.layers.0.mlp.fc1...
        a text encoder
    text_encoder.text_model.encoder.layers.0.mlp.fc1...
        the same by diffusers' name for it

    lora_unet_..., lora_te1_..., of kohya's files
        next to the others
    diffusion_model.single_blocks.0.linear1_qkv
        the first rows of Flux's `linear1`
    .diff_m, of what has a `modulation` (LightX2V)
        what is added to that
    .set_weight (n,), of norms; diffusion_model.img_in.reshape_weight (2,)
        what control LoRAs for Flux replace, and the shape that a weight with more inputs gets

Also read: `lora_A.weight` and `lora_B.weight`, or `lora.down` and `lora.up`, instead of
`lora_down` and `lora_up`, and PEFT's magnitudes. ComfyUI has its own norm for DoRA, another in
every few versions; a file's meaning is taken from LyCORIS, which trains such files.
Source: ComfyUI's `comfy/lora.py` and `comfy/weight_adapter/`, 2024 and 2025.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from lorasurgery.adapter import Adapter, Host
from lorasurgery.architecture.image_inputs import INPUT_LAYERS
from lorasurgery.formats._format import Format
from lorasurgery.formats._image import image_file, lycoris_tensors, lycoris_writer
from lorasurgery.formats._image.doubt import doubt_of
from lorasurgery.formats._image.first_rows import with_mlp_rows
from lorasurgery.formats._image.flat_names import flattened, one_each
from lorasurgery.formats._image.header_alpha import header_of
from lorasurgery.formats._image.header_words import without_method, words_in
from lorasurgery.formats._image.image_file import (
    ModuleFactors,
    adapter_of,
    refusals_of_all,
    scales_of,
    without_embeddings,
)
from lorasurgery.formats._image.kohya_names import PREFIXES, read_alone, split_name
from lorasurgery.formats._image.lycoris_reader import found_in
from lorasurgery.formats._image.lycoris_tensors import RESHAPE, LycorisModuleTensors, by_module, everything
from lorasurgery.formats._image.lycoris_writer import tensors_at, why_not
from lorasurgery.formats._image.open_clip import module_refusal
from lorasurgery.formats._image.pipeline import WHERE, in_pipeline
from lorasurgery.formats._image.renaming import FileName, family_of, in_naming, placed
from lorasurgery.formats._image.replaced_norms import without_shape
from lorasurgery.formats._image.text_encoders import COMFYUI, DIFFUSERS, IN_KOHYA, LAYERS, T5, encoders_named
from lorasurgery.formats._stated_base import base_metadata
from lorasurgery.text import listed

MODELS = ("diffusion_model.", "text_encoders.", "model.diffusion_model.")
WRITTEN = ("diffusion_model.", "text_encoders.", "text_encoder.", "text_encoder_2.")
# PEFT's word for the norms of the rows, which it keeps in other shapes than `dora_scale`.
MAGNITUDE = "lora_magnitude_vector"
SPELLINGS = {
    "lora_A.weight": lycoris_tensors.DOWN,
    "lora_B.weight": lycoris_tensors.UP,
    "lora_A.default.weight": lycoris_tensors.DOWN,
    "lora_B.default.weight": lycoris_tensors.UP,
    "lora.down.weight": lycoris_tensors.DOWN,
    "lora.up.weight": lycoris_tensors.UP,
    **dict.fromkeys((MAGNITUDE, f"{MAGNITUDE}.weight", f"{MAGNITUDE}.default.weight"), "dora_scale"),
}
# Wan's modulation, as LightX2V's files have it; ComfyUI's own word for it is `X.modulation.diff`.
BARE = re.compile(r"(?P<owner>.+)\.diff_m")
PARTS = (*lycoris_tensors.PARTS, RESHAPE)
FLAT = re.compile(rf"((?:{'|'.join(sorted(PREFIXES))})[^.]+)\.({'|'.join(map(re.escape, PARTS))})")
KEY = re.compile(rf"(.+\..+?)\.({'|'.join(map(re.escape, (*PARTS, *SPELLINGS)))})")


def recognise(path: Path) -> Path | None:
    """Find the file, or the only one in a folder, with a tensor whose name is of this kind.

    A file with names of kohya's next to names with dots is ComfyUI's, too, which looks for all of them.
    """
    if (file := image_file.find(path, _is_ours)) is not None:
        return file
    has_dots = image_file.find(path, lambda key: KEY.fullmatch(key) is not None)
    return has_dots and image_file.find(path, lambda key: FLAT.fullmatch(key) is not None)


def _is_ours(key: str) -> bool:
    found = KEY.fullmatch(key)
    return found is not None and (
        key.startswith(MODELS) or found[2] in (lycoris_tensors.DOWN, lycoris_tensors.UP)
    )


def read(path: Path, host: Host | None = None, *, keep: Callable[[str], bool] = everything) -> Adapter:
    """Read an adapter: the file's header, and every alpha.

    Raises:
        DamagedFileError: tensors are missing, doubled, or contradict each other.
        UnsupportedError: a tensor of something that is not read.
        AlignmentError: names that are not modules of the host.
    """
    from lorasurgery.checkpoint import open_checkpoint

    tensors, notes = without_embeddings(path, open_checkpoint(path).tensors)
    tensors = {
        key: tensor.viewed((tensor.numel, 1)) if MAGNITUDE in key else tensor
        for key, tensor in tensors.items()
    }
    stored = by_module(path, tensors, _parsed, _part_of, keep=keep)
    stored = {name: without_shape(f"{path}: {name!r}", parts) for name, parts in stored.items()}
    header = header_of(path, stored)
    modules = {}
    for name, parts in stored.items():
        part, _, rest = name.partition(".")
        place = f"{path}: {name!r}"
        each = found_in(LycorisModuleTensors(place, parts, header_scale=header.scale_of(part, rest)))
        modules[name] = dataclasses.replace(each, factors=with_mlp_rows(name, each.factors))
    unresolved = ""
    if host is not None:
        modules = placed(path, modules, {name: _file_name(name) for name in modules}, host)
    else:
        modules, unresolved = _with_dots(path, modules)
    adapter = adapter_of(modules, host, unresolved, (*notes, *header.notes(scales_of(modules))))
    return dataclasses.replace(adapter, metadata=words_in(path))


def refusals(adapter: Adapter) -> list[str]:
    """Say what of this adapter such a file cannot carry."""
    kind = "ComfyUI's files"
    found = list(refusals_of_all(adapter, kind))
    if strangers := [path for path in adapter.modules if not _is_known(name_of(path, adapter))]:
        found.append(
            f"{listed(sorted(strangers))} are not by ComfyUI's own names, which begin with "
            f"{' or '.join(WRITTEN[:2])}. "
            "Name the base, which shows the family where several have such names (--base); of models of "
            "diffusers whose family is not known here ComfyUI has no names, but of UNets: write kohya for "
            "these."
        )
    for path, factors in sorted(adapter.modules.items()):
        if (reason := why_not(factors, adapter.host.kernels.get(path, ()))) is not None:
            found.append(f"{path!r} cannot be in {kind}: {reason}.")
    return found


def _is_known(name: str) -> bool:
    """Whether a name may be one of ComfyUI's, which calls CLIP alone as diffusers does."""
    encoder = DIFFUSERS.fullmatch(name)
    if encoder is not None and (T5.match(encoder["rest"]) or LAYERS.fullmatch(encoder["rest"])):
        return False
    return name.startswith(WRITTEN)


def write(adapter: Adapter, target: Path, progress: Callable[[int], None] | None = None) -> None:
    """Write the adapter as a file; each tensor is read only when it is written.

    `progress` is given the bytes of each tensor.

    Raises:
        NoSpaceError: the disk is full.
    """
    from lorasurgery.checkpoint import write_safetensors

    laid_out = {
        f"{name_of(path, adapter)}.{part}": tensor
        for path in sorted(adapter.modules)
        for part, tensor in tensors_at(adapter, path).items()
    }
    header = {"format": "pt", **without_method(adapter.metadata), **base_metadata(adapter.host)}
    write_safetensors(target, laid_out, header, progress)


def name_of(path: str, adapter: Adapter) -> str:
    """Return ComfyUI's name of a module in a LoRA file, which lacks the `model.` of checkpoints."""
    return in_pipeline(path, adapter.host) or path


def _parsed(key: str) -> tuple[str, str] | None:
    """Split a key into the module and the kind of tensor."""
    if (bare := BARE.fullmatch(key)) is not None:
        return f"{bare['owner']}.modulation", "diff"
    if (flat := FLAT.fullmatch(key)) is not None:
        return flat[1], flat[2]
    if (found := KEY.fullmatch(key)) is None:
        return None
    name = flattened(found[1]) if found[1].startswith(tuple(PREFIXES)) else found[1]
    return name.replace(".linear1_qkv", ".linear1"), SPELLINGS.get(found[2], found[2])


def _with_dots(path: Path, modules: Mapping[str, ModuleFactors]) -> tuple[dict[str, ModuleFactors], str]:
    """Give kohya's names among others their dots, and say what is not known of them."""
    flat = {name: each.factors for name, each in modules.items() if "." not in name}
    known = read_alone(flat)
    lost = sorted(name for name in flat if known[name] is None)
    paths = one_each(path, {name: known.get(name) or name for name in modules})
    found = {paths[name]: each for name, each in modules.items()}
    if not lost:
        return found, ""
    return found, f"{listed(lost)} are named without dots, and only the base shows where they were (--base)."


def _part_of(key: str) -> str:
    """Return the end of a key that says what the tensor is."""
    ends = (".".join(key.split(".")[-count:]) for count in (2, 1))
    return next((end for end in ends if end in lycoris_tensors.REFUSED), "")


def _file_name(name: str) -> FileName:
    if "." not in name:
        prefix, rest = split_name(name)
        return FileName(PREFIXES.get(prefix, ()), rest)
    if (encoder := COMFYUI.fullmatch(name)) is not None:
        where = WHERE.get(IN_KOHYA.get(encoder["name"], ""), ())
        return FileName((f"text_encoders.{encoder['name']}.transformer", *where), encoder["rest"])
    part = next((part for part in (*MODELS, *WRITTEN, "unet.", "transformer.") if name.startswith(part)), "")
    owner = part.removesuffix(".")
    return FileName(WHERE.get(owner, (owner,)) if owner else (), name.removeprefix(part))


FORMAT = Format(
    name="comfyui",
    recognise=recognise,
    read=read,
    family_of=family_of,
    takes=("keep",),
    suffix=".safetensors",
    holds=lycoris_writer.HOLDS,
    holds_vectors=True,
    widens=INPUT_LAYERS,
    adds_changes=True,
    recast=lambda adapter: in_naming(encoders_named(adapter, "comfyui"), "original"),
    write=write,
    refusals=refusals,
    notes_of=doubt_of,
    module_refusal=module_refusal,
)
