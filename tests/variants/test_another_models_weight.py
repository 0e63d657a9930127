"""Every method of PEFT on a model of another size.

Refused in a sentence, or the method has no size of its own.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from lorasurgery import inspect, merge
from lorasurgery.errors import AlignmentError, SurgeryError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.base.fitting import edit_of
from lorasurgery.variants.edit import Edit, Factors, Function
from lorasurgery.variants.loha import LohaFactors
from lorasurgery.variants.lokr import LokrFactors
from lorasurgery.variants.lora import LoraFactors
from support.peft_cases import NAMES, SINGLE_CASES, SOME_METHODS_FAST
from support.peft_methods import make, saved


def grown(tensor: Tensor, dim: int) -> Tensor:
    """Twice as large, where it is a matrix."""
    return torch.cat([tensor, tensor], dim) if tensor.ndim > 1 else tensor


@pytest.mark.parametrize(("name", "config"), SOME_METHODS_FAST, ids=NAMES)
def test_a_model_of_another_size_is_never_a_traceback(name: str, config: Any, tmp_path: Path) -> None:
    single = any(name == each for each, _ in SINGLE_CASES)
    case = make(config, tmp_path / "adapter", dtype=torch.float32 if single else torch.float64)
    for dim, side in enumerate(("rows", "columns")):
        base = saved({key: grown(t.double(), dim) for key, t in case.before.items()}, tmp_path / side)
        with contextlib.suppress(SurgeryError):
            merge(base, [case.folder], tmp_path / f"merged-{side}", undo=False)
        with contextlib.suppress(SurgeryError):
            inspect(case.folder, base=base)


def of(*shape: int) -> LazyTensor:
    return LazyTensor.of(torch.ones(shape))


# Factors of a change of 6×8, each by another way of knowing so.
SIX_BY_EIGHT: list[Factors] = [
    LoraFactors(of(2, 8), of(6, 2), 1.0),
    LohaFactors(of(6, 2), of(2, 8), of(6, 2), of(2, 8), 1.0),
    LokrFactors(1.0, w1=of(2, 4), w2=of(3, 2)),
    LokrFactors(1.0, w1=of(2, 4), w2_a=of(1, 3), w2_b=of(1, 2), t2=of(1, 1, 1, 1)),
]


@pytest.mark.parametrize("factors", SIX_BY_EIGHT, ids=["lora", "loha", "lokr", "lokr with a core"])
def test_a_change_is_held_against_both_sides_of_the_weight(factors: Factors) -> None:
    """One row less would be cut off in silence where a change is asked for row by row."""
    assert edit_of("m", factors, (6, 8)).weight is not None
    for wrong in ((5, 8), (7, 8), (6, 7), (6, 9), (8, 6)):
        with pytest.raises(AlignmentError, match="'m' changes by 6×8 in the adapter and is"):
            edit_of("m", factors, wrong)


class Stretching:
    """A function of W whose result has a row more."""

    def edit(self, _shape: tuple[int, ...]) -> Edit:
        return Edit(Function(lambda W: torch.cat([W, W[:1]])))


def test_what_a_function_of_the_weight_gives_has_the_weights_shape() -> None:
    change = edit_of("m", Stretching(), (3, 4)).weight
    assert isinstance(change, Function)
    with pytest.raises(AlignmentError, match="'m' changes by 4×4 in the adapter and is 3×4"):
        change.apply(torch.ones(3, 4))
