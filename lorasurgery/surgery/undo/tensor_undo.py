"""Restore the base's tensor from the merged one: a prediction, and corrections to it.

    prediction = round(W_merged / gain − Σ terms)   rounded once, the sum in order (see `linalg/ordered.py`)

The prediction is the base's own value for nearly all elements: bits were lost only where adding ΔW
moved a value up a binade. Where a change cannot be inverted like that (a rotation, a head that was
replaced), the prediction is the merged value itself. Where the shape differs, the record has the
whole tensor of the base.

All of it consists of additions, products and divisions of float64 in a fixed order, which are the
same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint import Spill
from lorasurgery.checkpoint.digest import Digest
from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.terms import Term
from lorasurgery.stored_array import StoredArray, narrowest
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.undo.corrections import CorrectionEncoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lorasurgery.linalg.ulps import Differences


@dataclass(frozen=True)
class MovedCodes:
    """By which rule the codes of a weight were moved; `weight` is its plain name."""

    weight: str
    rounding: str
    seed: int


@dataclass(frozen=True)
class TensorUndo:
    """What undoes the change of one tensor.

    Attributes:
        base_hash: of the base's bytes.
        matrix_shape: rows and columns of the merged tensor.
        terms: in the order in which they were added.
        kept: the base's own tensor; then terms, gain and corrections are absent.
        moved: how codes of a quantised weight were moved by the terms; then rows and columns are
            those of its codes, and the corrections what is noted of their moves.
    """

    shape: tuple[int, ...]
    dtype: Dtype
    base_hash: str
    matrix_shape: tuple[int, int]
    terms: tuple[StoredTerm, ...] = ()
    gain: LazyTensor | None = None
    corrections: LazyTensor | None = None
    kept: LazyTensor | None = None
    moved: MovedCodes | None = None

    @property
    def correction_bytes(self) -> int:
        return sum(each.nbytes for each in (self.corrections, self.kept) if each)

    @property
    def factor_bytes(self) -> int:
        return sum(term.left.nbytes + term.right.nbytes for term in self.terms)


@dataclass(frozen=True)
class StoredTerm:
    """A term whose sides are on disk."""

    left: LazyTensor
    right: LazyTensor
    scale: float
    row: int
    column: int

    def read(self) -> Term:
        return Term(self.left.raw().exact(), self.right.raw().exact(), self.scale, self.row, self.column)


class BasePrediction:
    """Predicts the base's rows from the merged ones."""

    def __init__(
        self, terms: Sequence[Term], gain: NDArray[Any] | None, shape: tuple[int, int], dtype: Dtype
    ) -> None:
        import numpy as np

        from lorasurgery.linalg.ordered import RowSum

        # Nothing can be recovered where the gain is 0, and 0/0 is not the same NaN everywhere.
        self._gain = None if gain is None else np.where(gain != 0, gain, 1.0)
        self._sum = RowSum([term.negated for term in terms], shape, dtype)
        self._dtype = dtype
        self._inverts = bool(terms) or gain is not None

    def __call__(self, merged: StoredArray, start: int) -> StoredArray:
        """Predict the base's rows from `start` on; they may be changed, and are valid until the next call."""
        if merged.dtype is self._dtype and not self._inverts:
            return StoredArray(merged.bits.copy(), self._dtype)
        if not self._dtype.is_floating_point or not merged.dtype.is_floating_point:
            return StoredArray.of(merged.tensor.to(self._dtype.torch, copy=True))
        if self._gain is not None:
            import numpy as np

            gain = self._gain if len(self._gain) == 1 else self._gain[start : start + len(merged)]
            with np.errstate(all="ignore"):
                merged = StoredArray.of_array(merged.double() / gain)
        return self._sum(merged, start)


class UndoRecorder:
    """Watches one tensor being computed and stores what undoes its change.

    Args:
        base: the tensor before the merge.
        shape: of the merged tensor, which is cut into the rows and columns of `matrix_shape`.
        is_replaced: whether the merged tensor starts from one that an adapter brought, so that no
            terms lead back to `base`.
        spill: where the parts of the record are stored until the weights are written.
    """

    def __init__(
        self,
        base: LazyTensor,
        shape: tuple[int, ...],
        matrix_shape: tuple[int, int],
        spill: Spill,
        *,
        is_replaced: bool = False,
    ) -> None:
        self._base = base
        self._is_reshaped = base.shape != shape
        self._matrix_shape = matrix_shape
        self._is_replaced = is_replaced
        self._spill = spill
        self._encoder = CorrectionEncoder()
        self._hash = Digest()
        self._terms: tuple[StoredTerm, ...] = ()
        self._gain: LazyTensor | None = None
        self._predict: BasePrediction | None = None

    def begin(
        self, terms: Sequence[Term] | None, gain: NDArray[Any] | None, *, is_noted: bool = False
    ) -> None:
        """Set the terms and the gain of the change; None where no terms lead back.

        Args:
            is_noted: the caller notes in `differences` how the base's rows differ from the
                prediction.
        """
        if self._is_reshaped:
            return
        used = () if self._is_replaced else tuple(terms or ())
        if not is_noted:
            self._predict = BasePrediction(used, gain, self._matrix_shape, self._base.dtype)
        self._terms = tuple(stored_term(term, self._spill) for term in used)
        self._gain = None if gain is None else self._spill.put(StoredArray.of_array(gain))

    @property
    def differences(self) -> Differences:
        """Where and by how many ulps the base's rows differ from the predictions."""
        return self._encoder.differences

    def add(self, start: int, merged: StoredArray, rows: StoredArray | None) -> None:
        """Add the next merged rows, and those of the base, which are read where `rows` is None."""
        if self._is_reshaped:
            return
        if rows is None:
            rows = self._base.viewed(self._matrix_shape).raw_rows(start, start + len(merged))
        self._hash.add(rows)
        if self._predict is not None:
            self.differences.note(rows, self._predict(merged, start), start * self._matrix_shape[1])
        self._encoder.flush()

    def finish(self) -> TensorUndo:
        """Return the undo of the tensor."""
        base = self._base
        if self._is_reshaped:
            whole = base.raw()
            self._hash.add(whole)
            return TensorUndo(
                base.shape, base.dtype, str(self._hash), self._matrix_shape, kept=self._spill.put(whole)
            )
        corrections = self._encoder.finish()
        return TensorUndo(
            base.shape,
            base.dtype,
            str(self._hash),
            self._matrix_shape,
            self._terms,
            self._gain,
            self._put_bytes(corrections) if corrections else None,
        )

    def _put_bytes(self, data: bytes) -> LazyTensor:
        import numpy as np

        return self._spill.put(StoredArray(np.frombuffer(data, np.uint8), Dtype.U8))


def stored_term(term: Term, spill: Spill) -> StoredTerm:
    """Store the sides of a term, each as narrow as it is exact."""
    left, right = (spill.put(narrowest(side)) for side in (term.left, term.right))
    return StoredTerm(left, right, term.scale, term.row, term.column)


def restored(
    undo: TensorUndo, name: str, merged: LazyTensor | None, watch: Callable[[StoredArray], None]
) -> Iterator[StoredArray]:
    """Restore the base's tensor, block after block; a block is valid until the next one.

    Args:
        watch: called with each block of the merged tensor that is read for it, in order.
    """
    from lorasurgery.surgery.undo.corrections import CorrectionDecoder

    if undo.kept is not None:
        for _, block in _blocks(merged, undo):
            watch(block)
        yield undo.kept.raw()
        return
    gain = undo.gain.raw().double() if undo.gain else None
    predict = BasePrediction([term.read() for term in undo.terms], gain, undo.matrix_shape, undo.dtype)
    decoder = CorrectionDecoder(name, undo.corrections.raw().data.tobytes() if undo.corrections else b"")
    for start, block in _blocks(merged, undo):
        watch(block)
        predicted = predict(block, start)
        decoder.correct(predicted, start * undo.matrix_shape[1])
        yield predicted


def _blocks(merged: LazyTensor | None, undo: TensorUndo) -> Iterator[tuple[int, StoredArray]]:
    """Return the merged tensor in blocks of rows; none where there is no such tensor."""
    return merged.viewed(undo.matrix_shape).raw_blocks(STREAM_ELEMENTS) if merged else iter(())
