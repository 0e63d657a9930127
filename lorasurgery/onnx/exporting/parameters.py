"""The parameters of the model that is traced, by the names that they have in it, wherever and
however they lie on disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.architecture import Architecture, Binding, bind
from lorasurgery.architecture.transformers_class import UnknownClassError, architecture_by_class
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.onnx.exporting.computed import computed_table
from lorasurgery.surgery.base.matrix import run_time_tensor
from lorasurgery.text import times

if TYPE_CHECKING:
    import onnx_ir as ir
    from torch import Tensor


@dataclass(frozen=True)
class Parameters:
    """A class's parameters in one checkpoint.

    `computed` are those that no file has because the class computes them.
    """

    checkpoint: Checkpoint
    architecture: Architecture
    binding: Binding
    computed: Mapping[str, Tensor]

    def tensor(self, name: str) -> LazyTensor | None:
        """A parameter as the model holds it; None for a name that is none."""
        if name in self.computed:
            return LazyTensor.of(self.computed[name])
        known = self._source(name)
        if known is None:
            return None
        layout = self.binding.sources[known]
        tensor = run_time_tensor(self.checkpoint, layout)
        parameter = self.architecture.parameters[known]
        if layout.whole is None and parameter.transposed:
            return tensor.T
        return tensor

    def on_disk(self, name: str) -> str | None:
        """The one tensor on disk that is this parameter, element for element, or None."""
        known = self._source(name)
        whole = self.binding.sources[known].whole if known is not None else None
        return whole.tensor if whole is not None else None

    def tensors(self, name: str) -> tuple[str, ...]:
        """The names on disk of all that a parameter is made of."""
        known = self._source(name)
        return self.binding.sources[known].tensors if known is not None else ()

    def _source(self, name: str) -> str | None:
        """The parameter itself, or one that shares its tensor and is there."""
        if name in self.binding.sources:
            return name
        tied = self.architecture.tied
        kept = tied.get(name, name)
        group = [kept, *(other for other, of in tied.items() if of == kept)]
        return next((other for other in group if other in self.binding.sources), None)


def parameters_of(checkpoint: Checkpoint, class_name: str, model: Any) -> Parameters:
    """Find what a class needs; `model` is one of that class, and may be without weights.

    Raises:
        AlignmentError: the checkpoint lacks some of it.
        UnsupportedError: transformers cannot build the class, or only transformers can convert what
            is there.
    """
    try:
        architecture = architecture_by_class({**checkpoint.config, "architectures": [class_name]})
    except UnknownClassError as reason:
        raise UnsupportedError(f"{checkpoint.name} cannot be traced: {reason}.") from None
    binding = bind(architecture, checkpoint)
    computed = {name: table for name in binding.missing if (table := computed_table(model, name)) is not None}
    missing = [name for name in binding.missing if name not in computed]
    if missing:
        raise AlignmentError(
            f"{checkpoint.name} has no {missing[0]!r}, which {class_name} needs: {len(missing)} of "
            f"{len(architecture.parameters)} "
            "parameters are missing. Export for the task that it was trained for (--task), or merge an "
            "adapter that brings the head."
        )
    if binding.unread:
        name, why = next(iter(sorted(binding.unread.items())))
        raise UnsupportedError(
            f"{name!r} of {checkpoint.name} is stored in a form that only transformers can convert "
            f"({why}); load it there, save it with save_pretrained, and export that."
        )
    return Parameters(checkpoint, architecture, binding, computed)


def needed(model: ir.Model, parameters: Parameters, transposed: frozenset[str]) -> Mapping[str, LazyTensor]:
    """The tensor of every parameter that a traced graph reads, as the model holds it.

    Raises:
        AlignmentError: shapes differ.
    """
    found, wrong = {}, []
    for name, value in sorted(model.graph.initializers.items()):
        tensor = parameters.tensor(name)
        if value.const_value is not None and (tensor is None or not tensor.dtype.is_floating_point):
            continue  # a constant, or a table of numbers that the model computes for itself
        assert tensor is not None, f"{name} is no parameter and has no value"
        wanted = () if value.shape is None else value.shape.numpy()
        wanted = wanted[::-1] if name in transposed else wanted
        if tensor.shape != wanted:
            wrong.append((name, tensor.shape, wanted))
        found[name] = tensor
    if wrong:
        name, there, wanted = wrong[0]
        raise AlignmentError(
            f"{name!r} is {times(there)} in {parameters.checkpoint.name}, and its config wants "
            f"{times(wanted)}: {len(wrong)} parameters are like that. "
            "Check that both come from one model."
        )
    return found
