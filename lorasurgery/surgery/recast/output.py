"""Put an adapter in place: in its format, whole or not at all, and only once it has been read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from lorasurgery import formats
from lorasurgery.adapter import Adapter
from lorasurgery.checkpoint import (
    Spill,
    check_output,
    check_output_file,
    check_space,
    output_file,
    output_folder,
    write_text,
)
from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.recast.proof import prove
from lorasurgery.variants.edit import nbytes

Written = Callable[[Adapter], None]


def format_for(name: str) -> ModuleType:
    """The module of a format that can be written.

    Raises:
        UnsupportedError: it is only read.
    """
    form = formats.load(name)
    if not hasattr(form, "write"):
        able = [each for each in formats.names() if hasattr(formats.load(each), "write")]
        raise UnsupportedError(f"{name} adapters are read and not written; written are {', '.join(able)}.")
    return form


def name_of(form: ModuleType) -> str:
    """What a format is called."""
    return form.__name__.rpartition(".")[2]


def target_of(form: ModuleType, output: str | None, default: str) -> Path:
    """Where the output goes: as the user says, with the format's suffix where it is one file and the user gave none."""
    target = Path(output if output is not None else default)
    suffix: str | None = getattr(form, "SUFFIX", None)
    return target.with_name(target.name + suffix) if suffix and target.suffix != suffix else target


def check_target(form: ModuleType, target: Path, inputs: Iterable[Path], *, force: bool) -> None:
    """Refuse an output that would overwrite something, before any work starts."""
    check = check_output_file if getattr(form, "SUFFIX", None) else check_output
    check(target, inputs, force=force)


@contextmanager
def placing(
    form: ModuleType, target: Path, inputs: Iterable[Path], *, force: bool
) -> Iterator[tuple[Spill, Written]]:
    """A scratch file for factors, and a function that writes the adapter, reads it back, and leaves it to be put in place.

    Raises:
        OutputError: see `check_output`; or what was written does not read back as it was meant.
    """
    if getattr(form, "SUFFIX", None):
        with output_file(target, inputs, force=force) as path:
            yield Spill(path.parent), lambda adapter: _write(form, path, adapter)
        return
    with output_folder(target, inputs, force=force) as folder:
        yield Spill(folder), lambda adapter: _write(form, folder, adapter)


def _write(form: ModuleType, path: Path, adapter: Adapter) -> None:
    check_space(path, nbytes_of(adapter))
    form.write(adapter, path)
    prove(form, path, adapter)


def nbytes_of(adapter: Adapter) -> int:
    """What the adapter's tensors take."""
    whole = sum(tensor.nbytes for tensor in adapter.replaced.values())
    rows = sum(rows.rows.nbytes for rows in adapter.token_rows.values())
    return whole + rows + sum(map(nbytes, adapter.modules.values()))


def refuse_what_it_cannot_carry(form: ModuleType, name: str, adapter: Adapter) -> None:
    """Raise all of a format's refusals as one error.

    Raises:
        UnsupportedError: with the reasons.
    """
    reasons: list[str] = form.refusals(adapter)
    if adapter.unresolved:
        reasons = [*reasons, adapter.unresolved]
    if reasons:
        more = f" ({len(reasons) - 1} more reasons like it)" if len(reasons) > 1 else ""
        raise UnsupportedError(f"This adapter cannot be written as {name}: {reasons[0]}{more}")


def write_card(folder: Path, text: str) -> None:
    """Put a model card beside an adapter that is a folder."""
    write_text(folder / "README.md", text)
