"""Ctrl-C at each moment of reading from elsewhere and of writing: nobody waits for good, and the next run is
as the first.

Python answers a signal where a function begins, and after calls; the interrupt is put there, one moment
after the other, in the thread that gets it.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from support.paths import ROOT

# Of the wall; a run takes a few seconds, or waits for good.
SECONDS = 60
INTERRUPTED = """
import sys, tempfile, time
from functools import partial
{setup}
work()
left = 0
def look(frame, event, _):
    global left
    left -= event in ("call", "return")
    if left == 0:
        left = -1
        sys.settrace(None)
        raise KeyboardInterrupt
    return look
number = 0
while left <= 0:
    number += 1
    left = number
    try:
        sys.settrace(look)
        work()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(None)
work()
print(number)
"""
READING = """
from lorasurgery.remote import fetching
from lorasurgery.remote.pieces import RemoteFile
from lorasurgery.remote.request import Answer, Mark
from lorasurgery.thread_pool import ThreadPool
size, fetching.PIECE_BYTES, fetching.JOINED_BYTES = 2048, 512, 1024
mark = Mark(size, "tag")
def fetch_range(shown, locate, start, stop, mark):
    return Answer(memoryview(bytes(stop - start)), mark)
fetching.fetch_range = fetch_range
fetcher = fetching.Fetcher(2)
def work():
    file = RemoteFile("file", None, mark)
    read = partial(fetcher.read_into, file, 16)
    with ThreadPool(1) as pool:
        task = pool.submit(read, memoryview(bytearray(size - 16)))
        fetcher.advise(file, 0, size)
        read(memoryview(bytearray(size - 16)))
        task.result()
"""
WRITING = """
from lorasurgery.checkpoint.flush import written_early
def work():
    with tempfile.TemporaryFile() as file, written_early([file.fileno()]):
        time.sleep(0.005)  # the thread has begun
        file.write(b"some")
"""
WRITING_DIRECTLY = """
from lorasurgery.checkpoint.direct import DirectFile, DirectWriter
def work():
    with tempfile.TemporaryFile() as file:
        writer = DirectWriter()
        direct = DirectFile(file.fileno(), file.fileno(), 512)
        try:
            for start in range(0, 6 * 512, 512):
                writer.put(direct, writer.buffer(), start, start, start + 512)
        finally:
            writer.close()
"""


@pytest.mark.parametrize(
    "setup", [READING, WRITING, WRITING_DIRECTLY], ids=["reading", "writing", "writing directly"]
)
def test_an_interrupt_at_any_moment_ends_the_work(setup: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED.format(setup=setup)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) >= 20, "hardly a moment was tried"
