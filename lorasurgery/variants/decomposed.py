"""DoKr and DoHa: W' = m ∘ V / ‖V‖, with V = W + ΔW of LoKr or LoHa.

Source: LyCORIS 4.1.3, `weight_decompose` of every module (Yeh et al., 2023, arXiv 2309.14859);
ComfyUI's `weight_decompose`; the decomposition is DoRA's (Liu et al., 2024, arXiv 2402.09353).
"""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.dora import gain_to
from lorasurgery.variants.edit import Edit, Scaled, Shape, Sum, own_shape
from lorasurgery.variants.loha import LohaFactors
from lorasurgery.variants.lokr import LokrFactors


@dataclass(frozen=True)
class DecomposedFactors:
    """The factors of ΔW and the magnitude: one number per row of W, or per column if `by_column`."""

    inner: LohaFactors | LokrFactors
    magnitude: LazyTensor
    by_column: bool = False

    @property
    def shape(self) -> Shape | None:
        """(out, in · kernel), where no core holds the kernel."""
        return own_shape(self.inner)

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        change = self.inner.edit(shape).weight
        assert isinstance(change, Sum), "LoHa and LoKr are sums"
        return Edit(Scaled(change.terms, gain_to(self.magnitude, by_column=self.by_column)))
