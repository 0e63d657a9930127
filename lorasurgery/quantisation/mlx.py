"""MLX's groups of integers.

    X.weight uint32 (out, in·bits/32)   X.scales (out, in/G)   X.biases (out, in/G)

    W = q · scale + bias, lowest bits first

Without biases it is MLX's MXFP4, MXFP8 or NVFP4, which are recognised and not read. transformers
calls the same `X.qbiases`. Source: https://ml-explore.github.io/mlx, `mlx.core.quantize`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.code_grid import CodeGrid
from lorasurgery.quantisation._codes import packed_codes, unpacked_codes
from lorasurgery.quantisation._encoding import Encoding, equal_groups, scales_of
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._packed import by_rows, integers_as_floats, scaled_in_groups
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, packed, words

if TYPE_CHECKING:
    from torch import Tensor

OTHERS = ("scales", "biases", "qbiases")
READ_BITS = (2, 3, 4, 5, 6, 8)


def weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a module in MLX's layout."""
    if module.dtype(WEIGHT) is not Dtype.U32 or "scales" not in module.tensors:
        return
    settings = _settings(module, stated)
    group, columns, groups = (
        _size(settings, "group_size"),
        module.shape(WEIGHT)[-1],
        module.shape("scales")[-1:],
    )
    width = groups[0] * group if groups and group else None
    bits = 32 * columns // width if width else _size(settings, "bits")
    shape = (*module.shape(WEIGHT)[:-1], width) if width else None
    mode = settings.get("mode")
    name = f"MLX {mode}" if isinstance(mode, str) and mode != "affine" else "MLX"
    label = words(name, bits, group)
    numbers = _numbers(module, bits, shape) if bits and shape and name == "MLX" else None
    encoding = _encoding(module, bits, shape) if bits and shape and numbers is not None else None
    yield packed(module, WEIGHT, WEIGHT, OTHERS, label, shape, numbers, encoding)


def _numbers(module: Module, bits: int, shape: tuple[int, ...]) -> LazyTensor | None:
    """Return the weight as numbers, or None if the tensors do not fit each other."""
    codes, scales = module.tensors[WEIGHT], module.tensors["scales"]
    names = [name for name in ("biases", "qbiases") if name in module.tensors]
    fits = bits in READ_BITS and codes.shape[-1] * 32 == shape[-1] * bits
    if not fits or len(names) != 1 or module.shape(names[0]) != scales.shape:
        return None
    if scales.shape[:-1] != shape[:-1] or not scales.shape[-1] or shape[-1] % scales.shape[-1]:
        return None
    biases = module.tensors[names[0]]

    def rows(start: int, stop: int) -> Tensor:
        q = integers_as_floats(codes.read_rows(start, stop), bits, shape[-1])
        scaled_in_groups(q, scales.read_rows(start, stop).float())
        bias = biases.read_rows(start, stop).float()
        q.view(*bias.shape, -1).add_(bias[..., None])
        return q

    return by_rows(shape, rows, codes)


def _encoding(module: Module, bits: int, shape: tuple[int, ...]) -> Encoding:
    """Return how the weight is written again; its biases stay."""
    rows, width, groups = math.prod(shape[:-1]), shape[-1], module.shape("scales")[-1]
    codes = module.tensors[WEIGHT].viewed((rows, module.shape(WEIGHT)[-1]))
    scales = module.tensors["scales"].viewed((rows, groups))

    return Encoding(
        (rows, width),
        CodeGrid.of_integers(2**bits),
        lambda start, stop: unpacked_codes(codes.raw_rows(start, stop).bits, bits, width),
        scales_of(scales),
        equal_groups(width, groups),
        lambda _, moved: packed_codes(moved, bits),
    )


def _size(settings: Mapping[str, object], key: str) -> int | None:
    value = settings.get(key)
    return value if isinstance(value, int) and value > 0 else None


def _settings(module: Module, stated: Stated) -> Mapping[str, object]:
    """Those of the module, where the config has any for it alone, over those of all."""
    own = stated.settings.get(module.path)
    return {**stated.settings, **own} if isinstance(own, Mapping) else stated.settings
