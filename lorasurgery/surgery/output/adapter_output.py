"""Put an adapter in place: in its format, whole or not at all, and only once it has been read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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
from lorasurgery.formats import Format
from lorasurgery.paths import StrPath
from lorasurgery.surgery.output.finite import refuse_non_finite
from lorasurgery.surgery.output.read_back import prove
from lorasurgery.surgery.output.target import file_target, folder_target
from lorasurgery.variants.edit import nbytes, variant_of
from lorasurgery.variants.replaced_vector import ReplacedVectorFactors


@dataclass(frozen=True)
class AdapterTarget:
    """Where an adapter is written before it is put in place, with a scratch file for factors next to it."""

    form: Format
    path: Path
    spill: Spill

    def write(self, adapter: Adapter, *, proven: bool = True) -> None:
        """Write the adapter and read it back, unless nobody asks for that.

        Raises:
            NumericError: it has a NaN or an infinity.
            OutputError: it does not read back as it was meant.
        """
        refuse_non_finite(adapter)
        check_space(self.path, nbytes_of(adapter))
        assert self.form.write is not None, f"{self.form.name} is only read"
        self.form.write(adapter, self.path)
        if proven:
            prove(self.form, self.path, adapter)

    def write_card(self, text: str) -> None:
        """Write a model card into the adapter's folder, if it is one."""
        if self.path.is_dir():
            write_text(self.path / "README.md", text)


def format_for(name: str) -> Format:
    """The module of a format that can be written.

    Raises:
        UnsupportedError: it is only read.
    """
    form = formats.load(name)
    if not form.is_written:
        raise UnsupportedError(
            f"{name} adapters are read and not written; choose another format with --format: "
            f"{', '.join(formats.written())}."
        )
    return form


def target_of(form: Format, output: StrPath | None, default: str) -> Path:
    """Where the output goes: a file or a folder, as the format has it.

    Raises:
        OutputError: the name is that of something else.
    """
    what = f"{form.name} adapters"
    if form.suffix:
        return file_target(output, default, form.suffix, what)
    return folder_target(output, default, what)


def check_target(form: Format, target: Path, inputs: Iterable[Path], *, force: bool) -> None:
    """Refuse an output that would overwrite something, before any work starts."""
    check = check_output_file if form.suffix else check_output
    check(target, inputs, force=force)


@contextmanager
def placing(form: Format, target: Path, inputs: Iterable[Path], *, force: bool) -> Iterator[AdapterTarget]:
    """A place to write an adapter to, which becomes the output when the block ends well.

    Raises:
        OutputError: see `check_output`.
    """
    if form.suffix:
        with output_file(target, inputs, force=force) as path:
            yield AdapterTarget(form, path, Spill(path.parent))
        return
    with output_folder(target, inputs, force=force) as folder:
        yield AdapterTarget(form, folder, Spill(folder))


def nbytes_of(adapter: Adapter) -> int:
    """What the adapter's tensors take."""
    return whole_nbytes(adapter) + sum(map(nbytes, adapter.modules.values()))


def whole_nbytes(adapter: Adapter) -> int:
    """What the parameters and rows take that an adapter replaces."""
    whole = sum(tensor.nbytes for tensor in adapter.replaced.values())
    return whole + sum(rows.rows.nbytes for rows in adapter.token_rows.values())


def refuse_what_it_cannot_carry(form: Format, name: str, adapter: Adapter) -> None:
    """Raise all of a format's refusals as one error.

    Raises:
        UnsupportedError: with the reasons.
    """
    reasons: list[str] = [
        *_strange_variants(form, name, adapter),
        *_vectors(form, name, adapter),
        *form.refusals(adapter),
    ]
    if unresolved := unresolved_for(form, adapter):
        reasons = [*reasons, unresolved]
    if reasons:
        others = len(reasons) - 1
        more = f" ({others} more reason{'s' if others > 1 else ''} like it)" if others else ""
        raise UnsupportedError(f"This adapter cannot be written as {name}: {reasons[0]}{more}")


def unresolved_for(form: Format, adapter: Adapter) -> str:
    """Say what a format needs to know of an adapter and does not; it writes its own names as they are."""
    return "" if form.writes_unresolved(adapter) else adapter.unresolved


def _vectors(form: Format, name: str, adapter: Adapter) -> list[str]:
    """Refuse changes of vectors in formats without a place for them.

    A change of a norm's weight is a matrix of one column here, which such formats would take for
    that of a linear layer.
    """
    vectors = sorted(
        path
        for path, factors in adapter.modules.items()
        if adapter.is_vector(path) and not isinstance(factors, ReplacedVectorFactors)
    )
    if form.holds_vectors or not vectors:
        return []
    return [
        f"{vectors[0]!r} ({len(vectors)} in all) is a change of a vector, a norm's weight, for which "
        f"{name} has no place: "
        "write comfyui, or merge it into the base."
    ]


def _strange_variants(form: Format, name: str, adapter: Adapter) -> list[str]:
    strange = {variant_of(each) for each in adapter.modules.values() if not isinstance(each, form.holds)}
    return [
        f"{name} has no room for {variant}; convert it --to lora, or write it with --format peft."
        for variant in sorted(strange)
    ]
