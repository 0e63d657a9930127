"""Where an output goes: the path that the user gives, checked against what it will be, folder or file."""

from __future__ import annotations

import os
from pathlib import Path

from lorasurgery.checkpoint.folder import WEIGHT_SUFFIXES
from lorasurgery.errors import OutputError
from lorasurgery.paths import StrPath, expanded

# What a name that ends so is taken for by everybody: one file of weights.
FILE_SUFFIXES = (*WEIGHT_SUFFIXES, ".onnx_adapter")


def _here(output: StrPath) -> Path:
    """The path of an output, which is on this machine.

    Raises:
        OutputError: an address is given.
    """
    if "://" in os.fspath(output):
        raise OutputError(
            f"{output} is an address, and outputs are written to this machine: give a folder, and copy it "
            "there afterwards, by `aws s3 cp --recursive` or `hf upload`."
        )
    return expanded(output)


def folder_target(output: StrPath | None, default: StrPath, what: str) -> Path:
    """The folder that is written.

    Args:
        what: what the output is, as a plural: `merged models`.

    Raises:
        OutputError: the name is a file's.
    """
    if output is None:
        return Path(default)
    target = _here(output)
    if target.suffix.lower() in FILE_SUFFIXES and not os.fspath(output).endswith(os.sep):
        raise OutputError(
            f"{target} is a file's name, and {what} are folders: name it {target.with_suffix('')}, "
            f"or write {target}{os.sep} if a folder is to have that name."
        )
    return target


def file_target(output: StrPath | None, default: StrPath, suffix: str, what: str) -> Path:
    """The file that is written: as the user says, with the format's suffix where the user gave none.

    Args:
        what: what the output is, as a plural: `kohya adapters`.

    Raises:
        OutputError: the name is another kind of file's, or a folder's.
    """
    target = _here(output if output is not None else default)
    if output is not None and os.fspath(output).endswith(os.sep):
        raise OutputError(
            f"{output} is a folder's name, and {what} are single files: name it {target}{suffix}."
        )
    if output is not None and target.suffix != suffix and target.suffix.lower() in FILE_SUFFIXES:
        raise OutputError(
            f"{target} ends in {target.suffix}, and {what} are {suffix} files: name it "
            f"{target.with_suffix(suffix)}."
        )
    return target if target.suffix == suffix else target.with_name(target.name + suffix)
