"""A graph of which a few layers were traced and the others copied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.onnx.exporting.repeating.copies import add_copies
from lorasurgery.onnx.exporting.repeating.kinds import Prefix, Program, kinds_of, program_of, shortest_prefix
from lorasurgery.onnx.exporting.repeating.program import record
from lorasurgery.onnx.exporting.repeating.stack import LayerStack, layer_stacks, only_first
from lorasurgery.onnx.exporting.tasks import GraphSpec
from lorasurgery.text import reason_of

if TYPE_CHECKING:
    import onnx_ir as ir
    from torch import Tensor

Example = Mapping[str, "Tensor"]


@dataclass(frozen=True)
class RepeatedGraph:
    """A traced graph, and how many layers of it were traced and how many are copies."""

    model: ir.Model
    traced: int
    copied: int


def trace_few_layers(
    model: Any, graph: GraphSpec, example: Example, trace: Callable[[GraphSpec, Example], ir.Model]
) -> tuple[RepeatedGraph | None, str]:
    """Trace the model with its first layers only, and copy those for the others.

    No graph where the model has no stack of layers that are alike, or where anything at all speaks
    against it: the whole model has to be traced then. Also say in a line which way was taken and
    why; exporters run with the log turned off, so that it is the caller who can log it.

    Args:
        trace: traces the model as it is at the time; names are those of parameters and ports.
    """
    reason = "there are no layers to copy"
    for stack in layer_stacks(model):
        # Models do what they like when they are run without numbers or with fewer layers than
        # their config says. Whatever they raise, tracing the whole model is the way out.
        try:
            found = _repeated(model, graph, example, stack, trace)
        except Exception as error:
            reason = f"all layers of {stack.name} are traced: {reason_of(error)}"
            continue
        if found is None:
            return None, f"all layers of {stack.name} are traced: too few are alike"
        return found, f"{found.traced} layers of {stack.name} traced, {found.copied} copied"
    return None, reason


def _repeated(
    model: Any,
    graph: GraphSpec,
    example: Example,
    stack: LayerStack,
    trace: Callable[[GraphSpec, Example], ir.Model],
) -> RepeatedGraph | None:
    """One stack's layers, traced and copied; None where too many of them differ."""
    whole = program_of(record(model, graph, example, stack), stack.name)
    prefix = shortest_prefix(whole, kinds_of(whole, stack, model))
    if prefix is None:
        return None
    few = graph.of_layers(prefix.count)
    fed = {port.name: example[port.name] for port in few.inputs}
    with only_first(model, stack, prefix.count):
        first = LayerStack(stack.name, stack.layers[: prefix.count])
        if not _begins(whole, program_of(record(model, few, fed, first), stack.name), prefix):
            return None
        traced = trace(few, fed)
    add_copies(traced.graph, graph, stack, prefix)
    return RepeatedGraph(traced, prefix.count, len(prefix.stands_for))


def _begins(whole: Program, few: Program, prefix: Prefix) -> bool:
    """Whether the model with few layers does what the whole one does, the other layers left out."""
    return (
        few.before == whole.before
        and few.kinds == whole.kinds[: prefix.count]
        and few.after == whole.after
        and few.outputs == whole.outputs
    )
