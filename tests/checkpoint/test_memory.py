"""Reading does not keep a file's pages as our memory.

What is resident after reading all of a large file is one tensor's worth.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from support.paths import ROOT

pytestmark = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's smaps")

TENSORS = 12
TENSOR_BYTES = 16 * 2**20
# What may be there beside one tensor: the allocator's leftovers, lazily loaded code.
SLACK_BYTES = 8 * 2**20

# Reads every tensor of a checkpoint, whole and by rows, and prints for each way the largest growth
# of what is resident.
READ_ALL = """
import sys
from pathlib import Path
import torch
from lorasurgery.checkpoint import open_checkpoint

def resident():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Rss:"))

def whole(lazy):
    return lazy.read()

def by_rows(lazy):
    for start in range(0, lazy.shape[0], 512):
        read = lazy.read_rows(start, start + 512)
    return read

torch.zeros(4).clone()
tensors = open_checkpoint(sys.argv[1]).tensors
for way in (by_rows, whole):
    before, largest = resident(), 0
    for lazy in tensors.values():
        read = way(lazy)
        largest = max(largest, resident() - before)
    print(largest)
"""


def write_safetensors_sparsely(folder: Path) -> None:
    """Write a file of zeros that takes no room on the disk.

    Reading it is like reading any other.
    """
    side = TENSOR_BYTES // 4 // 1024
    header = {
        f"t{index}": {
            "dtype": "F32",
            "shape": [side, 1024],
            "data_offsets": [index * TENSOR_BYTES, (index + 1) * TENSOR_BYTES],
        }
        for index in range(TENSORS)
    }
    text = json.dumps(header).encode()
    path = folder / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    os.truncate(path, 8 + len(text) + TENSORS * TENSOR_BYTES)


def write_pickle(folder: Path) -> None:
    torch.save(
        {f"t{index}": torch.zeros(TENSOR_BYTES // 4096, 1024) for index in range(TENSORS)},
        folder / "pytorch_model.bin",
    )


@pytest.mark.parametrize("write", [write_safetensors_sparsely, write_pickle])
def test_the_pages_that_were_read_are_given_back(tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path)
    # Large blocks go back to the system when they are freed; otherwise glibc's heap grows by what
    # it cannot fit together again.
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": str(2**20), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    by_rows, whole = map(int, done.stdout.split())
    assert by_rows < 2 * 512 * 4096 + SLACK_BYTES
    assert whole < 2 * TENSOR_BYTES + SLACK_BYTES
