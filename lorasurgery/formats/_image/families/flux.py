"""Flux.1 (dev, schnell, Kontext, Fill, Redux) and Chroma, which has its own guidance and no modulation.

Source: `src/flux/model.py` of black-forest-labs/flux; `comfy/ldm/chroma/model.py` of
comfyanonymous/ComfyUI; `FluxTransformer2DModel` and `ChromaTransformer2DModel` of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family, Fused, Swapped

DOUBLE, SINGLE = "transformer_blocks.#.", "single_transformer_blocks.#."
EMBEDDERS = {"time_in": "timestep_embedder", "vector_in": "text_embedder", "guidance_in": "guidance_embedder"}

FAMILY = Family(
    name="Flux.1",
    part="transformer",
    classes=("FluxTransformer2DModel", "ChromaTransformer2DModel"),
    table={
        "img_in": "x_embedder",
        "txt_in": "context_embedder",
        **{
            f"{original}.{layer}": f"time_text_embed.{name}.{linear}"
            for original, name in EMBEDDERS.items()
            for layer, linear in (("in_layer", "linear_1"), ("out_layer", "linear_2"))
        },
        "double_blocks.#.img_mod.lin": f"{DOUBLE}norm1.linear",
        "double_blocks.#.txt_mod.lin": f"{DOUBLE}norm1_context.linear",
        "double_blocks.#.img_attn.qkv": Fused(f"{DOUBLE}attn.", ("to_q", "to_k", "to_v")),
        "double_blocks.#.txt_attn.qkv": Fused(f"{DOUBLE}attn.", ("add_q_proj", "add_k_proj", "add_v_proj")),
        "double_blocks.#.img_attn.proj": f"{DOUBLE}attn.to_out.0",
        "double_blocks.#.txt_attn.proj": f"{DOUBLE}attn.to_add_out",
        "double_blocks.#.img_attn.norm.query_norm": f"{DOUBLE}attn.norm_q",
        "double_blocks.#.img_attn.norm.key_norm": f"{DOUBLE}attn.norm_k",
        "double_blocks.#.txt_attn.norm.query_norm": f"{DOUBLE}attn.norm_added_q",
        "double_blocks.#.txt_attn.norm.key_norm": f"{DOUBLE}attn.norm_added_k",
        "double_blocks.#.img_mlp.0": f"{DOUBLE}ff.net.0.proj",
        "double_blocks.#.img_mlp.2": f"{DOUBLE}ff.net.2",
        "double_blocks.#.txt_mlp.0": f"{DOUBLE}ff_context.net.0.proj",
        "double_blocks.#.txt_mlp.2": f"{DOUBLE}ff_context.net.2",
        "single_blocks.#.linear1": Fused(
            SINGLE, ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"), square=3, ratio=4.0
        ),
        "single_blocks.#.linear2": f"{SINGLE}proj_out",
        "single_blocks.#.modulation.lin": f"{SINGLE}norm.linear",
        "single_blocks.#.norm.query_norm": f"{SINGLE}attn.norm_q",
        "single_blocks.#.norm.key_norm": f"{SINGLE}attn.norm_k",
        "final_layer.linear": "proj_out",
        "final_layer.adaLN_modulation.1": Swapped("norm_out.linear"),
        # Chroma's own
        "distilled_guidance_layer.in_proj": "distilled_guidance_layer.in_proj",
        "distilled_guidance_layer.out_proj": "distilled_guidance_layer.out_proj",
        "distilled_guidance_layer.layers.#.in_layer": "distilled_guidance_layer.layers.#.linear_1",
        "distilled_guidance_layer.layers.#.out_layer": "distilled_guidance_layer.layers.#.linear_2",
        "distilled_guidance_layer.norms.#": "distilled_guidance_layer.norms.#",
    },
    ratios={
        "single_blocks.#.linear1": 7.0,
        "single_blocks.#.linear2": 1 / 5,
        **{f"double_blocks.#.{stream}_mlp.0": 4.0 for stream in ("img", "txt")},
        **{f"double_blocks.#.{stream}_mlp.2": 1 / 4 for stream in ("img", "txt")},
    },
    encoders=("clip_l", "t5xxl"),
)
