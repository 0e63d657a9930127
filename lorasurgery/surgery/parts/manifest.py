"""The manifest of a part: what it was made of, and the hashes of all that is in it.

`part.json` stands in the folder of every pass of a part. Its own hash covers all of it, so that a byte
that changed on the way shows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint import write_text
from lorasurgery.errors import DamagedFileError
from lorasurgery.foreign import json_of, reading
from lorasurgery.surgery.parts.manifest_checks import check_manifest
from lorasurgery.surgery.parts.part import Part
from lorasurgery.surgery.parts.recorded_call import RecordedCall

MANIFEST, VERSION = "part.json", 1
# How the states of files begin among the inputs of a run.
FILE = "file "


@dataclass(frozen=True)
class RunIdentity:
    """What all parts of a run have in common.

    Attributes:
        tool: the version of this program.
        call: the verb and its options.
        inputs: the fingerprint of each input, by what it is, and the state of each of its files.
        count: into how many parts the run is divided.
    """

    tool: str
    call: RecordedCall
    inputs: Mapping[str, str]
    count: int

    def differences(self, other: RunIdentity) -> list[str]:
        """Say in what this run is another one; nothing where it is the same."""
        found = []
        if self.tool != other.tool:
            found.append(f"was written by lorasurgery {self.tool} and not by {other.tool}")
        if call := self.call.difference(other.call):
            found.append(call)
        changed = [name for name in sorted({*self.inputs, *other.inputs}) if not self._has(name, other)]
        if not call:
            found += self._of_inputs(changed, other)
        if self.count != other.count:
            found.append(f"is one of {self.count} parts and not of {other.count}")
        return found

    def _of_inputs(self, changed: list[str], other: RunIdentity) -> list[str]:
        """Say which inputs are others, or else of which a file was written to meanwhile."""
        if models := [name for name in changed if not name.startswith(FILE)]:
            return [f"was made from another {' and another '.join(models)}"]
        if not changed:
            return []
        name, more = changed[0].removeprefix(FILE), len(changed) - 1
        then, now = (each.inputs.get(changed[0], "nothing") for each in (self, other))
        others = f", and {more} more files" if more else ""
        return [
            f"read {name} with {then}, and it has {now} now{others} (a file that nothing changed in gets its "
            "time back by `touch -d 'TIME UTC'`)"
        ]

    def _has(self, name: str, other: RunIdentity) -> bool:
        return self.inputs.get(name) == other.inputs.get(name)


@dataclass(frozen=True)
class PartManifest:
    """What one pass of a part holds.

    Attributes:
        number: of the pass, from 1 on.
        files: the BLAKE3 hash of each small file.
        tensors: for each file of weights, the hash of each of its tensors.
        content: what the verb needs to know of it besides.
    """

    identity: RunIdentity
    part: Part
    number: int
    files: Mapping[str, str] = field(default_factory=dict)
    tensors: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write the manifest into the folder of its pass."""
        content = {"version": VERSION, **asdict(self)}
        write_text(folder / MANIFEST, json.dumps({**content, "hash": _hash(content)}, indent=1) + "\n")

    @property
    def same_content(self) -> tuple[object, ...]:
        """What two copies of one pass of a part agree in."""
        return self.identity, self.part, self.number, self.files, self.tensors, self.content


def read_manifest(folder: Path) -> PartManifest:
    """Read the manifest of a pass.

    Raises:
        DamagedFileError: it is absent, or not as it was written.
    """
    path = folder / MANIFEST
    content = json_of(path)
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise DamagedFileError(f"{path} is not the manifest of a part that this version knows.")
    stated = content.pop("hash", "")
    if stated != _hash(content):
        raise DamagedFileError(f"{path} was changed since it was written.")
    with reading(path, "the manifest of a part"):
        check_manifest(content)
        return _manifest_of(content)


def _manifest_of(content: Mapping[str, Any]) -> PartManifest:
    identity = content["identity"]
    return PartManifest(
        RunIdentity(
            identity["tool"], RecordedCall(**identity["call"]), identity["inputs"], identity["count"]
        ),
        Part(**content["part"]),
        content["number"],
        content["files"],
        content["tensors"],
        content["content"],
    )


def _hash(content: Mapping[str, Any]) -> str:
    from blake3 import blake3

    return blake3(json.dumps(content, sort_keys=True).encode()).hexdigest()


def file_hash(path: Path) -> str:
    """Return the BLAKE3 hash of a whole file."""
    from blake3 import blake3

    found = blake3()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            found.update(piece)
    return found.hexdigest()
