"""How good answers are, as GLUE measures it (Wang et al., 2018, arXiv 1804.07461).

    accuracy        the share of right answers
    f1              2 TP / (2 TP + FP + FN) of the second of two labels
    matthews        the correlation of answers and truth, for any number of labels (Gorodkin, 2004)
    pearson         the correlation of two lists of numbers; spearman that of their ranks, ties at their mean
    perplexity      exp of the mean loss

A task's score is the mean of the metrics that GLUE reports for it. Standard errors come of
resampling the examples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Metric = Callable[["Array", "Array"], float]
# What GLUE reports where it is not the accuracy.
SCORED_BY = {
    "CoLA": ("matthews",),
    "MRPC": ("accuracy", "f1"),
    "QQP": ("accuracy", "f1"),
}
# Metrics of which less is better.
SMALLER_IS_BETTER = frozenset({"perplexity", "loss"})
RESAMPLES = 200


def accuracy(answers: Array, truth: Array) -> float:
    """The share of right answers."""
    return float((answers == truth).mean())


def f1(answers: Array, truth: Array) -> float:
    """The harmonic mean of precision and recall of label 1; 0 where nothing is right."""
    right = float(((answers == 1) & (truth == 1)).sum())
    named = float((answers == 1).sum() + (truth == 1).sum())
    return 2 * right / named if named else 0.0


def matthews(answers: Array, truth: Array) -> float:
    """The correlation of one-hot answers and truth; 0 where one of them is always the same."""
    import numpy as np

    count = int(max(answers.max(), truth.max())) + 1
    table = np.bincount((truth * count + answers).astype(int), minlength=count * count).reshape(count, count)
    true, said, total = table.sum(1).astype(float), table.sum(0).astype(float), float(table.sum())
    covariance = table.trace() * total - true @ said
    spread = math.sqrt(total**2 - said @ said) * math.sqrt(total**2 - true @ true)
    return float(covariance / spread) if spread else 0.0


def pearson(answers: Array, truth: Array) -> float:
    """The correlation of two lists of numbers; 0 where one of them is constant."""
    one, other = answers - answers.mean(), truth - truth.mean()
    spread = math.sqrt(float(one @ one) * float(other @ other))
    return float(one @ other) / spread if spread else 0.0


def spearman(answers: Array, truth: Array) -> float:
    """The correlation of ranks."""
    return pearson(ranks_of(answers), ranks_of(truth))


def ranks_of(values: Array) -> Array:
    """Ranks from 1 on, equal values at the mean of theirs."""
    import numpy as np

    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Array = (ends - (counts - 1) / 2)[place]
    return ranks


METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "f1": f1,
    "matthews": matthews,
    "pearson": pearson,
    "spearman": spearman,
}


def measured(names: Sequence[str], answers: Sequence[float], truth: Sequence[float]) -> dict[str, float]:
    """The metrics of these names."""
    import numpy as np

    pair = np.asarray(answers, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    return {name: METRICS[name](*pair) for name in names}


def standard_error(
    names: Sequence[str], answers: Sequence[float], truth: Sequence[float], seed: int = 0
) -> float:
    """The standard error of the mean of these metrics over another sample of as many examples
    (bootstrap: Efron, 1979).
    """
    import numpy as np

    one, other = np.asarray(answers, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    draws = np.random.default_rng(seed).integers(0, len(one), (RESAMPLES, len(one)))
    scores = [sum(METRICS[name](one[draw], other[draw]) for name in names) / len(names) for draw in draws]
    return float(np.std(scores, ddof=1))


def spread(values: Sequence[float]) -> float | None:
    """The standard error of a mean; None of a single value."""
    import numpy as np

    return float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else None
