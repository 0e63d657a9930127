"""What adapters change: the same seeded inputs for the model with them and for the bare base, both by torch.

    effect = max |merged − base|        over all outputs, at places that are no padding

Where that is less than the tolerance of the check, a graph into which nothing was merged would have
passed it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lorasurgery.onnx.exporting.compare import ROWS, counting, reach_of, said, uncached, whole_text
from lorasurgery.onnx.exporting.sample import draw
from lorasurgery.onnx.exporting.tasks import ExportTask, GraphSpec

if TYPE_CHECKING:
    from torch import Tensor

# Tokens of a text; texts are padded, as in the check.
LENGTH = 9


def answers(task: ExportTask, model: Any, config: Any) -> list[Tensor]:
    """All outputs of a model that are its answers, on inputs drawn for a config, at places that count."""
    length = min(LENGTH, reach_of(config))
    if task.check == "cached":
        text = whole_text(ROWS, length, task.graphs[0], config)
        return [uncached(model, text)[text["attention_mask"] == 1]]
    if task.check == "encoder-decoder":
        return _decoded(task, model, config, length)
    return [each for graph in task.graphs for each in _plain(graph, model, config, length)]


def _plain(graph: GraphSpec, model: Any, config: Any, length: int) -> list[Tensor]:
    feed = _drawn(graph, config, length)
    found = said(graph, model, feed)
    places = {port.name: counting(port, feed) for port in graph.outputs}
    return [each if places[name] is None else each[places[name]] for name, each in found.items()]


def _drawn(graph: GraphSpec, config: Any, length: int) -> Mapping[str, Tensor]:
    import torch

    sizes = {"batch_size": ROWS, "sequence_length": length, "encoder_sequence_length": length}
    return draw(graph.inputs, sizes, config, dtype=torch.float32, seed=ROWS, pad="right")


def _decoded(task: ExportTask, model: Any, config: Any, length: int) -> list[Tensor]:
    """What the decoder makes of what the encoder hears."""
    encoder, decoder, *_ = task.graphs
    feed = _drawn(encoder, config, length)
    tokens = next(port for port in decoder.inputs if port.kind == "tokens")
    sizes = {"batch_size": ROWS, "decoder_sequence_length": length}
    ids = draw([tokens], sizes, config, dtype=model.dtype, seed=1)["input_ids"]
    return [uncached(model, {**feed, "decoder_input_ids": ids})]


def largest_change(task: ExportTask, base: Any, config: Any, merged: Sequence[Tensor]) -> float | None:
    """How far a base's answers are from those of the merged model, whose config it is; None where
    the base cannot give them (it lacks tokens that an adapter brings), or not in numbers.
    """
    try:
        bare = answers(task, base, config)
    except (IndexError, RuntimeError):
        return None
    if [each.shape for each in bare] != [each.shape for each in merged]:
        return None
    pairs = zip(bare, merged, strict=True)
    changes = [float((one.double() - two.double()).abs().max()) for one, two in pairs if one.numel()]
    return max(changes, default=0.0) if all(map(math.isfinite, changes)) else None
