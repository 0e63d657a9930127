"""Matrices of a merged model whose change no LoRA explains: kept whole next to the others' factors."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from lorasurgery.errors import NothingToDoError
from lorasurgery.surgery.base.matrix import run_time_tensor
from lorasurgery.surgery.base.pair import CheckpointPair
from lorasurgery.surgery.comparison.rank_of_change import kind_of_change
from lorasurgery.surgery.extraction.find_adapter import ComparedModels
from lorasurgery.surgery.factorise.budget import FactorisedPair
from lorasurgery.surgery.factorise.measure import Difference
from lorasurgery.surgery.factorise.recover_pair import PairRecoverer
from lorasurgery.text import listed

DORA = (
    "it is that of a merged DoRA, whose scaling of each row has no low rank (extract --format peft "
    "approximates it)"
)


def odd_matrices(pair: CheckpointPair, recoverer: PairRecoverer) -> dict[str, str]:
    """Return the parameters that changed and have no factors, with the reason, in the model's order.

    Raises:
        NothingToDoError: they are as many as those that have some.
    """
    odd = {name: recoverer.refused[name] for name in pair.parameters if name in recoverer.refused}
    found = {name for name, _ in recoverer.products} - odd.keys()
    if not odd or len(found) > len(odd):
        return {name: _reason(pair, name, reason) for name, reason in odd.items()}
    first, reason = next((name, _reason(pair, name, reason)) for name, reason in odd.items())
    others = f" The same holds for {len(odd)} of {len(odd) + len(found)} matrices that changed."
    raise NothingToDoError(
        f"No merged LoRA can be found: {first!r} changed, and {reason}.{others if len(odd) > 1 else ''} "
        "Extract without --recover, which approximates any change, or write a delta, from which TUNED comes "
        "back byte for byte: `lorasurgery diff BASE TUNED -o DELTA`."
    )


def _reason(pair: CheckpointPair, name: str, reason: str) -> str:
    """Say that a change is a DoRA's, where some rows show it."""
    each = pair.parameters[name]
    names = [tuple(layout.tensors) if layout else () for layout in (each.base, each.tuned)]
    if any(len(tensors) != 1 for tensors in names):
        return reason
    one, other = (
        side.tensors[tensor] for side, (tensor,) in zip((pair.base, pair.tuned), names, strict=True)
    )
    is_matrix = one.shape == other.shape and len(one.shape) == 2
    return DORA if is_matrix and kind_of_change(one, other).kind == "scaled" else reason


def with_odd_whole(
    models: ComparedModels, factors: Sequence[FactorisedPair], odd: Mapping[str, str]
) -> tuple[ComparedModels, list[FactorisedPair]]:
    """Move parameters from those that have factors to those that are kept whole."""
    pair, energies = models.request.pair, dict.fromkeys(odd.keys() - models.changes.keys(), 0.0)
    for each in factors:
        if each.matrix.parameter in energies:
            energies[each.matrix.parameter] += each.energy
    changes = {**models.changes, **{name: Difference(energy, (0,)) for name, energy in energies.items()}}
    rest = dataclasses.replace(
        models.rest,
        replaced=(*models.rest.replaced, *odd),
        low_rank=tuple(name for name in models.rest.low_rank if name not in odd),
    )
    replaced = {name: run_time_tensor(pair.tuned, pair.parameters[name].tuned) for name in odd}
    moved = dataclasses.replace(models, changes=changes, rest=rest, replaced={**models.replaced, **replaced})
    return moved, [each for each in factors if each.matrix.parameter not in odd]


def notes_of(odd: Mapping[str, str]) -> list[str]:
    """Name what is kept whole, by reason."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in odd.items():
        by_reason.setdefault(reason, []).append(name)
    return [
        f"{listed(names)} changed and no LoRA explains it: {reason}; kept whole"
        for reason, names in by_reason.items()
    ]
