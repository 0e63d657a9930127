"""Write an adapter anew: what `rerank`, `fuse` and `convert` have in common.

output_of   the format and the place of the output, and whether something is there already
write       make the factors, fit them to the runtime, refuse what the format cannot carry, write, read back
foresee     the same with the shapes of the factors alone: bytes, memory, and the same refusals
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.adapter import Adapter
from lorasurgery.architecture import Architecture
from lorasurgery.checkpoint import Checkpoint, space_notes
from lorasurgery.dtypes import Dtype, spelled
from lorasurgery.errors import NothingToDoError
from lorasurgery.formats import Format
from lorasurgery.surgery.conversion.conversion_forecast import ConversionForecast, ModuleForecast
from lorasurgery.surgery.conversion.conversion_report import ConversionReport, ModuleLoss
from lorasurgery.surgery.conversion.convolutions import doubts
from lorasurgery.surgery.conversion.factor_work import FactorWork, OutputOptions
from lorasurgery.surgery.conversion.partners import with_partners
from lorasurgery.surgery.conversion.recognised import idle, renamed
from lorasurgery.surgery.conversion.runtime_profiles import fitted
from lorasurgery.surgery.conversion.served_modules import (
    proven_there,
    refuse_unserved,
    spell_targets,
    unchecked,
)
from lorasurgery.surgery.conversion.source_adapter import SourceAdapter
from lorasurgery.surgery.conversion.stored_names import named_as_served
from lorasurgery.surgery.factorise.rank_rule import Budget, RankRule
from lorasurgery.surgery.output.adapter_output import (
    check_target,
    nbytes_of,
    placing,
    refuse_what_it_cannot_carry,
    target_of,
    whole_nbytes,
)
from lorasurgery.surgery.workers import (
    PLANNED_BYTES,
    TORCH_BYTES,
    AnyBench,
    Progress,
    side_by_side_bytes,
    transformers_bytes,
)
from lorasurgery.variants.edit import Factors, lazy_tensors, nbytes, own_shape, variant_of
from lorasurgery.variants.lora import LoraFactors

# What the program takes before it opens a file.
START_BYTES = 120 * 10**6
# A module that is written and read back: its factors as they are, and in float64 with the
# products with the probes.
WRITTEN_COPIES = 4


@dataclass(frozen=True)
class Rewrite:
    """What is read, and what it is written as.

    `variant` and `rank` are for the report; no variant stands for those of the output's modules.
    `notes` say what was odd in the inputs.
    """

    verb: str
    sources: tuple[SourceAdapter, ...]
    form: Format
    target: Path
    options: OutputOptions
    variant: str
    rank: str
    notes: tuple[str, ...]

    @property
    def summary(self) -> str:
        """The inputs and the output in one line."""
        sources = ", ".join(f"{each.name}:{each.weight:g}" for each in self.sources)
        return f"{sources} as {self.form.name}, {self.target}"

    @property
    def base(self) -> Checkpoint | None:
        """The model that the adapters are for, where it is given."""
        return self.sources[0].opened.base

    @property
    def architecture(self) -> Architecture | None:
        """That of the base, where it is given."""
        weights = self.sources[0].opened.weights
        return weights.architecture if weights is not None else None

    @property
    def inputs(self) -> list[Path]:
        """What the output must stay clear of."""
        return [path for source in self.sources for path in source.opened.inputs]


@dataclass(frozen=True)
class Rewritten:
    """What became of the sources; `why_empty` is the message where nothing of them is left."""

    adapter: Adapter
    losses: Sequence[ModuleLoss]
    dropped: Sequence[str]
    notes: Sequence[str]
    why_empty: str


def output_of(
    options: OutputOptions, sources: Sequence[SourceAdapter], default_name: Callable[[str], str]
) -> tuple[Format, Path]:
    """The format and the place of the output.

    Args:
        default_name: makes a name for the output from that of its format.

    Raises:
        UnsupportedError: the format is only read.
        OutputError: something is there, or the name is that of something else.
    """
    form = options.form(sources[0].opened.format)
    target = target_of(form, options.output, default_name(form.name))
    check_target(form, target, (path for each in sources for path in each.opened.inputs), force=options.force)
    return form, target


def write(
    rewrite: Rewrite,
    make: Callable[[FactorWork], Rewritten],
    progress: Progress | None,
    bench: AnyBench | None = None,
) -> ConversionReport:
    """Make the adapter and put it in place.

    Raises:
        NothingToDoError: nothing is left of the sources.
        UnsupportedError: the format or the runtime cannot take it.
        NumericError, OutputError: see `AdapterTarget.write`.
    """
    options = rewrite.options
    with placing(rewrite.form, rewrite.target, rewrite.inputs, force=options.force) as place:
        made = make(FactorWork(options, place.spill, progress or options.progress, bench))
        adapter, notes = _finished(rewrite, made.adapter, made.why_empty)
        place.write(adapter)
        notes += idle(adapter)
        if options.profile:
            spell_targets(place.path, options.profile)
            if rewrite.base is not None:
                notes += proven_there(place.path, options.profile, rewrite.base)
    return ConversionReport(
        verb=rewrite.verb,
        inputs=[(source.name, source.weight) for source in rewrite.sources],
        output=str(rewrite.target),
        format=rewrite.form.name,
        variant=rewrite.variant or _variants(adapter),
        rank=rewrite.rank,
        modules=made.losses,
        dropped=made.dropped,
        carried=_carried(adapter),
        nbytes=nbytes_of(adapter),
        nbytes_before=sum(nbytes_of(source.adapter) for source in rewrite.sources),
        dtype=spelled(options.dtype),
        notes=[*rewrite.notes, *made.notes, *notes],
    )


@dataclass(frozen=True)
class Foreseen:
    """The adapter that would be written, with stand-ins for factors that are made anew.

    `working_bytes` are what the matrices take that would be decomposed for these, one by one; none
    where all factors are known. `rule` cuts the ranks.
    """

    adapter: Adapter
    notes: Sequence[str]
    why_empty: str
    working_bytes: Sequence[int] = ()
    rule: RankRule | None = None


def foresee(rewrite: Rewrite, foreseen: Foreseen) -> ConversionForecast:
    """Forecast what `write` would do.

    Raises:
        NothingToDoError, UnsupportedError: as far as headers tell, what `write` would raise.
    """
    adapter, notes = _finished(rewrite, foreseen.adapter, foreseen.why_empty)
    size = nbytes_of(adapter)
    if isinstance(foreseen.rule, Budget):
        size = min(size, foreseen.rule.nbytes + whole_nbytes(adapter))
    decomposing = side_by_side_bytes(foreseen.working_bytes, rewrite.options.workers)
    written = [WRITTEN_COPIES * nbytes(factors) for factors in adapter.modules.values()]
    return ConversionForecast(
        verb=rewrite.verb,
        inputs=[(source.name, source.weight) for source in rewrite.sources],
        output=str(rewrite.target),
        is_file=bool(rewrite.form.suffix),
        format=rewrite.form.name,
        variant=rewrite.variant or _variants(adapter),
        rank=rewrite.rank,
        modules=[_module_forecast(rewrite, path, adapter.modules[path]) for path in sorted(adapter.modules)],
        carried=_carried(adapter),
        nbytes=size,
        is_exact=not foreseen.working_bytes,
        nbytes_before=sum(nbytes_of(source.adapter) for source in rewrite.sources),
        peak_nbytes=_library_bytes(rewrite)
        + PLANNED_BYTES * len(adapter.modules)
        + max(decomposing, *written, 0)
        + size,
        dtype=spelled(rewrite.options.dtype),
        notes=[
            *rewrite.notes,
            *foreseen.notes,
            *notes,
            *_dtype_notes(adapter, foreseen),
            *space_notes(rewrite.target, size),
        ],
    )


def _library_bytes(rewrite: Rewrite) -> int:
    """The program; torch, if what is read or made may need it; transformers, if a base asks for a class."""
    of_class = transformers_bytes(rewrite.architecture)
    factors = (each for source in rewrite.sources for each in source.adapter.modules.values())
    is_plain = rewrite.verb != "convert" and all(
        isinstance(each, LoraFactors) and each.bias is None for each in factors
    )
    return START_BYTES + of_class + (0 if is_plain and not of_class else TORCH_BYTES)


def _finished(rewrite: Rewrite, adapter: Adapter, why_empty: str) -> tuple[Adapter, list[str]]:
    """The adapter as runtime and format accept it, and what was done to it."""
    if not adapter.modules and not adapter.replaced and not adapter.token_rows:
        raise NothingToDoError(why_empty)
    name, notes = rewrite.form.name, []
    for source in rewrite.sources:
        notes += doubts(source.adapter.modules, adapter, source.opened.weights, name)
    recast = rewrite.form.recast(adapter)
    notes += renamed(adapter, recast, rewrite.form)
    adapter = recast
    if rewrite.options.profile:
        weights = rewrite.sources[0].opened.weights
        adapter, naming_notes = named_as_served(adapter, rewrite.options.profile, rewrite.base, weights)
        notes += naming_notes
        adapter, partner_notes = with_partners(adapter, rewrite.options.profile, rewrite.base)
        notes += partner_notes
        refuse_unserved(adapter, rewrite.options.profile, rewrite.base)
        adapter, fitting_notes = fitted(adapter, rewrite.options.profile)
        notes += fitting_notes
        notes += [] if rewrite.base is not None else [unchecked(rewrite.options.profile)]
    refuse_what_it_cannot_carry(rewrite.form, name, adapter)
    notes += rewrite.form.notes_of(adapter)
    return adapter, list(dict.fromkeys(notes))


def _dtype_notes(adapter: Adapter, foreseen: Foreseen) -> list[str]:
    """Say where the bytes may be more: new factors beyond float16's range are stored as float32."""
    dtypes = {tensor.dtype for factors in adapter.modules.values() for tensor in lazy_tensors(factors)}
    if not foreseen.working_bytes or Dtype.F16 not in dtypes:
        return []
    return ["new factors that are out of float16's range are written as float32, which takes twice the bytes"]


def _carried(adapter: Adapter) -> list[str]:
    return sorted([*adapter.replaced, *adapter.token_rows])


def _variants(adapter: Adapter) -> str:
    return ", ".join(sorted({variant_of(each) for each in adapter.modules.values()})) or "none"


def _module_forecast(rewrite: Rewrite, path: str, factors: Factors) -> ModuleForecast:
    before = [source.adapter.modules[path] for source in rewrite.sources if path in source.adapter.modules]
    shape = own_shape(factors) or ()
    if isinstance(factors, LoraFactors):
        shape = (*factors.A.shape[:-2], *shape)
    return ModuleForecast(
        module=path,
        shape=shape,
        rank_before=getattr(before[0], "rank", None) if len(before) == 1 else None,
        rank=getattr(factors, "rank", None),
        nbytes=nbytes(factors),
        is_unchanged=any(each is factors for each in before),
    )
