"""The bar on a terminal: it is drawn where nothing else is, and shows no bytes that nobody knows."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from support.paths import FIXTURES, ROOT

pty = pytest.importorskip("pty", reason="needs a terminal of its own")

# A machine so slow that a bar which is alive is drawn several times while something else is
# printed.
SLOWLY = """
import sys, time
from importlib import import_module
def slow(place, name):
    original = getattr(place, name)
    def wrapped(*arguments, **options):
        time.sleep(0.3)
        result = original(*arguments, **options)
        time.sleep(0.3)
        return result
    setattr(place, name, wrapped)
for module, name in (each.split(":") for each in sys.argv[1].split(",")):
    slow(import_module(module), name)
sys.argv[1:] = sys.argv[2:]
from lorasurgery.cli.main import main
main()
"""
MERGE = ("merge", FIXTURES / "llama-base", FIXTURES / "llama-adapter", "-o", "out")
SLOW_MERGE = ",".join(
    [f"lorasurgery.cli.screens.merge_screen:{name}" for name in ("_tensors", "_costs", "written")]
    + [f"lorasurgery.surgery.merge:{name}" for name in ("prepare", "write_weights", "operation_of")]
)


def on_a_terminal(slow: str, *arguments: object) -> str:
    """What a command writes to a terminal that both of its streams lead to."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", SLOWLY, slow, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    try:
        while part := os.read(ours, 4096):
            written += part
    except OSError:  # Linux says so where the last writer has gone
        pass
    os.close(ours)
    assert process.wait() == 0, written.decode()
    return written.decode()


@pytest.mark.usefixtures("work")
def test_a_merge_draws_its_bar_after_its_table() -> None:
    shown = on_a_terminal(SLOW_MERGE, *MERGE)
    table, bar, end = (shown.index(mark) for mark in ("peak memory", "merge \x1b[", "wrote  "))
    assert table < bar < end
    assert "merge \x1b[" not in shown[:table]
    assert "merge \x1b[" not in shown[end:]
    assert "/?" not in shown
