"""A GGUF header is believed as far as the file's bytes go."""

from __future__ import annotations

import re
import struct
import tracemalloc
from pathlib import Path

import pytest

from lorasurgery.checkpoint.gguf_file import open_container
from lorasurgery.errors import DamagedFileError
from support.good_files import good_gguf


def test_a_header_that_is_cut_off_anywhere_is_said_to_end_there(tmp_path: Path) -> None:
    (path,) = good_gguf(tmp_path)
    data, header = path.read_bytes(), open_container(path)
    for length in range(4, header.data_start - header.alignment, 7):
        path.write_bytes(data[:length])
        with pytest.raises(DamagedFileError, match=r"it ends in|bytes left|tensors begin at byte"):
            open_container(path)


@pytest.mark.parametrize("length", [3 << 30, 2**63 - 1])
def test_a_name_of_gigabytes_takes_no_such_memory(tmp_path: Path, length: int) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, length) + bytes(64))
    tracemalloc.start()
    try:
        with pytest.raises(DamagedFileError, match=re.escape(f"announces {length} bytes of the name")):
            open_container(path)
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()
