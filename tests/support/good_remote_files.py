"""What a bucket or a web server answers: its list of files, and each file with its mark and its name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from lorasurgery.errors import SurgeryError

INDEX = "model.safetensors.index.json"
SHARDS = ("model-1.safetensors", "model-2.safetensors")
# The files of a server by their keys; `name` is the one in its answer, for addresses that have none.
MODEL: dict[str, dict[str, Any]] = {
    "m/config.json": {},
    f"m/{INDEX}": {},
    f"m/{SHARDS[0]}": {"name": 'attachment; filename="model-1.safetensors"'},
    f"m/{SHARDS[1]}": {"e_tag": 'W/"2"'},
    "m/below/tokenizer.json": {"e_tag": None},
    "m/missing.json": {"error": "status code: 404"},
}
ADDRESSES = {
    "bucket": "s3://bucket/m",
    "web": "https://host/m",
    "file": f"https://host/m/{INDEX}",
    "signed": f"https://host/m/{SHARDS[0]}?signature=1",
    "nothing": "s3://bucket/m",
    "refused": f"https://host/m/{SHARDS[1]}",
}


def good_remote(folder: Path) -> list[Path]:
    """A folder for each address: `server.json` is what the server says, and the files lie beside it."""
    for name in ADDRESSES:
        place = folder / name / "m"
        (place / "below").mkdir(parents=True)
        weights = dict.fromkeys("ab", SHARDS[0]) | {"c": SHARDS[1]}
        (place / INDEX).write_text(json.dumps({"weight_map": weights}))
        for shard in SHARDS:
            (place / shard).write_bytes(b"\x02\0\0\0\0\0\0\0{}")
        for file in ("config.json", "below/tokenizer.json", "missing.json"):
            (place / file).write_text("{}")
        said: Mapping[str, Any] = {} if name == "nothing" else MODEL
        if name == "bucket":  # where an object stands for a folder, and an error for no file
            said = {key: entry for key, entry in MODEL.items() if "error" not in entry} | {"m/below": {}}
        if name == "refused":
            said = {key: {"error": "status code: 403"} for key in MODEL}
        (folder / name / "server.json").write_text(json.dumps(said))
    servers, indexes = (sorted(folder.rglob(file)) for file in ("server.json", INDEX))
    return [*servers * 2, *indexes]


def read_remote(folder: Path) -> None:
    """Open an address as a server of JSON answers for it: nothing is written outside its folder."""
    from lorasurgery.remote import listing
    from lorasurgery.remote.address import address_of
    from lorasurgery.remote.stand_ins import _FILES, _places_in, fill

    address, place = address_of(ADDRESSES[folder.name]), folder.parent.parent / "scratch" / "stand-in"
    find = listing.files_at if folder.name in ("bucket", "web", "nothing") else listing.file_at
    place.mkdir(parents=True)
    try:
        with _served_from(folder):
            found = find(address)
            files = found if isinstance(found, dict) else found[1]
            assert files
            fill(place, files)
        for path in place.rglob("*"):
            assert path.resolve().is_relative_to(place.resolve())
    finally:
        for each in _places_in(place):  # or what runs next in this process would have remote files open
            del _FILES[each]
        shutil.rmtree(place)


@contextmanager
def _served_from(folder: Path) -> Iterator[None]:
    """Let obstore answer from a folder, and no pause be made between two tries."""
    try:
        server = _Server(folder, json.loads((folder / "server.json").read_bytes()))
    except (ValueError, RecursionError):
        raise SurgeryError("no JSON: no server") from None
    with ExitStack() as stack:
        stack.enter_context(patch("obstore.get", server.get))
        stack.enter_context(patch("obstore.list", server.list))
        stack.enter_context(patch("lorasurgery.remote.listing.store_of", lambda each: (None, each.key)))
        stack.enter_context(patch("lorasurgery.remote.request.time.sleep", lambda _: None))
        yield


@dataclass
class _Server:
    """What is said of each key; what obstore's types cannot hold is not said."""

    folder: Path
    said: Any

    def entry(self, key: str) -> dict[str, Any]:
        if not isinstance(self.said, dict) or not isinstance(self.said.get(key), dict):
            raise FileNotFoundError(key)
        found: dict[str, Any] = self.said[key]
        if isinstance(found.get("error"), str):
            raise OSError(found["error"])
        return found

    def data(self, key: str) -> bytes:
        path = self.folder / "m" / key.removeprefix("m/")
        inside = path.resolve().is_relative_to(self.folder.resolve())
        return path.read_bytes() if inside and len(key) < 200 and "\0" not in key and path.is_file() else b""

    def meta(self, key: str, said: dict[str, Any]) -> dict[str, Any]:
        size, tag = said.get("size"), said.get("e_tag", '"1"')
        is_size = type(size) is int and 0 <= size < 2**63
        return {
            "path": key,
            "size": size if is_size else len(self.data(key)),
            "e_tag": tag if isinstance(tag, str) else None,
            "last_modified": datetime.fromtimestamp(0 if tag else 1e9, UTC),
        }

    def list(self, _: None, prefix: str | None) -> Iterator[list[dict[str, Any]]]:
        names = self.said if isinstance(self.said, dict) else {}
        entries = [(key, said if isinstance(said, dict) else {}) for key, said in names.items()]
        yield [
            self.meta(key, said) for key, said in entries if key.startswith(prefix or "") and _is_text(key)
        ]

    def get(self, _: None, key: str, options: dict[str, Any]) -> _Answer:
        said = self.entry(key)
        meta, (start, stop) = self.meta(key, said), options["range"]
        stop = min(stop, meta["size"])
        name = said.get("name")
        attributes = {"Content-Disposition": name} if isinstance(name, str) else {}
        return _Answer(meta, (start, stop), attributes, self.data(key)[start:stop])


def _is_text(key: str) -> bool:
    """Whether a key is Unicode: obstore gives out no other."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True)
class _Answer:
    meta: dict[str, Any]
    range: tuple[int, int]
    attributes: dict[str, str]
    data: bytes

    def stream(self, min_chunk_size: int) -> Iterator[bytes]:
        assert min_chunk_size > 0
        if self.data:
            yield self.data
