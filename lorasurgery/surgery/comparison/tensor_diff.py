"""One line of a comparison: a tensor of one checkpoint, its counterpart, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.comparison.counterpart import Counterpart
from lorasurgery.surgery.comparison.movement import Movement, movement, real
from lorasurgery.surgery.comparison.rank_of_change import ChangeKind, kind_of_change

# What a comparison of two tensors takes: blocks of both sides and their copies.
WORKING_BYTES = 32 * 2**20
# Codes of a quantised tensor that are this near are those of the same numbers.
MOST_CODE_ERROR = 0.3
# Beyond this share of changed numbers a change is not sparse.
MOST_SPARSE = 0.2


@dataclass(frozen=True)
class TensorDiff:
    """A tensor on both sides, or on one.

    Attributes:
        name, other: what each side calls it, with `.T` where it is transposed and the range of rows
            where it is a part; None where a side lacks it.
        how: why two names were taken for one: "", `renamed`, `tied`, `part`, `resized`.
        state: `equal`, `widened` (the same numbers in a dtype that holds them all), `rounded` (the same
            numbers but for rounding to the coarser dtype), `changed`, `gone`, `new`, `unread`.
        change: of what is changed, `low-rank`, `scaled`, `sparse`, `codes`, or `full`.
        elements, differing: numbers compared, and those that differ.
        ulps, median_ulps: the largest distance, and the power of two at or below the median one.
        ratio: ‖difference‖ / ‖one‖.
        nan, nan_there: numbers that are NaN or infinite on each side.
    """

    name: str | None
    other: str | None
    how: str
    shape: tuple[int, ...]
    other_shape: tuple[int, ...]
    dtype: str
    other_dtype: str
    state: str
    change: str = ""
    rank: int = 0
    elements: int = 0
    differing: int = 0
    ulps: int = 0
    median_ulps: int = 0
    ratio: float = 0.0
    cosine: float = 1.0
    nan: int = 0
    nan_there: int = 0
    energy: float = 0.0
    change_energy: float = 0.0
    reason: str = ""

    @property
    def is_same(self) -> bool:
        """Whether every number is the same."""
        return self.state in ("equal", "widened")

    @property
    def title(self) -> str:
        """The name, and the other one where it differs."""
        if self.name is None or self.other is None or self.name == self.other:
            return self.name or self.other or ""
        return f"{self.name} = {self.other}"

    def as_json(self) -> dict[str, Any]:
        """Return the line as JSON values, without what only sums are made of."""
        values = asdict(self)
        del values["energy"], values["change_energy"]
        return {**values, "ratio": self.ratio if self.ratio < float("inf") else None}


@dataclass(frozen=True)
class TensorPair:
    """A job: two tensors to be compared."""

    counterpart: Counterpart
    one: LazyTensor
    other: LazyTensor

    @staticmethod
    def of(each: Counterpart, one: Mapping[str, LazyTensor], other: Mapping[str, LazyTensor]) -> TensorPair:
        return TensorPair(each, each.one.of(one), each.other.of(other))

    @property
    def read_bytes(self) -> int:
        return self.one.nbytes + self.other.nbytes

    @property
    def working_bytes(self) -> int:
        whole = [8 * side.numel for side in (self.one, self.other) if side.bits is None]
        return WORKING_BYTES + sum(whole)

    def advise(self) -> None:
        for side in (self.one, self.other):
            if side.advise:
                side.advise()


def compared(pair: TensorPair, *, quick: bool) -> TensorDiff:
    """Compare two tensors."""
    one, other, each = pair.one, pair.other, pair.counterpart
    refusal = _refusal(one) or _refusal(other)
    if one.dtype.is_complex is not other.dtype.is_complex:
        refusal = refusal or "one side has complex numbers, and the other has none"
    if refusal:
        return _line(pair, state="unread", reason=refusal)
    turned = TensorPair(each, one, other.transposed())
    moved = movement(real(one), real(other), quick=quick)
    if _may_be_transposed(one, other) and moved.cosine < 0.5:
        other_way = movement(one, turned.other)
        if other_way.cosine > moved.cosine and other_way.cosine > 0.5:
            pair, moved = turned, other_way
    state = _state(moved, one.dtype, other.dtype)
    kind = ChangeKind()
    if state == "changed":
        kind = _plain_kind(pair, moved) if quick else _kind(pair, moved)
    return _line(
        pair,
        state=state,
        change=kind.kind,
        rank=kind.rank,
        elements=moved.elements,
        differing=moved.differing,
        ulps=moved.ulps,
        median_ulps=moved.median_ulps,
        ratio=moved.ratio,
        cosine=moved.cosine,
        nan=moved.nan,
        nan_there=moved.nan_there,
        energy=moved.energy,
        change_energy=moved.change,
        is_turned=pair is turned,
    )


def _may_be_transposed(one: LazyTensor, other: LazyTensor) -> bool:
    if one.dtype.is_complex:
        return False
    return len(one.shape) == 2 and one.shape[0] == one.shape[1] and one.shape[0] > 1 and other.numel > 1


def _refusal(tensor: LazyTensor) -> str:
    return tensor.quantised.refusal if tensor.quantised else ""


def _state(moved: Movement, one: Dtype, other: Dtype) -> str:
    if moved.differing:
        return "changed"
    if moved.rounded:
        return "rounded"
    return "equal" if one is other else "widened"


def _kind(pair: TensorPair, moved: Movement) -> ChangeKind:
    """Say what kind of change it is, from some rows of it."""
    plain = _plain_kind(pair, moved)
    if plain.kind == "codes" or not is_matrix(pair) or moved.nan or moved.nan_there:
        return plain
    found = kind_of_change(pair.one, pair.other)
    return found if found.kind else plain


def _plain_kind(pair: TensorPair, moved: Movement) -> ChangeKind:
    """Say what the counted figures say of a change."""
    one, other = pair.one, pair.other
    if (one.quantised is None) != (other.quantised is None) and moved.ratio < MOST_CODE_ERROR:
        return ChangeKind("codes")
    is_sparse = moved.differing <= MOST_SPARSE * moved.elements
    return ChangeKind("sparse" if is_sparse and len(one.shape) > 1 else "full")


def is_matrix(pair: TensorPair) -> bool:
    """Whether the change may be a product of factors."""
    shape, is_float = pair.one.shape, pair.one.dtype.is_floating_point
    return len(shape) == 2 and min(shape) > 1 and is_float and pair.counterpart.how != "resized"


def _line(pair: TensorPair, *, state: str, is_turned: bool = False, **figures: Any) -> TensorDiff:
    each = pair.counterpart
    sides = pair.one, pair.other
    labels = [
        f"{side.dtype} ({side.quantised.label})" if side.quantised else str(side.dtype) for side in sides
    ]
    return TensorDiff(
        name=str(each.one),
        other=f"{each.other}.T" if is_turned else str(each.other),
        how=each.how,
        shape=pair.one.shape,
        other_shape=pair.other.shape,
        dtype=labels[0],
        other_dtype=labels[1],
        state=state,
        **figures,
    )
