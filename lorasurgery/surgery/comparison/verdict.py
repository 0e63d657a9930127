"""One sentence for a whole comparison, from the lines of its tensors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lorasurgery.surgery.comparison.tensor_diff import TensorDiff
from lorasurgery.text import counted, in_percent, percent

# Matrices whose pooled cosine is less have nothing to do with each other.
LEAST_COSINE = 0.1
# A kind of change that holds this share of the numbers of all changed tensors names the whole.
MOSTLY = 0.5
# Where less than this share of the numbers has a counterpart, the rest is not what decides.
LEAST_COMMON = 0.1


@dataclass(frozen=True)
class Verdict:
    """The relation as a word, and the sentence."""

    relation: str
    sentence: str


def verdict_of(lines: Sequence[TensorDiff], *, same_files: bool) -> Verdict:
    """Say what the other checkpoint is to the one.

    Args:
        same_files: whether both sides have the same files of weights, by name.
    """
    both = [each for each in lines if each.state not in ("gone", "new", "unread")]
    loose = [each for each in lines if each.state in ("gone", "new")]
    if _are_strangers(both, loose):
        return Verdict("unrelated", "nothing in common" + _cosine_of(both))
    changed = [each for each in both if each.state == "changed"]
    unread = [each for each in lines if each.state == "unread"]
    if not changed and not loose and not unread:
        return _same(both, same_files=same_files)
    if not changed and not unread:
        return _resized(both, loose)
    if not changed:
        return Verdict("partial", f"the same as far as it can be read; {_count(unread)} cannot")
    found = _changed(both, changed)
    more = _more(both, loose, unread)
    return Verdict(found.relation, "; ".join([found.sentence, *more]))


def _are_strangers(both: Sequence[TensorDiff], loose: Sequence[TensorDiff]) -> bool:
    common = sum(_size(each) for each in both)
    alone = max(sum(_size(each) for each in loose if each.state == state) for state in ("gone", "new"))
    if common < LEAST_COMMON * (common + alone):
        return True
    matrices = [each for each in both if len(each.shape) > 1 and each.energy]
    moved = [each for each in matrices if each.state == "changed"]
    if not moved or len(moved) < MOSTLY * len(matrices):
        return False
    return _pooled_cosine(matrices) < LEAST_COSINE


def _size(each: TensorDiff) -> int:
    count = 1
    for size in each.shape or each.other_shape:
        count *= size
    return count


def _pooled_cosine(matrices: Sequence[TensorDiff]) -> float:
    total = sum(_size(each) for each in matrices)
    return sum(each.cosine * _size(each) for each in matrices) / total if total else 1.0


def _cosine_of(both: Sequence[TensorDiff]) -> str:
    matrices = [each for each in both if len(each.shape) > 1 and each.energy]
    return f" (cosine of the weights {_pooled_cosine(matrices):+.3f})" if matrices else ""


def _same(both: Sequence[TensorDiff], *, same_files: bool) -> Verdict:
    rounded = [each for each in both if each.state == "rounded"]
    if rounded:
        coarse = Counter(_coarser(each) for each in rounded).most_common(1)[0][0]
        also = _under(both, same_files=same_files, dtype=False)
        where = f", under {also}" if also else ""
        return Verdict("rounded", f"the same weights, rounded to {coarse}{where}")
    other = _under(both, same_files=same_files, dtype=True)
    if not other:
        return Verdict("identical", f"identical: all {counted(len(both), 'tensor')} have the same bits")
    return Verdict("same-weights", f"the same weights, under {other}")


def _coarser(each: TensorDiff) -> str:
    order = ("float64", "float32", "float16", "bfloat16")
    known = [dtype for dtype in (each.dtype, each.other_dtype) if dtype in order]
    return max(known, key=order.index) if known else each.other_dtype


def _under(both: Sequence[TensorDiff], *, same_files: bool, dtype: bool) -> str:
    """What is other where the numbers are not."""
    facts = [
        ("other names", any(each.how == "renamed" for each in both)),
        ("another dtype", dtype and any(each.state == "widened" for each in both)),
        ("another layout (transposed)", any(_is_turned(each) for each in both)),
        ("another packing (parts joined or split)", any(each.how == "part" for each in both)),
        ("another tie (a second copy of a tensor)", any(each.how == "tied" for each in both)),
        ("another division into files", not same_files),
    ]
    found = [words for words, holds in facts if holds]
    return found[0] if len(found) == 1 else ", ".join(found[:-1]) + f" and {found[-1]}" if found else ""


def _is_turned(each: TensorDiff) -> bool:
    return any(name is not None and ".T" in name[-30:] for name in (each.name, each.other)) and (
        (".T" in (each.name or "")) != (".T" in (each.other or ""))
    )


def _resized(both: Sequence[TensorDiff], loose: Sequence[TensorDiff]) -> Verdict:
    """Nothing changed, and one side has more than the other."""
    rows = [each for each in loose if _is_rows(each)]
    whole = [each for each in loose if not _is_rows(each)]
    parts = []
    if rows:
        parts.append(f"the tables of tokens differ in size ({_rows(rows)})")
    parts += _more((), whole, ())
    kind = "resized" if rows and not whole else "partial"
    start = "the same weights" if not any(each.state == "rounded" for each in both) else "the same, rounded"
    return Verdict(kind, f"{start} as far as both have them; {'; '.join(parts)}")


def _is_rows(each: TensorDiff) -> bool:
    return "[" in (each.name or each.other or "")


def _rows(loose: Sequence[TensorDiff]) -> str:
    found = []
    for state, words in (("new", "more"), ("gone", "fewer")):
        counts = sorted({each.shape[0] for each in loose if each.state == state})
        if counts:
            tensors = counted(sum(each.state == state for each in loose), "tensor")
            found.append(f"{' or '.join(map(str, counts))} rows {words} in {tensors}")
    return ", ".join(found)


def _changed(both: Sequence[TensorDiff], changed: Sequence[TensorDiff]) -> Verdict:
    kinds = Counter[str]()
    for each in changed:
        kinds[each.change] += _size(each)
    total = sum(kinds.values())
    kind = kinds.most_common(1)[0][0]
    ratio = _ratio(changed)
    figure = f"‖ΔW‖/‖W‖ {in_percent(ratio)}"
    of_kind = [each for each in changed if each.change == kind]
    others = [each for each in changed if each.change != kind]
    rest = f", and {_count(others)} changed otherwise" if others else ""
    if kind == "codes":
        labels = sorted({label for each in of_kind for label in (_label(each),) if label})
        called = f" ({', '.join(labels)})" if labels else ""
        return Verdict(
            "quantised", f"a quantised copy{called}: error {in_percent(ratio)} of the weights{rest}"
        )
    if kind in ("low-rank", "scaled") and kinds[kind] > MOSTLY * total:
        ranks = Counter(each.rank for each in of_kind)
        words = _ranks(ranks)
        modules = counted(len(of_kind), "module")
        if kind == "scaled":
            return Verdict("dora", f"a merged DoRA of {words} on {modules} ({figure}){rest}")
        return Verdict("lora", f"a merged LoRA of {words} on {modules} ({figure}){rest}")
    elements = sum(each.elements for each in both)
    differing = sum(each.differing for each in changed)
    if kind == "sparse":
        share = differing / max(1, sum(each.elements for each in changed))
        where = f" of {_count(changed)}" if len(changed) < len(both) else ""
        return Verdict("sparse", f"a sparse update: {in_percent(share)} of the elements{where} ({figure})")
    if len(changed) <= MOSTLY * len(both) and differing <= MOSTLY * elements:
        return Verdict("full", f"a fine-tune of {len(changed)} of {_count(both)} ({figure})")
    return Verdict(
        "full", f"a full fine-tune ({figure}, {percent(differing / elements)} of the elements differ)"
    )


def _label(each: TensorDiff) -> str:
    for dtype in (each.other_dtype, each.dtype):
        if "(" in dtype:
            return dtype[dtype.index("(") + 1 : -1]
    return ""


def _ratio(changed: Sequence[TensorDiff]) -> float:
    energy = sum(each.energy for each in changed)
    change: float = sum(each.change_energy for each in changed)
    return float((change / energy) ** 0.5) if energy else float("inf")


def _ranks(ranks: Counter[int]) -> str:
    if len(ranks) == 1:
        return f"rank {next(iter(ranks))}"
    return f"ranks {min(ranks)}–{max(ranks)}"


def _more(both: Sequence[TensorDiff], loose: Sequence[TensorDiff], unread: Sequence[TensorDiff]) -> list[str]:
    """What else there is to say."""
    facts = []
    if rows := [each for each in loose if _is_rows(each)]:
        facts.append(_rows(rows))
    for state, words in (("gone", "gone"), ("new", "new")):
        whole = [each for each in loose if each.state == state and not _is_rows(each)]
        if whole:
            facts.append(f"{_count(whole)} {'is' if len(whole) == 1 else 'are'} {words}")
    if unread:
        facts.append(f"{_count(unread)} cannot be read")
    if any(each.how == "renamed" for each in both):
        facts.append("names differ")
    nan = sum(each.nan_there - each.nan for each in both if each.nan_there > each.nan)
    if nan:
        facts.append(f"{counted(nan, 'number')} of the other side {'is' if nan == 1 else 'are'} not finite")
    return facts


def _count(lines: Sequence[TensorDiff]) -> str:
    return counted(len(lines), "tensor")
