"""Names whose dots became underscores (`down_blocks_0_attentions_1_proj_in`), and the way back.

Only a list of modules shows which underscores were dots, so the base's own is used. Without a base
a name is read where the models that have such names leave one reading: the UNets of Stable
Diffusion 1, 2 and XL, as diffusers calls their modules and as their authors did, and text encoders:
CLIP, T5, Qwen, Gemma and Llama. A name counts if it fits as a whole; nothing is replaced within it.
(Flux and HunyuanVideo are not here: `img_attn_proj` is `img_attn.proj` in the one and itself in the
other.)

Sources: the modules that diffusers 0.42 and transformers 5.23 build; `openaimodel.py` of
CompVis/stable-diffusion.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

from lorasurgery.adapter import Host
from lorasurgery.errors import AlignmentError
from lorasurgery.text import listed

# What parameters of layers are called; all others are owned by none.
OF_LAYERS = ("weight", "bias", "scale")
NUMBER = re.compile(r"(?<=_)\d+(?=_|$)")
CHOICE = re.compile(r"\(([^()]*)\)")

# `#` is a number, `(a|b)` a choice.
TRANSFORMER = (
    "transformer_blocks.#.(attn1.(to_q|to_k|to_v|to_out.#)|attn2.(to_q|to_k|to_v|to_out.#)"
    "|ff.net.#.proj|ff.net.#)"
)
IN_ATTENTION = f"(proj_in|proj_out|{TRANSFORMER})"
UNET = (
    "(conv_in|conv_out|time_embedding.linear_#|add_embedding.linear_#)",
    "(down_blocks.#|up_blocks.#|mid_block).resnets.#.(conv1|conv2|time_emb_proj|conv_shortcut)",
    f"(down_blocks.#|up_blocks.#|mid_block).attentions.#.{IN_ATTENTION}",
    "(down_blocks.#.downsamplers|up_blocks.#.upsamplers).#.conv",
)
ORIGINAL_UNET = (
    "(time_embed.#|label_emb.#.#|input_blocks.#.#|out.#)",
    "(input_blocks.#.#|middle_block.#|output_blocks.#.#).(in_layers.#|emb_layers.#|out_layers.#|skip_connection)",
    f"(input_blocks.#.#|middle_block.#|output_blocks.#.#).{IN_ATTENTION}",
    "(input_blocks.#.#.op|output_blocks.#.#.conv)",
)
TEXT_ENCODER = (
    "text_model.encoder.layers.#.(self_attn.(q_proj|k_proj|v_proj|out_proj)|mlp.(fc1|fc2)|layer_norm1|layer_norm2)",
    "text_model.final_layer_norm",
    "text_projection",
    "encoder.block.#.layer.#.(SelfAttention.(q|k|v|o)|DenseReluDense.(wi|wi_#|wo))",
    # Qwen, Gemma and Llama
    "(model.|model.language_model.|)layers.#"
    ".(self_attn.(q_proj|k_proj|v_proj|o_proj)|mlp.(gate_proj|up_proj|down_proj))",
)
# What stands in front of these layers: in their own class, or in one that has a head or also sees.
WRAPPERS = ("", "model_", "model_language_model_", "language_model_model_", "language_model_")


def flattened(path: str) -> str:
    """Replace the dots of a path by underscores."""
    return path.replace(".", "_")


def _choices(template: str) -> list[str]:
    """List all names that a template stands for."""
    found = CHOICE.search(template)
    if found is None:
        return [template]
    before, after = template[: found.start()], template[found.end() :]
    return [each for choice in found[1].split("|") for each in _choices(before + choice + after)]


def _by_flat_name(templates: Sequence[str]) -> dict[str, str]:
    return {flattened(each): each for template in templates for each in _choices(template)}


# The parts of a pipeline, as diffusers calls them; `diffusion_model` is ComfyUI's word for the
# original UNet.
PARTS: Mapping[str, Mapping[str, str]] = {
    "unet": _by_flat_name(UNET),
    "diffusion_model": _by_flat_name(ORIGINAL_UNET),
    **dict.fromkeys(("text_encoder", "text_encoder_2", "text_encoder_3"), _by_flat_name(TEXT_ENCODER)),
}


def dotted(name: str, part: str) -> str | None:
    """Find the dotted path of a flat name within a part of a pipeline, with the part's name in front.

    None where the name is not known, or has several readings.
    """
    template = PARTS.get(part, {}).get(NUMBER.sub("#", name))
    if template is None or "#" in name:
        return None
    numbers = iter(NUMBER.findall(name))
    return f"{part}.{re.sub('#', lambda _: next(numbers), template)}"


def spellings(parts: Sequence[str], name: str) -> tuple[str, ...]:
    """List the flat names that a base may have for a module of these parts of a pipeline.

    The base may be the pipeline, or the part alone; CLIP's text model may be inside its part or,
    since transformers 5, be the whole part.
    """
    flat = flattened(name)
    inner = (flat, flat.removeprefix("text_model_"), *_of_language_model(flat))
    return tuple(dict.fromkeys([*("_".join(pair) for pair in product(map(flattened, parts), inner)), *inner]))


def _of_language_model(flat: str) -> tuple[str, ...]:
    """List the names of a layer of Qwen, Gemma or Llama inside the classes that may hold the model."""
    layer = flat
    while (rest := layer.removeprefix("language_model_").removeprefix("model_")) != layer:
        layer = rest
    return tuple(wrapper + layer for wrapper in WRAPPERS) if layer.startswith("layers_") else ()


def owners_in(host: Host) -> Mapping[str, Sequence[str]]:
    """Map flat names to the modules of a base that may have them.

    A parameter that no layer owns is found by its own name, such as the packed projection of
    OpenCLIP's attention, or the modulation of Wan's blocks.
    """
    owners: dict[str, list[str]] = defaultdict(list)
    loose = (name for name in host.parameters if name.rpartition(".")[2] not in OF_LAYERS)
    for path in dict.fromkeys((*host.modules, *loose)):
        owners[flattened(path)].append(path)
    return owners


def located(file: Path, names: Mapping[str, Sequence[str]], host: Host) -> dict[str, str]:
    """Find the modules of the host that the names of a file stand for.

    Args:
        names: how the file calls them -> their flat names in the host, the likeliest first.

    Raises:
        AlignmentError: names that no module or several modules have, or a module that has two of
            them.
    """
    owners = owners_in(host)
    found = {
        name: next((owners[flat] for flat in flats if flat in owners), ()) for name, flats in names.items()
    }
    if strangers := [name for name, modules in found.items() if not modules]:
        raise AlignmentError(
            f"{file}: {len(strangers)} of its {len(names)} modules are not in the base: "
            f"{listed(sorted(strangers))}. "
            "Check that it was made for this model; of an adapter for several parts of a pipeline, the "
            "base must have all."
        )
    if doubtful := [name for name, modules in found.items() if len(modules) > 1]:
        both = " and ".join(map(repr, found[min(doubtful)][:2]))
        raise AlignmentError(
            f"{file}: {min(doubtful)!r} may be {both} in the base; its name does not say which."
        )
    return one_each(file, {name: modules[0] for name, modules in found.items()})


def one_each(file: Path, paths: Mapping[str, str]) -> dict[str, str]:
    """Return the paths of the names, after a check that no two names have the same path.

    Raises:
        AlignmentError: two have.
    """
    names: dict[str, list[str]] = defaultdict(list)
    for name, path in paths.items():
        names[path].append(name)
    if doubles := {path: several for path, several in names.items() if len(several) > 1}:
        path = min(doubles)
        raise AlignmentError(
            f"{file}: {listed(sorted(doubles[path]))} are one module, {path!r}; {len(doubles)} modules are "
            "named twice in this way. "
            "Keep one of them in the file; an adapter for several models needs a base that holds all of them."
        )
    return dict(paths)
