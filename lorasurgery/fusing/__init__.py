"""How the changes of several adapters become one: one file per method, named after it.

The folder is the registry: every file here whose name does not start with `_` is a method, and is
imported when somebody asks for it. A method has one function, for one matrix that several adapters
change:

    combine(parts, weights, options) -> Svd    of the fused ΔW, from the decompositions of the
                                               adapters' ΔWᵢ and their weights wᵢ

It fuses wᵢ ΔWᵢ: the overall scale that the papers call λ or α is a common factor of the weights,
and a negative weight is a change taken away. All is done in float64 on thin or small matrices; no
product of ΔW's size is formed. What rounding leaves of changes that cancel is cut off, so that the
rank of the answer is the rank of the result.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from types import ModuleType

from lorasurgery.errors import UnsupportedError


@dataclass(frozen=True)
class Options:
    """The options of fusing methods.

    Attributes:
        density: the share of entries that stays, of the methods that leave some out; by default the
            method's own DENSITY.
        seed: of the methods that draw.
        common: of Iso-CTS: the share of the rank that is for what all adapters have in common.

    Raises:
        UnsupportedError: a share that is none.
    """

    density: float | None = None
    seed: int = 0
    common: float = 0.8

    def __post_init__(self) -> None:
        if self.density is not None and not 0 < self.density <= 1:
            raise UnsupportedError(f"A density is a share above 0 and up to 1, not {self.density}.")
        if not 0 <= self.common <= 1:
            raise UnsupportedError(f"The common part is a share between 0 and 1, not {self.common}.")


def names() -> tuple[str, ...]:
    """List the methods, sorted."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name[0] != "_"))


def load(name: str) -> ModuleType:
    """Import the method called `name`.

    Raises `UnsupportedError` where there is none of that name.
    """
    if name not in names():
        raise UnsupportedError(f"There is no fusing method {name!r}; the methods are {', '.join(names())}.")
    return importlib.import_module(f"{__name__}.{name}")
