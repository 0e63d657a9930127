"""Files of settings next to an adapter's tensors, and the numbers in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lorasurgery.errors import DamagedFileError
from lorasurgery.foreign import is_number, quoted, reading, shortened

# Settings have some kilobytes, and the package reads a megabyte a second.
MAX_YAML_BYTES = 1_000_000
# No model has more layers, heads or ranks.
MOST = 2**31 - 1


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping of plain values.

    Raises:
        DamagedFileError: it is not one.
    """
    import yaml  # type: ignore[import-untyped]

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """Load plain values, without merge keys (`<<`): a few lines of those can make any number."""

        def flatten_mapping(self, node: Any) -> None:
            if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
                raise ValueError("merge keys (<<) are not read; write the values out")

    nbytes = path.stat().st_size
    if nbytes > MAX_YAML_BYTES:
        raise DamagedFileError(f"{path} has {nbytes} bytes, too many for a file of settings.")
    with reading(path, "YAML"):
        try:
            content = yaml.load(path.read_bytes(), Loader)
        except yaml.YAMLError as error:
            reason = shortened(" ".join(str(error).split()), 200)
            raise DamagedFileError(f"{path} is not valid YAML: {reason}") from None
    if not isinstance(content, dict):
        raise DamagedFileError(f"{path} is not a YAML mapping.")
    return content


def number(path: Path, key: str, value: Any) -> float:
    """Return a setting that must be a finite number.

    Raises:
        DamagedFileError: it is not one.
    """
    if not is_number(value):
        raise DamagedFileError(f"{path}: {key} is {quoted(value)}, and should be a number.")
    return float(value)


def count(path: Path, key: str, value: Any) -> int:
    """Return a setting that must be a whole number of at least 1.

    Raises:
        DamagedFileError: it is not one, or more than a model has of anything.
    """
    if type(value) is not int or not 1 <= value <= MOST:
        raise DamagedFileError(f"{path}: {key} is {quoted(value)}, and should be a number from 1 to {MOST}.")
    return value
