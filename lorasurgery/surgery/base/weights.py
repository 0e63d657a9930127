"""Read the weights of a base that an adapter changes, under the names that the adapter has for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.adapter import Adapter
from lorasurgery.architecture import Architecture, Binding, Layout
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.errors import AlignmentError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.base.host import module_path
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS, Matrix, blocks, matrices
from lorasurgery.surgery.base.names import AdapterNames, advice_on
from lorasurgery.surgery.base.shapes import is_wider, names_for, part_shape, refuse_misfits, shape_of
from lorasurgery.text import listed
from lorasurgery.variants.edit import Factors, Shape, own_shape

if TYPE_CHECKING:
    from numpy import ndarray


@dataclass(frozen=True)
class BaseWeight:
    """A matrix of the base; `shape` is (out, in, *kernel)."""

    matrix: Matrix
    shape: tuple[int, ...]

    @property
    def refusal(self) -> str:
        """Why its numbers cannot be read ("is quantised (...), and ..."); "" where they can."""
        if self.matrix.quantised is not None:
            return self.matrix.quantised.refusal
        dtype = self.matrix.parts[0].dtype
        return "" if dtype.is_floating_point else f"holds {dtype} codes"

    @property
    def known_shape(self) -> tuple[int, ...] | None:
        """The shape, if it is certain: unread quantised weights may have none, or be transposed."""
        stored = self.matrix.quantised
        is_unsure = stored is not None and (
            not stored.has_shape or (stored.refusal and self.matrix.transposed)
        )
        return None if is_unsure else self.shape

    @property
    def working_bytes(self) -> int:
        return 40 * math.prod(self.shape)

    def read(self) -> ndarray:
        """Read the matrix (out, in · kernel) in float64."""
        rows = self.matrix.raw_rows(0, self.matrix.stored_shape[0]).double()
        return rows.T if self.matrix.transposed else rows

    def norm(self) -> float:
        """Return ‖W‖_F."""
        total = 0.0
        for block in blocks(self.matrix):
            total += float((self.matrix.raw_rows(*block).double() ** 2).sum())
        return math.sqrt(total)


@dataclass(frozen=True)
class BaseWeights:
    """Finds the weights of one base by the names that an adapter has for them.

    `widened` are modules whose factors have more inputs than the base: it has no such weights.
    """

    base: Checkpoint
    architecture: Architecture
    names: AdapterNames
    widened: frozenset[str] = frozenset()

    @staticmethod
    def for_adapter(
        base: Checkpoint, architecture: Architecture, binding: Binding, adapter: Adapter
    ) -> BaseWeights:
        """Find an adapter's weights in a base.

        Raises:
            AlignmentError: a module is not in the base, or has another shape there.
        """
        paths = [*adapter.modules]
        names = names_for(adapter, base, architecture, binding)
        strangers = [path for path in paths if names.weight_of(path) is None]
        if strangers:
            raise AlignmentError(
                f"{listed(strangers)} of the adapter match{'es' if len(strangers) == 1 else ''} nothing in "
                f"{base.name}: {len(strangers)} of {len(paths)} modules. {advice_on(strangers, architecture)}"
            )
        refuse_misfits(adapter, names)
        widened = frozenset(
            path
            for path in adapter.widens
            if (located := names.weight_of(path)) is not None
            and is_wider(adapter.modules[path], shape_of(base, located.layout))
        )
        return BaseWeights(base, architecture, names, widened)

    def of(self, path: str) -> tuple[BaseWeight, ...]:
        """Return a module's weight, or that of each of its experts; () where it gets more inputs."""
        if path in self.widened:
            return ()
        located = self.names.weight_of(path)
        assert located is not None, "all paths were looked up before"
        return tuple(
            BaseWeight(each, self._shape(located.layout, each))
            for each in matrices(self.base, located.layout)
        )

    def run_time_path(self, path: str) -> str:
        """Return what the base's class calls a module of the adapter."""
        located = self.names.weight_of(path)
        if located is None:
            return path
        parameter = self.architecture.parameters.get(located.name)
        if parameter is None or located.expert is not None:
            return located.path
        return module_path(parameter)

    def tensor(self, name: str) -> LazyTensor | None:
        """Return a parameter that is one tensor of the base."""
        located = self.names.find(name)
        whole = located.layout.whole if located else None
        return self.base.tensors[whole.tensor] if whole else None

    def has_equal(self, name: str, tensor: LazyTensor) -> bool:
        """Return whether the base has a parameter with the same numbers."""
        own = self.tensor(name)
        is_unread = own is not None and own.quantised is not None and bool(own.quantised.refusal)
        return own is not None and not is_unread and is_same(own, tensor)

    def _shape(self, layout: Layout, matrix: Matrix) -> tuple[int, ...]:
        whole = layout.whole
        return matrix.shape if whole is None else part_shape(self.base.tensors[whole.tensor].shape, whole)


def changed_shape(weight: BaseWeight | None, factors: Factors) -> Shape | None:
    """Return the shape (out, in, *kernel) of what factors change: the weight's, else the factors'."""
    known = weight.known_shape if weight is not None else None
    return known or own_shape(factors)


def is_same(base: LazyTensor, other: LazyTensor) -> bool:
    """Return whether two tensors hold the same numbers, whatever their dtypes."""
    import numpy as np

    if base.shape != other.shape:
        return False
    one, two = base.viewed((base.numel,)), other.viewed((base.numel,))
    ranges = [(at, min(at + STREAM_ELEMENTS, base.numel)) for at in range(0, base.numel, STREAM_ELEMENTS)]
    return all(np.array_equal(one.raw_rows(*each).double(), two.raw_rows(*each).double()) for each in ranges)
