"""Z-Image and Z-Image-Turbo.

Source: `comfy/ldm/lumina/model.py` of comfyanonymous/ComfyUI, which the published single file is
for; `ZImageTransformer2DModel` of diffusers 0.42, which is the authors' own naming.
"""

from lorasurgery.formats._image.families._family import Family, Fused

STACKS = ("layers", "noise_refiner", "context_refiner")
RENAMED = {"attention.out": "attention.to_out.0", "attention.q_norm": "attention.norm_q"}
RENAMED |= {"attention.k_norm": "attention.norm_k"}
SAME = (
    *(f"feed_forward.w{index}" for index in (1, 2, 3)),
    *(f"{name}_norm{index}" for name in ("attention", "ffn") for index in (1, 2)),
    "adaLN_modulation.0",
)

FAMILY = Family(
    name="Z-Image",
    part="transformer",
    classes=("ZImageTransformer2DModel",),
    table={
        **{f"{stack}.#.{name}": f"{stack}.#.{name}" for stack in STACKS for name in SAME},
        **{f"{stack}.#.{old}": f"{stack}.#.{new}" for stack in STACKS for old, new in RENAMED.items()},
        **{
            f"{stack}.#.attention.qkv": Fused(f"{stack}.#.attention.", ("to_q", "to_k", "to_v"))
            for stack in STACKS
        },
        "x_embedder": "all_x_embedder.2-1",
        "final_layer.linear": "all_final_layer.2-1.linear",
        "final_layer.adaLN_modulation.1": "all_final_layer.2-1.adaLN_modulation.1",
        **{name: name for name in ("t_embedder.mlp.0", "t_embedder.mlp.2")},
        **{name: name for name in ("cap_embedder.0", "cap_embedder.1")},
    },
    encoders=("qwen3_4b",),
)
