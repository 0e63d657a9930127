"""Stable Audio Open 1.0. diffusers has the model, and no loader of LoRA files for it.

Source: `comfy/ldm/audio/dit.py` of comfyanonymous/ComfyUI f599e5c; `scripts/convert_stable_audio.py`
of huggingface/diffusers 58eb52c; `StableAudioDiTModel` of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family, Fused

LAYER, BLOCK = "transformer.layers.#.", "transformer_blocks.#."
EMBEDDERS = {
    "to_timestep_embed": "timestep_proj",
    "to_cond_embed": "cross_attention_proj",
    "to_global_embed": "global_proj",
}

FAMILY = Family(
    name="Stable Audio",
    part="transformer",
    classes=("StableAudioDiTModel",),
    table={
        "preprocess_conv": "preprocess_conv",
        "postprocess_conv": "postprocess_conv",
        "timestep_features": "time_proj",
        **{f"{old}.{index}": f"{new}.{index}" for old, new in EMBEDDERS.items() for index in (0, 2)},
        "transformer.project_in": "proj_in",
        "transformer.project_out": "proj_out",
        f"{LAYER}pre_norm": f"{BLOCK}norm1",
        f"{LAYER}self_attn.to_qkv": Fused(f"{BLOCK}attn1.", ("to_q", "to_k", "to_v")),
        f"{LAYER}self_attn.to_out": f"{BLOCK}attn1.to_out.0",
        f"{LAYER}cross_attend_norm": f"{BLOCK}norm2",
        f"{LAYER}cross_attn.to_q": f"{BLOCK}attn2.to_q",
        # Its keys are as wide as they are high.
        f"{LAYER}cross_attn.to_kv": Fused(f"{BLOCK}attn2.", ("to_k", "to_v")),
        f"{LAYER}cross_attn.to_out": f"{BLOCK}attn2.to_out.0",
        f"{LAYER}ff_norm": f"{BLOCK}norm3",
        f"{LAYER}ff.ff.0.proj": f"{BLOCK}ff.net.0.proj",
        f"{LAYER}ff.ff.2": f"{BLOCK}ff.net.2",
    },
    widths={
        f"{LAYER}self_attn.to_qkv": (1536,),
        f"{LAYER}self_attn.to_out": (1536,),
        f"{LAYER}cross_attn.to_q": (1536,),
        f"{LAYER}cross_attn.to_kv": (768,),
        f"{LAYER}ff.ff.0.proj": (1536,),
    },
    has_diffusers_files=False,
    encoders=("t5base",),
)
