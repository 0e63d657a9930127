"""Forms of quantised checkpoints whose numbers are not read.

The program calls them by their names and leaves them alone. Of formats that are read
(test_packed.py) they are variants that are not: a tensor is missing, or does not fit the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from support.quantised_checkpoints import Coded, Form, groups, mark


def _zeros(dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.zeros(shape, dtype=dtype)


def _gptq(W: Tensor) -> Coded:
    o, i = W.shape
    scales = torch.rand(i // 32, o).half()
    indices = (torch.arange(i) // 32).int()
    return {
        "qweight": _zeros(torch.int32, i // 8, o),
        "scales": scales,
        "g_idx": indices,
    }, None


def _awq(W: Tensor) -> Coded:
    o, i = W.shape
    return {
        "qweight": _zeros(torch.int32, i, o // 8),
        "qzeros": _zeros(torch.int32, i // 32, o // 8),
        "scales": torch.rand(i // 32, o).half(),
        "g_idx": (torch.arange(i) // 32).int(),
    }, None


def packed_int4(W: Tensor) -> Coded:
    o, i = W.shape
    return {
        "weight_packed": _zeros(torch.int32, o, i // 8),
        "weight_scale": torch.rand(o, i // 32).bfloat16(),
        "weight_zero_point": _zeros(torch.int8, o, i // 32),
        "weight_shape": torch.tensor([o, i]),
    }, None


def _nf4(W: Tensor) -> Coded:
    o, i = W.shape
    state = {"quant_type": "nf4", "blocksize": 64, "shape": [o, i]}
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
        "zero": torch.rand(1).half(),
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
    return lambda _o, _i: torch.ones((), dtype=dtype)


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
        _pairs(weight=_like(I8), weight_scale=lambda o, _i: torch.rand(o, 3)),
        "compressed-tensors int8",
        {"quantization_config": groups("int-quantized", num_bits=8, type="int")},
    ),
    "compressed-tensors NVFP4": Form(
        _pairs(
            weight_packed=_like(U8, 1, 2),
            weight_scale=_like(F8, 1, 16),
            weight_global_scale=lambda _o, _i: torch.ones(2),
        ),
        "compressed-tensors NVFP4",
        {"quantization_config": groups("nvfp4-pack-quantized", num_bits=4, type="float")},
    ),
    "compressed-tensors MXFP4": Form(
        _pairs(weight_packed=_like(U8, 1, 2), weight_scale=_like(U8, 2, 32)),
        "compressed-tensors MXFP4",
        {"quantization_config": groups("mxfp4-pack-quantized", num_bits=4, type="float")},
    ),
    "ModelOpt NVFP4": Form(
        _pairs(
            weight=_like(U8, 1, 2),
            weight_scale=_like(F8, 1, 16),
            weight_scale_2=_one(),
            pre_quant_scale=lambda _o, i: torch.ones(i),
        ),
        "NVFP4, 4 bit, groups of 16",
        files={"hf_quant_config.json": {"quantization": {"quant_algo": "NVFP4"}}},
    ),
    "DeepSeek's pairs": Form(
        _pairs(weight=_like(I8, 1, 2), scale=_like(E8M0, 2, 32)), "FP4 in pairs, 4 bit, groups of 32"
    ),
    "bitsandbytes NF4": Form(_nf4, "bitsandbytes NF4", _method("bitsandbytes", load_in_4bit=True)),
    "bitsandbytes int8": Form(
        _pairs(
            weight=_like(I8),
            SCB=lambda o, _i: torch.rand(o),
            weight_format=lambda _o, _i: torch.full((), 3, dtype=U8),
        ),
        "bitsandbytes 8 bit",
        _method("bitsandbytes", load_in_8bit=True),
    ),
    "EETQ": Form(
        _pairs(weight=lambda o, i: _zeros(I8, i, o), weight_scales=lambda o, _i: torch.rand(o).half()),
        "EETQ, 8 bit",
        _method("eetq"),
    ),
    "quanto int8": Form(
        _pairs(
            **{
                "weight._data": _like(I8),
                "weight._scale": lambda o, _i: torch.rand(o, 3),
                "input_scale": _one(),
                "output_scale": _one(),
            }
        ),
        "quanto qint8",
        _method("quanto", weights="qint8"),
    ),
    "quanto float8": Form(
        _pairs(**{"weight._data": _like(F8), "weight._scale": lambda o, _i: torch.rand(o, 3)}),
        "quanto qfloat8",
        _method("quanto", weights="qfloat8"),
    ),
    "quanto int4": Form(
        _pairs(
            **{
                "weight._data._data": lambda o, i: _zeros(U8, o * i // 64, 32),
                "weight._scale": lambda o, i: torch.rand(o * i // 32, 1),
                "weight._shift": lambda o, i: torch.rand(o * i // 32, 1),
            }
        ),
        "quanto qint4",
        _method("quanto", weights="qint4"),
        has_shape=False,
    ),
    "HQQ": Form(_hqq, "HQQ, 4 bit, groups of 32", _method("hqq")),
    "torchao int8": Form(
        _pairs(_weight_qdata=_like(I8), _weight_scale=lambda o, _i: torch.rand(o, 1)),
        "torchao",
        _method("torchao"),
    ),
    "torchao float8": Form(
        _pairs(_weight_qdata=_like(F8), _weight_scale=lambda o, _i: torch.rand(o, 1)),
        "torchao",
        _method("torchao"),
    ),
    "AQLM": Form(
        _pairs(
            codes=lambda o, i: _zeros(I8, o, i // 8, 1),
            codebooks=lambda _o, _i: torch.rand(1, 256, 1, 8).half(),
            scales=lambda o, _i: torch.rand(o, 1, 1, 1).half(),
        ),
        "AQLM",
        _method("aqlm"),
    ),
    "BitNet": Form(
        _pairs(weight=_like(U8, 4, 1), weight_scale=lambda _o, _i: torch.ones(1)),
        "BitNet, 2 bit",
        _method("bitnet", linear_class="of next year"),
    ),
    "MLX": Form(
        _pairs(
            weight=_like(torch.uint32, 1, 8),
            scales=_like(torch.float16, 1, 32),
            biases=_like(torch.float16, 1, 16),
        ),
        "MLX, 4 bit, groups of 32",
        {"quantization": {"group_size": 32, "bits": 4}},
    ),
    "SVDQuant": Form(
        _pairs(
            qweight=_like(I8, 1, 2),
            wscales=lambda o, i: torch.rand(i // 64, o),
            proj_down=lambda _o, i: torch.rand(i, 8),
            proj_up=lambda o, _i: torch.rand(o, 8),
            smooth_factor=lambda _o, i: torch.rand(i),
        ),
        "SVDQuant",
        has_shape=False,
    ),
    "QuIP#": Form(
        _pairs(
            Qidxs=lambda o, i: _zeros(torch.int16, o, i // 8),
            SU=lambda _o, i: torch.ones(i),
            SV=lambda o, _i: torch.ones(o),
        ),
        "QuIP#",
        has_shape=False,
    ),
    "EXL2": Form(
        _pairs(
            q_weight=lambda o, i: _zeros(torch.int32, i // 8, o),
            q_scale=lambda o, i: _zeros(torch.int32, i // 32, o // 8),
            q_scale_max=lambda _o, i: torch.rand(i // 32).half(),
            q_invperm=lambda _o, i: _zeros(torch.int16, i),
        ),
        "EXL2",
        has_shape=False,
    ),
    "EXL3": Form(
        _pairs(
            trellis=lambda o, i: _zeros(torch.int16, i // 16, o // 16, 64),
            suh=lambda _o, i: torch.ones(i).half(),
            svh=lambda o, _i: torch.ones(o).half(),
        ),
        "EXL3",
        has_shape=False,
    ),
    "SpQR": Form(
        _pairs(
            dense_weights=lambda o, i: _zeros(torch.int64, o // 16, i // 16),
            row_offsets=lambda o, _i: _zeros(torch.int32, o + 1),
            col_vals=lambda o, _i: _zeros(torch.int32, o, 1),
        ),
        "SpQR",
        _method("spqr"),
        has_shape=False,
    ),
    "FP-Quant": Form(
        _pairs(
            qweight=_like(U8, 1, 2),
            scales=_like(U8, 1, 32),
            forward_hadamard_matrix=lambda _o, _i: torch.ones(32, 32),
            backward_hadamard_matrix=lambda _o, _i: torch.ones(32, 32),
        ),
        "FP-Quant",
        _method("fp_quant"),
        has_shape=False,
    ),
    "Marlin": Form(
        _pairs(
            B=lambda o, i: _zeros(torch.int32, i // 16, o * 2),
            s=lambda o, i: torch.rand(i // 32, o).half(),
            workspace=lambda o, _i: _zeros(torch.int32, o),
        ),
        "Marlin",
        has_shape=False,
    ),
    "VPTQ": Form(
        _pairs(
            indices=lambda o, i: _zeros(torch.int32, 1, o, i // 8),
            centroids=lambda _o, _i: torch.rand(1, 2048),
            weight_scale=lambda _o, i: torch.rand(i),
        ),
        "VPTQ",
        _method("vptq"),
        has_shape=False,
    ),
    "HIGGS": Form(
        _pairs(
            weight=_like(U8, 1, 2),
            scales=_like(torch.float16, 1, 32),
            tables=lambda _o, _i: torch.rand(16, 1),
        ),
        "HIGGS",
        _method("higgs"),
        has_shape=False,
    ),
    "ComfyUI's MXFP8": Form(
        _pairs(
            weight=_like(F8), weight_scale=_like(U8, 1, 32), comfy_quant=lambda _o, _i: mark(format="mxfp8")
        ),
        "ComfyUI's mxfp8",
        has_shape=False,
    ),
    "ComfyUI's rotated FP8": Form(
        _pairs(
            weight=_like(F8),
            weight_scale=_one(),
            comfy_quant=lambda _o, _i: mark(format="float8_e4m3fn", convrot=True),
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
        _pairs(weight=_like(I8), weight_absmax=lambda o, _i: torch.rand(o)),
        "int8 codes with",
        has_shape=False,
    ),
}
