"""GPTQ, as AutoGPTQ, GPTQModel and AutoRound write it.

    X.qweight int32 (in·bits/32, out)   X.qzeros int32 (groups, out·bits/32)
    X.scales (groups, out)              X.g_idx int32 (in)

Source: Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
Transformers", 2022, arXiv 2210.17323; GPTQModel's utils/model_dequant.py.

    W[n, k] = scales[g[k], n] · (q[k, n] − z[g[k], n])

Elements of 2, 3, 4 or 8 bits are packed along `in`, zero points along `out`, lowest bits first.
Version 1 stores z − 1, version 2 (`checkpoint_format: gptq_v2`) z.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.code_grid import CodeGrid
from lorasurgery.quantisation._codes import packed_codes, unpacked_codes
from lorasurgery.quantisation._encoding import Encoding
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._packed import (
    Held,
    by_rows,
    groups_in_order,
    held_columns,
    held_transposed,
    integers_as_floats,
    scaled_by_columns,
    stored_groups,
    unpacked,
)
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, packed, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

# Widths of elements that are read.
READ_BITS = (2, 3, 4, 8)
VERSION_1, VERSION_2 = "gptq", "gptq_v2"
OTHERS = ("qzeros", "scales", "g_idx")
# Other quantisers that write this layout, by what configs call them.
NAMES = {"auto-round": "AutoRound in GPTQ's layout"}
# Its words for the versions.
AUTOROUND = {
    "auto_round:auto_gptq": VERSION_1,
    "auto_gptq": VERSION_1,
    "auto_round": VERSION_2,
    "auto_round:gptqmodel": VERSION_2,
}


def weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a module in GPTQ's layout: its columns are those of the scales."""
    codes, scales = module.shape("qweight"), module.shape("scales")
    if module.dtype("qweight") is not Dtype.I32 or len(codes) != 2 or len(scales) != 2:
        return
    if codes[1] != scales[1]:
        return
    bits = _bits(module, stated)
    width = _width(module, bits)
    group = width // scales[0] if width and scales[0] > 1 else None
    label = words(NAMES.get(stated.method, "GPTQ"), bits, group, width)
    shape = (codes[1], width) if width else None
    numbers = _numbers(module, bits, shape, stated) if bits and shape else None
    encoding = _encoding(module, bits, shape) if bits and shape and numbers is not None else None
    yield packed(module, WEIGHT, "qweight", OTHERS, label, shape, numbers, encoding)


def _numbers(module: Module, bits: int, shape: tuple[int, int], stated: Stated) -> LazyTensor | None:
    """Return the weight as numbers, or None if the tensors do not fit each other."""
    out, width = shape
    written = _version(stated)
    if written not in (VERSION_1, VERSION_2):
        return None
    codes, groups = module.tensors["qweight"], module.shape("scales")[0]
    zeros_shape = (groups, -(-out * bits // 32))
    fits = bits in READ_BITS and codes.shape == (-(-width * bits // 32), out) and width % groups == 0
    if not fits or module.shape("qzeros") != zeros_shape or module.dtype("qzeros") is not Dtype.I32:
        return None
    columns = Held(lambda: codes.read().T.contiguous())
    scales = held_transposed(module.tensors["scales"])
    first = 0 if written == VERSION_2 else 1
    zeros = Held(
        lambda: (unpacked(module.tensors["qzeros"].read(), bits, out) + first).T.float().contiguous()
    )

    of_columns = Held(lambda: _groups(module, width, groups))

    def rows(start: int, stop: int) -> Tensor:
        q = integers_as_floats(columns.get()[start:stop], bits, width)
        return scaled_by_columns(q, scales.get()[start:stop], zeros.get()[start:stop], of_columns.get())

    return by_rows(shape, rows, codes)


def _version(stated: Stated) -> object:
    """Return in which version zero points are stored, as the config says it."""
    if "auto-round" not in stated.method:
        return stated.settings.get("checkpoint_format", VERSION_1)
    return AUTOROUND.get(str(stated.settings.get("packing_format")))


def _groups(module: Module, width: int, groups: int) -> NDArray[np.int64]:
    """Return the group of each column."""
    if module.shape("g_idx") == (width,):
        return stored_groups(module.tensors["g_idx"], module.full("g_idx"), groups)
    return groups_in_order(width, groups)


def _encoding(module: Module, bits: int, shape: tuple[int, int]) -> Encoding:
    """Return how the weight is written again; its zero points stay."""
    width, groups, codes = shape[1], module.shape("scales")[0], module.tensors["qweight"]
    columns, scales = held_columns(codes), held_columns(module.tensors["scales"])
    return Encoding(
        shape,
        CodeGrid.of_integers(2**bits),
        lambda start, stop: unpacked_codes(columns.get().rows(start, stop).bits, bits, width),
        lambda start, stop: scales.get().rows(start, stop).single(),
        lambda: _groups(module, width, groups),
        lambda _, moved: packed_codes(moved, bits).T,
        is_by_rows=False,
    )


def _bits(module: Module, stated: Stated) -> int | None:
    """Return the bits per element, from the tensors if they decide it, else from the config."""
    rows, columns = module.shape("qweight")
    indices, zeros = module.shape("g_idx"), module.shape("qzeros")
    if len(indices) == 1 and indices[0]:
        return 32 * rows // indices[0]
    if len(zeros) == 2 and columns:
        return -(-32 * zeros[1] // columns)
    return stated.number("bits", "w_bit", "wbits")


def _width(module: Module, bits: int | None) -> int | None:
    indices = module.shape("g_idx")
    if len(indices) == 1 and indices[0]:
        return indices[0]
    return 32 * module.shape("qweight")[0] // bits if bits else None
