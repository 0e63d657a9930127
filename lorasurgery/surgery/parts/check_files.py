"""Read files of weights that parts wrote, and hold every tensor against its hash in the manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lorasurgery.checkpoint.pages import read_bytes, will_need
from lorasurgery.checkpoint.rewrite import FilePlan
from lorasurgery.lazy import ByteRange
from lorasurgery.stamp import FileStamp
from lorasurgery.surgery.parts.file_share import FileShare, ranges_in
from lorasurgery.surgery.parts.parts_folder import StoredPass
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit

# Read at once.
PIECE_BYTES = 16 * 2**20


@dataclass(frozen=True)
class HashJob:
    """One tensor of a file, and its hash as the manifest states it."""

    file: str
    name: str
    place: ByteRange
    stated: str

    @property
    def working_bytes(self) -> int:
        return min(PIECE_BYTES, self.place.nbytes)

    @property
    def read_bytes(self) -> int:
        return self.place.nbytes

    def advise(self) -> None:
        will_need(self.place.path, self.place.offset, min(PIECE_BYTES, self.place.nbytes))


def changed_files(
    shares: Sequence[tuple[StoredPass, FileShare]],
    workers: int | None,
    progress: Progress | None,
    *,
    is_read: bool,
) -> list[str]:
    """Say which files of parts are absent, or not as they were written.

    Args:
        is_read: whether every byte is read; else only sizes and headers are compared.
    """
    reasons = [reason for stored, share in shares for reason in _outside(stored, share)]
    if reasons or not is_read:
        return reasons
    jobs = [job for stored, share in shares for plan in share.plans for job in _jobs(stored, plan)]
    bench = Bench(workers, working_limit(), Meter(sum(each.read_bytes for each in jobs), progress))
    return [f"{job.name!r} in {job.file} was changed" for job in bench(jobs, _changed) if job is not None]


def _outside(stored: StoredPass, share: FileShare) -> Iterator[str]:
    """Compare the size and the header of each file, and the names in it."""
    for plan in share.plans:
        path = stored.folder / plan.name
        if not path.is_file():
            yield f"{stored.label}/{plan.name} is not there"
        elif path.stat().st_size != plan.nbytes:
            yield f"{stored.label}/{plan.name} has {path.stat().st_size} bytes and not {plan.nbytes}"
        elif _header(plan, stored) != plan.header:
            yield f"the header of {stored.label}/{plan.name} was changed"
        elif stored.manifest.tensors.get(plan.name, {}).keys() != plan.parsed.entries.keys():
            yield f"{stored.label} does not list the tensors of {plan.name}"


def _header(plan: FilePlan, stored: StoredPass) -> bytes:
    with (stored.folder / plan.name).open("rb") as file:
        return file.read(len(plan.header))


def _jobs(stored: StoredPass, plan: FilePlan) -> Iterator[HashJob]:
    stated: Mapping[str, str] = stored.manifest.tensors[plan.name]
    for name, place in ranges_in(stored.folder / plan.name, plan):
        yield HashJob(f"{stored.label}/{plan.name}", name, place, stated[name])


def _changed(job: HashJob) -> HashJob | None:
    """Return the job where its tensor has another hash."""
    from blake3 import blake3

    found = blake3()
    stamp: FileStamp = job.place.stamp
    for start in range(0, job.place.nbytes, PIECE_BYTES):
        count = min(PIECE_BYTES, job.place.nbytes - start)
        found.update(read_bytes(job.place.path, stamp, job.place.offset + start, count).data)
    return None if found.hexdigest() == job.stated else job
