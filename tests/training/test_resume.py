"""A run that was killed goes on to the same bytes; a loss that is no number ends it with what was good."""

from __future__ import annotations

import dataclasses
import errno
import os
import resource
import shutil
import subprocess
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForSequenceClassification

from lorasurgery.errors import (
    DamagedFileError,
    Interrupted,
    NameTakenError,
    NoSpaceError,
    NumericError,
    OutputError,
    UnsupportedError,
)
from lorasurgery.training import methods
from lorasurgery.training.fit import rate_share
from lorasurgery.training.recipe import Recipe
from lorasurgery.training.resume import STATE_FILE
from lorasurgery.training.train import train
from support.film_reviews import BASE, write_tsv
from support.slow import slow_but


class Killed(BaseException):
    """What no handler of the code under test expects."""


def killed_at(step: int) -> object:
    def progress(done: int, _: int, __: float) -> None:
        if done == step:
            raise Killed

    return progress


def test_the_model_uses_dropout_and_needs_its_random_numbers_restored() -> None:
    assert AutoConfig.from_pretrained(BASE).hidden_dropout_prob == 0.1


# AdaLoRA settles its ranks at step 17 of these 24.
@pytest.mark.parametrize(
    ("method", "step"),
    slow_but(
        {("adalora", 17), ("lora", 17), ("parallel", 17)},
        [*((method, 17) for method in methods.names()), ("adalora", 22)],
    ),
)
def test_a_run_that_was_killed_goes_on_to_the_same_bytes(method: str, step: int, tmp_path: Path) -> None:
    recipe = Recipe(method=method, rank=4, rate=1e-2, steps=24)
    data = str(write_tsv(tmp_path / "films.tsv", 64))
    files = (
        {"one": data, "other": str(write_tsv(tmp_path / "other.tsv", 32, 5))}
        if method == "parallel"
        else data
    )
    train(str(BASE), files, tmp_path / "whole" / "out", recipe=recipe, dev=files, keep_every=5)
    with pytest.raises(Killed):
        train(
            str(BASE),
            files,
            tmp_path / "cut" / "out",
            recipe=recipe,
            dev=files,
            keep_every=5,
            progress=killed_at(step),
        )  # type: ignore[arg-type]
    assert not (tmp_path / "cut" / "out").exists()
    seen: list[int] = []
    train(
        str(BASE),
        files,
        tmp_path / "cut" / "out",
        recipe=recipe,
        dev=files,
        keep_every=5,
        resume=True,
        progress=lambda step, *_: seen.append(step),
    )
    assert seen == list(range(step // 5 * 5 + 1, 25))
    whole, cut = (
        sorted(path for path in (tmp_path / name).rglob("*") if path.is_file()) for name in ("whole", "cut")
    )
    assert len(whole) == len(cut) > 2
    for one, other in zip(whole, cut, strict=True):
        assert one.read_bytes().replace(b"/whole/", b"/cut/") == other.read_bytes(), one.name
    assert not (tmp_path / "cut" / "out.training").exists()


def unfinished(tmp_path: Path) -> tuple[str, Recipe]:
    data = str(write_tsv(tmp_path / "films.tsv", 64))
    recipe = Recipe(rank=2, steps=9)
    with pytest.raises(Killed):
        train(str(BASE), data, tmp_path / "out", recipe=recipe, keep_every=2, progress=killed_at(5))  # type: ignore[arg-type]
    return data, recipe


def test_a_state_is_not_lost_by_mistake(tmp_path: Path) -> None:
    data, recipe = unfinished(tmp_path)
    with pytest.raises(OutputError, match="resume=True"):
        train(str(BASE), data, tmp_path / "out", recipe=recipe)
    train(str(BASE), data, tmp_path / "out", recipe=recipe, force=True)
    assert not (tmp_path / "out.training").exists()


def test_the_state_of_another_run_is_refused(tmp_path: Path) -> None:
    data, _ = unfinished(tmp_path)
    with pytest.raises(UnsupportedError, match="rank was 2 there and is 3 now"):
        train(str(BASE), data, tmp_path / "out", recipe=Recipe(rank=3, steps=9), resume=True)
    write_tsv(Path(data), 64, seed=3)
    with pytest.raises(UnsupportedError, match="data was"):
        train(str(BASE), data, tmp_path / "out", recipe=Recipe(rank=2, steps=9), resume=True)


def test_a_state_that_is_damaged_is_refused(tmp_path: Path) -> None:
    data, recipe = unfinished(tmp_path)
    state = tmp_path / "out.training" / STATE_FILE
    state.write_bytes(state.read_bytes()[:200])
    with pytest.raises(DamagedFileError, match="force=True"):
        train(str(BASE), data, tmp_path / "out", recipe=recipe, resume=True)


def test_a_state_is_on_the_disk_before_it_has_its_name_and_the_run_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    flush, replace = os.fsync, Path.replace

    def flushing(descriptor: int) -> None:
        calls.append(f"flush {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        flush(descriptor)

    def replacing(path: Path, target: Path) -> Path:
        calls.append(f"{path.name} -> {target.name}")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", flushing)
    monkeypatch.setattr(Path, "replace", replacing)
    unfinished(tmp_path)
    run = ["flush run.json.partial", "run.json.partial -> run.json", "flush out.training"]
    state = ["flush state.pt.partial", "state.pt.partial -> state.pt", "flush out.training"]
    assert calls == [*run, *state, *state]


@pytest.mark.parametrize("name", ["run.json", "state.pt"])
@pytest.mark.parametrize("way", ["full disk", "kill"])
def test_a_state_outlives_a_save_that_does_not_come_to_its_end(
    name: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, recipe = unfinished(tmp_path)
    folder = tmp_path / "out.training"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    if name == "run.json":  # as it is where the rate is another one
        recipe = dataclasses.replace(recipe, rate=2e-3)
    flush = os.fsync

    def failing(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == f"{name}.partial":
            raise OSError(errno.ENOSPC, "No space left on device") if way == "full disk" else Killed
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(NoSpaceError if way == "full disk" else Killed):  # type: ignore[arg-type]
        train(str(BASE), data, tmp_path / "out", recipe=recipe, keep_every=2, resume=True)
    monkeypatch.undo()
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {**kept, "run.json": b""} == {**before, "run.json": b""}
    train(str(BASE), data, tmp_path / "out", recipe=recipe, keep_every=2, resume=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["films.tsv", "out"]


def test_a_disk_that_takes_no_more_in_the_middle_of_a_state_is_a_line(tmp_path: Path) -> None:
    """As by `ulimit -f`: torch goes on after the error of the disk, and ends in one of its own."""
    data, recipe = str(write_tsv(tmp_path / "films.tsv", 64)), Recipe(rank=2, steps=3)
    whole, before = 2**14, resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (whole, before[1]))
    try:
        with pytest.raises(
            OutputError, match=r"out.training could not be written: its file system, or a lim"
        ):
            train(str(BASE), data, tmp_path / "out", recipe=recipe, keep_every=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in (tmp_path / "out.training").iterdir()] == ["run.json"]


def test_what_a_killed_save_has_left_is_not_written_through(tmp_path: Path) -> None:
    data, recipe = unfinished(tmp_path)
    (tmp_path / "precious").write_text("x", encoding="utf-8")
    (tmp_path / "out.training" / "state.pt.partial").symlink_to(tmp_path / "precious")
    train(str(BASE), data, tmp_path / "out", recipe=recipe, keep_every=2, resume=True)
    assert (tmp_path / "precious").read_text(encoding="utf-8") == "x"
    assert not (tmp_path / "out.training").exists()


def test_what_is_not_ours_stays_beside_a_state_that_is_cleared(tmp_path: Path) -> None:
    data, recipe = unfinished(tmp_path)
    (tmp_path / "out.training" / "notes.txt").write_text("x", encoding="utf-8")
    train(str(BASE), data, tmp_path / "out", recipe=recipe, keep_every=2, resume=True)
    assert [path.name for path in (tmp_path / "out.training").iterdir()] == ["notes.txt"]


def interrupted_at(step: int) -> object:
    def progress(done: int, _: int, __: float) -> None:
        if done == step:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (1, "interrupted at step 1 of 9; no state was kept by then, and no output was written"),
        (5, r"interrupted at step 5 of 9; the last state is kept in .*out\.training: go on with --resume"),
    ],
)
def test_ctrl_c_says_where_it_came_and_how_to_go_on(tmp_path: Path, step: int, said: str) -> None:
    data, recipe = str(write_tsv(tmp_path / "films.tsv", 64)), Recipe(rank=2, steps=9)
    with pytest.raises(Interrupted, match=f"^{said}$"):
        train(str(BASE), data, tmp_path / "out", recipe=recipe, keep_every=2, progress=interrupted_at(step))  # type: ignore[arg-type]
    left = ["films.tsv", "out.training"] if step > 1 else ["films.tsv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left


def test_ctrl_c_after_the_last_step_says_that_a_state_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.training import train as module

    data, recipe = str(write_tsv(tmp_path / "films.tsv", 64)), Recipe(rank=2, steps=9)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "model_card", interrupt)
    with pytest.raises(Interrupted, match=r"^interrupted; the last state is kept in .*--resume$"):
        train(str(BASE), data, tmp_path / "out", recipe=recipe, keep_every=2)


def test_what_appears_under_the_name_while_it_trains_is_kept_and_so_is_the_adapter(tmp_path: Path) -> None:
    data, recipe = str(write_tsv(tmp_path / "films.tsv", 64)), Recipe(rank=2, steps=3)

    def appear(step: int, *_: object) -> None:
        if step == 2:
            (tmp_path / "out").mkdir()
            (tmp_path / "out" / "thesis.tex").write_text("precious", encoding="utf-8")

    with pytest.raises(NameTakenError, match=r"out appeared while this ran.*kept as .*out\.partial/out"):
        train(str(BASE), data, tmp_path / "out", recipe=recipe, progress=appear)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.tex"]
    assert (tmp_path / "out.partial" / "out" / "adapter_model.safetensors").is_file()


def test_resume_without_a_state_starts_anew(tmp_path: Path) -> None:
    data = str(write_tsv(tmp_path / "films.tsv", 64))
    assert (
        len(train(str(BASE), data, tmp_path / "out", recipe=Recipe(rank=2, steps=3), resume=True).losses) == 3
    )


def test_a_nan_loss_stops_the_run_and_keeps_the_last_good_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.training.kinds.classification import Classification

    data, plain = str(write_tsv(tmp_path / "films.tsv", 64)), Classification.loss
    calls: list[int] = []

    def spoilt(self: Classification, outputs: object, targets: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        return plain(self, outputs, targets) * (float("nan") if len(calls) == 6 else 1)

    monkeypatch.setattr(Classification, "loss", spoilt)
    recipe = Recipe(rank=2, steps=9, rate=1e-2)
    with pytest.raises(NumericError, match=r"loss is nan at step 6 of 9.*after step 5 is kept.*resume=True"):
        train(str(BASE), data, tmp_path / "out", recipe=recipe)
    assert not (tmp_path / "out").exists()
    state = torch.load(tmp_path / "out.training" / STATE_FILE, weights_only=True)
    assert state["step"] == 5
    assert all(each.isfinite().all() for each in state["parameters"].values())
    monkeypatch.setattr(Classification, "loss", plain)
    gone_on = train(str(BASE), data, tmp_path / "out", recipe=recipe, resume=True)
    whole = train(str(BASE), data, tmp_path / "whole", recipe=recipe)
    assert gone_on.losses == whole.losses


def test_what_would_be_overwritten_is_found_before_anything_is_trained(tmp_path: Path) -> None:
    data = str(write_tsv(tmp_path / "films.tsv", 64))
    train(str(BASE), data, tmp_path / "out", recipe=Recipe(rank=2, steps=1))
    with pytest.raises(OutputError, match="exists already"):
        train(str(BASE), data, tmp_path / "out", recipe=Recipe(rank=2, steps=1), progress=killed_at(1))  # type: ignore[arg-type]


def test_the_rate_rises_and_falls_to_almost_nothing() -> None:
    shares = [rate_share(step, 100, 0.1) for step in range(1, 101)]
    assert max(shares) == shares[9] == 1
    assert shares[:10] == sorted(shares[:10])
    assert shares[9:] == sorted(shares[9:], reverse=True)
    assert 0 < shares[-1] < 0.02


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_disk_that_is_full_when_the_output_is_saved_is_a_line_and_leaves_nothing(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.training import train as module

    data = str(write_tsv(tmp_path / "films.tsv", 64))
    recipe = Recipe(method=method, rank=2, steps=3)
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    save = module._save

    def shrink_and_save(*arguments: object) -> object:
        subprocess.run(["mount", "-o", "remount,size=8k", place], check=True)
        return save(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_save", shrink_and_save)
    try:
        with pytest.raises(OutputError, match=r"small/out could not be written: .*No space left on device"):
            train(str(BASE), data, place / "out", recipe=recipe)
        assert list(place.iterdir()) == []
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def test_what_libraries_write_can_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    data = str(write_tsv(tmp_path / "films.tsv", 64))
    before = os.umask(0o027)
    try:
        train(str(BASE), data, tmp_path / "out", recipe=Recipe(rank=2, steps=1))
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()}
    assert set(modes.values()) == {0o640}, modes


def test_a_model_that_is_written_to_while_it_is_loaded_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(BASE, tmp_path / "model")
    load = AutoModelForSequenceClassification.from_pretrained

    def disturbed(*arguments: object, **options: object) -> object:
        loaded = load(*arguments, **options)
        os.utime(tmp_path / "model" / "model.safetensors", ns=(1, 1))
        return loaded

    monkeypatch.setattr(AutoModelForSequenceClassification, "from_pretrained", disturbed)
    data = str(write_tsv(tmp_path / "films.tsv", 64))
    with pytest.raises(DamagedFileError, match="was changed while it was being read"):
        train(str(tmp_path / "model"), data, tmp_path / "out", recipe=Recipe(steps=1))
    assert not (tmp_path / "out").exists()
