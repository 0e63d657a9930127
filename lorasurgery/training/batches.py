"""Which examples a step sees: shuffled by the seed, alike in length within a batch, several tasks mixed.

Every epoch the examples of a task are shuffled, sorted by length within pools, and cut into
batches, which saves most of the padding; then the batches of all tasks are shuffled together, so
that a task has its share of the steps. All of it follows from the seed, so that step n is the same
in any run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

# Batches in a pool within which examples are sorted.
POOL = 50

# A task's number, and the numbers of its examples.
Batch = tuple[int, list[int]]


def schedule(
    lengths: Sequence[Sequence[int]], size: int, epochs: int, steps: int | None, seed: int
) -> list[Batch]:
    """All batches of a run; `lengths` has those of each task's examples, and `steps`, where given,
    counts instead of epochs.
    """
    shuffle = random.Random(seed)
    planned: list[Batch] = []
    epoch = 0
    while len(planned) < steps if steps is not None else epoch < epochs:
        mixed = [(task, batch) for task, each in enumerate(lengths) for batch in _epoch(each, size, shuffle)]
        shuffle.shuffle(mixed)
        planned += mixed
        epoch += 1
    return planned[:steps]


def by_length(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Cut examples into batches of like length, the longest first."""
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    return (order[start : start + size] for start in range(0, len(order), size))


def _epoch(lengths: Sequence[int], size: int, shuffle: random.Random) -> Iterator[list[int]]:
    order = shuffle.sample(range(len(lengths)), len(lengths))
    for start in range(0, len(order), size * POOL):
        pool = sorted(order[start : start + size * POOL], key=lambda index: lengths[index])
        yield from (pool[begin : begin + size] for begin in range(0, len(pool), size))
