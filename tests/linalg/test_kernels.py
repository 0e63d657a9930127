"""Compiled kernels are stored between runs.

Whatever is wrong with that place, or with numba's convention, results are the same.

What users are promised by it: no run but the first waits for a compiler, no run executes code that
somebody else could have stored, and neither a full disk, a damaged cache nor another release of
numba changes a number or ends a run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lorasurgery
from lorasurgery.linalg.kernels import object_cache as keeping
from lorasurgery.linalg.kernels.call import CACHE_LINE, Kernel, aligned
from lorasurgery.linalg.kernels.machine_code import TRIED, numba_version, try_convention

# What a fresh process does first, and prints; and whether it compiled anything. The kernel is one of those
# that no text comes with.
SUM = (
    "import sys\n"
    "import numpy as np\n"
    "from lorasurgery.linalg.ordered import ordered_rows\n"
    "from lorasurgery.linalg.terms import Term\n"
    "term = Term(np.array([[1.0], [2.0]]), np.array([[3.0, 4.0]]), 0.5)\n"
    "total = ordered_rows(np.zeros((2, 2)), [term], 0).ravel().tolist()\n"
)
FIRST = SUM + "print(total, 'numba' in sys.modules)\n"
SUMS = "[1.5, 2.0, 3.0, 4.0]"


def compiles(caches: Path, before: str = "", **environment: str) -> bool:
    """Run it with both places for code in a folder; whether it compiled."""
    places = {"PYTHONPYCACHEPREFIX": str(caches / "beside"), "XDG_CACHE_HOME": str(caches / "user")}
    done = subprocess.run(
        [sys.executable, "-c", before + FIRST],
        capture_output=True,
        text=True,
        env={**os.environ, **places, **environment},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{SUMS} "), done.stdout
    return {"True": True, "False": False}[done.stdout.split()[-1]]


# Root looks in one place alone.
SOMEBODY = "import os\nos.geteuid = lambda: 65534\n"


def test_it_depends_on_every_file_of_the_folder(tmp_path: Path) -> None:
    shutil.copytree(Path(lorasurgery.__file__).parent, tmp_path / "lorasurgery")
    seen, sources = set(), sorted((tmp_path / "lorasurgery" / "linalg" / "kernels").glob("*.py"))
    for source in [None, *sources]:
        if source:
            with source.open("a") as file:
                file.write("# a change\n")
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from lorasurgery.linalg.kernels.object_cache import _key; print(_key(()))",
            ],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            cwd=tmp_path,
            check=True,
        )
        seen.add(done.stdout)
    assert len(seen) == len(sources) + 1 > 8


def kept(caches: Path) -> list[Path]:
    return list(caches.rglob("*.o"))


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both places for code after one run, only to be copied."""
    folder = tmp_path_factory.mktemp("compiled")
    assert compiles(folder)
    return folder


@pytest.fixture
def caches(compiled: Path, tmp_path: Path) -> Path:
    """Both places for code after one run."""
    return Path(shutil.copytree(compiled, tmp_path / "caches"))


def test_numba_is_needed_once(caches: Path) -> None:
    assert len(kept(caches / "beside")) == 1
    assert not compiles(caches)


@pytest.mark.slow
@pytest.mark.parametrize("size", [0, 10, 32, 1000])
def test_code_that_was_cut_off_is_made_anew(caches: Path, size: int) -> None:
    os.truncate(kept(caches)[0], size)
    assert compiles(caches)
    assert not compiles(caches)


@pytest.mark.slow
def test_code_in_which_a_bit_fell_over_is_made_anew(caches: Path) -> None:
    file = kept(caches)[0]
    code = bytearray(file.read_bytes())
    code[len(code) // 2] ^= 1
    file.write_bytes(code)
    assert compiles(caches)


@pytest.mark.slow
def test_it_is_kept_in_the_users_cache_where_nothing_can_be_put_beside_the_package(tmp_path: Path) -> None:
    (tmp_path / "beside").write_text("a file where a folder should be")
    assert compiles(tmp_path, SOMEBODY)
    assert len(kept(tmp_path / "user" / "lorasurgery")) == 1
    assert not compiles(tmp_path, SOMEBODY)


@pytest.mark.slow
def test_it_runs_where_code_can_be_kept_nowhere(tmp_path: Path) -> None:
    for place in ("beside", "user"):
        (tmp_path / place).write_text("a file where a folder should be")
    assert compiles(tmp_path)
    assert compiles(tmp_path)


@pytest.mark.slow
def test_it_runs_where_the_user_has_no_home(tmp_path: Path) -> None:
    (tmp_path / "beside").write_text("a file where a folder should be")
    homeless = (
        "import pathlib\n"
        "def homeless(*_):\n"
        "    raise RuntimeError('Could not determine home directory.')\n"
        "pathlib.Path.expanduser = homeless\n"
    )
    assert compiles(tmp_path, SOMEBODY + homeless, XDG_CACHE_HOME="")


@pytest.mark.slow
def test_it_runs_where_the_disk_for_kept_code_is_full(tmp_path: Path) -> None:
    full = (
        "import pathlib\n"
        "def full(*_):\n"
        "    raise OSError(28, 'No space left on device')\n"
        "pathlib.Path.write_bytes = full\n"
    )
    assert compiles(tmp_path, full)
    assert not kept(tmp_path)


@pytest.mark.slow
def test_what_numba_is_told_to_do_makes_no_other_code(compiled: Path, tmp_path: Path) -> None:
    """It would be kept for runs that are told something else."""
    compiles(
        tmp_path / "told", NUMBA_DISABLE_JIT="1", NUMBA_OPT="0", NUMBA_DEBUGINFO="1", NUMBA_BOUNDSCHECK="1"
    )
    one, other = kept(compiled), kept(tmp_path / "told")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other] != []


CODE = b"object code"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder in which code is kept, with a loop in it."""
    folder = tmp_path / "kept"
    monkeypatch.setattr(keeping, "folders", lambda: iter([folder]))
    keeping._write("loop.o", CODE)
    assert keeping._read("loop.o") == CODE
    return folder


def linked(place: Path) -> None:
    (place / "loop.o").rename(place.parent / "elsewhere.o")
    (place / "loop.o").symlink_to(place.parent / "elsewhere.o")


def piped(place: Path) -> None:
    (place / "loop.o").unlink()
    os.mkfifo(place / "loop.o")


# What makes code that was kept somebody else's, or possibly so.
CHANGES: dict[str, Callable[[Path], None]] = {
    "a file that the group may write": lambda place: (place / "loop.o").chmod(0o664),
    "a file that all may write": lambda place: (place / "loop.o").chmod(0o646),
    "a folder that the group may write": lambda place: place.chmod(0o775),
    "a folder that all may write": lambda place: place.chmod(0o1777),
    "a link": linked,
    "a pipe": piped,
}


@pytest.mark.parametrize("change", CHANGES)
def test_code_that_somebody_else_could_have_put_there_is_not_run(change: str, place: Path) -> None:
    CHANGES[change](place)
    assert keeping._read("loop.o") is None


@pytest.mark.parametrize("what", ["loop.o", "."])
def test_code_of_somebody_else_is_not_run(what: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid():
        pytest.skip("needs the right to give a file away")
    os.chown(place / what, 65533, 65533)
    assert keeping._read("loop.o") is None
    os.chown(place / what, 0, 0)  # root's is trusted by all
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    assert keeping._read("loop.o") == CODE


def test_nothing_is_kept_where_it_would_not_be_read_again(place: Path) -> None:
    place.chmod(0o777)
    keeping._write("other.o", CODE)
    assert [path.name for path in place.iterdir()] == ["loop.o"]


def test_what_is_kept_is_read_again_under_any_umask(place: Path) -> None:
    before = os.umask(0)
    try:
        shutil.rmtree(place)
        keeping._write("loop.o", CODE)
    finally:
        os.umask(before)
    assert keeping._read("loop.o") == CODE


@pytest.mark.parametrize(
    ("user", "environment", "folders"),
    [
        (65534, {"HOME": "/home/me"}, ["/home/me/.cache/lorasurgery"]),
        (65534, {"HOME": "/home/me", "XDG_CACHE_HOME": "/scratch"}, ["/scratch/lorasurgery"]),
        (65534, {"HOME": "/home/me", "XDG_CACHE_HOME": "cache"}, ["/home/me/.cache/lorasurgery"]),
        (65534, {"HOME": "."}, []),
        (65534, {"HOME": "somewhere"}, []),
        (0, {"HOME": "/home/me", "XDG_CACHE_HOME": "/scratch"}, []),
    ],
)
def test_code_is_looked_for_in_folders_of_this_user_alone(
    user: int, environment: dict[str, str], folders: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    beside, *others = keeping.folders()
    assert beside.is_absolute()
    assert [str(path) for path in others] == folders


def test_engines_are_let_go_of_one_by_one() -> None:
    """Each owns what it was made of, which must not be another's."""
    code = (
        "import gc\n"
        "import numpy as np\n"
        "from lorasurgery.linalg.kernels import machine_code\n"
        "from lorasurgery.linalg.ordered import round_once\n"
        "from lorasurgery.dtypes import Dtype\n"
        "for dtype in (Dtype.BF16, Dtype.F16, Dtype.F32):\n"
        "    round_once(np.zeros(3), dtype)\n"
        "assert len(machine_code._ENGINES) >= 3\n"
        "while machine_code._ENGINES:\n"
        "    machine_code._ENGINES.pop()\n"
        "    gc.collect()\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_array_that_is_not_in_one_piece_is_no_argument() -> None:
    with pytest.raises(AssertionError, match="take contiguous arrays"):
        Kernel("rows", "round_all")(np.zeros(8, np.uint16)[::2], np.zeros(4), np.uint16(0))
    with pytest.raises(AssertionError, match="take no bool"):
        Kernel("rows", "round_all")(np.zeros(4, np.uint16), np.zeros(4), True)


@pytest.mark.parametrize("shape", [(1,), (3, 5), (1000, 7)])
def test_room_begins_where_a_line_of_memory_does(shape: tuple[int, ...]) -> None:
    for dtype in (np.uint16, np.float64):
        room = aligned(shape, dtype)
        assert room.shape == shape
        assert room.dtype == dtype
        assert room.ctypes.data % CACHE_LINE == 0


def test_the_installed_numba_passes_arguments_as_those_that_were_tried() -> None:
    assert numba_version().startswith(TRIED)
    try_convention()


# What another release of numba or llvmlite might do.
SURPRISES = {
    "another order of an array's parts": "from lorasurgery.linalg.kernels import abi, machine_code\n"
    "plain = abi.passed\n"
    "def swapped(argument):\n"
    "    name, parts = plain(argument)\n"
    "    return name, (*parts[:-4], *parts[-2:], *parts[-4:-2]) if len(parts) == 9 else parts\n"
    "machine_code.passed, machine_code.TRIED = swapped, ('0.0.',)\n",
    "no object code": "import llvmlite.binding as llvm\ndel llvm.ObjectFileRef\n",
    "no inspection of code": "from numba.core.dispatcher import Dispatcher\nDispatcher.inspect_llvm = None\n",
}


@pytest.mark.parametrize(
    "surprise",
    [pytest.param(each, marks=[] if each == "no object code" else [pytest.mark.slow]) for each in SURPRISES],
)
def test_a_kernel_runs_by_numba_where_its_machine_code_cannot_be_called(
    surprise: str, tmp_path: Path
) -> None:
    """With an empty cache, so that code is compiled; the log says why it is not called directly."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import logging\nlogging.basicConfig(level=logging.INFO)\n"
            + SURPRISES[surprise]
            + SUM
            + "print(total)",
        ],
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "PYTHONPYCACHEPREFIX": str(tmp_path / "beside"),
            "XDG_CACHE_HOME": str(tmp_path / "user"),
        },
        check=False,
    )
    assert done.stdout == f"{SUMS}\n", done.stderr
    assert "rows.add_rows runs by numba" in done.stderr
