"""The names of a UNet's modules, by its levels: `input_blocks.4.1` and `down_blocks.1.attentions.0`.

The original counts blocks through, three to a level; diffusers counts levels, and resnets and
attentions in each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

ENDS = {
    "time_embed.0": "time_embedding.linear_1",
    "time_embed.2": "time_embedding.linear_2",
    "input_blocks.0.0": "conv_in",
    "out.0": "conv_norm_out",
    "out.2": "conv_out",
}
RESNET = {
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}
ATTENTION = ("norm", "proj_in", "proj_out")
TRANSFORMER = (
    *(f"attn{which}.{name}" for which in (1, 2) for name in ("to_q", "to_k", "to_v", "to_out.0")),
    "ff.net.0.proj",
    "ff.net.2",
    "norm1",
    "norm2",
    "norm3",
)


def unet(levels: int, attended: Sequence[int], depth: str) -> dict[str, str]:
    """Return the table of a UNet.

    Args:
        levels: how many there are, each of half the resolution of the one before.
        attended: those with attention, counted from the top.
        depth: the number of a transformer's block; `#` for any.
    """
    table = dict(ENDS)
    for original, name, is_attention in _blocks(levels, attended):
        if is_attention:
            inner = [*ATTENTION, *(f"transformer_blocks.{depth}.{each}" for each in TRANSFORMER)]
            table |= {f"{original}.{each}": f"{name}.{each}" for each in inner}
        else:
            table |= {f"{original}.{old}": f"{name}.{new}" for old, new in RESNET.items()}
    return table | dict(_samplers(levels, attended))


def _blocks(levels: int, attended: Sequence[int]) -> Iterator[tuple[str, str, bool]]:
    for level in range(levels):
        for layer in range(2):
            place, name = f"input_blocks.{3 * level + layer + 1}", f"down_blocks.{level}"
            yield f"{place}.0", f"{name}.resnets.{layer}", False
            if level in attended:
                yield f"{place}.1", f"{name}.attentions.{layer}", True
        for layer in range(3):
            place, name = f"output_blocks.{3 * level + layer}", f"up_blocks.{level}"
            yield f"{place}.0", f"{name}.resnets.{layer}", False
            if levels - 1 - level in attended:
                yield f"{place}.1", f"{name}.attentions.{layer}", True
    yield "middle_block.0", "mid_block.resnets.0", False
    yield "middle_block.1", "mid_block.attentions.0", True
    yield "middle_block.2", "mid_block.resnets.1", False


def _samplers(levels: int, attended: Sequence[int]) -> Iterator[tuple[str, str]]:
    for level in range(levels - 1):
        yield f"input_blocks.{3 * level + 3}.0.op", f"down_blocks.{level}.downsamplers.0.conv"
        # It stands behind the attention, if there is any.
        index = 2 if levels - 1 - level in attended else 1
        yield f"output_blocks.{3 * level + 2}.{index}.conv", f"up_blocks.{level}.upsamplers.0.conv"
