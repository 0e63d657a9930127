"""EETQ: int8 stored (in, out), with a scale for each output.

    X.weight int8 (in, out)   X.weight_scales float16 (out)

Source: https://github.com/NetEase-FuXi/EETQ; transformers' integrations/eetq.py. Not read as
numbers yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from lorasurgery.dtypes import Dtype
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread


def weights(module: Module, _: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a module in EETQ's layout."""
    if module.dtype(WEIGHT) is Dtype.I8 and "weight_scales" in module.tensors:
        yield unread(module, WEIGHT, WEIGHT, ("weight_scales",), "EETQ, 8 bit", module.shape(WEIGHT)[::-1])
