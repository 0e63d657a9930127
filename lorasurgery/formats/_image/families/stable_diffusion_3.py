"""Stable Diffusion 3 and 3.5.

The last block modulates its context with a shift and a scale alone, in diffusers in the other order;
elsewhere there are six vectors, in one order.

Source: `mmditx.py` of Stability-AI/sd3.5; `SD3Transformer2DModel` of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family, Fused, Swapped

BLOCK, ORIGINAL = "transformer_blocks.#.", "joint_blocks.#."
OUT = {
    "x_block.attn": "attn.to_out.0",
    "x_block.attn2": "attn2.to_out.0",
    "context_block.attn": "attn.to_add_out",
}
NORMS = {
    "x_block.attn.ln_": "attn.norm_",
    "x_block.attn2.ln_": "attn2.norm_",
    "context_block.attn.ln_": "attn.norm_added_",
}

FAMILY = Family(
    name="Stable Diffusion 3",
    part="transformer",
    classes=("SD3Transformer2DModel",),
    table={
        f"{ORIGINAL}x_block.attn.qkv": Fused(f"{BLOCK}attn.", ("to_q", "to_k", "to_v")),
        f"{ORIGINAL}x_block.attn2.qkv": Fused(f"{BLOCK}attn2.", ("to_q", "to_k", "to_v")),
        f"{ORIGINAL}context_block.attn.qkv": Fused(
            f"{BLOCK}attn.", ("add_q_proj", "add_k_proj", "add_v_proj")
        ),
        **{f"{ORIGINAL}{old}.proj": f"{BLOCK}{new}" for old, new in OUT.items()},
        **{
            f"{ORIGINAL}{old}{which}": f"{BLOCK}{new}{which}"
            for old, new in NORMS.items()
            for which in ("q", "k")
        },
        f"{ORIGINAL}x_block.adaLN_modulation.1": f"{BLOCK}norm1.linear",
        f"{ORIGINAL}context_block.adaLN_modulation.1": Swapped(f"{BLOCK}norm1_context.linear", ratio=2.0),
        f"{ORIGINAL}x_block.mlp.fc1": f"{BLOCK}ff.net.0.proj",
        f"{ORIGINAL}x_block.mlp.fc2": f"{BLOCK}ff.net.2",
        f"{ORIGINAL}context_block.mlp.fc1": f"{BLOCK}ff_context.net.0.proj",
        f"{ORIGINAL}context_block.mlp.fc2": f"{BLOCK}ff_context.net.2",
        "x_embedder.proj": "pos_embed.proj",
        "context_embedder": "context_embedder",
        "t_embedder.mlp.0": "time_text_embed.timestep_embedder.linear_1",
        "t_embedder.mlp.2": "time_text_embed.timestep_embedder.linear_2",
        "y_embedder.mlp.0": "time_text_embed.text_embedder.linear_1",
        "y_embedder.mlp.2": "time_text_embed.text_embedder.linear_2",
        "final_layer.linear": "proj_out",
        "final_layer.adaLN_modulation.1": Swapped("norm_out.linear"),
    },
    encoders=("clip_l", "clip_g", "t5xxl"),
)
