"""Deltas in one pass over both sides: hashes on the way, what a sample says, how parts are written."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lorasurgery.checkpoint.write import write_safetensors, write_side_by_side
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.apply import apply
from lorasurgery.surgery.delta.sample import Sample
from lorasurgery.surgery.make_delta import make_delta


def drawn(seed: int, rows: int = 300, columns: int = 1100) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (0.02 * torch.randn(rows, columns, generator=generator)).bfloat16()


def lazy(tensor: torch.Tensor) -> LazyTensor:
    return LazyTensor.of(tensor)


def test_a_single_element_between_the_sampled_ranges_is_found(tmp_path: Path) -> None:
    W = drawn(0)
    moved = W.clone()
    moved.view(-1)[W.numel() // 2 + 20_000] += 1
    save_file({"w": W, "v": W.clone()}, tmp_path / "a.safetensors")
    save_file({"w": moved, "v": W.clone()}, tmp_path / "b.safetensors")
    report = make_delta(tmp_path / "a.safetensors", tmp_path / "b.safetensors", tmp_path / "d")
    methods = {piece.name.split(": ")[-1]: piece.method for piece in report.pieces}
    assert (methods["w"], methods["v"]) == ("sparse", "unchanged")
    apply(tmp_path / "a.safetensors", tmp_path / "d", tmp_path / "c.safetensors")
    assert (tmp_path / "c.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_tensors_that_changed_places_cost_nothing(tmp_path: Path) -> None:
    one, other = drawn(0), drawn(1)
    save_file({"v": one, "w": other}, tmp_path / "a.safetensors")
    save_file({"v": other, "w": one}, tmp_path / "b.safetensors")
    report = make_delta(tmp_path / "a.safetensors", tmp_path / "b.safetensors", tmp_path / "d")
    assert {piece.method for piece in report.pieces if ": " in piece.name} == {"unchanged"}
    for start, flags, goal in (("a", {}, "b"), ("b", {"revert": True}, "a")):
        out = tmp_path / f"{goal}-again.safetensors"
        apply(tmp_path / f"{start}.safetensors", tmp_path / "d", out, **flags)
        assert out.read_bytes() == (tmp_path / f"{goal}.safetensors").read_bytes()


@pytest.mark.parametrize("rank", [1, 16, 64])
@pytest.mark.parametrize("share", [0.01, 0.05])
def test_a_sample_lets_products_pass(rank: int, share: float) -> None:
    W, generator = drawn(0), torch.Generator().manual_seed(rank)
    left, right = (torch.randn(side, rank, generator=generator) for side in W.shape)
    change = left @ right.T
    merged = (W.float() + change * (share * W.float().norm() / change.norm())).bfloat16()
    assert Sample.of(lazy(W), lazy(merged)).may_be_product


def test_a_sample_keeps_noise_of_all_ranks_from_the_search_for_a_product() -> None:
    W = drawn(0)
    noise = torch.randn(W.shape, generator=torch.Generator().manual_seed(1))
    tuned = (W.float() + 0.01 * 0.02 * noise).bfloat16()
    assert not Sample.of(lazy(W), lazy(tuned)).may_be_product


def test_tensors_that_are_written_at_the_same_time_give_the_same_file(tmp_path: Path) -> None:
    tensors = {f"t{i}": lazy(drawn(i, 1 + 7 * i)) for i in range(9)} | {"none": lazy(torch.zeros(0, 4))}
    write_safetensors(tmp_path / "one", tensors, {"a": "b"})
    write_side_by_side(tmp_path / "other", tensors, {"a": "b"}, 3)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_a_merge_into_columns_without_numbers_near_zero_is_a_product_too(tmp_path: Path) -> None:
    """The few numbers near zero say nothing of such columns: the SVD of the whole change does."""
    W, generator = drawn(0, 512, 640).float(), torch.Generator().manual_seed(3)
    W[:, :40] += 1
    left, right = (torch.randn(side, 4, generator=generator) for side in W.shape)
    merged = (W + 0.002 * left @ right.T).bfloat16()
    save_file({"w": W.bfloat16()}, tmp_path / "a.safetensors")
    save_file({"w": merged}, tmp_path / "b.safetensors")
    report = make_delta(tmp_path / "a.safetensors", tmp_path / "b.safetensors", tmp_path / "d")
    assert report.pieces[-1].method == "low-rank"
    apply(tmp_path / "a.safetensors", tmp_path / "d", tmp_path / "c.safetensors")
    assert (tmp_path / "c.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
