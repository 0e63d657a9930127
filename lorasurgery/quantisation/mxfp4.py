"""MXFP4 as gpt-oss has it: all experts of a layer in one tensor.

    E.gate_up_proj_blocks uint8 (experts, 2·inner, hidden/32, 16)
    E.gate_up_proj_scales uint8 (experts, 2·inner, hidden/32)

    W[e] = (E2M1 · 2^(scale − 127))ᵀ, the first of a pair in the low nibble

At run time the parameter is (experts, hidden, 2·inner). Source: Open Compute Project, "OCP
Microscaling Formats (MX)", v1.0, 2023; transformers' integrations/mxfp4.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation._encoding import Encoding
from lorasurgery.quantisation._module import BYTES, Module
from lorasurgery.quantisation._packed import by_rows
from lorasurgery.quantisation._pairs import encoding_of_pairs, pairs_of_floats
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, packed

BLOCKS, SCALES = "_blocks", "_scales"
# Bytes of a block: two elements each.
PAIRS = 16


def weights(module: Module, _: Stated) -> Iterator[QuantisedWeight]:
    """The parameters of a module that lie in blocks."""
    for leaf in module.codes:
        name = leaf.removesuffix(BLOCKS)
        if leaf == name or module.dtype(leaf) not in BYTES or name + SCALES not in module.tensors:
            continue
        shape = module.shape(leaf)
        whole = (*shape[:-3], shape[-2] * shape[-1] * 2, shape[-3]) if len(shape) >= 3 else None
        label, numbers = "MXFP4, 4 bit, groups of 32", _numbers(module, leaf, name + SCALES)
        encoding = None if numbers is None else _encoding(module, leaf, name + SCALES)
        yield packed(module, name, leaf, (name + SCALES,), label, whole, numbers, encoding)


def _flat(codes: LazyTensor) -> LazyTensor:
    """View blocks as the rows that they are cut from: (experts, out, in / 2)."""
    return codes.viewed((*codes.shape[:2], codes.shape[2] * PAIRS))


def _encoding(module: Module, blocks: str, scales: str) -> Encoding:
    encoding = encoding_of_pairs(_flat(module.tensors[blocks]), module.tensors[scales])
    return dataclasses.replace(encoding, is_transposed=True)


def _numbers(module: Module, blocks: str, scales: str) -> LazyTensor | None:
    """Return the experts as numbers, each transposed, or None if the blocks are not those of gpt-oss."""
    codes, of_blocks = module.tensors[blocks], module.tensors[scales]
    if len(codes.shape) != 4 or codes.shape[-1] != PAIRS or of_blocks.shape != codes.shape[:-1]:
        return None
    numbers = pairs_of_floats(_flat(codes), of_blocks)
    if numbers is None:
        return None
    experts, columns, rows = numbers.shape
    return by_rows(
        (experts, rows, columns),
        lambda start, stop: numbers.read_rows(start, stop).mT.contiguous(),
        codes,
    )
