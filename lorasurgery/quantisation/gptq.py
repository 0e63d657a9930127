"""GPTQ, as AutoGPTQ, GPTQModel and AutoRound write it.

    X.qweight int32 (in·bits/32, out)   X.qzeros int32 (groups, out·bits/32)
    X.scales (groups, out)              X.g_idx int32 (in)

Source: Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
Transformers", 2022, arXiv 2210.17323. Not read as numbers yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from lorasurgery.dtypes import Dtype
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread, words

OTHERS = ("qzeros", "scales", "g_idx")
# Other quantisers that write this layout, by what configs call them.
NAMES = {"auto-round": "AutoRound in GPTQ's layout"}


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
    yield unread(module, WEIGHT, "qweight", OTHERS, label, (codes[1], width) if width else None)


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
