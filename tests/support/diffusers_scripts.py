"""How scripts of diffusers rename the weights of original models that its package does not convert.

Rules written anew from `scripts/convert_stable_audio.py`, `convert_pixart_sigma_to_diffusers.py` and
`convert_ace_step_to_diffusers.py` of huggingface/diffusers, commit
58eb52c0803ea9af3abec60841c2a093bdf1f951; of ComfyUI's CogVideoX by what its layers do in
`comfy/ldm/cogvideo/model.py`, comfyanonymous/ComfyUI 3e4d15a4f70f5de24f426d9681d8505d42bf19d7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

# One after the other, as the script has them.
STABLE_AUDIO = (
    ("transformer.", ""),
    ("layers", "transformer_blocks"),
    ("self_attn", "attn1"),
    ("cross_attn", "attn2"),
    ("ff.ff", "ff.net"),
    ("pre_norm", "norm1"),
    ("cross_attend_norm", "norm2"),
    ("ff_norm", "norm3"),
    ("to_out", "to_out.0"),
    ("project", "proj"),
    ("to_timestep_embed", "timestep_proj"),
    ("timestep_features", "time_proj"),
    ("to_global_embed", "global_proj"),
    ("to_cond_embed", "cross_attention_proj"),
)
PIXART = (
    ("x_embedder.", "pos_embed."),
    ("y_embedder.y_proj.fc", "caption_projection.linear_"),
    ("csize_embedder.mlp.0", "adaln_single.emb.resolution_embedder.linear_1"),
    ("csize_embedder.mlp.2", "adaln_single.emb.resolution_embedder.linear_2"),
    ("ar_embedder.mlp.0", "adaln_single.emb.aspect_ratio_embedder.linear_1"),
    ("ar_embedder.mlp.2", "adaln_single.emb.aspect_ratio_embedder.linear_2"),
    ("t_embedder.mlp.0", "adaln_single.emb.timestep_embedder.linear_1"),
    ("t_embedder.mlp.2", "adaln_single.emb.timestep_embedder.linear_2"),
    ("t_block.1", "adaln_single.linear"),
    ("final_layer.linear", "proj_out"),
    ("blocks.", "transformer_blocks."),
    ("cross_attn.q_linear", "attn2.to_q"),
    ("cross_attn.kv_linear", "attn2.to_kv"),
    ("cross_attn.proj", "attn2.to_out.0"),
    ("attn.qkv", "attn1.to_qkv"),
    ("attn.proj", "attn1.to_out.0"),
    ("mlp.fc1", "ff.net.0.proj"),
    ("mlp.fc2", "ff.net.2"),
)
ACE_STEP = (
    ("decoder.", ""),
    ("proj_in.1.", "proj_in_conv."),
    ("proj_out.1.", "proj_out_conv."),
    (".q_proj.", ".to_q."),
    (".k_proj.", ".to_k."),
    (".v_proj.", ".to_v."),
    (".o_proj.", ".to_out.0."),
    (".q_norm.", ".norm_q."),
    (".k_norm.", ".norm_k."),
)
COGVIDEOX = (
    ("blocks.", "transformer_blocks."),
    ("_embedding_linear_", "_embedding.linear_"),
    (".q.", ".attn1.to_q."),
    (".k.", ".attn1.to_k."),
    (".v.", ".attn1.to_v."),
    (".norm_q.", ".attn1.norm_q."),
    (".norm_k.", ".attn1.norm_k."),
    (".attn_out.", ".attn1.to_out.0."),
    (".ff_proj.", ".ff.net.0.proj."),
    (".ff_out.", ".ff.net.2."),
)


def stable_audio(checkpoint: Mapping[str, Tensor], **_: Any) -> dict[str, Tensor]:
    return _renamed(checkpoint, STABLE_AUDIO)


def pixart(checkpoint: Mapping[str, Tensor], **_: Any) -> dict[str, Tensor]:
    return _renamed(checkpoint, PIXART)


def ace_step(checkpoint: Mapping[str, Tensor], **_: Any) -> dict[str, Tensor]:
    return _renamed(checkpoint, ACE_STEP)


def cogvideox(checkpoint: Mapping[str, Tensor], **_: Any) -> dict[str, Tensor]:
    return _renamed(checkpoint, COGVIDEOX)


def _renamed(checkpoint: Mapping[str, Tensor], rules: Sequence[tuple[str, str]]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for name, rows in checkpoint.items():
        new = name
        for old, other in rules:
            new = new.replace(old, other)
        parts = "qkv" if "to_qkv" in new else "kv" if "to_kv" in new else ""
        if not parts:
            found[new] = rows
            continue
        for part, piece in zip(parts, rows.chunk(len(parts)), strict=True):
            found[new.replace(f"to_{parts}", f"to_{part}")] = piece
    return found
