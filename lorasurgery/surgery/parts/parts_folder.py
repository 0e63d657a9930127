"""The folder `OUT.parts` next to an output: the passes of its parts, each whole or absent.

OUT.parts/3-of-8          what part 3 of 8 made
OUT.parts/3-of-8.pass-2   what it made once the first passes of all parts were there
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.checkpoint.output import PARTS
from lorasurgery.checkpoint.workplace import WORK_MARK, beside
from lorasurgery.errors import CheckpointError
from lorasurgery.surgery.parts.manifest import MANIFEST, PartManifest, RunIdentity, file_hash, read_manifest
from lorasurgery.surgery.parts.part import Part


@dataclass(frozen=True)
class StoredPass:
    """One pass of a part, in its folder."""

    folder: Path
    manifest: PartManifest

    @property
    def part(self) -> Part:
        return self.manifest.part

    @property
    def label(self) -> str:
        """What messages call it: its folder in the folder of all parts."""
        return f"{self.folder.parent.name}/{self.folder.name}"


@dataclass(frozen=True)
class StoredPasses:
    """All passes that are in a folder, and why some of its folders are none."""

    found: tuple[StoredPass, ...]
    unreadable: tuple[str, ...] = ()

    def of(self, part: Part) -> list[StoredPass]:
        """Return the passes of a part, in order."""
        return sorted(
            (each for each in self.found if each.part == part), key=lambda each: each.manifest.number
        )


def parts_folder(target: Path) -> Path:
    """Return the folder that holds the parts of an output."""
    return beside(target, PARTS)


def pass_folder(target: Path, part: Part, number: int) -> Path:
    """Return the folder of a pass of a part."""
    name = part.name if number == 1 else f"{part.name}.pass-{number}"
    return parts_folder(target) / name


def own_folders(target: Path, part: Part) -> list[Path]:
    """Return the folders of all passes of a part that are there."""
    first = pass_folder(target, part, 1)
    return [
        each for each in (first, *first.parent.glob(f"{first.name}.pass-*")) if (each / MANIFEST).is_file()
    ]


def stored_passes(folder: Path) -> StoredPasses:
    """Read the manifests of all passes in a folder; of several copies of one pass, one."""
    found: list[StoredPass] = []
    unreadable = []
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not each.is_dir() or (each / WORK_MARK).exists() or not (each / MANIFEST).exists():
            continue
        try:
            manifest = read_manifest(each)
        except FileNotFoundError:  # `assemble` is removing it
            continue
        except CheckpointError as error:
            unreadable.append(str(error).removesuffix("."))
            continue
        if not any(manifest.same_content == other.manifest.same_content for other in found):
            found.append(StoredPass(each, manifest))
    return StoredPasses(tuple(found), tuple(unreadable))


def foreign(passes: Iterable[StoredPass], identity: RunIdentity) -> Iterator[str]:
    """Say which passes are of another run, and in what."""
    for each in passes:
        if differences := each.manifest.identity.differences(identity):
            yield f"{each.label} {'; '.join(differences)}"


def doubled(passes: Sequence[StoredPass]) -> Iterator[str]:
    """Say which passes are there twice with different contents."""
    seen: dict[tuple[Part, int], StoredPass] = {}
    for each in passes:
        first = seen.setdefault((each.part, each.manifest.number), each)
        if first is not each:
            yield f"{first.label} and {each.label} are both part {each.part}, and differ"


def damaged(passes: Iterable[StoredPass]) -> Iterator[str]:
    """Say which small files of passes are absent, or were changed since they were written."""
    for each in passes:
        for name, stated in each.manifest.files.items():
            path = each.folder / name
            if not path.is_file():
                yield f"{each.label}/{name} is not there"
            elif file_hash(path) != stated:
                yield f"{each.label}/{name} was changed since it was written"
