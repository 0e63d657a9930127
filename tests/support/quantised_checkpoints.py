"""Small checkpoints in the forms that quantisers write: a Llama of one layer whose projections are quantised.

A form makes of a matrix W (out, in) the tensors that lie in the place of `weight`, and what a config and side files say. `numbers` is
what W is afterwards, None for formats that are not read.
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
    """`label` is what the program calls it; `config` and `files` are what the maker writes beside the weights."""

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
    """Write a checkpoint in a form, some modules in others; give each module's numbers afterwards."""
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


def _zeros(dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.zeros(shape, dtype=dtype)


def _gptq(W: Tensor) -> Coded:
    o, i = W.shape
    scales = torch.rand(i // 32, o).half()
    indices = (torch.arange(i) // 32).int()
    return {
        "qweight": _zeros(torch.int32, i // 8, o),
        "qzeros": _zeros(torch.int32, i // 32, o // 8),
        "scales": scales,
        "g_idx": indices,
    }, None


def _awq(W: Tensor) -> Coded:
    o, i = W.shape
    return {
        "qweight": _zeros(torch.int32, i, o // 8),
        "qzeros": _zeros(torch.int32, i // 32, o // 8),
        "scales": torch.rand(i // 32, o).half(),
    }, None


def packed_int4(W: Tensor) -> Coded:
    o, i = W.shape
    return {
        "weight_packed": _zeros(torch.int32, o, i // 8),
        "weight_scale": torch.rand(o, i // 32).bfloat16(),
        "weight_shape": torch.tensor([o, i]),
    }, None


def _nf4(W: Tensor) -> Coded:
    o, i = W.shape
    state = {"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [o, i]}
    return {
        "weight": _zeros(torch.uint8, o * i // 2, 1),
        "weight.absmax": torch.rand(o * i // 64),
        "weight.quant_map": torch.rand(16),
        "weight.quant_state.bitsandbytes__nf4": mark(**state),
    }, None


def _hqq(W: Tensor) -> Coded:
    o, i = W.shape
    count = o * i // 32
    return {
        "W_q": _zeros(torch.uint8, count // 2, 32),
        "scale": torch.rand(count, 1).half(),
        "zero": torch.rand(count, 1).half(),
        "shape": torch.tensor([o, i]),
        "nbits": torch.tensor(4),
        "group_size": torch.tensor(32),
        "axis": torch.tensor(1),
    }, None


def _pairs(**others: Callable[[int, int], Tensor]) -> Callable[[Tensor], Coded]:
    """Two numbers to a byte, in `weight` or in `weight_packed`."""

    def make(W: Tensor) -> Coded:
        o, i = W.shape
        return {name: made(o, i) for name, made in others.items()}, None

    return make


def _like(dtype: torch.dtype, down: int = 1, across: int = 1) -> Callable[[int, int], Tensor]:
    return lambda o, i: _zeros(dtype, o // down, i // across)


def _one(dtype: torch.dtype = torch.float32) -> Callable[[int, int], Tensor]:
    return lambda o, i: torch.ones((), dtype=dtype)


def _method(name: str, **settings: Any) -> dict[str, Any]:
    return {"quantization_config": {"quant_method": name, **settings}}


F8, U8, I8, E8M0 = torch.float8_e4m3fn, torch.uint8, torch.int8, torch.float8_e8m0fnu
UNREAD = {
    "GPTQ": Form(_gptq, "GPTQ, 4 bit, groups of 32", _method("gptq", bits=4, group_size=32)),
    "GPTQ by its own file": Form(
        _gptq, "GPTQ, 4 bit, groups of 32", files={"quantize_config.json": {"bits": 4, "group_size": 32}}
    ),
    "AWQ": Form(_awq, "AWQ, 4 bit, groups of 32", _method("awq", bits=4, group_size=32, version="gemm")),
    "compressed-tensors int4": Form(
        packed_int4,
        "compressed-tensors pack-quantized, 4 bit, groups of 32",
        {"quantization_config": groups("pack-quantized", num_bits=4, type="int", group_size=32)},
    ),
    "compressed-tensors int8": Form(
        _pairs(weight=_like(I8), weight_scale=lambda o, i: torch.rand(o, 1)),
        "compressed-tensors int8",
        {"quantization_config": groups("int-quantized", num_bits=8, type="int")},
    ),
    "compressed-tensors NVFP4": Form(
        _pairs(
            weight_packed=_like(U8, 1, 2),
            weight_scale=_like(F8, 1, 16),
            weight_global_scale=lambda o, i: torch.ones(1),
        ),
        "compressed-tensors NVFP4",
        {"quantization_config": groups("nvfp4-pack-quantized", num_bits=4, type="float")},
    ),
    "compressed-tensors MXFP4": Form(
        _pairs(weight_packed=_like(U8, 1, 2), weight_scale=_like(U8, 1, 32)),
        "compressed-tensors MXFP4",
        {"quantization_config": groups("mxfp4-pack-quantized", num_bits=4, type="float")},
    ),
    "ModelOpt NVFP4": Form(
        _pairs(
            weight=_like(U8, 1, 2), weight_scale=_like(F8, 1, 16), weight_scale_2=_one(), input_scale=_one()
        ),
        "NVFP4, 4 bit, groups of 16",
        files={"hf_quant_config.json": {"quantization": {"quant_algo": "NVFP4"}}},
    ),
    "DeepSeek's pairs": Form(
        _pairs(weight=_like(I8, 1, 2), scale=_like(E8M0, 1, 32)), "FP4 in pairs, 4 bit, groups of 32"
    ),
    "bitsandbytes NF4": Form(_nf4, "bitsandbytes NF4", _method("bitsandbytes", load_in_4bit=True)),
    "bitsandbytes int8": Form(
        _pairs(weight=_like(I8), SCB=lambda o, i: torch.rand(o), weight_format=_one(U8)),
        "bitsandbytes 8 bit",
        _method("bitsandbytes", load_in_8bit=True),
    ),
    "EETQ": Form(
        _pairs(weight=lambda o, i: _zeros(I8, i, o), weight_scales=lambda o, i: torch.rand(o).half()),
        "EETQ, 8 bit",
        _method("eetq"),
    ),
    "quanto int8": Form(
        _pairs(
            **{
                "weight._data": _like(I8),
                "weight._scale": lambda o, i: torch.rand(o, 1),
                "input_scale": _one(),
                "output_scale": _one(),
            }
        ),
        "quanto qint8",
        _method("quanto", weights="qint8"),
    ),
    "quanto float8": Form(
        _pairs(**{"weight._data": _like(F8), "weight._scale": lambda o, i: torch.rand(o, 1)}),
        "quanto qfloat8",
        _method("quanto", weights="qfloat8"),
    ),
    "HQQ": Form(_hqq, "HQQ, 4 bit, groups of 32", _method("hqq")),
    "torchao int8": Form(
        _pairs(_weight_qdata=_like(I8), _weight_scale=lambda o, i: torch.rand(o, 1)),
        "torchao",
        _method("torchao"),
    ),
    "torchao float8": Form(
        _pairs(_weight_qdata=_like(F8), _weight_scale=lambda o, i: torch.rand(o, 1)),
        "torchao",
        _method("torchao"),
    ),
    "AQLM": Form(
        _pairs(
            codes=lambda o, i: _zeros(I8, o, i // 8, 1),
            codebooks=lambda o, i: torch.rand(1, 256, 1, 8).half(),
            scales=lambda o, i: torch.rand(o, 1, 1, 1).half(),
        ),
        "AQLM",
        _method("aqlm"),
    ),
    "BitNet": Form(
        _pairs(weight=_like(U8, 4, 1), weight_scale=lambda o, i: torch.ones(1)),
        "BitNet, 2 bit",
        _method("bitnet"),
    ),
    "MLX": Form(
        _pairs(
            weight=_like(torch.uint32, 1, 8),
            scales=_like(torch.float16, 1, 32),
            biases=_like(torch.float16, 1, 32),
        ),
        "MLX, 4 bit, groups of 32",
        {"quantization": {"group_size": 32, "bits": 4}},
    ),
    "VPTQ": Form(
        _pairs(
            indices=lambda o, i: _zeros(torch.int32, 1, o, i // 8),
            centroids=lambda o, i: torch.rand(1, 2048),
            weight_scale=lambda o, i: torch.rand(i),
        ),
        "VPTQ",
        _method("vptq"),
        has_shape=False,
    ),
    "HIGGS": Form(
        _pairs(
            weight=_like(U8, 1, 2), scales=_like(torch.float16, 1, 32), tables=lambda o, i: torch.rand(16, 1)
        ),
        "HIGGS",
        _method("higgs"),
        has_shape=False,
    ),
    "ComfyUI's MXFP8": Form(
        _pairs(
            weight=_like(F8), weight_scale=_like(U8, 1, 32), comfy_quant=lambda o, i: mark(format="mxfp8")
        ),
        "ComfyUI's mxfp8",
        has_shape=False,
    ),
    "ComfyUI's rotated FP8": Form(
        _pairs(
            weight=_like(F8),
            weight_scale=_one(),
            comfy_quant=lambda o, i: mark(format="float8_e4m3fn", convrot=True),
        ),
        "ComfyUI's float8_e4m3fn convrot",
        has_shape=False,
    ),
    "a method of next year": Form(
        _pairs(qq=_like(U8, 1, 2), qq_scale=_like(torch.float16, 1, 32)),
        "nextq, uint8 codes",
        _method("nextq"),
        has_shape=False,
    ),
    "codes of an unknown maker": Form(
        _pairs(weight=_like(I8), weight_absmax=lambda o, i: torch.rand(o)), "int8 codes with", has_shape=False
    ),
}
