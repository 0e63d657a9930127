"""The library of `shim.c`: built once, loaded before all others, told what to do in each child."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

# What happens at the chosen call; the order is that of the enum in `shim.c`.
ACTIONS = ("nothing", "fail", "fail from here", "shorten", "signal before", "signal after")


def compiler() -> str | None:
    """The C compiler of this machine, if it can build the shim."""
    return shutil.which("cc") if sys.platform == "linux" else None


def built(folder: Path) -> Path:
    """Compile the shim into a folder."""
    library = folder / "shim.so"
    source = Path(__file__).with_name("shim.c")
    found = compiler()
    assert found is not None
    subprocess.run([found, "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def arm(
    below: Path, nth: int, action: str, value: int = 0, *, copies_alone: bool = False, journal: int = -1
) -> None:
    """Let the n-th call of this process below a folder go wrong; 0 only counts."""
    text = ctypes.c_char_p(os.fsencode(below))
    ctypes.CDLL(None).faults_arm(
        text, ctypes.c_long(nth), ACTIONS.index(action), value, int(copies_alone), journal
    )


def calls() -> int:
    """How many calls were counted since the process was armed."""
    count = ctypes.CDLL(None).faults_calls
    count.restype = ctypes.c_long
    return int(count())
