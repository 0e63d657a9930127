"""The tensors of an adapter that share its file with the factors, and that a budget has to hold too."""

from __future__ import annotations

from lorasurgery.adapter import Adapter
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.conversion.bias import bias_of


def carried_tensors(adapter: Adapter) -> dict[str, LazyTensor]:
    """Parameters that are replaced whole or by rows, and the biases of modules, by name."""
    rows = {f"{path}.weight": rows.rows for path, rows in adapter.token_rows.items()}
    biases = {f"{path}.bias": bias_of(factors) for path, factors in adapter.modules.items()}
    return {
        **adapter.replaced,
        **rows,
        **{name: bias for name, bias in biases.items() if bias is not None},
    }
