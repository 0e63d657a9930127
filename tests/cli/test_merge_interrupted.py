"""A merge that is killed or runs out of space leaves nothing that looks whole, and a second run completes."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from support.command_line import Run
from support.paths import FIXTURES, ROOT

ADAPTER = FIXTURES / "llama-adapter"
KILLS = 20


def state(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def base(work: Path) -> Path:
    """A Llama that is large enough to be killed midway: the fixture, with a larger vocabulary."""
    shutil.copytree(FIXTURES / "llama-base", work / "base")
    wide = torch.randn(300_000, 64, generator=torch.Generator().manual_seed(0)).to(torch.bfloat16)
    for path in sorted((work / "base").glob("*.safetensors")):
        held = load_file(path)
        if "model.embed_tokens.weight" in held:
            save_file(held | {"model.embed_tokens.weight": wide}, path, {"format": "pt"})
    return work / "base"


def start(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "lorasurgery", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed_while_writing(seconds: float, *arguments: object) -> bool:
    """Run until the output is begun, wait some more, kill. Whether it was still running."""
    process = start(*arguments)
    while process.poll() is None and not Path("out.partial").exists():
        time.sleep(0.002)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["merge", "unmerge"])
def test_killed_at_random_moments_it_leaves_no_output_and_a_rerun_completes(
    run: Run, base: Path, verb: str
) -> None:
    assert run("merge", base, ADAPTER, "-o", "whole").code == 0
    arguments = ("merge", base, ADAPTER) if verb == "merge" else ("unmerge", "whole")
    inputs = state(base), state(Path("whole"))
    begun = time.monotonic()
    assert run(*arguments, "-o", "wanted").code == 0
    longest = time.monotonic() - begun
    chance = random.Random(0)
    hits = 0
    for _ in range(KILLS if verb == "merge" else KILLS // 4):
        hits += killed_while_writing(chance.uniform(0, longest), *arguments, "-o", "out", "--workers", "1")
        if Path("out").exists():  # it was through before the kill
            assert state(Path("out")) == state(Path("wanted"))
            shutil.rmtree("out")
    assert hits >= 3, "hardly any kill came before the end"
    assert run(*arguments, "-o", "out").code == 0
    assert state(Path("out")) == state(Path("wanted"))
    assert (state(base), state(Path("whole"))) == inputs
    assert not Path("out.partial").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 420 kB: room for the weights, and not for all that comes after."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=360k", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_disk_that_fills_up_half_way_leaves_nothing(run: Run, small_disk: Path) -> None:
    done = run("merge", FIXTURES / "llama-base", ADAPTER, "-o", small_disk / "out", "--json")
    assert (done.code, done.out) == (1, "")
    assert "The disk is full" in done.err
    assert list(small_disk.iterdir()) == []


def test_a_base_that_changes_under_way_gives_no_output(
    run: Run, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.surgery import merge

    original = merge.write_weights
    file = sorted(base.glob("*.safetensors"))[-1]

    def write_and_touch(*arguments: object, **options: object) -> object:
        done = original(*arguments, **options)  # type: ignore[arg-type]
        file.write_bytes(file.read_bytes())
        return done

    monkeypatch.setattr(merge, "write_weights", write_and_touch)
    done = run("merge", base, ADAPTER, "-o", "out", "--json")
    assert done.code == 1
    assert "was changed while it was being read" in done.err
    assert sorted(path.name for path in Path().iterdir()) == ["base"]


# What a merge calls between the headers of the base and the copies of its tensors.
MOMENTS = {
    "before the classes are looked up": ("lorasurgery.surgery.base.open_base", "architecture_of"),
    "before the files are laid out": ("lorasurgery.surgery.merging.merge_request", "laid_out"),
    "before the forecast": ("lorasurgery.surgery.merge", "forecast_of"),
    "before the weights are written": ("lorasurgery.surgery.merge", "rewriting"),
}


@pytest.mark.parametrize("undo", ["--undo", "--no-undo"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_base_that_is_replaced_after_its_headers_were_read_is_named_and_gives_no_output(
    run: Run, work: Path, moment: str, undo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(FIXTURES / "llama-base", "base")
    module, name = MOMENTS[moment]
    original = getattr(import_module(module), name)
    file = sorted(Path("base").glob("*.safetensors"))[-1]

    def replace_and_go_on(*arguments: object, **options: object) -> object:
        other = {key: tensor + 1 for key, tensor in load_file(file).items()}
        save_file(dict(reversed(other.items())), "other.safetensors", {"format": "pt"})
        Path("other.safetensors").replace(file)
        return original(*arguments, **options)

    monkeypatch.setattr(import_module(module), name, replace_and_go_on)
    done = run("merge", "base", ADAPTER, "-o", "out", undo)
    assert done.code == 1
    assert re.search(r"error: .*base/model.*safetensors was changed while it was being read", done.err)
    assert sorted(path.name for path in work.iterdir()) == ["base"]


def test_the_output_may_be_neither_base_nor_adapter(run: Run, work: Path) -> None:
    shutil.copytree(FIXTURES / "llama-base", "base")
    shutil.copytree(ADAPTER, "adapter")
    before = state(work)
    for place in ("base", "adapter", "base/inside"):
        done = run("merge", "base", "adapter", "-o", place, "--force")
        assert (done.code, done.out) == (1, ""), place
        assert "is, contains or is inside the input" in done.err
    assert state(work) == before
