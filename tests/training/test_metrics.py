"""Metrics beside scikit-learn's and scipy's."""

from __future__ import annotations

import numpy as np
import pytest

from lorasurgery.training.metrics import METRICS, measured, ranks_of, standard_error

SEEDS = range(5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("labels", [2, 3, 7])
def test_matthews_and_accuracy_are_sklearns(seed: int, labels: int) -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    draw = np.random.default_rng(seed)
    truth, answers = draw.integers(0, labels, 60), draw.integers(0, labels, 60)
    answers[:30] = truth[:30]
    found = measured(["accuracy", "matthews"], answers.tolist(), truth.tolist())
    assert found["accuracy"] == pytest.approx(sklearn.accuracy_score(truth, answers))
    assert found["matthews"] == pytest.approx(sklearn.matthews_corrcoef(truth, answers))


@pytest.mark.parametrize("seed", SEEDS)
def test_f1_is_sklearns(seed: int) -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    draw = np.random.default_rng(seed)
    truth, answers = draw.integers(0, 2, 60), draw.integers(0, 2, 60)
    assert measured(["f1"], answers.tolist(), truth.tolist())["f1"] == pytest.approx(
        sklearn.f1_score(truth, answers)
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_correlations_are_scipys_with_ties(seed: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    draw = np.random.default_rng(seed)
    truth = np.round(draw.normal(size=50), 1)
    answers = np.round(truth + draw.normal(size=50), 1)
    found = measured(["pearson", "spearman"], answers.tolist(), truth.tolist())
    assert found["pearson"] == pytest.approx(stats.pearsonr(answers, truth)[0])
    assert found["spearman"] == pytest.approx(stats.spearmanr(answers, truth)[0])
    assert ranks_of(truth).tolist() == stats.rankdata(truth).tolist()


@pytest.mark.parametrize("name", sorted(set(METRICS) - {"accuracy"}))
def test_one_answer_for_everything_scores_nothing(name: str) -> None:
    assert measured([name], [0.0] * 6, [0, 1, 0, 1, 1, 0])[name] == 0


def test_the_error_of_an_accuracy_is_that_of_a_proportion() -> None:
    answers = [1] * 320 + [0] * 80
    assert standard_error(["accuracy"], answers, [1] * 400) == pytest.approx(
        (0.8 * 0.2 / 400) ** 0.5, rel=0.2
    )
