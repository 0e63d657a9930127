"""A checkpoint with the answer to what of it is quantised, and the checkpoint as verbs see it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor, Quantised
from lorasurgery.paths import StrPath
from lorasurgery.quantisation import _unknown
from lorasurgery.quantisation._companions import CACHE
from lorasurgery.quantisation._gguf.model import gguf_model
from lorasurgery.quantisation._marks import header_without, marks_of
from lorasurgery.quantisation._module import CODE_DTYPES, Module, modules_with_codes, split
from lorasurgery.quantisation._refusal import refusal
from lorasurgery.quantisation._registry import formats_for
from lorasurgery.quantisation._stated import (
    Stated,
    Statements,
    no_statements,
    stated_by,
    statements_without,
    without_statements,
)
from lorasurgery.quantisation._steps import steps_of
from lorasurgery.quantisation._weight import QuantisedWeight

if TYPE_CHECKING:
    from torch import Tensor

# Models whose linear layers are transformers' Conv1D, which stores (in, out).
CONV1D_MODELS = frozenset({"gpt2", "openai-gpt", "imagegpt", "decision_transformer", "clvp", "clvp_decoder"})
# Weights that compressed-tensors multiplied with a rotation before they were quantised (QuIP, SpinQuant).
ROTATED = "the config says that the weights are rotated (transform_config), which is not undone here"
# A tensor of ComfyUI's older files that says of the file that its float8 weights have scales.
FILE_MARK = "scaled_fp8"


@dataclass(frozen=True)
class QuantisedModel:
    """`stored` is what lies on disk, `weights` are those that are quantised, by their plain names.

    `loose` are tensors that belong to no weight and mean nothing without codes: marks, scales of
    the cache.
    """

    stored: Checkpoint
    stated: Stated
    weights: Mapping[str, QuantisedWeight]
    loose: tuple[str, ...]

    @property
    def readable(self) -> Mapping[str, QuantisedWeight]:
        """The weights whose numbers are known."""
        return {name: each for name, each in self.weights.items() if each.numbers is not None}

    def statements_without(self, names: Collection[str]) -> Statements:
        """What configs and side files must say once these weights are numbers.

        Raises:
            UnsupportedError: other weights are still quantised, and the config cannot say so.
        """
        others = [each for name, each in self.weights.items() if name not in names]
        if not others:
            return no_statements(self.stored)
        return statements_without(self.stored, [split(name)[0] for name in names], others[0].label)

    def left_over(self, names: Collection[str]) -> frozenset[str]:
        """The tensors that mean nothing once these weights are numbers."""
        own = {
            tensor
            for name in names
            for tensor in self.weights[name].tensors
            if tensor != name or self.weights[name].is_packed
        }
        is_all = len(names) == len(self.weights)
        return frozenset(own.union(name for name in self.loose if is_all or split(name)[1] == FILE_MARK))

    def header_without(self, names: Collection[str]) -> Mapping[str, str]:
        """The metadata that the header of an output must carry once these weights are numbers."""
        if not self.weights:
            return {}
        flattened = self.stated.torchao if len(names) < len(self.weights) else {}
        return {**flattened, **header_without(self.stored, {split(name)[0] for name in names})}

    @cached_property
    def numbers(self) -> Checkpoint:
        """Return the checkpoint as verbs see it: quantised weights under plain names, a config
        without quantisation.
        """
        if not self.weights:
            return self.stored
        gone = {*self.loose, *(name for each in self.weights.values() for name in each.tensors)}
        tensors = {name: tensor for name, tensor in self.stored.tensors.items() if name not in gone}
        tensors |= {name: _lazy(self.stored, each) for name, each in self.weights.items()}
        return dataclasses.replace(
            self.stored,
            tensors=dict(sorted(tensors.items())),
            config=without_statements(self.stored.config),
            aliases={a: b for a, b in self.stored.aliases.items() if a in tensors and b in tensors},
        )


def open_model(name: StrPath, *, side_files: bool = False) -> Checkpoint:
    """Open a checkpoint as verbs see it: quantised weights read as numbers, or say why they cannot
    be read.

    Arguments and errors are those of `open_checkpoint`.
    """
    return as_numbers(open_checkpoint(name, side_files=side_files))


def as_numbers(checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint as verbs see it."""
    return quantised_model(checkpoint).numbers


def quantised_model(checkpoint: Checkpoint) -> QuantisedModel:
    """Find out which weights of a checkpoint are quantised, and how.

    Raises:
        DamagedFileError: a mark or a side file that says it cannot be read.
    """
    if checkpoint.gguf is not None:  # of which every tensor states its own type
        return QuantisedModel(gguf_model(checkpoint).numbers, Stated(), {}, ())
    if not any(tensor.dtype in CODE_DTYPES for tensor in checkpoint.tensors.values()):
        return QuantisedModel(checkpoint, Stated(), {}, ())
    marks = marks_of(checkpoint)
    stated = stated_by(checkpoint, marks)
    found: dict[str, QuantisedWeight] = {}
    for module in modules_with_codes(checkpoint.tensors, marks):
        for each in _weights(module, stated):
            # A plain name that is taken by another tensor is that tensor's.
            if each.name in each.tensors or each.name not in checkpoint.tensors:
                found.setdefault(each.name, each)
    if checkpoint.config.get("model_type") in CONV1D_MODELS:
        found = {name: _unread_if_packed(each) for name, each in found.items()}
    if stated.settings.get("transform_config"):
        found = {
            name: dataclasses.replace(each, numbers=None, reason=ROTATED) for name, each in found.items()
        }
    loose = _loose(checkpoint, stated) if found else ()
    return QuantisedModel(checkpoint, stated, dict(sorted(found.items())), loose)


def _unread_if_packed(weight: QuantisedWeight) -> QuantisedWeight:
    """Quantisers pack (out, in) what these models store as (in, out), so the numbers would be the
    transposed ones.
    """
    return dataclasses.replace(weight, numbers=None) if weight.is_packed else weight


def _weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    claimed: set[str] = set()
    for form in formats_for(module):
        for each in form.weights(module, stated):
            if not claimed.intersection(each.tensors):
                claimed.update(each.tensors)
                yield _with_shape_that_fits(module, each)
    yield from _unknown.weights(module, stated, claimed)


def _with_shape_that_fits(module: Module, weight: QuantisedWeight) -> QuantisedWeight:
    """Leave out a shape that is stated, and for which the tensors have less than a bit for each number."""
    held = [each for leaf, each in module.tensors.items() if module.full(leaf) in weight.tensors]
    if weight.shape is None or math.prod(weight.shape) <= 8 * sum(each.nbytes for each in held):
        return weight
    return dataclasses.replace(weight, shape=None, numbers=None, encoding=None)


def _loose(checkpoint: Checkpoint, stated: Stated) -> tuple[str, ...]:
    """Return marks of a whole file, and scales of the KV cache, which without a config may be
    something else.
    """
    return tuple(
        name
        for name, tensor in checkpoint.tensors.items()
        if (leaf := split(name)[1]) == FILE_MARK or (leaf in CACHE and (stated.method or tensor.numel == 1))
    )


def _lazy(checkpoint: Checkpoint, weight: QuantisedWeight) -> LazyTensor:
    """The weight under its plain name; one that cannot be read has the dtype of the 16-bit original."""
    codes = checkpoint.tensors[weight.codes]
    nbytes = sum(checkpoint.tensors[name].nbytes for name in weight.tensors)
    if weight.numbers is not None:
        steps = steps_of(weight.encoding, weight.numbers.shape) if weight.encoding else None
        said = Quantised(weight.label, codes.dtype, nbytes, steps=steps)
        return dataclasses.replace(weight.numbers, quantised=said)
    fact = refusal(weight)

    def refuse() -> Tensor:
        raise UnsupportedError(
            f"{weight.name!r} of {checkpoint.name} {fact}. Give the 16-bit original instead."
        )

    said = Quantised(weight.label, codes.dtype, nbytes, fact, has_shape=weight.shape is not None)
    shape = weight.shape or _as_matrix(codes, checkpoint.tensors.get(f"{split(weight.name)[0]}.bias"))
    return LazyTensor(shape, Dtype.BF16, refuse, rows=lambda *_: refuse(), quantised=said)


def _as_matrix(codes: LazyTensor, bias: LazyTensor | None) -> tuple[int, int]:
    """Sides for a weight whose own are not known: those of a linear map, which has a bias for each row."""
    rows = bias.numel if bias is not None and bias.numel else (codes.shape or (1,))[0]
    return rows, max(1, codes.numel // max(1, rows))
