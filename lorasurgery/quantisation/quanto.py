"""quanto (optimum-quanto).

    X.weight._data int8 or float8 (out, in)   X.weight._scale (out, 1)   X.input_scale, X.output_scale
    X.weight._data uint8, packed              X.weight._scale, X.weight._shift by groups

Source: https://github.com/huggingface/optimum-quanto. Not read as numbers yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from lorasurgery.dtypes import Dtype
from lorasurgery.quantisation._module import FLOAT8, WEIGHT, Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread

DATA = "weight._data"
ACTIVATIONS = ("input_scale", "output_scale")


def weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a module in quanto's layout."""
    own = [leaf for leaf in module.tensors if leaf.startswith(f"{WEIGHT}.")]
    data = next((leaf for leaf in own if leaf.startswith(DATA)), None)
    if data is None or f"{WEIGHT}._scale" not in own:
        return
    is_whole = f"{WEIGHT}._shift" not in own and (
        module.dtype(data) is Dtype.I8 or module.dtype(data) in FLOAT8
    )
    kind = stated.settings.get("weights")
    label = f"quanto {kind}" if isinstance(kind, str) else f"quanto, {module.dtype(data)}"
    yield unread(module, WEIGHT, data, (*own, *ACTIVATIONS), label, module.shape(data) if is_whole else None)
