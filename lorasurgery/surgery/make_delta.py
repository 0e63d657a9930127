"""Write a delta: one file from which B comes back byte for byte, given A, and A, given B.

Pieces that have one name, shape and dtype on both sides are hashed and encoded in one pass; all others are
hashed. What is the same somewhere on the other side, under whatever name and in whatever file, costs no
bytes. What remains is paired by name or by content, and encoded, many at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint import Spill, check_output_file, output_file
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.foreign import shortened
from lorasurgery.paths import StrPath, expanded
from lorasurgery.surgery.delta.delta_file import Delta, ListedSide
from lorasurgery.surgery.delta.delta_report import DeltaForecast, DeltaReport, EncodedPiece
from lorasurgery.surgery.delta.encode_jobs import encode_jobs, twins_of
from lorasurgery.surgery.delta.encode_piece import EncodeJob, encode, encoding_bytes
from lorasurgery.surgery.delta.factors import Factors, nearest_factors
from lorasurgery.surgery.delta.recipe import BOTH_WAYS, Recipe
from lorasurgery.surgery.delta.side_contents import (
    BYTES,
    Key,
    Piece,
    PieceToHash,
    SideContents,
    can_be_listed,
    contents,
)
from lorasurgery.surgery.delta.side_links import notes_of_links, refuse_broken_links
from lorasurgery.surgery.engines.engine import on_engines
from lorasurgery.surgery.engines.resume import resumable
from lorasurgery.surgery.parts.factor_part import FactorPart
from lorasurgery.surgery.parts.fingerprint import of_pieces
from lorasurgery.surgery.parts.part_plan import in_parts
from lorasurgery.surgery.parts.shared_bench import SharedBench
from lorasurgery.surgery.plan import at_once
from lorasurgery.surgery.workers import AnyBench, Bench, Meter, Progress, peak_nbytes, working_limit
from lorasurgery.text import listed

Sides = tuple[SideContents, SideContents]
Encode = Callable[[EncodeJob], Recipe]


@dataclass(frozen=True)
class DeltaPlan:
    """Two sides whose headers were read; nothing is compared yet. See `plan_make_delta`."""

    sides: Sides
    name: str
    factors: Factors
    force: bool
    workers: int | None
    progress: Progress | None

    def forecast(self) -> DeltaForecast:
        """Say what `run` would read, and its peak memory."""
        pieces = self._pieces
        working = [encoding_bytes(piece.tensor) for piece in pieces]
        return DeltaForecast(
            base=self.sides[0].name,
            target=self.sides[1].name,
            output=self.name,
            pieces=len(pieces),
            nbytes=sum(piece.read_bytes for piece in pieces),
            # A product is found by SVD where too few elements are near zero (`factors.py`), which only the
            # numbers tell; torch is for casts (`cast.py`).
            peak_nbytes=peak_nbytes(working, self.workers, torch=True),
            notes=notes_of_links(self.sides),
        )

    def run(self, progress: Progress | None = None) -> DeltaReport:
        """Write the delta."""
        twins = twins_of(*self.sides)
        # What has no twin is hashed, and read again if it is not the same as something on the other side.
        alone = [piece for piece in self._pieces if piece.key not in twins]
        total = sum(each.read_bytes for each in twins.values()) + 2 * sum(each.read_bytes for each in alone)
        return self.join(Bench(self.workers, working_limit(), Meter(total, progress or self.progress)))

    def join(self, bench: AnyBench) -> DeltaReport:
        """Write the delta; a bench of parts has all recipes from files."""
        with output_file(self.place_of_output, self.all_inputs, force=self.force) as built:
            spill = Spill(built.parent)
            delta = _encoded(self.sides, bench, lambda job: encode(job, spill, self.factors))
            for side in self.sides:
                _check_unchanged(side)
            delta.write(built)
            nbytes = built.stat().st_size
        return _report(self.sides, delta, self.name, nbytes)

    @property
    def _pieces(self) -> list[Piece]:
        return [piece for side in self.sides for piece in side.pieces.values()]

    # What parts of it need (see `parts/factor_part.py`).

    @property
    def place_of_output(self) -> Path:
        return expanded(self.name)

    @property
    def all_inputs(self) -> list[Path]:
        return [side.path for side in self.sides]

    def fingerprints(self) -> dict[str, str]:
        """Return the fingerprints of both sides: all names and sizes, and a sample of the bytes."""
        return {word: of_pieces(side) for word, side in zip(("A", "B"), self.sides, strict=True)}

    def unit_sizes(self) -> dict[str, int]:
        """Return the names of tensors and files, and the bytes of both sides."""
        sizes: Counter[str] = Counter()
        for piece in self._pieces:
            sizes[piece.unit] += piece.read_bytes
        return dict(sizes)

    def work_share(self, names: frozenset[str], bench: SharedBench, spill: Spill) -> None:
        """Encode and hash some pieces; once all are hashed, encode what had to wait for that."""
        drafted = _drafted(self.sides, bench, lambda job: encode(job, spill, self.factors))
        jobs = _jobs_left(self.sides, drafted)
        forward, _ = _completed(
            self.sides, drafted, jobs, bench, lambda job: _encoded_as_hashed(job, spill, self.factors), names
        )
        for side in self.sides:
            _check_unchanged(side)
        bench.expect([*jobs, *_jobs_back(self.sides, drafted, jobs, forward)])


@on_engines("diff")
@resumable("diff")
@in_parts("diff", FactorPart)
def plan_make_delta(
    one: StrPath,
    other: StrPath,
    output: StrPath,
    *,
    factors: Factors = nearest_factors,
    force: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> DeltaPlan:
    """Plan what leads from one checkpoint to another, and back, as one file; headers are read.

    Args:
        one, other: folders or single files; their bytes come back as they are.
        output: the file to write.
        factors: finds the product of low rank that a tensor's change is, from its name, both tensors and
            the rank; by default as in `delta/factors.py`.
        force: replace an output of an earlier run.
        workers: tensors at a time; by default one for each core.
        part, resume, engine: as for `merge`.
        progress: called with the bytes read so far and in all; True draws a bar.

    Raises:
        CheckpointError: a side is not there, or damaged.
        OutputError: the output cannot be written.
        UnsupportedError: a file or a tensor has a name that a delta cannot list, or a link leads nowhere.
    """
    sides = contents(one), contents(other)
    if not sides[0].is_folder and not sides[1].is_folder:
        # Two versions of one file, whatever they are called.
        sides = contents(one, next(iter(sides[1].files))), sides[1]
    for side in sides:
        _check_names(side)
        refuse_broken_links(side)
    check_output_file(expanded(output), [side.path for side in sides], force=force)
    return DeltaPlan(sides, str(output), factors, force, workers, progress)


make_delta = at_once(
    plan_make_delta, "make_delta", "Write what leads from one checkpoint to another, and back, as one file."
)


@dataclass(frozen=True)
class Drafted:
    """What the first pass over both sides found: the hashes of all pieces, and the recipes of twins."""

    recipes: Mapping[Key, Recipe]
    hashes: tuple[Mapping[Key, str], Mapping[Key, str]]

    def has(self, job: EncodeJob) -> bool:
        """Whether a piece was encoded from the very source that it is to have."""
        key = job.piece.key
        return key in self.recipes and job.source is not None and job.source.key == key


def _encoded(sides: Sides, bench: AnyBench, work: Encode) -> Delta:
    """Hash and encode all pieces."""
    drafted = _drafted(sides, bench, work)
    forward, back = _completed(sides, drafted, _jobs_left(sides, drafted), bench, work)
    base, target = (ListedSide.of(side, own) for side, own in zip(sides, drafted.hashes, strict=True))
    made = {recipe.key: recipe for recipe in forward}
    in_order = tuple(made[key] for key in sides[1].pieces)
    return Delta(base, target, in_order, tuple(back), f"lorasurgery {version('lorasurgery')}")


def _drafted(sides: Sides, bench: AnyBench, work: Encode) -> Drafted:
    """Encode and hash twins, and hash what has none."""
    twins = twins_of(*sides)
    alone = [
        PieceToHash(word, piece)
        for word, side in zip(("base", "target"), sides, strict=True)
        for piece in side.pieces.values()
        if piece.key not in twins
    ]

    def looked_at(job: EncodeJob | PieceToHash) -> Recipe | str:
        return job.hash() if isinstance(job, PieceToHash) else work(job)

    found: list[Any] = [*bench([*twins.values(), *alone], looked_at)]
    recipes: dict[Key, Recipe] = dict(zip(twins, found[: len(twins)], strict=True))
    hashes = (
        {key: draft.source_hash for key, draft in recipes.items()},
        {key: draft.hash for key, draft in recipes.items()},
    )
    for job, found_hash in zip(alone, found[len(twins) :], strict=True):
        hashes[job.side == "target"][job.piece.key] = found_hash
    return Drafted(recipes, hashes)


def _jobs_left(sides: Sides, drafted: Drafted) -> list[EncodeJob]:
    """Return the pieces of the target that no draft is of, each with its source."""
    base, target = drafted.hashes
    return [job for job in encode_jobs(sides[1], sides[0], target, base) if not drafted.has(job)]


def _jobs_back(
    sides: Sides, drafted: Drafted, jobs: Sequence[EncodeJob], forward: Sequence[Recipe]
) -> list[EncodeJob]:
    """Return the pieces of the base that nothing leads back to, whatever the jobs of other parts find.

    Another part that has done its jobs has encoded what these do not lead back to.
    """
    led_back = {each.source for each in forward if each.method in BOTH_WAYS}
    led_back |= {job.source.key for job in jobs if job.source is not None}
    rest = {key: piece for key, piece in sides[0].pieces.items() if key not in led_back}
    return encode_jobs(sides[0], sides[1], *drafted.hashes, only=rest)


def _completed(
    sides: Sides,
    drafted: Drafted,
    jobs: Sequence[EncodeJob],
    bench: AnyBench,
    work: Encode,
    names: frozenset[str] | None = None,
) -> tuple[list[Recipe], list[Recipe]]:
    """Encode what is left of the target, and what of the base no recipe leads back to.

    Args:
        jobs: for all that is left.
        names: the units whose pieces are encoded, as a part of a run does; by default all.
    """
    left = {job.piece.key for job in jobs}
    own = [job for job in jobs if names is None or job.unit in names]
    forward = [recipe for key, recipe in drafted.recipes.items() if key not in left] + bench(own, work)
    led_back = {each.source for each in forward if each.method in BOTH_WAYS}
    rest = {
        key: piece
        for key, piece in sides[0].pieces.items()
        if key not in led_back and (names is None or piece.unit in names)
    }
    return forward, bench(encode_jobs(sides[0], sides[1], *drafted.hashes, only=rest), work)


def _encoded_as_hashed(job: EncodeJob, spill: Spill, factors: Factors) -> Recipe:
    """Encode a piece whose hash another pass found, perhaps a day ago on another machine.

    Raises:
        DamagedFileError: its bytes, or those of its source, are no longer those.
    """
    if not job.is_unchanged:
        for piece, stated in ((job.piece, job.hash), (job.source, job.source_hash)):
            if piece is not None and piece.hash() != stated:
                raise DamagedFileError(
                    f"{piece.title!r} is not as it was when its first part was run: delete the parts, and "
                    "begin again once both sides are still."
                )
    return encode(job, spill, factors)


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
        notes=notes_of_links(sides),
    )
