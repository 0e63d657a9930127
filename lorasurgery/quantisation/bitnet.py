"""BitNet b1.58, packed offline: four ternary weights to a byte, four blocks of rows.

    X.weight uint8 (out/4, in)   X.weight_scale (1)

Source: Ma et al., "The Era of 1-bit LLMs", 2024, arXiv 2402.17764; transformers'
integrations/bitnet.py. Not read as numbers yet.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lorasurgery.dtypes import Dtype
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread


def weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    """Return the weight of a module in BitNet's layout, which only the config distinguishes from
    similar ones.
    """
    is_single = math.prod(module.shape("weight_scale")) == 1 and "weight_scale" in module.tensors
    if stated.method == "bitnet" and module.dtype(WEIGHT) is Dtype.U8 and is_single:
        rows, columns = module.shape(WEIGHT)[-2:]
        yield unread(module, WEIGHT, WEIGHT, ("weight_scale",), "BitNet, 2 bit", (4 * rows, columns))
