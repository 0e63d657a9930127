"""A Ray cluster gives the bytes of one process, whichever of its nodes are killed meanwhile."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import lorasurgery
from lorasurgery.errors import EngineError, MissingExtraError, NumericError, PartsError, UnsupportedError
from lorasurgery.surgery.engines import part_task, ray_driver
from lorasurgery.surgery.engines.engine import EnginePlan
from lorasurgery.surgery.engines.part_task import RemoteRun, run_part
from lorasurgery.surgery.engines.ray_driver import RayCluster
from lorasurgery.surgery.parts.recorded_call import RecordedCall
from support.hangs import never_hangs
from support.merged_models import files
from support.paths import FIXTURES
from support.ray_clusters import RayNodes, ray_nodes

BASE, TUNED, ADAPTER = (str(FIXTURES / f"llama-{name}") for name in ("base", "tuned", "adapter"))
RUNS: dict[str, Callable[..., Any]] = {
    "merge": lambda **options: lorasurgery.merge(BASE, ADAPTER, "out", **options),
    "extract": lambda **options: lorasurgery.extract(BASE, TUNED, "out", rank=2, **options),
    "extract within a budget": lambda **options: lorasurgery.extract(
        BASE, TUNED, "out", size="20kB", **options
    ),
}

MANY_KILLS = int(os.environ.get("LORASURGERY_KILLED_NODES", "0"))


@pytest.fixture(scope="module")
def nodes() -> Iterator[RayNodes]:
    pytest.importorskip("ray")
    with ray_nodes() as started:
        yield started


def single(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The files of a run in this process, in a folder of its own; the current folder is another."""
    for each in ("single", "cluster"):
        (folder / each).mkdir()
    monkeypatch.chdir(folder / "single")
    RUNS[name]()
    monkeypatch.chdir(folder / "cluster")
    return files(folder / "single")


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def refusing(**_: Any) -> None:
    raise ConnectionError("nobody answers.")


@pytest.mark.slow  # as all that starts a cluster
@pytest.mark.parametrize("name", RUNS)
def test_killed_nodes_change_no_byte(
    name: str, nodes: RayNodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = single(name, tmp_path, monkeypatch)
    done: list[tuple[int, int]] = []

    def run() -> Any:
        return RUNS[name](engine="ray", progress=lambda *figures: done.append(figures))

    with never_hangs():
        report = nodes.while_killed(run, seed=len(name))
    assert files(tmp_path / "cluster") == expected
    assert type(report).__name__ == f"{name.partition(' ')[0].title()}Report"
    assert done
    assert done[-1][0] <= done[-1][1]
    assert [each[0] for each in done] == sorted(each[0] for each in done)


@pytest.mark.slow
@pytest.mark.skipif(MANY_KILLS == 0, reason="takes minutes: LORASURGERY_KILLED_NODES=50 kills so many")
def test_many_killed_nodes_change_no_byte(
    nodes: RayNodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {}
    for name in RUNS:
        (tmp_path / name).mkdir()
        expected[name] = single(name, tmp_path / name, monkeypatch)
    before, seed = nodes.killed, 0
    while nodes.killed - before < MANY_KILLS:
        name = [*RUNS][seed % len(RUNS)]
        folder = tmp_path / f"{name} {seed}"
        folder.mkdir()
        monkeypatch.chdir(folder)
        nodes.while_killed(functools.partial(RUNS[name], engine="ray"), seed)
        assert files(folder) == expected[name]
        shutil.rmtree(folder)
        seed += 1


@pytest.mark.slow
def test_an_error_of_a_worker_is_that_of_one_machine(
    nodes: RayNodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(BASE, tmp_path / "base")
    for path in (tmp_path / "base").glob("*.safetensors"):
        tensors = load_file(path)
        for name, tensor in tensors.items():
            if name.endswith("1.mlp.up_proj.weight"):
                tensor[3, 5] = torch.nan
        save_file(tensors, path, {"format": "pt"})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NumericError) as alone:
        lorasurgery.merge("base", ADAPTER, "out")
    with never_hangs(), pytest.raises(NumericError) as remote:
        lorasurgery.merge("base", ADAPTER, "out", engine="ray")
    assert str(remote.value) == str(alone.value)
    assert not Path("out").exists()
    assert nodes.nodes


@pytest.mark.slow
def test_an_address_is_that_of_rays_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    expected = single("merge", tmp_path, monkeypatch)
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    port, client_port = free_port(), free_port()
    head = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--num-cpus=2", f"--port={port}"]
    head += [f"--ray-client-server-port={client_port}", "--include-dashboard=false", "--disable-usage-stats"]
    head += ["--block"]
    command = [sys.executable, "-m", "lorasurgery", "merge", BASE, ADAPTER, "-o", "out"]
    command += ["--engine", f"ray://127.0.0.1:{client_port}"]
    with never_hangs():
        started = subprocess.Popen(head, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while started.poll() is None and not answers(client_port):
                time.sleep(0.1)
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            # The port answers before the cluster can start a server for each client.
            while started.poll() is None and "Initialization failure from server" in done.stderr:
                done = subprocess.run(command, capture_output=True, text=True, check=False)
        finally:
            started.terminate()
            started.wait()
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "cluster") == expected


def test_a_cluster_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ray.is_initialized", lambda: False)
    monkeypatch.setattr("ray.init", refusing)
    with pytest.raises(EngineError, match=r"ray://h:1 cannot be reached: nobody answers\. Start one with"):
        RUNS["merge"](engine="ray://h:1")


@pytest.mark.slow
def test_a_task_that_fits_on_no_node_is_refused(
    nodes: RayNodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with never_hangs(), pytest.raises(EngineError, match="takes 64 cores"):
        RUNS["merge"](engine="ray", workers=64)
    assert nodes.nodes


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_there_and_the_next_run_goes_on(
    nodes: RayNodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = single("merge", tmp_path, monkeypatch)
    monkeypatch.setenv("RAY_ADDRESS", nodes.address)
    command = [sys.executable, "-m", "lorasurgery", "merge", BASE, ADAPTER, "-o", "out", "--engine", "ray"]
    with never_hangs():
        started = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        while started.poll() is None and not [*Path().glob("out.parts/*-of-*")]:
            time.sleep(0.05)
        started.send_signal(signal.SIGINT)
        said = started.communicate()[1]
        assert started.returncode == 130
        assert "parts are in" in said
        assert not Path("out").exists()
        again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert files(tmp_path / "cluster") == expected


def test_a_worker_plans_once_for_all_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    engine_plan = lorasurgery.plan_merge(BASE, ADAPTER, "out", engine="ray")
    assert isinstance(engine_plan, EnginePlan)
    run = RemoteRun(engine_plan.single.call, tmp_path / "out", tmp_path, 3, 1, force=False)
    plans: list[object] = []
    plan = part_task._plan
    monkeypatch.setattr(part_task, "_plan", lambda run: plans.append(run) or plan(run))
    reports = [run_part(run, index).report for index in (1, 2, 3)]
    assert [report and report.part for report in reports] == ["1/3", "2/3", "3/3"]
    assert reports[-1] is not None
    assert reports[-1].is_complete
    assert len(plans) == 1


def test_a_worker_plans_anew_for_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster's workers outlive a run: the plan of the one before would write its parts."""
    monkeypatch.chdir(tmp_path)
    for name, adapter in (("one", ADAPTER), ("other", f"{ADAPTER}:-0.5")):
        plan: Any = lorasurgery.plan_merge(BASE, adapter, name, engine="ray")
        run = RemoteRun(plan.single.call, tmp_path / name, tmp_path, 1, 1, force=False)
        assert run_part(run, 1).report is not None
        assert Path(f"{name}.parts/1-of-1").is_dir()


def test_where_a_worker_was_lost_every_byte_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it wrote after it was cut off is in a part that is whole by its manifest."""

    def driven(_: object, run: RemoteRun, *__: object) -> int:
        assert run_part(dataclasses.replace(run, count=1), 1).report is not None
        path = next(Path("out.parts/1-of-1").glob("*.safetensors"))
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
        return 1

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ray_driver, "connected", lambda *_: contextlib.nullcontext(RayCluster(None, 1, 1)))
    monkeypatch.setattr(RayCluster, "tasks_at_a_time", 1)
    monkeypatch.setattr(ray_driver, "drive", driven)
    with pytest.raises(PartsError, match="was changed"):
        RUNS["merge"](engine="ray")
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"engine": "dask"}, "engine is ray"),
        ({"engine": "ray:/10.0.0.1"}, "engine is ray"),
        ({"engine": "ray", "part": "1/2"}, "leave one out"),
    ],
)
def test_other_engines_are_refused(options: dict[str, str], said: str) -> None:
    with pytest.raises(UnsupportedError, match=said):
        RUNS["merge"](**options)


def test_without_ray_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"lorasurgery\[ray\]"):
        RUNS["merge"](engine="ray")


def test_a_folder_that_a_worker_does_not_see_is_named(tmp_path: Path) -> None:
    plan: Any = lorasurgery.plan_merge(BASE, ADAPTER, tmp_path / "out", engine="ray")
    run = RemoteRun(plan.single.call, tmp_path / "out", tmp_path / "gone", 2, 1, force=False)
    outcome = run_part(run, 1)
    assert isinstance(outcome.error, EngineError)
    assert "shared folder" in str(outcome.error)


def test_a_process_in_which_a_part_was_stopped_does_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import of torch that was interrupted cannot be done again; another process does the part."""

    def stopped(_: RemoteRun) -> None:
        raise KeyboardInterrupt

    def ended(code: int) -> None:
        raise SystemExit(code)

    run = RemoteRun(RecordedCall("merge", {}), Path("out"), Path.cwd(), 2, 1, force=False)
    monkeypatch.setattr(part_task, "_stopped", [])
    monkeypatch.setattr(part_task, "_planned", stopped)
    monkeypatch.setattr(os, "_exit", ended)
    with pytest.raises(KeyboardInterrupt):
        run_part(run, 1)
    with pytest.raises((SystemExit, KeyboardInterrupt)) as ended:
        run_part(run, 1)
    assert ended.type is SystemExit


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["unmerge", "rerank", "convert", "make_delta"])
def test_every_verb_that_takes_parts_takes_an_engine(
    verb: str, nodes: RayNodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
        "unmerge": (("merged",), {}),
        "rerank": ((ADAPTER,), {"rank": 2}),
        "convert": ((ADAPTER,), {"to": "dyn"}),
        "make_delta": ((BASE, TUNED), {}),
    }
    subjects, options = given[verb]
    if verb == "unmerge":
        lorasurgery.merge(BASE, ADAPTER, *subjects)
    run = getattr(lorasurgery, verb)
    with never_hangs():
        run(*subjects, "cluster/out", engine="ray", **options)
    run(*subjects, "single/out", **options)
    assert files(Path("cluster")) == files(Path("single"))
    assert nodes.nodes
