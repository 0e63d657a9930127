"""Graft: put adapters into the initializers of a graph that was exported earlier, without tracing
the model again.

    for each initializer that changes:  W' = round(W + Σ weightᵢ ΔWᵢ), transposed where the graph
    holds it as (in, out)
    all others:                         copied by the kernel

Which initializer is which parameter is read off names, off the nodes that read it, and, with a
base, off its numbers. What an adapter changes and the graph does not show is refused. The output is
run before it is put in place.

It does not change a graph's shapes (new tokens, new labels), nor quantised weights, nor packed ones
(QKV in one matrix).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lorasurgery.adapter import Host
from lorasurgery.arguments import Given, adapters_of, several
from lorasurgery.checkpoint import check_output, check_space, output_folder, space_notes, write_text
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import NumericError
from lorasurgery.onnx.grafting import check
from lorasurgery.onnx.grafting.card import model_card
from lorasurgery.onnx.grafting.opened import GraftRequest, OpenedGraft, forecast_of, open_to_graft
from lorasurgery.onnx.grafting.report import (
    AgainstTorch,
    GraftCheck,
    GraftedTensor,
    GraftForecast,
    GraftReport,
)
from lorasurgery.onnx.grafting.write import GraftedGraph, is_sum, write_graph
from lorasurgery.onnx.graph import runtime
from lorasurgery.onnx.graph.exported import (
    CARD_FILE,
    REPORT_FILE,
    copy_companions,
)
from lorasurgery.onnx.graph.inputs import shapes_of
from lorasurgery.onnx.graph.stated import state_base
from lorasurgery.onnx.tolerance import check_tolerance
from lorasurgery.paths import StrPath, expanded
from lorasurgery.surgery.plan import at_once
from lorasurgery.surgery.workers import Progress


def plan_graft_onnx(
    model: StrPath,
    adapters: Given | Sequence[Given],
    output: StrPath | None = None,
    *,
    base: StrPath | None = None,
    take: str | Sequence[str] = (),
    experts_order: str | None = None,
    atol: float = 1e-4,
    verify: bool = True,
    force: bool = False,
    progress: Progress | None = None,
) -> GraftPlan:
    """Plan the merge of adapters into the weights of an exported graph, without tracing the model again.

    Args:
        model: an .onnx file, its external data next to it.
        adapters: each a folder or Hub name, with a weight after a colon where that is not 1:
            `style:0.7`.
        output: the folder to write; by default made from all names (`model-with-style`).
        base: the checkpoint that the graph was exported from: names initializers by their numbers,
            and lets torch check the result.
        take: `PATTERN=ADAPTER`: as for `merge`.
        experts_order: as for `merge`.
        atol: fail if |graph − torch| > atol · (1 + max |torch|); at least 0.02 in half precision.
        verify: run the output before it is put in place.
        force: replace an output of an earlier run.
        progress: called with the bytes done so far and in all.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError,
        NothingToDoError: see `lorasurgery.errors`.
    """
    check_tolerance(atol)
    request = GraftRequest(
        model=expanded(model),
        adapters=adapters_of(adapters),
        output=output,
        base=None if base is None else os.fspath(base),
        take=several(take, "take"),
        experts_order=experts_order,
    )
    opened = open_to_graft(request)
    check_output(opened.target, opened.inputs, force=force)
    return GraftPlan(request, opened, atol, verify, force, progress)


@dataclass
class GraftPlan:
    """Adapters held against a graph. Writing changes it in memory, so a second run parses the file again."""

    request: GraftRequest
    opened: OpenedGraft | None
    atol: float
    verify: bool
    force: bool
    progress: Progress | None

    def forecast(self) -> GraftForecast:
        """Say which initializers would change, and how many bytes would be written."""
        opened = self.opened or open_to_graft(self.request)
        forecast = forecast_of(opened)
        notes = [*forecast.notes, *space_notes(opened.target, forecast.nbytes)]
        return replace(forecast, notes=notes)

    def run(self, progress: Progress | None = None) -> GraftReport:
        """Write the graph with its changed weights, run it, and return the report."""
        opened, self.opened = self.opened or open_to_graft(self.request), None
        file, progress = opened.graph.file, progress or self.progress
        before = _original_outputs(opened) if self.verify else None
        with output_folder(opened.target, opened.inputs, force=self.force) as partial:
            check_space(opened.target, opened.nbytes)
            state_base(file.model, Host(()))
            grafted = write_graph(file, opened.changes, partial, lambda job: not is_sum(job), progress)
            file.check_unchanged()
            check.check_bytes(partial / file.path.name, grafted)
            copy_companions(file, partial)
            outputs = None if before is None else _checked(opened, grafted, partial, before, self.atol)
            report = _report(opened, grafted, partial, outputs, self.atol)
            write_text(partial / REPORT_FILE, json.dumps(report.as_json(), indent=2) + "\n")
            write_text(partial / CARD_FILE, model_card(report))
        return report


graft_onnx = at_once(
    plan_graft_onnx, "graft_onnx", "Merge adapters into the weights of an exported graph, in a new folder."
)
# The name that this function had first.
graft = graft_onnx


def _original_outputs(opened: OpenedGraft) -> tuple[list[Any], list[Any]]:
    """Inputs for each run, and what the graph answers before it is changed."""
    runs = runtime.seeded_inputs(opened.graph)
    return runs, runtime.run(opened.graph.file.path, runs)


def _checked(
    opened: OpenedGraft,
    grafted: Sequence[GraftedGraph],
    partial: Path,
    before: tuple[list[Any], list[Any]],
    atol: float,
) -> GraftCheck:
    runs, original_outputs = before
    outputs = runtime.run(partial / opened.graph.file.path.name, runs)
    change, largest = check.change_of_outputs(original_outputs, outputs)
    if change == 0 and _must_show(opened, grafted):
        raise NumericError(
            f"{opened.graph.file.path} answers after the graft as it did before, though its weights "
            "changed. Its outputs do not depend on them, or the change is lost in "
            "rounding. Nothing was put in place; --no-verify goes without this check."
        )
    shapes = [shapes_of(run) for run in runs]
    compared, reason = _against_torch(opened, partial, runs, outputs, atol)
    return GraftCheck(change, largest, shapes, compared, reason)


def _must_show(opened: OpenedGraft, grafted: Sequence[GraftedGraph]) -> bool:
    """Whether some matrix that multiplies, and no mere row of a table, has other bits than before."""
    from lorasurgery.checkpoint.digest import digest

    multiplied = [each for each in grafted if opened.roles.get(each.change.parameter) in ("linear", "conv")]
    return any(
        each.change.job.base is None or digest(each.change.job.base) != each.digest for each in multiplied
    )


def _against_torch(
    opened: OpenedGraft, partial: Path, runs: list[Any], outputs: list[Any], atol: float
) -> tuple[AgainstTorch | None, str]:
    """Merge into the base and run that, where there is one whose class transformers has."""
    from lorasurgery.surgery.merge import merge

    reference = opened.graph.reference
    if opened.graph.base is None or reference is None:
        return None, "no base was given to compare with"
    if reference.architecture.origin == "names" or not reference.architecture.class_name:
        return None, f"transformers cannot build the model of {opened.graph.base} from its config"
    halves = {each.job.dtype for each in opened.changes} & {Dtype.F16, Dtype.BF16}
    tolerance = max(atol, runtime.HALF_ATOL) if halves else atol
    with tempfile.TemporaryDirectory(dir=partial) as scratch:
        merged = Path(scratch) / "merged"
        merge(
            opened.graph.base,
            opened.request.adapters,
            merged,
            take=opened.request.take,
            dtype="float32",
            experts_order=opened.request.experts_order,
            undo=False,
        )
        return check.against_torch(merged, reference.architecture.class_name, runs, outputs, tolerance), ""


def _blind(outputs: GraftCheck, atol: float) -> list[str]:
    """Say where graphs with and without the adapters would pass the same comparison."""
    tolerance = outputs.against_torch.tolerance if outputs.against_torch else atol
    if outputs.change > tolerance * (1 + outputs.largest):
        return []
    return [
        f"The adapters change the answers by {outputs.change:.2g} at most, which is within what graph and "
        "torch may differ by (--atol): "
        "no comparison of answers can distinguish the two graphs."
    ]


def _report(
    opened: OpenedGraft,
    grafted: Sequence[GraftedGraph],
    partial: Path,
    outputs: GraftCheck | None,
    atol: float,
) -> GraftReport:
    tensors = [
        GraftedTensor(
            parameter=each.change.parameter,
            initializer=each.initializer,
            found_by=each.change.how,
            turned=each.change.transposed,
            is_new=each.is_new,
            shape=each.change.job.shape,
            dtype=str(each.change.job.dtype),
            blake3=each.digest,
        )
        for each in grafted
    ]
    written = [
        partial / opened.graph.file.path.name,
        *(partial / location for location in opened.graph.file.data),
    ]
    return GraftReport(
        model=str(opened.graph.file.path),
        adapters=tuple((each.name, each.weight) for each in opened.given),
        output=str(opened.target),
        base=opened.graph.base,
        tensors=tensors,
        nbytes=sum(path.stat().st_size for path in written),
        changed_nbytes=sum(each.change.job.nbytes for each in grafted),
        check=outputs,
        notes=[*opened.notes, *(_blind(outputs, atol) if outputs else ())],
    )
