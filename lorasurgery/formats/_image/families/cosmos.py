"""Cosmos: Predict 2 and 2.5, and the first Cosmos, whose blocks have other names in the original.

Source: `comfy/ldm/cosmos/predict2.py` of Comfy-Org/ComfyUI 523fba4; the renaming of both in
`loaders/single_file_utils.py`, and `CosmosTransformer3DModel`, of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family

BLOCK = "transformer_blocks.#."
ATTENTION = {
    "q_proj": "to_q",
    "k_proj": "to_k",
    "v_proj": "to_v",
    "output_proj": "to_out.0",
    "q_norm": "norm_q",
    "k_norm": "norm_k",
}
# The first Cosmos: layers of a block by their numbers.
FIRST_ATTENTION = {
    "to_q.0": "q_proj",
    "to_k.0": "k_proj",
    "to_v.0": "v_proj",
    "to_out.0": "output_proj",
    "to_q.1": "q_norm",
    "to_k.1": "k_norm",
}
LAYERS = ("self_attn", "cross_attn", "mlp")

FAMILY = Family(
    name="Cosmos",
    part="transformer",
    classes=("CosmosTransformer3DModel",),
    table={
        "x_embedder.proj.1": "patch_embed.proj",
        "t_embedder.1.linear_1": "time_embed.t_embedder.linear_1",
        "t_embedder.1.linear_2": "time_embed.t_embedder.linear_2",
        "t_embedding_norm": "time_embed.norm",
        **{
            f"blocks.#.{layer}.{old}": f"{BLOCK}attn{index}.{new}"
            for index, layer in enumerate(LAYERS[:2], 1)
            for old, new in ATTENTION.items()
        },
        "blocks.#.mlp.layer1": f"{BLOCK}ff.net.0.proj",
        "blocks.#.mlp.layer2": f"{BLOCK}ff.net.2",
        **{
            f"blocks.#.adaln_modulation_{layer}.{linear}": f"{BLOCK}norm{index}.linear_{linear}"
            for index, layer in enumerate(LAYERS, 1)
            for linear in (1, 2)
        },
        "final_layer.adaln_modulation.1": "norm_out.linear_1",
        "final_layer.adaln_modulation.2": "norm_out.linear_2",
        "final_layer.linear": "proj_out",
    },
    also={
        "affline_norm": "t_embedding_norm",
        **{
            f"blocks.block#.blocks.{index}.block.attn.{old}": f"blocks.#.{layer}.{new}"
            for index, layer in enumerate(LAYERS[:2])
            for old, new in FIRST_ATTENTION.items()
        },
        **{f"blocks.block#.blocks.2.block.layer{index}": f"blocks.#.mlp.layer{index}" for index in (1, 2)},
        **{
            f"blocks.block#.blocks.{index}.adaLN_modulation.{linear}": (
                f"blocks.#.adaln_modulation_{layer}.{linear}"
            )
            for index, layer in enumerate(LAYERS)
            for linear in (1, 2)
        },
        **{
            f"final_layer.adaLN_modulation.{linear}": f"final_layer.adaln_modulation.{linear}"
            for linear in (1, 2)
        },
    },
    # The models have 2, 7 and 14 billion parameters; the prompt is 1024 wide.
    widths={
        **{f"blocks.#.self_attn.{x}_proj": (2048, 4096, 5120) for x in "qkv"},
        **{f"blocks.#.cross_attn.{x}_proj": (1024,) for x in "kv"},
    },
    encoders=("t5xxl",),
)
