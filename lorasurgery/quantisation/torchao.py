"""torchao's flattened tensors: `X._weight_qdata`, `X._weight_scale`, `X._weight_zero_point`.

The class is in the file's metadata.

Source: torchao, `unflatten_tensor_state_dict`. Not read as numbers yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from lorasurgery.dtypes import Dtype
from lorasurgery.quantisation._module import FLOAT8, Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread

DATA = "_qdata"


def weights(module: Module, _: Stated) -> Iterator[QuantisedWeight]:
    """The parameters of a module that torchao flattened."""
    for leaf in module.tensors:
        if not (leaf.startswith("_") and leaf.endswith(DATA)):
            continue
        stem = leaf.removesuffix(DATA)
        others = [each for each in module.tensors if each.startswith(f"{stem}_")]
        is_whole = module.dtype(leaf) is Dtype.I8 or module.dtype(leaf) in FLOAT8
        shape = module.shape(leaf) if is_whole else None
        yield unread(module, stem[1:], leaf, others, f"torchao, {module.dtype(leaf)}", shape)
