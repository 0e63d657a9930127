"""A matrix that torch holds is decomposed like one of numpy's; here on the processor, a device too."""

from __future__ import annotations

import numpy as np
import pytest

from lorasurgery.linalg import rank_rules
from lorasurgery.linalg.device_matrix import DeviceMatrix
from lorasurgery.linalg.factors import balanced, stored_error
from lorasurgery.linalg.svd import truncated_svd
from lorasurgery.stored_array import StoredArray


def decaying(shape: tuple[int, int], decay: float) -> np.ndarray:
    generator, short = np.random.default_rng(0), min(shape)
    left, right = (np.linalg.qr(generator.standard_normal((side, short))).Q for side in shape)
    return np.asarray((left * np.arange(1.0, short + 1) ** -decay) @ right.T, np.float32)


@pytest.mark.parametrize("scale", [1.0, 1e-30])
@pytest.mark.parametrize(("shape", "rank"), [((200, 320), 16), ((700, 520), 16), ((520, 700), 200)])
def test_it_is_decomposed_like_an_array(shape: tuple[int, int], rank: int, scale: float) -> None:
    D = decaying(shape, 0.7) * np.float32(scale)
    there = DeviceMatrix.of(D, "cpu")
    sides = D, there
    held, moved = (truncated_svd(each, rank_rules.fixed(rank), seed=1) for each in sides)
    np.testing.assert_allclose(moved.S, held.S, rtol=1e-3)
    A, B = exact = balanced(held.U, held.S, held.V)
    stored = StoredArray.of_array(A), StoredArray.of_array(B)
    of_array, of_device = (stored_error(each, held.S, held.energy, exact, stored) for each in sides)
    assert of_device == pytest.approx(of_array, rel=1e-3)
