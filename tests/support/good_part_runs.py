"""A good merge in parts, and what is to come of it when a forger had its manifests."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from pathlib import Path

from lorasurgery.errors import SurgeryError
from support.good_arguments import good_inputs
from support.good_deltas import files_in


def good_parts(folder: Path) -> list[Path]:
    """A merge in two parts, and the same in one run."""
    from lorasurgery import merge

    good_inputs(folder)
    for part in ("1/2", "2/2"):
        merge(folder / "base", [folder / "adapter"], folder / "out", part=part)
    merge(folder / "base", [folder / "adapter"], folder / "whole")
    manifests = sorted((folder / "out.parts").rglob("part.json"))
    weights = sorted(path for path in (folder / "out.parts").rglob("*") if path.is_file())
    return [*manifests * 4, *weights]


def join_parts(folder: Path) -> None:
    """Assemble parts whose manifests have the hashes that a forger gives them: the single run, or a line."""
    from lorasurgery import assemble
    from lorasurgery.surgery.parts.manifest import _hash

    with tempfile.TemporaryDirectory() as scratch:
        parts, output = Path(scratch) / "out.parts", Path(scratch) / "out"
        shutil.copytree(folder / "out.parts", parts)
        for path in sorted(parts.rglob("part.json")):
            with contextlib.suppress(Exception):  # no forger can sign what has no structure
                content = json.loads(path.read_bytes())
                content.pop("hash", None)
                path.write_text(json.dumps({**content, "hash": _hash(content)}))
        try:
            assemble(output)
        except SurgeryError:
            assert not output.exists()
            raise
        weights = "model.safetensors"
        assert files_in(output)[weights] == files_in(folder / "whole")[weights], "other numbers"
