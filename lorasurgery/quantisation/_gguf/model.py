"""A GGUF model as verbs see it: transformers' names, matrices (out, in) with rows in its order, numbers.

llama.cpp's converter renames tensors, sorts the rows of some projections, joins experts, adds one to
some norms and transposes GPT-2's matrices. All of that is undone when numbers are read; a tensor of
which it is not known how to undo it says so. Tensors that hold no parameter of a class that is known
here keep llama.cpp's names, and are as they are in the file.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lorasurgery.architecture.llama_cpp.architectures import (
    Heads,
    alteration,
    has_one_added,
    heads_of,
    is_reordered,
    is_transposed,
    row_order,
)
from lorasurgery.architecture.llama_cpp.config import config_of
from lorasurgery.architecture.llama_cpp.parameters import places_of
from lorasurgery.checkpoint.gguf_file import GgufContainer
from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.lazy_join import common_dtype
from lorasurgery.quantisation._encoding import Encoding
from lorasurgery.quantisation._gguf.blocks import as_quantised, can_be_dequantised, tensor_of_blocks
from lorasurgery.quantisation._gguf.codes import gguf_encodings
from lorasurgery.quantisation._steps import steps_of
from lorasurgery.stored_array import StoredArray

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

# Factors of llama.cpp's own for rotary positions, which transformers computes from the config.
FACTORS = ("rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight")


@dataclass(frozen=True)
class GgufParameter:
    """What a converter made of a parameter.

    Attributes:
        tensors: those that hold it; the two halves where experts are fused.
        order: the parameter's row for each row in the file; None where they are the same.
        is_transposed: whether transformers stores it (in, out).
        has_one_added: whether one was added to it.
        refusal: why its numbers are not known; "" where they are.
    """

    tensors: tuple[str, ...]
    order: NDArray[np.int64] | None = field(default=None, compare=False)
    is_transposed: bool = False
    has_one_added: bool = False
    refusal: str = ""


@dataclass(frozen=True)
class GgufModel:
    """`stored` is what is in the file; `parameters` says where which parameter is, by the names that
    verbs see.
    """

    stored: Checkpoint
    container: GgufContainer
    config: dict[str, Any]
    parameters: dict[str, GgufParameter]

    @cached_property
    def numbers(self) -> Checkpoint:
        """The checkpoint as verbs see it."""
        tensors = {name: self._lazy(each) for name, each in self.parameters.items()}
        return dataclasses.replace(
            self.stored, tensors=dict(sorted(tensors.items())), config=self.config, gguf=None
        )

    def in_file_order(self, tensor: str) -> LazyTensor:
        """Return a tensor of the file as numbers, with its rows in the file's order."""
        stored = self.container.by_name[tensor]
        if stored.is_plain:
            return self.stored.tensors[tensor]
        (path,) = self.stored.files
        if can_be_dequantised(stored.kind):
            return tensor_of_blocks(path, self.container.stamp, stored)
        refusal = f"is quantised (GGUF {stored.kind.name}), which the package gguf does not dequantise"
        return as_quantised(self._refused(tensor, refusal), stored, refusal)

    def _refused(self, name: str, fact: str) -> LazyTensor:
        def refuse() -> Tensor:
            raise UnsupportedError(
                f"{name!r} of {self.stored.name} {fact}. Give the 16-bit original instead."
            )

        shape = self.container.by_name[name].shape or (1,)
        return LazyTensor(shape, Dtype.F32, refuse, rows=lambda *_: refuse())

    def _lazy(self, parameter: GgufParameter) -> LazyTensor:
        first = self.container.by_name[parameter.tensors[0]]
        if parameter.refusal:
            return as_quantised(self._refused(first.name, parameter.refusal), first, parameter.refusal)
        parts = [self.in_file_order(tensor) for tensor in parameter.tensors]
        lazy = _in_model_order(parameter, parts)
        if parameter.has_one_added:
            lazy = lazy.map(lambda norm: norm - 1)
        quantised = parts[0].quantised
        if quantised is None:
            return lazy
        encodings = [self._encodings.get(tensor) for tensor in parameter.tensors]
        known = [
            steps_of(encoding, part.shape)
            for encoding, part in zip(encodings, parts, strict=True)
            if encoding is not None and len(part.shape) > 1
        ]
        steps = _in_model_order(parameter, known) if len(known) == len(parts) else None
        return dataclasses.replace(lazy, quantised=dataclasses.replace(quantised, steps=steps))

    @cached_property
    def _encodings(self) -> dict[str, Encoding]:
        return gguf_encodings(self.stored)


def gguf_model(checkpoint: Checkpoint) -> GgufModel:
    """Find out which tensors of a GGUF file hold which parameters, and what was made of them."""
    container = checkpoint.gguf
    assert container is not None, f"{checkpoint.name} is not a GGUF file"
    architecture = str(container.settings.get("general.architecture"))
    shapes = {tensor.name: tensor.shape for tensor in container.tensors}
    config = config_of(container.settings, shapes)
    places = places_of(architecture, config, shapes)
    held = {tensor for tensors in places.values() for tensor in tensors}
    heads = heads_of(config)
    parameters = {
        name: _parameter(architecture, tensors, [shapes[tensor] for tensor in tensors], heads)
        for name, tensors in places.items()
    }
    own = {name: GgufParameter((name,)) for name in shapes if name not in held and name not in FACTORS}
    return GgufModel(checkpoint, container, config, dict(sorted({**own, **parameters}.items())))


def _parameter(
    architecture: str, tensors: tuple[str, ...], shapes: Sequence[tuple[int, ...]], heads: Heads | None
) -> GgufParameter:
    first, shape = tensors[0], shapes[0]
    if len(tensors) > 1 and not _are_halves(shapes):
        stated = " and ".join(f"{name!r} is {size}" for name, size in zip(tensors, shapes, strict=True))
        return GgufParameter(
            tensors,
            refusal=f"cannot be read: {stated}, and halves of fused experts differ in their rows alone",
        )
    if (reason := alteration(architecture, first)) is not None:
        return GgufParameter(tensors, refusal=f"cannot be read as transformers has it: {reason}")
    order = None
    if is_reordered(architecture, first, heads):
        order = row_order(architecture, first, shape[0] if shape else 1, heads) if heads else None
        if order is None:
            heads_stated = f"{heads.count} heads of {heads.width} rows" if heads else "no heads"
            return GgufParameter(
                tensors,
                refusal="cannot be read as transformers has it: llama.cpp sorts its rows by heads, and the "
                f"file states {heads_stated} for its {shape[0] if shape else 1} rows",
            )
    return GgufParameter(
        tensors,
        None if order is None else order.numpy(),
        is_transposed(architecture, first),
        has_one_added(architecture, first),
    )


def _are_halves(shapes: Sequence[tuple[int, ...]]) -> bool:
    """Whether tensors hold as many experts of as many columns."""
    return all(len(shape) == 3 for shape in shapes) and len({(shape[0], shape[2]) for shape in shapes}) == 1


def _in_model_order(parameter: GgufParameter, parts: Sequence[LazyTensor]) -> LazyTensor:
    """Return what is in the tensors of a parameter, in the parameter's own rows and columns."""
    lazy = parts[0] if len(parts) == 1 else _experts_joined(parts)
    if parameter.order is not None:
        lazy = rows_of(lazy, parameter.order.argsort())
    return lazy.T if parameter.is_transposed else lazy


def _experts_joined(halves: Sequence[LazyTensor]) -> LazyTensor:
    """Put the rows of each expert's second matrix below those of its first; single experts can be read."""
    experts, _, columns = halves[0].shape
    shape, dtype = (experts, sum(each.shape[1] for each in halves), columns), common_dtype(halves)

    def some(start: int, stop: int) -> Tensor:
        import torch

        return torch.cat([each.read_rows(start, stop).to(dtype.torch) for each in halves], dim=1)

    return LazyTensor(shape, dtype, lambda: some(0, experts), rows=some)


def rows_of(tensor: LazyTensor, rows: NDArray[np.int64]) -> LazyTensor:
    """Return a tensor with rows of the first dimension in another order; any part is read alone.

    The rows of a head stay together, so a part of the rows is read from a part of the file.
    """
    width = math.prod(tensor.shape[1:])

    def bits(start: int, stop: int) -> NDArray[Any]:
        first, last = start // width, -(-stop // width)
        wanted = rows[first:last]
        lowest, highest = int(wanted.min()), int(wanted.max()) + 1
        if tensor.bits:
            block = tensor.bits(lowest * width, highest * width).reshape(-1, width)
        else:
            block = StoredArray.of(tensor.read_rows(lowest, highest)).bits.reshape(-1, width)
        return block[wanted - lowest].reshape(-1)[start - first * width : stop - first * width]

    return LazyTensor.of_bits(tensor.shape, tensor.dtype, bits, advise=tensor.advise)
