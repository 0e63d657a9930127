"""HiDream-I1, whose authors' naming is that of diffusers.

Source: `comfy/ldm/hidream/model.py` of comfyanonymous/ComfyUI 443bb45;
`HiDreamImageTransformer2DModel` of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family

SWIGLU = ("w1", "w2", "w3")
ATTENTION = ("to_q", "to_k", "to_v", "to_out", "q_rms_norm", "k_rms_norm")
SINGLE = (
    "adaLN_modulation.1",
    *(f"attn1.{name}" for name in ATTENTION),
    "ff_i.gate",
    *(f"ff_i.{part}.{name}" for part in ("shared_experts", "experts.#") for name in SWIGLU),
    # Models without experts
    *(f"ff_i.{name}" for name in SWIGLU),
)
DOUBLE = (
    *SINGLE,
    *(f"attn1.{name}_t" for name in ATTENTION),
    *(f"ff_t.{name}" for name in SWIGLU),
)
NAMES = (
    *(f"double_stream_blocks.#.block.{name}" for name in DOUBLE),
    *(f"single_stream_blocks.#.block.{name}" for name in SINGLE),
    "x_embedder.proj",
    *(f"t_embedder.timestep_embedder.linear_{index}" for index in (1, 2)),
    *(f"p_embedder.pooled_embedder.linear_{index}" for index in (1, 2)),
    "caption_projection.#.linear",
    "final_layer.linear",
    "final_layer.adaLN_modulation.1",
)

FAMILY = Family(
    name="HiDream",
    part="transformer",
    classes=("HiDreamImageTransformer2DModel",),
    table={name: name for name in NAMES},
    encoders=("clip_l", "clip_g", "t5xxl", "llama"),
)
