"""What lies beside an adapter's tensors: files of settings, and numbers in them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from lorasurgery.errors import DamagedFileError


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping, of plain values alone.

    Raises:
        DamagedFileError: it is not one.
    """
    import yaml  # type: ignore[import-untyped]

    try:
        content = yaml.safe_load(path.read_bytes())
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedFileError(f"{path} is not valid YAML: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(content, dict):
        raise DamagedFileError(f"{path} is not a YAML mapping.")
    return content


def number(path: Path, key: str, value: Any) -> float:
    """A setting that is a finite number.

    Raises:
        DamagedFileError: it is not one.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        raise DamagedFileError(f"{path}: {key} is {str(value)[:60]!r}, and should be a number.")
    return float(value)


def count(path: Path, key: str, value: Any) -> int:
    """A setting that counts something of which there is at least one.

    Raises:
        DamagedFileError: it does not.
    """
    if type(value) is not int or value < 1:
        raise DamagedFileError(f"{path}: {key} is {str(value)[:60]!r}, and should be a number from 1.")
    return value
