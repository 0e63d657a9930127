"""A folder on this machine that stands in for one elsewhere, so that nobody else has to know of it.

Small files are there as they are. A file of weights, and whatever else is large, is a sparse file of the
right size that begins with `MARKER`: no format takes it for its own. Its bytes are read through
`remote_file`, by ranges. The folder is removed when the process ends, or by the next one; messages and
reports call its files by their addresses (`stand_in_names.py`).
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lorasurgery.errors import NoSpaceError, RemoteError
from lorasurgery.remote.address import Address, address_of
from lorasurgery.remote.fetching import HEAD_BYTES, fetcher
from lorasurgery.remote.listing import file_at, files_at, whole
from lorasurgery.remote.pieces import RemoteFile
from lorasurgery.remote.stores import check_package
from lorasurgery.stand_in_names import say
from lorasurgery.temporary import temporary_folder

MARKER = b"lorasurgery reads this file from elsewhere, by ranges; its bytes are not here.\n"
# Files up to this size that hold no weights are fetched when a folder is opened.
SMALL_BYTES = 1 << 18
# The ends of names of weights, and of files that are opened by their own address.
WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".gguf", ".ckpt", ".onnx", ".onnx_data")
FILES = (*WEIGHTS, ".onnx_adapter", ".json", ".jsonl", ".txt", ".md", ".yaml", ".npz", ".h5", ".msgpack")

# The headers of so many shards are fetched when their folder is opened.
MOST_HEADS = 512
# An address of the web with a query, which may be a signature; the weight of an adapter may follow it.
SIGNED = re.compile(r"(?P<address>https?://[^\s?#]+\?\S+?)(?=:-?[\d.]+$|$)")
# What is brought at a time.
BROUGHT_BYTES = 32 * 2**20
# After so long a name is looked up again: a notebook runs for days, and what is in a bucket changes.
FRESH_S = 300.0


@dataclass(frozen=True)
class OpenedAddress:
    """What stands in for an address, since when, and the files there."""

    place: Path
    files: tuple[RemoteFile, ...]
    since: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.since < FRESH_S and not any(file.has_changed for file in self.files)


_FILES: dict[str, RemoteFile] = {}
_OPENED: dict[str, OpenedAddress] = {}
# What is said of an address that has a secret -> the address.
_SIGNED: dict[str, str] = {}
_LOCK = threading.RLock()


def remote_file(path: Path) -> RemoteFile | None:
    """The file elsewhere that a path stands in for; None for a file of this machine."""
    return _FILES.get(str(path)) if _FILES else None


def is_any_open() -> bool:
    """Whether this process reads anything from elsewhere."""
    return bool(_FILES)


def stand_in(name: str) -> Path:
    """Return the path that stands in for an address, and open it if that has not been done lately.

    Raises:
        NotACheckpointError: there is nothing.
        RemoteError: the store refuses or does not answer.
        MissingExtraError: the package obstore is not installed.
        UnsupportedError: it is no address that can be read.
    """
    check_package()
    with _LOCK:
        name = _SIGNED.get(name, name)
        address = address_of(name)
        opened = _OPENED.get(address.url)
        if opened is None or not opened.is_fresh:
            opened = _OPENED[address.url] = _opened(address, name)
        return opened.place


def without_signatures(text: str) -> str:
    """Return a word of the command line whose addresses are as they are said, and can be opened by that."""
    return SIGNED.sub(lambda found: _said(address_of(found["address"]), found["address"]), text)


def is_signed(name: str) -> bool:
    """Whether a name is an address with a part after `?`, as it was given or as it is said since."""
    return SIGNED.match(name) is not None or name in _SIGNED


def _said(address: Address, name: str) -> str:
    """What is said of an address; one with a query is found again by that."""
    shown = address.shown
    if address.query:
        while _SIGNED.get(shown, name) != name:  # two addresses that differ in what is not said
            shown += "'"
        _SIGNED[shown] = name
        say(name, shown)
    return shown


def _opened(address: Address, name: str) -> OpenedAddress:
    shown = _said(address, name)
    if not address.query and not address.name.lower().endswith(FILES):
        files = files_at(address)
        folder = new_folder(address.name, shown)
        fill(folder, files)
        return OpenedAddress(folder, tuple(files.values()))
    file_name, files = file_at(address)
    folder = new_folder(address.parent.name, shown if address.query else address.parent.shown)
    fill(folder, files, whole_names=[file_name])
    say(str(folder / file_name), shown)
    return OpenedAddress(folder / file_name, tuple(files.values()))


def new_folder(name: str, shown: str) -> Path:
    """Make an empty folder of this name, which messages call something else."""
    folder = Path(tempfile.mkdtemp(dir=_root())) / (name or "files")
    folder.mkdir()
    say(str(folder), shown)
    return folder


def fill(folder: Path, files: Mapping[str, RemoteFile], whole_names: Iterable[str] = ()) -> None:
    """Put files into a folder that stands in: small ones as they are, the others by their size.

    Args:
        whole_names: files that are wanted whole, whatever their size, unless they hold weights.
    """
    wanted = {*whole_names}
    small = {
        name: file
        for name, file in files.items()
        if not name.endswith(WEIGHTS) and (name in wanted or is_small(name, file.mark.size))
    }
    heads = [file for name, file in files.items() if name.endswith(".safetensors")][:MOST_HEADS]
    for file in (*small.values(), *heads):
        # The size is what a server says.
        fetcher().advise(file, 0, min(file.mark.size, SMALL_BYTES) if file not in heads else HEAD_BYTES)
    for name, file in files.items():
        path = _made(folder, name)
        if path is None:
            continue
        if name in small:
            path.write_bytes(whole(file))
            continue
        with path.open("xb") as stream:
            stream.write(MARKER)
            try:
                stream.truncate(file.mark.size)
            except (OSError, OverflowError):
                raise RemoteError(
                    f"{file.shown} has {file.mark.size} bytes, as its server says, and no file here can have "
                    "so many. Check the address."
                ) from None
        _FILES[str(path)] = file


def is_small(name: str, nbytes: int) -> bool:
    """Whether a file that holds no weights is fetched at once: it is small, or all of it is read anyway."""
    return nbytes <= SMALL_BYTES or name.endswith((".index.json", ".onnx_adapter"))


def keep(path: Path) -> None:
    """Keep the bytes of a file, or of all files of a folder, on the disk once they have come."""
    for file in (_FILES[place] for place in _places_in(path)):
        if file.disk is None:
            descriptor, kept = tempfile.mkstemp(dir=_root())
            os.close(descriptor)
            file.disk = Path(kept)


def bring(path: Path) -> None:
    """Fetch the whole of a file, or of all files of a folder, for programs that read it in their own way.

    What is on this machine stays as it is, and what was opened before goes on being read.

    Raises:
        DamagedFileError, RemoteError: it cannot be read.
        NoSpaceError: the folder for temporary files is too small.
    """
    for place in _places_in(path):
        file, stands_in = _FILES[place], Path(place)
        if file.mark.size > shutil.disk_usage(stands_in.parent).free:
            raise NoSpaceError(
                f"{place} has {file.mark.size / 1e9:,.1f} GB, and the disk of {_root().parent} has less; set "
                "TMPDIR to a folder with more space."
            )
        before = stands_in.stat()
        buffer = memoryview(bytearray(min(BROUGHT_BYTES, file.mark.size)))
        with stands_in.open("r+b") as stream:
            for start in range(0, file.mark.size, BROUGHT_BYTES):
                part = buffer[: file.mark.size - start]
                fetcher().read_into(file, start, part)
                stream.write(part)
        os.utime(stands_in, ns=(before.st_atime_ns, before.st_mtime_ns))
        del _FILES[place]


def _places_in(path: Path) -> list[str]:
    """The files that are elsewhere, of a path that is one or is a folder around them."""
    return [place for place in _FILES if place == str(path) or place.startswith(f"{path}{os.sep}")]


def _made(folder: Path, name: str) -> Path | None:
    """The path of a file in the folder, whose own folders are made; None where the name leads elsewhere."""
    parts = name.split("/")
    if any(part in ("", ".", "..") or "\0" in part or len(part.encode()) > 255 for part in parts):
        return None
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@cache
def _root() -> Path:
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(temporary_folder())
