"""What an adapter's change does to the weight of its base: its size beside W, the noise edge, intruder dimensions, and whether it is a part of W.

Intruder dimensions are singular vectors of W + ΔW, of the leading ones, that match none of W's. Source: Shuttleworth et al., "LoRA vs Full Fine-tuning:
An Illusion of Equivalence", 2024, arXiv 2410.21228: |⟨u_j, u'_i⟩| < 0.5 for all j. They describe a fine-tune; that removing them helps is disputed.
"""

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
from lorasurgery.surgery.base.matrix import Matrix, blocks, matrices
from lorasurgery.surgery.base.names import AdapterNames
from lorasurgery.surgery.inspection.inspect_report import AgainstBase
from lorasurgery.surgery.merging.matching import is_same
from lorasurgery.surgery.merging.shapes import names_for, part_shape, refuse_misfits
from lorasurgery.text import listed
from lorasurgery.variants.edit import Factors, Shape, own_shape

if TYPE_CHECKING:
    from torch import Tensor

    from lorasurgery.linalg.factored import Svd

# Leading singular vectors of W + ΔW that are looked at, and the cosine that counts as a match (the paper's k and ε).
LOOKED_AT, MATCH = 10, 0.5
# A short side up to this has all its singular vectors compared; of a larger weight the leading ones.
ALL_VECTORS, LEADING_VECTORS = 1024, 128
SAMPLED_ROWS = 16


@dataclass(frozen=True)
class BaseWeight:
    """A matrix of the base; `shape` is (out, in, *kernel)."""

    matrix: Matrix
    shape: tuple[int, ...]

    @property
    def refusal(self) -> str:
        """Why its numbers cannot be read, as a predicate: "is quantised (...), and ..."; "" where they can."""
        if self.matrix.quantised is not None:
            return self.matrix.quantised.refusal
        dtype = self.matrix.parts[0].dtype
        return "" if dtype.is_floating_point else f"holds {dtype} codes"

    @property
    def known_shape(self) -> tuple[int, ...] | None:
        """The shape, where it is sure to be the weight's own: codes that are not read may tell none, or be transposed."""
        stored = self.matrix.quantised
        is_unsure = stored is not None and (
            not stored.has_shape or (stored.refusal and self.matrix.transposed)
        )
        return None if is_unsure else self.shape

    @property
    def working_bytes(self) -> int:
        return 40 * math.prod(self.shape)

    def read(self) -> Tensor:
        """(out, in · kernel) in float64."""
        rows = self.matrix.read_rows(0, self.matrix.stored_shape[0]).double()
        return rows.T if self.matrix.transposed else rows

    def norm(self) -> float:
        """‖W‖_F."""
        total = 0.0
        for block in blocks(self.matrix):
            total += float(self.matrix.read_rows(*block).double().square().sum())
        return math.sqrt(total)


@dataclass(frozen=True)
class BaseWeights:
    """Finds the weights of one base by the names that an adapter has for them."""

    base: Checkpoint
    architecture: Architecture
    names: AdapterNames

    @staticmethod
    def for_adapter(
        base: Checkpoint, architecture: Architecture, binding: Binding, adapter: Adapter
    ) -> BaseWeights:
        """Raises `AlignmentError` where a module is not in the base, or has another shape there."""
        paths = [*adapter.modules]
        names = names_for(adapter, base, architecture, binding)
        lost = [path for path in paths if names.weight_of(path) is None]
        if lost:
            raise AlignmentError(
                f"{listed(lost)} of the adapter match{'es' if len(lost) == 1 else ''} nothing in {base.name}: {len(lost)} of {len(paths)} modules. "
                "Check that the adapter was made for this model."
            )
        refuse_misfits(adapter, names)
        return BaseWeights(base, architecture, names)

    def of(self, path: str) -> tuple[BaseWeight, ...]:
        """A module's weight, or that of each of its experts."""
        found = self.names.weight_of(path)
        assert found is not None, "all paths were looked up before"
        return tuple(
            BaseWeight(each, self._shape(found.layout, each)) for each in matrices(self.base, found.layout)
        )

    def run_time_path(self, path: str) -> str:
        """What the base's own class calls a module that the adapter has under another name."""
        found = self.names.weight_of(path)
        if found is None:
            return path
        parameter = self.architecture.parameters.get(found.name)
        if parameter is None or found.expert is not None:
            return found.path
        return module_path(parameter)

    def tensor(self, name: str) -> LazyTensor | None:
        """A parameter that lies in the base as one tensor."""
        found = self.names.find(name)
        whole = found.layout.whole if found else None
        return self.base.tensors[whole.tensor] if whole else None

    def has_equal(self, name: str, tensor: LazyTensor) -> bool:
        """Whether the base holds a parameter with the same numbers."""
        held = self.tensor(name)
        is_unread = held is not None and held.quantised is not None and bool(held.quantised.refusal)
        return held is not None and not is_unread and is_same(held, tensor)

    def _shape(self, layout: Layout, matrix: Matrix) -> tuple[int, ...]:
        whole = layout.whole
        return matrix.shape if whole is None else part_shape(self.base.tensors[whole.tensor].shape, whole)


def shape_of(weight: BaseWeight | None, factors: Factors) -> Shape | None:
    """The shape of what factors change, (out, in, *kernel): the weight's, else as far as the factors tell it."""
    known = weight.known_shape if weight is not None else None
    return known or own_shape(factors)


def against(weight: BaseWeight, svd: Svd, seed: int) -> AgainstBase:
    """Hold a change, given by its decomposition, against its weight."""
    import torch

    W = weight.read()
    energy = float(svd.S.square().sum())
    inside = svd.U.T @ W @ svd.V
    size, aligned = float(torch.linalg.matrix_norm(inside)), float((svd.S * inside.diagonal()).sum())
    change = energy**0.5
    return AgainstBase(
        norm=float(torch.linalg.matrix_norm(W)),
        edge=_edge(weight.matrix, seed),
        noise=_noise(weight.matrix, energy),
        intruders=_intruders(W, svd, seed) if energy else 0,
        overlap=aligned / (size * change) if size and change else 0.0,
        ratio=change / size if size else 0.0,
    )


def _edge(matrix: Matrix, seed: int) -> float:
    from lorasurgery.linalg.noise import noise_edge

    return noise_edge((_as_merged(matrix, matrix.read_rows(*block)) for block in blocks(matrix)), seed=seed)


def _as_merged(matrix: Matrix, rows: Tensor) -> Tensor:
    """Rows in the dtype that a merge writes: bfloat16 for what is quantised, else their own."""
    return rows if matrix.quantised is None else rows.bfloat16()


def _noise(matrix: Matrix, energy: float) -> float | None:
    """‖rounding‖_F to expect of W + ΔW in W's dtype, from a sample of the rows."""
    import torch

    from lorasurgery.linalg.rounding_loss import lost_to_rounding
    from lorasurgery.raw import Raw

    rows, columns = matrix.stored_shape
    step = max(1, rows // SAMPLED_ROWS)
    sampled = torch.cat([_as_merged(matrix, matrix.read_rows(row, row + 1)) for row in range(0, rows, step)])
    if sampled.dtype.itemsize == 8:
        return None
    return math.sqrt(lost_to_rounding(Raw.of(sampled), energy / (rows * columns)) * rows * columns)


def _intruders(W: Tensor, svd: Svd, seed: int) -> int:
    from lorasurgery.linalg import rank_rules as ranks
    from lorasurgery.linalg.svd import truncated_svd

    merged = W + (svd.U * svd.S) @ svd.V.T
    leading = truncated_svd(merged.float(), ranks.fixed(LOOKED_AT), seed=seed).U.double()
    cosines = (_left_vectors(W, seed).T @ leading).abs()
    return int((cosines.amax(dim=0) < MATCH).sum())


def _left_vectors(W: Tensor, seed: int) -> Tensor:
    """W's left singular vectors, (out, k)."""
    import torch

    from lorasurgery.linalg import rank_rules as ranks
    from lorasurgery.linalg.svd import truncated_svd

    if min(W.shape) > ALL_VECTORS:
        return truncated_svd(W.float(), ranks.fixed(LEADING_VECTORS), seed=seed).U.double()
    if W.shape[0] <= W.shape[1]:
        vectors: Tensor = torch.linalg.eigh(W @ W.T).eigenvectors
        return vectors
    left = W @ torch.linalg.eigh(W.T @ W).eigenvectors
    unit: Tensor = torch.nn.functional.normalize(left, dim=0)
    return unit
