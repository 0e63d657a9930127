"""Models on the Hub read by ranges, at the signed addresses that the Hub gives out for their files.

A commit never changes, so that its name pins the bytes. Each address is asked for once, and again where the
storage behind it refuses: a signature runs out after an hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lorasurgery.errors import RemoteError
from lorasurgery.remote import Mark, RemoteFile, fill, new_folder
from lorasurgery.remote.stores import web_store

if TYPE_CHECKING:
    from obstore.store import ObjectStore


def can_read_ranges() -> bool:
    """Whether the package is installed that reads ranges."""
    return find_spec("obstore") is not None


def are_cached(repo: str, commit: str, files: Iterable[str]) -> bool:
    """Whether the Hub's cache on this machine has all of these files."""
    from huggingface_hub import try_to_load_from_cache

    return all(isinstance(try_to_load_from_cache(repo, file, revision=commit), str) for file in files)


def stand_in_for(name: str, repo: str, commit: str, sizes: Mapping[str, int]) -> Path:
    """Return a folder that stands in for these files of a commit, by their names and sizes."""
    return _stand_in(name, repo, commit, tuple(sorted(sizes.items())))


@cache
def _stand_in(name: str, repo: str, commit: str, sizes: tuple[tuple[str, int], ...]) -> Path:
    folder = new_folder(repo.rpartition("/")[2], name)
    fill(folder, {file: _remote(repo, commit, file, nbytes) for file, nbytes in sizes})
    return folder


def _remote(repo: str, commit: str, file: str, nbytes: int) -> RemoteFile:
    located: list[tuple[ObjectStore, str]] = []

    def locate(was_refused: bool) -> tuple[ObjectStore, str]:
        if was_refused or not located:
            located[:] = [(_store_of(repo, commit, file), "")]
        return located[0]

    return RemoteFile(f"hf://{repo}@{commit[:7]}/{file}", locate, Mark(nbytes, None))


def _store_of(repo: str, commit: str, file: str) -> ObjectStore:
    """Ask the Hub where a file is: behind a signed address, or in the Hub itself, which takes the token."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.utils import build_hf_headers

    page = hf_hub_url(repo, file, revision=commit)
    try:
        found: Any = get_hf_file_metadata(page, retry_on_errors=True)
    except Exception as error:  # those of an absent network are of the HTTP library, as in `hub.py`
        # Their texts have addresses in them.
        raise RemoteError(
            f"The Hub did not say where {repo}/{file} is ({type(error).__name__}); run the command again, or "
            f"fetch the model by `hf download {repo}`."
        ) from None
    is_in_hub = urlsplit(found.location).netloc == urlsplit(page).netloc
    token = build_hf_headers().get("authorization") if is_in_hub else None
    return web_store(found.location, token)
