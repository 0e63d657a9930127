"""What each piece of a delta is made from: the same bytes under whatever name, or the piece of its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lorasurgery.surgery.comparison.by_name import counterparts
from lorasurgery.surgery.delta.encode_piece import EncodeJob
from lorasurgery.surgery.delta.side_contents import BYTES, Key, Piece, SideContents


def twins_of(one: SideContents, other: SideContents) -> dict[Key, EncodeJob]:
    """Pair pieces of one name, shape and dtype, which are read, hashed and encoded in one pass."""
    jobs = {key: EncodeJob(piece, one.pieces.get(key)) for key, piece in other.pieces.items()}
    return {key: job for key, job in jobs.items() if job.is_alike}


def encode_jobs(
    side: SideContents,
    other: SideContents,
    hashes: Mapping[Key, str],
    other_hashes: Mapping[Key, str],
    only: Mapping[Key, Piece] | None = None,
) -> list[EncodeJob]:
    """Find for each piece of a side what it is made from: an equal piece, or the one of its name.

    Args:
        hashes: of the pieces of the side.
        only: some pieces of the base; by default all pieces of the target.
    """
    pieces = side.pieces if only is None else only
    equal = {hash_: key for key, hash_ in reversed(list(other_hashes.items()))}
    by_name = {name: (file, name) for file, name in reversed(list(other.pieces))}
    sources: dict[Key, Key | None] = {}
    for key in pieces:
        same_hash = key if other_hashes.get(key) == hashes[key] else equal.get(hashes[key])
        same_name = key if key in other.pieces else None
        if key[1] != BYTES:
            same_name = same_name or by_name.get(key[1])
        sources[key] = same_hash or same_name
    sources |= _by_content(side, other, [key for key, source in sources.items() if source is None])
    return [
        EncodeJob(
            piece,
            None if (source := sources[key]) is None else other.pieces[source],
            hashes[key],
            "" if source is None else other_hashes[source],
            stage="there" if only is None else "back",
        )
        for key, piece in pieces.items()
    ]


def _by_content(side: SideContents, other: SideContents, keys: Sequence[Key]) -> dict[Key, Key]:
    """Pair tensors whose names the other side lacks, if there is something to pair them with."""
    alone = {name: (file, name) for file, name in keys if name != BYTES}
    if not alone:
        return {}
    mine = {name: side.pieces[key].tensor for name, key in alone.items()}
    theirs = {name: (file, name) for file, name in other.pieces if name != BYTES}
    own = {name for _, name in side.pieces}
    free = {name: other.pieces[key].tensor for name, key in theirs.items() if name not in own}
    if not free:
        return {}
    found = counterparts(free, mine).both
    return {
        alone[each.other.name]: theirs[each.one.name]
        for each in found
        if str(each.one) == each.one.name and str(each.other) == each.other.name
    }
