"""Files that PEFT and transformers write through safetensors: a disk that fails is a line, and
others may read what they may read elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lorasurgery.checkpoint import open_checkpoint, write_safetensors
from lorasurgery.checkpoint.root import root_metadata
from lorasurgery.errors import OutputError, SurgeryError
from lorasurgery.formats.peft import WEIGHTS_FILE
from lorasurgery.quantisation import open_model
from lorasurgery.text import reason_of


@contextmanager
def written_by_libraries(folder: Path, target: Path) -> Iterator[None]:
    """Write into a folder that is to become `target`.

    Raises:
        OutputError: the disk did not take it; safetensors has an error of its own for that, and no
            OSError.
    """
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        raise OutputError(
            f"{target} could not be written: {reason_of(error)}. Free some space, or choose another place "
            "with -o."
        ) from None
    # safetensors makes its files for their owner alone, whatever the umask says; the folder was
    # made by the umask.
    readable = folder.stat().st_mode & 0o666
    for path in sorted(folder.rglob("*.safetensors")):
        path.chmod(readable)


def note_base(folder: Path, base: str) -> None:
    """Write the root hash of the base into the files of the adapters in a folder.

    A base that transformers alone can read has none, and what was trained is kept all the same.
    """
    try:
        root = open_model(base).root
    except SurgeryError:
        return
    for path in sorted(folder.rglob(WEIGHTS_FILE)):
        # Not by safetensors' own function, which writes several entries of metadata in any order.
        new = path.with_suffix(".new")
        write_safetensors(new, open_checkpoint(path).tensors, {"format": "pt", **root_metadata(lambda: root)})
        new.replace(path)
