"""Export: a checkpoint, or one with adapters merged into it, as graphs that ONNX Runtime runs, checked against torch before they appear.

    trace the class without weights  →  turn matrices round  →  stream merged weights into one data file  →  compare with torch

Weights are never all in memory: the graph is traced with parameters that have a shape and no numbers, and its initializers point at bytes on
disk. Adapters are merged by the same jobs as `merge`, with one rounding, into the dtype of the export.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.arguments import Given, adapters_of, several
from lorasurgery.checkpoint import (
    check_output,
    check_space,
    output_file,
    output_folder,
    write_text,
)
from lorasurgery.checkpoint.flush import flush_file
from lorasurgery.checkpoint.modes import narrow, narrowest
from lorasurgery.checkpoint.side_files import copy_side_files
from lorasurgery.checkpoint.workplace import scratch_folder
from lorasurgery.dtypes import chosen
from lorasurgery.errors import MissingExtraError, NameTakenError, UnsupportedError
from lorasurgery.foreign import with_special_floats
from lorasurgery.onnx.exporting import shards
from lorasurgery.onnx.exporting.build import Built, build, write_graphs
from lorasurgery.onnx.exporting.card import model_card
from lorasurgery.onnx.exporting.check import Question, check
from lorasurgery.onnx.exporting.merged import Merged, open_merged
from lorasurgery.onnx.exporting.quantise import QUANTISED, quantise
from lorasurgery.onnx.exporting.references import reference_folders, scratch_nbytes
from lorasurgery.onnx.exporting.report import Check, ExportReport
from lorasurgery.onnx.exporting.tasks import class_of, has_several_graphs
from lorasurgery.onnx.exporting.trace import NEWEST_OPSET, OLDEST_OPSET, OPSET
from lorasurgery.onnx.tolerance import check_tolerance
from lorasurgery.paths import StrPath
from lorasurgery.surgery.output.target import folder_target
from lorasurgery.surgery.workers import Progress

if TYPE_CHECKING:
    from lorasurgery.onnx.swapping.report import SwapReport

DTYPES = ("float32", "float16")
ATTENTIONS = ("eager", "sdpa")
PACKAGES = ("onnx", "onnx_ir", "onnxscript", "onnxruntime")
REPORT_FILE = "lorasurgery.json"
CARD_FILE = "README.md"


def export(
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
    force: bool = False,
    progress: Progress | None = None,
) -> ExportReport:
    """Write the graphs of a model, adapters merged into it.

    Args:
        model: a checkpoint: file, folder or Hub name.
        adapters: each a folder or Hub name, with a weight after a colon where that is not 1: `style:0.7`.
        output: the folder to write; by default made from all names.
        task: by optimum's name (`text-classification`, `text-generation-with-past`); by default that of the config's class.
        dtype: `float32` or `float16`, of the graph's numbers and of what goes in and comes out.
        opset: of the graph.
        int8: write quantised graphs as well (ONNX Runtime's dynamic quantisation).
        reuse_shards: refer into the base's own files instead of copying them.
        take: `PATTERN=ADAPTER`: as for `merge`.
        experts_order: as for `merge`.
        atol: how far graph and torch may differ, of 1 and of the largest number; 2e-2 at least in half precision.
        verify: compare with torch before the output is put in place.
        attn: how attention is computed while tracing.
        force: replace an output of an earlier run.
        progress: called with the bytes done so far and in all.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError, NothingToDoError: see `lorasurgery.errors`.
    """
    _check_packages()
    dtype = chosen(dtype, DTYPES)
    _check_words(dtype, attn, opset, atol, int8=int8)
    merged = open_merged(model, adapters_of(adapters), dtype, several(take, "take"), experts_order)
    if reuse_shards:
        return _export_beside(
            merged, output, (task, dtype, opset, attn), atol, int8=int8, verify=verify, force=force
        )
    target = folder_target(output, merged.name, "exported models")
    with output_folder(target, merged.inputs, force=force) as partial:
        built = build(merged, task, dtype, opset, attn)
        check_space(target, built.nbytes + (scratch_nbytes(merged) if verify else 0))
        write_graphs(built, partial, progress)
        _write_side_files(merged, partial)
        if int8:
            quantise(built, partial)
        found = _checked(merged, built, partial, atol, int8=int8) if verify else None
        report = _report(merged, built, target, partial, found, int8=int8)
        write_text(partial / REPORT_FILE, json.dumps(report.as_json(), indent=2) + "\n")
        write_text(partial / CARD_FILE, model_card(report))
    return report


def _export_beside(
    merged: Merged,
    output: StrPath | None,
    shape: tuple[str | None, str, int, str],
    atol: float,
    *,
    int8: bool,
    verify: bool,
    force: bool,
) -> ExportReport:
    """Write a graph that refers into the base's own files, and beside it what the adapters changed."""
    if int8:
        raise UnsupportedError("--int8 writes all weights anew, and --reuse-shards none; choose one.")
    target = shards.target_of(merged, output)
    inputs = shards.inputs_of(merged)
    with ExitStack() as undo:
        with _keeping(undo), output_file(target, inputs, force=force) as path:
            built = shards.named(build(merged, *shape, refers=True), target)
            check_space(target, built.nbytes + (scratch_nbytes(merged) if verify else 0))
            referred = shards.refer(built, target)
            written = write_graphs(built, path.parent, by_content=True)
            if verify:
                shards.link(built, path.parent, target)
            found = _checked(merged, built, path.parent, atol, int8=False) if verify else None
            report = _report(merged, built, target, path.parent, found, int8=False, referred=referred)
            for name in written:
                narrow(path.parent / name, narrowest(inputs))
                flush_file(path.parent / name)
            # Under a name of its own before the graph has its, so that no graph is ever beside numbers that are not its own.
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


def _check_packages() -> None:
    """Name the packages that are absent before anything is loaded."""
    from importlib.util import find_spec

    absent = [name for name in PACKAGES if find_spec(name) is None]
    if absent:
        raise MissingExtraError(
            f"export-onnx needs {', '.join(absent)}: pip install {' '.join(name.replace('_', '-') for name in absent)}."
        )


def _check_words(dtype: str, attn: str, opset: int, atol: float, *, int8: bool = False) -> None:
    if attn not in ATTENTIONS:
        raise UnsupportedError(f"--attn {attn!r} is not one of {', '.join(ATTENTIONS)}.")
    if not OLDEST_OPSET <= opset <= NEWEST_OPSET:
        raise UnsupportedError(
            f"--opset {opset} is none that torch exports to; choose one from {OLDEST_OPSET} to {NEWEST_OPSET}."
        )
    check_tolerance(atol)
    if int8 and dtype != "float32":
        raise UnsupportedError(
            f"--int8 quantises a graph in float32, and --dtype asks for {dtype}; choose one."
        )


def _write_side_files(merged: Merged, partial: Path) -> None:
    """Tokenizer and settings from the base's folder, and the config that the model has now. A model card would tell of other files."""
    kept = [path for path in merged.side_files if str(path) not in (CARD_FILE, REPORT_FILE)]
    copy_side_files(merged.base.folder, kept, partial)
    config = dict(merged.checkpoint.config)
    write_text(
        partial / "config.json", json.dumps(with_special_floats(config), indent=2, ensure_ascii=False) + "\n"
    )


def _checked(merged: Merged, built: Built, partial: Path, atol: float, *, int8: bool) -> Check:
    """Compare with the model that the same adapters give by `merge`, loaded by transformers."""
    own = merged.base.folder.resolve()
    is_inside = own in partial.resolve().parents  # where no merge of that base may write
    place = own.with_name(f"{own.name}-{partial.name}") if is_inside else partial / "check"
    with scratch_folder(place) as scratch:
        reference, base = reference_folders(merged, scratch)
        suffixes = ("", QUANTISED) if int8 else ("",)
        return check(Question(partial, built.task, reference, built.dtype, suffixes, base), atol)


def _report(
    merged: Merged,
    built: Built,
    target: Path,
    partial: Path,
    found: Check | None,
    *,
    int8: bool,
    referred: int = 0,
) -> ExportReport:
    written = [
        path
        for path in partial.iterdir()
        if path.name.endswith((".onnx", ".onnx_data")) and path.stat().st_nlink == 1
    ]
    return ExportReport(
        model=merged.base.name,
        adapters=merged.adapters,
        output=str(target),
        task=built.task.name,
        model_class=built.task.class_name,
        dtype=str(built.dtype).removeprefix("torch."),
        opset=built.opset,
        attention=built.attention,
        graphs=[each.report() for each in built.graphs],
        nbytes=sum(path.stat().st_size for path in written),
        changed=len(merged.touched),
        referred_nbytes=referred,
        int8=int8,
        check=found,
        notes=[*merged.notes, *built.notes, *_notes(merged, built, found)],
    )


def _notes(merged: Merged, built: Built, found: Check | None) -> Iterator[str]:
    """What the check could not see, and what of the adapters no graph has."""
    lost = sorted(merged.touched - built.read)
    if lost:
        yield (
            f"{len(lost)} of the {len(merged.touched)} tensors that the adapters change are read by no graph of {built.task.class_name} "
            f"for {built.task.name} ({lost[0]!r})."
        )
    if found is not None and found.is_blind:
        yield (
            f"The adapters change the answers by {found.effect:.2g} at most, which is within what graph and torch may differ by (--atol): "
            "the check could not have told this export from one of the base."
        )


def export_swappable(
    model: StrPath,
    adapters: Given | Sequence[Given],
    output: StrPath | None = None,
    *,
    base: str | None = None,
    task: str | None = None,
    dtype: str = "float32",
    opset: int = OPSET,
    attn: str = "eager",
    experts_order: str | None = None,
    atol: float = 1e-4,
    verify: bool = True,
    force: bool = False,
    progress: Progress | None = None,
) -> SwapReport:
    """Write one graph of a base whose adapters are files of their own; `model` is a checkpoint, or its graph exported earlier.

    Arguments and errors are those of `export` and of `swappable`.
    """
    from lorasurgery.onnx.swappable import swappable
    from lorasurgery.onnx.swapping.plan import refuse_at_sight
    from lorasurgery.surgery.adapter_input.reading import AdapterReading
    from lorasurgery.surgery.merging.merge_request import WeightWriting, prepare

    name, adapters = os.fspath(model), adapters_of(adapters)
    if name.endswith(".onnx"):
        return swappable(
            Path(name),
            adapters,
            output,
            base=base,
            experts_order=experts_order,
            atol=atol,
            verify=verify,
            force=force,
        )
    _check_packages()
    dtype = chosen(dtype, DTYPES)
    _check_words(dtype, attn, opset, atol)
    opened = open_merged(model, (), dtype)
    target = folder_target(output, f"{opened.name}-swappable", "exported models")
    check_output(target, opened.inputs, force=force)
    _refuse_several_graphs(opened, task)
    for each in (
        adapters
    ):  # whatever does not belong to the base, or cannot be an input, is found before that is exported
        reading, writing = AdapterReading(experts_order=experts_order), WeightWriting.of(dtype)
        asked = prepare(model, [each], reading=reading, writing=writing)
        refuse_at_sight(asked.adapters[0], asked.match)
    with scratch_folder(_place_of_base(target)) as scratch:
        exported = scratch / "base"
        export(
            model,
            (),
            exported,
            task=task,
            dtype=dtype,
            opset=opset,
            attn=attn,
            verify=False,
            progress=progress,
        )
        done = swappable(
            exported / "model.onnx",
            adapters,
            target,
            base=name,
            experts_order=experts_order,
            atol=atol,
            verify=verify,
            force=force,
            source=name,
        )
    return dataclasses.replace(done, notes=[*opened.notes, *done.notes])


def _refuse_several_graphs(opened: Merged, task: str | None) -> None:
    name, class_name = class_of(opened.checkpoint.config, task)
    if has_several_graphs(name):
        raise UnsupportedError(
            f"{class_name} is exported as several graphs for {name}, and adapters are swapped in one; merge them instead (without --swappable)."
        )


def _place_of_base(target: Path) -> Path:
    """Where the base's own graph is written, on the output's own disk: `served-base` for an output `served`."""
    parent = next(parent for parent in target.absolute().parents if parent.is_dir())
    return parent / f"{target.absolute().name}-base"
