"""Kernels for processors that are not at hand.

Code for aarch64 (Apple's, AWS' and Nvidia's ARM processors) is compiled here and not run: that it
gives the same numbers there rests on LLVM, and on IEEE arithmetic without reassociation. `.ci/run`
runs the numeric tests a second time as on a processor without AVX-512.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import llvmlite.binding as llvm
import numpy as np
import pytest

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg import ordered, ulps
from lorasurgery.linalg.kernels import call
from lorasurgery.linalg.kernels.compile import object_code
from lorasurgery.linalg.ordered import RowSum, ordered_rows, round_once
from lorasurgery.linalg.terms import Term
from lorasurgery.linalg.ulps import Differences, take_steps
from support.paths import ROOT

# In the header of an ELF file: the place of its machine, and that of 64-bit ARM.
MACHINE, AARCH64 = slice(18, 20), 183
AVX2 = dict(
    line.split("=", 1) for line in (ROOT / "benchmarks" / "avx2.env").read_text(encoding="ascii").splitlines()
)
MOVES = (ulps._LAST, ulps._CHUNK, ulps._ALL, ulps._SPLIT)


def merge_and_back() -> None:
    """Run the kernels of merging, unmerging and deltas once, in bfloat16."""
    W = round_once(np.full((4, 8), 1.5), Dtype.BF16)
    term = Term(np.ones((4, 2), np.float32), np.ones((2, 8), np.float32), 0.25)
    differences = Differences()
    merged = RowSum([term], (4, 8), Dtype.BF16).and_back(W, 0, differences)
    assert (merged.double() == 2).all()
    back = round_once(ordered_rows(merged.double(), [Term(term.left, term.right, -0.25)], 0), Dtype.BF16)
    differences.note(W, back, 0)
    take_steps(back, differences.places, differences.steps)
    assert (back.bits == W.bits).all()
    planes = np.empty((2, merged.bits.size), np.uint8)
    ulps.split_moves(merged, W, planes)
    ulps.move_all(back, planes)
    assert (back.bits == merged.bits).all()
    gaps, zigzags = np.array([[0, 3]], np.uint8), np.array([[2, 1]], np.uint8)
    assert ulps.last_place(gaps, 5) == 8
    ulps.take_chunk(back, 4, gaps, zigzags, np.array([0, 5]))
    moved = back.bits.reshape(-1).astype(int) - merged.bits.reshape(-1)
    assert moved.tolist() == [0, 1, 0, 0, -1, *[0] * 27]


@pytest.fixture
def met(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, tuple[str, ...]]]:
    """Kernels with the types of arguments that they meet in a merge and its undoing."""
    found = []
    machine_code = call.Kernel._machine_code

    def noted(kernel: call.Kernel, types: tuple[str, ...]) -> object:
        found.append((kernel._module, kernel._name, types))
        return machine_code(kernel, types)

    monkeypatch.setattr(call.Kernel, "_machine_code", noted)
    # Other tests of this process may have met them.
    for kernel in (ordered._SUM, ordered._ADD, ordered._ROUND, ulps._NOTE, ulps._TAKE, *MOVES):
        monkeypatch.setattr(kernel, "_functions", {})
    return found


def test_the_kernels_of_merging_compile_for_aarch64(
    met: list[tuple[str, str, tuple[str, ...]]],
) -> None:
    merge_and_back()
    merging = {"sum_rows", "round_all", "add_rows", "note_ulps", "add_ulps"}
    moves = {"last_place", "take_chunk", "move_all", "split_moves"}
    assert {name for _, name, _ in met} == merging | moves
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    for module, name, types in dict.fromkeys(met):
        target = llvm.Target.from_triple("aarch64-unknown-linux-gnu")
        code = object_code(module, name, types, target.create_target_machine(cpu="generic", opt=3))
        assert int.from_bytes(code[MACHINE], "little") == AARCH64


HASH_OF_KEY = (
    "from lorasurgery.linalg.kernels.object_cache import _key; from lorasurgery.linalg.kernels.abi import "
    "processor; print(_key(()), processor()[0], 'avx512f' in processor()[1])"
)


def printed(code: str, **environment: str) -> list[str]:
    command = [sys.executable, "-c", code]
    as_it_is = {name: value for name, value in os.environ.items() if name not in AVX2}
    whole = as_it_is | {"PYTHONPATH": str(ROOT)} | environment
    return subprocess.run(command, env=whole, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names a processor of x86-64")
def test_code_for_another_processor_is_stored_apart() -> None:
    """Code for all that this processor can do would otherwise run where less is asked for."""
    own, capped = printed(HASH_OF_KEY), printed(HASH_OF_KEY, **AVX2)
    assert capped[1:] == ["haswell", "False"]
    assert own[0] != capped[0]
