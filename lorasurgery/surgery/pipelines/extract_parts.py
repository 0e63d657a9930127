"""Extract one adapter from two pipelines: of every model that a LoRA file can name and that changed.

unet/ or transformer/, text_encoder/, text_encoder_2/, ...   pairs of models, one after the other
vae/ and others                                              compared, and listed where they differ
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial

from lorasurgery.adapter import Adapter, Host
from lorasurgery.checkpoint import Spill, check_space, open_checkpoint
from lorasurgery.errors import AlignmentError, NothingToDoError, UnsupportedError
from lorasurgery.formats import Format
from lorasurgery.formats._image.pipeline import PART, in_pipeline
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.base.weights import is_same
from lorasurgery.surgery.extraction.extract_forecast import forecast_of, most_bytes
from lorasurgery.surgery.extraction.extract_report import ExtractForecast, ExtractReport, LostReport
from lorasurgery.surgery.extraction.extract_request import ExtractRequest
from lorasurgery.surgery.extraction.find_adapter import (
    WITHOUT_REST,
    ComparedModels,
    adapter_of,
    compared,
    decided,
    other_format,
)
from lorasurgery.surgery.factorise.budget import FactorisedPair
from lorasurgery.surgery.factorise.device import check_device
from lorasurgery.surgery.factorise.from_pair import PairFactoriser
from lorasurgery.surgery.factorise.rank_rule import Budget
from lorasurgery.surgery.output.adapter_output import placing, refuse_what_it_cannot_carry
from lorasurgery.surgery.pipelines.pipeline_folder import Pipeline
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit
from lorasurgery.variants.edit import Factors


@dataclass(frozen=True)
class PipelineExtractPlan:
    """An extraction from two pipelines, checked against headers, and not begun.

    `requests` are those of the models that an adapter can change.
    """

    base: Pipeline
    tuned: Pipeline
    requests: Mapping[str, ExtractRequest]
    dtype: str
    device: str
    workers: int | None
    force: bool
    progress: Progress | None

    def forecast(self) -> ExtractForecast:
        """Say what `run` would write, its bytes and its peak memory, from headers alone."""
        found = {part: forecast_of(each, self.dtype, self.workers) for part, each in self.requests.items()}
        each = next(iter(found.values()))
        return ExtractForecast(
            output=each.output,
            is_file=each.is_file,
            nbytes=self._most_bytes,
            peak_nbytes=max(each.peak_nbytes for each in found.values()),
            read_nbytes=sum(each.read_nbytes for each in found.values()),
            factored=sum(each.factored for each in found.values()),
            measured=sum(each.measured for each in found.values()),
            notes=[f"{part}: {note}" for part, each in found.items() for note in each.notes],
        )

    @property
    def _most_bytes(self) -> int | None:
        if isinstance(self._first.rule, Budget):
            return self._first.rule.nbytes
        sizes = [most_bytes(each, self.dtype) for each in self.requests.values()]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None

    @property
    def _first(self) -> ExtractRequest:
        return next(iter(self.requests.values()))

    def run(self, progress: Progress | None = None) -> ExtractReport:
        """Write the adapter; `progress` is called with the bytes read so far and in all."""
        check_device(self.device)
        form, inputs = self._first.form, (self.base.folder, self.tuned.folder)
        with placing(form, self._first.target, inputs, force=self.force) as place:
            check_space(self._first.target, self._most_bytes or 0)
            found = self._extracted(place.spill, progress or self.progress)
            adapter = form.recast(joined({part: each for part, (each, _) in found.items()}))
            report = self._report({part: each for part, (_, each) in found.items()}, form)
            if not adapter.modules and not adapter.replaced:
                raise NothingToDoError(
                    f"No model of {self.base.name} and {self.tuned.name} differs in what an adapter can hold."
                )
            _refuse_what_has_no_room(form, adapter)
            place.write(adapter)
        return dataclasses.replace(report, notes=[*report.notes, *form.notes_of(adapter)])

    def _extracted(self, spill: Spill, progress: Progress | None) -> dict[str, tuple[Adapter, ExtractReport]]:
        """Find the adapter of each model; a budget is one for all of them."""
        rule = self._first.rule
        meter = Meter(sum(each.read_bytes for each in self.requests.values()), progress)
        bench = Bench(self.workers, working_limit(), meter)
        factoriser = partial(PairFactoriser, dtype=self.dtype, device=self.device, spill=spill)
        models = {part: compared(each, bench, spill) for part, each in self.requests.items()}
        pairs = [
            dataclasses.replace(pair, path=f"{part}.{pair.path}")
            for part, each in models.items()
            for pair in each.pairs
        ]
        beside = {
            f"{part}.{name}": tensor
            for part, each in models.items()
            for name, tensor in each.stored_whole.items()
        }
        factors, ranks = decided(pairs, rule, bench, factoriser, beside=beside, dtype=self.dtype)
        return _adapters_of(models, factors, ranks)

    def _report(self, reports: Mapping[str, ExtractReport], form: Format) -> ExtractReport:
        total = sum(each.change**2 for each in reports.values())
        shares = {part: each.change**2 / total if total else 0.0 for part, each in reports.items()}
        kept = [
            dataclasses.replace(one, name=f"{part}/{one.name}", share=one.share and one.share * shares[part])
            for part, each in reports.items()
            for one in each.kept
        ]
        lost = [
            dataclasses.replace(one, name=f"{part}/{one.name}", share=one.share and one.share * shares[part])
            for part, each in reports.items()
            for one in each.lost
        ]
        return ExtractReport(
            base=self.base.name,
            tuned=self.tuned.name,
            modules=[
                dataclasses.replace(module, module=f"{part}/{module.module}")
                for part, each in reports.items()
                for module in each.modules
            ],
            kept=kept,
            lost=[*lost, *self._changed_elsewhere()],
            unchanged=sum(each.unchanged for each in reports.values()),
            notes=[f"{part}: {note}" for part, each in reports.items() for note in each.notes],
            nbytes=sum(each.nbytes for each in reports.values()),
            model_nbytes=sum(each.model_nbytes for each in reports.values()),
            change=total**0.5,
            output=str(self._first.target),
            format=form.name,
            rank=self._first.rule.label,
            dtype=self.dtype,
            not_chosen=tuple(f"{part}/{name}" for part, each in reports.items() for name in each.not_chosen),
        )

    def _changed_elsewhere(self) -> list[LostReport]:
        """List the models that differ and that no adapter names, such as the autoencoder."""
        found = []
        for part in self.base.parts:
            if part in self.requests or PART.fullmatch(part):
                continue
            old = open_checkpoint(self.base.folder / part).tensors
            new = open_checkpoint(self.tuned.folder / part).tensors
            differing = [name for name in old if name not in new or not is_same(old[name], new[name])]
            if differing:
                reason = f"{len(differing)} tensors changed, and no adapter is for this model"
                found.append(LostReport(part, reason, None))
        return found


def _refuse_what_has_no_room(form: Format, adapter: Adapter) -> None:
    """Refuse what the format cannot carry, with the ways out that an extraction has."""
    try:
        refuse_what_it_cannot_carry(form, form.name, adapter)
    except UnsupportedError as refusal:
        raise UnsupportedError(f"{refusal} Here: {WITHOUT_REST.format(other_format(form))}.") from None


def _adapters_of(
    models: Mapping[str, ComparedModels], factors: Sequence[FactorisedPair], ranks: Mapping[str, int]
) -> dict[str, tuple[Adapter, ExtractReport]]:
    """Share out the factors of all models, which are in the order of the models and of their pairs."""
    found, left = {}, iter(factors)
    for part, each in models.items():
        own = [dataclasses.replace(next(left), matrix=pair) for pair in each.pairs]
        found[part] = adapter_of(each, own, {pair.path: ranks[f"{part}.{pair.path}"] for pair in each.pairs})
    return found


def choices_of(base: Pipeline, tuned: Pipeline, choice: NameFilter) -> dict[str, NameFilter]:
    """Return the choice of parameters in each model that an adapter can change, but for those left out.

    Patterns name a model and its parameters, as in `unet/*.to_q`.

    Raises:
        AlignmentError: the pipelines do not hold the same models.
        UnsupportedError: a pattern names no model.
        NothingToDoError: all models are left out.
    """
    if base.parts != tuned.parts:
        raise AlignmentError(
            f"{base.name} holds {', '.join(base.parts)}, and {tuned.name} {', '.join(tuned.parts)}: "
            "both must be the same pipeline. Name single models by their folders."
        )
    parts = [part for part in base.parts if PART.fullmatch(part) and base.wants(part)]
    if not parts:
        raise NothingToDoError(f"No adapter is for {' or '.join(base.chosen or base.parts)} of {base.name}.")
    for pattern in (*choice.include, *choice.exclude):
        if not any(fnmatchcase(part, pattern.partition("/")[0]) for part in parts) or "/" not in pattern:
            raise UnsupportedError(
                f"{pattern!r} does not say of a model of the pipeline what to choose. Put its folder in "
                f"front, as in {f'{parts[0]}/*.to_q'!r}; the models are {', '.join(parts)}."
            )
    found = {part: choice.of_part(part) for part in parts}
    left = {part: each for part, each in found.items() if "*" not in each.exclude}
    if not left:
        raise NothingToDoError(f"--include and --exclude leave no model of {base.name}.")
    return left


def joined(adapters: Mapping[str, Adapter]) -> Adapter:
    """Make one adapter of those of a pipeline's models, by the pipeline's names."""
    kinds: dict[str, str] = {}
    kernels: dict[str, tuple[int, ...]] = {}
    modules: dict[str, Factors] = {}
    for part, each in adapters.items():
        for path, factors in each.modules.items():
            whole = _whole(part, path, each.host)
            modules[whole] = factors
            kinds |= {whole: each.host.kinds[path]} if path in each.host.kinds else {}
            kernels |= {whole: each.host.kernels[path]} if path in each.host.kernels else {}
    return Adapter(
        Host(modules=(), kinds=kinds, kernels=kernels),
        dict(sorted(modules.items())),
        {f"{part}.{name}": each.replaced[name] for part, each in adapters.items() for name in each.replaced},
        {
            f"{part}.{path}": each.token_rows[path]
            for part, each in adapters.items()
            for path in each.token_rows
        },
        widens=frozenset(
            _whole(part, path, each.host) for part, each in adapters.items() for path in each.widens
        ),
    )


def _whole(part: str, path: str, host: Host) -> str:
    """Return a module's name with the part in front, and inside of it as LoRA files have it."""
    inside = in_pipeline(path, host)
    return f"{part}.{inside.partition('.')[2] if inside else path}"
