"""PixArt-α and PixArt-Σ.

Source: `comfy/ldm/pixart/pixartms.py` of comfyanonymous/ComfyUI 04e411c;
`scripts/convert_pixart_sigma_to_diffusers.py` of huggingface/diffusers 58eb52c;
`PixArtTransformer2DModel` of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family, Fused

BLOCK = "transformer_blocks.#."
EMBEDDERS = {
    "t_embedder.mlp": "adaln_single.emb.timestep_embedder",
    # PixArt-α of 1024 pixels alone
    "csize_embedder.mlp": "adaln_single.emb.resolution_embedder",
    "ar_embedder.mlp": "adaln_single.emb.aspect_ratio_embedder",
}

FAMILY = Family(
    name="PixArt",
    part="transformer",
    classes=("PixArtTransformer2DModel",),
    table={
        "x_embedder.proj": "pos_embed.proj",
        "y_embedder.y_proj.fc1": "caption_projection.linear_1",
        "y_embedder.y_proj.fc2": "caption_projection.linear_2",
        **{
            f"{original}.{layer}": f"{name}.{linear}"
            for original, name in EMBEDDERS.items()
            for layer, linear in ((0, "linear_1"), (2, "linear_2"))
        },
        "t_block.1": "adaln_single.linear",
        "blocks.#.attn.qkv": Fused(f"{BLOCK}attn1.", ("to_q", "to_k", "to_v")),
        "blocks.#.attn.proj": f"{BLOCK}attn1.to_out.0",
        "blocks.#.cross_attn.q_linear": f"{BLOCK}attn2.to_q",
        "blocks.#.cross_attn.kv_linear": Fused(f"{BLOCK}attn2.", ("to_k", "to_v")),
        "blocks.#.cross_attn.proj": f"{BLOCK}attn2.to_out.0",
        "blocks.#.mlp.fc1": f"{BLOCK}ff.net.0.proj",
        "blocks.#.mlp.fc2": f"{BLOCK}ff.net.2",
        "final_layer.linear": "proj_out",
    },
    widths={
        "blocks.#.attn.qkv": (1152,),
        "blocks.#.attn.proj": (1152,),
        "blocks.#.cross_attn.q_linear": (1152,),
        "blocks.#.cross_attn.kv_linear": (1152,),
        "blocks.#.mlp.fc1": (1152,),
    },
    encoders=("t5xxl",),
)
