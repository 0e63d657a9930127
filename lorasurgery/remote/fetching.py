"""Requests in flight: ranges that are read now, and before their time those that `advise` announces.

    read     the missing parts are asked for at once, in pieces of at most `PIECE_BYTES`, and copied in order
    advise   the same, behind all that somebody waits for, while the pieces held fit into `AHEAD_BYTES`

What was read last is held a while longer, `RECENT_BYTES` of it. A file that is read more than once, as
adapters are, is kept on the disk as far as it has come.

A request takes up what is queued next to its piece, so that small tensors one after the other travel
together. A hole between them is fetched along only where it is at most 1/64 of the request.

Threads meet in a lock and in queues that are written in C: Ctrl-C leaves both whole (`thread_pool.py`).
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from queue import SimpleQueue

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.remote.pieces import Piece, RemoteFile
from lorasurgery.remote.request import AbsentError, fetch_range

PIECE_BYTES, JOINED_BYTES = 2 * 2**20, 2**20
AHEAD_BYTES, RECENT_BYTES = 64 * 2**20, 64 * 2**20
SHARE_OF_HOLES = 64
# The beginning of a file, which is asked for with its first byte: most headers are shorter.
HEAD_BYTES = 1 << 16
# Advised bytes that nobody came for in so long make room for others.
FORGOTTEN_S = 300.0
# How many requests are under way at once, unless the environment says otherwise.
IN_FLIGHT, VARIABLE = 24, "LORASURGERY_IN_FLIGHT"
# Pieces that one read has asked for and not yet copied: more would only take memory.
WINDOW = 24


class Fetcher:
    """Threads that send requests, and the queue of pieces that they take up."""

    def __init__(self, in_flight: int) -> None:
        self._lock = threading.RLock()
        # One for each time that a piece was queued; a thread takes it, and then the most urgent piece.
        self._queued: SimpleQueue[None] = SimpleQueue()
        self._urgent: deque[tuple[RemoteFile, Piece]] = deque()
        self._early: deque[tuple[RemoteFile, Piece]] = deque()
        self._recent: OrderedDict[Piece, RemoteFile] = OrderedDict()
        self._held = self._recent_nbytes = 0
        self._files: dict[int, RemoteFile] = {}
        self.requests = self.nbytes = 0
        for _ in range(in_flight):
            # Daemons: Ctrl-C does not wait for a server.
            threading.Thread(target=self._serve, name="lorasurgery-fetch", daemon=True).start()

    def read_into(self, file: RemoteFile, offset: int, out: memoryview) -> None:
        """Copy the bytes from `offset` on into a buffer, as many as it has room for.

        Raises:
            DamagedFileError: the file ends before that, or was changed since it was opened.
            RemoteError: it cannot be read.
        """
        at, stop = offset, offset + len(out)
        if stop > file.mark.size:
            raise DamagedFileError(f"{file.shown} ends at byte {file.mark.size}, in the middle of a tensor.")
        window: deque[Piece] = deque()
        try:
            while at < stop or window:
                while at < stop and len(window) < WINDOW:
                    window.append(self._claimed(file, at, stop, is_header=offset <= 8))
                    at = window[-1].stop
                piece = window[0]
                data = file.bytes_of(piece)
                first, last = max(piece.start, offset), min(piece.stop, stop)
                out[first - offset : last - offset] = data[first - piece.start : last - piece.start]
                self._release(file, window.popleft(), last - first)
        finally:
            for piece in window:
                self._release(file, piece, 0)

    def advise(self, file: RemoteFile, offset: int, nbytes: int) -> None:
        """Have bytes fetched that will be read soon, as far as there is room for them."""
        with self._lock:
            for start, stop in list(file.gaps(offset, min(offset + nbytes, file.mark.size))):
                for begin in range(start, stop, PIECE_BYTES):
                    # What begins a file is its header.
                    piece = Piece(begin, min(begin + PIECE_BYTES, stop), is_kept=begin == 0)
                    is_full = file.disk is None and self._held + piece.nbytes > AHEAD_BYTES
                    if is_full and not self._forget(piece.nbytes):
                        return
                    self._add(file, piece)
                    self._early.append((file, piece))
                    self._queued.put(None)

    def _claimed(self, file: RemoteFile, at: int, stop: int, *, is_header: bool) -> Piece:
        """The piece with a byte, which this read now waits for; a new one where there is none."""
        with self._lock:
            piece = file.at(at)
            if piece is None:
                if at < HEAD_BYTES and is_header:
                    stop = max(stop, min(HEAD_BYTES, file.mark.size))
                following = file.after(at)
                end = min(stop, at + PIECE_BYTES, following.start if following else stop)
                piece = Piece(at, end, is_kept=is_header)
                self._add(file, piece)
            piece.readers += 1
            if self._recent.pop(piece, None) is not None:
                self._recent_nbytes -= piece.nbytes
                self._held += piece.nbytes
            if piece.is_queued:
                self._urgent.append((file, piece))
                self._queued.put(None)
            return piece

    def _release(self, file: RemoteFile, piece: Piece, nbytes: int) -> None:
        with self._lock:
            piece.readers -= 1
            piece.unread -= nbytes
            if piece.readers or piece.is_kept or piece.is_on_disk:
                return
            if piece.data.has_failed:
                self._drop(file, piece)
            elif piece.unread <= 0:
                self._set_aside(file, piece)

    def _set_aside(self, file: RemoteFile, piece: Piece) -> None:
        """Hold a piece that was read, until others that were read later need its room."""
        self._recent[piece] = file
        self._held -= piece.nbytes
        self._recent_nbytes += piece.nbytes
        while self._recent_nbytes > RECENT_BYTES:
            oldest, its_file = self._recent.popitem(last=False)
            self._recent_nbytes -= oldest.nbytes
            its_file.drop(oldest)

    def _add(self, file: RemoteFile, piece: Piece) -> None:
        file.add(piece)
        self._files[id(file)] = file
        self._held += 0 if piece.is_kept else piece.nbytes

    def _drop(self, file: RemoteFile, piece: Piece) -> None:
        file.drop(piece)
        self._held -= 0 if piece.is_kept else piece.nbytes

    def _forget(self, nbytes: int) -> bool:
        """Drop what was advised long ago and never read; whether that made room."""
        before = time.monotonic() - FORGOTTEN_S
        for file in self._files.values():
            for piece in [each for each in file.pieces if each.is_idle and each.born < before]:
                if piece in self._recent:
                    continue
                self._drop(file, piece)
        return self._held + nbytes <= AHEAD_BYTES

    def _serve(self) -> None:
        while True:
            self._queued.get()
            with self._lock:
                waiting = self._urgent or self._early
                if not waiting:
                    continue
                file, piece = waiting.popleft()
                if not piece.is_queued:
                    continue
                pieces = self._together(file, piece)
                for each in pieces:
                    each.is_queued = False
            self._fetch(file, pieces)

    def _together(self, file: RemoteFile, piece: Piece) -> list[Piece]:
        """A piece, and what is queued behind it in the file and near enough."""
        pieces = [piece]
        holes = 0
        while (following := file.after(pieces[-1].stop)) is not None and following.is_queued:
            holes += following.start - pieces[-1].stop
            nbytes = following.stop - piece.start
            if nbytes > JOINED_BYTES or holes * SHARE_OF_HOLES > nbytes:
                break
            pieces.append(following)
        return pieces

    def _fetch(self, file: RemoteFile, pieces: list[Piece]) -> None:
        start, stop = pieces[0].start, pieces[-1].stop
        try:
            data = fetch_range(file.shown, file.locate, start, stop, file.mark).data
        except AbsentError:
            file.has_changed = True
            self._fail(pieces, DamagedFileError(f"{file.shown} was removed while it was being read."))
        except BaseException as error:  # whatever it is, somebody waits for it
            file.has_changed = isinstance(error, DamagedFileError)
            self._fail(pieces, error)
        else:
            with self._lock:
                self.requests += 1
                self.nbytes += len(data)
            for each in pieces:
                part = data[each.start - start : each.stop - start]
                file.store(each, part)
                with self._lock:
                    self._held -= each.nbytes if each.is_on_disk else 0
                each.data.give(memoryview(b"") if each.is_on_disk else part)

    def _fail(self, pieces: Iterable[Piece], error: BaseException) -> None:
        for each in pieces:
            each.data.fail(error)


_LOCK = threading.Lock()
_FETCHER: Fetcher | None = None


def fetcher() -> Fetcher:
    """The requests of this process.

    Raises:
        UnsupportedError: the environment asks for a number of requests that is none.
    """
    global _FETCHER
    with _LOCK:
        if _FETCHER is None:
            given = os.environ.get(VARIABLE, str(IN_FLIGHT))
            if not given.isdecimal() or not 1 <= int(given) <= 256:
                raise UnsupportedError(f"{VARIABLE} is {given!r}; a number from 1 to 256 is expected.")
            _FETCHER = Fetcher(int(given))
        return _FETCHER
