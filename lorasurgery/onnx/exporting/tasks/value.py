"""What an export gives: graphs with named inputs and outputs, and how torch's model is called for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from torch import Tensor

Kind = Literal["tokens", "mask", "positions", "types", "numbers"]
Feed = Mapping[str, "Tensor"]
# Called with the model and its inputs by name; gives the outputs in the order of the graph's. Which
# layers' caches there are, it sees from the inputs and from the model.
Call = Callable[[Any, Feed], "Sequence[Tensor]"]

_LAYER_OF_PORT = re.compile(r"\.(\d+)\.")


def layer_of_port(name: str) -> int | None:
    """The layer whose cache an input or output is (`past_key_values.3.key`), or None."""
    found = _LAYER_OF_PORT.search(name)
    return int(found[1]) if found else None


@dataclass(frozen=True)
class GraphPort:
    """An input or output of a graph. An axis with a name is free, one with a number is fixed.

    `mask` names the input that says which places of an output's axes count: what stands at padding
    means nothing.
    """

    name: str
    axes: tuple[str | int, ...]
    kind: Kind = "numbers"
    mask: str | None = None


@dataclass(frozen=True)
class GraphSpec:
    """One .onnx file: `file` without its ending. `call` is how torch's model does the same.

    `data` is the file whose external data this graph shares; by default its own.
    """

    file: str
    inputs: tuple[GraphPort, ...]
    outputs: tuple[GraphPort, ...]
    call: Call
    data: str = ""

    def of_layers(self, count: int) -> GraphSpec:
        """The graph of a model that has only the first `count` layers: ports of the others left out."""

        def remain(ports: tuple[GraphPort, ...]) -> tuple[GraphPort, ...]:
            return tuple(port for port in ports if (layer_of_port(port.name) or 0) < count)

        return replace(self, inputs=remain(self.inputs), outputs=remain(self.outputs))

    @property
    def data_file(self) -> str:
        return f"{self.data or self.file}.onnx_data"


@dataclass(frozen=True)
class ExportTask:
    """What a model is exported for, by optimum's name of it, the class that does it, and its graphs.

    `check` names the way of checking: `plain`, `cached` or `encoder-decoder`.
    """

    name: str
    class_name: str
    graphs: tuple[GraphSpec, ...]
    check: Literal["plain", "cached", "encoder-decoder"] = "plain"
