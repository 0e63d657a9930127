"""What a format of adapter files is: how it is recognised, read and, for most, written.

Every format's file or folder ends in one value of this class, called `FORMAT`. It is a value and
not the module itself, because most members have a default: a format that is only read states its
name and two functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from lorasurgery.adapter import Adapter, Host

# What a reader may be given besides the path and the host.
ReadOption = Literal["alpha", "experts_order", "keep"]


class Recognise(Protocol):
    """Find the adapter of this format at a path, by content.

    Gives the adapter's folder or file, or None where the path holds none of this format.
    """

    def __call__(self, path: Path, /) -> Path | None: ...


class Write(Protocol):
    """Write an adapter into an existing folder, or to a new file where the format has a suffix.

    `progress` is given the bytes of each tensor once they are written.
    """

    def __call__(
        self, adapter: Adapter, target: Path, progress: Callable[[int], None] | None = None, /
    ) -> None: ...


class Refusals(Protocol):
    """Say, in sentences, what of an adapter a format cannot carry."""

    def __call__(self, adapter: Adapter, /) -> Iterable[str]: ...


class Refusal(Protocol):
    """Say why a format cannot hold a change to this module of a model; None where it can."""

    def __call__(self, host: Host, path: str, /) -> str | None: ...


@dataclass(frozen=True)
class Format:
    """A format of adapter files.

    Reading:
        name: the name of the format's file or folder here.
        recognise: see `Recognise`.
        read: reads the adapter at a path that was recognised, from headers alone: `read(path,
            host)`, and by keyword the options that `takes` lists: `alpha` where the file does not
            store the scale, `experts_order` where fused experts are packed in one of two orders,
            `keep` where modules can be left out while reading.
        family_of: names the family of models that an adapter is for, where its names show it.
        names_one_of_several: whether a path that does not exist stands for one of several adapters
            in a file.

    Writing:
        write: see `Write`; None where the format is only read.
        suffix: the suffix of the file that is written; None where it is a folder.
        holds: the classes of factors that can be written.
        widens: the last names of modules whose factors may be for more inputs than the base has.
        holds_vectors: whether a change of a vector (the weight of a norm) can be written.
        adds_changes: whether the files have what is added to norms and biases, and no new values of them.
        recast: gives an adapter's modules the names and the packing that the format's files have,
            where a table has them; before anything is refused or written.
        refusals: what of an adapter, besides the class of its factors, cannot be written.
        notes_of: what of an adapter some of the programs that read such files leave out.
        module_refusal: why a module cannot have low-rank factors.
        token_rows_refusal: why single rows of a module's weight cannot be replaced.
        writes_unresolved: whether an adapter can be written although something about it is unknown
            (`Adapter.unresolved`).
    """

    name: str
    recognise: Recognise
    read: Callable[..., Adapter]
    takes: tuple[ReadOption, ...] = ()
    family_of: Callable[[Adapter], str] = lambda _: ""
    names_one_of_several: Callable[[Path], bool] = lambda _: False
    write: Write | None = None
    suffix: str | None = None
    holds: tuple[type, ...] = ()
    widens: tuple[str, ...] = ()
    holds_vectors: bool = False
    adds_changes: bool = False
    recast: Callable[[Adapter], Adapter] = lambda adapter: adapter
    refusals: Refusals = lambda _: ()
    notes_of: Callable[[Adapter], Iterable[str]] = lambda _: ()
    module_refusal: Refusal = lambda *_: None
    token_rows_refusal: Refusal = lambda *_: "it has no rows of tokens"
    writes_unresolved: Callable[[Adapter], bool] = lambda _: False

    @property
    def needs_alpha(self) -> bool:
        """Whether the files do not store the scale, so that alpha may have to be given."""
        return "alpha" in self.takes

    @property
    def is_written(self) -> bool:
        """Whether adapters of this format can be written, and not only read."""
        return self.write is not None
