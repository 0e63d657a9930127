"""Corrections turn any prediction into what was wanted, to the bit, and say where they are damaged."""

from __future__ import annotations

import tracemalloc
import zlib

import numpy as np
import pytest
import torch
from torch import Tensor

from lorasurgery.errors import DamagedFileError
from lorasurgery.linalg.bits import INTEGERS, from_ordered, ordered, pattern
from lorasurgery.surgery.undo.corrections import CHUNK, HEAD, LENGTH, Decoder, Encoder, _chunk
from lorasurgery.surgery.undo.tensor import Prediction

DTYPES = [
    torch.bfloat16,
    torch.float16,
    torch.float32,
    torch.float64,
    torch.float8_e5m2,
    torch.int64,
    torch.int8,
]


def any_bits(count: int, dtype: torch.dtype, seed: int) -> Tensor:
    """Every pattern, NaNs, infinities and both zeros among them."""
    info = torch.iinfo(INTEGERS[dtype.itemsize])
    generator = torch.Generator().manual_seed(seed)
    numbers = torch.randint(info.min, info.max, (count,), dtype=torch.int64, generator=generator)
    return numbers.to(INTEGERS[dtype.itemsize]).view(dtype)


def through(wanted: Tensor, predicted: Tensor, block: int, other: int) -> Tensor:
    encoder = Encoder()
    for start in range(0, len(wanted), block):
        encoder.add(wanted[start : start + block], predicted[start : start + block], start)
    decoder = Decoder("w", encoder.finish())
    return torch.cat([decoder.correct(predicted[at : at + other], at) for at in range(0, len(wanted), other)])


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 1.0])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_prediction_is_put_right(dtype: torch.dtype, share: float) -> None:
    wanted, other = any_bits(5000, dtype, 0), any_bits(5000, dtype, 1)
    wrong = torch.rand(5000, generator=torch.Generator().manual_seed(2)) < share
    predicted = torch.where(wrong, pattern(other), pattern(wanted)).view(dtype)
    assert torch.equal(pattern(through(wanted, predicted, 96, 64)), pattern(wanted))


def test_more_than_a_chunk_is_put_right() -> None:
    wanted, predicted = any_bits(2 * CHUNK + 7, torch.float16, 0), any_bits(2 * CHUNK + 7, torch.float16, 1)
    assert torch.equal(pattern(through(wanted, predicted, 100_000, 70_000)), pattern(wanted))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_integers_are_in_the_order_of_the_numbers(dtype: torch.dtype) -> None:
    values = any_bits(1000, dtype, 3)
    assert torch.equal(pattern(from_ordered(ordered(values), dtype)), pattern(values))
    finite = values[values.double().isfinite()]
    sorted_by_bits = finite[ordered(finite).argsort()].double()
    assert bool((sorted_by_bits.diff() >= 0).all())


def test_nothing_wrong_takes_no_bytes() -> None:
    encoder = Encoder()
    encoder.add(torch.ones(8), torch.ones(8), 0)
    assert encoder.finish() == b""


@pytest.mark.parametrize("cut", [1, 3, 10])
def test_a_stream_that_is_cut_off_is_damaged(cut: int) -> None:
    encoder = Encoder()
    encoder.add(torch.arange(8.0), torch.ones(8), 0)
    with pytest.raises(DamagedFileError, match=r"corrections of 'w' are damaged"):
        Decoder("w", encoder.finish()[:-cut]).correct(torch.ones(8), 0)


@pytest.mark.parametrize("places", [[5, 3], [2, 70, 3], [9, -60, 3], [1, -60, 2]])
def test_positions_out_of_order_are_damage(places: list[int]) -> None:
    """Compiled code does not check its indices, and a record comes from anywhere."""
    decoder = Decoder("w", _chunk(np.array(places), np.ones(len(places), np.int64)))

    def correct_all() -> None:
        for first in range(0, 64, 4):
            decoder.correct(torch.ones(4), first)

    with pytest.raises(DamagedFileError, match=r"corrections of 'w' are damaged"):
        correct_all()


def forged(first: int, count: int, planes: tuple[int, int], data: bytes) -> bytes:
    body = HEAD.pack(first, count, *planes) + zlib.compress(data)
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
            Decoder("w", chunk).correct(torch.ones(8), 0)
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


def test_what_is_read_is_not_changed_in_its_place() -> None:
    """Integers are predicted by themselves, and a checkpoint may hold what was read of it."""
    stored = torch.zeros(8, dtype=torch.int64)
    predicted = Prediction([], None, 8, torch.int64)(stored.view(1, 8), 0)
    Decoder("w", forged(3, 1, (1, 1), b"\0\2")).correct(predicted, 0)
    assert stored.tolist() == [0] * 8
    assert predicted.flatten()[3] == 1
