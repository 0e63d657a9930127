"""Tensors of a kohya module that contradict each other, or that are not read, are refused by name."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.formats import kohya
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.lokr import LokrFactors
from lorasurgery.variants.lora import LoraFactors
from support.image_adapters import lora, saved
from support.lycoris_modules import LORA, NAME, PATH

LOHA = {f"hada_w{i}_a": torch.ones(4, 2) for i in (1, 2)} | {f"hada_w{i}_b": torch.ones(2, 6) for i in (1, 2)}
LOKR = {"lokr_w1": torch.ones(2, 2), "lokr_w2_a": torch.ones(2, 1), "lokr_w2_b": torch.ones(1, 3)}
DAMAGED: list[tuple[dict[str, Tensor], str]] = [
    ({"lora_down.weight": torch.ones(2, 6)}, "and no lora_up.weight"),
    (LORA | {"lora_up.weight": torch.ones(4, 3)}, r"their ranks differ: lora_down.weight \[2, 6\]"),
    (LORA | {"lora_up.weight": torch.ones(4, 2, 3, 3)}, "a factor is a matrix"),
    (LORA | {"lora_down.weight": torch.ones(2)}, "a factor is a matrix"),
    (LORA | {"lora_mid.weight": torch.ones(3, 2, 3, 3)}, "their ranks differ"),
    (
        LORA | {"lora_mid.weight": torch.ones(2, 2, 3, 3), "lora_down.weight": torch.ones(2, 6, 3, 3)},
        "the kernel is in lora_mid",
    ),
    (LORA | {"alpha": torch.tensor([1.0, 2.0])}, "an alpha that is not one finite number"),
    (LORA | {"alpha": torch.tensor(float("nan"))}, "an alpha that is not one finite number"),
    (LORA | {"dora_scale": torch.ones(5, 1)}, "neither for each row nor for each column"),
    (LORA | {"diff_b": torch.ones(5)}, "the bias is not as long as there are rows"),
    (LORA | {"lokr_w1": torch.ones(1, 1)}, "of no method or of several"),
    (LORA | {"diff": torch.ones(4, 6)}, "of no method or of several"),
    ({"alpha": torch.tensor(1.0)}, "of no method or of several"),
    ({part: each for part, each in LOHA.items() if part != "hada_w2_b"}, "and no hada_w2_b"),
    (LOHA | {"hada_w1_a": torch.ones(4, 3)}, "their ranks differ"),
    (LOHA | {"hada_w2_a": torch.ones(5, 2)}, "the two products differ in shape"),
    (LOHA | {"hada_t1": torch.ones(2, 2, 3, 3)}, "one core is missing"),
    (LOHA | {"hada_w1_b": torch.ones(2, 6, 1)}, "a factor is a matrix"),
    (LOKR | {"lokr_w2_b": torch.ones(2, 3)}, "their ranks differ"),
    (LOKR | {"lokr_w2": torch.ones(2, 3)}, "lokr_w2 is whole"),
    ({"lokr_w1": torch.ones(2, 2)}, "and no lokr_w2_a"),
    (LOKR | {"lokr_w1": torch.ones(2)}, "lokr_w1 is whole, and one matrix"),
    (
        {"lokr_w1_a": torch.ones(2, 2), "lokr_w1_b": torch.ones(2, 2)}
        | {k: v for k, v in LOKR.items() if "2" in k},
        "their ranks differ",
    ),
]


@pytest.mark.parametrize(("parts", "reason"), DAMAGED)
def test_tensors_that_contradict_each_other_are_refused(
    parts: dict[str, Tensor], reason: str, tmp_path: Path
) -> None:
    file = saved(tmp_path / "a.safetensors", {f"{NAME}.{part}": each for part, each in parts.items()})
    with pytest.raises(DamagedFileError, match=f"a.safetensors: '{NAME}' has .*{reason}"):
        kohya.read(file)


UNREAD: list[tuple[dict[str, Tensor], str]] = [
    (LORA | {"alpha": torch.tensor(0.0)}, "alpha 0"),
    (
        {"lora_down.weight": torch.ones(2, 6, 3, 3), "lora_up.weight": torch.ones(4, 2, 1, 1)}
        | {"dora_scale": torch.ones(1, 6, 1, 1)},
        "each input channel of a convolution",
    ),
    (
        LOHA
        | {
            "dora_scale": torch.ones(2, 1),
            "hada_t1": torch.ones(2, 2, 3, 3),
            "hada_t2": torch.ones(2, 2, 3, 3),
        }
        | {"hada_w1_a": torch.ones(2, 4), "hada_w2_a": torch.ones(2, 4)},
        "both dora_scale and a Tucker core",
    ),
    ({"diff": torch.ones(4, 6), "dora_scale": torch.ones(4, 1)}, "both dora_scale and diff"),
    (LOKR | {"diff_b": torch.ones(4)}, "both diff_b and lokr"),
    (
        LOKR | {"lokr_t2": torch.ones(1, 1, 3), "lokr_w2_a": torch.ones(1, 2)},
        "a Tucker core for 1 dimensions",
    ),
]


@pytest.mark.parametrize(("parts", "reason"), UNREAD)
def test_what_is_not_read_is_refused(parts: dict[str, Tensor], reason: str, tmp_path: Path) -> None:
    file = saved(tmp_path / "a.safetensors", {f"{NAME}.{part}": each for part, each in parts.items()})
    with pytest.raises(UnsupportedError, match=f"'{NAME}' .*{reason}"):
        kohya.read(file)


@pytest.mark.parametrize(
    "alpha",
    [torch.tensor(2 + 1j), torch.tensor(math.nan), torch.tensor(math.inf), torch.ones(2), torch.ones(0)],
    ids=["complex", "NaN", "infinite", "two", "none"],
)
def test_an_alpha_that_is_not_one_finite_number_is_refused(alpha: Tensor, tmp_path: Path) -> None:
    file = saved(tmp_path / "a.safetensors", lora(NAME) | {f"{NAME}.alpha": alpha})
    with pytest.raises(DamagedFileError, match="an alpha that is not one finite number"):
        kohya.read(file)


def refused(factors: Any, kernel: tuple[int, ...] = ()) -> list[str]:
    return kohya.refusals(
        Adapter(Host(modules=(PATH,), kernels={PATH: kernel} if kernel else {}), {PATH: factors})
    )


def test_factors_that_have_no_place_are_refused() -> None:
    A, B = LazyTensor.of(torch.ones(2, 18)), LazyTensor.of(torch.ones(4, 2))
    plain = LoraFactors(A, B)
    dora = DoraFactors(A, B, LazyTensor.of(torch.ones(18)), 1.0, by_column=True)
    thin = LokrFactors(1.0, w1=LazyTensor.of(torch.ones(2, 2)), w2=LazyTensor.of(torch.ones(2, 3, 3)))
    biased = replace(plain, bias=LazyTensor.of(torch.ones(4)))
    assert refused(plain) == refused(plain, (3, 3)) == refused(dora) == refused(biased) == []
    cases: list[tuple[Any, tuple[int, ...], str]] = [
        (replace(plain, scale=0.0), (), "its scale is 0"),
        (plain, (5, 5), "18 columns are not a multiple"),
        (dora, (3, 3), "one for each channel"),
        (thin, (), "PEFT's LoKr"),
        (
            replace(plain, A=LazyTensor.of(torch.ones(0, 18)), B=LazyTensor.of(torch.ones(4, 0))),
            (),
            "its rank is 0",
        ),
    ]
    for factors, kernel, reason in cases:
        (sentence,) = refused(factors, kernel)
        assert reason in sentence
        assert PATH in sentence
