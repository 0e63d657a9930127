"""What is printed where a command, or one of several inputs, fails: one line on stderr."""

from __future__ import annotations

import sys

import click

from lorasurgery.errors import SurgeryError
from lorasurgery.text import printable

# Modules that are installed under another name than they are imported by.
OTHER_NAMES = {"PIL": "pillow", "onnx_ir": "onnx-ir", "yaml": "pyyaml"}


def message_of(error: BaseException) -> str | None:
    """Return the message of an error that a user can cause, None for one that only we can cause."""
    if isinstance(error, SurgeryError):
        return str(error)
    if isinstance(error, MemoryError):
        return "The memory is exhausted; try --workers 1, or a machine with more."
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror or error}."
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("lorasurgery"):
        module = error.name.partition(".")[0]
        package = OTHER_NAMES.get(module, module)
        return f"This needs the package {package}, which is not installed: pip install {package}."
    return None


def print_error(message: str) -> None:
    """Print a message on stderr."""
    label = click.style("error:", fg="red", bold=True) if sys.stderr.isatty() else "error:"
    print(f"{label} {printable(message)}", file=sys.stderr)
