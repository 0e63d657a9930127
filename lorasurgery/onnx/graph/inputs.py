"""Seeded inputs for a graph, made from what it says of them: names, dtypes, and which dimensions are free."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.foreign import quoted
from lorasurgery.onnx.graph.file import GraphFile
from lorasurgery.onnx.graph.uses import WeightUse

if TYPE_CHECKING:
    import numpy
    from onnx import ValueInfoProto

PAST = re.compile(r"past_key_values?[._]")
# What configs call the sides of a picture.
PICTURE = {"height": "image_size", "width": "image_size", "num_channels": "num_channels"}
# A batch of large pictures has a hundredth.
MOST_ELEMENTS = 1 << 30
NUMPY_NAMES = {1: "float32", 10: "float16", 11: "float64", 6: "int32", 7: "int64", 9: "bool"}


@dataclass(frozen=True)
class InputSizes:
    """How large the free dimensions are made."""

    batch: int
    sequence: int
    past: int


# Other sizes than those that people export with; the second has one token only, the third a batch
# of one.
RUNS = (InputSizes(2, 7, 3), InputSizes(3, 1, 5), InputSizes(1, 12, 2))


def inputs_of(
    file: GraphFile, uses: Iterable[WeightUse], config: Mapping[str, Any], sizes: InputSizes
) -> dict[str, numpy.ndarray[Any, Any]]:
    """Make an input for each of the graph's: tokens within its table, all of them attended,
    positions in order, noise for the rest.

    Raises:
        UnsupportedError: an input of a kind that is not known.
    """
    weights = {tensor.name for tensor in file.model.graph.initializer}
    needed = [value for value in file.model.graph.input if value.name not in weights]
    cached = any(PAST.match(value.name) for value in needed)
    sizes = sizes if cached else InputSizes(sizes.batch, sizes.sequence, 0)
    rows = _rows_of_tables(file, uses)
    return {value.name: _input(value, config, sizes, rows.get(value.name)) for value in needed}


def _rows_of_tables(file: GraphFile, uses: Iterable[WeightUse]) -> dict[str, int]:
    """Input -> the rows of the table that it picks from."""
    found: dict[str, int] = {}
    for use in uses:
        if use.role == "embedding":
            rows = file.weights[use.weight].tensor.shape[0]
            found[use.node.input[1]] = min(rows, found.get(use.node.input[1], rows))
    return found


def _input(
    value: ValueInfoProto, config: Mapping[str, Any], sizes: InputSizes, rows: int | None
) -> numpy.ndarray[Any, Any]:
    import numpy as np

    kind = value.type.tensor_type.elem_type
    if kind not in NUMPY_NAMES:
        raise UnsupportedError(
            f"The graph's input {quoted(value.name)} is of a kind for which no inputs are made up."
        )
    shape = _shape(value, config, sizes)
    if any(size < 0 for size in shape) or math.prod(shape) > MOST_ELEMENTS:
        raise UnsupportedError(
            f"The graph's input {quoted(value.name)} has the shape {quoted(shape)}, for which no inputs "
            "are made up; --no-verify goes without."
        )
    dtype = np.dtype(NUMPY_NAMES[kind])
    seeded = np.random.default_rng([zlib.crc32(value.name.encode()), *shape])
    if dtype.kind == "b":
        return np.zeros(shape, dtype)
    if dtype.kind == "f":
        return seeded.standard_normal(shape).astype(dtype)
    if "mask" in value.name:
        return np.ones(shape, dtype)
    if "position" in value.name:
        return np.broadcast_to(np.arange(sizes.past, sizes.past + shape[-1]), shape).astype(dtype)
    if "token_type" in value.name:
        return np.zeros(shape, dtype)
    return seeded.integers(0, rows or int(config.get("vocab_size") or 2), shape).astype(dtype)


def _shape(value: ValueInfoProto, config: Mapping[str, Any], sizes: InputSizes) -> tuple[int, ...]:
    dims = value.type.tensor_type.shape.dim
    return tuple(
        dim.dim_value or _size(value.name, index, dim.dim_param.lower(), config, sizes)
        for index, dim in enumerate(dims)
    )


def _size(name: str, index: int, dim: str, config: Mapping[str, Any], sizes: InputSizes) -> int:
    """A free dimension's size, by its name and, where that says nothing, by where it stands."""
    if dim in PICTURE:
        return int(config.get(PICTURE[dim]) or (3 if dim == "num_channels" else 224))
    if index == 0 or "batch" in dim:
        return sizes.batch
    if PAST.match(name):
        return sizes.past
    total = "total" in dim or "+" in dim or (name == "attention_mask" and sizes.past > 0)
    return sizes.sequence + sizes.past if total else sizes.sequence


def shapes_of(inputs: Mapping[str, numpy.ndarray[Any, Any]]) -> dict[str, tuple[int, ...]]:
    """The shapes of a run's inputs, for the report."""
    return {name: tuple(array.shape) for name, array in inputs.items()}


def known_runs() -> Sequence[InputSizes]:
    """The sizes of all runs."""
    return RUNS
