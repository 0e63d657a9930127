"""Outputs that are written, fail half-way or die, and what is in a folder afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from lorasurgery.checkpoint import linux, output_file, output_folder


def listing(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder, with the files' contents."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def write(
    target: Path,
    inputs: tuple[Path, ...] = (),
    *,
    force: bool = False,
    meanwhile: Callable[[], object] | None = None,
) -> None:
    with output_folder(target, inputs, force=force) as partial:
        (partial / "adapter_config.json").write_text("new", encoding="utf-8")
        if meanwhile:
            meanwhile()


def fail(
    target: Path,
    error: type[BaseException] = ValueError,
    meanwhile: Callable[[], None] | None = None,
    *,
    force: bool = False,
) -> None:
    """Give up in the middle of the work."""
    with output_folder(target, [], force=force) as partial:
        (partial / "half").write_text("x", encoding="utf-8")
        if meanwhile:
            meanwhile()
        raise error("stop")


def earlier_output(target: Path, mark: str = "adapter_config.json") -> None:
    target.mkdir()
    (target / mark).write_text("old", encoding="utf-8")
    (target / "stale").touch()


def put_in_the_way(place: Path, kind: str) -> None:
    """Something of a stranger's, by a name that we would use."""
    if kind == "folder":
        place.mkdir()
        (place / "config.json").write_text("precious", encoding="utf-8")
    elif kind == "file":
        place.write_text("precious", encoding="utf-8")
    else:
        place.symlink_to("out")


# Calls of the system that change what stands where, and at which a run can be killed.
MOVES = ("mkdir", "rmdir", "unlink", "rename", "replace", "link", "fsync", "exchange", "rename_new")


def child(work: Callable[[], object], *, dies_at: int | None = None) -> bool:
    """Do some work in another process, which dies at once after the call of that number.

    Whether it came to the end.
    """
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    count = 0

    def dying(call: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*arguments: object, **options: object) -> object:
            nonlocal count
            try:
                return call(*arguments, **options)
            finally:
                count += 1
                if count == dies_at:
                    os._exit(1)

        return wrapped

    for name in MOVES:
        home = os if hasattr(os, name) else linux
        setattr(home, name, dying(getattr(home, name)))
    try:
        work()
        os._exit(0)
    except BaseException:
        os._exit(2)


def child_that_dies_at_half(target: Path) -> None:
    def work() -> None:
        with output_folder(target, []) as partial:
            (partial / "half").touch()
            os._exit(1)

    child(work)


def write_file(target: Path, *, force: bool = False, meanwhile: Callable[[], object] | None = None) -> None:
    with output_file(target, [], force=force) as path:
        path.write_text("new", encoding="utf-8")
        if meanwhile:
            meanwhile()
