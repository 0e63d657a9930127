"""AWQ, as AutoAWQ and AutoRound write it.

    gemm   X.qweight int32 (in, out/8)   X.qzeros int32 (groups, out/8)   X.scales (groups, out)
    gemv   X.qweight int32 (out, in/8)   X.qzeros, X.scales (out, groups)

Source: Lin et al., "AWQ: Activation-aware Weight Quantization for LLM Compression and
Acceleration", 2023, arXiv 2306.00978. Not read as numbers yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from lorasurgery.dtypes import Dtype
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread, words

OTHERS = ("qzeros", "scales", "g_idx", "w_bit", "group_size")


def weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    """Return the weight of a module in one of AWQ's layouts, recognised by the shapes of values and
    scales.
    """
    codes, scales = module.shape("qweight"), module.shape("scales")
    if module.dtype("qweight") not in (Dtype.I32, Dtype.I16) or len(codes) != 2 or len(scales) != 2:
        return
    per_word = 32 // (stated.number("bits", "w_bit") or 4) or 8
    bits, group = 32 // per_word, stated.number("group_size", "q_group_size")
    if codes[1] * per_word == scales[1]:
        width = codes[0]
        group = width // scales[0] if scales[0] > 1 else None
        yield unread(module, WEIGHT, "qweight", OTHERS, words("AWQ", bits, group, width), (scales[1], width))
    elif codes[1] != scales[1] and scales[0] >= codes[0]:
        width = codes[1] * per_word
        label = words("AWQ (gemv)", bits, group, width)
        yield unread(module, WEIGHT, "qweight", OTHERS, label, (codes[0], width))
