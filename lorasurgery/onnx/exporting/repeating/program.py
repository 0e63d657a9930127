"""What a model does when it is run, as a straight line of operations, by the layer that they are in.

The model runs once, on inputs that have a shape and no numbers, as torch's exporter runs it; each
operation of ATen is noted with where each of its arguments comes from. What a layer does is said
without its number, so that layers that do the same say the same:

    parameters, buffers   by their name within the layer, with shape, and a buffer with its numbers
    inputs of the graph   `past_key_values.3.key` in layer 3 is `past_key_values.*.key`
    the layer before      by which of its results it is
    anything else         by what it is: an operation of a numbered place, or a constant's numbers
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lorasurgery.onnx.exporting.model import is_fake
from lorasurgery.onnx.exporting.repeating.stack import LayerStack
from lorasurgery.onnx.exporting.tasks import GraphSpec

if TYPE_CHECKING:
    from torch import Tensor

BEFORE = -1
# A value's origin: a word for its kind, and what says which one it is.
Origin = tuple[Any, ...]


class NotALineError(Exception):
    """A run that is no straight line through the layers; raised and caught within this package."""


@dataclass(frozen=True)
class Operation:
    """An operation, and its arguments with tensors replaced by their origins."""

    name: str
    arguments: tuple[Any, ...]
    origins: tuple[Origin, ...]
    mutates: bool


@dataclass
class Run:
    """Operations by section: -1 is before the first layer, the stack's depth after the last."""

    depth: int
    operations: dict[int, list[Operation]] = field(default_factory=dict)
    results: dict[int, list[Origin]] = field(default_factory=dict)
    outputs: dict[str, Origin] = field(default_factory=dict)


def record(model: Any, graph: GraphSpec, example: Mapping[str, Tensor], stack: LayerStack) -> Run:
    """Run the model once, and note what it does.

    Args:
        stack: layers of the model, all of which run, once and in order.

    Raises:
        NotALineError: they do not.
        Exception: whatever the model raises when its inputs have no numbers.
    """
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_flatten

    noted = _Notes(model, stack.depth)

    class Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
        ) -> Any:
            result = func(*args, **(kwargs or {}))
            noted.add(func, tree_flatten((args, kwargs or {})), tree_flatten(result)[0])
            return result

    feed = {name: _without_numbers(tensor, model) for name, tensor in example.items()}
    noted.place({("input", name): tensor for name, tensor in feed.items()})
    recorder = Recorder()  # type: ignore[no-untyped-call]
    with torch.no_grad(), _as_exporting(), _sections(stack, noted), recorder:
        answers = graph.call(model, feed)
    if noted.section != stack.depth:
        raise NotALineError
    noted.run.outputs = {
        port.name: noted.origin(tensor) for port, tensor in zip(graph.outputs, answers, strict=True)
    }
    return noted.run


class _Notes:
    """The run as far as it is known, and where each tensor of it comes from."""

    def __init__(self, model: Any, depth: int) -> None:
        self.run, self.section = Run(depth), BEFORE
        self.between = False
        self._origins: dict[int, Origin] = {}
        self._alive: list[Any] = []  # an address is an identity only as long as nothing else can have it
        self.place({("parameter", name): tensor for name, tensor in model.named_parameters()})
        self.place({("buffer", name): tensor for name, tensor in model.named_buffers()})

    def place(self, origins: Mapping[Origin, Tensor]) -> None:
        for origin, tensor in origins.items():
            self._origins[id(tensor)] = (*origin, str(tensor.dtype), tuple(tensor.shape), _digest(tensor))
            self._alive.append(tensor)

    def origin(self, tensor: Tensor) -> Origin:
        known = self._origins.get(id(tensor))
        if known is not None:
            return known
        if is_fake(tensor):
            raise NotALineError  # made where nothing was noted
        return ("constant", str(tensor.dtype), tuple(tensor.shape), _digest(tensor))

    def add(self, func: Any, arguments: tuple[list[Any], Any], results: Sequence[Any]) -> None:
        import torch

        if self.between:
            raise NotALineError
        tensors = [each for each in results if isinstance(each, torch.Tensor)]
        if tensors and all(tensor.numel() == 0 for tensor in tensors) and not func._schema.is_mutable:
            for tensor in tensors:  # as caches begin: nothing but a shape, wherever it was made
                self._origins[id(tensor)] = ("empty", str(tensor.dtype), tuple(tensor.shape))
                self._alive.append(tensor)
            return
        flat, shape = arguments
        origins = tuple(self.origin(each) for each in flat if isinstance(each, torch.Tensor))
        plain = tuple(
            None if isinstance(each, torch.Tensor) else (type(each).__name__, repr(each)) for each in flat
        )
        done = self.run.operations.setdefault(self.section, [])
        place = len(done)
        done.append(Operation(str(func), (str(shape), plain), origins, func._schema.is_mutable))
        for index, result in enumerate(results):
            if isinstance(result, torch.Tensor):
                self._origins[id(result)] = ("made", self.section, place, index)
                self._alive.append(result)

    def enter(self, layer: int) -> None:
        if self.section != layer - 1 or (layer > 0 and not self.between):
            raise NotALineError
        self.section, self.between = layer, False

    def leave(self, layer: int, result: Any) -> None:
        import torch
        from torch.utils._pytree import tree_leaves

        if self.section != layer or self.between:
            raise NotALineError
        tensors = [each for each in tree_leaves(result) if isinstance(each, torch.Tensor)]
        self.run.results[layer] = [self.origin(each) for each in tensors]
        self.between = True
        if layer == self.run.depth - 1:
            self.section, self.between = self.run.depth, False


@contextmanager
def _sections(stack: LayerStack, noted: _Notes) -> Iterator[None]:
    """Tell the notes when a layer begins and ends."""

    def begins(layer: int) -> Callable[..., None]:
        return lambda *_: noted.enter(layer)

    def ends(layer: int) -> Callable[..., None]:
        return lambda _module, _given, result: noted.leave(layer, result)

    with ExitStack() as undo:
        for index, layer in enumerate(stack.layers):
            undo.callback(layer.register_forward_pre_hook(begins(index)).remove)
            undo.callback(layer.register_forward_hook(ends(index)).remove)
        yield


@contextmanager
def _as_exporting() -> Iterator[None]:
    """Have models take the ways that they take while they are exported."""
    from torch import compiler

    state: Any = compiler
    before = state._is_compiling_flag, state._is_exporting_flag
    state._is_compiling_flag = state._is_exporting_flag = True
    try:
        yield
    finally:
        state._is_compiling_flag, state._is_exporting_flag = before


def _without_numbers(tensor: Tensor, model: Any) -> Tensor:
    """A fake tensor of the same shape, of the same kind as the model's parameters."""
    parameter = next(model.parameters())
    fake: Tensor = parameter.fake_mode.from_tensor(tensor, static_shapes=True)
    return fake


def _digest(tensor: Tensor) -> str:
    """A hash of the numbers, or nothing where there are none."""
    import torch

    if is_fake(tensor):
        return ""
    whole = tensor.detach().contiguous().reshape(-1).view(torch.uint8)
    return hashlib.blake2b(whole.numpy().data, digest_size=16).hexdigest()
