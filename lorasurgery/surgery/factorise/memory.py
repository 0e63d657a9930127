"""Bound the bytes that one matrix of a pair takes while it is worked on, whatever its spectrum.

| held                                  | bytes                                             |
|---------------------------------------|---------------------------------------------------|
| ΔW in float32                         | 4 out · in, or panels where it is streamed        |
| a copy of it in bfloat16              | 2 out · in, next to a subspace; not where it is   |
|                                       | streamed or a side is short                       |
| a Krylov subspace of dimension d      | 4 d (out + 2 in) + 40 d²                          |
| the Gram matrix's eigenvectors        | 40 short², where so large a subspace is not kept  |
| factors of rank k in the making       | 8 k out + 16 k in + 48 k²                         |

Out and in are those of the matrix as it is stored. Factors are made of the subspace, while it is
held, or of the eigenvectors, after them. Which of these a matrix needs, its values decide: a spectrum
that falls fast takes little, a flat one all. What the allocator keeps comes on top. A noise edge takes
as much as ΔW with its copy, and before it.
"""

from __future__ import annotations

import math
from functools import cache

from lorasurgery.surgery.base.matrix import BLOCK_ELEMENTS, Matrix
from lorasurgery.surgery.factorise.delta import KEPT_BYTES, streams_rows

# Subspaces of noise, the hardest spectrum, were this large when their residual let them go: so many
# dimensions, and so many for each triplet; half as many again where the matrix is wide.
LEAST_DIMENSIONS, DIMENSIONS_PER_TRIPLET, WIDE = 256, 6, 1.5
# A subspace of this share of the short side gives way to the Gram matrix; so does any on a side
# this short.
NEAR_FULL, SMALL = 0.45, 256
# The allocator keeps some of what comes and goes for itself, at most so much: blocks of over 8 MiB
# it gives back.
MOST_LEFTOVERS = 45 * 10**6
# A block of rows, with both sides' numbers, their difference in float64 and what is compared.
BYTES_PER_MEASURED = 48
# Numbers of a panel of a streamed matrix, at most, as `linalg.panels` cuts it.
PANEL_NUMEL = 1 << 20
# The ends of a number's cells in float32, for both styles of a merge and shrunk, both sides as stored, and
# their difference.
BYTES_PER_SEARCHED = 36
# A side that can only be read whole: both as stored, and one of them in float32.
BYTES_PER_WHOLE = 12


def decomposing_bytes(base: Matrix, tuned: Matrix, deepest: int) -> int:
    """To find the factors of ΔW, of at most `deepest` ranks."""
    out, width = tuned.shape
    lies = (width, out) if base.transposed and tuned.transposed else (out, width)
    return _decomposing(lies, deepest, _by_rows(base, tuned), streams_rows(base, tuned))


@cache
def _decomposing(shape: tuple[int, int], deepest: int, by_rows: bool, streams: bool) -> int:
    """Kept for each shape: a model of experts has tens of thousands of matrices, and few shapes."""
    out, width = shape
    short, numel = min(out, width), out * width
    rank = min(deepest, short)
    dimension = LEAST_DIMENSIONS + DIMENSIONS_PER_TRIPLET * rank
    dimension = min(short // 2, int(dimension * (WIDE if out < width else 1)))
    is_near_full = short <= SMALL or dimension >= NEAR_FULL * short
    panels = BYTES_PER_MEASURED * PANEL_NUMEL
    by_gram = by_krylov = passing = 0
    if is_near_full:
        passing = max(40 * short**2, _making(out, width, rank))
        by_gram = passing + (4 * numel if not streams or out < width else panels)
    if short > SMALL:
        subspace = 4 * dimension * (out + 2 * width) + 40 * dimension**2
        subspace += _making(out, width, min(rank, dimension // 3))
        by_krylov = subspace + (panels if streams else 6 * numel)
        passing = max(passing, subspace)
    whole = 0 if by_rows else BYTES_PER_WHOLE * numel
    return max(by_gram, by_krylov) + whole + min(passing, MOST_LEFTOVERS)


def kept_bytes(tuned: Matrix) -> int:
    """The room for ΔW that a worker keeps for its next matrix."""
    nbytes = 4 * math.prod(tuned.shape)
    return nbytes if nbytes <= KEPT_BYTES else 0


def searching_bytes(tuned: Matrix) -> int:
    """To search for factors in the cells of a merge's rounding, besides the first singular triplets."""
    out, width = tuned.shape
    return BYTES_PER_SEARCHED * out * width


def measuring_bytes(base: Matrix | None, tuned: Matrix) -> int:
    """To compare both sides."""
    out, width = tuned.shape
    sides = [tuned] if base is None else [base, tuned]
    return BYTES_PER_MEASURED * (min(out * width, BLOCK_ELEMENTS) if _by_rows(*sides) else out * width)


def _making(out: int, width: int, rank: int) -> int:
    return rank * (8 * out + 16 * width + 48 * rank)


def _by_rows(*sides: Matrix) -> bool:
    """Whether both sides can be read in blocks of rows; not where one lies the other way round."""
    return all(side.transposed == sides[0].transposed and side.is_read_by_rows for side in sides)
