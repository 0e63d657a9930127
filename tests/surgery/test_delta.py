"""ΔW as it is read from disk.

Equal to the plain difference, in every layout, and honest about what is no number.
"""

from __future__ import annotations

import dataclasses

import pytest
import torch

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import NumericError
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.streamed import StreamedMatrix
from lorasurgery.surgery.base import matrix
from lorasurgery.surgery.base.matrix import Matrix
from lorasurgery.surgery.factorise import delta
from lorasurgery.surgery.factorise.delta import Delta
from lorasurgery.surgery.factorise.measure import measure
from support.tensor_algebra import tensor

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn]


def random(shape: tuple[int, int], seed: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


def whole(tensor: torch.Tensor, *, transposed: bool = False) -> Matrix:
    return Matrix((LazyTensor.of(tensor),), transposed)


def read_delta(name: str, base: Matrix, tuned: Matrix) -> Delta:
    """The change, as a tensor."""
    found = delta.read_delta(name, base, tuned)
    return dataclasses.replace(found, D=tensor(found.D))


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few rows, so that a small matrix has several."""
    monkeypatch.setattr(matrix, "BLOCK_ELEMENTS", 64)


@pytest.mark.parametrize("base_dtype", DTYPES)
@pytest.mark.parametrize("tuned_dtype", DTYPES)
def test_a_delta_is_the_difference_of_the_stored_values_rounded_once(
    base_dtype: torch.dtype, tuned_dtype: torch.dtype
) -> None:
    base, tuned = random((37, 20), 1, base_dtype), random((37, 20), 2, tuned_dtype)
    found = read_delta("w", whole(base), whole(tuned))
    exact = tuned.double() - base.double()
    assert found.D is not None
    assert torch.equal(found.D, exact.float())
    assert found.energy == pytest.approx(float(exact.square().sum()), rel=1e-5)
    assert found.base_energy == pytest.approx(float(base.double().square().sum()), rel=1e-5)


def test_a_very_large_delta_is_subtracted_anew_in_each_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    base, tuned = random((37, 20), 1, torch.bfloat16), random((37, 20), 2, torch.bfloat16)
    base[:5] = tuned[:5]
    held = read_delta("w", whole(base), whole(tuned))
    monkeypatch.setattr(delta, "MOST_HELD", 37 * 20 - 1)
    found = read_delta("w", whole(base), whole(tuned))
    assert isinstance(found.D, StreamedMatrix)
    assert held.D is not None
    assert torch.equal(tensor(found.D.whole()), held.D)
    assert torch.equal(tensor(found.D[7:30]), held.D[7:30])
    assert (found.energy, found.base_energy) == (held.energy, held.base_energy)
    assert read_delta("w", whole(base), whole(base.clone())).D is None
    turned = read_delta("w", whole(base, transposed=True), whole(tuned, transposed=True)).D
    assert isinstance(turned, torch.Tensor)


def test_a_delta_of_conv1d_storage_is_out_by_in() -> None:
    base, tuned = random((20, 37), 1), random((20, 37), 2)
    found = read_delta("w", whole(base, transposed=True), whole(tuned, transposed=True))
    assert found.D is not None
    assert torch.equal(found.D, (tuned - base).T)


def test_sides_that_are_stored_differently_are_aligned() -> None:
    base, tuned = random((20, 37), 1), random((37, 20), 2)
    found = read_delta("w", whole(base, transposed=True), whole(tuned))
    assert found.D is not None
    assert torch.equal(found.D, tuned - base.T)


def test_a_stack_of_files_reads_as_one_matrix_across_its_seams() -> None:
    parts = [random((rows, 20), rows) for rows in (5, 11, 3)]
    stack = Matrix(tuple(map(LazyTensor.of, parts)), transposed=False)
    base = torch.zeros(19, 20)
    found = read_delta("w", whole(base), stack)
    assert stack.shape == (19, 20)
    assert found.D is not None
    assert torch.equal(found.D, torch.cat(parts))


def test_equal_sides_have_no_delta_and_a_change_in_the_last_block_is_seen() -> None:
    base = random((37, 20), 1)
    assert read_delta("w", whole(base), whole(base.clone())).D is None
    tuned = base.clone()
    tuned[36, 19] += 1
    found = read_delta("w", whole(base), whole(tuned))
    assert found.D is not None
    assert torch.equal(found.D, tuned - base)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("side", ["base", "tuned"])
def test_nan_and_infinity_are_refused_with_their_row_and_column(value: float, side: str) -> None:
    pair = {"base": random((37, 20), 1), "tuned": random((37, 20), 2)}
    pair[side][30, 7] = value
    with pytest.raises(NumericError, match=rf"'w' of the {side} checkpoint .* row 30, column 7"):
        read_delta("w", whole(pair["base"]), whole(pair["tuned"]))


def test_numbers_whose_squares_overflow_are_numbers_all_the_same() -> None:
    base, tuned = torch.zeros(4, 4), torch.full((4, 4), 1e30)
    assert read_delta("w", whole(base), whole(tuned)).energy == pytest.approx(16e60, rel=1e-6)


def test_measuring_finds_the_rows_that_changed_and_those_that_are_new() -> None:
    base = random((37, 20), 1)
    tuned = torch.cat([base, random((3, 20), 2)])
    tuned[5, 3] += 2
    tuned[30] = 0
    change = measure("w", whole(base), whole(tuned))
    assert change.rows == (5, 30, 37, 38, 39)
    assert change.energy == pytest.approx(float((tuned[:37] - base).double().square().sum()))
    assert not measure("w", whole(base), whole(base)).is_any
    assert measure("w", None, whole(base)).rows == tuple(range(37))


def test_a_part_that_can_only_be_read_whole_is_read_once() -> None:
    base, tuned, reads = random((37, 20), 1), random((37, 20), 2), []

    def read() -> torch.Tensor:
        reads.append(1)
        return tuned

    found = read_delta(
        "w", whole(base), Matrix((LazyTensor((37, 20), Dtype.of(tuned.dtype), read),), transposed=False)
    )
    assert found.D is not None
    assert torch.equal(found.D, tuned - base)
    assert len(reads) == 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("scale", [1e-38, 1e-30, 1e-22, 1e20, 1e37])
def test_energies_are_right_at_both_ends_of_float32(scale: float, dtype: torch.dtype) -> None:
    """Squares of these numbers vanish or overflow in float32.

    The smallest numbers are subnormal.
    """
    base, tuned = (random((37, 20), seed).double().mul(scale).to(dtype) for seed in (1, 2))
    found = read_delta("w", whole(base), whole(tuned))
    exact = tuned.double() - base.double()
    assert found.D is not None
    assert found.energy == pytest.approx(float(exact.square().sum()), rel=1e-5, abs=0)
    assert found.base_energy == pytest.approx(float(base.double().square().sum()), rel=1e-5, abs=0)


def test_parts_in_several_dtypes_keep_their_numbers() -> None:
    """As experts of which some were saved in another half: their bits do not mean the same."""
    parts = (torch.full((2, 3), 1.5).bfloat16(), torch.full((1, 3), -0.25).half())
    for transposed in (False, True):
        stored = tuple(LazyTensor.of(part.T.contiguous() if transposed else part) for part in parts)
        rows = Matrix(stored, transposed=transposed).raw_rows(0, 3)
        expected = torch.cat(parts)
        assert torch.equal(rows.tensor.double(), (expected.T if transposed else expected).double())
