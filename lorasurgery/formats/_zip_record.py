"""A record in a ZIP archive at the end of a file, for what the file's format has no place for.

A file that torch saved is such an archive, of which `torch.load` reads the records that it knows, as long as
all of them are in one folder. ONNX
Runtime reads its container as far as the container's own tables lead, and an archive behind it is not looked
at.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

RECORD = "lorasurgery.json"
# What is read of a record at most: a header has a few hundred bytes.
MAX_NBYTES = 2**16


def add_record(file: Path | IO[bytes], texts: Mapping[str, str]) -> None:
    """Append texts by key; nothing where there are none. The same texts give the same bytes."""
    if texts:
        with zipfile.ZipFile(file, "a") as archive:
            folder = next((name.partition("/")[0] + "/" for name in archive.namelist()), "")
            archive.writestr(zipfile.ZipInfo(folder + RECORD), json.dumps(dict(sorted(texts.items()))))


def record_in(path: Path) -> dict[str, object]:
    """Read the texts of a file; none where it has no record, or one that is not ours."""
    try:
        with zipfile.ZipFile(path) as archive:
            record = next((name for name in archive.namelist() if Path(name).name == RECORD), None)
            if record is None or archive.getinfo(record).file_size > MAX_NBYTES:
                return {}
            found = json.loads(archive.read(record))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, RuntimeError, NotImplementedError):
        return {}
    return found if isinstance(found, dict) else {}
