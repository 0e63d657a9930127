"""HunyuanVideo.

ComfyUI names the layers of its blocks as Flux does (`img_attn.qkv`, `img_mlp.0`), the authors and
musubi-tuner otherwise (`img_attn_qkv`, `img_mlp.fc1`); a file may have either.

Source: `hyvideo/modules/models.py` of Tencent-Hunyuan/HunyuanVideo; `comfy/ldm/hunyuan_video/model.py`
of comfyanonymous/ComfyUI; `HunyuanVideoTransformer3DModel` of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family, Fused, Swapped

DOUBLE, SINGLE = "transformer_blocks.#.", "single_transformer_blocks.#."
REFINER, REFINED = (
    "txt_in.individual_token_refiner.blocks.#.",
    "context_embedder.token_refiner.refiner_blocks.#.",
)
STREAMS = {
    "img": ("to_q", "to_k", "to_v", "to_out.0", "norm_q", "norm_k", "ff", "norm1"),
    "txt": (
        "add_q_proj",
        "add_k_proj",
        "add_v_proj",
        "to_add_out",
        "norm_added_q",
        "norm_added_k",
        "ff_context",
        "norm1_context",
    ),
}
TEXT = "context_embedder.time_text_embed"

FAMILY = Family(
    name="HunyuanVideo",
    part="transformer",
    classes=("HunyuanVideoTransformer3DModel",),
    table={
        "img_in.proj": "x_embedder.proj",
        **{
            f"{original}.{layer}": f"time_text_embed.{name}.{linear}"
            for original, name in (
                ("time_in", "timestep_embedder"),
                ("vector_in", "text_embedder"),
                ("guidance_in", "guidance_embedder"),
            )
            for layer, linear in (("in_layer", "linear_1"), ("out_layer", "linear_2"))
        },
        **{
            f"double_blocks.#.{stream}_attn.qkv": Fused(f"{DOUBLE}attn.", names[:3])
            for stream, names in STREAMS.items()
        },
        **{
            f"double_blocks.#.{stream}_{old}": f"{DOUBLE}{new}"
            for stream, names in STREAMS.items()
            for old, new in (
                ("attn.proj", f"attn.{names[3]}"),
                ("attn.norm.query_norm", f"attn.{names[4]}"),
                ("attn.norm.key_norm", f"attn.{names[5]}"),
                ("mlp.0", f"{names[6]}.net.0.proj"),
                ("mlp.2", f"{names[6]}.net.2"),
                ("mod.lin", f"{names[7]}.linear"),
            )
        },
        "single_blocks.#.linear1": Fused(
            SINGLE, ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"), square=3, ratio=4.0
        ),
        "single_blocks.#.linear2": f"{SINGLE}proj_out",
        "single_blocks.#.modulation.lin": f"{SINGLE}norm.linear",
        "single_blocks.#.norm.query_norm": f"{SINGLE}attn.norm_q",
        "single_blocks.#.norm.key_norm": f"{SINGLE}attn.norm_k",
        f"{REFINER}self_attn.qkv": Fused(f"{REFINED}attn.", ("to_q", "to_k", "to_v")),
        f"{REFINER}self_attn.proj": f"{REFINED}attn.to_out.0",
        f"{REFINER}mlp.0": f"{REFINED}ff.net.0.proj",
        f"{REFINER}mlp.2": f"{REFINED}ff.net.2",
        f"{REFINER}norm1": f"{REFINED}norm1",
        f"{REFINER}norm2": f"{REFINED}norm2",
        f"{REFINER}adaLN_modulation.1": f"{REFINED}norm_out.linear",
        "txt_in.input_embedder": "context_embedder.proj_in",
        "txt_in.t_embedder.in_layer": f"{TEXT}.timestep_embedder.linear_1",
        "txt_in.t_embedder.out_layer": f"{TEXT}.timestep_embedder.linear_2",
        "txt_in.c_embedder.in_layer": f"{TEXT}.text_embedder.linear_1",
        "txt_in.c_embedder.out_layer": f"{TEXT}.text_embedder.linear_2",
        "final_layer.linear": "proj_out",
        "final_layer.adaLN_modulation.1": Swapped("norm_out.linear"),
    },
    ratios={
        "single_blocks.#.linear1": 7.0,
        "single_blocks.#.linear2": 1 / 5,
        **{f"double_blocks.#.{stream}_mlp.0": 4.0 for stream in STREAMS},
        **{f"double_blocks.#.{stream}_mlp.2": 1 / 4 for stream in STREAMS},
    },
    also={
        **{
            f"double_blocks.#.{stream}_{old}": f"double_blocks.#.{stream}_{new}"
            for stream in STREAMS
            for old, new in (
                ("attn_qkv", "attn.qkv"),
                ("attn_proj", "attn.proj"),
                ("attn_q_norm", "attn.norm.query_norm"),
                ("attn_k_norm", "attn.norm.key_norm"),
                ("mlp.fc1", "mlp.0"),
                ("mlp.fc2", "mlp.2"),
                ("mod.linear", "mod.lin"),
            )
        },
        "single_blocks.#.modulation.linear": "single_blocks.#.modulation.lin",
        "single_blocks.#.q_norm": "single_blocks.#.norm.query_norm",
        "single_blocks.#.k_norm": "single_blocks.#.norm.key_norm",
        f"{REFINER}self_attn_qkv": f"{REFINER}self_attn.qkv",
        f"{REFINER}self_attn_proj": f"{REFINER}self_attn.proj",
        f"{REFINER}mlp.fc1": f"{REFINER}mlp.0",
        f"{REFINER}mlp.fc2": f"{REFINER}mlp.2",
        **{
            f"{name}.mlp.{layer}": f"{name}.{linear}"
            for name in ("time_in", "guidance_in", "txt_in.t_embedder")
            for layer, linear in ((0, "in_layer"), (2, "out_layer"))
        },
        "txt_in.c_embedder.linear_1": "txt_in.c_embedder.in_layer",
        "txt_in.c_embedder.linear_2": "txt_in.c_embedder.out_layer",
    },
    encoders=("llama", "clip_l"),
)
