"""Both ends of an interval are rounded as torch rounds them, and every element on whose value they do not agree is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from patterns import pattern
from torch import Tensor

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.bounded import INFINITE, WIDE, BoundedSum, patterns
from lorasurgery.linalg.loops import STRIP, TILE, round_sums
from lorasurgery.linalg.terms import Term
from lorasurgery.raw import Raw

DTYPES = [dtype.torch for dtype in WIDE]
WIDES = {dtype.torch: torch.from_numpy(np.empty(0, wide)).dtype for dtype, wide in WIDE.items()}


def rounded(
    near: Tensor, dtype: torch.dtype, absolute: float = 0.0, relative: float = 0.0
) -> tuple[Tensor, Tensor]:
    """What the loop makes of rows that come as sums, 0 + 1 · near, and where they are in doubt (booleans)."""
    stored = Dtype.of(dtype)
    out, doubtful = torch.empty(near.shape, dtype=dtype), torch.zeros(near.shape, dtype=torch.bool)
    for i, row in enumerate(near):
        total = BoundedSum([Term.of(torch.ones(1, 1, dtype=near.dtype), row[None])], stored)
        places = np.empty(len(row), np.int64)
        count = round_sums(
            np.zeros((1, len(row)), np.uint32),
            0,
            total._table,
            total._left,
            total._right,
            np.full(1, absolute, WIDE[stored]),
            WIDE[stored](relative),
            INFINITE[stored],
            patterns(Raw.of(out[i : i + 1])),
            places,
        )
        doubtful[i, places[:count]] = True
    return out, doubtful


def numbers(dtype: torch.dtype) -> Tensor:
    """Every number of `dtype`, its neighbours on either side, and all middles between two: in the wide dtype, NaNs and infinities too."""
    wide = WIDES[dtype]
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


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_numbers_are_rounded_as_torch_rounds_them(dtype: torch.dtype) -> None:
    near = numbers(dtype)
    out, doubtful = rounded(near, dtype)
    wanted = near.to(dtype)
    assert torch.equal(doubtful, ~wanted.isfinite())  # those beyond the reach of the dtype too
    assert torch.equal(pattern(out)[~doubtful], pattern((near + 0.0).to(dtype))[~doubtful])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_stored_numbers_are_read_as_torch_reads_them(dtype: torch.dtype) -> None:
    """Without terms every finite one comes back, -0 too, of which an interval of no width makes either zero."""
    stored = numbers(dtype)[0].to(dtype)[None]
    out, places = torch.empty_like(stored), np.empty(stored.numel(), np.int64)
    found = BoundedSum([], Dtype.of(dtype))(Raw.of(stored), 0, Raw.of(out).bits, places)
    assert found is not None
    doubtful = torch.zeros(stored.shape, dtype=torch.bool)
    doubtful[0, found] = True
    assert torch.equal(doubtful, ~stored.isfinite() | ((stored == 0) & stored.signbit()))
    assert torch.equal(pattern(out)[~doubtful], pattern(stored)[~doubtful])
    single = torch.empty(stored.shape, dtype=torch.float32)
    BoundedSum([], Dtype.F32)(Raw.of(stored), 0, Raw.of(single).bits, places)
    assert torch.equal(single[~doubtful], stored.float()[~doubtful])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("columns", [1, TILE - 1, TILE, STRIP, STRIP + TILE + 3])
def test_an_element_is_in_doubt_where_the_ends_differ(dtype: torch.dtype, columns: int) -> None:
    near = torch.randn(7, columns, dtype=WIDES[dtype], generator=torch.Generator().manual_seed(1))
    steps = torch.finfo(dtype).eps
    out, doubtful = rounded(near, dtype, absolute=steps / 64, relative=steps / 32)
    width = near.abs() * (steps / 32) + steps / 64
    below, above = (near - width).to(dtype), (near + width).to(dtype)
    assert torch.equal(doubtful, below != above)
    assert torch.equal(out[~doubtful], above[~doubtful])


def test_zeros_of_either_sign_are_two_values() -> None:
    _, doubtful = rounded(torch.zeros(1, 3), torch.bfloat16, absolute=1e-45)
    assert doubtful.all()


def test_places_are_written_to_no_further_than_there_is_room() -> None:
    """Every sum is the middle of two stored numbers."""
    ones = Raw.of(torch.ones(2, TILE, dtype=torch.bfloat16))
    total = BoundedSum([Term(np.full((2, 1), 2.0**-8), np.ones((1, TILE)))], Dtype.BF16)
    for room in (2 * TILE - 1, 2 * TILE):
        places = np.full(3 * TILE, -7)
        found = total(ones, 0, np.empty((2, TILE), np.uint16), places[:room])
        assert found is None or found.tolist() == list(range(2 * TILE))
        assert (found is None) == (room < 2 * TILE)
        assert (places[room:] == -7).all()


# What a fresh process does first, and prints.
FIRST = (
    "import numpy as np\n"
    "from lorasurgery.dtypes import Dtype\n"
    "from lorasurgery.linalg.ordered import RowSum\n"
    "from lorasurgery.raw import Raw\n"
    "print(RowSum([], 4, Dtype.F32)(Raw.of_array(np.full((1, 4), 3.0, np.float32)), 0).exact().tolist())\n"
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
