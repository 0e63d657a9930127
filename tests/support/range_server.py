"""A server of files as slow and as unreliable as asked for: plain HTTP with ranges, and what S3 and GCS need.

    http://127.0.0.1:PORT/FOLDER/FILE             a file of the folder that is served
    endpoint http://127.0.0.1:PORT for S3       its folders are the buckets: GET, and lists by ?list-type=2

Every answer is noted, so that tests count requests and bytes instead of seconds. Each request can take a
least time and be given a most bandwidth of its own, as from a store far away.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

FAULTS = ("status", "cut", "short", "long", "stale", "still", "boast", "shifted")
# Those whose answers stop half way.
STOPPED = ("cut", "still")


@dataclass(frozen=True)
class Answered:
    """One answer: the path that was asked for, where its bytes begin, their number, and its fault."""

    path: str
    start: int
    nbytes: int
    fault: str = ""


@dataclass
class RangeServer:
    """The server's folder and manners, and what it has answered."""

    folder: Path
    seconds: float = 0.0
    bytes_per_second: float = 0.0
    broken: float = 0.0
    faults: tuple[str, ...] = FAULTS
    marks_files: bool = True
    serves_ranges: bool = True
    lists_bare_tags: bool = False
    url: str = ""
    answers: list[Answered] = field(default_factory=list)
    busiest: int = 0
    _busy: int = 0
    _chance: random.Random = field(default_factory=lambda: random.Random(0))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in self.answers)

    def nbytes_of(self, end: str) -> int:
        """The bytes sent of files whose path ends so."""
        return sum(each.nbytes for each in self.answers if each.path.endswith(end))

    def forget(self) -> None:
        self.answers.clear()
        self.busiest = 0

    def fault(self) -> str:
        with self._lock:
            return self._chance.choice(self.faults) if self._chance.random() < self.broken else ""

    def note(self, answered: Answered) -> None:
        with self._lock:
            self.answers.append(answered)

    @contextmanager
    def busy(self) -> Iterator[None]:
        with self._lock:
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        try:
            yield
        finally:
            with self._lock:
                self._busy -= 1


@contextmanager
def serving(
    folder: Path, handler: type[RequestHandler] | None = None, **manners: object
) -> Iterator[RangeServer]:
    """Serve a folder while the block runs."""
    state = RangeServer(folder, **manners)  # type: ignore[arg-type]

    class Handler(handler or RequestHandler):  # type: ignore[misc]
        server_state = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


class RequestHandler(BaseHTTPRequestHandler):
    """Answers one request after another on a connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_state: RangeServer

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        state = self.server_state
        split = urlsplit(self.path)
        # Not while the answer is sent: whoever has all of it may ask again before this thread goes on.
        with state.busy():
            time.sleep(state.seconds)
        query = parse_qs(split.query)
        if "list-type" in query:
            self._list(unquote(split.path).strip("/"), query.get("prefix", [""])[0])
            return
        path = state.folder / unquote(split.path).lstrip("/")
        if not path.is_file():
            state.note(Answered(split.path, 0, 0, "absent"))
            self._plain(404, b"")
            return
        self._send(split.path, path, state.fault())

    def _plain(self, status: int, body: bytes, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _list(self, bucket: str, prefix: str) -> None:
        root = self.server_state.folder / bucket
        rows = []
        for path in sorted(each for each in root.rglob("*") if each.is_file()):
            key = path.relative_to(root).as_posix()
            if key.startswith(prefix):
                status, tag = path.stat(), _tag(path)
                if self.server_state.lists_bare_tags:
                    tag = tag.strip('"')
                rows.append(
                    f"<Contents><Key>{escape(key)}</Key><LastModified>{_iso(status.st_mtime)}</LastModified>"
                    f"<ETag>{escape(tag)}</ETag><Size>{status.st_size}</Size></Contents>"
                )
        body = (
            '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>b</Name><IsTruncated>false'
            f"</IsTruncated><KeyCount>{len(rows)}</KeyCount>{''.join(rows)}</ListBucketResult>"
        ).encode()
        self.server_state.note(Answered(f"{self.path} (list)", 0, 0))
        self._plain(200, body, "application/xml")

    def _send(self, name: str, path: Path, fault: str) -> None:
        state = self.server_state
        size = path.stat().st_size
        given = self.headers.get("Range")
        start, stop = 0, size
        if given and state.serves_ranges:
            first, _, last = given.removeprefix("bytes=").partition("-")
            start, stop = int(first), min(size, int(last) + 1 if last else size)
        if fault in ("status", "refused"):
            state.note(Answered(name, start, 0, fault))
            self._plain(503 if fault == "status" else 403, b"no")
            return
        if fault == "circle":
            state.note(Answered(name, start, 0, fault))
            self._redirect(self.path)
            return
        if fault == "shifted" and start:
            start, stop = start - 1, stop - 1
        with path.open("rb") as file:
            file.seek(start)
            body = file.read(stop - start)
        if fault == "short":
            body, stop = body[:-1], stop - 1
        if fault == "long":
            body, stop = body + b"x", stop + 1
        state.note(Answered(name, start, len(body) // (2 if fault in STOPPED else 1), fault))
        self.send_response(206 if given and state.serves_ranges else 200)
        if given and state.serves_ranges:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{size}")
        if state.marks_files:
            self.send_header("ETag", '"stale"' if fault == "stale" else _tag(path))
            self.send_header("Last-Modified", formatdate(path.stat().st_mtime, usegmt=True))
        # A boast: some more are said to come, and the connection stays open.
        self.send_header("Content-Length", str(len(body) + (7 if fault == "boast" else 0)))
        self.end_headers()
        try:
            self._pour(body, fault)
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _pour(self, body: bytes, fault: str) -> None:
        state = self.server_state
        if fault in STOPPED:
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            if fault == "still":  # a byte now and then, and never an end
                for byte in body[len(body) // 2 :][:40]:
                    time.sleep(0.05)
                    self.wfile.write(bytes([byte]))
            return
        if not state.bytes_per_second:
            self.wfile.write(body)
            return
        block, started = 1 << 16, time.monotonic()
        for at in range(0, len(body), block):
            part = body[at : at + block]
            self.wfile.write(part)
            # By the clock: sleeps that are too long on a busy machine do not add up.
            due = started + (at + len(part)) / state.bytes_per_second
            time.sleep(max(0.0, due - time.monotonic()))


def _tag(path: Path) -> str:
    status = path.stat()
    return f'"{status.st_mtime_ns:x}-{status.st_size:x}"'


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))
