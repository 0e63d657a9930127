"""Cross-validation: folds that share no row, and the rule of one standard error."""

from __future__ import annotations

from pathlib import Path

import pytest

from lorasurgery.errors import UnsupportedError
from lorasurgery.training.data import DataError, read_table
from lorasurgery.training.ranks import RankScores, RanksReport, cross_validate, folds_of
from lorasurgery.training.recipe import Recipe
from support.film_reviews import BASE


def report(*rows: tuple[int, tuple[float, ...]], by: str = "accuracy") -> RanksReport:
    return RanksReport("m", "d", 3, (by,), tuple(RankScores(*row) for row in rows))


def test_every_row_is_held_back_once(films: Path) -> None:
    table = read_table(films)
    parts = folds_of(table, 5, seed=0)
    held = [id(row) for _, own in parts for row in own.rows]
    assert sorted(held) == sorted(id(row) for row in table.rows)
    for rest, own in parts:
        assert not {id(row) for row in rest.rows} & {id(row) for row in own.rows}
        assert len(rest.rows) + len(own.rows) == len(table.rows)


def test_named_is_the_smallest_rank_within_one_standard_error_of_the_best() -> None:
    found = report((2, (0.70, 0.72, 0.71)), (4, (0.80, 0.82, 0.81)), (8, (0.80, 0.84, 0.82)))
    assert found.best.error == pytest.approx(0.02 / 3**0.5)
    assert (found.best.rank, found.chosen.rank) == (8, 4)
    steady = report((2, (0.70, 0.72, 0.71)), (4, (0.80, 0.80, 0.80)), (8, (0.82, 0.82, 0.82)))
    assert (steady.best.rank, steady.chosen.rank) == (8, 8)


def test_of_perplexities_the_least_is_best() -> None:
    found = report((2, (9.0, 9.0, 9.0)), (4, (5.0, 5.1, 4.9)), (8, (7.0, 7.0, 7.0)), by="perplexity")
    assert (found.best.rank, found.chosen.rank) == (4, 4)


def test_a_rank_is_scored_on_every_fold(films: Path) -> None:
    seen: list[tuple[int, int]] = []
    recipe = Recipe(rate=1e-2, steps=8)
    found = cross_validate(
        str(BASE),
        str(films),
        recipe=recipe,
        ranks=[4, 1],
        folds=2,
        progress=lambda done, total, _: seen.append((done, total)),
    )
    assert [(row.rank, len(row.scores)) for row in found.rows] == [(1, 2), (4, 2)]
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    again = cross_validate(str(BASE), str(films), recipe=recipe, ranks=[4, 1], folds=2)
    assert again == found


def test_what_cannot_be_compared_is_refused(films: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="method='full'"):
        cross_validate(str(BASE), str(films), recipe=Recipe(method="full"), ranks=[1, 2])
    with pytest.raises(UnsupportedError, match="two ranks"):
        cross_validate(str(BASE), str(films), recipe=Recipe(), ranks=[2])
    (tmp_path / "few.tsv").write_text("sentence\tlabel\na\t1\nb\t0\n")
    with pytest.raises(DataError, match="too few for 5 folds"):
        cross_validate(str(BASE), str(tmp_path / "few.tsv"), recipe=Recipe(), ranks=[1, 2])


def test_the_ranks_are_powers_of_two_where_none_are_named(films: Path) -> None:
    report = cross_validate(str(BASE), str(films), recipe=Recipe(rank=3, steps=1), folds=2)
    assert [row.rank for row in report.rows] == [1, 2, 3]
