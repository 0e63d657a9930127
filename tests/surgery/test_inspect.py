"""What `inspect` says is what a dense decomposition says.

Every flag is raised by what is made for it, and by nothing healthy.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import SurgeryError, inspect, open_checkpoint
from lorasurgery.errors import AlignmentError, NotACheckpointError, NothingToDoError, UnsupportedError
from lorasurgery.linalg import spectrum
from lorasurgery.surgery.inspection.health import CHECKS
from lorasurgery.surgery.inspection.inspect_report import ModuleSpectrum
from lorasurgery.surgery.inspection.layer_position import short_names
from support.flawed_adapters import AILING, BASE, HEALTHY, MODULE, base_weight, made

FIXTURES = BASE.parent
PAIRS = [
    ("bert-base", "bert-tuned"),
    ("llama-base", "llama-tuned"),
    ("llama-base", "llama-merged"),
    ("gpt2-base", "gpt2-tuned"),
    ("mixtral-base", "mixtral-tuned"),
]
EXACT = 1e-5
DATA = os.environ.get("LORASURGERY_DATA")


def by_name(modules: Any) -> dict[str, ModuleSpectrum]:
    return {each.module: each for each in modules}


def close(found: tuple[float, ...], dense: Tensor) -> bool:
    """Whether values agree to 1e-5 of each as far as float32 files hold them, which is to 1e-7 of
    the largest.
    """
    count = len(found)
    wanted = dense[:count]
    here = torch.tensor(found, dtype=torch.float64)
    return torch.allclose(here, wanted, rtol=EXACT, atol=1e-7 * float(dense[0]))


@pytest.mark.parametrize(("base", "tuned"), PAIRS)
def test_spectra_of_a_pair_are_those_of_the_dense_difference(base: str, tuned: str) -> None:
    report = inspect(FIXTURES / base, FIXTURES / tuned)
    old, new = (_run_time_weights(FIXTURES / name) for name in (base, tuned))
    compared = 0
    for each in report.modules:
        name = f"{each.module}.weight"
        if name in new and name in old:
            D = (new[name] - old[name]).double()
            compared += 1
            assert each.complete
            assert close(each.sigma, torch.linalg.svdvals(D)), name
            assert each.energy == pytest.approx(float(D.square().sum()), rel=1e-6)
            assert each.relative == pytest.approx(float(D.norm() / old[name].double().norm()), rel=1e-6)
    assert compared >= 8


def _run_time_weights(folder: Path) -> dict[str, Tensor]:
    tensors = {name: tensor.read() for name, tensor in open_checkpoint(folder).tensors.items()}
    return {
        f"{prefix}{name}": tensor.float()
        for name, tensor in tensors.items()
        for prefix in ("", "bert.", "transformer.")
    }


def test_spectra_of_a_checkpoint_are_those_of_its_weights() -> None:
    report = inspect(FIXTURES / "gpt2-base")
    tensors = {
        name: tensor.read().double()
        for name, tensor in open_checkpoint(FIXTURES / "gpt2-base").tensors.items()
    }
    seen = [each for each in report.modules if f"{each.module}.weight" in tensors]
    assert len(seen) == len(report.modules)
    for each in seen:
        W = tensors[f"{each.module}.weight"]
        assert close(each.sigma, torch.linalg.svdvals(W)), each.module
    others = {each.name: each for each in report.others}
    norm = others["transformer.ln_f.weight"].norm
    assert norm == pytest.approx(float(tensors["transformer.ln_f.weight"].norm()), rel=1e-12)
    assert report.nbytes == sum(
        tensor.nbytes
        for name, tensor in open_checkpoint(FIXTURES / "gpt2-base").tensors.items()
        if name != "lm_head.weight"
    )


@pytest.mark.parametrize("base", [None, BASE])
def test_spectra_of_an_adapter_are_those_of_its_dense_product(base: Path | None) -> None:
    report = inspect(HEALTHY, base=base)
    held = load_file(HEALTHY / "adapter_model.safetensors")
    assert len(report.modules) == 21
    for each in report.modules:
        A, B = (held[f"base_model.model.{each.module}.lora_{letter}.weight"].double() for letter in "AB")
        config = json.loads((HEALTHY / "adapter_config.json").read_text())
        delta = config["lora_alpha"] / config["r"] * B @ A
        assert close(each.sigma, torch.linalg.svdvals(delta)), each.module
        assert each.shape == tuple(delta.shape)
        assert each.balance == pytest.approx(float(B.norm() / A.norm()), rel=1e-6)
        if base:
            W = base_weight(f"{each.module}.weight")
            assert each.relative == pytest.approx(float(delta.norm() / W.norm()), rel=1e-9)


def test_an_adapter_may_come_after_its_base() -> None:
    assert inspect(BASE, HEALTHY).as_json()["modules"] == inspect(HEALTHY, base=BASE).as_json()["modules"]


def test_without_spectra_an_adapter_is_matched_and_nothing_is_decomposed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a decomposition")

    whole = by_name(inspect(HEALTHY, base=BASE).modules)
    for name in ("svd", "linalg.svd", "linalg.svdvals", "linalg.qr", "linalg.eigh", "linalg.eigvalsh"):
        owner, _, function = name.rpartition(".")
        monkeypatch.setattr(getattr(torch, owner) if owner else torch, function, refused)
    report = inspect(HEALTHY, base=BASE, spectra=False)
    assert {name: (each.shape, each.rank, each.nbytes) for name, each in by_name(report.modules).items()} == {
        name: (each.shape, each.rank, each.nbytes) for name, each in whole.items()
    }
    assert not report.seen
    assert "nothing to flag" in report.summary
    with pytest.raises(AlignmentError, match="match nothing"):
        inspect(HEALTHY, base=FIXTURES / "gpt2-base", spectra=False)


@pytest.mark.parametrize("names", [["llama-base"], ["llama-base", "llama-tuned"]])
def test_checkpoints_are_not_listed_without_spectra(names: list[str]) -> None:
    with pytest.raises(UnsupportedError, match="spectra=False is for"):
        inspect(*(FIXTURES / name for name in names), spectra=False)


def test_a_nan_is_found_without_spectra(tmp_path: Path) -> None:
    folder = made(tmp_path / "adapter", AILING["not-finite"][0])
    assert [flag.code for flag in inspect(folder, spectra=False).flags] == ["not-finite"]


def test_the_noise_edge_of_a_merged_lora_shows_its_rank() -> None:
    report = inspect(BASE, FIXTURES / "llama-merged")
    assert {each.edge_rank for each in report.modules} == {4}


def test_leading_values_are_a_part_of_all(tmp_path: Path) -> None:
    """Beyond a small matrix only the leading values are found, unless all are asked for."""
    torch.manual_seed(0)
    W = torch.randn(700, 600)
    for name, weight in (
        ("base", W),
        ("tuned", W + 0.1 * torch.randn(700, 8) @ torch.randn(8, 600) + 0.01 * torch.randn(700, 600)),
    ):
        (tmp_path / name).mkdir()
        save_file({"layer.weight": weight}, tmp_path / name / "model.safetensors")
    part = inspect(tmp_path / "base", tmp_path / "tuned").modules[0]
    full = inspect(tmp_path / "base", tmp_path / "tuned", full=True).modules[0]
    assert (len(part.sigma), part.complete) == (64, False)
    assert (len(full.sigma), full.complete) == (600, True)
    assert part.sigma[:8] == pytest.approx(full.sigma[:8], rel=1e-5)
    assert part.effective_rank is None
    assert full.effective_rank is not None
    assert part.energy == pytest.approx(full.energy, rel=1e-5)


@pytest.mark.parametrize("code", AILING)
def test_a_flag_is_raised_by_what_is_made_for_it(code: str, tmp_path: Path) -> None:
    change, needs_base = AILING[code]
    report = inspect(made(tmp_path / "adapter", change), base=BASE if needs_base else None)
    flags = {flag.code: flag.modules for flag in report.flags}
    assert code in flags
    assert flags[code] == ("model.embed_tokens.weight",) if "table" in code or "copy" in code else (MODULE,)


def test_every_check_has_what_raises_it() -> None:
    of_experts = 1  # tests/surgery/fused_experts/test_orders.py
    assert len(AILING) + of_experts == len(CHECKS)


@pytest.mark.parametrize("base", [None, BASE])
def test_a_healthy_adapter_raises_no_flag(base: Path | None) -> None:
    assert inspect(HEALTHY, base=base).flags == []


@pytest.mark.parametrize(("base", "tuned"), PAIRS)
def test_healthy_checkpoints_raise_no_flag(base: str, tuned: str) -> None:
    assert inspect(FIXTURES / base, FIXTURES / tuned).flags == []
    assert inspect(FIXTURES / tuned).flags == []


def test_inspect_flags_a_nan_in_a_checkpoint_or_a_pair() -> None:
    broken = FIXTURES / "broken"
    for report in (inspect(broken / "nan"), inspect(broken / "nan-base", broken / "nan")):
        assert [(flag.code, flag.modules) for flag in report.flags] == [
            ("not-finite", ("model.layers.0.mlp.up_proj",))
        ]
        assert any(each.sigma for each in report.modules) or report.kind == "pair"


def test_intruders_are_counted_as_the_paper_counts_them(tmp_path: Path) -> None:
    """Against both dense decompositions.

    Of the ten leading left vectors of W + ΔW, those whose best cosine is below a half.
    """
    report = inspect(made(tmp_path / "adapter", AILING["intruder-dimensions"][0]), base=BASE)
    held = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert report.modules
    for each in report.modules:
        W = base_weight(f"{each.module}.weight")
        A, B = (held[f"base_model.model.{each.module}.lora_{letter}.weight"].double() for letter in "AB")
        config = json.loads((HEALTHY / "adapter_config.json").read_text())
        merged = W + config["lora_alpha"] / config["r"] * B @ A
        cosines = (torch.linalg.svd(W).U.T @ torch.linalg.svd(merged).U[:, :10]).abs()
        assert each.against is not None
        assert each.against.intruders == int((cosines.amax(dim=0) < 0.5).sum()), each.module


def test_what_depends_on_the_weight_asks_for_it(tmp_path: Path) -> None:
    def magnitudes(held: dict[str, Tensor]) -> dict[str, Tensor]:
        norms = {
            name.replace("lora_A.weight", "lora_magnitude_vector"): 1.1
            * base_weight(name.removeprefix("base_model.model.").replace("lora_A.weight", "weight"))
            .norm(dim=1)
            .float()
            for name in held
            if "lora_A" in name
        }
        return held | norms

    folder = made(tmp_path / "dora", magnitudes, use_dora=True)
    alone, on_base = inspect(folder), inspect(folder, base=BASE)
    held = load_file(folder / "adapter_model.safetensors")
    seen = by_name(on_base.modules)[MODULE]
    A, B = (held[f"base_model.model.{MODULE}.lora_{letter}.weight"].double() for letter in "AB")
    W = base_weight(f"{MODULE}.weight")
    V = W + B @ A
    D = V * (held[f"base_model.model.{MODULE}.lora_magnitude_vector"].double() / V.norm(dim=1))[:, None] - W
    assert close(seen.sigma, torch.linalg.svdvals(D))
    # Without a base, the product inside is all that can be seen.
    assert len(by_name(alone.modules)[MODULE].sigma) == 4


def test_wrong_things_are_refused_with_the_way_out(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], type[SurgeryError], str]] = [
        ({"subject": tmp_path / "nothing"}, NotACheckpointError, "does not exist"),
        ({"subject": HEALTHY, "tuned": HEALTHY}, UnsupportedError, r"compare\(\)"),
        ({"subject": BASE, "base": BASE}, UnsupportedError, "base= is for adapters"),
        (
            {"subject": BASE, "tuned": FIXTURES / "llama-tuned", "base": BASE},
            UnsupportedError,
            "the first is the base",
        ),
        ({"subject": HEALTHY, "base": FIXTURES / "bert-base"}, AlignmentError, "21 of 21 modules"),
        ({"subject": HEALTHY, "include": ["*.nothing"]}, NothingToDoError, "matches no parameter"),
        ({"subject": HEALTHY, "alpha": 16.0}, UnsupportedError, "leave out alpha="),
        ({"subject": BASE, "tuned": FIXTURES / "bert-base"}, AlignmentError, "one model"),
        ({"subject": FIXTURES / "broken" / "truncated.safetensors"}, SurgeryError, "truncated"),
    ]
    for arguments, error, words in cases:
        with pytest.raises(error, match=words):
            inspect(**arguments)


@pytest.mark.skipif(DATA is None, reason="LORASURGERY_DATA is not set")
def test_every_real_adapter_of_peft_opens() -> None:
    folders = sorted(path.parent for path in Path(DATA or "", "adapters").glob("*/adapter_config.json"))
    of_peft = [
        folder
        for folder in folders
        if json.loads((folder / "adapter_config.json").read_text()).get("peft_type")
    ]
    assert len(of_peft) >= 12
    for folder in of_peft:
        report = inspect(folder)
        assert report.modules
        codes = {flag.code for flag in report.flags}
        assert codes == ({"untrained"} if "stella" in folder.name else set()), folder.name
        assert all(each.has_spectrum for each in report.modules), folder.name


@pytest.mark.parametrize("values", [[5.0, 3.0, 1.0], [2.0], [1.0, 1.0, 1.0, 1.0], [3.0, 0.0]])
def test_the_figures_of_a_spectrum_are_their_definitions(values: list[float]) -> None:
    energy = sum(value**2 for value in values)
    assert spectrum.stable_rank(values, energy) == pytest.approx(energy / values[0] ** 2)
    shares = [value / sum(values) for value in values if value]
    assert spectrum.effective_rank(values) == pytest.approx(math.exp(-sum(p * math.log(p) for p in shares)))
    for rank in range(1, len(values) + 1):
        held = sum(value**2 for value in values[:rank]) / energy
        assert spectrum.energy_at(values, energy, rank) == pytest.approx(held)
        least = next(
            k for k in range(1, len(values) + 1) if sum(v**2 for v in values[:k]) / energy >= held - 1e-12
        )
        assert spectrum.rank_for(values, energy, held) == least
    assert spectrum.energy_at(values, energy, len(values) + 1) is None
    assert spectrum.count_above(values, values[-1] / 2, complete=False) is None if values[-1] else True


def test_a_kind_that_ends_in_a_number_has_a_word_in_its_name() -> None:
    names = ["attentions.*.attn1.to_q", "attentions.*.attn1.to_out.*", "ff.net.*.proj", "0"]
    assert list(short_names(names).values()) == ["to_q", "to_out.*", "proj", "0"]
