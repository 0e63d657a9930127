"""Graphs run by ONNX Runtime, and what two runs answer beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.foreign import reading
from lorasurgery.onnx.graph.exported import ExportedGraph
from lorasurgery.onnx.graph.inputs import inputs_of, known_runs, shapes_of
from lorasurgery.text import reason_of

if TYPE_CHECKING:
    import numpy

    Arrays = Mapping[str, numpy.ndarray[Any, Any]]

# What graphs of half precision may differ from float32 by (measured: 2e-3 of 1.5, 1.3e-2 of 5.7).
HALF_ATOL = 2e-2


def seeded_inputs(exported: ExportedGraph) -> list[dict[str, numpy.ndarray[Any, Any]]]:
    """Inputs for each run; of those with one set of shapes only the first, so that a graph whose
    sizes are fixed has one.
    """
    with reading(exported.file.path, "an ONNX graph"):
        runs = [inputs_of(exported.file, exported.uses, exported.config, sizes) for sizes in known_runs()]
    return list({repr(shapes_of(run)): run for run in runs}.values())


class RuntimeSession:
    """A graph that is loaded, with little memory of its own: weights stay in their file.

    Without `optimise`, nodes are run just as they stand in the graph, so that two graphs with the
    same nodes answer with the same bits.

    Raises:
        UnsupportedError: ONNX Runtime cannot load or run the graph, in its own words.
    """

    def __init__(self, path: Path, *, optimise: bool = True) -> None:
        import onnxruntime  # type: ignore[import-untyped, unused-ignore]

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.add_session_config_entry("session.disable_prepacking", "1")
        if not optimise:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        self.path = path
        try:
            self.session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"], disabled_optimizers=["ConstantFolding"]
            )
        except Exception as error:  # its errors have no common class
            raise self._refused(error) from None

    def run(self, runs: Sequence[Arrays], adapter: Path | None = None) -> list[dict[str, Any]]:
        """The graph's outputs for each run, with an .onnx_adapter file in force where one is given."""
        import onnxruntime

        options, loaded = onnxruntime.RunOptions(), onnxruntime.LoraAdapter()
        options.log_severity_level = 4
        names = [output.name for output in self.session.get_outputs()]
        try:
            if adapter is not None:
                loaded.Load(str(adapter))
                options.add_active_adapter(loaded)
            return [
                dict(zip(names, self.session.run(names, dict(feed), options), strict=True)) for feed in runs
            ]
        except Exception as error:
            raise self._refused(error) from None

    def _refused(self, error: Exception) -> UnsupportedError:
        return UnsupportedError(
            f"ONNX Runtime cannot run {self.path.name} on inputs made up for it: {reason_of(error)}. "
            "Without a run nothing can be checked; --no-verify goes without."
        )


def run(path: Path, runs: Sequence[Arrays]) -> list[dict[str, Any]]:
    """Load a graph, run it, and let it go.

    Raises:
        UnsupportedError: ONNX Runtime cannot load or run it, in its own words.
    """
    return RuntimeSession(path).run(runs)


def largest_difference(one: Iterable[Arrays], other: Iterable[Arrays]) -> tuple[float, float]:
    """The largest difference of any output of floating-point numbers, and the largest number among
    the second ones.
    """
    import numpy as np

    difference = largest = 0.0
    for left, right in zip(one, other, strict=True):
        for name, array in right.items():
            if array.dtype.kind == "f" and array.size:
                now, was = array.astype(np.float64), left[name].astype(np.float64)
                difference = max(difference, float(np.abs(now - was).max()))
                largest = max(largest, float(np.abs(now).max()))
    return difference, largest
