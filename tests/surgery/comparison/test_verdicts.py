"""What `diff` says of pairs whose relation is known."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.diff import diff
from lorasurgery.text import in_percent
from support.checkpoint_pairs import PAIRS, merged, model, save, tuned
from support.gguf_models import tiny_llama, write_gguf
from support.paths import FIXTURES

ADAPTER, BASE = FIXTURES / "llama-adapter", FIXTURES / "llama-base"


@pytest.mark.parametrize("name", PAIRS)
def test_the_verdict_is_how_the_pair_was_made(name: str, tmp_path: Path) -> None:
    pair = PAIRS[name]
    one, other = save(pair.one(), tmp_path / "one"), save(pair.other(), tmp_path / "other", pair.shards)
    report = diff(one, other, workers=1)
    assert (report.relation, pair.words in report.verdict) == (pair.relation, True), report.verdict
    assert report.is_equal == (pair.relation in ("identical", "same-weights"))


@pytest.mark.parametrize(
    "name", ["itself", "two shards", "LoRA of rank 4", "full fine-tune", "another model"]
)
def test_a_quick_look_comes_to_the_same_verdict_and_says_that_it_sampled(name: str, tmp_path: Path) -> None:
    pair = PAIRS[name]
    one, other = save(pair.one(), tmp_path / "one"), save(pair.other(), tmp_path / "other", pair.shards)
    report = diff(one, other, quick=True, workers=1)
    assert report.relation == pair.relation
    assert report.is_sampled
    assert report.as_json()["is_sampled"]


def test_a_truncated_checkpoint_is_refused(tmp_path: Path) -> None:
    one, other = save(model(), tmp_path / "one"), save(model(), tmp_path / "other")
    file = other / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(DamagedFileError):
        diff(one, other)


GGUF = [("F16", "rounded"), ("Q8_0", "quantised")]


@pytest.mark.parametrize(("kind", "relation"), GGUF)
def test_a_gguf_copy_is_one_in_transformers_names_and_order(kind: str, relation: str, tmp_path: Path) -> None:
    llama = tiny_llama(tmp_path / "model")
    file = write_gguf(llama, tmp_path / f"model-{kind}.gguf", kind)
    report = diff(tmp_path / "model", file)
    assert report.relation == relation, report.verdict
    assert not [each for each in report.tensors if each.state in ("gone", "new")]


def test_a_square_matrix_that_was_transposed_in_place_is_found(tmp_path: Path) -> None:
    name = "model.layers.0.self_attn.q_proj.weight"
    held = model()
    turned = {**held, name: held[name].T.contiguous()}
    report = diff(save(held, tmp_path / "one"), save(turned, tmp_path / "other"))
    assert report.relation == "same-weights"
    assert [each.other for each in report.tensors if each.name == name] == [f"{name}.T"]


def test_figures_are_those_of_the_tensors(tmp_path: Path) -> None:
    held, moved = model(), tuned(model())
    report = diff(save(held, tmp_path / "one"), save(moved, tmp_path / "other"))
    for line in report.tensors:
        assert line.name is not None
        one, other = held[line.name], moved[line.name]
        steps = (_ordered(other) - _ordered(one)).abs()
        assert line.differing == int((steps > 0).sum())
        assert line.ulps == int(steps.max())
        median = int(steps[steps > 0].median()) if line.differing else 0
        assert line.median_ulps <= median < max(2 * line.median_ulps, 1)
        change = (other.double() - one.double()).norm() / one.double().norm()
        assert line.ratio == pytest.approx(float(change), rel=1e-4)


def _ordered(values: torch.Tensor) -> torch.Tensor:
    bits = values.view(torch.int16).to(torch.int64)
    return torch.where(bits < 0, -0x8000 - bits - 1, bits)


def test_forty_fine_tunes_are_never_taken_for_a_lora(tmp_path: Path) -> None:
    """Of every size, from less than an ulp on, and with spectra that fall."""
    generator = torch.Generator().manual_seed(0)
    W = {f"{i}.weight": 0.02 * torch.randn(160, 200, generator=generator) for i in range(40)}
    for dtype in (torch.bfloat16, torch.float32):
        one = {name: tensor.to(dtype) for name, tensor in W.items()}
        other = {}
        for index, (name, tensor) in enumerate(one.items()):
            noise = torch.randn(160, 200, generator=generator)
            U, S, Vh = torch.linalg.svd(noise)
            falling = S * torch.arange(1, 161) ** -(0.3 * (index % 4))
            change = U @ torch.diag(falling) @ Vh[:160]
            size = 10 ** (-3.5 + 2.5 * index / 40) * float(tensor.float().norm() / change.norm())
            other[name] = (tensor.float() + size * change).to(dtype)
        folder = tmp_path / str(dtype)
        report = diff(save(one, folder / "one"), save(other, folder / "other"))
        wrong = [each for each in report.tensors if each.change in ("low-rank", "scaled")]
        assert not wrong


def test_two_formats_of_one_adapter_are_equal(tmp_path: Path) -> None:
    file = tmp_path / "adapter.safetensors"
    convert(ADAPTER, file, base=BASE, format="kohya")
    assert diff(ADAPTER, ADAPTER).relation == "same-weights"
    report = diff(ADAPTER, file, base=BASE)
    assert report.relation in ("same-weights", "rounded"), report.verdict
    assert len(report.tensors) == 21


def test_an_adapter_that_changed_is_different_by_as_much(tmp_path: Path) -> None:
    held = load_file(ADAPTER / "adapter_model.safetensors")
    other = tmp_path / "other"
    other.mkdir()
    (other / "adapter_config.json").write_bytes((ADAPTER / "adapter_config.json").read_bytes())
    scaled = {name: W * (1.5 if "lora_B" in name else 1) for name, W in held.items()}
    save_file(scaled, other / "adapter_model.safetensors")
    report = diff(ADAPTER, other)
    assert report.relation == "full"
    assert "differ, by 50 % of" in report.verdict


def test_an_adapter_and_a_checkpoint_are_not_compared() -> None:
    with pytest.raises(UnsupportedError, match="lorasurgery verify"):
        diff(BASE, ADAPTER)


def test_the_result_does_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    one, other = save(model(), tmp_path / "one"), save(merged(model(), 4), tmp_path / "other")
    assert diff(one, other, workers=1) == diff(one, other, workers=3)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.00042, "0.042 %"),
        (0.018, "1.8 %"),
        (0.99, "99 %"),
        (0.9996, "99.96 %"),
        (1, "100 %"),
        (28.76, "2876 %"),
    ],
)
def test_a_share_is_never_written_with_a_power_of_ten(share: float, words: str) -> None:
    assert in_percent(share) == words


@pytest.mark.parametrize("quick", [False, True])
def test_complex_numbers_are_both_of_their_parts(quick: bool, tmp_path: Path) -> None:
    before = torch.randn(64, 64, generator=torch.Generator().manual_seed(0)).to(torch.complex64)
    after = before.clone()
    after.imag[3, 5] = 1
    one, other = tmp_path / "one.safetensors", tmp_path / "other.safetensors"
    save_file({"a": before}, one)
    save_file({"a": after}, other)
    (line,) = diff(one, other, quick=quick).tensors
    assert (line.state, line.differing) == ("changed", 1)
    assert 0 < line.change_energy < 1.1
    save_file({"a": before.real.contiguous()}, other)
    (line,) = diff(one, other, quick=quick).tensors
    assert line.state == "unread"


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_a_lora_that_was_merged_in_a_narrower_dtype_is_no_dora(dtype: torch.dtype, tmp_path: Path) -> None:
    draw = torch.Generator().manual_seed(0)
    W = (0.02 * torch.randn(256, 384, generator=draw)).bfloat16()
    change = torch.randn(256, 8, generator=draw) @ torch.randn(8, 384, generator=draw)
    after = (W.float() + 0.02 * change * W.float().norm() / change.norm()).bfloat16()
    for name, tensor in (("one", W), ("other", after)):
        save_file({"model.up_proj.weight": tensor.to(dtype)}, tmp_path / f"{name}.safetensors")
    report = diff(tmp_path / "one.safetensors", tmp_path / "other.safetensors")
    assert (report.relation, report.tensors[0].rank) == ("lora", 8)
