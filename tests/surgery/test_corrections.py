"""Corrections turn any prediction into what was wanted, to the bit, and say where they are damaged."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import zstandard

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.undo.corrections import (
    CHUNK,
    HEAD,
    LENGTH,
    CorrectionDecoder,
    CorrectionEncoder,
    _chunk,
)
from lorasurgery.surgery.undo.tensor_undo import BasePrediction

DTYPES = [Dtype.BF16, Dtype.F16, Dtype.F32, Dtype.F64, Dtype.F8_E5M2, Dtype.I64, Dtype.I8]


def any_bits(count: int, dtype: Dtype, seed: int) -> StoredArray:
    """Every pattern, NaNs, infinities and both zeros among them."""
    drawn = np.random.default_rng(seed).integers(0, 256, count * dtype.itemsize, np.uint8)
    return StoredArray(drawn.view(f"u{dtype.itemsize}"), dtype)


def ones(count: int) -> StoredArray:
    return StoredArray.of_array(np.ones(count, np.float32))


def through(wanted: StoredArray, predicted: StoredArray, block: int, other: int) -> StoredArray:
    encoder = CorrectionEncoder()
    for start in range(0, len(wanted), block):
        encoder.differences.note(
            wanted.rows(start, start + block), predicted.rows(start, start + block), start
        )
        encoder.flush()
    decoder = CorrectionDecoder("w", encoder.finish())
    for at in range(0, len(wanted), other):
        decoder.correct(predicted.rows(at, at + other), at)
    return predicted


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 1.0])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_prediction_is_put_right(dtype: Dtype, share: float) -> None:
    wanted, other = any_bits(5000, dtype, 0), any_bits(5000, dtype, 1)
    wrong = np.random.default_rng(2).random(5000) < share
    predicted = StoredArray(np.where(wrong, other.bits, wanted.bits), dtype)
    assert np.array_equal(through(wanted, predicted, 96, 64).bits, wanted.bits)


def test_more_than_a_chunk_is_put_right() -> None:
    wanted, predicted = any_bits(2 * CHUNK + 7, Dtype.F16, 0), any_bits(2 * CHUNK + 7, Dtype.F16, 1)
    assert np.array_equal(through(wanted, predicted, 100_000, 70_000).bits, wanted.bits)


def test_nothing_wrong_takes_no_bytes() -> None:
    encoder = CorrectionEncoder()
    encoder.differences.note(ones(8), ones(8), 0)
    encoder.flush()
    assert encoder.finish() == b""


@pytest.mark.parametrize("cut", [1, 3, 10])
def test_a_stream_that_is_cut_off_is_damaged(cut: int) -> None:
    encoder = CorrectionEncoder()
    encoder.differences.note(StoredArray.of_array(np.arange(8.0, dtype=np.float32)), ones(8), 0)
    with pytest.raises(DamagedFileError, match=r"corrections of 'w' are damaged"):
        CorrectionDecoder("w", encoder.finish()[:-cut]).correct(ones(8), 0)


@pytest.mark.parametrize("places", [[5, 3], [2, 70, 3], [9, -60, 3], [1, -60, 2]])
def test_positions_out_of_order_are_damage(places: list[int]) -> None:
    """Compiled code does not check its indices, and a record comes from anywhere."""
    decoder = CorrectionDecoder("w", _chunk(np.array(places), np.ones(len(places), np.int64)))

    def correct_all() -> None:
        for first in range(0, 64, 4):
            decoder.correct(ones(4), first)

    with pytest.raises(DamagedFileError, match=r"corrections of 'w' are damaged"):
        correct_all()


def test_positions_that_do_not_go_up_are_not_gathered() -> None:
    """A hundred bytes for each quarter of a million: the end of a block would never come."""
    chunk = forged(0, CHUNK, (1, 1), bytes(2 * CHUNK))
    tracemalloc.start()
    try:
        with pytest.raises(DamagedFileError, match=r"corrections of 'w' are damaged"):
            CorrectionDecoder("w", 100 * chunk).correct(ones(8), 0)
        assert tracemalloc.get_traced_memory()[1] < 100 * CHUNK
    finally:
        tracemalloc.stop()


def forged(first: int, count: int, planes: tuple[int, int], data: bytes) -> bytes:
    body = HEAD.pack(first, count, *planes) + zstandard.compress(data)
    return LENGTH.pack(len(body)) + body


@pytest.mark.parametrize(
    "chunk",
    [
        forged(0, 2**31, (1, 1), b"\0\0"),  # 16 GB, by a flipped bit
        forged(0, 2**31, (0, 0), b""),
        forged(0, 1, (9, 1), bytes(10)),
        forged(0, 0, (1, 1), b""),
        forged(0, 1, (1, 1), bytes(3)),
        forged(0, 1, (1, 1), bytes(10**7)),
        forged(2**63, 1, (1, 1), bytes(2)),
    ],
)
def test_a_chunk_that_says_other_than_it_holds_is_damaged(chunk: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(DamagedFileError, match=r"corrections of 'w' are damaged"):
            CorrectionDecoder("w", chunk).correct(ones(8), 0)
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


def test_what_is_read_is_not_changed_in_its_place() -> None:
    """Integers are predicted by themselves, and a checkpoint may hold what was read of it."""
    stored = StoredArray(np.zeros((1, 8), np.uint64), Dtype.I64)
    predicted = BasePrediction([], None, (1, 8), Dtype.I64)(stored, 0)
    CorrectionDecoder("w", forged(3, 1, (1, 1), b"\0\2")).correct(predicted, 0)
    assert not stored.bits.any()
    assert predicted.bits[0, 3] == 1
