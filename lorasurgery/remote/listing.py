"""Which files are at an address: a bucket lists them; of a web server the usual names are asked for."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

from lorasurgery.errors import NotACheckpointError, RemoteError
from lorasurgery.remote.address import BUCKETS, Address
from lorasurgery.remote.fetching import HEAD_BYTES, fetcher
from lorasurgery.remote.pieces import Piece, RemoteFile
from lorasurgery.remote.request import AbsentError, Mark, fetch_range, mark_of, patiently
from lorasurgery.remote.stores import store_of
from lorasurgery.thread_pool import ThreadPool

# A folder with more than these is no model's.
MOST_FILES = 20_000
INDEX = ".index.json"
# As many as are read of a file on a disk (`foreign.py`).
MOST_JSON_BYTES = 100_000_000
# What a folder on a web server, which tells nobody what it has, is asked for.
USUAL_NAMES = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.safetensors.index.json",
    "model_index.json",
    "adapter_model.safetensors",
    "adapter_model.bin",
    "adapter_config.json",
    "adapters.safetensors",
    "parallel.json",
    "pytorch_lora_weights.safetensors",
    "undo.tensors",
    "undo.safetensors",
    "undo.json",
    "lorasurgery.json",
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "tokenizer.model",
    "chat_template.jinja",
    "preprocessor_config.json",
    "README.md",
]
BESIDE_A_FILE = ("config.json", "adapter_config.json")


def files_at(address: Address) -> dict[str, RemoteFile]:
    """Find the files of a folder by their names in it, those of folders inside included.

    Raises:
        NotACheckpointError: there is nothing.
        RemoteError: the store refuses or does not answer.
    """
    found = _listed(address) if address.scheme in BUCKETS else _probed(address, USUAL_NAMES)
    if not found:
        kind = "no file" if address.scheme in BUCKETS else "none of the usual files of a model or an adapter"
        raise NotACheckpointError(f"There is {kind} at {address.shown}.")
    if address.scheme not in BUCKETS:
        shards = {name for index in found if index.endswith(INDEX) for name in _shards(found[index])}
        found |= _probed(address, sorted(shards - found.keys()))
    return found


def file_at(address: Address) -> tuple[str, dict[str, RemoteFile]]:
    """Find one file and the configs beside it; the first part is its name.

    Raises:
        NotACheckpointError: there is none.
        RemoteError: the store refuses or does not answer.
    """
    name, file = _opened(address)
    if address.query:
        return name, {name: file}
    folder = address.parent
    found = {name: file} | _probed(folder, [each for each in BESIDE_A_FILE if each != name])
    if name.endswith(INDEX):
        found |= _probed(folder, sorted({*_shards(file)} - found.keys()))
    return name, found


def whole(file: RemoteFile) -> bytes:
    """Read all of a small file.

    Raises:
        RemoteError: the server does not answer, or states a size that is none of such a file.
    """
    room = MOST_JSON_BYTES if file.shown.endswith(".json") else shutil.disk_usage(tempfile.gettempdir()).free
    if file.mark.size > room:
        raise RemoteError(
            f"{file.shown} has {file.mark.size} bytes, as its server says, and {room} are the most that can "
            "be fetched. Check the address."
        )
    data = bytearray(file.mark.size)
    fetcher().read_into(file, 0, memoryview(data))
    return bytes(data)


def _listed(folder: Address) -> dict[str, RemoteFile]:
    """Ask a bucket for all that is below a key."""
    import obstore

    store, key = store_of(folder)
    prefix = f"{key}/" if key else None

    def ask(_: bool) -> list[Any]:
        found: list[Any] = []
        for page in obstore.list(store, prefix):
            found += page
            if len(found) > MOST_FILES:
                raise NotACheckpointError(
                    f"{folder.shown} has more than {MOST_FILES} files; name the folder of one model."
                )
        return found

    try:
        objects = patiently(folder.shown, ask)
    except AbsentError:
        raise NotACheckpointError(
            f"There is no {folder.shown}, or this environment may not see it."
        ) from None
    names = {meta["path"].removeprefix(prefix or ""): meta for meta in objects}
    # An object under the name of a folder marks the folder: on a disk there is no place for both.
    folders = {name[:at] for name in names for at, letter in enumerate(name) if letter == "/"}
    files = sorted(names.keys() - folders)
    return {name: _file(folder.inside(name), mark_of(names[name])) for name in files if name}


def _probed(folder: Address, names: Iterable[str]) -> dict[str, RemoteFile]:
    """Ask for files one by one, all at the same time."""

    def probe(name: str) -> tuple[str, RemoteFile] | None:
        try:
            return name, _opened(folder.inside(name))[1]
        except NotACheckpointError:
            return None

    names = list(names)
    if not names:
        return {}
    with ThreadPool(min(16, len(names))) as pool:
        return dict(found for found in pool.map(probe, names) if found is not None)


def _opened(address: Address) -> tuple[str, RemoteFile]:
    """Open a file by its first bytes, which are kept; also give the name that the server has for it."""
    store, key = store_of(address)
    try:
        answer = fetch_range(address.shown, lambda _: (store, key), 0, HEAD_BYTES)
    except AbsentError:
        raise NotACheckpointError(f"There is no file {address.shown}.") from None
    file = _file(address, answer.mark)
    head = Piece(0, len(answer.data), is_kept=True, is_queued=False)
    head.data.give(answer.data)
    file.add(head)
    return answer.file_name or address.name, file


def _file(address: Address, mark: Mark) -> RemoteFile:
    store, key = store_of(address)
    return RemoteFile(address.shown, lambda _: (store, key), mark)


def _shards(index: RemoteFile) -> Iterator[str]:
    """The plain names of files in an index; what is wrong with it is said where it is opened."""
    try:
        names = json.loads(whole(index))["weight_map"].values()
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    for name in names:
        if isinstance(name, str) and name and not set(name) & {"/", "\\", "\0"} and name not in (".", ".."):
            yield name
