"""Extract: the adapter inside a fine-tuned checkpoint, by truncated SVD of ΔW = W_tuned − W_base.

    for each module:  read both, subtract, decompose, round, store in a scratch file
    then:             decide the ranks, cut, write, read back

Everything that changed is accounted for: it is in the adapter, or it is listed with the reason and
its share of the change. What is not chosen is named, and not read. Memory holds the modules that are
being worked on and nothing that grows with the model.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lorasurgery.checkpoint import Spill, check_space
from lorasurgery.dtypes import chosen
from lorasurgery.errors import NothingToDoError
from lorasurgery.paths import StrPath
from lorasurgery.quantisation import open_model
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.engines.engine import on_engines
from lorasurgery.surgery.engines.resume import resumable
from lorasurgery.surgery.extraction.extract_forecast import forecast_of, most_bytes
from lorasurgery.surgery.extraction.extract_report import ExtractForecast, ExtractReport
from lorasurgery.surgery.extraction.extract_request import ExtractRequest, prepare
from lorasurgery.surgery.extraction.find_adapter import (
    FactoriserFor,
    adapter_between,
    compare_and_factorise,
    refuse_what_has_no_room,
)
from lorasurgery.surgery.extraction.model_card import model_card
from lorasurgery.surgery.extraction.suggest_recovery import recovery_notes
from lorasurgery.surgery.factorise.device import check_device
from lorasurgery.surgery.factorise.from_pair import DTYPES, PairFactoriser
from lorasurgery.surgery.factorise.rank_rule import (
    DEFAULT_RULE,
    Budget,
    NoiseEdge,
    RankArgument,
    RankRule,
    in_rank_words,
    name_part,
    rank_rule,
)
from lorasurgery.surgery.output.adapter_output import check_target, placing
from lorasurgery.surgery.output.default_name import adapter_stem
from lorasurgery.surgery.parts.factor_part import FactorPart
from lorasurgery.surgery.parts.fingerprint import of_checkpoint
from lorasurgery.surgery.parts.part_plan import in_parts
from lorasurgery.surgery.pipelines.extract_parts import PipelineExtractPlan, choices_of
from lorasurgery.surgery.pipelines.pipeline_folder import pipeline_of
from lorasurgery.surgery.plan import at_once, forecast_only
from lorasurgery.surgery.workers import AnyBench, Bench, Meter, Progress, working_limit
from lorasurgery.text import counted


@dataclass(frozen=True)
class ExtractPlan:
    """An extraction checked against the headers of both checkpoints, not begun; see `plan_extract`."""

    request: ExtractRequest
    dtype: str
    device: str
    workers: int | None
    force: bool
    progress: Progress | None

    def forecast(self) -> ExtractForecast:
        """Say what `run` would write, its bytes and its peak memory, from headers alone."""
        return forecast_of(self.request, self.dtype, self.workers)

    def run(self, progress: Progress | None = None) -> ExtractReport:
        """Write the adapter; `progress` is called with the bytes read so far and in all."""
        meter = Meter(self.request.read_bytes, progress or self.progress)
        return self.join(Bench(self.workers, working_limit(), meter))

    def join(self, bench: AnyBench) -> ExtractReport:
        """Write the adapter; a bench of parts has the results of all modules from files."""
        request = self.request
        check_device(self.device)
        with placing(request.form, request.target, request.inputs, force=self.force) as place:
            check_space(request.target, most_bytes(request, self.dtype) or 0)
            factoriser = self._factoriser(place.spill)
            adapter, account = adapter_between(request, bench, place.spill, self.dtype, factoriser)
            _refuse_nothing(account, request.rule)
            refuse_what_has_no_room(request, adapter)
            recast = request.form.recast(adapter)
            report = dataclasses.replace(
                account,
                output=str(request.target),
                format=request.form.name,
                rank=request.rule.label,
                dtype=self.dtype,
                notes=[*account.notes, *recovery_notes(request, account), *request.form.notes_of(recast)],
            )
            # Not for PEFT: a parameter and a module may share a name, which its keys cannot tell
            # apart.
            place.write(recast, proven=report.format != "peft")
            place.write_card(model_card(report, request.host))
        return report

    def _factoriser(self, spill: Spill) -> FactoriserFor:
        return partial(PairFactoriser, dtype=self.dtype, device=self.device, spill=spill)

    # What parts of an extraction need (see `parts/factor_part.py`).

    @property
    def place_of_output(self) -> Path:
        return self.request.target

    @property
    def all_inputs(self) -> list[Path]:
        return self.request.inputs

    def fingerprints(self) -> dict[str, str]:
        """Return the fingerprints of both checkpoints."""
        pair = self.request.pair
        return of_checkpoint("base", pair.base) | of_checkpoint("tuned", pair.tuned)

    def unit_sizes(self) -> dict[str, int]:
        """Return the parameters that are compared or factorised, and the bytes of both sides."""
        matrices = {each.key: each for each in (*self.request.to_measure, *self.request.to_factorise)}
        sizes: Counter[str] = Counter()
        for each in matrices.values():
            sizes[each.unit] += each.read_bytes
        return dict(sizes)

    def work_share(self, names: frozenset[str], bench: AnyBench, spill: Spill) -> None:
        """Compare and factorise some parameters; within a budget, all that parts have found so far."""
        check_device(self.device)
        if isinstance(self.request.rule, Budget):
            adapter_between(self.request, bench, spill, self.dtype, self._factoriser(spill))
            return
        own = dataclasses.replace(self.request, plan=self.request.plan.only(names))
        compare_and_factorise(own, bench, self._factoriser(spill))


@on_engines("extract")
@resumable("extract")
@in_parts("extract", FactorPart)
@in_rank_words
def plan_extract(
    base: StrPath,
    tuned: StrPath,
    output: StrPath | None = None,
    *,
    rank: RankArgument = None,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    component: str | Sequence[str] = (),
    rest: str = "keep",
    format: str | None = None,
    dtype: str = "auto",
    device: str = "cpu",
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> ExtractPlan | PipelineExtractPlan:
    """Plan the adapter that turns `base` into `tuned`; only headers are read.

    Args:
        base: a checkpoint: file, folder or Hub name; or the folder of a pipeline of diffusers.
        tuned: likewise; its config names the class that the adapter is for.
        output: the adapter's folder or file; by default made from the tuned checkpoint's name and
            the rank (`ft-lora-r16`).
        rank: the rank of every module, 16 by default, or a rule that finds it: `FixedRank(16)`,
            `Energy(0.9)`, `NoiseEdge()`, `Budget("30MB")`, `AllRanks()`, each of which can be
            `.capped(64)`. The words of the command line are keywords too: `energy=0.9`,
            `noise_edge=True`, `size="30MB"`, `max_rank=64`.
        include, exclude: globs over run-time parameter names or module paths (`*.q_proj`).
        component: which models of a pipeline are meant, by the names of their folders: `"unet"`.
        rest: `keep` what low-rank factors cannot hold (norms, biases, heads, token rows), or `drop`
            it.
        format: one of `lorasurgery.formats.names()`; by default peft, and of pipelines diffusers.
        dtype: of the factors: `auto`, `float32`, `float16` or `bfloat16`.
        device: of the computation: `cpu`, `cuda`, `cuda:1`.
        workers: modules at a time; by default one for each core. The bytes written do not depend on
            it.
        force: replace an output of an earlier run.
        part: `"3/8"`: do this share of the work alone, into `OUTPUT.parts`; see `assemble`.
        resume: keep what is finished in `OUTPUT.parts`, and go on from there if an earlier run broke off.
        engine: a Ray cluster that does the work: `ray` or `ray://HOST:PORT`.
        progress: called with the bytes read so far and in all.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError: see
        `lorasurgery.errors`.
        NothingToDoError: the checkpoints are equal, or the filter leaves nothing.
    """
    if device != "cpu":
        check_device(device)
    dtype = chosen(dtype, DTYPES)
    rule = rank_rule(rank, DEFAULT_RULE)
    choice = NameFilter.of(include, exclude)
    old, new = pipeline_of(base, component), pipeline_of(tuned, component)
    if old is not None and new is not None:
        name = output or f"{adapter_stem(new.name)}-lora-{name_part(rule)}"
        requests = {
            part: prepare(old.folder / part, new.folder / part, name, rule, each, rest, format or "diffusers")
            for part, each in choices_of(old, new, choice).items()
        }
        return PipelineExtractPlan(old, new, requests, dtype, device, workers, force, progress)
    if old is not None:
        open_model(tuned)  # which says so where there is nothing: the pipeline is then no mistake
    request = prepare(base, tuned, output, rule, choice, rest, format or "peft")
    check_target(request.form, request.target, request.inputs, force=force)
    return ExtractPlan(request, dtype, device, workers, force, progress)


extract = at_once(
    plan_extract, "extract", "Write the adapter that turns `base` into `tuned`, and report how good it is."
)
forecast = forecast_only(
    plan_extract,
    "forecast",
    "Say what `extract` would write, its bytes and its peak memory, from headers alone.",
)


def _refuse_nothing(report: ExtractReport, rule: RankRule) -> None:
    if any(module.rank for module in report.modules) or report.kept:
        return
    if report.modules and isinstance(rule, NoiseEdge):
        raise NothingToDoError(
            f"Nothing that differs between {report.base} and {report.tuned} is above the noise of rounding: "
            f"in {counted(len(report.modules), 'module')} the difference is no more than what storing a "
            "weight in its dtype, or quantising it, takes. --rank and --energy keep differences of any size."
        )
    if report.modules or report.lost:
        raise NothingToDoError(
            f"What changed between {report.base} and {report.tuned} is left out, so the adapter would be "
            f"empty{_first_reason(report)}."
        )
    if report.not_chosen:
        raise NothingToDoError(
            f"None of the {report.unchanged} parameters that were chosen differs between {report.base} and "
            f"{report.tuned}, and {len(report.not_chosen)} were not chosen. Choose others by --include and "
            "--exclude."
        )
    raise NothingToDoError(
        f"{report.base} and {report.tuned} are equal: none of {report.unchanged} parameters changed, so "
        "there is nothing to extract."
    )


def _first_reason(report: ExtractReport) -> str:
    if not report.lost:
        return ""
    first, others = report.lost[0], len(report.lost) - 1
    return f": {first.name!r} ({first.reason})" + (f" and {others} more" if others else "")
