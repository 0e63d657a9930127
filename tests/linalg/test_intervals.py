"""Both ends of an interval are rounded as torch rounds them, and every element on whose value they do not agree is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from lorasurgery.linalg.bits import pattern
from lorasurgery.linalg.intervals import WIDE, Intervals, infinity, patterns
from lorasurgery.linalg.loops import TILE, round_ends


def rounded(
    near: Tensor, dtype: torch.dtype, absolute: float = 0.0, relative: float = 0.0
) -> tuple[Tensor, Tensor]:
    """What `Intervals` makes of a matrix, and where it is in doubt (booleans)."""
    out = torch.empty(near.shape, dtype=dtype)
    width = torch.full((len(near), 1), absolute, dtype=near.dtype)
    places = Intervals(dtype, 1.0).rounded(near, width, relative, out)
    assert places is not None
    doubtful = torch.zeros(near.numel(), dtype=torch.bool)
    doubtful[places] = True
    return out, doubtful.view(near.shape)


def numbers(dtype: torch.dtype) -> Tensor:
    """Every number of `dtype`, its neighbours on either side, and all middles between two: in the wide dtype, NaNs and infinities too."""
    wide = WIDE[dtype]
    if dtype == torch.float32:
        generator = torch.Generator().manual_seed(0)
        bits = torch.randint(-(2**31), 2**31, (1 << 18,), generator=generator)
        stored = bits.to(torch.int32).view(dtype)
        middles = stored.double() * (1 + 2.0**-24)
    else:
        stored = torch.arange(-(2**15), 2**15).to(torch.int16).view(dtype)
        middles = (stored.double() + torch.roll(stored, -1).double()).div(2)
    exact = torch.cat([stored.to(wide), middles.to(wide)])
    infinite = torch.tensor(torch.inf, dtype=wide)
    return torch.stack([exact, exact.nextafter(infinite), exact.nextafter(-infinite)])


@pytest.mark.parametrize("dtype", WIDE, ids=str)
def test_numbers_are_rounded_as_torch_rounds_them(dtype: torch.dtype) -> None:
    near = numbers(dtype)
    out, doubtful = rounded(near, dtype)
    wanted = near.to(dtype)
    # Those beyond the reach of the dtype too; and -0, of which an interval of no width makes either zero.
    assert torch.equal(doubtful, ~wanted.isfinite() | ((near == 0) & near.signbit()))
    assert torch.equal(pattern(out)[~doubtful], pattern(wanted)[~doubtful])


@pytest.mark.parametrize("dtype", WIDE, ids=str)
@pytest.mark.parametrize("columns", [1, TILE - 1, TILE, 2 * TILE + 3])
def test_an_element_is_in_doubt_where_the_ends_differ(dtype: torch.dtype, columns: int) -> None:
    near = torch.randn(7, columns, dtype=WIDE[dtype], generator=torch.Generator().manual_seed(1))
    steps = torch.finfo(dtype).eps
    out, doubtful = rounded(near, dtype, absolute=steps / 64, relative=steps / 32)
    width = near.abs() * (steps / 32) + steps / 64
    below, above = (near - width).to(dtype), (near + width).to(dtype)
    assert torch.equal(doubtful, below != above)
    assert torch.equal(out[~doubtful], above[~doubtful])


def test_zeros_of_either_sign_are_two_values() -> None:
    _, doubtful = rounded(torch.zeros(1, 3), torch.bfloat16, absolute=1e-45)
    assert doubtful.all()


def test_too_many_doubts_are_not_listed() -> None:
    near, out = torch.ones(8, TILE), torch.empty(8, TILE, dtype=torch.bfloat16)
    wide = torch.ones(8, 1)
    assert Intervals(torch.bfloat16, 0.5).rounded(near, wide, 0.0, out) is None
    listed = Intervals(torch.bfloat16, 1.0).rounded(near, wide, 0.0, out)
    assert listed is not None
    assert listed.tolist() == list(range(8 * TILE))


def test_places_are_written_to_no_further_than_there_is_room() -> None:
    near, out, places = torch.ones(1, TILE), torch.empty(1, TILE, dtype=torch.bfloat16), np.full(80, -7)
    for room, answer in ((TILE - 1, -1), (TILE, TILE)):
        places[:] = -7
        wide = np.ones(1, np.float32)
        found = round_ends(
            near.numpy(), wide, np.float32(0), infinity(torch.bfloat16), patterns(out), places[:room]
        )
        assert found == answer
        assert (places[room:] == -7).all()


# What a fresh process does first, and prints.
FIRST = (
    "import torch\n"
    "from lorasurgery.linalg.intervals import Intervals\n"
    "out = torch.empty(1, 4, dtype=torch.bfloat16)\n"
    "Intervals(torch.bfloat16, 1.0).rounded(torch.full((1, 4), 3.0), torch.zeros(1, 1), 0.0, out)\n"
    "print(out.tolist())\n"
)


def run_first(cache: Path, before: str = "", **environment: str) -> None:
    """Whatever is wrong with the place where compiled code is kept, nobody is to notice."""
    done = subprocess.run(
        [sys.executable, "-c", before + FIRST],
        capture_output=True,
        text=True,
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache), **environment},
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[[3.0, 3.0, 3.0, 3.0]]"), done.stderr


def test_it_runs_where_compiled_code_can_be_kept_nowhere(tmp_path: Path) -> None:
    """As in a container whose user owns no folder: numba itself refuses to load there."""
    run_first(tmp_path, "import numba.core.caching as c\nc.CacheImpl._locator_classes = []\n")


@pytest.mark.slow
def test_it_runs_where_kept_code_is_damaged(tmp_path: Path) -> None:
    run_first(tmp_path)
    for suffix, size in ((".nbi", 0), (".nbc", 100)):
        files = list(tmp_path.rglob(f"*{suffix}"))
        assert files
        for file in files:
            os.truncate(file, size)
        run_first(tmp_path)


@pytest.mark.slow
def test_it_runs_where_the_disk_for_kept_code_is_full(tmp_path: Path) -> None:
    full = (
        "import numba.core.caching as c\n"
        "def full(*_):\n"
        "    raise OSError(28, 'No space left on device')\n"
        "c.IndexDataCacheFile._open_for_write = full\n"
    )
    run_first(tmp_path, full)


@pytest.mark.slow
def test_it_runs_where_nothing_is_compiled(tmp_path: Path) -> None:
    run_first(tmp_path, NUMBA_DISABLE_JIT="1")
