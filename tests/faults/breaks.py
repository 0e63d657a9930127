"""Defects put into the program, one at a time: what the trials have to find."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch


@dataclass(frozen=True)
class Break:
    """Functions of the program by their path, what stands in their place, and a fault that shows it."""

    replaced: Mapping[str, Any]
    scene: str
    fault: str

    @contextmanager
    def done(self) -> Iterator[None]:
        with ExitStack() as stack:
            for path, other in self.replaced.items():
                stack.enter_context(patch(path, other))
            yield


def _nothing(*_: object, **__: object) -> None:
    return None


def _copied(built: Path, place: Path, *, replace: bool) -> None:
    shutil.copytree(built, place, dirs_exist_ok=replace)


OUTPUT = "lorasurgery.checkpoint.output"
BREAKS = {
    "nothing is synced": Break(
        dict.fromkeys([f"{OUTPUT}.flush_file", f"{OUTPUT}.flush_tree"], _nothing), "merge", "short"
    ),
    "an output appears piece by piece": Break({f"{OUTPUT}.folder_appears": _copied}, "rerank", "SIGKILL"),
    "a changed input is not noticed": Break(
        {"lorasurgery.stamp.FileStamp.check": _nothing}, "merge --no-undo", "an input is rewritten"
    ),
    "errors of the disk end in a traceback": Break(
        {"lorasurgery.cli.main.message_of": _nothing}, "rerank", "EIO"
    ),
    "remains are in the way": Break(
        {"lorasurgery.checkpoint.workplace._may_be_ours": lambda _: False}, "rerank", "SIGKILL"
    ),
}
