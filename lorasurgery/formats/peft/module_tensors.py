"""The tensors that PEFT's file has for one module, and the config's values for it.

Source: PEFT 0.21.2, `tuners/*/layer.py`.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.foreign import is_number, quoted
from lorasurgery.formats.peft.config import CONFIG_FILE, VALUES, are_values
from lorasurgery.formats.peft.matching import read_patterns
from lorasurgery.lazy import LazyTensor

# PEFT's path of the output projection of `nn.MultiheadAttention`, behind that of the attention,
# whose settings it shares.
OF_ATTENTION = ".base_layer.out_proj"


class ValuePatterns:
    """The values by patterns of one adapter's config (`rank_pattern`), checked and compiled once."""

    def __init__(self, config: Mapping[str, Any], place: Path | str = CONFIG_FILE) -> None:
        self._config, self._place = config, place
        self._compiled: dict[str, Callable[[str], float | None]] = {}

    def value(self, key: str, path: str, default: float) -> float:
        """Return the config's value of a key for this module, or the default.

        Raises:
            DamagedFileError: the key's value is not an object of numbers by patterns.
            UnsupportedError: one of them is an expression that is not followed here.
        """
        patterns = self._config.get(key)
        if not patterns:
            return default
        if key not in self._compiled:
            if not are_values(patterns):
                raise DamagedFileError(
                    f"{self._place}: {key!r} is {quoted(patterns)}, and should be {VALUES[1]}."
                )
            try:
                self._compiled[key] = read_patterns(patterns, None)
            except ValueError as error:
                raise UnsupportedError(
                    f"{self._place}: {key!r} has an expression that cannot be followed here ({error}); "
                    "name the modules instead."
                ) from None
        found = self._compiled[key](path)
        return default if found is None else found


@dataclass(frozen=True)
class PeftModuleTensors:
    """The tensors that the file has for one module.

    `tensors` are by what follows the module's path (`lora_A.weight`), `shared` are those that all
    modules share, by their own names (`vera_A`). `config` and its `patterns` are the adapter's, and
    `count` is its number of modules.
    """

    path: str
    tensors: Mapping[str, LazyTensor]
    shared: Mapping[str, LazyTensor]
    config: Mapping[str, Any]
    patterns: ValuePatterns
    count: int

    def tensor(self, name: str) -> LazyTensor:
        """Return a tensor that must be there; whether its name ends in `.weight` depends on PEFT's version.

        Raises:
            DamagedFileError: it is not.
        """
        found = self.optional(name)
        if found is None:
            raise DamagedFileError(
                f"The adapter has no {name!r} for {self.path!r}, only {sorted(self.tensors)}."
            )
        return found

    def optional(self, name: str) -> LazyTensor | None:
        return self.tensors.get(f"{name}.weight", self.tensors.get(name))

    def number(self, key: str, pattern: str | None = None) -> float:
        """Return a number of the config, or the one that a pattern (`rank_pattern`) has for this module.

        Raises:
            DamagedFileError: it is absent, or no number.
        """
        default: float = self.config.get(key, math.nan)
        if not is_number(default):
            raise DamagedFileError(f"{CONFIG_FILE} has no number {key!r}, which {self.path!r} needs.")
        return (
            self.patterns.value(pattern, self.path.removesuffix(OF_ATTENTION), default)
            if pattern
            else default
        )

    def alpha_over(self, rank: float) -> float:
        """Return the scale of most methods, alpha over a rank; 1 where the rank is 0."""
        key = "alpha" if "alpha" in self.config else "lora_alpha"
        return self.number(key, "alpha_pattern") / rank if rank else 1.0


def shared(stored: PeftModuleTensors, *names: str) -> list[LazyTensor]:
    """Return tensors that modules share.

    Raises:
        UnsupportedError: they were not saved; they would follow from a seed and all layers that
            PEFT met.
        DamagedFileError: they are not there, and should be.
    """
    if all(name in stored.shared for name in names):
        return [stored.shared[name] for name in names]
    if stored.config.get("save_projection") is not False:
        raise DamagedFileError(f"The adapter has no {' and '.join(names)}, which {stored.path!r} needs.")
    raise UnsupportedError(
        f"The adapter came without {' and '.join(names)}, which its modules share (save_projection is "
        "false). Merge it with PEFT, "
        "which makes them again for the whole model; or train with save_projection=True."
    )


def numbered(tensors: Mapping[str, LazyTensor], name: str) -> tuple[LazyTensor, ...]:
    """Return the tensors `name.0`, `name.1` and so on, in that order."""
    found = {key: re.fullmatch(rf"{name}\.(\d{{1,9}})(\.weight)?", key) for key in tensors}
    numbers = {int(match[1]): tensors[key] for key, match in found.items() if match}
    return tuple(numbers[i] for i in sorted(numbers))


def as_matrices(stored: PeftModuleTensors, A: LazyTensor, B: LazyTensor) -> tuple[LazyTensor, LazyTensor]:
    """Give a convolution's factors, (r, in, *kernel) and (out, r, 1...), as matrices.

    Raises:
        DamagedFileError: the two do not have one rank, or are not matrices.
    """
    if min(len(A.shape), len(B.shape)) < 2:
        raise DamagedFileError(
            f"lora_A and lora_B of {stored.path!r} are {A.shape} and {B.shape}, and should be matrices."
        )
    return flat(A), flat(B)


def flat(tensor: LazyTensor) -> LazyTensor:
    if len(tensor.shape) == 2:
        return tensor
    return tensor.viewed((tensor.shape[0], math.prod(tensor.shape[1:])))


def split(key: str, prefix: str) -> tuple[str, str] | None:
    """Split a key into the module's path and the tensor's name; None if not a factor's."""
    found = _of_factor(prefix).fullmatch(key)
    return (found[1], found[2]) if found else None


@functools.cache
def _of_factor(prefix: str) -> re.Pattern[str]:
    return re.compile(rf"(.+)\.({re.escape(prefix)}.+)")
