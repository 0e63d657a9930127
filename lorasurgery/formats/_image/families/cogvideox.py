"""CogVideoX and CogVideoX 1.5. The original names are ComfyUI's, which it reads in LoRA files.

The authors' own checkpoints of the training (SAT) have a third naming, which no LoRA file has here.

Source: `comfy/ldm/cogvideo/model.py` of comfyanonymous/ComfyUI 3e4d15a;
`CogVideoXTransformer3DModel` of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family

BLOCK = {
    "q": "attn1.to_q",
    "k": "attn1.to_k",
    "v": "attn1.to_v",
    "attn_out": "attn1.to_out.0",
    "norm_q": "attn1.norm_q",
    "norm_k": "attn1.norm_k",
    "ff_proj": "ff.net.0.proj",
    "ff_out": "ff.net.2",
    **{f"{norm}.{part}": f"{norm}.{part}" for norm in ("norm1", "norm2") for part in ("linear", "norm")},
}
SAME = ("patch_embed.proj", "patch_embed.text_proj", "norm_final", "norm_out.linear", "norm_out.norm")

FAMILY = Family(
    name="CogVideoX",
    part="transformer",
    classes=("CogVideoXTransformer3DModel",),
    table={
        **{name: name for name in (*SAME, "proj_out")},
        **{
            f"{name}_embedding_linear_{index}": f"{name}_embedding.linear_{index}"
            for name in ("time", "ofs")
            for index in (1, 2)
        },
        **{f"blocks.#.{old}": f"transformer_blocks.#.{new}" for old, new in BLOCK.items()},
    },
    # Of the models of 2 and of 5 billion parameters.
    widths={f"blocks.#.{name}": (1920, 3072) for name in ("q", "k", "v", "attn_out", "ff_proj")},
    encoders=("t5xxl",),
)
