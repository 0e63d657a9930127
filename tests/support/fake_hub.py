"""A Hub of one folder, as far as huggingface_hub asks for models, files and their addresses.

GET  /api/models/ORG/NAME[/revision/REV]       the files with their sizes, and the commit
HEAD /ORG/NAME/resolve/COMMIT/FILE             small files here; of weights, a signed address elsewhere
GET  /stored/ORG/NAME/FILE?Signature=...       ranges of weights, until the signature has run out
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from support.range_server import RangeServer, RequestHandler, serving

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_tokenofthetest"
RESOLVE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")
MODEL = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+?)(/revision/.+)?")
WEIGHTS = (".safetensors", ".bin")


class HubHandler(RequestHandler):
    """Answers huggingface_hub; a signature is good for as many ranges as `uses` says."""

    uses = 10**9
    # How often the address of a file was signed, and how often the last one was used.
    signed: Counter[str]
    used: Counter[str]

    def do_HEAD(self) -> None:
        split = urlsplit(self.path)
        found = RESOLVE.fullmatch(split.path)
        path = self.server_state.folder / f"{found['repo']}/{found['file']}" if found else None
        if found is None or path is None or not path.is_file() or not self._may_read():
            self._plain(404, b"")
            return
        size = path.stat().st_size
        self.send_response(302 if path.suffix in WEIGHTS else 200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{size:x}"')
        if path.suffix in WEIGHTS:
            place = f"/stored/{found['repo']}/{found['file']}"
            self.signed[place] += 1
            self.used[place] = 0
            self.send_header("X-Linked-Size", str(size))
            # Storage is another host, which gets no token.
            host = self.server_state.url.replace("127.0.0.1", "localhost")
            self.send_header("Location", f"{host}{place}?Signature=SIGNED{self.signed[place]}")
            self.send_header("Content-Length", "0")
        else:
            self.send_header("Content-Length", str(size))
        self.end_headers()

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        folder = self.server_state.folder
        model, resolved = MODEL.fullmatch(split.path), RESOLVE.fullmatch(split.path)
        if model is not None and self._may_read():
            self._plain(200, _listing(folder, model["repo"]), "application/json")
        elif resolved is not None and self._may_read():
            self._send(split.path, folder / f"{resolved['repo']}/{resolved['file']}", "")
        elif split.path.startswith("/stored/"):
            self.used[split.path] += 1
            is_newest = parse_qs(split.query).get("Signature") == [f"SIGNED{self.signed[split.path]}"]
            if not is_newest or self.used[split.path] > self.uses or "Authorization" in self.headers:
                self._plain(403, b"expired")
                return
            self._send(split.path, folder / split.path.removeprefix("/stored/"), self.server_state.fault())
        else:
            self._plain(404, b"")

    def _may_read(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"


def _listing(folder: Path, repo: str) -> bytes:
    files = sorted(each for each in (folder / repo).rglob("*") if each.is_file())
    siblings = [
        {"rfilename": each.relative_to(folder / repo).as_posix(), "size": each.stat().st_size}
        for each in files
    ]
    return json.dumps({"id": repo, "sha": COMMIT, "siblings": siblings}).encode()


@contextmanager
def fake_hub(folder: Path, uses: int = 10**9) -> Iterator[RangeServer]:
    """Serve models `folder/ORG/NAME` as the Hub does."""

    class Handler(HubHandler):
        signed, used = Counter(), Counter()

    Handler.uses = uses
    with serving(folder, handler=Handler) as server:
        yield server
