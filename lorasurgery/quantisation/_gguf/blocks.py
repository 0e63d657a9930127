"""Blocks of quantised numbers as float32: by compiled kernels, and rare types by the package gguf.

A block of Q4_0 or Q8_0 holds 32 numbers, one of the K types 256; blocks follow one another along a
row. Kernel and package give the same numbers bit for bit.

Source: ggml's `ggml-common.h`; gguf's `quants.py`.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint.gguf_file import GgufTensor
from lorasurgery.checkpoint.pages import read_bytes, will_need
from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor, Quantised
from lorasurgery.stamp import FileStamp

if TYPE_CHECKING:
    import numpy as np
    from gguf import GGMLQuantizationType
    from numpy.typing import NDArray

    from lorasurgery.linalg.kernels.call import Kernel

# The types that have a kernel.
COMPILED = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "MXFP4", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K")


def dequantised(raw: NDArray[np.uint8], kind: GGMLQuantizationType) -> NDArray[np.float32]:
    """Return the numbers of whole blocks, flat; `raw` are their bytes, flat."""
    import gguf
    import numpy as np

    numel, nbytes = gguf.GGML_QUANT_SIZES[kind]
    blocks = raw.reshape(-1, nbytes)
    if kind.name in COMPILED:
        from lorasurgery.linalg.kernels.call import aligned

        out: NDArray[np.float32] = aligned((len(blocks), numel), np.float32)
        _kernel(kind.name)(out, blocks)
        return out.reshape(-1)
    with np.errstate(all="ignore"):  # scales that are infinite, or no numbers
        numbers: NDArray[np.float32] = gguf.dequantize(blocks, kind).reshape(-1)
    return numbers


@cache
def _kernel(name: str) -> Kernel:
    from lorasurgery.linalg.kernels.call import Kernel

    return Kernel("blocks", name.lower())


@cache
def can_be_dequantised(kind: GGMLQuantizationType) -> bool:
    """Return whether blocks of this type can be read as numbers."""
    import gguf
    import numpy as np

    try:
        dequantised(np.zeros(gguf.GGML_QUANT_SIZES[kind][1], np.uint8), kind)
    except NotImplementedError:
        return False
    return True


def tensor_of_blocks(path: Path, stamp: FileStamp, stored: GgufTensor) -> LazyTensor:
    """Return a tensor in blocks as float32, in the order of its rows in the file; any part is read alone."""
    import gguf

    numel, nbytes = gguf.GGML_QUANT_SIZES[stored.kind]

    def bits(start: int, stop: int) -> NDArray[Any]:
        first, last = start // numel, -(-stop // numel)
        raw = read_bytes(path, stamp, stored.offset + first * nbytes, (last - first) * nbytes)
        numbers = dequantised(raw, stored.kind)[start - first * numel : stop - first * numel]
        return numbers.view("<u4")

    def advise() -> None:
        will_need(path, stored.offset, stored.nbytes)

    lazy = LazyTensor.of_bits(stored.shape or (1,), Dtype.F32, bits, advise=advise)
    return as_quantised(lazy, stored)


def as_quantised(tensor: LazyTensor, stored: GgufTensor, refusal: str = "") -> LazyTensor:
    """Say of a tensor that it is stored in blocks, and why it cannot be read, if it cannot."""
    said = Quantised(f"GGUF {stored.kind.name}", Dtype.U8, stored.nbytes, refusal)
    return dataclasses.replace(tensor, quantised=said)
