"""Formats recognised by the names of a module's tensors alone, and refused by name.

Source of each: transformers' quantizers of that name; for EXL2 and EXL3
https://github.com/turboderp-org, for SVDQuant https://github.com/nunchaku-tech/nunchaku.
"""

from __future__ import annotations

from collections.abc import Iterator

from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread

# Format -> the tensors that only it has together, the codes first.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "EXL2": ("q_weight", "q_scale", "q_scale_max"),
    "EXL3": ("trellis", "svh"),
    "FP-Quant": ("qweight", "forward_hadamard_matrix"),
    "HIGGS": ("weight", "scales", "tables"),
    "Marlin": ("B", "s"),
    "QuIP#": ("Qidxs", "SU", "SV"),
    "SVDQuant": ("qweight", "wscales"),
    "SpQR": ("dense_weights", "row_offsets", "col_vals"),
    "VPTQ": ("indices", "centroids"),
}


def weights(module: Module, _: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a module whose tensors have the names of one of these formats."""
    for label, signature in SIGNATURES.items():
        codes = module.tensors.get(signature[0])
        if (
            codes is not None
            and not codes.dtype.is_floating_point
            and all(each in module.tensors for each in signature)
        ):
            others = [leaf for leaf in module.tensors if leaf != "bias"]
            yield unread(module, WEIGHT, signature[0], others, label, None)
            return
