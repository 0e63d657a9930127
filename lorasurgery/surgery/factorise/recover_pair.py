"""Recover the factors of one matrix of a pair, or refuse the pair as no merged LoRA."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lorasurgery.checkpoint import Spill
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import NothingToDoError, UnsupportedError
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import Matrix
from lorasurgery.surgery.factorise.delta import read_delta
from lorasurgery.surgery.factorise.factorised import Factorised
from lorasurgery.surgery.factorise.matrix_pair import MatrixPair

if TYPE_CHECKING:
    from torch import Tensor

# The dtypes whose rounding is coarse enough for a search in float32.
ROUNDED = (Dtype.BF16, Dtype.F16)


@dataclass(frozen=True)
class PairRecoverer:
    """Recovers the matrices of a pair; call it with one.

    Factors are stored in float32, in the scratch file `spill`. `products` has by parameter and expert
    the dtype that ΔW was rounded to before it was added, None where the sum was rounded once.
    """

    spill: Spill
    products: dict[tuple[str, int], Dtype | None] = field(default_factory=dict)

    def __call__(self, pair: MatrixPair) -> Factorised[MatrixPair]:
        """Find the factors of a matrix and store them.

        Raises:
            UnsupportedError: the sides have different dtypes, or one that is not rounded coarsely.
            NothingToDoError: the change is not that of a merged LoRA.
        """
        import torch

        from lorasurgery.linalg.factors import residual_energy
        from lorasurgery.linalg.recovery import NotMerged, recovered

        assert pair.base is not None, "only what both sides have is factorised"
        delta = read_delta(pair.parameter, pair.base, pair.tuned)
        if delta.D is None:
            out, width = pair.tuned.shape
            A, B_rows = (self.spill.put(StoredArray.of(torch.zeros(0, side))) for side in (width, out))
            return Factorised(pair, (), 0.0, 0.0, A, B_rows, delta.base_energy)
        _check_rounding(pair)
        found = recovered(stored_matrix(pair.base), stored_matrix(pair.tuned), seed=pair.seed)
        if isinstance(found, NotMerged):
            raise NothingToDoError(
                f"No merged LoRA can be found: {pair.parameter!r} changed, and {found.reason}. Extract "
                "without --recover, which approximates any change."
            )
        sigma = tuple((found.A.double().norm(dim=1) * found.B.double().norm(dim=0)).tolist())
        error = residual_energy(delta.D, found.A, found.B, delta.energy)
        product = None if found.product is None else Dtype.of(found.product)
        self.products[pair.parameter, pair.expert] = product
        A, B_rows = (self.spill.put(StoredArray.of(side.contiguous())) for side in (found.A, found.B.T))
        return Factorised(pair, sigma, delta.energy, error, A, B_rows, delta.base_energy)


def is_recoverable(pair: MatrixPair) -> bool:
    """Whether both sides are stored in one dtype of 16 bits."""
    sides = [side for side in (pair.base, pair.tuned) if side is not None and side.quantised is None]
    dtypes = {side.stored_dtype for side in sides}
    return len(sides) == 2 and len(dtypes) == 1 and dtypes <= set(ROUNDED)


def _check_rounding(pair: MatrixPair) -> None:
    """Refuse a matrix whose merge was not rounded to 16 bits.

    Raises:
        UnsupportedError: see there.
    """
    assert pair.base is not None, "only what both sides have is factorised"
    if not is_recoverable(pair):
        raise UnsupportedError(
            f"--recover is for models in bfloat16 or float16, merged in the base's own dtype, and "
            f"{pair.parameter!r} is {_label(pair.base)} in the base and {_label(pair.tuned)} in the merged "
            "model. Extract without --recover."
        )


def _label(side: Matrix) -> str:
    return side.quantised.label if side.quantised else str(side.stored_dtype)


def stored_matrix(side: Matrix) -> Tensor:
    """Return a matrix (out, in) as it is stored."""
    stored = side.read_rows(0, side.stored_shape[0])
    return stored.T.contiguous() if side.transposed else stored
