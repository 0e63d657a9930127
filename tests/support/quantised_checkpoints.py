"""Small checkpoints in the forms that quantisers write.

A Llama of one layer whose projections are quantised.

A form makes of a matrix W (out, in) the tensors that lie in the place of `weight`, and what a
config and side files say. `numbers` is what W is afterwards, None for formats that are not read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

HIDDEN, INNER, VOCABULARY = 64, 96, 40
LAYER = "model.layers.0"
SHAPES = {
    f"{LAYER}.self_attn.q_proj": (HIDDEN, HIDDEN),
    f"{LAYER}.self_attn.k_proj": (HIDDEN, HIDDEN),
    f"{LAYER}.self_attn.v_proj": (HIDDEN, HIDDEN),
    f"{LAYER}.self_attn.o_proj": (HIDDEN, HIDDEN),
    f"{LAYER}.mlp.gate_proj": (INNER, HIDDEN),
    f"{LAYER}.mlp.up_proj": (INNER, HIDDEN),
    f"{LAYER}.mlp.down_proj": (HIDDEN, INNER),
}
Q, UP = f"{LAYER}.self_attn.q_proj", f"{LAYER}.mlp.up_proj"
Coded = tuple[dict[str, Tensor], Tensor | None]


@dataclass(frozen=True)
class Form:
    """`label` is what the program calls it.

    `config` and `files` are what the maker writes beside the weights.
    """

    make: Callable[[Tensor], Coded]
    label: str
    config: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Any] = field(default_factory=dict)
    loose: Mapping[str, Tensor] = field(default_factory=dict)
    has_shape: bool = True


def config(**more: Any) -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "head_dim": HIDDEN // 4,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 64,
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": False,
        "hidden_act": "silu",
        "dtype": "bfloat16",
        **more,
    }


def unquantised() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    tables = {
        name: torch.randn(VOCABULARY, HIDDEN, generator=generator) * 0.05
        for name in ("model.embed_tokens.weight", "lm_head.weight")
    }
    norms = ("model.norm", f"{LAYER}.input_layernorm", f"{LAYER}.post_attention_layernorm")
    held = tables | {f"{name}.weight": torch.ones(HIDDEN) for name in norms}
    return {name: tensor.bfloat16() for name, tensor in held.items()}


def matrices(change: float = 0.0) -> dict[str, Tensor]:
    """The projections in float32; with a change, those of a fine-tune of rank two."""
    generator, other = torch.Generator().manual_seed(1), torch.Generator().manual_seed(2)
    found = {}
    for name, (rows, columns) in SHAPES.items():
        W = torch.randn(rows, columns, generator=generator) * 0.05
        D = torch.randn(rows, 2, generator=other) @ torch.randn(2, columns, generator=other)
        found[name] = W + D * (change * W.norm() / D.norm())
    return found


def write(
    folder: Path, form: Form, *, change: float = 0.0, forms: Mapping[str, Form] | None = None
) -> dict[str, Tensor | None]:
    """Write a checkpoint in a form, some modules in others.

    Give each module's numbers afterwards.
    """
    folder.mkdir(parents=True)
    loose = {name: tensor.clone() for name, tensor in form.loose.items()}
    held, numbers = unquantised() | loose, {}
    for name, W in matrices(change).items():
        tensors, numbers[name] = (forms or {}).get(name, form).make(W)
        held |= {f"{name}.{leaf}": tensor.contiguous().clone() for leaf, tensor in tensors.items()}
    save_file(held, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config(**form.config)))
    for file, content in form.files.items():
        (folder / file).write_text(json.dumps(content))
    return numbers


def adapter(folder: Path, *modules: str) -> dict[str, Tensor]:
    """Write a LoRA of rank two; give each module's ΔW in float64."""
    folder.mkdir(parents=True)
    generator = torch.Generator().manual_seed(5)
    held, change = {}, {}
    for name in modules:
        rows, columns = SHAPES[name]
        A = torch.randn(2, columns, generator=generator) * 0.05
        B = torch.randn(rows, 2, generator=generator) * 0.05
        held |= {f"base_model.model.{name}.lora_{side}.weight": each for side, each in (("A", A), ("B", B))}
        change[name] = B.double() @ A.double()
    save_file(held, folder / "adapter_model.safetensors", {"format": "pt"})
    targets = sorted({name.rpartition(".")[2] for name in modules})
    settings = {
        "peft_type": "LORA",
        "r": 2,
        "lora_alpha": 2,
        "target_modules": targets,
        "task_type": "CAUSAL_LM",
    }
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    return change


def plain(W: Tensor) -> Coded:
    stored = W.bfloat16()
    return {"weight": stored}, stored.double()


def float8(
    W: Tensor, block: tuple[int, int], dtype: torch.dtype = torch.float8_e4m3fn, *, powers: bool = False
) -> tuple[Tensor, Tensor, Tensor]:
    """Codes, scales as a grid, and numbers."""
    rows, columns = W.shape
    down, across = -(-rows // block[0]), -(-columns // block[1])
    padded = torch.zeros(down * block[0], across * block[1])
    padded[:rows, :columns] = W
    scales = padded.reshape(down, block[0], across, block[1]).abs().amax((1, 3)) / torch.finfo(dtype).max
    if powers:
        scales = torch.exp2(torch.ceil(torch.log2(scales)))
    wide = scales.repeat_interleave(block[0], 0).repeat_interleave(block[1], 1)[:rows, :columns]
    codes = (W / wide).to(dtype)
    return codes, scales, codes.double() * wide.double()


def blocks(
    name: str, block: tuple[int, int], *, powers: torch.dtype | None = None
) -> Callable[[Tensor], Coded]:
    def make(W: Tensor) -> Coded:
        codes, scales, numbers = float8(W, block, powers=powers is not None)
        if powers is torch.uint8:
            scales = (torch.log2(scales) + 127).to(torch.uint8)
        elif powers is not None:
            scales = scales.to(powers)
        return {"weight": codes, name: scales}, numbers

    return make


def rows(name: str, *, flat: bool = False) -> Callable[[Tensor], Coded]:
    def make(W: Tensor) -> Coded:
        codes, scales, numbers = float8(W, (1, W.shape[1]))
        return {"weight": codes, name: scales.reshape(-1) if flat else scales}, numbers

    return make


def whole(name: str, dtype: torch.dtype = torch.float8_e4m3fn, **others: Tensor) -> Callable[[Tensor], Coded]:
    def make(W: Tensor) -> Coded:
        codes, scales, numbers = float8(W, (W.shape[0], W.shape[1]), dtype)
        return {"weight": codes, name: scales.reshape(()), **others}, numbers

    return make


def mark(**settings: Any) -> Tensor:
    """ComfyUI's mark of a layer."""
    return torch.tensor(list(json.dumps(settings).encode()), dtype=torch.uint8)


def fp8_config(**settings: Any) -> dict[str, Any]:
    return {"quantization_config": {"quant_method": "fp8", **settings}}


def groups(form: str, **weights: Any) -> dict[str, Any]:
    """What llm-compressor writes."""
    group = {"targets": ["Linear"], "weights": weights}
    return {
        "quant_method": "compressed-tensors",
        "format": form,
        "ignore": ["lm_head"],
        "config_groups": {"group_0": group},
    }


TINY = torch.tensor(0.01)
FP8 = {
    "DeepSeek's blocks": Form(
        blocks("weight_scale_inv", (32, 32)), "FP8, blocks of 32×32", fp8_config(weight_block_size=[32, 32])
    ),
    "blocks that do not divide the matrix": Form(
        blocks("weight_scale_inv", (40, 40)), "FP8, blocks of 40×40", fp8_config(weight_block_size=[40, 40])
    ),
    "blocks that no config states": Form(blocks("weight_scale_inv", (16, 32)), "FP8, blocks of 16×32"),
    "powers of two in float8": Form(
        blocks("weight_scale_inv", (32, 32), powers=torch.float8_e8m0fnu),
        "blocks of 32×32",
        fp8_config(weight_block_size=[32, 32], scale_fmt="ue8m0"),
    ),
    "powers of two in bytes": Form(
        blocks("weight_scale_inv", (1, 32), powers=torch.uint8),
        "MXFP8, blocks of 1×32",
        fp8_config(weight_block_size=[1, 32]),
    ),
    "DeepSeek's own files": Form(blocks("scale", (32, 32)), "FP8, blocks of 32×32"),
    "Mistral's own files": Form(
        whole("qscale_weight", qscale_act=TINY),
        "FP8, one scale",
        files={"params.json": {"dim": HIDDEN, "quantization": {"qformat_weight": "fp8_e4m3"}}},
    ),
    "ComfyUI's older files": Form(
        whole("scale_weight", scale_input=TINY),
        "FP8, one scale",
        loose={"scaled_fp8": torch.zeros(2, dtype=torch.float8_e4m3fn)},
    ),
    "ComfyUI's files": Form(
        whole("weight_scale", comfy_quant=mark(format="float8_e4m3fn", full_precision_matrix_mult=True)),
        "FP8, one scale",
    ),
    "E5M2": Form(whole("scale_weight", torch.float8_e5m2), "FP8, one scale"),
    "compressed-tensors, blocks": Form(
        blocks("weight_scale", (32, 16)),
        "FP8, blocks of 32×16",
        {
            "quantization_config": groups(
                "float-quantized", num_bits=8, type="float", block_structure=[32, 16]
            )
        },
    ),
    "compressed-tensors, rows": Form(
        rows("weight_scale"),
        "FP8, a scale for each row",
        {"compression_config": groups("float-quantized", num_bits=8, type="float", strategy="channel")},
        loose={f"{LAYER}.self_attn.k_scale": TINY, f"{LAYER}.self_attn.v_scale": TINY},
    ),
    "fbgemm": Form(
        rows("weight_scale", flat=True),
        "FP8, a scale for each row",
        {"quantization_config": {"quant_method": "fbgemm_fp8"}},
    ),
    "ModelOpt": Form(
        whole("weight_scale", input_scale=TINY),
        "FP8, one scale",
        files={"hf_quant_config.json": {"producer": {}, "quantization": {"quant_algo": "FP8"}}},
    ),
    "the config of one part": Form(
        whole("weight_scale"),
        "FP8, one scale",
        {"text_config": {"quantization_config": {"quant_method": "fp8"}, "hidden_size": HIDDEN}},
    ),
}
