"""Read PEFT's tensors in one file, without its config.

    blocks.0.self_attn.q.lora_A.default.weight (r, in, *kernel), .lora_B.default.weight
        DiffSynth-Studio and others: the model's own names
    base_model.model.<module>.lora_A.weight, .lora_B.weight, .lora_B.bias
        PEFT's `adapter_model.safetensors` alone
    <module>.lora_magnitude_vector, <module>.alpha
        DoRA; what is divided by the rank
    double_blocks.0.processor.qkv_lora1.down.weight, .up.weight
        XLabs' files for Flux (`img_attn.qkv`); of a single block `qkv_lora` is the first rows of
        `linear1`, and the change of the others is zero

    double_blocks.0.img_attn.norm.query_norm.scale (n,)
        what the scale of a norm becomes, in Black Forest Labs' control LoRAs for Flux, whose `img_in`
        has more inputs than the base's: those of the second image, whose weights were zero

The scale is not stored. What begins with `base_model.model.` was written by PEFT, whose config had
it: it is given with --alpha. Other programs that write such files multiply by 1 (DiffSynth-Studio's
`GeneralLoRALoader`, x-flux); a note says that this was assumed. Where the header of the file has an
alpha, that one counts.
Source: PEFT 0.21.2, `utils/save_and_load.py`; `_convert_bfl_flux_control_lora_to_diffusers` of
diffusers 0.42.1; modelscope/DiffSynth-Studio `diffsynth/utils/lora/general.py`; XLabs-AI/x-flux
`src/flux/util.py`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from lorasurgery.adapter import Adapter, Host
from lorasurgery.checkpoint.as_trained import unmerged_modules
from lorasurgery.errors import UnsupportedError
from lorasurgery.formats._format import Format
from lorasurgery.formats._image import image_file
from lorasurgery.formats._image.first_rows import with_mlp_rows
from lorasurgery.formats._image.flat_names import flattened
from lorasurgery.formats._image.header_alpha import STATING, header_of
from lorasurgery.formats._image.image_file import ModuleFactors, adapter_of, scales_of
from lorasurgery.formats._image.lycoris_reader import lora_of_peft
from lorasurgery.formats._image.lycoris_tensors import (
    DOWN,
    SET,
    UP,
    LycorisModuleTensors,
    by_module,
    everything,
)
from lorasurgery.formats._image.pipeline import ORIGINAL_PART, PART, UNET
from lorasurgery.formats._image.renaming import FileName, family_of, one_reading, placed
from lorasurgery.formats._image.replaced_norms import replaced_vector
from lorasurgery.formats._state_dict import NO_ALPHA, names_in
from lorasurgery.lazy import LazyTensor

OF_PEFT = "base_model.model."
ENDS = {
    "lora_A.weight": DOWN,
    "lora_B.weight": UP,
    "lora_B.bias": "lora_B.bias",
    "lora_magnitude_vector": "dora_scale",
    "alpha": "alpha",
}
SPELLINGS = {DOWN: "lora_A.weight", UP: "lora_B.weight", "dora_scale": "lora_magnitude_vector"}
KEY = re.compile(
    r"(?P<module>.+?)\.(?P<end>lora_[AB]|lora_magnitude_vector|alpha)(?:\.(?P<adapter>(?!weight$|bias$)[^.]+))?(?P<what>\.weight|\.bias)?"
)
XLABS = re.compile(
    r"(?P<block>(?:double|single)_blocks\.\d+)\.processor\.(?P<layer>qkv|proj)_lora(?P<stream>[12])?\.(?P<side>down|up)\.weight"
)
# What Flux itself calls the layers that XLabs' processors adapt: of the image's stream, of the
# text's, and of a single block.
XLABS_LAYERS = {
    ("qkv", "1"): "img_attn.qkv",
    ("proj", "1"): "img_attn.proj",
    ("qkv", "2"): "txt_attn.qkv",
    ("proj", "2"): "txt_attn.proj",
    ("qkv", None): "linear1",
    ("proj", None): "linear2",
}
NORM_SCALE = re.compile(r"(?P<module>.+\.(?:query|key)_norm)\.scale")
# What a base may call the model that such files name without a part.
PARTS = ("transformer", "unet", "diffusion_model", "model_diffusion_model", "model")


def recognise(path: Path) -> Path | None:
    """Find the file, or the only one in a folder, with such a tensor that is not a checkpoint."""
    file = image_file.find(path, _is_factor)
    return None if file is None or unmerged_modules(names_in(file)) else file


def _is_factor(key: str) -> bool:
    """Whether a key is a factor's; with a part of a pipeline in front it is of other formats."""
    found, first = _parsed(key), key.partition(".")[0]
    is_of_pipeline = PART.fullmatch(first) or ORIGINAL_PART.fullmatch(first) or key.startswith(UNET)
    return found is not None and found[1] in (DOWN, UP) and not is_of_pipeline


def read(
    path: Path,
    host: Host | None = None,
    *,
    alpha: float | None = None,
    keep: Callable[[str], bool] = everything,
) -> Adapter:
    """Read an adapter from the file's header.

    Args:
        alpha: divided by the rank of each module it is the scale.

    Raises:
        DamagedFileError: tensors are missing, doubled, or contradict each other.
        UnsupportedError: a tensor of something that is not read, or several adapters in one file.
        AlignmentError: names that are not modules of the host.
    """
    from lorasurgery.checkpoint import open_checkpoint

    tensors = open_checkpoint(path).tensors
    _refuse_several(path, tensors)
    stored = by_module(path, tensors, _parsed, _part_of, keep=keep)
    header = header_of(path, stored)
    modules = {}
    for name, parts in stored.items():
        scale_of = _given(alpha) if alpha is not None else header.scale_of("", name)
        tensors_of_module = LycorisModuleTensors(f"{path}: {name!r}", parts, SPELLINGS, scale_of)
        if SET in parts:
            modules[name] = replaced_vector(tensors_of_module)
            continue
        found = lora_of_peft(tensors_of_module)
        modules[name] = ModuleFactors(with_mlp_rows(name, found[0]), found[1])
    if host is not None:
        modules = placed(path, modules, {name: FileName(PARTS, name) for name in modules}, host)
    else:
        modules = _in_pipeline(modules)
    is_of_peft = any(key.startswith(OF_PEFT) for key in tensors)
    is_stated = (
        alpha is not None or header.key in STATING or all("alpha" in parts for parts in stored.values())
    )
    notes = () if alpha is not None else header.notes(scales_of(modules))
    if not is_stated and not is_of_peft:
        notes = (
            f"{path.name} stores no alpha: its scale is assumed to be 1, as the programs that write such "
            "files do (--alpha)",
        )
    return adapter_of(modules, host, NO_ALPHA if is_of_peft and not is_stated else "", notes)


def _in_pipeline(modules: Mapping[str, ModuleFactors]) -> dict[str, ModuleFactors]:
    """Put the part of the pipeline in front of the names, where they are those of a known family."""
    flat = {name: flattened(name) for name in modules}
    reading = one_reading(flat, {name: each.factors for name, each in modules.items()})
    return {reading.path(name) if reading is not None else name: each for name, each in modules.items()}


def _given(alpha: float) -> Callable[[int], float | None]:
    return lambda rank: alpha / rank if rank else 1.0


def _parsed(key: str) -> tuple[str, str] | None:
    """Split a key into the module and the kind of tensor."""
    if (found := XLABS.fullmatch(key)) is not None:
        layer = XLABS_LAYERS.get((found["layer"], found["stream"]))
        return (f"{found['block']}.{layer}", DOWN if found["side"] == "down" else UP) if layer else None
    if (found := NORM_SCALE.fullmatch(key)) is not None:
        return found["module"], SET
    found = KEY.fullmatch(key)
    part = ENDS.get(f"{found['end']}{found['what'] or ''}") or ENDS.get(found["end"]) if found else None
    return (found["module"].removeprefix(OF_PEFT), part) if found and part else None


def _part_of(key: str) -> str:
    return key.rpartition(".")[2]


def _refuse_several(path: Path, tensors: Mapping[str, LazyTensor]) -> None:
    """Refuse PEFT's state dict of a model with several adapters, each under its name."""
    adapters: dict[str, list[str]] = defaultdict(list)
    for key in tensors:
        if (found := KEY.fullmatch(key)) is not None and found["end"] != "alpha":
            adapters[found["adapter"] or ""].append(key)
    if len(adapters) > 1:
        named = ", ".join(sorted(name or "(no name)" for name in adapters))
        raise UnsupportedError(
            f"{path} has {len(adapters)} adapters in one file ({named}): save one of them alone, "
            "with PEFT's `save_pretrained(..., selected_adapters=[NAME])`."
        )


FORMAT = Format(
    name="peft_file",
    recognise=recognise,
    read=read,
    family_of=family_of,
    takes=("alpha", "keep"),
)
