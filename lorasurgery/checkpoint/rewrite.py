"""Write a checkpoint that is mostly another one's: what stays is copied by the kernel, what changes
is written.

Where the file system can share bytes between files (reflink), a file whose header stays is cloned
whole before its changed tensors are written over; elsewhere the kernel copies the ranges between
them, and no byte is written twice. A large file is written past the page cache where that can be done
(see `direct.py`), its copied ranges too.
"""

from __future__ import annotations

import dataclasses
import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event

from lorasurgery.checkpoint.direct import DirectFile, DirectWriter, Stretch, open_directly
from lorasurgery.checkpoint.disk import read_failed, write_failed
from lorasurgery.checkpoint.flush import keep_writing
from lorasurgery.checkpoint.gguf_file import MAGIC
from lorasurgery.checkpoint.gguf_header import parse_gguf_header
from lorasurgery.checkpoint.linux import begin_to_write, clone, reserve
from lorasurgery.checkpoint.pages import opened_as, read_bytes, will_need
from lorasurgery.checkpoint.safetensors_file import MAX_HEADER_BYTES, Header, parse_header
from lorasurgery.checkpoint.write import write_at
from lorasurgery.errors import DamagedFileError
from lorasurgery.lazy import ByteRange
from lorasurgery.remote import remote_file
from lorasurgery.stamp import FileStamp
from lorasurgery.stored_array import StoredArray
from lorasurgery.thread_pool import Task, ThreadPool

COPY_BYTES = 64 * 2**20
# What is read at a time of a file elsewhere; and here, to be written past the page cache.
STREAM_BYTES, PASSED_BYTES = 16 * 2**20, 2**20
# A smaller file goes through the page cache: its next reader finds it there. Of 1.7 GB, on a machine that has
# memory to spare, a merge past the cache takes as long, and unmerging what it wrote a quarter longer.
DIRECT_BYTES = 16 * 2**30
# Where the kernel does not copy between files: across file systems, on an old kernel, on CIFS, in a
# sandbox of an older container, by a rule of the system (SELinux). What is wrong with the disk
# itself shows when we copy ourselves.
CANNOT_COPY = (
    errno.EXDEV,
    errno.EINVAL,
    errno.ENOSYS,
    errno.EOPNOTSUPP,
    errno.EPERM,
    errno.EACCES,
    errno.ETXTBSY,
    errno.EIO,
)


@dataclass(frozen=True)
class FilePlan:
    """A safetensors or GGUF file to be written: its header, and where its copied tensors come from.

    `header` is all that comes before the tensors. `twin` is a file with this very header, and its
    stamp, if there is one. `least_nbytes` is the size of the file where it goes on after the last
    tensor, with zeros.
    """

    name: str
    header: bytes
    copied: Mapping[str, ByteRange]
    twin: tuple[Path, FileStamp] | None = None
    least_nbytes: int = 0

    @cached_property
    def parsed(self) -> Header:
        return header_of(self.header, Path(self.name))

    @property
    def nbytes(self) -> int:
        ends = (entry.stop for entry in self.parsed.entries.values())
        return max(self.least_nbytes, len(self.header) + max(ends, default=0))

    def offset(self, name: str) -> int:
        """Where a tensor begins in the file."""
        return self.parsed.data_start + self.parsed.entries[name].start


def header_of(header: bytes, path: Path) -> Header:
    """Return what all that comes before a file's tensors says of them, as it is recorded for a new file.

    Raises:
        DamagedFileError: it contradicts itself.
    """
    if header.startswith(MAGIC):
        return parse_gguf_header(header, path)
    announced = int.from_bytes(header[:8], "little")
    if announced != len(header) - 8 or announced > MAX_HEADER_BYTES:
        raise DamagedFileError(
            f"{path}: the header that is recorded for it announces {announced} bytes and has "
            f"{len(header) - 8}."
        )
    return parse_header(header[8:], path)


class Rewriter:
    """Files that are being written: `write` takes parts of tensors, from any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptors: list[int] = []
        self._at: dict[str, tuple[int, int, int]] = {}
        self._left: set[str] = set()
        self._unwritten: set[str] = set()
        self._directly = DirectWriter()
        self._direct: dict[int, DirectFile] = {}
        self._stretches: dict[str, Stretch] = {}

    def write(self, name: str, offset: int, block: StoredArray) -> None:
        """Put a part of a tensor where it belongs; `offset` counts bytes from the tensor's beginning.

        Parts of one tensor come from one thread at a time.

        Raises:
            NoSpaceError: the disk is full.
        """
        descriptor, start, stop = self._at[name]
        self._unwritten.discard(name)
        try:
            stretch = self._stretches.get(name) or self.stretch(descriptor, stop)
            if stretch is None:
                write_at(descriptor, block.data, start + offset)
                return
            self._stretches[name] = stretch
            stretch.write(block.data, start + offset)
            if start + offset + block.bits.nbytes == stop:
                stretch.flush()
                del self._stretches[name]
        except OSError as error:
            raise write_failed(self._folder, error) from None

    def leaves(self, name: str) -> bool:
        """Whether the caller, who reads a copied tensor for its hash, is to write it as well."""
        return name in self._left

    def begin(self, plan: FilePlan) -> tuple[int, bool]:
        """Create a file; its descriptor, and whether it is a clone of its twin already."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        path = self._folder / plan.name
        descriptor = os.open(path, flags, 0o666)
        self._descriptors.append(descriptor)
        start = plan.parsed.data_start
        for name, entry in plan.parsed.entries.items():
            self._at[name] = descriptor, start + entry.start, start + entry.stop
        is_whole = plan.twin is not None and _cloned(*plan.twin, descriptor)
        if not is_whole:
            write_at(descriptor, memoryview(plan.header), 0)
            os.ftruncate(descriptor, plan.nbytes)
            reserve(descriptor, plan.nbytes)
        if plan.nbytes >= DIRECT_BYTES and (direct := open_directly(path, descriptor)):
            self._direct[descriptor] = direct
        return descriptor, is_whole

    def left_of(self, plan: FilePlan, descriptor: int, *, hashed: bool) -> dict[str, ByteRange]:
        """Return what is to be copied of a file, and leave to the caller what it has to read for a hash
        and the kernel does not copy.
        """
        for name, place in plan.copied.items() if hashed else ():
            if place.nbytes and (descriptor in self._direct or remote_file(place.path) is not None):
                self._left.add(name)
        self._unwritten |= self._left
        return {name: place for name, place in plan.copied.items() if name not in self._left}

    def stretch(self, descriptor: int, stop: int) -> Stretch | None:
        """Return what takes the bytes of a file up to `stop`; None where they go through the page cache."""
        direct = self._direct.get(descriptor)
        return None if direct is None else Stretch(self._directly, direct, stop)

    def begin_to_write(self) -> None:
        """Have the disk take up what there is, where much goes through the page cache."""
        for descriptor in self._descriptors:
            if descriptor not in self._direct or not self._directly.is_on:
                begin_to_write(descriptor)

    def flush(self) -> None:
        """Bring all of it to the disk."""
        assert not self._unwritten, f"left to the caller and not written: {sorted(self._unwritten)}"
        for stretch in self._stretches.values():
            stretch.flush()
        self._directly.finish()
        for descriptor in self._descriptors:
            os.fsync(descriptor)

    def close(self) -> None:
        self._directly.close()
        for each in self._direct.values():
            os.close(each.direct)
        for descriptor in self._descriptors:
            os.close(descriptor)


@contextmanager
def rewriting(folder: Path, plans: Sequence[FilePlan], *, hashed: bool = False) -> Iterator[Rewriter]:
    """Begin files in a folder, copying in the background; when the block ends well, all of it is on
    the disk.

    Args:
        hashed: the caller reads all copied tensors, for their hashes, and writes those that
            `Rewriter.leaves` names.

    Raises:
        NoSpaceError: the disk is full.
        DamagedFileError: a file that is copied from ends too early.
    """
    rewriter, stopped = Rewriter(folder), Event()
    done: SimpleQueue[None] = SimpleQueue()
    try:
        with ExitStack() as stack, ThreadPool(2) as pool:
            stack.callback(rewriter.close)  # after the pool, whose copies write to what is open
            copies: list[Task[None]] = []
            try:
                for plan in plans:
                    descriptor, is_whole = rewriter.begin(plan)
                    if not is_whole and (copied := rewriter.left_of(plan, descriptor, hashed=hashed)):
                        copies.append(pool.submit(_copy, plan, copied, rewriter, descriptor, stopped))
                writing = pool.submit(keep_writing, rewriter.begin_to_write, done)
                yield rewriter
                for copy in copies:
                    copy.result()
                done.put(None)
                writing.result()  # the system tells of a failure once, to whoever asked first
            except BaseException:
                stopped.set()
                raise
            finally:
                done.put(None)
            rewriter.flush()
    except OSError as error:
        raise write_failed(folder, error) from None


def _copy(
    plan: FilePlan, copied: Mapping[str, ByteRange], rewriter: Rewriter, descriptor: int, stopped: Event
) -> None:
    ranges = [(plan.offset(name), place) for name, place in copied.items() if place.nbytes]
    ranges.sort(key=lambda each: each[0])
    for offset, place in _joined(ranges):
        stretch = rewriter.stretch(descriptor, offset + place.nbytes)
        if stretch is not None or remote_file(place.path) is not None:
            write = partial(write_at, descriptor) if stretch is None else stretch.write
            _stream_range(place, write, offset, stopped)
        else:
            _copy_range(place, descriptor, offset, stopped)


def _joined(ranges: Iterable[tuple[int, ByteRange]]) -> list[tuple[int, ByteRange]]:
    """Ranges that follow one another on both sides, as one."""
    joined: list[tuple[int, ByteRange]] = []
    for offset, place in ranges:
        if joined:
            before, last = joined[-1]
            end = dataclasses.replace(last, offset=last.offset + last.nbytes, nbytes=place.nbytes)
            if end == place and before + last.nbytes == offset:
                joined[-1] = before, dataclasses.replace(last, nbytes=last.nbytes + place.nbytes)
                continue
        joined.append((offset, place))
    return joined


def _copy_range(place: ByteRange, target: int, offset: int, stopped: Event) -> None:
    with opened_as(place.path, place.stamp) as source:
        done = 0
        while done < place.nbytes and not stopped.is_set():
            count = min(COPY_BYTES, place.nbytes - done)
            copied = _copy_some(place.path, source, target, count, place.offset + done, offset + done)
            if copied == 0:
                raise DamagedFileError(
                    f"{place.path} ends at byte {place.offset + done}, in the middle of a tensor."
                )
            done += copied


def _stream_range(
    place: ByteRange, write: Callable[[memoryview, int], None], offset: int, stopped: Event
) -> None:
    """Read and write; while one part of what is elsewhere is written, the next one travels."""
    is_remote = remote_file(place.path) is not None
    step = STREAM_BYTES if is_remote else PASSED_BYTES
    for done in range(0, place.nbytes, step):
        if stopped.is_set():
            return
        left = place.nbytes - done
        if is_remote:
            will_need(place.path, place.offset + done, min(2 * step, left))
        write(read_bytes(place.path, place.stamp, place.offset + done, min(step, left)).data, offset + done)


def _cloned(twin: Path, stamp: FileStamp, target: int) -> bool:
    if remote_file(twin) is not None:
        return False
    with opened_as(twin, stamp) as source:
        return clone(source, target)


def _copy_some(path: Path, source: int, target: int, count: int, start: int, offset: int) -> int:
    """Have the kernel copy bytes, or copy them here between some file systems and on other systems
    than Linux.
    """
    if hasattr(os, "copy_file_range"):
        try:
            if copied := os.copy_file_range(source, target, count, start, offset):
                return copied
        except OSError as error:
            if error.errno not in CANNOT_COPY:
                raise
    try:
        data = os.pread(source, count, start)
    except OSError as error:
        raise read_failed(path, error) from None
    write_at(target, memoryview(data), offset)
    return len(data)
