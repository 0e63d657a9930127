"""Write a delta: one file from which B comes back byte for byte, given A, and A, given B.

Pieces that have one name, shape and dtype on both sides are hashed and encoded in one pass; all others are
hashed. What is the same somewhere on the other side, under whatever name and in whatever file, costs no
bytes. What remains is paired by name or by content, and encoded, many at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, ClassVar

from lorasurgery.checkpoint import Spill, output_file
from lorasurgery.errors import UnsupportedError
from lorasurgery.foreign import shortened
from lorasurgery.paths import StrPath, expanded
from lorasurgery.reports import Report
from lorasurgery.surgery.comparison.by_name import counterparts
from lorasurgery.surgery.delta.delta_file import Delta, ListedSide
from lorasurgery.surgery.delta.encode_piece import EncodeJob, encode
from lorasurgery.surgery.delta.factors import Factors, nearest_factors
from lorasurgery.surgery.delta.recipe import BOTH_WAYS, Recipe
from lorasurgery.surgery.delta.side_contents import BYTES, Key, Piece, SideContents, can_be_listed, contents
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit
from lorasurgery.text import in_percent, listed

REPORT_VERSION = 1


@dataclass(frozen=True)
class EncodedPiece:
    """A tensor, or the bytes of a file, in a delta: how it is made, and what that takes."""

    name: str
    method: str
    nbytes: int
    delta_nbytes: int


@dataclass(frozen=True, repr=False)
class DeltaReport(Report):
    """A delta that was written.

    Attributes:
        output: the file, of `nbytes` bytes.
        target_nbytes: the bytes of what comes back.
        pieces: all tensors and files of the target.
        back_nbytes: what the delta holds only so that the base comes back.
    """

    ROWS: ClassVar[str] = "pieces"

    base: str
    target: str
    output: str
    nbytes: int
    target_nbytes: int
    back_nbytes: int
    pieces: Sequence[EncodedPiece]

    @property
    def summary(self) -> str:
        """The size in one line."""
        share = in_percent(self.nbytes / max(1, self.target_nbytes))
        return f"{self.output}: {self.nbytes} bytes, {share} of {self.target}"

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


def make_delta(
    one: StrPath,
    other: StrPath,
    output: StrPath,
    *,
    factors: Factors = nearest_factors,
    force: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> DeltaReport:
    """Write what leads from one checkpoint to another, and back, as one file.

    Args:
        one, other: folders or single files; their bytes come back as they are.
        output: the file to write.
        factors: finds the product of low rank that a tensor's change is, from its name, both tensors and
            the rank; by default as in `delta/factors.py`.

    Raises:
        CheckpointError: a side is not there, or damaged.
        OutputError: the output cannot be written.
        UnsupportedError: a file or a tensor has a name that a delta cannot list.
    """
    sides = contents(one), contents(other)
    if not sides[0].is_folder and not sides[1].is_folder:
        # Two versions of one file, whatever they are called.
        sides = contents(one, next(iter(sides[1].files))), sides[1]
    for side in sides:
        _check_names(side)
    place = expanded(output)
    with output_file(place, [side.path for side in sides], force=force) as built:
        spill = Spill(built.parent)
        delta = _encoded(sides, spill, factors, workers, progress)
        for side in sides:
            _check_unchanged(side)
        delta.write(built)
        nbytes = built.stat().st_size
    return _report(sides, delta, str(output), nbytes)


def _encoded(
    sides: tuple[SideContents, SideContents],
    spill: Spill,
    factors: Factors,
    workers: int | None,
    progress: Progress | None,
) -> Delta:
    twins = _twins(*sides)
    alone = tuple([piece for key, piece in side.pieces.items() if key not in twins] for side in sides)
    # What has no twin is hashed, and read again if it is not the same as something on the other side.
    total = sum(each.read_bytes for each in twins.values())
    total += 2 * sum(piece.read_bytes for pieces in alone for piece in pieces)
    bench = Bench(workers, working_limit(), Meter(total, progress))

    def carried_out(jobs: Sequence[EncodeJob]) -> list[Recipe]:
        return bench(jobs, lambda job: encode(job, spill, factors))

    drafts = {draft.key: draft for draft in carried_out([*twins.values()])}
    hashes = (
        {key: draft.source_hash for key, draft in drafts.items()} | _hashed(alone[0], bench),
        {key: draft.hash for key, draft in drafts.items()} | _hashed(alone[1], bench),
    )
    jobs = _jobs(sides[1], sides[0], hashes[1], hashes[0])
    recipes = drafts | {
        each.key: each for each in carried_out([job for job in jobs if not _is_drafted(job, drafts)])
    }
    forward = [recipes[job.piece.key] for job in jobs]
    led_back = {each.source for each in forward if each.method in BOTH_WAYS}
    left = {key: piece for key, piece in sides[0].pieces.items() if key not in led_back}
    back = carried_out(_jobs(sides[0], sides[1], *hashes, only=left))
    base, target = (ListedSide.of(side, own) for side, own in zip(sides, hashes, strict=True))
    return Delta(base, target, tuple(forward), tuple(back), f"lorasurgery {version('lorasurgery')}")


def _twins(one: SideContents, other: SideContents) -> dict[Key, EncodeJob]:
    """Pair pieces of one name, shape and dtype, which are read, hashed and encoded in one pass."""
    jobs = {key: EncodeJob(piece, one.pieces.get(key)) for key, piece in other.pieces.items()}
    return {key: job for key, job in jobs.items() if job.is_alike}


def _hashed(pieces: Sequence[Piece], bench: Bench) -> dict[Key, str]:
    return {piece.key: found for piece, found in zip(pieces, bench(pieces, Piece.hash), strict=True)}


def _is_drafted(job: EncodeJob, drafts: Mapping[Key, Recipe]) -> bool:
    """Whether a piece was encoded from the very source that it is to have."""
    key = job.piece.key
    return key in drafts and job.source is not None and job.source.key == key


def _jobs(
    side: SideContents,
    other: SideContents,
    hashes: Mapping[Key, str],
    other_hashes: Mapping[Key, str],
    only: Mapping[Key, Piece] | None = None,
) -> list[EncodeJob]:
    """Find for each piece of a side what it is made from: an equal piece, or the one of its name."""
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


def _check_names(side: SideContents) -> None:
    """Refuse names of files that `apply` would refuse, and the name of a tensor that stands for a header."""
    names = [name for name in side.files if not can_be_listed(name)]
    names += [each.name for file in side.files.values() for each in file.pieces[1:] if each.name == BYTES]
    if names:
        raise UnsupportedError(
            f"{side.name} has {listed(list(map(shortened, names)))}, a name that other systems or a delta "
            "cannot hold; rename it, without any of / \\ : and in UTF-8."
        )


def _check_unchanged(side: SideContents) -> None:
    """Refuse a side that was written to since its headers were read."""
    for file in side.files.values():
        place = file.pieces[0].tensor.place
        if place is not None:
            place.stamp.check(file.path, file.path.stat())


def _report(sides: tuple[SideContents, SideContents], delta: Delta, output: str, nbytes: int) -> DeltaReport:
    def piece(recipe: Recipe) -> EncodedPiece:
        own = sides[1].pieces[recipe.key]
        return EncodedPiece(own.title, recipe.method, own.tensor.nbytes, recipe.nbytes)

    return DeltaReport(
        base=sides[0].name,
        target=sides[1].name,
        output=output,
        nbytes=nbytes,
        target_nbytes=delta.target.nbytes,
        back_nbytes=sum(recipe.nbytes for recipe in delta.back)
        + sum(
            recipe.parts[name].nbytes
            for recipe in delta.forward
            for name in ("back", "grown")
            if name in recipe.parts
        ),
        pieces=[piece(recipe) for recipe in delta.forward],
    )
