"""Addresses of files and folders elsewhere: a store, the key in it, and nothing secret in what is said.

s3://bucket/key    gs://bucket/key    az://container/key    https://host/path    http://host/path
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urlsplit

from lorasurgery.errors import UnsupportedError
from lorasurgery.text import printable

BUCKETS = ("s3", "gs", "az")
SCHEMES = (*BUCKETS, "http", "https")
START = re.compile(rf"({'|'.join(SCHEMES)})://", re.IGNORECASE)
# Pages of the Hub are names of repositories (`checkpoint/hub_names.py`).
HUB_PAGE = re.compile(r"https?://(www\.)?(huggingface\.co|hf\.co)(/|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Address:
    """A place in a store.

    `store` is the scheme with the bucket or the host, `key` what follows, without slashes around it.
    `query` belongs to an address of the web and may be a signature: it is never shown.
    """

    store: str
    key: str
    query: str = field(default="", repr=False)

    @property
    def scheme(self) -> str:
        return self.store.partition("://")[0]

    @property
    def name(self) -> str:
        """The last part of the key, or the bucket or the host."""
        return self.key.rpartition("/")[2] or self.store.partition("://")[2]

    @property
    def shown(self) -> str:
        """What may be said."""
        return f"{self.store}/{self.key}" if self.key else self.store

    @property
    def url(self) -> str:
        """The address as a client needs it, secrets included."""
        return f"{self.store}/{quote(self.key)}" + (f"?{self.query}" if self.query else "")

    def inside(self, name: str) -> Address:
        """The address of something in this folder."""
        return Address(self.store, f"{self.key}/{name}" if self.key else name)

    @property
    def parent(self) -> Address:
        """The folder that it is in."""
        return Address(self.store, self.key.rpartition("/")[0])


def is_address(name: str) -> bool:
    """Whether a name is the address of something in a bucket or on a web server."""
    return START.match(name) is not None and HUB_PAGE.match(name) is None


def address_of(name: str) -> Address:
    """Take an address apart.

    Raises:
        UnsupportedError: it names no bucket or host, or has a password in it.
    """
    scheme = name.partition("://")[0].lower()
    if scheme in BUCKETS:
        bucket, _, key = name.partition("://")[2].partition("/")
        parts, query = key.strip("/"), ""
    else:
        split = _split(name)
        bucket, parts, query = split.netloc, unquote(split.path).strip("/"), split.query
    if "@" in bucket:
        raise UnsupportedError(
            f"An address of {bucket.rpartition('@')[2]} has a user name or a password in it, which would end "
            "up in the shell's history. Put them into ~/.netrc, and leave them out of the address."
        )
    if (
        not (bucket + parts).isprintable()
        or not bucket
        or any(part in ("", ".", "..") for part in parts.split("/") if parts)
    ):
        kind = "bucket" if scheme in BUCKETS else "host"
        raise UnsupportedError(
            f"{scheme}://{printable(bucket)}/{printable(parts)} is not an address that can be read; "
            f"{scheme}://{kind.upper()}/PATH, without empty parts, is expected."
        )
    return Address(f"{scheme}://{bucket}", parts, query)


def _split(name: str) -> SplitResult:
    """Take an address of the web apart.

    Raises:
        UnsupportedError: it is none; what is wrong may be in a password, and is not shown.
    """
    try:
        return urlsplit(name)
    except ValueError:
        scheme = name.partition("://")[0].lower()
        raise UnsupportedError(
            f"An address that begins with {scheme}:// has a host that none can have, such as half of a pair "
            f"of brackets; {scheme}://HOST/PATH is expected."
        ) from None
