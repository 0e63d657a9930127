"""What ONNX Runtime does with an adapter: with each of its modules, and with a run."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.lazy import LazyTensor
from lorasurgery.targets._target import AdapterHeader, FileRefusal, Findings, Landing
from lorasurgery.targets.onnx.graph import GraphBase, GraphInput
from lorasurgery.text import times

SOURCE = "onnxruntime/core/session/lora_adapters.cc"
FACTOR = re.compile(r"(.+)\.lora_[AB]\.weight")
OTHER_GRAPH = "name its own graph, or export one with inputs for these modules (export-onnx --swappable)"


def examine(adapter: AdapterHeader, base: Checkpoint, facts: Mapping[str, Any]) -> Findings:
    """Hold a file of factors against a graph's inputs."""
    modules: dict[str, dict[str, LazyTensor]] = defaultdict(dict)
    for name, tensor in sorted(adapter.tensors.items()):
        match = FACTOR.fullmatch(name)
        modules[match[1] if match else name][name] = tensor
    if not isinstance(base, GraphBase):
        reason = "which inputs there are is the graph's, and the base is no graph"
        way = "check it with the graph as --base"
        return Findings([Landing(module, "unknown", reason=reason, way_out=way) for module in modules])
    absent = [
        name
        for name, each in base.inputs.items()
        if FACTOR.fullmatch(name) and not each.has_default and name not in adapter.tensors
    ]
    refusals = []
    if absent:
        reason = f"the graph wants a value for {absent[0]} ({len(absent)} such)"
        refusals.append(FileRefusal(reason, OTHER_GRAPH, SOURCE))
    landings = [_landing(name, each, base.inputs) for name, each in modules.items()]
    return Findings(landings, refusals, notes=[*_notes(adapter, base)])


def _notes(adapter: AdapterHeader, base: GraphBase) -> Iterator[str]:
    wanting = [name for name in adapter.tensors if name in base.inputs and not base.inputs[name].has_default]
    if wanting:
        yield (
            f"The graph has no default for {wanting[0]} ({len(wanting)} such), and ONNX Runtime's Python API "
            "then wants the value from the caller as well."
        )


def _landing(module: str, tensors: Mapping[str, LazyTensor], inputs: Mapping[str, GraphInput]) -> Landing:
    for name, tensor in tensors.items():
        if name not in inputs:
            return Landing(module, "refused", "", f"{name} is no input of the graph", OTHER_GRAPH, SOURCE)
        own = inputs[name]
        if own.dtype is not tensor.dtype:
            wanted = own.dtype and own.dtype.name
            reason = f"{name} is {tensor.dtype.name}, and the graph's input is {wanted}"
            way_out = f"run `lorasurgery convert ADAPTER --dtype {wanted}`" if wanted else OTHER_GRAPH
            return Landing(module, "refused", module, reason, way_out, SOURCE)
        if not _fits(tensor.shape, own.shape):
            reason = f"{name} is {times(tensor.shape)}, and the graph's input is {_shown(own.shape)}"
            return Landing(module, "refused", module, reason, "name its own graph", SOURCE)
    return Landing(module, "lands", module)


def _fits(shape: tuple[int, ...], own: tuple[int | None, ...]) -> bool:
    return len(shape) == len(own) and all(b is None or a == b for a, b in zip(shape, own, strict=True))


def _shown(shape: tuple[int | None, ...]) -> str:
    return "×".join("any" if side is None else str(side) for side in shape)
