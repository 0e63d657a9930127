"""Which rank: cross-validation of a LoRA at several ranks, and the smallest that is as good as the best.

The examples are cut into k folds by the seed; each rank is trained k times, on all folds but one,
and scored on that one. Named is the smallest rank whose mean score is within one standard error of
the best one's (Breiman et al., "Classification and Regression Trees", 1984, section 3.4.3).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from lorasurgery.arguments import several
from lorasurgery.errors import UnsupportedError
from lorasurgery.progress_bar import callback
from lorasurgery.reports import Report
from lorasurgery.text import ranks_in_words
from lorasurgery.training.data import DataError, ExampleTable
from lorasurgery.training.metrics import SMALLER_IS_BETTER
from lorasurgery.training.opening import DataRequest, read
from lorasurgery.training.recipe import Recipe, powers_up_to
from lorasurgery.training.run import scored
from lorasurgery.training.scoring import Scores

VERSION = 1
# Called with the runs that are done, how many there are, and the last score.
RunProgress = Callable[[int, int, float], None] | bool


@dataclass(frozen=True)
class RankScores:
    """The scores of one rank, fold by fold."""

    rank: int
    scores: tuple[float, ...]

    @property
    def mean(self) -> float:
        return sum(self.scores) / len(self.scores)

    @property
    def error(self) -> float:
        """The standard error of the mean over the folds."""
        variance = sum((score - self.mean) ** 2 for score in self.scores) / (len(self.scores) - 1)
        return math.sqrt(variance / len(self.scores))


@dataclass(frozen=True, repr=False)
class RanksReport(Report):
    """All ranks, by size, and which of them is named."""

    base: str
    data: str
    folds: int
    scored_by: tuple[str, ...]
    rows: tuple[RankScores, ...]

    ROWS: ClassVar[str] = "rows"

    @property
    def summary(self) -> str:
        """The ranks that were compared, and the one to take."""
        ranks = ranks_in_words(row.rank for row in self.rows)
        return f"{ranks} in {self.folds} folds, best {self.best.rank}, chosen {self.chosen.rank}"

    @property
    def best(self) -> RankScores:
        sign = -1 if SMALLER_IS_BETTER.intersection(self.scored_by) else 1
        return max(self.rows, key=lambda row: (sign * row.mean, -row.rank))

    @property
    def chosen(self) -> RankScores:
        """The smallest rank within one standard error of the best."""
        best = self.best
        return next(row for row in self.rows if abs(row.mean - best.mean) <= best.error)

    def as_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "verb": "train --cv",
            "base": self.base,
            "data": self.data,
            "folds": self.folds,
            "scored_by": list(self.scored_by),
            "rows": [
                {"rank": row.rank, "mean": row.mean, "error": row.error, "scores": list(row.scores)}
                for row in self.rows
            ],
            "best": self.best.rank,
            "chosen": self.chosen.rank,
        }


def cross_validate(
    model: str,
    data: str,
    *,
    recipe: Recipe,
    ranks: Sequence[int] = (),
    folds: int = 5,
    kind: str | None = None,
    text: str | Sequence[str] = (),
    label: str | None = None,
    max_tokens: int | None = None,
    progress: RunProgress | None = None,
) -> RanksReport:
    """Score every rank on every fold; nothing is written.

    Args:
        recipe: of every run; its rank is replaced.
        ranks: by default the powers of two below the recipe's rank, and that rank.
        folds: how many parts the data are cut into; each is held out once.
        model, data, kind, text, label, max_tokens, progress: as for `train`.

    Raises:
        DataError: there are fewer examples than folds.
        UnsupportedError: the method has no rank, or there are no two ranks or folds.
    """
    if recipe.method in ("full", "parallel", "dyn"):
        raise UnsupportedError(
            f"--cv compares trained ranks, which --method {recipe.method} has not; use lora, rslora, dora "
            "or adalora."
        )
    ranks = tuple(ranks) or powers_up_to(recipe.rank)
    if folds < 2 or len(set(ranks)) < 2:
        raise UnsupportedError("--cv needs two folds at least, and two ranks: --cv 5 --ranks 2,4,8,16.")
    asked = DataRequest(kind, several(text, "text"), label, max_tokens)
    table = read(data, kind)
    if len(table.rows) < folds:
        raise DataError(f"{data} has {len(table.rows)} examples, too few for {folds} folds.")
    parts = folds_of(table, folds, recipe.seed)
    runs = [(rank, fold) for rank in sorted(set(ranks)) for fold in range(folds)]
    found: dict[int, list[Scores]] = {}
    advance = callback(progress, "run")
    for done, (rank, fold) in enumerate(runs, start=1):
        rest, held = parts[fold]
        scores = scored(model, rest, held, table, replace(recipe, rank=rank), asked)
        found.setdefault(rank, []).append(scores)
        if advance:
            advance(done, len(runs), scores.score)
    rows = tuple(RankScores(rank, tuple(each.score for each in scores)) for rank, scores in found.items())
    return RanksReport(model, data, folds, scores.scored_by, rows)


def folds_of(table: ExampleTable, folds: int, seed: int) -> list[tuple[ExampleTable, ExampleTable]]:
    """For each fold all other rows, and its own."""
    places = list(range(len(table.rows)))
    random.Random(seed).shuffle(places)
    own = [frozenset(places[fold::folds]) for fold in range(folds)]
    return [
        (
            replace(table, rows=tuple(row for place, row in enumerate(table.rows) if place not in fold)),
            replace(table, rows=tuple(row for place, row in enumerate(table.rows) if place in fold)),
        )
        for fold in own
    ]
