"""The stack of layers that a model runs through, and the model with the first of them only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

# Of two layers none can be left out: the second is there to be compared with the first.
FEWEST_LAYERS = 3


@dataclass(frozen=True)
class LayerStack:
    """A list of layers in a model, by the name that the list has in it: `model.layers`."""

    name: str
    layers: tuple[nn.Module, ...]

    @property
    def depth(self) -> int:
        return len(self.layers)


def layer_stacks(model: nn.Module) -> list[LayerStack]:
    """All lists of layers that could be a stack, the deepest first; lists within lists left out."""
    from torch import nn

    found: list[LayerStack] = []
    for name, module in model.named_modules():
        if not isinstance(module, nn.ModuleList) or any(name.startswith(f"{each.name}.") for each in found):
            continue
        layers = tuple(module)
        if len(set(map(id, layers))) == len(layers) >= FEWEST_LAYERS:
            found.append(LayerStack(name, layers))
    return sorted(found, key=lambda stack: -stack.depth)


@contextmanager
def only_first(model: Any, stack: LayerStack, count: int) -> Iterator[None]:
    """Leave the first layers of a stack in the model, for as long as the context lasts."""
    from torch import nn

    parent_name, _, leaf = stack.name.rpartition(".")
    parent = model.get_submodule(parent_name)
    whole = getattr(parent, leaf)
    setattr(parent, leaf, nn.ModuleList(stack.layers[:count]))
    try:
        yield
    finally:
        setattr(parent, leaf, whole)
