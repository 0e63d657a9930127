"""MXFP4 as gpt-oss has it: all experts of a layer in one tensor.

    E.gate_up_proj_blocks uint8 (experts, 2·inner, hidden/32, 16)
    E.gate_up_proj_scales uint8 (experts, 2·inner, hidden/32)

At run time the parameter is (experts, hidden, 2·inner). Source: Open Compute Project, "OCP
Microscaling Formats (MX)", v1.0, 2023; transformers' integrations/mxfp4.py. Not read as numbers
yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from lorasurgery.quantisation._module import BYTES, Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread

BLOCKS, SCALES = "_blocks", "_scales"


def weights(module: Module, _: Stated) -> Iterator[QuantisedWeight]:
    """The parameters of a module that lie in blocks."""
    for leaf in module.codes:
        name = leaf.removesuffix(BLOCKS)
        if leaf == name or module.dtype(leaf) not in BYTES or name + SCALES not in module.tensors:
            continue
        shape = module.shape(leaf)
        whole = (*shape[:-3], shape[-2] * shape[-1] * 2, shape[-3]) if len(shape) >= 3 else None
        yield unread(module, name, leaf, (name + SCALES,), "MXFP4, 4 bit, groups of 32", whole)
