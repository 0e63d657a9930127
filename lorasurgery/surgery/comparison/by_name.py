"""Find which tensors of two checkpoints belong together: by name, under another prefix, then by content."""

from __future__ import annotations

from collections.abc import Mapping

from lorasurgery.architecture.spelling import Rewriting, best_rewritings, unwrapped_model
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.comparison.by_content import found_by_content
from lorasurgery.surgery.comparison.counterpart import Counterpart, Counterparts, View

Tensors = Mapping[str, LazyTensor]


def counterparts(one: Tensors, other: Tensors) -> Counterparts:
    """Pair the tensors of two checkpoints; contents are read only where names say nothing."""
    named, notes = _by_name(one, other)
    both: list[Counterpart] = []
    left: list[tuple[str, str]] = []
    gone: list[View] = []
    new: list[View] = []
    for mine, theirs in named.items():
        how = "" if mine == theirs else "renamed"
        shapes = one[mine].shape, other[theirs].shape
        if shapes[0] == shapes[1]:
            both.append(Counterpart(View(mine), View(theirs), how))
        elif len(shapes[0]) == 2 and shapes[0] == shapes[1][::-1]:
            both.append(Counterpart(View(mine), View(theirs, transposed=True), how))
        elif _is_resized(*shapes):
            rows = 0, min(shapes[0][0], shapes[1][0])
            both.append(Counterpart(View(mine, rows=rows), View(theirs, rows=rows), "resized"))
            for view, more, count in ((mine, gone, shapes[0][0]), (theirs, new, shapes[1][0])):
                if count > rows[1]:
                    more.append(View(view, rows=(rows[1], count)))
        else:
            left.append((mine, theirs))
    alone = [name for name in one if name not in named] + [mine for mine, _ in left]
    alone_there = [name for name in other if name not in named.values()] + [theirs for _, theirs in left]
    found = found_by_content(one, other, alone, alone_there)
    return Counterparts(
        (*both, *found.both), (*gone, *found.gone), (*new, *found.new), (*notes, *found.notes)
    )


def _is_resized(mine: tuple[int, ...], theirs: tuple[int, ...]) -> bool:
    """Whether only the number of rows differs, as in a table of tokens that has grown."""
    return len(mine) == 2 and mine[1:] == theirs[1:]


def _by_name(one: Tensors, other: Tensors) -> tuple[dict[str, str], tuple[str, ...]]:
    """Map names of the one to names of the other, through wrappers of training and prefixes."""
    pairs = {name: name for name in one if name in other}
    left = {plain: name for name, plain in unwrapped_model(one).items() if name not in pairs}
    left_there = {plain: name for name, plain in unwrapped_model(other).items() if name not in pairs}
    if not left or not left_there:
        return pairs, ()
    rewriting = best_rewritings(left_there, left, lambda name: name if name in left else None)[0]
    renamed = {
        left[mine]: theirs for plain, theirs in left_there.items() if (mine := rewriting(plain)) in left
    }
    if rewriting == Rewriting() or not renamed:
        return pairs | renamed, ()
    note = rewriting.note("B's", "A's")
    return pairs | renamed, (f"Names were aligned: {note}.",)
