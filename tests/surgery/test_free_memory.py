"""What may be taken is what the machine has, or what its container leaves.

What users are promised by it: no verb is killed for memory because it counted on more than there
is.
"""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from lorasurgery.surgery.free_memory import free_memory
from lorasurgery.surgery.workers import LEAST_BYTES, working_limit

GIB = 2**30


def laid(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def second(root: Path, group: str, limit: str, usage: int, inactive: int = 0) -> Path:
    folder = f"sys/fs/cgroup{group}"
    return laid(
        root,
        {
            f"{folder}/memory.max": f"{limit}\n",
            f"{folder}/memory.current": f"{usage}\n",
            f"{folder}/memory.stat": f"anon 1\ninactive_file {inactive}\n",
        },
    )


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """One with 64 GiB to spare."""
    memory = psutil.virtual_memory()._replace(available=64 * GIB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)


@pytest.mark.usefixtures("machine")
def test_without_a_group_it_is_what_the_machine_has(tmp_path: Path) -> None:
    assert free_memory(tmp_path) == 64 * GIB
    laid(tmp_path, {"proc/self/cgroup": "0::/\n"})
    assert free_memory(tmp_path) == 64 * GIB
    assert free_memory(second(tmp_path, "", "max", 9 * GIB)) == 64 * GIB


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("group", ["", "/user/session"])
def test_a_group_leaves_its_limit_less_what_it_cannot_give_up(group: str, tmp_path: Path) -> None:
    laid(tmp_path, {"proc/self/cgroup": f"0::/{group.lstrip('/')}\n"})
    second(tmp_path, group, str(8 * GIB), 5 * GIB, inactive=2 * GIB)
    assert free_memory(tmp_path) == 5 * GIB


@pytest.mark.usefixtures("machine")
def test_a_container_may_show_its_group_as_the_outermost(tmp_path: Path) -> None:
    laid(tmp_path, {"proc/self/cgroup": "0::/docker/0123\n"})
    assert free_memory(second(tmp_path, "", str(4 * GIB), GIB)) == 3 * GIB


@pytest.mark.usefixtures("machine")
def test_the_first_generation_is_known_too(tmp_path: Path) -> None:
    folder = "sys/fs/cgroup/memory/b"
    laid(
        tmp_path,
        {
            "proc/self/cgroup": "3:cpu,cpuacct:/a\n2:memory:/b\n0::/\n",
            f"{folder}/memory.limit_in_bytes": str(2 * GIB),
            f"{folder}/memory.usage_in_bytes": str(3 * GIB),
            f"{folder}/memory.stat": f"total_inactive_file {2 * GIB}",
        },
    )
    assert free_memory(tmp_path) == GIB


def test_a_share_of_it_is_for_modules_side_by_side_and_some_in_any_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for free, limit in ((64 * GIB, 16 * GIB), (GIB // 4, LEAST_BYTES), (0, LEAST_BYTES)):
        monkeypatch.setattr("lorasurgery.surgery.workers.free_memory", lambda free=free: free)
        assert working_limit() == limit


@pytest.mark.usefixtures("machine")
def test_the_kernels_own_estimate_counts_where_it_makes_one(tmp_path: Path) -> None:
    laid(tmp_path, {"proc/meminfo": "MemTotal:       16000 kB\nMemAvailable:    9000 kB\n"})
    assert free_memory(tmp_path) == 9000 * 1024
    laid(tmp_path, {"proc/meminfo": "MemTotal:       16000 kB\nMemAvailable:    many\n"})
    assert free_memory(tmp_path) == 64 * GIB
