"""Text in, the next token out: causal language models, with a cache that goes in and comes out, or without.

One graph serves the prompt (a past of length 0), a piece of a prompt, and single tokens. The
cache's tensors are (batch, heads, length, width); each layer's own shape is read from a run of the
model without numbers.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.exporting.model import quiet
from lorasurgery.onnx.exporting.tasks.value import ExportTask, Feed, GraphPort, GraphSpec
from lorasurgery.text import reason_of

if TYPE_CHECKING:
    from torch import Tensor

TASKS = ("text-generation",)

NEW = ("batch_size", "sequence_length")
# A sum of two free axes is none that the exporter can name: the mask's length has a name of its
# own.
ALL = ("batch_size", "total_sequence_length")
PAST = "past_key_values."


def suits(model: Any) -> bool:
    """Whether the model reads text, and only that."""
    return bool(model.main_input_name == "input_ids") and not model.config.is_encoder_decoder


def task(name: str, model: Any) -> ExportTask:
    """One graph, `model`.

    Raises:
        UnsupportedError: what the model keeps from token to token is not a cache of keys and
            values.
    """
    cached = name.endswith("-with-past")
    shapes = cache_shapes(model) if cached else []
    inputs = [
        GraphPort("input_ids", NEW, "tokens"),
        GraphPort("attention_mask", ALL if cached else NEW, "mask"),
    ]
    if "position_ids" in inspect.signature(model.forward).parameters:
        inputs.append(GraphPort("position_ids", NEW, "positions"))
    past = [GraphPort(f"{PAST}{key}", axes) for key, axes in cache_ports(shapes, "past_sequence_length")]
    present = [GraphPort(f"present.{key}", axes) for key, axes in cache_ports(shapes, ALL[1])]
    logits = GraphPort("logits", (*NEW, model.config.get_text_config().vocab_size), mask="attention_mask")
    graph = GraphSpec("model", (*inputs, *past), (logits, *present), _call)
    return ExportTask(name, type(model).__name__, (graph,), "cached" if cached else "plain")


def cache_ports(shapes: Sequence[tuple[int, int]], length: str) -> list[tuple[str, tuple[str | int, ...]]]:
    """Names and axes of a cache's tensors: `0.key`, `0.value`, ... from (heads, width) of each."""
    return [
        (f"{index // 2}.{'value' if index % 2 else 'key'}", ("batch_size", heads, length, width))
        for index, (heads, width) in enumerate(shapes)
    ]


def cache_shapes(model: Any) -> list[tuple[int, int]]:
    """Heads and width of each layer's keys and values, by a run on two tokens."""
    import torch

    # Anything may go wrong in a model that keeps something else; that it does is the answer.
    try:
        with quiet(), torch.no_grad():
            answer = model(input_ids=torch.zeros(1, 2, dtype=torch.long), use_cache=True)
        tensors = cache_tensors(answer.past_key_values)
        return [(int(tensor.shape[1]), int(tensor.shape[3])) for tensor in tensors]
    except Exception as error:
        raise UnsupportedError(
            f"What {type(model).__name__} keeps from token to token is no cache of keys and values that a "
            f"graph can take in and give out ({reason_of(error)}). "
            "Export it without, by --task text-generation."
        ) from None


def cache_tensors(cache: Any) -> list[Tensor]:
    """All keys and values, layer by layer."""
    return [tensor for layer in cache.layers for tensor in (layer.keys, layer.values)]


def cache_of(tensors: Sequence[Tensor]) -> Any:
    """The model's own cache, of tensors as `cache_tensors` gives them."""
    from transformers import DynamicCache

    # Without a config all layers are full ones: where attention slides over a window, the mask
    # still sees to that.
    return DynamicCache(list(zip(tensors[::2], tensors[1::2], strict=True)))


def _call(model: Any, feed: Feed) -> Sequence[Tensor]:
    plain = {name: tensor for name, tensor in feed.items() if not name.startswith(PAST)}
    past = [tensor for name, tensor in feed.items() if name.startswith(PAST)]
    if not past:
        return [model(**plain, use_cache=False).logits]
    cache = cache_of(past)
    answer = model(**plain, past_key_values=cache, use_cache=True)
    return [answer.logits, *cache_tensors(answer.past_key_values)]
