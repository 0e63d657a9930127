"""The tensors of an adapter that share its file with the factors, and that a budget has to hold too."""

from __future__ import annotations

from lorasurgery.adapter import Adapter
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.conversion.bias import bias_of
from lorasurgery.variants.replaced_vector import ReplacedVectorFactors


def carried_tensors(adapter: Adapter) -> dict[str, LazyTensor]:
    """Parameters and norms that are replaced, whole or by rows, and the biases of modules, by name."""
    rows = {f"{path}.weight": rows.rows for path, rows in adapter.token_rows.items()}
    biases = {f"{path}.bias": bias_of(factors) for path, factors in adapter.modules.items()}
    norms = {
        path: each.value for path, each in adapter.modules.items() if isinstance(each, ReplacedVectorFactors)
    }
    return {
        **adapter.replaced,
        **rows,
        **norms,
        **{name: bias for name, bias in biases.items() if bias is not None},
    }
