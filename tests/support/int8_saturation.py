"""What ONNX Runtime's 8-bit products can lose on an x86 processor without VNNI, computed from the
weights of a graph.

There `vpmaddubsw` multiplies two unsigned activations by two signed weights, adds the two products
and saturates the sum at 16 bits. Unsigned weights go another way (widened to 16 bits, summed in 32)
that loses nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

INTEGER_PRODUCTS = {"MatMulInteger", "DynamicQuantizeMatMul", "QGemm", "QLinearMatMul", "QAttention"}
LARGEST_ACTIVATION = 255


def integer_weights(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """The constant right-hand sides of a graph's 8-bit products."""
    graph = onnx.load(path).graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    read = (name for node in graph.node if node.op_type in INTEGER_PRODUCTS for name in node.input)
    return {
        name: numpy_helper.to_array(stored[name]) for name in read if name in stored and stored[name].dims
    }


def can_saturate(weight: np.ndarray[Any, Any]) -> bool:
    """Whether activations exist for which two neighbouring products of (in, out) weights do not fit
    into 16 bits.
    """
    if weight.ndim < 2 or weight.dtype != np.int8:
        return False
    rows = np.pad(weight.astype(np.int64), ((0, weight.shape[0] % 2), (0, 0)))
    highest = LARGEST_ACTIVATION * (rows[0::2].clip(min=0) + rows[1::2].clip(min=0))
    lowest = LARGEST_ACTIVATION * (rows[0::2].clip(max=0) + rows[1::2].clip(max=0))
    return bool(highest.max() > np.iinfo(np.int16).max or lowest.min() < np.iinfo(np.int16).min)
