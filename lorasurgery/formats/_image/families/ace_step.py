"""ACE-Step 1.5, whose denoiser is called `decoder` in the original. The authors' LoRA files lack that word.

Source: `comfy/ldm/ace/ace_step15.py` of comfyanonymous/ComfyUI e9d082a, and its `comfy/lora.py`
ec93dca; `scripts/convert_ace_step_to_diffusers.py` of huggingface/diffusers 58eb52c;
`AceStepTransformer1DModel` of diffusers 0.42.
"""

from lorasurgery.formats._image.families._family import Family

ATTENTION = {
    "q_proj": "to_q",
    "k_proj": "to_k",
    "v_proj": "to_v",
    "o_proj": "to_out.0",
    "q_norm": "norm_q",
    "k_norm": "norm_k",
}
LAYER = {
    **{
        f"{layer}.{old}": f"{layer}.{new}"
        for layer in ("self_attn", "cross_attn")
        for old, new in ATTENTION.items()
    },
    **{name: name for name in ("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")},
    **{name: name for name in ("self_attn_norm", "cross_attn_norm", "mlp_norm")},
}
TABLE = {
    **{f"layers.#.{old}": f"layers.#.{new}" for old, new in LAYER.items()},
    **{
        f"{embed}.{name}": f"{embed}.{name}"
        for embed in ("time_embed", "time_embed_r")
        for name in ("linear_1", "linear_2", "time_proj")
    },
    "condition_embedder": "condition_embedder",
    "norm_out": "norm_out",
    "proj_in.1": "proj_in_conv",
    "proj_out.1": "proj_out_conv",
}

FAMILY = Family(
    name="ACE-Step",
    part="transformer",
    classes=("AceStepTransformer1DModel",),
    table={f"decoder.{old}": new for old, new in TABLE.items()},
    also={old: f"decoder.{old}" for old in TABLE},
    keeps_also=False,
    mark="cross_attn.",
)
