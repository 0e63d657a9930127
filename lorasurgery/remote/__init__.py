"""Files in buckets and on web servers, read by ranges; a folder on this machine stands in for each."""

from lorasurgery.remote.address import is_address
from lorasurgery.remote.fetching import fetcher
from lorasurgery.remote.pieces import RemoteFile
from lorasurgery.remote.raw_file import open_remote
from lorasurgery.remote.stand_ins import bring, is_any_open, keep, remote_file, stand_in

__all__ = [
    "RemoteFile",
    "bring",
    "fetcher",
    "is_address",
    "is_any_open",
    "keep",
    "open_remote",
    "remote_file",
    "stand_in",
]
