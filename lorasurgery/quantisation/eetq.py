"""EETQ: int8 in the order that the kernels of one generation of GPUs take, with a scale for each output.

    X.weight int8 (in, out)   X.weight_scales float16 (out)

Recognised and not read: rows are permuted, pairs of columns interleaved in tiles of 64, and 128 is
added, or none of it on GPUs before Turing, and the file does not say which. Source:
https://github.com/NetEase-FuXi/EETQ, csrc/cutlass_kernels/cutlass_preprocessors.cc; transformers'
integrations/eetq.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from lorasurgery.dtypes import Dtype
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread

PERMUTED = "EETQ stores it in an order that depends on the GPU it was quantised on"


def weights(module: Module, _: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a module in EETQ's layout."""
    if module.dtype(WEIGHT) is Dtype.I8 and "weight_scales" in module.tensors:
        found = unread(module, WEIGHT, WEIGHT, ("weight_scales",), "EETQ, 8 bit", module.shape(WEIGHT)[::-1])
        yield dataclasses.replace(found, reason=PERMUTED)
