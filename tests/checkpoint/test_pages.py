"""A tensor in a file is read through one descriptor, which does not outlive who reads, and a change
of the file does not go unseen.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from lorasurgery.checkpoint.pages import in_file
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError
from lorasurgery.lazy import LazyTensor
from lorasurgery.stamp import FileStamp

VALUES = np.arange(60, dtype=np.float32).reshape(12, 5)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tensor"
    path.write_bytes(b"head" + VALUES.tobytes())
    return path


def tensor(path: Path) -> LazyTensor:
    return in_file(path, FileStamp.of(path.stat()), 4, VALUES.shape, Dtype.F32)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_blocks_and_rows_are_those_of_the_file(file: Path) -> None:
    lazy = tensor(file)
    blocks = [(start, block.exact().copy()) for start, block in lazy.raw_blocks(23)]
    assert [start for start, _ in blocks] == [0, 4, 8]
    assert np.array_equal(np.concatenate([rows for _, rows in blocks]), VALUES)
    assert np.array_equal(lazy.raw_sample([7, 0, 11]).exact(), VALUES[[7, 0, 11]])
    assert np.array_equal(lazy.viewed((6, 10)).raw_sample([5]).exact(), VALUES.reshape(6, 10)[5:])


def test_what_lies_in_no_file_is_read_the_same_way() -> None:
    import torch

    whole = LazyTensor.of(torch.from_numpy(VALUES))
    for lazy in (whole, LazyTensor(VALUES.shape, Dtype.F32, lambda: torch.from_numpy(VALUES))):
        assert np.array_equal(np.concatenate([block.exact() for _, block in lazy.raw_blocks(23)]), VALUES)
        assert np.array_equal(lazy.raw_sample([7, 0]).exact(), VALUES[[7, 0]])


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are not listed here")
def test_a_reader_who_stops_leaves_no_file_open(file: Path) -> None:
    before = open_files()
    blocks = tensor(file).raw_blocks(5)
    next(blocks)
    assert open_files() == before + 1
    del blocks
    assert open_files() == before


def test_a_file_that_changes_between_two_blocks_is_refused(file: Path) -> None:
    blocks = tensor(file).raw_blocks(5)
    next(blocks)
    os.utime(file, ns=(1, 1))
    with pytest.raises(DamagedFileError, match="was changed while it was being read"):
        list(blocks)


def test_a_file_that_is_cut_off_between_two_blocks_is_refused(file: Path) -> None:
    blocks = tensor(file).raw_blocks(5)
    next(blocks)
    os.truncate(file, 40)
    with pytest.raises(DamagedFileError, match="ends at byte 40"):
        list(blocks)
