"""`--resume`: a run that broke off does nothing twice, gives the bytes of a single run, and mixes nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lorasurgery
from lorasurgery.errors import NumericError, PartsError, UnsupportedError
from lorasurgery.surgery.engines import resume
from lorasurgery.surgery.parts.part_plan import PartPlan
from support.merged_models import files
from support.paths import FIXTURES

BASE, TUNED, ADAPTER = (str(FIXTURES / f"llama-{name}") for name in ("base", "tuned", "adapter"))
RUNS: dict[str, Callable[..., Any]] = {
    "merge": lambda **options: lorasurgery.merge(BASE, ADAPTER, "out", **options),
    "unmerge": lambda **options: lorasurgery.unmerge("../../merged", "out", **options),
    "extract": lambda **options: lorasurgery.extract(BASE, TUNED, "out", rank=2, **options),
    "extract within a budget": lambda **options: lorasurgery.extract(
        BASE, TUNED, "out", size="20kB", **options
    ),
    "rerank": lambda **options: lorasurgery.rerank(ADAPTER, "out", rank=2, **options),
    "convert": lambda **options: lorasurgery.convert(ADAPTER, "out", to="adalora", **options),
    "diff": lambda **options: lorasurgery.make_delta(BASE, TUNED, "out", **options),
}


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several parts, even of small models, and of parts of files."""
    monkeypatch.setattr(resume, "PART_BYTES", 60_000)
    monkeypatch.setattr(resume, "PARTS_IN_A_FILE", 1)


def single(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The files of an undisturbed run without `--resume`; the current folder is another one then."""
    for each in ("single/run", "resumed/run"):
        (folder / each).mkdir(parents=True)
    if name == "unmerge":
        lorasurgery.merge(BASE, ADAPTER, folder / "merged")
    monkeypatch.chdir(folder / "single/run")
    RUNS[name]()
    monkeypatch.chdir(folder / "resumed/run")
    return files(folder / "single/run")


def counted(monkeypatch: pytest.MonkeyPatch, dies_at: int = 0) -> list[str]:
    """List the parts that are written from now on; at one of them the machine is switched off."""
    written: list[str] = []
    writing = PartPlan.writing

    def noted(plan: PartPlan, number: int, nbytes: int) -> Any:
        written.append(f"{plan.part}, pass {number}")
        if len(written) == dies_at:
            os.kill(os.getpid(), 9)
        return writing(plan, number, nbytes)

    monkeypatch.setattr(PartPlan, "writing", noted)
    return written


@pytest.mark.parametrize("name", RUNS)
def test_a_run_that_was_killed_goes_on_where_it_was(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in ("rerank", "convert"):  # adapters are smaller
        monkeypatch.setattr(resume, "PART_BYTES", 8_000)
    expected = single(name, tmp_path, monkeypatch)
    pid = os.fork()
    if not pid:
        counted(monkeypatch, dies_at=3)
        RUNS[name](resume=True, workers=1)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == 9
    assert not Path("out").exists()
    kept = {path.parent.name for path in Path("out.parts").glob("*/part.json")}
    assert len(kept) == 2
    done: list[tuple[int, int]] = []
    written = counted(monkeypatch)
    report = RUNS[name](resume=True, progress=lambda *figures: done.append(figures))
    first = [each for each in written if each.endswith("pass 1")]
    assert len(first) == len({*first}) > 0
    assert not {each.replace("-of-", "/") + ", pass 1" for each in kept} & {*first}
    assert files(tmp_path / "resumed/run") == expected
    assert type(report).__name__.endswith("Report")
    assert type(report).__name__ not in ("PartReport", "AssembleReport")
    assert done[-1][0] <= done[-1][1]


@pytest.mark.parametrize(
    ("options", "said"),
    [({"dtype": "float32"}, "has dtype as by default and not 'float32'"), ({}, "another adapter adapter")],
)
def test_other_options_or_inputs_are_refused_and_begin_anew_with_force(
    options: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ADAPTER, "adapter")
    plan: Any = lorasurgery.plan_merge(BASE, "adapter", "out", resume=True)
    plan.single.of_part(resume.Part(1, plan.wanted_count())).run()
    if not options:
        path = Path("adapter/adapter_model.safetensors")
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
    with pytest.raises(PartsError, match=said):
        lorasurgery.merge(BASE, "adapter", "out", resume=True, **options)
    assert not Path("out").exists()
    lorasurgery.merge(BASE, "adapter", "out", resume=True, force=True, **options)
    resumed = files(Path("out"))
    lorasurgery.merge(BASE, "adapter", "out", force=True, **options)
    assert files(Path("out")) == resumed
    assert not Path("out.parts").exists()


def test_a_damaged_part_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan: Any = lorasurgery.plan_merge(BASE, ADAPTER, "out", resume=True)
    plan.single.of_part(resume.Part(1, plan.wanted_count())).run()
    path = next(Path("out.parts").glob("*/*.safetensors"))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(PartsError, match="was changed"):
        RUNS["merge"](resume=True)
    assert not Path("out").exists()


def test_parts_of_another_division_are_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = single("merge", tmp_path, monkeypatch)
    RUNS["merge"](part="2/3")
    written = counted(monkeypatch)
    RUNS["merge"](resume=True)
    assert written == ["1/3, pass 1", "3/3, pass 1"]
    assert files(tmp_path / "resumed/run") == expected


def test_an_error_says_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    carried_out = PartPlan.run

    def failing(plan: PartPlan, progress: Any = None) -> Any:
        if plan.part.index == 3:
            raise NumericError("A number is no number.")
        return carried_out(plan, progress)

    monkeypatch.setattr(PartPlan, "run", failing)
    with pytest.raises(NumericError, match=r"What is finished is kept: 2 of \d+ parts are in out"):
        RUNS["merge"](resume=True)


def test_ctrl_c_says_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def interrupted(*_: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(PartPlan, "run", interrupted)
    with pytest.raises(KeyboardInterrupt, match=r"interrupted; 0 of \d+ parts are in out\.parts"):
        RUNS["merge"](resume=True)


@pytest.mark.parametrize(
    ("options", "said"), [({"part": "1/2"}, "leave one out"), ({"engine": "ray"}, "without resume=True")]
)
def test_what_keeps_parts_by_itself_is_not_resumed(
    options: dict[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnsupportedError, match=said):
        RUNS["merge"](resume=True, **options)


def test_whole_shards_are_not_cut_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(resume, "PARTS_IN_A_FILE", 8)
    plan: Any = lorasurgery.plan_merge(BASE, ADAPTER, "out", resume=True)
    assert plan.wanted_count() == len(list(Path(BASE).glob("*.safetensors")))
    monkeypatch.setattr(resume, "PART_BYTES", 10**9)
    assert plan.wanted_count() == 1
