"""What the files of targets have in common: where their facts are from, and how they are written."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from pathlib import Path
from typing import Any


def source_of_wheel(wheel: Path, repository: str) -> dict[str, str]:
    """Repository, version, commit, date and hash of a wheel: what every fact of its file rests on."""
    name, version = wheel.name.split("-")[:2]
    with zipfile.ZipFile(wheel) as archive:
        made = max(each.date_time for each in archive.infolist() if each.filename.endswith(".py"))
        stated = next((each for each in archive.namelist() if each == f"{name}/_version.py"), None)
        text = archive.read(stated).decode() if stated else ""
    commit = re.search(r"commit_id = 'g?([0-9a-f]+)'", text)
    return {
        "repository": repository,
        "wheel": wheel.name,
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "version": version,
        "date": "{:04}-{:02}-{:02}".format(*made[:3]),
    } | ({"commit": commit[1]} if commit else {})


def write_facts(path: Path, facts: dict[str, Any]) -> None:
    """One line for each class, so that what a release changes is what `git diff` shows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for key, value in facts.items():
        if key == "classes":
            inner = ",\n".join(f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in value.items())
            lines.append(f' "classes": {{\n{inner}\n }}')
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
