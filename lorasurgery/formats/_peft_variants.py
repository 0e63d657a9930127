"""How PEFT stores the factors of each of its methods: which tensors a module has, and where its numbers stand.

A row of `VARIANTS` says how a method's tensors are called (`<module>.<prefix>...`) and how to make a variant's factors of them;
`REFUSED` has the methods whose change is no change of weights, or none that follows from the files, with the reason.

Source: PEFT 0.21.2, `tuners/*/layer.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lorasurgery.errors import DamagedFileError
from lorasurgery.formats._peft_matching import read_patterns
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.adalora import AdaloraFactors
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.loha import LohaFactors
from lorasurgery.variants.lora import LoraFactors


@dataclass(frozen=True)
class Stored:
    """What the file has for one module: its `tensors` by what stands behind its path (`lora_A.weight`), the tensors that all modules
    share by their own names (`vera_A`), and the config of the adapter."""

    path: str
    tensors: Mapping[str, LazyTensor]
    shared: Mapping[str, LazyTensor]
    config: Mapping[str, Any]

    def tensor(self, name: str) -> LazyTensor:
        """A tensor that must be there; PEFT ends some names in `.weight`, and did so for others in the past.

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
        """A number of the config, or that which a pattern (`rank_pattern`) has for this module.

        Raises:
            DamagedFileError: it is absent, or no number.
        """
        default = self.config.get(key)
        if isinstance(default, bool) or not isinstance(default, int | float):
            raise DamagedFileError(f"adapter_config.json has no number {key!r}, which {self.path!r} needs.")
        patterns = self.config.get(pattern) if pattern else None
        return read_patterns(patterns, default)(self.path) if patterns else default

    def alpha_over(self, rank: float) -> float:
        """The scale of most methods: the module's alpha over a rank."""
        return (
            self.number(next(k for k in ("lora_alpha", "alpha") if k in self.config), "alpha_pattern") / rank
        )


@dataclass(frozen=True)
class Variant:
    """How one method is stored: its tensors' names begin with `prefix` after the module's path."""

    prefix: str
    read: Callable[[Stored], Factors]


def _lora(stored: Stored) -> Factors:
    A, B, by_column = stored.optional("lora_A"), stored.optional("lora_B"), False
    if "lora_embedding_A" in stored.tensors:
        # PEFT's ΔW of an embedding is (B A)ᵀ, so that its factors are ours, swapped and transposed.
        A, B = _turned(stored.tensor("lora_embedding_B")), _turned(stored.tensor("lora_embedding_A"))
        by_column = True
    if A is None or B is None:
        return _lora_incomplete(stored)
    A, B = _as_matrices(A, B)
    rank = A.shape[0]
    scale = stored.alpha_over(math.sqrt(rank) if stored.config.get("use_rslora") else rank)
    bias = stored.tensors.get("lora_B.bias")
    magnitude = stored.optional("lora_magnitude_vector")
    if magnitude is not None:
        return DoraFactors(A, B, magnitude, scale, by_column, bias)
    return LoraFactors(A, B, scale, bias)


def _lora_incomplete(stored: Stored) -> Factors:
    names = "lora_A and lora_B" if stored.optional("lora_A") or stored.optional("lora_B") else "factors"
    raise DamagedFileError(
        f"The adapter does not have both {names} of {stored.path!r}: {sorted(stored.tensors)}."
    )


def _as_matrices(A: LazyTensor, B: LazyTensor) -> tuple[LazyTensor, LazyTensor]:
    """A convolution's factors, (r, in, *kernel) and (out, r, 1...), as matrices."""
    return _flat(A), _flat(B)


def _flat(tensor: LazyTensor) -> LazyTensor:
    if len(tensor.shape) == 2:
        return tensor
    shape = (tensor.shape[0], math.prod(tensor.shape[1:]))
    return tensor.map(lambda t: t.reshape(shape), shape=shape, dtype=tensor.dtype)


def _turned(tensor: LazyTensor) -> LazyTensor:
    return tensor.map(lambda t: t.T.contiguous(), shape=tensor.shape[::-1], dtype=tensor.dtype)


def _adalora(stored: Stored) -> Factors:
    A, B, E = stored.tensor("lora_A"), stored.tensor("lora_B"), stored.tensor("lora_E")
    # Always over the rank at the start: PEFT keeps its `ranknum` when it prunes, and adds 1e-5 to it.
    alpha, rank = stored.number("lora_alpha"), stored.number("init_r")
    return AdaloraFactors(_flat(A), _flat(B), E, alpha / (rank + 1e-5) if alpha > 0 else A.shape[0])


def _loha(stored: Stored) -> Factors:
    names = ("w1_a", "w1_b", "w2_a", "w2_b")
    factors = {name: stored.tensor(f"hada_{name}") for name in names}
    scale = stored.alpha_over(stored.number("r", "rank_pattern"))
    return LohaFactors(**factors, scale=scale, t1=stored.optional("hada_t1"), t2=stored.optional("hada_t2"))


# PEFT's name of a method, as `peft_type` in the config, -> how it is stored.
VARIANTS: Mapping[str, Variant] = {
    "LORA": Variant("lora_", _lora),
    "ADALORA": Variant("lora_", _adalora),
    "LOHA": Variant("hada_", _loha),
}

# PEFT's name of a method -> why it cannot be merged into weights, and what to do instead.
REFUSED: Mapping[str, str] = {}


def split(key: str, prefix: str) -> tuple[str, str] | None:
    """Cut a key without PEFT's own prefix into the module's path and the name of the tensor; None where it is no factor's."""
    found = re.fullmatch(rf"(.+)\.({re.escape(prefix)}.+)", key)
    return (found[1], found[2]) if found else None
