"""What to say of a name under which there is nothing: what was expected, and what may have been meant."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from lorasurgery.errors import NotACheckpointError
from lorasurgery.paths import expanded

NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
# A name in the same folder that is as like as this was probably meant.
LIKE = 0.75


def absent(name: str, expected: str) -> str:
    """A line on a path that is not there.

    Args:
        expected: what it should have been, as in "a model's folder".
    """
    return f"'{name}' does not exist ({expected} is expected, or a Hub name like org/name).{_meant(name)}"


def absent_adapter(name: str) -> str:
    """The same of an adapter, whose weight may stand in the wrong place."""
    left, sign, right = name.rpartition("=")
    if is_weight(name):
        return (
            f"'{name}' does not exist. If it is the weight of an adapter, write it behind a colon: "
            f"ADAPTER:{name}."
        )
    if sign and is_weight(right):
        return f"'{name}' does not exist. The weight of an adapter follows a colon: {left}:{right}."
    return absent(name, "an adapter's folder or file")


def is_weight(name: str) -> bool:
    """Whether a name is nothing but a number."""
    return NUMBER.fullmatch(name) is not None


def _meant(name: str) -> str:
    if "\\" in name:
        return " Paths are written with / here, as in folder/name."
    if "huggingface.co/" in name or "hf.co/" in name:
        return " This is not the address of a model on the Hub."
    if "://" in name:
        return (
            " Addresses that can be read begin with s3://, gs://, az://, https:// or http://; of others, "
            "download the file and give its path."
        )
    return near_path(name)


def near_path(name: str) -> str:
    """Return a sentence with an existing path of almost this name, or nothing."""
    path = expanded(name)
    try:
        beside = [each.name for each in path.parent.iterdir()]
    except OSError:  # the folder is not there either
        return ""
    near = difflib.get_close_matches(path.name, sorted(beside), n=1, cutoff=LIKE)
    return f" Did you mean '{Path(name).with_name(near[0])}'?" if near and path.name else ""


def refuse_pipe(path: Path) -> None:
    """Refuse what is there and is neither a file nor a folder, before it is opened: a pipe would wait.

    Raises:
        NotACheckpointError: it is a pipe, a socket or a device.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise NotACheckpointError(
            f"{path} is neither a file nor a folder; a pipe or a device cannot be read twice."
        )
