"""Products of a matrix with a few rows, which are where a factorisation spends its time.

    times(D, rows) = D rowsᵀ        combined(rows, D) = rows D

On processors that are not Intel's, torch's own products (MKL) do not use AVX-512, and of so few
rows they reach three quarters of what AVX2 can do. oneDNN, which torch carries as well, multiplies
panels that fit the cache up to three times as fast with AVX-512, and a third faster with AVX2.
"""

from __future__ import annotations

import platform
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor


def times(D: Float[Tensor, "out in"], rows: Float[Tensor, "k in"]) -> Float[Tensor, "out k"]:
    """Return D rowsᵀ in D's dtype."""
    return _linear(D, rows) if _suits(D, rows) else D @ rows.T


def combined(rows: Float[Tensor, "k out"], D: Float[Tensor, "out in"]) -> Float[Tensor, "k in"]:
    """Return rows D in D's dtype."""
    return _linear(rows, D.T) if _suits(D, rows) else rows @ D


@cache
def multiplies_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16, and torch is not kept from asking it to
    (ATEN_CPU_CAPABILITY); it is emulated, slowly, elsewhere.
    """
    tests = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    is_native = any(getattr(torch.cpu, test, bool)() for test in tests)
    return is_native and torch.backends.cpu.get_cpu_capability().startswith("AVX512")


def _suits(D: Tensor, rows: Tensor) -> bool:
    return (
        D.device.type == "cpu"
        and (D.dtype == torch.float32 or (D.dtype == torch.bfloat16 and multiplies_bfloat16()))
        and D.is_contiguous()
        and D.numel() > 0
        and rows.numel() > 0
        and _has_onednn()
    )


@cache
def _has_onednn() -> bool:
    is_x86 = platform.machine().lower() in ("x86_64", "amd64")
    return is_x86 and bool(torch._C._has_mkldnn) and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def _linear(left: Tensor, right: Tensor) -> Tensor:
    """Return left rightᵀ by oneDNN, which no public function of torch asks for in float32."""
    product: Tensor = torch.ops.mkldnn._linear_pointwise(left, right, None, "none", [], "")
    return product
