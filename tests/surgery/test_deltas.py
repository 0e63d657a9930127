"""A delta gives back the files that it was made from, in both directions, or nothing at all."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import load_file, save_file

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import (
    AlignmentError,
    CheckpointError,
    NotACheckpointError,
    OutputError,
    SurgeryError,
    UnsupportedError,
)
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.apply import apply, plan_apply
from lorasurgery.surgery.delta.byte_planes import BLOCK_ELEMENTS, PlaneDecoder, PlaneEncoder
from lorasurgery.surgery.diff import diff
from lorasurgery.surgery.make_delta import make_delta
from support.checkpoint_pairs import PAIRS, merged, model, save, stepped, tuned
from support.paths import FIXTURES

DTYPES = [Dtype.BF16, Dtype.F16, Dtype.F32, Dtype.F64, Dtype.F8_E4M3, Dtype.I64, Dtype.U8]


def files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def comes_back(one: Path, other: Path, scratch: Path) -> Counter[str]:
    """Hold both directions, and give the methods that were used."""
    report = make_delta(one, other, scratch / "delta")
    apply(one, scratch / "delta", scratch / "there")
    apply(other, scratch / "delta", scratch / "back", revert=True)
    assert files(scratch / "there") == files(other)
    assert files(scratch / "back") == files(one)
    assert report.nbytes == (scratch / "delta").stat().st_size
    return Counter(piece.method for piece in report.pieces)


@pytest.mark.parametrize("name", PAIRS)
def test_every_pair_comes_back_file_by_file(name: str, tmp_path: Path) -> None:
    pair = PAIRS[name]
    one, other = save(pair.one(), tmp_path / "one"), save(pair.other(), tmp_path / "other", pair.shards)
    comes_back(one, other, tmp_path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("llama-base", "llama-merged"),
        ("llama-base", "llama-tuned"),
        ("llama-base", "llama-resized"),
        ("bert-base", "bert-tuned"),
        ("gpt2-base", "gpt2-tuned"),
        ("mixtral-base", "mixtral-tuned"),
        ("llama-base", "bert-base"),
        ("llama-base", "llama-adapter"),
    ],
)
def test_fixtures_come_back_file_by_file(one: str, other: str, tmp_path: Path) -> None:
    comes_back(FIXTURES / one, FIXTURES / other, tmp_path)


@pytest.mark.skipif("LORASURGERY_DATA" not in os.environ, reason="LORASURGERY_DATA is not set")
def test_a_real_pair_of_pickles_comes_back(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    paths = sorted((Path(os.environ["LORASURGERY_DATA"]) / "pairs" / "chargpt").glob("*.pt"))
    for folder, path in zip((one, other), paths, strict=False):
        folder.mkdir()
        shutil.copy(path, folder / "model.pt")
    comes_back(one, other, tmp_path)


def test_the_method_follows_from_the_change(tmp_path: Path) -> None:
    base = model()
    for name, changed, method in (
        ("merge", merged(base, 2), "low-rank"),
        ("step", stepped(base), "sparse"),
        ("tune", tuned(base), "planes"),
    ):
        folder = tmp_path / name
        methods = comes_back(save(base, folder / "one"), save(changed, folder / "other"), folder)
        assert methods.most_common(1)[0][0] == method


def test_what_is_the_same_elsewhere_costs_nothing(tmp_path: Path) -> None:
    held = model()
    one = save(held, tmp_path / "one")
    other = save({f"renamed.{name}": tensor for name, tensor in held.items()}, tmp_path / "other", 3)
    report = make_delta(one, other, tmp_path / "delta")
    assert sum(piece.delta_nbytes for piece in report.pieces) < 4000
    tensors = [piece for piece in report.pieces if "renamed" in piece.name]
    assert {piece.method for piece in tensors} == {"unchanged"}


def test_single_files_whatever_they_are_called(tmp_path: Path) -> None:
    save_file(model(), tmp_path / "a.safetensors")
    save_file(tuned(model()), tmp_path / "b.safetensors")
    make_delta(tmp_path / "a.safetensors", tmp_path / "b.safetensors", tmp_path / "delta")
    (tmp_path / "a.safetensors").rename(tmp_path / "c.safetensors")
    apply(tmp_path / "c.safetensors", tmp_path / "delta", tmp_path / "d.safetensors")
    assert (tmp_path / "d.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def _small(folder: Path) -> tuple[Path, Path]:
    generator = torch.Generator().manual_seed(0)
    W = {"a.weight": 0.02 * torch.randn(64, 64, generator=generator).bfloat16()}
    W |= {"b.weight": torch.randn(40, 8, generator=generator)}
    V = {"a.weight": merged({"a_proj.weight": W["a.weight"]}, 1)["a_proj.weight"]}
    V |= {"b.weight": W["b.weight"] + 1}
    return save(W, folder / "one"), save(V, folder / "other")


def test_a_flipped_bit_anywhere_in_the_delta_is_refused(tmp_path: Path) -> None:
    one, other = _small(tmp_path)
    make_delta(one, other, tmp_path / "delta")
    good = (tmp_path / "delta").read_bytes()
    for place in np.random.default_rng(0).integers(0, 8 * len(good), 150).tolist():
        damaged = bytearray(good)
        damaged[place // 8] ^= 1 << place % 8
        (tmp_path / "damaged").write_bytes(damaged)
        with pytest.raises(SurgeryError):
            apply(one, tmp_path / "damaged", tmp_path / "out")
        assert not (tmp_path / "out").exists()


def _rewritten(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the text of a delta, and give it the right hash."""
    from blake3 import blake3
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        text = json.loads(file.metadata()["lorasurgery.delta"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    change(text)
    packed = json.dumps(text)
    hashed = blake3(packed.encode()).hexdigest()
    save_numpy(tensors, path, {"lorasurgery.delta": packed, "lorasurgery.delta_hash": hashed})


def _renamed(name: str) -> Callable[[dict[str, Any]], object]:
    def change(text: dict[str, Any]) -> None:
        side = text["target"]["files"]
        side[name] = side.pop("config.json")
        for recipe in text["forward"]:
            if recipe["piece"][0] == "config.json":
                recipe["piece"][0] = name

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.clear(),
        lambda text: text.update(version=99),
        lambda text: text.update(forward=[]),
        lambda text: text["forward"].pop(),
        lambda text: text["forward"][0].update(method="magic"),
        lambda text: text["target"]["files"].update(more={"nbytes": 3, "pieces": [[None, 9, "U8", [3], ""]]}),
        lambda text: text["parts"].clear(),
        lambda text: text["target"]["files"].update({"config.json/x": {"nbytes": 0, "pieces": []}}),
        lambda text: text["target"]["files"].clear(),
        lambda text: text["target"].update(is_folder=False),
        lambda text: text["target"]["files"]["config.json"].update(nbytes=1 << 20),
        _renamed("../config.json"),
        _renamed("/tmp/config.json"),
        _renamed(".bashrc"),
    ],
)
def test_a_delta_that_no_run_writes_is_refused(change: Any, tmp_path: Path) -> None:
    one, other = _small(tmp_path)
    make_delta(one, other, tmp_path / "delta")
    _rewritten(tmp_path / "delta", len)
    apply(one, tmp_path / "delta", tmp_path / "fine")
    _rewritten(tmp_path / "delta", change)
    with pytest.raises(SurgeryError):
        apply(one, tmp_path / "delta", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_flipped_bit_in_either_side_is_refused(tmp_path: Path) -> None:
    one, other = _small(tmp_path)
    make_delta(one, other, tmp_path / "delta")
    for source, revert in ((one, False), (other, True)):
        file = source / "model.safetensors"
        good = file.read_bytes()
        for place in np.random.default_rng(1).integers(0, 8 * len(good), 60).tolist():
            damaged = bytearray(good)
            damaged[place // 8] ^= 1 << place % 8
            file.write_bytes(damaged)
            with pytest.raises((AlignmentError, CheckpointError)):
                apply(source, tmp_path / "delta", tmp_path / "out", revert=revert)
            assert not (tmp_path / "out").exists()
        file.write_bytes(good)


def test_a_missed_link_of_a_chain_is_refused_by_name(tmp_path: Path) -> None:
    first = model()
    second, third = stepped(first), stepped(stepped(first), 0.1)
    folders = [save(held, tmp_path / name) for held, name in ((first, "v1"), (second, "v2"), (third, "v3"))]
    make_delta(folders[0], folders[1], tmp_path / "v2.delta")
    make_delta(folders[1], folders[2], tmp_path / "v3.delta")
    with pytest.raises(
        AlignmentError, match=r"v3.delta leads from v2 .* to v3 .*, and .*v1 is another checkpoint"
    ):
        apply(folders[0], tmp_path / "v3.delta", tmp_path / "out")
    apply(folders[0], tmp_path / "v2.delta", tmp_path / "out2")
    apply(tmp_path / "out2", tmp_path / "v3.delta", tmp_path / "out3")
    assert files(tmp_path / "out3") == files(folders[2])


def test_another_model_is_refused_from_headers(tmp_path: Path) -> None:
    one, other = _small(tmp_path)
    make_delta(one, other, tmp_path / "delta")
    with pytest.raises(AlignmentError, match="leads from one"):
        plan_apply(FIXTURES / "bert-base", tmp_path / "delta", tmp_path / "out")


def test_nothing_is_overwritten_unless_asked(tmp_path: Path) -> None:
    one, other = _small(tmp_path)
    make_delta(one, other, tmp_path / "delta")
    with pytest.raises(OutputError):
        make_delta(one, other, tmp_path / "delta")
    with pytest.raises(OutputError):
        apply(one, tmp_path / "delta", other)
    make_delta(one, other, tmp_path / "delta", force=True)


def test_the_same_sides_give_the_same_delta_whatever_the_workers(tmp_path: Path) -> None:
    one, other = save(model(), tmp_path / "one"), save(merged(model(), 2), tmp_path / "other")
    for workers in (1, 3):
        make_delta(one, other, tmp_path / f"{workers}.delta", workers=workers)
    assert (tmp_path / "1.delta").read_bytes() == (tmp_path / "3.delta").read_bytes()


def test_a_part_is_readable_by_anybody(tmp_path: Path) -> None:
    one, other = save(model(), tmp_path / "one"), save(merged(model(), 2), tmp_path / "other")
    make_delta(one, other, tmp_path / "delta")
    name = "target/model.safetensors/model.layers.0.mlp.up_proj.weight"
    parts = load_file(tmp_path / "delta")
    left, right = parts[f"{name}/left"].float(), parts[f"{name}/right"].float()
    held = [load_file(side / "model.safetensors") for side in (one, other)]
    change = held[1][name[25:]].float() - held[0][name[25:]].float()
    assert (left @ right - change).norm() < 0.2 * change.norm()


@pytest.mark.parametrize("dtype", DTYPES)
def test_planes_give_back_any_bits(dtype: Dtype) -> None:
    draw = np.random.default_rng(0)
    for count in (1, 1000, BLOCK_ELEMENTS):
        one, other = (
            StoredArray(
                draw.integers(0, 256, count * dtype.itemsize, np.uint8).view(f"<u{dtype.itemsize}"), dtype
            )
            for _ in range(2)
        )
        encoder = PlaneEncoder()
        encoder.add(other, one)
        data = np.frombuffer(encoder.finish(), np.uint8)
        values = StoredArray(one.bits.copy(), dtype)
        assert np.array_equal(PlaneDecoder("x", data, dtype).apply(values).bits, other.bits)
        assert np.array_equal(PlaneDecoder("x", data, dtype).apply(values, backward=True).bits, one.bits)


def test_neighbouring_numbers_differ_in_the_lowest_plane_alone() -> None:
    values = torch.linspace(-4, 4, 5000).bfloat16()
    one = StoredArray.of(values)
    steps = torch.where(values.view(torch.int16) >= 0, 1, -1).to(torch.int16)
    other = StoredArray.of((values.view(torch.int16) + steps).view(torch.bfloat16))
    encoder = PlaneEncoder()
    encoder.add(other, one)
    assert len(encoder.finish()) < 60


@pytest.mark.parametrize("name", ["a:b", "a\\b", b"\xff.txt"])
def test_a_name_that_apply_would_refuse_is_refused_beforehand(name: str | bytes, tmp_path: Path) -> None:
    one, other = _small(tmp_path)
    (other / os.fsdecode(name)).write_text("x")
    with pytest.raises(UnsupportedError, match="rename it"):
        make_delta(one, other, tmp_path / "delta")
    assert not (tmp_path / "delta").exists()


def test_a_tensor_cannot_take_the_place_of_a_header(tmp_path: Path) -> None:
    one, other = _small(tmp_path)
    save_file({"\0bytes": torch.ones(3)}, other / "more.safetensors")
    with pytest.raises(UnsupportedError, match="rename it"):
        make_delta(one, other, tmp_path / "delta")


@pytest.mark.parametrize("name", ["../out", "..", "", ".bashrc", "/tmp/out", "a\0b"])
def test_the_default_output_is_here_whatever_a_delta_calls_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = _small(tmp_path)
    make_delta(one, other, tmp_path / "delta")
    _rewritten(tmp_path / "delta", lambda text: text["target"].update(name=name))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(OutputError, match="choose one with -o"):
        apply(one, tmp_path / "delta")
    apply(one, tmp_path / "delta", "chosen")
    assert files(Path("chosen")) == files(other)


def test_a_side_that_is_named_by_dots_has_its_folder_s_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = _small(tmp_path)
    (other / "inside").mkdir()
    monkeypatch.chdir(other / "inside")
    make_delta(one, "..", tmp_path / "delta")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    apply(one, tmp_path / "delta")
    assert files(tmp_path / "here" / other.name) == files(other)


def test_a_delta_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    one, _ = _small(tmp_path)
    with pytest.raises(NotACheckpointError, match="There is no delta at"):
        apply(one, tmp_path / "delta", tmp_path / "out")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_changes_beyond_the_range_of_the_dtype_come_back(dtype: torch.dtype, tmp_path: Path) -> None:
    ends = torch.full((64, 64), torch.finfo(dtype).max, dtype=dtype)
    for name, tensor in (("one", ends), ("other", -ends)):
        (tmp_path / name).mkdir()
        save_file({"a": tensor}, tmp_path / name / "model.safetensors")
    comes_back(tmp_path / "one", tmp_path / "other", tmp_path)
    assert diff(tmp_path / "one", tmp_path / "other").tensors
