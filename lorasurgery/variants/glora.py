"""GLoRA: W' = W + W ∘ A + B and b' = b + b ∘ D + E.

Each of A, B, D and E is a product, a vector, a number or absent.

    A, B    Xd @ Xu (out, r) (r, in), or X (out, 1), or X (1)
    D, E    X (out), or X (1)

The paper's C, by which b' also has W C, is not this: a bias that depends on a weight is no `Edit`.

Source: Chavan et al., "One-for-All: Generalized LoRA for Parameter-Efficient Fine-Tuning", 2023,
arXiv 2306.07967.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Change, Edit, Function, Shape, exact

if TYPE_CHECKING:
    from torch import Tensor

# The tensors of one of A, B, D, E: two that are multiplied, one, or none.
Path = tuple[LazyTensor, ...]


@dataclass(frozen=True)
class GloraFactors:
    """What scales (A, D) and what is added (B, E), for weight and bias."""

    A: Path = ()
    B: Path = ()
    D: Path = ()
    E: Path = ()

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        return Edit(_change(self.A, self.B), _change(self.D, self.E))


def _change(scaled: Path, added: Path) -> Change | None:
    if not scaled and not added:
        return None
    gain, offset = _matrix(scaled), _matrix(added)
    return Function(lambda W: W + W * gain + offset)


def _matrix(path: Path) -> Tensor | float:
    """A whole matrix, a column, or a number."""
    if not path:
        return 0.0
    first, *rest = (exact(tensor).double() for tensor in path)
    return first @ rest[0] if rest else first.reshape(-1, 1)
