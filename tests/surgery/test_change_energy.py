"""‖ΔW‖² of an adapter's factors, as a merge computes it before anything is written."""

from __future__ import annotations

import numpy as np
import pytest

from lorasurgery.linalg.terms import Term
from lorasurgery.surgery.merging.module_check import energy_of


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("left_scale", "right_scale"),
    [(1, 1), (1e-22, 1), (1e-22, 1e22), (1e-37, 1e-3), (1e19, 1e19), (1e30, 1e-30)],
)
def test_the_energy_of_a_product_is_right_at_any_scale(
    left_scale: float, right_scale: float, dtype: type[np.floating]
) -> None:
    random = np.random.default_rng(0)
    left = (left_scale * random.standard_normal((50, 4))).astype(dtype)
    right = (right_scale * random.standard_normal((4, 60))).astype(dtype)
    expected = float(np.square(left.astype(np.float64) @ right.astype(np.float64)).sum())
    assert energy_of([Term(left, right)]) == pytest.approx(expected, rel=1e-6, abs=0)
