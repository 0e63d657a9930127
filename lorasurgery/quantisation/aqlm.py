"""AQLM: sums of codebook entries.

    X.codes (out/og, in/ig, codebooks)   X.codebooks (codebooks, 2^bits, og, ig)   X.scales (out/og, 1, 1, 1)

Source: Egiazarian et al., "Extreme Compression of Large Language Models via Additive Quantization",
2024, arXiv 2401.06118. Not read as numbers yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread


def weights(module: Module, _: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a module in AQLM's layout."""
    codes, books = module.shape("codes"), module.shape("codebooks")
    if len(codes) == 3 and len(books) == 4:
        shape = (codes[0] * books[2], codes[1] * books[3])
        yield unread(module, WEIGHT, "codes", ("codebooks", "scales"), "AQLM", shape)
