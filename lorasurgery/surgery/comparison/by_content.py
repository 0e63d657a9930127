"""Find tensors by what is in them, where names do not help: renamed, transposed, tied, packed, fused.

Of every row of a matrix a few numbers are compared, at places that depend on the row's length alone.
Rows that one fine-tune moved, or that codes rounded, are still nearer to each other than to any row
of another weight. Norms and biases that are all alike cannot be told apart so; names decide there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.comparison.counterpart import (
    Counterpart,
    Counterparts,
    Rows,
    View,
    as_rows,
    uncovered,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tensors = Mapping[str, LazyTensor]
# Numbers of a row that are compared, and rows of a matrix where whole ones are.
PER_ROW, PER_MATRIX = 24, 3
# 1 - |x - y|² / (|x|² + |y|²) is 1 for equal rows and about 0 for independent ones.
LEAST_LIKENESS = 0.5
# What equal names are worth where contents do not decide.
NAMES = 0.01
# More tensors of one shape than this are not compared each with each.
MOST_ALIKE = 4096
READ_ELEMENTS = 1 << 20


@dataclass(frozen=True)
class Sampled:
    """A tensor's sampled rows: as it is, and transposed (None for a vector)."""

    name: str
    upright: NDArray[Any]
    turned: NDArray[Any] | None
    columns: tuple[int, int]

    def rows(self, *, transposed: bool) -> NDArray[Any] | None:
        return self.turned if transposed else self.upright


def found_by_content(
    one: Tensors, other: Tensors, alone: Sequence[str], alone_there: Sequence[str]
) -> Counterparts:
    """Pair tensors whose names are in one checkpoint only, with each other or with copies and parts."""
    if not alone and not alone_there:
        return Counterparts((), (), ())
    wanted = _shapes(one, alone), _shapes(other, alone_there)
    mine = _sampled(one, {*alone, *_of_shapes(one, wanted[1])} if alone_there else alone)
    theirs = _sampled(other, {*alone_there, *_of_shapes(other, wanted[0])} if alone else alone_there)
    found, notes = _whole(_pick(mine, alone), _pick(theirs, alone_there), "renamed")
    left = [name for name in alone if name not in {each.one.name for each in found}]
    left_there = [name for name in alone_there if name not in {each.other.name for each in found}]
    # A copy of what has its counterpart already: an embedding that was tied or untied.
    tied, _ = _whole(_pick(mine, left), theirs, "tied")
    tied_there, _ = _whole(mine, _pick(theirs, left_there), "tied")
    copies = [*tied, *tied_there]
    left = [name for name in left if name not in {each.one.name for each in tied}]
    left_there = [name for name in left_there if name not in {each.other.name for each in tied_there}]
    parts = _parts(_pick(mine, left), _pick(theirs, left_there))
    gone = _left_over(one, left, [each.one for each in parts])
    new = _left_over(other, left_there, [each.other for each in parts])
    return Counterparts((*found, *copies, *parts), gone, new, notes)


def _shapes(tensors: Tensors, names: Collection[str]) -> set[tuple[int, ...]]:
    return {tuple(sorted(tensors[name].shape)) for name in names if len(tensors[name].shape) == 2}


def _of_shapes(tensors: Tensors, shapes: set[tuple[int, ...]]) -> list[str]:
    return [name for name, tensor in tensors.items() if tuple(sorted(tensor.shape)) in shapes]


def _pick(sampled: Mapping[str, Sampled], names: Collection[str]) -> dict[str, Sampled]:
    return {name: sampled[name] for name in names if name in sampled}


def _sampled(tensors: Tensors, names: Collection[str]) -> dict[str, Sampled]:
    found = (_sample(name, tensors[name]) for name in sorted(names))
    return {each.name: each for each in found if each is not None}


def _sample(name: str, tensor: LazyTensor) -> Sampled | None:
    """Read a tensor and keep some numbers of each of its rows and columns; None of what cannot be read."""
    import numpy as np

    if tensor.quantised is not None and tensor.quantised.refusal:
        return None
    if not tensor.numel:
        return None
    rows, columns = as_rows(tensor.shape)
    matrix = tensor.viewed((rows, columns))
    count = tensor.shape[-2] if len(tensor.shape) > 1 else 1
    across, down = _places(columns), _places(count)
    upright, picked = [], []
    for start, block in matrix.raw_blocks(READ_ELEMENTS):
        numbers = block.exact()
        upright.append(numbers[:, across].astype(np.float32))
        chosen = np.isin(np.arange(start, start + len(numbers)) % count, down)
        picked.append(numbers[chosen].astype(np.float32))
    turned = None
    if len(tensor.shape) > 1:
        # (matrices, sampled rows, columns) -> (matrices · columns, sampled rows)
        stack = np.concatenate(picked).reshape(-1, len(down), columns)
        turned = np.ascontiguousarray(stack.transpose(0, 2, 1)).reshape(-1, len(down))
    return Sampled(name, np.concatenate(upright), turned, (columns, count))


def _places(length: int) -> NDArray[Any]:
    import numpy as np

    return np.unique(np.linspace(0, length - 1, min(PER_ROW, length)).astype(np.int64))


def _whole(
    one: Mapping[str, Sampled], other: Mapping[str, Sampled], how: str
) -> tuple[list[Counterpart], tuple[str, ...]]:
    """Pair whole tensors of equal shapes, then those whose shapes are each other's transposes."""
    found: list[Counterpart] = []
    notes: list[str] = []
    for transposed in (False, True):
        done, done_there = {each.one.name for each in found}, {each.other.name for each in found}
        groups: dict[Any, tuple[list[Sampled], list[Sampled]]] = defaultdict(lambda: ([], []))
        for each in one.values():
            if each.name not in done:
                groups[(len(each.upright), each.columns)][0].append(each)
        for each in other.values():
            rows = each.rows(transposed=transposed)
            if rows is not None and each.name not in done_there:
                groups[(len(rows), each.columns[:: -1 if transposed else 1])][1].append(each)
        for _, (mine, theirs) in sorted(groups.items()):
            if max(len(mine), len(theirs)) > MOST_ALIKE:
                notes.append(
                    f"{len(mine)} and {len(theirs)} tensors of one shape have no common names; they are "
                    "too many to be compared each with each, and count as gone and new."
                )
            elif mine and theirs:
                found += _matched(mine, theirs, how, transposed=transposed)
    return found, tuple(notes)


def _matched(
    mine: Sequence[Sampled], theirs: Sequence[Sampled], how: str, *, transposed: bool
) -> list[Counterpart]:
    """Pair what is most alike; a copy (`tied`) may be paired with what has its counterpart."""
    import numpy as np

    turned = [each.rows(transposed=transposed) for each in theirs]
    marks = [
        np.stack([_ends(rows) for rows in side if rows is not None])
        for side in ([each.upright for each in mine], turned)
    ]
    scores = _likeness(*marks)
    scores[scores < LEAST_LIKENESS] = -1
    names = [[_words(each.name) for each in side] for side in (mine, theirs)]
    for i, j in zip(*np.nonzero(scores > 0), strict=True):
        scores[i, j] += NAMES * len(names[0][i] & names[1][j]) / max(1, len(names[0][i] | names[1][j]))
    found = []
    for place in np.argsort(-scores, axis=None, kind="stable"):
        i, j = divmod(int(place), len(theirs))
        if scores[i, j] <= 0:
            if scores.max(initial=-1) <= 0:
                break
            continue
        found.append(Counterpart(View(mine[i].name), View(theirs[j].name, transposed=transposed), how))
        scores[i, :] = -1
        scores[:, j] = -1
    return found


def _ends(rows: NDArray[Any]) -> NDArray[Any]:
    """The first, the middle and the last row, as one."""
    return rows[[0, len(rows) // 2, len(rows) - 1]].reshape(-1)


def _words(name: str) -> set[str]:
    return set(name.replace("_", ".").split("."))


def _likeness(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """How alike each row of the one is to each of the other; NaN is like nothing."""
    import numpy as np

    one, other = np.nan_to_num(one.astype(np.float64)), np.nan_to_num(other.astype(np.float64))
    norms = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1)[None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(norms > 0, 2 * (one @ other.T) / norms, 1.0)


def _parts(one: Mapping[str, Sampled], other: Mapping[str, Sampled]) -> list[Counterpart]:
    """Find smaller tensors among the rows of larger ones: packed projections, fused experts."""
    forward = [
        Counterpart(small, large, "part") for small, large in _inside(one.values(), list(other.values()))
    ]
    backward = [
        Counterpart(large, small, "part") for small, large in _inside(other.values(), list(one.values()))
    ]
    return [*forward, *backward]


def _inside(small: Collection[Sampled], large: list[Sampled]) -> list[tuple[View, View]]:
    found = []
    for each in small:
        place = _place_in(each, large)
        if place is not None:
            found.append(place)
    return found


def _place_in(small: Sampled, large: Sequence[Sampled]) -> tuple[View, View] | None:
    words = _words(small.name)
    for each in sorted(large, key=lambda other: -len(words & _words(other.name))):
        for turned_small in (False, True):
            for turned_large in (False, True):
                rows, among = small.rows(transposed=turned_small), each.rows(transposed=turned_large)
                same = small.columns[turned_small] == each.columns[turned_large]
                if rows is None or among is None or not same or len(rows) >= len(among):
                    continue
                start = _offset(rows, among)
                if start is not None:
                    inside = View(each.name, turned_large, (start, start + len(rows)))
                    return View(small.name, turned_small), inside
    return None


def _offset(rows: NDArray[Any], among: NDArray[Any]) -> int | None:
    """Where some rows begin among others, if they are there one after the other."""
    likeness = _likeness(rows[:1], among[: len(among) - len(rows) + 1])[0]
    start = int(likeness.argmax())
    alike = _likeness(_ends(rows)[None], _ends(among[start : start + len(rows)])[None])
    return start if alike[0, 0] >= LEAST_LIKENESS else None


def _left_over(tensors: Tensors, names: Sequence[str], views: Sequence[View]) -> tuple[View, ...]:
    """What of the tensors has no counterpart: whole ones, and rows of those that were found in parts."""
    covered: dict[str, list[View]] = defaultdict(list)
    for view in views:
        covered[view.name].append(view)
    found: list[View] = []
    for name in names:
        inside = covered[name]
        if not inside:
            found.append(View(name))
            continue
        ranges: list[Rows] = [view.rows for view in inside if view.rows is not None]
        if len(ranges) == len(inside):
            shape, turned = tensors[name].shape, inside[0].transposed
            rows = as_rows((*shape[:-2], shape[-1], shape[-2]) if turned else shape)[0]
            found += [View(name, turned, each) for each in uncovered(rows, ranges)]
    return tuple(found)
