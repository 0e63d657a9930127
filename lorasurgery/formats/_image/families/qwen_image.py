"""Qwen-Image and Qwen-Image-Edit, whose authors' naming is that of diffusers.

Source: `comfy/ldm/qwen_image/model.py` of comfyanonymous/ComfyUI; `QwenImageTransformer2DModel` of
diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0", "norm_q", "norm_k")
ADDED = ("add_q_proj", "add_k_proj", "add_v_proj", "to_add_out", "norm_added_q", "norm_added_k")
NAMES = (
    *(f"transformer_blocks.#.attn.{name}" for name in (*ATTENTION, *ADDED)),
    *(
        f"transformer_blocks.#.{stream}_{name}"
        for stream in ("img", "txt")
        for name in ("mod.1", "mlp.net.0.proj", "mlp.net.2")
    ),
    "img_in",
    "txt_in",
    "txt_norm",
    "time_text_embed.timestep_embedder.linear_1",
    "time_text_embed.timestep_embedder.linear_2",
    "norm_out.linear",
    "proj_out",
)

FAMILY = Family(
    name="Qwen-Image",
    part="transformer",
    classes=("QwenImageTransformer2DModel",),
    table={name: name for name in NAMES},
    encoders=("qwen25_7b",),
)
