"""Flux.2 (dev, Klein), whose blocks share their modulation, and whose single blocks stay packed.

Source: `src/flux2/model.py` of black-forest-labs/flux2; `Flux2Transformer2DModel` of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family, Fused, Swapped

DOUBLE, SINGLE = "transformer_blocks.#.", "single_transformer_blocks.#."
STREAMS = {
    "img": ("to_q", "to_k", "to_v", "to_out.0", "norm_q", "norm_k", "ff"),
    "txt": (
        "add_q_proj",
        "add_k_proj",
        "add_v_proj",
        "to_add_out",
        "norm_added_q",
        "norm_added_k",
        "ff_context",
    ),
}

FAMILY = Family(
    name="Flux.2",
    part="transformer",
    classes=("Flux2Transformer2DModel",),
    table={
        "img_in": "x_embedder",
        "txt_in": "context_embedder",
        **{
            f"{original}.{layer}": f"time_guidance_embed.{name}.{linear}"
            for original, name in (("time_in", "timestep_embedder"), ("guidance_in", "guidance_embedder"))
            for layer, linear in (("in_layer", "linear_1"), ("out_layer", "linear_2"))
        },
        **{
            f"{name}.lin": f"{name}.linear"
            for name in (
                "double_stream_modulation_img",
                "double_stream_modulation_txt",
                "single_stream_modulation",
            )
        },
        **{
            f"double_blocks.#.{stream}_attn.qkv": Fused(f"{DOUBLE}attn.", names[:3])
            for stream, names in STREAMS.items()
        },
        **{
            f"double_blocks.#.{stream}_attn.{old}": f"{DOUBLE}attn.{new}"
            for stream, names in STREAMS.items()
            for old, new in zip(("proj", "norm.query_norm", "norm.key_norm"), names[3:6], strict=True)
        },
        **{
            f"double_blocks.#.{stream}_mlp.{layer}": f"{DOUBLE}{names[6]}.{linear}"
            for stream, names in STREAMS.items()
            for layer, linear in ((0, "linear_in"), (2, "linear_out"))
        },
        "single_blocks.#.linear1": f"{SINGLE}attn.to_qkv_mlp_proj",
        "single_blocks.#.linear2": f"{SINGLE}attn.to_out",
        "single_blocks.#.norm.query_norm": f"{SINGLE}attn.norm_q",
        "single_blocks.#.norm.key_norm": f"{SINGLE}attn.norm_k",
        "final_layer.linear": "proj_out",
        "final_layer.adaLN_modulation.1": Swapped("norm_out.linear"),
    },
    ratios={
        "single_blocks.#.linear1": 9.0,
        "single_blocks.#.linear2": 1 / 4,
        **{f"double_blocks.#.{stream}_mlp.0": 6.0 for stream in STREAMS},
        **{f"double_blocks.#.{stream}_mlp.2": 1 / 3 for stream in STREAMS},
    },
)
