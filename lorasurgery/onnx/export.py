"""Export a checkpoint, adapters merged into it, as ONNX graphs that are checked against torch first.

    trace the class without weights  →  transpose matrices  →  stream merged weights into one data
    file  →  compare with torch

Weights are never all in memory: the graph is traced with parameters that have a shape and no
numbers, and its initializers point at bytes on disk. Adapters are merged by the same jobs as
`merge`, rounded once, into the dtype of the export. The output appears only after the comparison.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lorasurgery.arguments import Given, adapters_of, several, whole
from lorasurgery.checkpoint import (
    check_output,
    check_output_file,
    check_space,
    output_file,
    output_folder,
    space_notes,
    write_text,
)
from lorasurgery.checkpoint.flush import flush_file
from lorasurgery.checkpoint.modes import narrow, narrowest
from lorasurgery.checkpoint.workplace import scratch_folder
from lorasurgery.errors import NameTakenError, UnsupportedError
from lorasurgery.onnx.exporting import shards
from lorasurgery.onnx.exporting.build import BuiltExport, build, write_graphs
from lorasurgery.onnx.exporting.card import model_card
from lorasurgery.onnx.exporting.check import CheckQuestion, check
from lorasurgery.onnx.exporting.forecast import ExportForecast, forecast_of, unread_notes
from lorasurgery.onnx.exporting.merged import MergedWeights, open_merged, write_side_files
from lorasurgery.onnx.exporting.pieces import ExportPart, layout_of, write_pieces
from lorasurgery.onnx.exporting.quantise import QUANTISED, quantise
from lorasurgery.onnx.exporting.references import reference_folders, scratch_nbytes
from lorasurgery.onnx.exporting.report import ExportCheck, ExportReport
from lorasurgery.onnx.exporting.settings import TraceSettings, check_packages, checked_settings
from lorasurgery.onnx.exporting.trace import OPSET
from lorasurgery.onnx.tolerance import check_tolerance
from lorasurgery.paths import StrPath
from lorasurgery.surgery.engines.engine import on_engines
from lorasurgery.surgery.engines.resume import resumable
from lorasurgery.surgery.output.target import folder_target
from lorasurgery.surgery.parts.file_share import FileShare
from lorasurgery.surgery.parts.fingerprint import of_adapter, of_checkpoint, of_values
from lorasurgery.surgery.parts.part_plan import in_parts
from lorasurgery.surgery.plan import at_once
from lorasurgery.surgery.workers import Progress

REPORT_FILE = "lorasurgery.json"
CARD_FILE = "README.md"


@on_engines("export-onnx")
@resumable("export-onnx")
@in_parts("export-onnx", ExportPart)
def plan_export_onnx(
    model: StrPath,
    adapters: Given | Sequence[Given] = (),
    output: StrPath | None = None,
    *,
    task: str | None = None,
    dtype: str = "float32",
    opset: int = OPSET,
    int8: bool = False,
    reuse_shards: bool = False,
    take: str | Sequence[str] = (),
    experts_order: str | None = None,
    atol: float = 1e-4,
    verify: bool = True,
    attn: str = "eager",
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> ExportPlan:
    """Plan the export of a model, adapters merged into it; only headers and factors are read.

    Args:
        model: a checkpoint: file, folder or Hub name.
        adapters: each a folder or Hub name, with a weight after a colon where that is not 1:
            `style:0.7`.
        output: the folder to write; by default made from all names. With `reuse_shards`, the
            graph's own path.
        task: by optimum's name (`text-classification`, `text-generation-with-past`); by default
            that of the config's class.
        dtype: `float32` or `float16`, of the graph's numbers and of its inputs and outputs.
        opset: the ONNX opset version of the graph.
        int8: write quantised graphs as well (ONNX Runtime's dynamic quantisation).
        reuse_shards: refer into the base's own files instead of copying them.
        take: `PATTERN=ADAPTER`: as for `merge`.
        experts_order: as for `merge`.
        atol: fail if |graph − torch| > atol · (1 + max |torch|); at least 0.02 in half precision.
        verify: compare with torch before the output is put in place.
        attn: how attention is computed while tracing: `eager` or `sdpa`.
        workers: tensors of parts that `assemble` hashes at a time; by default one for each core.
        force: replace an output of an earlier run.
        part: `"3/8"`: write this share of the weights alone, into `OUTPUT.parts`; see `assemble`.
        resume: keep what is finished in `OUTPUT.parts`, and go on from there if an earlier run broke off.
        engine: a Ray cluster that does the work: `ray` or `ray://HOST:PORT`.
        progress: called with the bytes done so far and in all.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError,
        NothingToDoError: see `lorasurgery.errors`.
    """
    check_packages()
    settings = checked_settings(task, dtype, opset, attn)
    check_tolerance(atol)
    if int8:
        _check_int8(settings.dtype, reuse_shards=reuse_shards)
    merged = open_merged(model, adapters_of(adapters), settings.dtype, several(take, "take"), experts_order)
    if reuse_shards:
        target = shards.target_of(merged, output)
        check_output_file(target, shards.inputs_of(merged), force=force)
    else:
        target = folder_target(output, merged.name, "exported models")
        check_output(target, merged.inputs, force=force)
    return ExportPlan(
        merged=merged,
        settings=settings,
        target=target,
        int8=int8,
        reuses_shards=reuse_shards,
        atol=atol if verify else None,
        workers=whole(workers, "workers"),
        force=force,
        progress=progress,
    )


def _check_int8(dtype: str, *, reuse_shards: bool) -> None:
    if dtype != "float32":
        raise UnsupportedError(
            f"--int8 quantises a graph in float32, and --dtype asks for {dtype}; choose one."
        )
    if reuse_shards:
        raise UnsupportedError("--int8 writes all weights anew, and --reuse-shards none; choose one.")


@dataclass(frozen=True)
class ExportPlan:
    """A model that is opened and ready to be traced. `atol` is None where nothing is compared with torch."""

    merged: MergedWeights
    settings: TraceSettings
    target: Path
    int8: bool
    reuses_shards: bool
    atol: float | None
    workers: int | None
    force: bool
    progress: Progress | None

    def __repr__(self) -> str:
        """Return one line."""
        return f"<ExportPlan: {self.merged.name}, {self.target}>"

    def forecast(self) -> ExportForecast:
        """Trace the graphs without weights, and say what they are and how much would be written.

        Raises:
            UnsupportedError: the model cannot be traced.
        """
        built = self.built()
        found = forecast_of(self.merged, built, str(self.target), int8=self.int8, is_checked=self.is_checked)
        return replace(found, notes=[*found.notes, *space_notes(self.target, self.needed_nbytes(built))])

    def run(self, progress: Progress | None = None) -> ExportReport:
        """Write the graphs, compare them with torch, and return the report."""
        if self.reuses_shards:
            return _export_beside(self, progress or self.progress)
        return self.written(None, progress or self.progress)

    @property
    def is_checked(self) -> bool:
        """Whether the graphs are compared with torch."""
        return self.atol is not None

    def built(self) -> BuiltExport:
        """Trace the graphs, under the output's name where that is a graph."""
        built = build(self.merged, self.settings, refers=self.reuses_shards)
        return shards.named(built, self.target) if self.reuses_shards else built

    def needed_nbytes(self, built: BuiltExport) -> int:
        """Return the disk space that the run takes, the check's copies included."""
        return built.nbytes + (scratch_nbytes(self.merged) if self.is_checked else 0)

    def written(self, built: BuiltExport | None, progress: Progress | None = None) -> ExportReport:
        """Write the folder, with the weights of `built`; None traces the graphs now."""
        return _export_folder(self, built, progress)

    # What parts of an export need (see `exporting/pieces.py`).

    @cached_property
    def traced(self) -> BuiltExport:
        """The graphs, traced once for all that is asked of a part."""
        return self.built()

    @property
    def place_of_output(self) -> Path:
        return self.target

    @property
    def all_inputs(self) -> tuple[Path, ...]:
        return self.merged.inputs

    def fingerprints(self) -> dict[str, str]:
        """Return the fingerprint of the base, of each adapter, and of what the graphs want of the weights."""
        found = of_checkpoint("base", self.merged.base)
        for each in self.merged.opened:
            found |= of_adapter(f"adapter {each.name}", each.adapter)
        return {**found, "layout of the weights": of_values(layout_of(self.traced))}

    def write_share(
        self, share: FileShare, folder: Path, progress: Progress | None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """Write a share of the weights."""
        hashes = write_pieces(self.traced, share, folder, progress)
        self.merged.base.check_unchanged()
        return hashes, {}


export_onnx = at_once(
    plan_export_onnx, "export_onnx", "Write the ONNX graphs of a model, adapters merged into it."
)
# The name that this function had first.
export = export_onnx


def _export_folder(plan: ExportPlan, built: BuiltExport | None, progress: Progress | None) -> ExportReport:
    """Write graphs and weights into a folder."""
    with output_folder(plan.target, plan.merged.inputs, force=plan.force) as partial:
        built = built or plan.built()
        check_space(plan.target, plan.needed_nbytes(built))
        write_graphs(built, partial, progress)
        write_side_files(plan.merged, partial, (CARD_FILE, REPORT_FILE))
        if plan.int8:
            quantise(built, partial)
        report = _report(plan, built, partial, _checked(plan, built, partial))
        write_text(partial / REPORT_FILE, json.dumps(report.as_json(), indent=2) + "\n")
        write_text(partial / CARD_FILE, model_card(report))
    return report


def _export_beside(plan: ExportPlan, progress: Progress | None) -> ExportReport:
    """Write a graph that refers into the base's own files, and beside it what the adapters changed."""
    target, inputs = plan.target, shards.inputs_of(plan.merged)
    with ExitStack() as undo:
        with _keeping(undo), output_file(target, inputs, force=plan.force) as path:
            built = plan.built()
            check_space(target, plan.needed_nbytes(built))
            referred_nbytes = shards.refer(built, target)
            written = write_graphs(built, path.parent, progress, by_content=True)
            if plan.is_checked:
                shards.link(built, path.parent, target)
            check_report = _checked(plan, built, path.parent)
            report = _report(plan, built, path.parent, check_report, referred_nbytes)
            for name in written:
                narrow(path.parent / name, narrowest(inputs))
                flush_file(path.parent / name)
            # Under a name of its own before the graph has its, so that no graph is ever beside
            # numbers that are not its own.
            for name in written:
                if not target.with_name(name).exists():
                    undo.callback(target.with_name(name).unlink, missing_ok=True)
                (path.parent / name).replace(target.with_name(name))
        undo.pop_all()
    shards.clear_replaced(target, written)
    return report


@contextmanager
def _keeping(undo: ExitStack) -> Iterator[None]:
    """What lies beside the graph stays where the graph is complete and kept under another name."""
    try:
        yield
    except NameTakenError:
        undo.pop_all()
        raise


def _checked(plan: ExportPlan, built: BuiltExport, partial: Path) -> ExportCheck | None:
    """Compare with the model that the same adapters give by `merge`, loaded by transformers; None
    if not asked for.
    """
    if plan.atol is None:
        return None
    base_folder = plan.merged.base.folder.resolve()
    is_inside = base_folder in partial.resolve().parents  # where no merge of that base may write
    place = base_folder.with_name(f"{base_folder.name}-{partial.name}") if is_inside else partial / "check"
    with scratch_folder(place) as scratch:
        reference, base = reference_folders(plan.merged, scratch)
        suffixes = ("", QUANTISED) if plan.int8 else ("",)
        return check(CheckQuestion(partial, built.task, reference, built.dtype, suffixes, base), plan.atol)


def _report(
    plan: ExportPlan,
    built: BuiltExport,
    partial: Path,
    check_report: ExportCheck | None,
    referred_nbytes: int = 0,
) -> ExportReport:
    merged = plan.merged
    written = [
        path
        for path in partial.iterdir()
        if path.name.endswith((".onnx", ".onnx_data")) and path.stat().st_nlink == 1
    ]
    return ExportReport(
        model=merged.base.name,
        adapters=merged.adapters,
        output=str(plan.target),
        task=built.task.name,
        model_class=built.task.class_name,
        dtype=str(built.dtype).removeprefix("torch."),
        opset=built.opset,
        attention=built.attention,
        graphs=[each.report() for each in built.graphs],
        nbytes=sum(path.stat().st_size for path in written),
        changed=len(merged.touched),
        referred_nbytes=referred_nbytes,
        int8=plan.int8,
        check=check_report,
        notes=[*merged.notes, *built.notes, *unread_notes(merged, built), *_blind_notes(check_report)],
    )


def _blind_notes(check_report: ExportCheck | None) -> Iterator[str]:
    """Say where the comparison could not have told the export from one of the bare base."""
    if check_report is not None and check_report.is_blind:
        yield (
            f"The adapters change the answers by {check_report.effect:.2g} at most, which is within what "
            "graph and torch may differ by (--atol): "
            "the check cannot distinguish this export from one of the base."
        )
