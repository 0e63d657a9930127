"""Kernels from the text that numba's typing left, compared with what numba makes of the source today."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import llvmlite.binding as llvm
import numpy as np
import pytest

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg import ordered
from lorasurgery.linalg.kernels import compile as by_numba
from lorasurgery.linalg.kernels import machine_code, typed_text
from lorasurgery.linalg.kernels.tiles import KINDS
from lorasurgery.linalg.ordered import RowSum, round_once
from lorasurgery.linalg.terms import Term
from lorasurgery.linalg.ulps import Differences
from support.paths import ROOT

Met = tuple[str, str, tuple[str, ...]]
SUM = ("sums", "sum_rows")
AGAIN = "run `python tools/typed_kernels.py`, and commit what it writes"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("typed_kernels", ROOT / "tools" / "typed_kernels.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def met(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[Met]:
    """The kernels of merging, unmerging, extraction and deltas, with the types that they are called with."""
    for kernel in tool.KERNELS.values():  # other tests of this process may have met more
        monkeypatch.setattr(kernel, "_functions", {})
    found: list[Met] = tool.used()
    return found


def test_the_texts_are_those_of_todays_source(met: list[Met]) -> None:
    stored = {path.name for path in typed_text.FOLDER.iterdir()}
    assert stored == {typed_text.text_name(*each) for each in met}, AGAIN
    assert len(stored) == 39


def test_a_text_is_for_no_other_source_and_no_other_types(monkeypatch: pytest.MonkeyPatch) -> None:
    assert typed_text.object_code("sums", "sum_rows", ("<u22",)) is None
    own = typed_text.text_name("sums", "sum_rows", ())
    monkeypatch.setattr(typed_text, "_sources", lambda _: b"another source")
    assert typed_text.text_name("sums", "sum_rows", ()) != own


def test_the_source_of_a_kernel_is_all_that_it_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source in typed_text.HERE.glob("*.py"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    monkeypatch.setattr(typed_text, "HERE", tmp_path)
    sources = typed_text._sources.__wrapped__
    before = sources("sums")
    (tmp_path / "blocks.py").write_text("# another kernel's")
    assert sources("sums") == before
    (tmp_path / "numbers.py").write_text("# of which the kernel's numbers come")
    assert sources("sums") != before


@pytest.fixture(params=["text", "numba"])
def code_of(request: pytest.FixtureRequest) -> Iterator[str]:
    """Have kernels made from the text, or by numba, wherever they come from else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine_code, "read", lambda *_: None)
        patch.setattr(machine_code, "write", lambda *_: None)
        if request.param == "numba":
            patch.setattr(typed_text, "object_code", lambda *_: None)
        else:
            of_others = by_numba.object_code
            patch.setattr(by_numba, "object_code", lambda *key: None if key[:2] == SUM else of_others(*key))
        patch.setattr(ordered._SUM, "_functions", {})
        yield request.param
        assert None not in ordered._SUM._functions.values()


@pytest.mark.parametrize("dtype", KINDS)
def test_the_text_gives_the_sums_that_are_correctly_rounded(dtype: Dtype, code_of: str) -> None:
    random = np.random.default_rng(5)
    rows, columns, rank = 70, 1100, 11
    W = round_once(random.standard_normal((rows, columns)), dtype)
    left = random.standard_normal((rows, rank)).astype(np.float32)
    right = (0.01 * random.standard_normal((rank, columns))).astype(np.float32)
    terms, differences = [Term(left, right, 0.7)], Differences()
    merged = RowSum(terms, (rows, columns), dtype).and_back(W, 0, differences)
    exact = round_once(ordered.ordered_rows(W.double(), terms, 0), dtype)
    assert (merged.bits == exact.bits).all(), code_of
    less = [Term(left, right, -0.7)]
    back = round_once(ordered.ordered_rows(merged.double(), less, 0), dtype)
    assert sorted(differences.places) == list(np.flatnonzero(back.bits != W.bits))
    assert len(differences.places) > 0


MERGE = (
    "import sys; sys.argv = ['lorasurgery', 'merge', {base!r}, {adapter!r}, '-o', {out!r}, '--json']\n"
    "from lorasurgery.__main__ import main\n"
    "try: main()\n"
    "except SystemExit as end: assert not end.code\n"
    "assert 'numba' not in sys.modules\n"
)


def test_the_first_merge_of_a_machine_needs_no_numba(tmp_path: Path) -> None:
    base, adapter = ROOT / "fixtures" / "llama-base", ROOT / "fixtures" / "llama-adapter"
    code = MERGE.format(base=str(base), adapter=str(adapter), out=str(tmp_path / "merged"))
    places = {"PYTHONPYCACHEPREFIX": str(tmp_path / "beside"), "XDG_CACHE_HOME": str(tmp_path / "user")}
    subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **places}, check=True, capture_output=True
    )
    assert list(tmp_path.rglob("*.o"))


def compiled_for(triple: str, cpu: str, pattern: str) -> Iterator[bytes]:
    """The object code of texts for another processor: compiled, and not run."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target = llvm.Target.from_triple(triple)
    for path in typed_text.FOLDER.glob(pattern):
        machine = target.create_target_machine(cpu=cpu, opt=3)
        yield typed_text.code_of(path.read_text(encoding="ascii"), machine)


def test_texts_compile_for_aarch64() -> None:
    """As the kernels do that numba types (see `test_other_processors.py`)."""
    for code in compiled_for("aarch64-unknown-linux-gnu", "generic", "[!b]*.ll"):
        assert int.from_bytes(code[18:20], "little") == 183  # 64-bit ARM, in the header of an ELF file


def test_texts_of_an_instruction_for_bfloat16_compile_where_it_exists() -> None:
    assert len(list(compiled_for("x86_64-unknown-linux-gnu", "znver4", "bfloat16.*.ll"))) == 3
