"""Files in buckets and on web servers, read by ranges; a folder on this machine stands in for each."""

from lorasurgery.remote.address import is_address
from lorasurgery.remote.fetching import fetcher
from lorasurgery.remote.pieces import RemoteFile
from lorasurgery.remote.raw_file import open_remote
from lorasurgery.remote.request import Mark
from lorasurgery.remote.stand_ins import (
    bring,
    fill,
    is_any_open,
    is_signed,
    keep,
    new_folder,
    remote_file,
    stand_in,
    without_signatures,
)

__all__ = [
    "Mark",
    "RemoteFile",
    "bring",
    "fetcher",
    "fill",
    "is_address",
    "is_any_open",
    "is_signed",
    "keep",
    "new_folder",
    "open_remote",
    "remote_file",
    "stand_in",
    "without_signatures",
]
