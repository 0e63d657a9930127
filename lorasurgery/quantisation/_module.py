"""One module's tensors, by what stands after its path: the ground on which a format is recognised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor

# Dtypes that codes come in: floats of eight bits and fewer, and integers but for int64, which
# counts and indexes.
CODE_DTYPES = frozenset(
    dtype
    for dtype in Dtype
    if (dtype.is_floating_point and dtype.bits <= 8)
    or dtype in (Dtype.I8, Dtype.U8, Dtype.I16, Dtype.U16, Dtype.I32, Dtype.U32)
)
FLOAT8 = frozenset({Dtype.F8_E4M3, Dtype.F8_E5M2, Dtype.F8_E4M3FNUZ, Dtype.F8_E5M2FNUZ})
BYTES = frozenset({Dtype.I8, Dtype.U8})
# What a weight's own tensor is called; formats append theirs to it (`weight_scale`,
# `weight.absmax`).
WEIGHT = "weight"


@dataclass(frozen=True)
class Module:
    """A module's tensors by their names within it: `weight`, `qweight`, `weight.absmax`,
    `gate_up_proj_blocks`.

    `marked` is the format that ComfyUI's marks give the module, "" where there are none.
    """

    path: str
    tensors: Mapping[str, LazyTensor]
    marked: str = ""

    def full(self, leaf: str) -> str:
        """A tensor's name in the checkpoint."""
        return f"{self.path}.{leaf}" if self.path else leaf

    def dtype(self, leaf: str) -> Dtype | None:
        """Return the dtype of a tensor, or None if there is no such tensor."""
        return self.tensors[leaf].dtype if leaf in self.tensors else None

    def shape(self, leaf: str) -> tuple[int, ...]:
        """Return the shape of a tensor, empty if there is no such tensor."""
        return self.tensors[leaf].shape if leaf in self.tensors else ()

    def holds_numbers(self, leaf: str) -> bool:
        """Whether there is such a tensor, of floats of 16 bits and more: scales, levels."""
        dtype = self.dtype(leaf)
        return dtype is not None and dtype.is_floating_point and dtype.bits >= 16

    @cached_property
    def codes(self) -> list[str]:
        """The tensors that can be codes: of two dimensions at least, in a dtype that codes come in."""
        return [
            leaf
            for leaf, tensor in self.tensors.items()
            if len(tensor.shape) > 1 and tensor.dtype in CODE_DTYPES
        ]


def split(name: str) -> tuple[str, str]:
    """A tensor's module and its name in it: `a.b.weight.absmax` is `weight.absmax` of `a.b`."""
    before, mark, after = name.rpartition(f".{WEIGHT}.")
    if mark:
        return before, f"{WEIGHT}.{after}"
    path, _, leaf = name.rpartition(".")
    return path, leaf


def modules_with_codes(tensors: Mapping[str, LazyTensor], marks: Mapping[str, str]) -> Iterable[Module]:
    """The modules that hold anything that can be codes."""
    paths = {split(name)[0] for name, tensor in tensors.items() if tensor.dtype in CODE_DTYPES}
    grouped: dict[str, dict[str, LazyTensor]] = {path: {} for path in sorted(paths)}
    for name, tensor in tensors.items() if paths else ():
        path, leaf = split(name)
        if path in grouped:
            grouped[path][leaf] = tensor
    return [Module(path, held, marks.get(path, "")) for path, held in grouped.items()]
