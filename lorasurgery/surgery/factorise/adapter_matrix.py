"""One matrix of an adapter that is decomposed, with the weight that it changes where that is known."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lorasurgery.adapter import Adapter
from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.base.fitting import edit_of
from lorasurgery.surgery.base.prefetch import fetch_soon
from lorasurgery.surgery.base.weights import BaseWeight, BaseWeights, changed_shape
from lorasurgery.variants.beft import BeftFactors
from lorasurgery.variants.edit import Edit, Factors, Shape, lazy_tensors, nbytes
from lorasurgery.variants.lora import LoraFactors
from lorasurgery.variants.replaced_vector import ReplacedVectorFactors


@dataclass(frozen=True)
class AdapterMatrix:
    """One matrix of an adapter: a module, or one of the experts of a fused parameter."""

    path: str
    factors: Factors
    weight: BaseWeight | None
    expert: int | None = None

    @property
    def is_expert(self) -> bool:
        """Whether it is one of several experts of its module."""
        return self.expert is not None

    @property
    def key(self) -> str:
        """What sets it apart from all other matrices of a run."""
        return f"{self.path}#{self.expert or 0}"

    @property
    def unit(self) -> str:
        """What is worked on in one place: a module, with all of its experts."""
        return self.path

    @property
    def seed(self) -> int:
        """A seed that depends on the module's name alone."""
        return zlib.crc32(self.key.encode())

    @property
    def shape(self) -> Shape:
        """(out, in, *kernel).

        Raises:
            UnsupportedError: neither the file nor a base has it.
        """
        shape = changed_shape(self.weight, self.factors)
        if shape is None:
            raise UnsupportedError(
                f"The shape of {self.path!r} is not in the adapter's file; give its model with --base."
            )
        return shape

    @property
    def flat_shape(self) -> tuple[int, int]:
        """(out, in · kernel)."""
        return self.shape[0], math.prod(self.shape[1:])

    @property
    def read_bytes(self) -> int:
        """The bytes of its factors."""
        return nbytes(self.factors)

    @property
    def working_bytes(self) -> int:
        """The factors in float64, their orthogonal parts, the new factors, and what the allocator keeps."""
        return 36 * sum(tensor.numel for tensor in lazy_tensors(self.factors))

    def advise(self) -> None:
        """Ask for the factors to be fetched, where they are elsewhere."""
        fetch_soon([self.factors])

    def edit(self) -> Edit:
        """What the module does.

        Raises:
            AlignmentError: the factors do not fit the weight.
        """
        return edit_of(self.path, self.factors, self.shape)


def adapter_matrices(
    adapter: Adapter, weights: BaseWeights | None, paths: Iterable[str] | None = None
) -> list[AdapterMatrix]:
    """The matrices of an adapter, or of some of its modules: in sorted order, and experts in theirs."""
    wanted = sorted(adapter.modules if paths is None else paths)
    return [matrix for path in wanted for matrix in _matrices(adapter, path, weights)]


def ranked_matrices(
    adapter: Adapter, weights: BaseWeights | None, holds: tuple[type, ...]
) -> list[AdapterMatrix]:
    """The matrices of the modules that have ranks; see `without_ranks`."""
    return adapter_matrices(adapter, weights, adapter.modules.keys() - without_ranks(adapter, holds).keys())


def without_ranks(adapter: Adapter, holds: tuple[type, ...]) -> dict[str, Factors]:
    """The modules that stay as they are whatever is done with the others: replaced norms, biases alone.

    Args:
        holds: the classes of factors that the output can hold.
    """
    kept = tuple(each for each in (ReplacedVectorFactors, BeftFactors) if each in holds)
    return {path: each for path, each in adapter.modules.items() if isinstance(each, kept)}


def _matrices(adapter: Adapter, path: str, weights: BaseWeights | None) -> Iterator[AdapterMatrix]:
    factors = adapter.modules[path]
    base_weights = weights.of(path) if weights else ()
    if isinstance(factors, LoraFactors) and len(factors.A.shape) == 3:
        for index in range(factors.A.shape[0]):
            weight = base_weights[index] if base_weights else None
            yield AdapterMatrix(path, factors.expert(index), weight, index)
        return
    yield AdapterMatrix(path, factors, base_weights[0] if base_weights else None)
