"""LTX-Video.

Source: `ltx_video/models/transformers/transformer3d.py` of Lightricks/LTX-Video;
`LTXVideoTransformer3DModel` of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family

ATTENTION = {name: name for name in ("to_q", "to_k", "to_v", "to_out.0")}
ATTENTION |= {"q_norm": "norm_q", "k_norm": "norm_k"}
TIMES = ("emb.timestep_embedder.linear_1", "emb.timestep_embedder.linear_2", "linear")
# Of the models of 2 and of 13 billion parameters.
WIDTHS = (2048, 4096)

FAMILY = Family(
    name="LTX-Video",
    part="transformer",
    classes=("LTXVideoTransformer3DModel",),
    table={
        "patchify_proj": "proj_in",
        **{f"adaln_single.{name}": f"time_embed.{name}" for name in TIMES},
        "caption_projection.linear_1": "caption_projection.linear_1",
        "caption_projection.linear_2": "caption_projection.linear_2",
        **{
            f"transformer_blocks.#.{attention}.{old}": f"transformer_blocks.#.{attention}.{new}"
            for attention in ("attn1", "attn2")
            for old, new in ATTENTION.items()
        },
        "transformer_blocks.#.ff.net.0.proj": "transformer_blocks.#.ff.net.0.proj",
        "transformer_blocks.#.ff.net.2": "transformer_blocks.#.ff.net.2",
        "proj_out": "proj_out",
    },
    widths={
        **{
            f"transformer_blocks.#.{attention}.to_{x}": WIDTHS
            for attention in ("attn1", "attn2")
            for x in "qkv"
        },
        "transformer_blocks.#.ff.net.0.proj": WIDTHS,
    },
    encoders=("t5xxl",),
)
