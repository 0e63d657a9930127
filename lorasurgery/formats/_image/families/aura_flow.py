"""AuraFlow.

Source: `comfy/ldm/aura/mmdit.py` of comfyanonymous/ComfyUI 0a1ae64;
`AuraFlowTransformer2DModel` of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family, Swapped

DOUBLE, SINGLE = "joint_transformer_blocks.#.", "single_transformer_blocks.#."
LAYERS = {"c_fc1": "linear_1", "c_fc2": "linear_2", "c_proj": "out_projection"}
# Of the context, and of the image; single blocks have the first alone.
FIRST = {"w1q": "add_q_proj", "w1k": "add_k_proj", "w1v": "add_v_proj", "w1o": "to_add_out"}
SECOND = {"w2q": "to_q", "w2k": "to_k", "w2v": "to_v", "w2o": "to_out.0"}

FAMILY = Family(
    name="AuraFlow",
    part="transformer",
    classes=("AuraFlowTransformer2DModel",),
    table={
        "init_x_linear": "pos_embed.proj",
        "cond_seq_linear": "context_embedder",
        "t_embedder.mlp.0": "time_step_proj.linear_1",
        "t_embedder.mlp.2": "time_step_proj.linear_2",
        **{f"double_layers.#.attn.{old}": f"{DOUBLE}attn.{new}" for old, new in (FIRST | SECOND).items()},
        **{
            f"double_layers.#.{old}.{layer}": f"{DOUBLE}{new}.{name}"
            for old, new in (("mlpX", "ff"), ("mlpC", "ff_context"))
            for layer, name in LAYERS.items()
        },
        "double_layers.#.modX.1": f"{DOUBLE}norm1.linear",
        "double_layers.#.modC.1": f"{DOUBLE}norm1_context.linear",
        **{
            f"single_layers.#.attn.{old}": f"{SINGLE}attn.{new}"
            for old, new in zip(FIRST, SECOND.values(), strict=True)
        },
        **{f"single_layers.#.mlp.{layer}": f"{SINGLE}ff.{name}" for layer, name in LAYERS.items()},
        "single_layers.#.modCX.1": f"{SINGLE}norm1.linear",
        "final_linear": "proj_out",
        "modF.1": Swapped("norm_out.linear"),
    },
    encoders=("pile_t5xl",),
)
