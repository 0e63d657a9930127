"""An extraction as the user asks for it, checked against the headers of both checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from lorasurgery.adapter import Host
from lorasurgery.arguments import one_of
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.errors import UnsupportedError
from lorasurgery.formats import Format
from lorasurgery.paths import StrPath, expanded
from lorasurgery.quantisation import open_model
from lorasurgery.surgery.base.host import host_of
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.base.pair import CheckpointPair, pair_up
from lorasurgery.surgery.extraction.parameter_plan import ParameterPlan, divide
from lorasurgery.surgery.factorise.matrix_pair import MatrixPair, matrix_pairs
from lorasurgery.surgery.factorise.rank_rule import (
    NoiseEdge,
    RankRule,
    deepest_rank,
    fixed_rank,
    name_part,
)
from lorasurgery.surgery.output.adapter_output import format_for, target_of
from lorasurgery.surgery.output.default_name import stem

RESTS = ("keep", "drop")


@dataclass(frozen=True)
class ExtractRequest:
    """`form` is the module of the format that writes the adapter for `host` to `target`.

    `recovers` says that factors are searched for in the cells of a merge's rounding.
    """

    pair: CheckpointPair
    plan: ParameterPlan
    host: Host
    form: Format
    rule: RankRule
    target: Path
    recovers: bool = False

    @property
    def inputs(self) -> list[Path]:
        """What the output must not overwrite: the files, and the folders that the user named."""
        sides = (self.pair.base, self.pair.tuned)
        folders = [side.folder for side in sides if expanded(side.name).is_dir()]
        return [*folders, *(file for side in sides for file in side.files)]

    @cached_property
    def to_factorise(self) -> Sequence[MatrixPair]:
        """The matrices that get factors, and those of tables that may get some."""
        names = [*self.plan.factored, *self.plan.adaptable]
        deepest = partial(deepest_rank, self.rule)
        return matrix_pairs(self.pair, names, deepest, is_recovered=self.recovers)

    @cached_property
    def to_measure(self) -> Sequence[MatrixPair]:
        """The matrices that are compared first, and those that are only compared."""
        return matrix_pairs(self.pair, [*self.plan.measured, *self.plan.left_out])

    @property
    def travelling(self) -> Sequence[MatrixPair]:
        """The matrices that travel as they are if they changed at all."""
        names = frozenset(self.plan.travelling)
        return [each for each in self.to_measure if each.parameter in names]

    @property
    def read_bytes(self) -> int:
        """What reading both sides of everything takes; tables that get factors are read twice."""
        factored = (each for each in self.to_factorise if each.parameter not in self.plan.adaptable)
        return sum(each.read_bytes for each in (*factored, *self.to_measure))


def prepare(
    base: StrPath,
    tuned: StrPath,
    output: StrPath | None,
    rule: RankRule,
    choice: NameFilter,
    rest: str,
    format: str,
) -> ExtractRequest:
    """Open both checkpoints, align them and plan; the arguments and errors are those of `extract`."""
    one_of(rest, RESTS, "rest")
    form = format_for(format)
    old, new = open_model(base), open_model(tuned)
    pair = pair_up(old, new, choice, form.widens)
    host = host_of(pair.architecture, old)
    plan = divide(pair, choice, host, form, fixed_rank(rule), keep_rest=rest == "keep")
    target = target_of(form, output, default_name(new, rule))
    if isinstance(rule, NoiseEdge):
        _refuse_unknown_edges(pair, plan)
    return ExtractRequest(pair, plan, host, form, rule, target)


def _refuse_unknown_edges(pair: CheckpointPair, plan: ParameterPlan) -> None:
    for name in plan.factored:
        each = pair.parameters[name]
        for checkpoint, layout in ((pair.base, each.base), (pair.tuned, each.tuned)):
            for tensor in layout.tensors if layout else ():
                quantised = checkpoint.tensors[tensor].quantised
                if quantised is not None and quantised.steps is None:
                    raise UnsupportedError(
                        f"--noise-edge needs to know how {tensor!r} of {checkpoint.name} was rounded, and it "
                        f"is quantised ({quantised.label}), whose steps are not known here. Choose the rank "
                        "with --rank, --energy or --size."
                    )


def default_name(tuned: Checkpoint, rule: RankRule) -> str:
    """Name the output after the tuned folder, repository or file: `ft-lora-r16`."""
    return f"{stem(tuned)}-lora-{name_part(rule)}"
