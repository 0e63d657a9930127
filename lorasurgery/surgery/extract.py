"""Extract: the adapter inside a fine-tuned checkpoint, by truncated SVD of ΔW = W_tuned − W_base.

    for each module:  read both, subtract, decompose, round, put away
    then:             decide the ranks, lay the adapter out, write it

Everything that changed is accounted for: it is in the adapter, or it is listed with the reason and its share of the change.
Memory holds the modules that are being worked on and nothing that grows with the model.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from lorasurgery import formats
from lorasurgery.adapter import Adapter, Host, TokenRows
from lorasurgery.checkpoint import Checkpoint, Spill, check_space, open_checkpoint, output_folder, write_text
from lorasurgery.errors import NothingToDoError, OutputError
from lorasurgery.surgery.account import account
from lorasurgery.surgery.assemble import factors_of, grouped, ranks_of
from lorasurgery.surgery.budget import FactoriseAll, spend
from lorasurgery.surgery.card import model_card
from lorasurgery.surgery.choice import Choice
from lorasurgery.surgery.factorise import Factoriser, Found, Job, check_device, dtype_of
from lorasurgery.surgery.host import host_of
from lorasurgery.surgery.matrix import run_time_tensor
from lorasurgery.surgery.measure import Change, measure
from lorasurgery.surgery.pair import Pair, pair_up
from lorasurgery.surgery.plan import Plan, divide, jobs_of
from lorasurgery.surgery.ranking import RankChoice, RuleFor
from lorasurgery.surgery.report import ExtractReport, Forecast
from lorasurgery.surgery.rest import sort_out
from lorasurgery.surgery.workers import Bench, Meter, Progress, available_cores

# Modules run side by side while their working memory fits in here; a larger one runs alone.
WORKING_BYTES = 256 * 2**20
# What a tensor's entry in the header of a safetensors file takes, at most, for names of ordinary length.
HEADER_BYTES = 256
# What the program takes before it opens a file: the interpreter with torch loaded.
TORCH_BYTES = 300 * 10**6


def extract(
    base: str | os.PathLike[str],
    tuned: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    *,
    rank: int | None = None,
    energy: float | None = None,
    noise_edge: bool = False,
    size: int | None = None,
    max_rank: int | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    rest: str = "keep",
    format: str = "peft",
    dtype: str = "auto",
    device: str = "cpu",
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> ExtractReport:
    """Write the adapter that turns `base` into `tuned`, and report how good it is.

    Args:
        base: a checkpoint: file, folder or Hub name. `tuned` likewise; its config names the class that the adapter is for.
        output: the adapter's folder; by default made from the tuned checkpoint's name and the rank (`ft-lora-r16`).
        rank, energy, noise_edge, size: how the rank is found, one of them: fixed; the least that keeps this share of
            ‖ΔW‖²_F; all singular values above what rounding to the stored dtype explains; a budget for the file in bytes,
            spent over all modules where it lowers the squared error most. `max_rank` caps any of them.
        include, exclude: globs over run-time parameter names or module paths.
        rest: `keep` what low-rank factors cannot hold (norms, biases, heads, token rows), or `drop` it.
        format: one of `lorasurgery.formats.names()`.
        dtype: of the factors: `auto`, `float32`, `float16` or `bfloat16`.
        workers: modules side by side; by default one for each core. The bytes written do not depend on it.
        force: replace an output of an earlier run.
        progress: called with the bytes read so far and in all.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError: see `lorasurgery.errors`.
        NothingToDoError: the checkpoints are equal, or the filter leaves nothing.
    """
    check_device(device)
    asked = _prepare(
        base,
        tuned,
        output,
        RankChoice(rank, energy, noise_edge, size, max_rank),
        include,
        exclude,
        rest,
        format,
    )
    pair, plan, ranking = asked.pair, asked.plan, asked.ranking
    with output_folder(asked.target, [*_places(pair.base), *_places(pair.tuned)], force=force) as partial:
        bench = Bench(workers, WORKING_BYTES, Meter(plan.read_bytes(pair), progress))
        changes = _measure(pair, plan, bench)
        carried = sort_out(pair, changes, plan, ranking.rank)
        spill = Spill(partial)
        replaced = {
            name: run_time_tensor(pair.tuned, pair.parameters[name].tuned) for name in carried.replaced
        }
        rows = {name: _token_rows(pair, name, spill, indices) for name, indices in carried.token_rows.items()}

        def factorise(jobs: Sequence[Job], rule_for: RuleFor) -> list[Found]:
            return bench(jobs, Factoriser(rule_for, dtype, device, spill))

        jobs = jobs_of(pair, [*plan.factored, *carried.low_rank])
        fixed_nbytes = sum(
            tensor.nbytes for tensor in [*replaced.values(), *(each.rows for each in rows.values())]
        )
        found, ranks = _decide(jobs, ranking, factorise, fixed_nbytes, dtype)
        groups = grouped(found)
        adapter = Adapter(
            asked.host,
            factors_of(groups, ranks),
            replaced,
            {_owner(name): each for name, each in rows.items()},
        )
        report = account(pair, plan, carried, changes, groups, ranks, adapter)
        _refuse_nothing(report)
        check_space(asked.target, report.nbytes)
        report = dataclasses.replace(
            report, output=str(asked.target), format=format, rank=ranking.label, dtype=dtype
        )
        asked.form.write(adapter, partial)
        write_text(partial / "README.md", model_card(report, asked.host))
    return report


@dataclass(frozen=True)
class _Asked:
    """A request that has been checked against the headers of both checkpoints."""

    pair: Pair
    plan: Plan
    host: Host
    form: ModuleType
    ranking: RankChoice
    target: Path


def _prepare(
    base: str | os.PathLike[str],
    tuned: str | os.PathLike[str],
    output: str | os.PathLike[str] | None,
    ranking: RankChoice,
    include: Sequence[str],
    exclude: Sequence[str],
    rest: str,
    format: str,
) -> _Asked:
    form = formats.load(format)
    old, new = open_checkpoint(base), open_checkpoint(tuned)
    choice = Choice(tuple(include), tuple(exclude))
    pair = pair_up(old, new, choice)
    host = host_of(pair.architecture, old.name)
    plan = divide(pair, choice, host, form, ranking.rank, keep_rest=rest == "keep")
    return _Asked(
        pair, plan, host, form, ranking, Path(default_name(new, ranking) if output is None else output)
    )


def default_name(tuned: Checkpoint, ranking: RankChoice) -> str:
    """The output's name where the user gave none: `ft-lora-r16`."""
    path = Path(tuned.name)
    if path.is_file():
        stem = path.stem
    else:
        stem = path.resolve().name if path.is_dir() else Path(tuned.name.partition("@")[0]).name
    return f"{stem}-lora-{ranking.label}"


def _places(checkpoint: Checkpoint) -> list[Path]:
    """What the output must stay clear of: the files, and the folder where the user named a folder."""
    return [*checkpoint.files, *([checkpoint.folder] if Path(checkpoint.name).is_dir() else [])]


def _measure(pair: Pair, plan: Plan, bench: Bench) -> dict[str, Change]:
    """Compare every parameter that is not factorised outright."""
    jobs = jobs_of(pair, [*plan.measured, *plan.left_out])
    changes: dict[str, Change] = {}
    for job, change in zip(
        jobs, bench(jobs, lambda job: measure(job.parameter, job.base, job.tuned)), strict=True
    ):
        changes[job.parameter] = changes[job.parameter] + change if job.parameter in changes else change
    return changes


def _token_rows(pair: Pair, name: str, spill: Spill, indices: Sequence[int]) -> TokenRows:
    import torch

    table = run_time_tensor(pair.tuned, pair.parameters[name].tuned)
    rows = torch.cat([table.read_rows(index, index + 1) for index in indices])
    return TokenRows(tuple(indices), spill.put(rows))


def _owner(parameter: str) -> str:
    return parameter.rpartition(".")[0]


def _decide(
    jobs: Sequence[Job], ranking: RankChoice, factorise: FactoriseAll, fixed_nbytes: int, dtype: str
) -> tuple[list[Found], dict[str, int]]:
    """Factorise all matrices and give each module its rank."""
    if ranking.size_bytes is None:
        found = factorise(jobs, ranking.rule)
        return found, ranks_of(grouped(found))
    budget = ranking.size_bytes - fixed_nbytes - HEADER_BYTES * 2 * len(jobs)
    if budget <= 0:
        raise OutputError(
            f"What cannot be low-rank takes {fixed_nbytes / 1e6:.1f} MB, and --size allows {ranking.size_bytes / 1e6:.1f} MB. "
            "Raise --size, or leave it out with --rest drop."
        )
    itemsize = dtype_of(dtype, jobs[0].tuned.parts[0].dtype).itemsize if jobs else 1
    return spend(jobs, factorise, budget, itemsize, ranking.max_rank)


def _refuse_nothing(report: ExtractReport) -> None:
    if any(module.rank for module in report.modules) or report.kept:
        return
    if report.modules or report.lost:
        raise NothingToDoError(
            f"What changed between {report.base} and {report.tuned} is left out by the options given, so the adapter would be empty."
        )
    raise NothingToDoError(
        f"{report.base} and {report.tuned} are equal: none of {report.unchanged} parameters changed, so there is nothing to extract."
    )


def forecast(
    base: str | os.PathLike[str],
    tuned: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    *,
    rank: int | None = None,
    energy: float | None = None,
    noise_edge: bool = False,
    size: int | None = None,
    max_rank: int | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    rest: str = "keep",
    format: str = "peft",
    dtype: str = "auto",
    workers: int | None = None,
) -> Forecast:
    """Say what `extract` would write, its bytes and its peak memory, from headers alone. Arguments and errors are its own."""
    asked = _prepare(
        base,
        tuned,
        output,
        RankChoice(rank, energy, noise_edge, size, max_rank),
        include,
        exclude,
        rest,
        format,
    )
    jobs = jobs_of(asked.pair, [*asked.plan.factored, *asked.plan.adaptable])
    deepest = rank or max_rank
    nbytes = size
    if nbytes is None and deepest:
        factors = sum(
            dtype_of(dtype, job.tuned.parts[0].dtype).itemsize * _numbers_at(job, deepest) for job in jobs
        )
        nbytes = factors + sum(job.tuned.nbytes for job in jobs_of(asked.pair, asked.plan.travelling))
    return Forecast(
        output=str(asked.target),
        nbytes=nbytes,
        peak_nbytes=_peak(jobs, workers),
        read_nbytes=asked.plan.read_bytes(asked.pair),
        factored=len(asked.plan.factored),
        measured=len(asked.plan.measured) + len(asked.plan.left_out),
        notes=asked.pair.notes,
    )


def _numbers_at(job: Job, rank: int) -> int:
    return min(rank, *job.tuned.shape) * sum(job.tuned.shape)


def _peak(jobs: Sequence[Job], workers: int | None) -> int:
    """Torch itself, and the matrices that run side by side."""
    largest = sorted((job.working_bytes for job in jobs), reverse=True)
    side_by_side = sum(largest[: workers or available_cores()])
    return TORCH_BYTES + max(largest[0] if largest else 0, min(WORKING_BYTES, side_by_side))
