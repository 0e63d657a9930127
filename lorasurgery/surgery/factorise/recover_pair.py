"""Recover the factors of one matrix of a pair, or note why its change is that of no merged LoRA."""

from __future__ import annotations

from dataclasses import dataclass, field

from lorasurgery.checkpoint import Spill
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import Matrix
from lorasurgery.surgery.factorise.delta import read_delta
from lorasurgery.surgery.factorise.factorised import Factorised
from lorasurgery.surgery.factorise.matrix_pair import MatrixPair

# The dtypes whose rounding is coarse enough for a search in float32.
ROUNDED = (Dtype.BF16, Dtype.F16)
TOO_FINE = "it is stored in {dtype}, whose rounding is too fine to be searched"


@dataclass(frozen=True)
class PairRecoverer:
    """Recovers the matrices of a pair; call it with one.

    Factors are stored in float32, in the scratch file `spill`. `products` has by parameter and expert
    the dtype that ΔW was rounded to before it was added, None where the sum was rounded once. `refused`
    has by parameter why its change is that of no merged LoRA; its factors have no rank.
    """

    spill: Spill
    products: dict[tuple[str, int], Dtype | None] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def __call__(self, pair: MatrixPair) -> Factorised[MatrixPair]:
        """Find the factors of a matrix and store them.

        Raises:
            UnsupportedError: the sides have different dtypes, or are quantised.
        """
        import numpy as np

        from lorasurgery.linalg.factors import residual_energy
        from lorasurgery.linalg.recovery import NotMerged, recovered

        assert pair.base is not None, "only what both sides have is factorised"
        delta = read_delta(pair.parameter, pair.base, pair.tuned)
        if delta.D is None:
            return self._without(pair, 0.0, delta.base_energy)
        _check_sides(pair)
        if not is_recoverable(pair):
            self.refused[pair.parameter] = TOO_FINE.format(dtype=_label(pair.tuned))
            return self._without(pair, delta.energy, delta.base_energy)
        found = recovered(stored_matrix(pair.base), stored_matrix(pair.tuned), seed=pair.seed)
        if isinstance(found, NotMerged):
            self.refused[pair.parameter] = found.reason
            return self._without(pair, delta.energy, delta.base_energy)
        sigma = tuple((np.linalg.norm(found.A, axis=1) * np.linalg.norm(found.B, axis=0)).tolist())
        A, B = (StoredArray.of_array(side) for side in (found.A, found.B))
        error = residual_energy(delta.D, A, B, delta.energy)
        self.products[pair.parameter, pair.expert] = found.product
        stored_A, B_rows = (self.spill.put(side) for side in (A, B.T))
        return Factorised(pair, sigma, delta.energy, error, stored_A, B_rows, delta.base_energy)

    def _without(self, pair: MatrixPair, energy: float, base_energy: float) -> Factorised[MatrixPair]:
        """Return factors of rank 0."""
        import numpy as np

        out, width = pair.tuned.shape
        A, B_rows = (
            self.spill.put(StoredArray.of_array(np.zeros((0, side), np.float32))) for side in (width, out)
        )
        return Factorised(pair, (), energy, energy, A, B_rows, base_energy)


def is_recoverable(pair: MatrixPair) -> bool:
    """Whether both sides are stored in one dtype of 16 bits."""
    sides = [side for side in (pair.base, pair.tuned) if side is not None and side.quantised is None]
    dtypes = {side.stored_dtype for side in sides}
    return len(sides) == 2 and len(dtypes) == 1 and dtypes <= set(ROUNDED)


def _check_sides(pair: MatrixPair) -> None:
    """Refuse a matrix that was not merged in the base's own dtype, or is quantised.

    Raises:
        UnsupportedError: see there.
    """
    assert pair.base is not None, "only what both sides have is factorised"
    is_quantised = pair.base.quantised is not None or pair.tuned.quantised is not None
    if is_quantised or pair.base.stored_dtype != pair.tuned.stored_dtype:
        raise UnsupportedError(
            f"--recover is for models in bfloat16 or float16, merged in the base's own dtype, and "
            f"{pair.parameter!r} is {_label(pair.base)} in the base and {_label(pair.tuned)} in the merged "
            "model. Give the base as it was when the LoRA was merged, or extract without --recover."
        )


def _label(side: Matrix) -> str:
    return side.quantised.label if side.quantised else str(side.stored_dtype)


def stored_matrix(side: Matrix) -> StoredArray:
    """Return a matrix (out, in) as it is stored."""
    stored = side.raw_rows(0, side.stored_shape[0])
    return stored.T if side.transposed else stored
