"""Read the files of cloneofsimo/lora, the first LoRA for images: one file of numbered modules.

    unet:0:down (r, in), unet:0:up (out, r)
        ΔW = up @ down
    header: "unet": '["CrossAttention", "Attention", "GEGLU"]'
        the classes whose linear layers are counted
    header: "unet:0:rank": "4"

The numbers count the layers in the order in which the model registered them, which only its class
knows. That of Stable Diffusion 1 is known, and the widths of all layers prove that it is the one;
the names are then diffusers'. All else keeps its numbers.
Source: `lora_diffusion/lora.py`, `save_safeloras`; diffusers 0.10, whose `BasicTransformerBlock`
has attn1, ff, attn2 in that order, and whose UNet has its middle block last.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.foreign import json_value
from lorasurgery.formats._format import Format
from lorasurgery.formats._image import image_file
from lorasurgery.formats._image.flat_names import located, spellings
from lorasurgery.formats._image.image_file import ModuleFactors, adapter_of, metadata_in
from lorasurgery.formats._image.lycoris_reader import found_in
from lorasurgery.formats._image.lycoris_tensors import DOWN, UP, LycorisModuleTensors
from lorasurgery.lazy import LazyTensor
from lorasurgery.text import listed

KEY = re.compile(r"(?P<model>\w+):(?P<number>\d{1,9}):(?P<side>up|down)")
SIDES = {"up": UP, "down": DOWN}

# The classes that are counted unless somebody chose others.
CLASSES = {"unet": {"CrossAttention", "Attention", "GEGLU"}, "text_encoder": {"CLIPAttention"}}

# A layer's path, and its (out, in).
Layer = tuple[str, tuple[int, int]]


def recognise(path: Path) -> Path | None:
    """Find the file, or the only one in a folder, with a tensor whose name is of this kind."""
    return image_file.find(path, lambda key: KEY.fullmatch(key) is not None)


def read(path: Path, host: Host | None = None) -> Adapter:
    """Read an adapter from the file's header alone.

    Raises:
        DamagedFileError: tensors are missing, or contradict each other.
        UnsupportedError: a tensor of another kind, such as a learned token.
        AlignmentError: there is a host, and the numbers are not those of Stable Diffusion 1 or have
            no place in it.
    """
    from lorasurgery.checkpoint import open_checkpoint

    stored = _by_number(path, open_checkpoint(path).tensors)
    classes = metadata_in(path)
    paths: dict[tuple[str, int], str] = {}
    numbered = []
    for model, layers in stored.items():
        names = _names(model, layers, classes.get(model))
        if not names:
            numbered.append(model)
        paths |= {
            (model, number): names[i] if names else f"{model}.{number}" for i, number in enumerate(layers)
        }
    modules = {
        paths[model, number]: found for model, layers in stored.items() for number, found in layers.items()
    }
    if host is None:
        return adapter_of(modules, None, _unresolved(numbered))
    if numbered:
        raise AlignmentError(
            f"{path} counts the modules of {listed(sorted(numbered))} and does not name them, and they are "
            "not those of Stable Diffusion 1: "
            "which modules of the base they are is unknown. Convert it with the program that made it."
        )
    split = {name: name.partition(".") for name in modules}
    places = located(path, {name: spellings((part,), rest) for name, (part, _, rest) in split.items()}, host)
    return adapter_of({places[name]: found for name, found in modules.items()}, host, "")


def _unresolved(numbered: Sequence[str]) -> str:
    return (
        f"The modules of {listed(sorted(numbered))} are counted and not named; only the program that made "
        "the file knows which they are."
        if numbered
        else ""
    )


def _by_number(path: Path, tensors: Mapping[str, LazyTensor]) -> dict[str, dict[int, ModuleFactors]]:
    """Give the factors of each model's modules, in the order of their numbers."""
    stored: dict[str, dict[int, dict[str, LazyTensor]]] = defaultdict(lambda: defaultdict(dict))
    unknown = []
    for key, tensor in tensors.items():
        if (found := KEY.fullmatch(key)) is None:
            unknown.append(key)
        else:
            stored[found["model"]][int(found["number"])][SIDES[found["side"]]] = tensor
    if unknown:
        raise UnsupportedError(
            f"{path} has tensors that are not factors: {listed(sorted(unknown))}. Learned tokens and the "
            "like cannot be read; keep the factors only."
        )
    for model, layers in stored.items():
        if set(layers) != set(range(len(layers))):
            raise DamagedFileError(
                f"{path} has {len(layers)} modules of {model!r}, numbered up to {max(layers)}: some are "
                "missing."
            )
    names = {part: side for side, part in SIDES.items()}
    return {
        model: {
            number: found_in(LycorisModuleTensors(f"{path}: '{model}:{number}'", layers[number], names))
            for number in sorted(layers)
        }
        for model, layers in stored.items()
    }


def _names(model: str, layers: Mapping[int, ModuleFactors], classes: str | None) -> list[str]:
    """List diffusers' names of a model's layers where they are Stable Diffusion 1's; none otherwise."""
    known = {"unet": list(_unet()), "text_encoder": list(_text_encoder())}.get(model, [])
    try:
        are_usual = set(json_value(classes or "null") or ()) == CLASSES.get(model)
    except (ValueError, TypeError):
        return []
    shapes = [getattr(found.factors, "shape", None) for found in layers.values()]
    if not are_usual or shapes != [shape for _, shape in known]:
        return []
    return [f"{model}.{path}" for path, _ in known]


def _unet() -> Iterator[Layer]:
    """List the counted layers of Stable Diffusion 1's UNet, in order."""
    widths = (320, 640, 1280)
    blocks = [
        *((f"down_blocks.{i}.attentions.{j}", width) for i, width in enumerate(widths) for j in range(2)),
        *(
            (f"up_blocks.{i}.attentions.{j}", width)
            for i, width in enumerate(reversed(widths), 1)
            for j in range(3)
        ),
        ("mid_block.attentions.0", widths[-1]),
    ]
    for block, width in blocks:
        inside = f"{block}.transformer_blocks.0"
        yield from _attention(f"{inside}.attn1", width, width)
        # GEGLU makes the values and their gates at once.
        yield f"{inside}.ff.net.0.proj", (8 * width, width)
        yield from _attention(f"{inside}.attn2", width, 768)


def _attention(path: str, width: int, context: int) -> Iterator[Layer]:
    yield f"{path}.to_q", (width, width)
    yield f"{path}.to_k", (width, context)
    yield f"{path}.to_v", (width, context)
    yield f"{path}.to_out.0", (width, width)


def _text_encoder() -> Iterator[Layer]:
    """List the counted layers of CLIP ViT-L/14's text model, in order."""
    for layer in range(12):
        for name in ("k_proj", "v_proj", "q_proj", "out_proj"):
            yield f"text_model.encoder.layers.{layer}.self_attn.{name}", (768, 768)


FORMAT = Format(
    name="cloneofsimo",
    recognise=recognise,
    read=read,
)
