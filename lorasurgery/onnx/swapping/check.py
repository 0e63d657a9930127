"""Does a swappable graph compute what it should? Run by ONNX Runtime, all adapters in one session,
before it is put in place.

no adapter     the original graph's outputs, to the bit, where both are run as they stand; once
               optimised, within the tolerance
each adapter   max |y − merged| ≤ tolerance · (1 + max |merged|), against the graph with this
               adapter grafted into its initializers
afterwards     no adapter again: what the session gave before any was in force, to the bit
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.arguments import Given
from lorasurgery.errors import NumericError, OutputError
from lorasurgery.onnx.graft import graft_onnx
from lorasurgery.onnx.graph import runtime
from lorasurgery.onnx.graph.inputs import shapes_of
from lorasurgery.onnx.swapping.report import AdapterCheck, BaseCheck
from lorasurgery.text import reason_of

if TYPE_CHECKING:
    import numpy

    Arrays = Mapping[str, numpy.ndarray[Any, Any]]
    Outputs = Sequence[Arrays]


def check_graph(original: Path, written: Path) -> None:
    """Have ONNX's own checker look at a written graph, if it finds no fault with the original.

    Raises:
        OutputError: it finds fault.
    """
    fault = _fault(written)
    if fault and not _fault(original):
        raise OutputError(f"{written.name} came out as no valid graph: {fault}. Nothing was put in place.")


def _fault(path: Path) -> str:
    import onnx

    try:
        onnx.checker.check_model(str(path))
    except onnx.checker.ValidationError as error:
        return reason_of(error)
    return ""


def check_base(original: Path, written: Path, runs: Sequence[Arrays], tolerance: float) -> BaseCheck:
    """Compare a swappable graph without an adapter with the graph that it was made from.

    Raises:
        NumericError: they differ.
        UnsupportedError: ONNX Runtime cannot run one.
    """
    old = runtime.RuntimeSession(original, optimise=False).run(runs)
    new = runtime.RuntimeSession(written, optimise=False).run(runs)
    others = _unlike(old, new)
    if others:
        raise NumericError(
            f"{written.name} answers otherwise than {original} without any adapter ({others[0]!r}). "
            "Nothing was put in place."
        )
    difference, largest = runtime.largest_difference(runtime.run(written, runs), runtime.run(original, runs))
    _refuse(f"{written.name} without an adapter", str(original), difference, largest, tolerance)
    return BaseCheck(len(old[0]), difference, [shapes_of(run) for run in runs])


def check_adapters(
    original: Path,
    written: Path,
    adapters: Mapping[Given, Path],
    runs: Sequence[Arrays],
    tolerance: float,
    base: str | None,
) -> list[AdapterCheck]:
    """Compare a swappable graph under each adapter, by what was given and file, with the graph
    into which that one is grafted.

    Raises:
        NumericError: two differ.
        UnsupportedError: ONNX Runtime cannot run one.
    """
    session = runtime.RuntimeSession(written)
    bare = session.run(runs)
    found = []
    for text, file in adapters.items():
        merged = _grafted(original, text, written.parent, base, runs)
        swapped = session.run(runs, file)
        difference, largest = runtime.largest_difference(swapped, merged)
        _refuse(
            f"{written.name} with {file.name}",
            f"the graph with {text} merged into it",
            difference,
            largest,
            tolerance,
        )
        effect, _ = runtime.largest_difference(bare, merged)
        found.append(AdapterCheck(difference, largest, effect, tolerance))
    if _unlike(bare, session.run(runs)):
        raise NumericError(
            f"{written.name} answers otherwise after its adapters than before. Nothing was put in place."
        )
    return found


def _grafted(
    original: Path, adapter: Given, folder: Path, base: str | None, runs: Sequence[Arrays]
) -> Outputs:
    """What the graph answers into which one adapter is merged; the graph is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        target = Path(scratch) / "merged"
        graft_onnx(original, [adapter], target, base=base, verify=False)
        return runtime.run(target / original.name, runs)


def _unlike(one: Outputs, other: Outputs) -> list[str]:
    """Outputs that differ; zeros of both signs are one number."""
    import numpy as np

    return [
        name
        for left, right in zip(one, other, strict=True)
        for name, array in left.items()
        if array.dtype != right[name].dtype
        or not np.array_equal(array, right[name], equal_nan=array.dtype.kind == "f")
    ]


def _refuse(what: str, reference: str, difference: float, largest: float, tolerance: float) -> None:
    if not difference <= tolerance * (1 + largest):  # a NaN is refused as well
        raise NumericError(
            f"{what} differs from {reference} by {difference:.2g} where numbers go up to {largest:.2g}, "
            f"and {tolerance:g} is allowed of each (--atol). "
            "Nothing was put in place."
        )
