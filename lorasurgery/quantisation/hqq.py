"""HQQ: half-quadratic quantisation.

    X.W_q uint8 (groups·G·bits/8 by rows)   X.scale, X.zero (groups, 1)
    X.shape (2), X.nbits, X.group_size, X.axis, X.packing

Source: Badri and Shaji, "Half-Quadratic Quantization of Large Machine Learning Models", 2023. Not
read as numbers yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._small import small_integers
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread, words


def weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a module in HQQ's layout; all else in the module but its bias describes it."""
    if "W_q" not in module.tensors:
        return
    bits, group = (small_integers(module, leaf) for leaf in ("nbits", "group_size"))
    name = "SINQ" if stated.method == "sinq" else "HQQ"
    label = words(name, bits[0] if bits else stated.number("nbits"), group[0] if group else None)
    others = [leaf for leaf in module.tensors if leaf != "bias"]
    yield unread(module, WEIGHT, "W_q", others, label, small_integers(module, "shape"))
