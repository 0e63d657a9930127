"""Which layers of a run do the same, and how few of them show all that is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.onnx.exporting.repeating.program import (
    BEFORE,
    NotALineError,
    Operation,
    Origin,
    Run,
)
from lorasurgery.onnx.exporting.repeating.stack import LayerStack
from lorasurgery.onnx.exporting.tasks.value import layer_of_port

if TYPE_CHECKING:
    from torch import nn

_NUMBERS = ("layer", "idx", "index", "block_id")
_PLAIN = (bool, int, float, str, type(None))


@dataclass(frozen=True)
class Program:
    """A run in which no layer's own number occurs: two of them can be compared.

    `kinds` has one value for each layer, equal where the layers do the same.
    """

    before: tuple[Any, ...]
    kinds: tuple[Any, ...]
    after: tuple[Any, ...]
    outputs: Mapping[str, Any]


def program_of(run: Run, stack_name: str) -> Program:
    """Say a run without the numbers of layers.

    Raises:
        NotALineError: what is done for single layers before the first cannot be told apart.
    """
    sayer = _Sayer(run, stack_name)
    kinds = tuple(
        (sayer.section(layer), tuple(sorted(sayer.outputs(layer).items())), sayer.results(layer))
        for layer in range(run.depth)
    )
    return Program(sayer.shared(), kinds, sayer.section(run.depth), sayer.outputs(None))


def kinds_of(program: Program, stack: LayerStack, model: Any) -> list[Any]:
    """A value for each layer, equal where layers do the same, are set alike, and have the same in
    every list of a config that has an entry for each.
    """
    return [
        (program.kinds[layer], _settings(module, layer), tuple(_entries(model, stack.depth, layer)))
        for layer, module in enumerate(stack.layers)
    ]


@dataclass(frozen=True)
class Prefix:
    """How many layers are traced, and which of them stands for each of the others."""

    count: int
    stands_for: Mapping[int, int]


def shortest_prefix(program: Program, kinds: list[Any]) -> Prefix | None:
    """The fewest first layers that have all kinds; None where that is all of them.

    The first layer stands for no other: what comes before it is no layer. What stands for others
    has, among the first layers, one with the same operations to be compared with.
    """
    steps = [tuple(said[0] for said in done) for done, *_ in program.kinds]
    for count in range(2, len(kinds)):
        last = {}
        for layer in range(1, count):
            last[id_of(kinds, layer)] = layer
        wanted = {layer: last.get(id_of(kinds, layer)) for layer in range(count, len(kinds))}
        found = {layer: stand for layer, stand in wanted.items() if stand is not None}
        if len(found) == len(wanted) and all(
            steps[stand] in (*steps[:stand], *steps[stand + 1 : count]) for stand in found.values()
        ):
            return Prefix(count, found)
    return None


def id_of(kinds: list[Any], layer: int) -> int:
    """The first layer of the same kind."""
    return kinds.index(kinds[layer])


class _Sayer:
    """The words for the operations of one run."""

    def __init__(self, run: Run, stack_name: str) -> None:
        self.run, self._prefix = run, f"{stack_name}."
        self._before = run.operations.get(BEFORE, [])
        self._own = self._of_single_layers()
        shared = [place for place, _ in enumerate(self._before) if not self._own[place]]
        self._number = {place: number for number, place in enumerate(shared)}

    def _of_single_layers(self) -> list[bool]:
        """Whether each operation before the layers depends on some layer's own inputs."""
        found: list[bool] = []
        for operation in self._before:
            depends = any(
                (origin[0] == "input" and layer_of_port(origin[1]) is not None)
                or (origin[0] == "made" and found[origin[2]])
                for origin in operation.origins
            )
            if depends and operation.mutates:
                raise NotALineError
            found.append(depends)
        return found

    def shared(self) -> tuple[Any, ...]:
        """What is done before the layers and for no single one of them."""
        return tuple(self._said(self._before[place], None) for place in self._number)

    def section(self, section: int) -> tuple[Any, ...]:
        return tuple(self._said(each, section) for each in self.run.operations.get(section, []))

    def outputs(self, layer: int | None) -> dict[str, Any]:
        """The origins of a layer's own outputs of the graph, or of those that are no layer's."""
        section = self.run.depth if layer is None else layer
        return {
            self._relative(name, layer): self._word(origin, section)
            for name, origin in self.run.outputs.items()
            if layer_of_port(name) == layer
        }

    def results(self, layer: int) -> tuple[Any, ...]:
        return tuple(self._word(each, layer) for each in self.run.results[layer])

    def _said(self, operation: Operation, section: int | None) -> tuple[Any, ...]:
        words = tuple(self._word(each, section) for each in operation.origins)
        return (operation.name, operation.arguments, words)

    def _word(self, origin: Origin, section: int | None) -> Any:
        """Say where a value comes from, as seen from a section."""
        kind = origin[0]
        if kind in ("parameter", "buffer"):
            own = f"{self._prefix}{section}."
            name = origin[1]
            return (kind, f"*.{name.removeprefix(own)}" if name.startswith(own) else name, *origin[2:])
        if kind == "input":
            return (kind, self._relative(origin[1], section), *origin[2:])
        if kind != "made":
            return origin
        _, made_in, place, index = origin
        if made_in == BEFORE:
            if self._own[place]:
                return ("of a layer", self._said(self._before[place], section), index)
            return ("before", self._number[place], index)
        if made_in == section:
            return ("own", place, index)
        if section is not None and made_in == section - 1 and origin in self.run.results[made_in]:
            return ("layer before", self.run.results[made_in].index(origin))
        return origin

    def _relative(self, name: str, layer: int | None) -> str:
        return name if layer is None else name.replace(f".{layer}.", ".*.", 1)


def _settings(module: nn.Module, layer: int) -> tuple[Any, ...]:
    """What the modules of a layer are, and how they are set; the layer's own number left out."""
    return tuple(
        (name, type(inner).__module__, type(inner).__qualname__, key, _setting(key, value, layer))
        for name, inner in module.named_modules()
        for key, value in sorted(vars(inner).items())
        if not key.startswith("_")
    )


def _setting(key: str, value: Any, layer: int) -> Any:
    if type(value) is int and value == layer and any(word in key for word in _NUMBERS):
        return "*"
    if isinstance(value, _PLAIN):
        return (type(value).__name__, repr(value))
    if isinstance(value, list | tuple):
        return tuple(_setting("", each, layer) for each in value)
    return getattr(value, "__qualname__", type(value).__qualname__)


def _entries(model: Any, depth: int, layer: int) -> Iterator[Any]:
    """What lists with an entry for each layer, in any config of the model, have for one."""
    configs = {
        id(config): config for module in model.modules() if (config := getattr(module, "config", None))
    }
    for config in configs.values():
        for key, value in sorted(vars(config).items()):
            if isinstance(value, list | tuple) and len(value) == depth:
                yield (key, repr(value[layer]))
