"""An ONNX graph as the base of an adapter: what its inputs are called, without its weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint import Checkpoint, open_checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError, NotACheckpointError
from lorasurgery.formats._stated_base import StatedBase, stated_in
from lorasurgery.paths import StrPath, expanded
from lorasurgery.text import reason_of

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

SUFFIX = ".onnx"
# ONNX's numbers for the types that adapters have.
DTYPES = {1: Dtype.F32, 10: Dtype.F16, 11: Dtype.F64, 16: Dtype.BF16}


@dataclass(frozen=True)
class GraphInput:
    """An input: its dtype, None where no adapter has it, and its shape, with None for free sides."""

    dtype: Dtype | None
    shape: tuple[int | None, ...]
    has_default: bool


@dataclass(frozen=True)
class GraphBase(Checkpoint):
    """A graph; `inputs` are all that a run can be given, those with defaults included.

    `stated` is the model that it was made from, where the graph says so.
    """

    inputs: dict[str, GraphInput] = field(default_factory=dict)
    stated: StatedBase | None = None


def open_graph(base: StrPath) -> Checkpoint:
    """Open a graph, or the only one in a folder; anything else is opened as a model's weights.

    Raises:
        NotACheckpointError: a folder has several graphs.
        DamagedFileError: it is no graph.
    """
    path = expanded(base)
    graphs = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not graphs or graphs[0].suffix != SUFFIX:
        return open_checkpoint(base)
    if len(graphs) > 1:
        raise NotACheckpointError(f"{path} has {len(graphs)} graphs; name one, as in {graphs[0]}.")
    model = _model(graphs[0])
    stated = stated_in({each.key: each.value for each in model.metadata_props})
    inputs = _inputs(model.graph)
    return GraphBase(str(base), graphs[0].parent, (graphs[0],), {}, inputs=inputs, stated=stated)


def _model(path: Path) -> ModelProto:
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped, unused-ignore]

    try:
        return onnx.load(path, load_external_data=False)
    except (DecodeError, ValueError, OSError) as error:
        raise DamagedFileError(f"{path} cannot be read as a graph: {reason_of(error)}.") from None


def _inputs(graph: GraphProto) -> dict[str, GraphInput]:
    defaults = {each.name for each in graph.initializer}
    found = {}
    for each in graph.input:
        kind = each.type.tensor_type
        found[each.name] = GraphInput(DTYPES.get(kind.elem_type), _shape(kind.shape), each.name in defaults)
    return found


def _shape(shape: Any) -> tuple[int | None, ...]:
    return tuple(side.dim_value if side.HasField("dim_value") else None for side in shape.dim)
