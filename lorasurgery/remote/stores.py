"""Stores by their address, opened through obstore, with credentials from the places where each store's own
tools look for them.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lorasurgery.errors import MissingExtraError, RemoteError
from lorasurgery.remote.address import Address
from lorasurgery.remote.aws_files import settings_of_files

if TYPE_CHECKING:
    from obstore.store import ObjectStore

# A request that stands still for so long is given up, as is one that takes longer than `REQUEST_SECONDS`
# in all; each is then sent again.
STILL_SECONDS, REQUEST_SECONDS, CONNECT_SECONDS = 20, 120, 10


def check_package() -> None:
    """Check that the package obstore is installed.

    Raises:
        MissingExtraError: it is not.
    """
    try:
        import obstore  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            "Reading from buckets and web servers needs the package obstore, which is not installed: "
            "pip install 'lorasurgery[remote]'"
        ) from None


def store_of(address: Address) -> tuple[ObjectStore, str]:
    """Return the store of an address, and the key in it.

    Raises:
        MissingExtraError: the package obstore is not installed.
        RemoteError: settings that the store cannot be opened with.
    """
    check_package()
    if address.query:
        return web_store(address.url), ""
    return _store(address.store), address.key


@lru_cache(maxsize=64)
def _store(place: str) -> ObjectStore:
    from obstore.exceptions import BaseError
    from obstore.store import AzureStore, GCSStore, S3Store

    scheme, _, bucket = place.partition("://")
    try:
        if scheme == "s3":
            return S3Store(bucket, config=settings_of_files(), **_options())  # type: ignore[arg-type]
        if scheme == "gs":
            return GCSStore(bucket, **_options())
        if scheme == "az":
            return AzureStore(bucket, **_options())
        return web_store(place)
    except (BaseError, ValueError) as error:
        # The text of the error may quote settings.
        raise RemoteError(
            f"{place} cannot be opened with the settings of this environment ({type(error).__name__}); "
            "docs/remote.md lists where they come from."
        ) from None


@lru_cache(maxsize=4096)
def web_store(url: str, authorization: str | None = None) -> ObjectStore:
    """Return the store of a web server, or of one file there."""
    from obstore.store import HTTPStore

    authorization = authorization or _from_netrc(url)
    return HTTPStore(url, **_options({"Authorization": authorization} if authorization else {}))


def _options(headers: dict[str, str] | None = None) -> dict[str, Any]:
    """What all stores are opened with; requests are sent again by `request.py`, which knows what came."""
    return {
        "client_options": {
            # Plain HTTP is what the address or the endpoint says, or it is not used.
            "allow_http": True,
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "read_timeout": timedelta(seconds=STILL_SECONDS),
            "timeout": timedelta(seconds=REQUEST_SECONDS),
            "default_headers": headers or {},
        },
        "retry_config": {"max_retries": 0},
    }


def _from_netrc(url: str) -> str | None:
    """The header for a host that ~/.netrc names; its entry for all other hosts is not used."""
    import netrc

    try:
        found = netrc.netrc().hosts.get(urlsplit(url).hostname or "")
    except (OSError, netrc.NetrcParseError):
        return None
    if found is None:
        return None
    return "Basic " + base64.b64encode(f"{found[0]}:{found[2]}".encode()).decode()
