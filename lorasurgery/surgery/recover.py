"""Recover (`extract --recover`): the adapter that was merged, and with it all that rebuilds the model.

    for each module:  the factors whose merge rounds to the stored bits (`linalg/recovery.py`);
                      where there are none, the weight itself, if most other modules have some
    then:             write the adapter, merge it tensor by tensor, write the exceptions next to it,
                      merge once more as `merge` will, and compare every byte

Nothing appears unless that merge gives the model's own tensors, bit for bit.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.checkpoint import Spill, check_space, open_checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import NothingToDoError, UnsupportedError
from lorasurgery.paths import StrPath
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.base.pair import CheckpointPair
from lorasurgery.surgery.exceptions import ModelExceptions, write_exceptions
from lorasurgery.surgery.extraction.account import size_notes
from lorasurgery.surgery.extraction.extract_forecast import forecast_of, most_bytes
from lorasurgery.surgery.extraction.extract_report import ExtractForecast, ExtractReport
from lorasurgery.surgery.extraction.extract_request import ExtractRequest, prepare
from lorasurgery.surgery.extraction.find_adapter import (
    adapter_of,
    compared,
    decided,
    refuse_what_has_no_room,
)
from lorasurgery.surgery.extraction.rebuild import (
    FoundExceptions,
    can_be_described,
    check_names,
    exceptions_of,
    files_of,
    verify,
)
from lorasurgery.surgery.extraction.recovery_card import recovery_card
from lorasurgery.surgery.extraction.recovery_report import RecoveredTensor, RecoveryReport
from lorasurgery.surgery.factorise.rank_rule import NoiseEdge
from lorasurgery.surgery.factorise.recover_pair import PairRecoverer
from lorasurgery.surgery.merging.merge_request import MergeRequest
from lorasurgery.surgery.merging.merge_request import prepare as prepare_merge
from lorasurgery.surgery.merging.tensor_job import TensorJob
from lorasurgery.surgery.odd_matrices import notes_of, odd_matrices, with_odd_whole
from lorasurgery.surgery.output.adapter_output import check_target, placing
from lorasurgery.surgery.output.default_name import stem
from lorasurgery.surgery.pipelines.pipeline_folder import pipeline_at
from lorasurgery.surgery.plan import at_once
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit
from lorasurgery.text import listed
from lorasurgery.variants.lora import LoraFactors

# A merge into this very base leaves some elements in a hundred thousand, or in a thousand of small matrices.
MANY = 0.01
# The model of a pipeline that most LoRAs are for.
DENOISERS = ("unet", "transformer")
DOUBT = (
    "The factors miss more than one element in a hundred, far more than a merge leaves. Check that BASE is "
    "the model that the LoRA was merged into, and that BASE and TUNED are not swapped."
)


@dataclass(frozen=True)
class RecoverPlan:
    """A recovery checked against the headers of both checkpoints, not begun; see `plan_recover`."""

    request: ExtractRequest
    workers: int | None
    force: bool
    progress: Progress | None

    def forecast(self) -> ExtractForecast:
        """Say what `run` would write and its peak memory, from headers alone."""
        return forecast_of(self.request, "float32", self.workers)

    def run(self, progress: Progress | None = None) -> RecoveryReport:
        """Write the adapter and its exceptions; `progress` is called with bytes read so far and in all."""
        request = self.request
        with placing(request.form, request.target, request.inputs, force=self.force) as place:
            check_space(request.target, most_bytes(request, "float32") or 0)
            recoverer = PairRecoverer(place.spill)
            bench = self._bench(request.read_bytes, progress)
            models = compared(request, bench, place.spill)
            factors, ranks = decided(
                models.pairs,
                request.rule,
                bench,
                lambda _: recoverer,
                beside=models.stored_whole,
                dtype="float32",
            )
            odd = odd_matrices(request.pair, recoverer)
            adapter, account = adapter_of(*with_odd_whole(models, factors, odd), ranks)
            _refuse_what_is_not_carried(account)
            refuse_what_has_no_room(request, adapter)
            place.write(request.form.recast(adapter), proven=False)
            found = self._rebuilt(place.path, place.spill, recoverer.products, progress)
            report = _report(request, account, *found, notes_of(odd))
            place.write_card(recovery_card(report, request.host))
        return report

    def _rebuilt(
        self,
        folder: Path,
        spill: Spill,
        products: Mapping[tuple[str, int], Dtype | None],
        progress: Progress | None,
    ) -> tuple[MergeRequest, dict[str, FoundExceptions]]:
        """Write the exceptions of an adapter, and prove that with them it rebuilds the model."""
        pair = self.request.pair
        merge = prepare_merge(pair.base.name, [(str(folder), 1.0)])
        check_names(merge, pair.tuned)
        jobs = [job for _, job in sorted(merge.jobs.items()) if job.parts]
        styles = _products_by_tensor(pair, products)
        bench = self._bench(sum(job.read_bytes for job in jobs), progress)
        exceptions = bench(
            jobs, lambda job: exceptions_of(job, pair.tuned.tensors[job.name], styles[job.name], spill)
        )
        found = {job.name: each for job, each in zip(jobs, exceptions, strict=True)}
        headers, indexes = files_of(merge, pair.tuned)
        stored = {name: each.stored for name, each in found.items()}
        write_exceptions(folder, ModelExceptions(stored, headers, indexes))
        merge = prepare_merge(pair.base.name, [(str(folder), 1.0)])
        read = sum(tensor.nbytes for tensor in pair.base.tensors.values())
        verify(merge, pair.tuned, self._bench(read, progress))
        return merge, found

    def _bench(self, nbytes: int, progress: Progress | None) -> Bench:
        return Bench(self.workers, working_limit(), Meter(nbytes, progress or self.progress))


def plan_recover(
    base: StrPath,
    merged: StrPath,
    output: StrPath | None = None,
    *,
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> RecoverPlan:
    """Plan the recovery of the LoRA that was merged into `base` to give `merged`; only headers are read.

    Args:
        base: a checkpoint in bfloat16 or float16: file, folder or Hub name.
        merged: likewise, in the base's dtypes and under its names.
        output: the adapter's folder, in PEFT's format, with a side file from which `merge` rebuilds
            `merged` bit for bit; by default made from the merged checkpoint's name (`ft-recovered`).
        workers: modules at a time; by default one for each core. The bytes written do not depend on
            it.
        force: replace an output of an earlier run.
        progress: called with the bytes read so far and in all, in each of three passes.

    Raises:
        CheckpointError, AlignmentError, NumericError, OutputError, UnsupportedError: see
            `lorasurgery.errors`.
        NothingToDoError: the checkpoints are equal, or half of what changed is no merged LoRA.
    """
    _refuse_pipelines(base, merged)
    name = output or f"{stem(open_checkpoint(merged))}-recovered"
    # A recovery begins with every singular value above the noise edge.
    request = prepare(base, merged, name, NoiseEdge(), NameFilter.of((), ()), "keep", "peft")
    check_target(request.form, request.target, request.inputs, force=force)
    return RecoverPlan(dataclasses.replace(request, recovers=True), workers, force, progress)


recover = at_once(
    plan_recover,
    "recover",
    "Write the LoRA that was merged into `base`, and what rebuilds `merged` from it.",
)


def _refuse_pipelines(base: StrPath, merged: StrPath) -> None:
    """Refuse pipelines, whose models have exceptions of their own each.

    Raises:
        UnsupportedError: both are pipelines; it names the command for one model.
    """
    old, new = pipeline_at(base), pipeline_at(merged)
    if old is None or new is None:
        return
    parts = [part for part in old.parts if part in new.parts]
    if parts:
        part = next((part for part in parts if part in DENOISERS), parts[0])
        raise UnsupportedError(
            f"--recover rebuilds one model, and {old.name} is a pipeline of {listed(parts)}. Recover each "
            f"that differs: `lorasurgery extract {old.folder / part} {new.folder / part} --recover`. `merge` "
            "of the result into that folder of the base gives the merged one again."
        )


def _products_by_tensor(
    pair: CheckpointPair, products: Mapping[tuple[str, int], Dtype | None]
) -> dict[str, Dtype | None]:
    """Return for each tensor of the base how its merge was rounded: as most of its matrices were."""
    votes: dict[str, list[Dtype | None]] = {}
    for (parameter, _), product in products.items():
        layout = pair.parameters[parameter].base
        for tensor in layout.tensors if layout else ():
            votes.setdefault(tensor, []).append(product)
    return {tensor: Counter(each).most_common(1)[0][0] for tensor, each in votes.items()}


def _refuse_what_is_not_carried(account: ExtractReport) -> None:
    """Refuse a pair without a merged module, or with a change that the adapter cannot hold.

    Raises:
        NothingToDoError, UnsupportedError: see there.
    """
    if account.lost:
        first = account.lost[0]
        raise UnsupportedError(
            f"{first.name!r} differs, and the adapter cannot hold it ({first.reason}), so that it would not "
            "rebuild the model. Extract without --recover, or write a delta, which holds every change: "
            "`lorasurgery diff BASE TUNED -o DELTA`."
        )
    if not account.modules:
        what = "only full parameters changed" if account.kept else "they are equal"
        raise NothingToDoError(f"No LoRA was merged between {account.base} and {account.tuned}: {what}.")


def _rank(job: TensorJob) -> int:
    return max(part.factors.rank for part in job.parts if isinstance(part.factors, LoraFactors))


def _report(
    request: ExtractRequest,
    account: ExtractReport,
    merge: MergeRequest,
    found: Mapping[str, FoundExceptions],
    notes: Sequence[str],
) -> RecoveryReport:
    tensors = [
        RecoveredTensor(
            name,
            merge.jobs[name].shape,
            _rank(merge.jobs[name]),
            None if each.stored.product is None else str(each.stored.product),
            each.count,
        )
        for name, each in found.items()
    ]
    # A recovery has no options that leave a parameter out.
    not_ours = size_notes(account.kept, account.nbytes)
    report = RecoveryReport(
        base=account.base,
        merged=account.tuned,
        output=str(request.target),
        tensors=tensors,
        kept=account.kept,
        unchanged=account.unchanged,
        nbytes=account.nbytes,
        exception_nbytes=sum(each.stored.nbytes for each in found.values()),
        model_nbytes=account.model_nbytes,
        is_same_file=can_be_described(merge, request.pair.tuned),
        notes=[*(note for note in account.notes if note not in not_ours), *notes],
    )
    return report if report.share <= MANY else dataclasses.replace(report, notes=[*report.notes, DOUBT])
