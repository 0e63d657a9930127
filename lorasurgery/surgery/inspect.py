"""Inspect: the spectra of an adapter, of a pair of checkpoints, or of a checkpoint; nothing is written.

for each module:  read, decompose, record
then:             what is wrong, and the totals
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from lorasurgery import formats
from lorasurgery.errors import HubError, UnsupportedError
from lorasurgery.paths import StrPath
from lorasurgery.quantisation import open_model
from lorasurgery.stand_in_names import as_said
from lorasurgery.surgery.adapter_input.open_adapter import open_adapter
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.base.open_base import open_base
from lorasurgery.surgery.base.pair import CheckpointPair, pair_up
from lorasurgery.surgery.factorise.matrix_pair import MatrixPair
from lorasurgery.surgery.factorise.noise_edge import ModuleEdge
from lorasurgery.surgery.factorise.noise_edge import notes_of as edge_notes
from lorasurgery.surgery.inspection import adapter_spectra as of_adapter
from lorasurgery.surgery.inspection import checkpoint_spectra as of_checkpoint
from lorasurgery.surgery.inspection import pair_spectra as of_pair
from lorasurgery.surgery.inspection.health import InspectedSubject, flags_of
from lorasurgery.surgery.inspection.inspect_report import InspectReport, ModuleSpectrum, OtherParameter
from lorasurgery.surgery.inspection.quantised_weights import notes_of_quantisation
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit


def inspect(
    subject: StrPath,
    tuned: StrPath | None = None,
    *,
    base: StrPath | None = None,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    module: str | Sequence[str] = (),
    full: bool = False,
    spectra: bool = True,
    alpha: float | None = None,
    experts_order: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> InspectReport:
    """Look at an adapter, a pair, or a checkpoint.

    Args:
        subject: an adapter in any format, or a checkpoint. With `tuned`, the base of a pair, or of
            the adapter that `tuned` is.
        tuned: a checkpoint that was fine-tuned from `subject`, or an adapter for it.
        base: the model that an adapter is for: adds ‖ΔW‖/‖W‖, the noise edge, intruder dimensions,
            and variants whose change depends on W.
        include, exclude: globs over parameter names or module paths.
        module: like `include`; the command line's word.
        full: all singular values of what is decomposed as a matrix, not only the 64 leading ones.
        spectra: decompose; without, an adapter's modules are held against the base, checked for NaN
            and infinities, and listed.
        alpha: for formats that do not store their scale.
        experts_order: `peft` or `grouped-by-expert`, how PEFT's file packs the factors of fused
            experts; by default as the file says.
        workers: modules at a time; by default one for each core.
        progress: called with the bytes read so far and in all; True draws a bar.

    Raises:
        CheckpointError, AlignmentError, UnsupportedError, NothingToDoError: see
        `lorasurgery.errors`.
    """
    choice = NameFilter.of(include, exclude, module)
    name, base = (subject, base) if tuned is None else _named(subject, tuned, base)
    if name is None:
        if alpha is not None or not spectra:
            raise UnsupportedError(
                f"{os.fspath(subject)} and {os.fspath(tuned or '')} are checkpoints, and "
                f"{'--no-spectra' if alpha is None else '--alpha'} is for adapters."
            )
        return _pair(subject, tuned or "", choice, full, workers, progress)
    if is_adapter(name):
        reading = AdapterReading(alpha, experts_order)
        return _adapter(name, base, choice, reading, full, spectra, workers, progress)
    idle = {"--base": base, "--alpha": alpha, "--experts-order": experts_order}
    idle["--no-spectra"] = None if spectra else True
    option = next((option for option, value in idle.items() if value is not None), None)
    if option is not None:
        raise UnsupportedError(f"{os.fspath(name)} is a checkpoint, and {option} is for adapters.")
    return _checkpoint(name, choice, full, workers, progress)


def _named(subject: StrPath, tuned: StrPath, base: StrPath | None) -> tuple[StrPath | None, StrPath | None]:
    """Of two names: an adapter and its base, or (None, None) for a pair of checkpoints."""
    if is_adapter(subject):
        raise UnsupportedError(
            f"{os.fspath(subject)} is an adapter. For two adapters use --compare; an adapter's base comes "
            "first, as in `inspect BASE ADAPTER`."
        )
    if base is not None:
        raise UnsupportedError("--base is for a single adapter; of two names the first is the base.")
    return (tuned, subject) if is_adapter(tuned) else (None, None)


def is_adapter(name: StrPath) -> bool:
    """Whether some format recognises an adapter there.

    Raises:
        NotACheckpointError: there is nothing.
    """
    try:
        return formats.find_adapter(os.fspath(name)) is not None
    except HubError:
        # The Hub has something else than an adapter under the name; it may be a checkpoint.
        if Path(name).exists():
            raise
        return False


def _adapter(
    name: StrPath,
    base: StrPath | None,
    choice: NameFilter,
    reading: AdapterReading,
    full: bool,
    spectra: bool,
    workers: int | None,
    progress: Progress | None,
) -> InspectReport:
    opened = open_adapter(name, open_base(base), reading)
    reading.check([opened.file])
    adapter, weights = opened.adapter, opened.weights
    jobs = of_adapter.jobs_of(adapter, choice, weights, full=full, spectra=spectra) if adapter.modules else []
    bench = Bench(workers, working_limit(), Meter(sum(job.read_bytes for job in jobs), progress))
    modules, others = bench(jobs, of_adapter.look), of_adapter.others_of(adapter, weights)
    doubtful = adapter.source.doubtful_experts if adapter.source else ()
    return InspectReport(
        kind="adapter",
        name=opened.name,
        format=opened.format,
        base=as_said(os.fspath(base)) if base is not None else "",
        modules=modules,
        others=others,
        flags=flags_of(InspectedSubject("adapter", modules, others, doubtful)),
        notes=[
            *adapter.notes,
            *([adapter.unresolved] if adapter.unresolved else []),
            *(of_adapter.notes_of(jobs) if spectra else []),
        ],
        spectra=spectra,
    )


def _pair(
    base: StrPath,
    tuned: StrPath,
    choice: NameFilter,
    full: bool,
    workers: int | None,
    progress: Progress | None,
) -> InspectReport:
    pair = pair_up(open_model(base), open_model(tuned), choice)
    matrices, rest = of_pair.divide(pair, choice, full=full)
    bench = Bench(
        workers, working_limit(), Meter(sum(job.read_bytes for job in [*matrices, *rest]), progress)
    )
    several = {job.path for job in matrices if job.expert}
    modules = bench(matrices, lambda job: of_pair.look(job, full=full, of_many=job.path in several))
    others, unchanged = _others(pair, rest, bench)
    changed = [each for each in modules if each.energy or not each.finite]
    return InspectReport(
        kind="pair",
        name=pair.tuned.name,
        format="",
        base=pair.base.name,
        modules=changed,
        others=others,
        flags=flags_of(InspectedSubject("pair", changed, others)),
        notes=[*pair.notes, *_edge_notes(changed)],
        unchanged=unchanged + len(modules) - len(changed),
    )


def _edge_notes(modules: Sequence[ModuleSpectrum]) -> list[str]:
    return edge_notes([ModuleEdge(each.module, each.sigma, each.edge) for each in modules if each.edge])


def _others(
    pair: CheckpointPair, rest: Sequence[MatrixPair], bench: Bench
) -> tuple[list[OtherParameter], int]:
    """Return what changed apart from the matrices, and how many parameters did not."""
    changes = defaultdict(list)
    for job, change in zip(rest, bench(rest, of_pair.compare), strict=True):
        changes[job.parameter].append(change)
    found = [of_pair.other_of(pair, name, each) for name, each in changes.items()]
    others = [each for each in found if each is not None]
    return others, len(found) - len(others)


def _checkpoint(
    name: StrPath, choice: NameFilter, full: bool, workers: int | None, progress: Progress | None
) -> InspectReport:
    opened = open_model(name)
    jobs, rest = of_checkpoint.divide(opened, choice, full=full)
    total = sum(job.read_bytes for job in jobs)
    modules: list[ModuleSpectrum] = Bench(workers, working_limit(), Meter(total, progress))(
        jobs, of_checkpoint.look
    )
    others = [of_checkpoint.other_of(each, tensor) for each, tensor in sorted(rest.items())]
    return InspectReport(
        kind="checkpoint",
        name=opened.name,
        format="",
        base="",
        modules=modules,
        others=others,
        flags=flags_of(InspectedSubject("checkpoint", modules, others)),
        notes=[*notes_of_quantisation(modules)],
    )
