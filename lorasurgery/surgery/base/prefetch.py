"""Have factors fetched that will all be read, where they are elsewhere; a disk needs no such advice."""

from __future__ import annotations

from collections.abc import Iterable

from lorasurgery.remote import is_any_open
from lorasurgery.variants.edit import lazy_tensors


def fetch_soon(factors: Iterable[object]) -> None:
    """Ask for all tensors of these factors, in the order in which they will be read."""
    if not is_any_open():
        return
    for each in factors:
        for tensor in lazy_tensors(each):
            if tensor.advise:
                tensor.advise()
