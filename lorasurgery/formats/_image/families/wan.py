"""Wan 2.1 and 2.2: text and image to video, and VACE.

Source: `wan/modules/model.py` of Wan-Video/Wan2.1, `wan/modules/vace_model.py`;
`WanTransformer3DModel` and `WanVACETransformer3DModel` of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family

ATTENTION = {"q": "to_q", "k": "to_k", "v": "to_v", "o": "to_out.0", "norm_q": "norm_q", "norm_k": "norm_k"}
OF_IMAGES = {"k_img": "add_k_proj", "v_img": "add_v_proj", "norm_k_img": "norm_added_k"}
BLOCK = {
    **{f"self_attn.{old}": f"attn1.{new}" for old, new in ATTENTION.items()},
    **{f"cross_attn.{old}": f"attn2.{new}" for old, new in (ATTENTION | OF_IMAGES).items()},
    "ffn.0": "ffn.net.0.proj",
    "ffn.2": "ffn.net.2",
    "norm3": "norm2",
    # A parameter that no layer owns.
    "modulation": "scale_shift_table",
}
EMBEDDER = "condition_embedder"

FAMILY = Family(
    name="Wan",
    part="transformer",
    classes=("WanTransformer3DModel", "WanVACETransformer3DModel"),
    table={
        **{
            f"{stack}.#.{old}": f"{stack}.#.{new}"
            for stack in ("blocks", "vace_blocks")
            for old, new in BLOCK.items()
        },
        "vace_blocks.#.before_proj": "vace_blocks.#.proj_in",
        "vace_blocks.#.after_proj": "vace_blocks.#.proj_out",
        "vace_patch_embedding": "vace_patch_embedding",
        "patch_embedding": "patch_embedding",
        "time_embedding.0": f"{EMBEDDER}.time_embedder.linear_1",
        "time_embedding.2": f"{EMBEDDER}.time_embedder.linear_2",
        "time_projection.1": f"{EMBEDDER}.time_proj",
        "text_embedding.0": f"{EMBEDDER}.text_embedder.linear_1",
        "text_embedding.2": f"{EMBEDDER}.text_embedder.linear_2",
        "img_emb.proj.0": f"{EMBEDDER}.image_embedder.norm1",
        "img_emb.proj.1": f"{EMBEDDER}.image_embedder.ff.net.0.proj",
        "img_emb.proj.3": f"{EMBEDDER}.image_embedder.ff.net.2",
        "img_emb.proj.4": f"{EMBEDDER}.image_embedder.norm2",
        "head.head": "proj_out",
        "head.modulation": "scale_shift_table",
    },
    encoders=("umt5xxl",),
)
