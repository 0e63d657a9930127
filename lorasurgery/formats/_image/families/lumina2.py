"""Lumina-Image 2.0, whose queries have three times as many heads as its keys and values.

Source: `models/model.py` of Alpha-VLLM/Lumina-Image-2.0; `Lumina2Transformer2DModel` of diffusers
0.42.
"""

from lorasurgery.formats._image.families._family import Family, Fused

STACKS = ("layers", "noise_refiner", "context_refiner")
LAYER = {
    "attention.out": "attn.to_out.0",
    "attention.q_norm": "attn.norm_q",
    "attention.k_norm": "attn.norm_k",
    "feed_forward.w1": "feed_forward.linear_1",
    "feed_forward.w2": "feed_forward.linear_2",
    "feed_forward.w3": "feed_forward.linear_3",
    "attention_norm2": "norm2",
    "ffn_norm1": "ffn_norm1",
    "ffn_norm2": "ffn_norm2",
}

FAMILY = Family(
    name="Lumina 2",
    part="transformer",
    classes=("Lumina2Transformer2DModel",),
    table={
        **{f"{stack}.#.{old}": f"{stack}.#.{new}" for stack in STACKS for old, new in LAYER.items()},
        **{
            f"{stack}.#.attention.qkv": Fused(
                f"{stack}.#.attn.", ("to_q", "to_k", "to_v"), square=1, ratio=1 / 3
            )
            for stack in STACKS
        },
        # The refiner of the prompt is not modulated.
        "context_refiner.#.attention_norm1": "context_refiner.#.norm1",
        **{
            f"{stack}.#.{old}": f"{stack}.#.{new}"
            for stack in STACKS[:2]
            for old, new in (("attention_norm1", "norm1.norm"), ("adaLN_modulation.1", "norm1.linear"))
        },
        "x_embedder": "x_embedder",
        "t_embedder.mlp.0": "time_caption_embed.timestep_embedder.linear_1",
        "t_embedder.mlp.2": "time_caption_embed.timestep_embedder.linear_2",
        "cap_embedder.0": "time_caption_embed.caption_embedder.0",
        "cap_embedder.1": "time_caption_embed.caption_embedder.1",
        "final_layer.adaLN_modulation.1": "norm_out.linear_1",
        "final_layer.linear": "norm_out.linear_2",
    },
    ratios={f"{stack}.#.attention.qkv": 5 / 3 for stack in STACKS},
    encoders=("gemma2_2b",),
)
