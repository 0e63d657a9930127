"""OpenCLIP's text model, the second of Stable Diffusion XL, whose queries, keys and values are packed.

LoRA files have the names that transformers gives it; only checkpoints have the original ones.

Source: `src/open_clip/transformer.py` of mlfoundations/open_clip; `CLIPTextModelWithProjection` of
transformers 5.
"""

from lorasurgery.formats._image.families._family import Family, Fused

BLOCK, LAYER = "transformer.resblocks.#.", "text_model.encoder.layers.#."

FAMILY = Family(
    name="OpenCLIP",
    part="text_encoder_2",
    original_part="text_encoder_2",
    classes=("CLIPTextModelWithProjection",),
    table={
        f"{BLOCK}attn.in_proj_weight": Fused(f"{LAYER}self_attn.", ("q_proj", "k_proj", "v_proj")),
        f"{BLOCK}attn.out_proj": f"{LAYER}self_attn.out_proj",
        f"{BLOCK}mlp.c_fc": f"{LAYER}mlp.fc1",
        f"{BLOCK}mlp.c_proj": f"{LAYER}mlp.fc2",
        f"{BLOCK}ln_1": f"{LAYER}layer_norm1",
        f"{BLOCK}ln_2": f"{LAYER}layer_norm2",
        "ln_final": "text_model.final_layer_norm",
    },
)
