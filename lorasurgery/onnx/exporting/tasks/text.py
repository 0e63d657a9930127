"""Text in, one answer or one vector a token out: encoders and classifiers (BERT, RoBERTa,
DistilBERT; also a Llama with a classifier).
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from lorasurgery.onnx.exporting.tasks.value import ExportTask, Feed, GraphPort, GraphSpec

if TYPE_CHECKING:
    from torch import Tensor

TASKS = (
    "feature-extraction",
    "fill-mask",
    "text-classification",
    "token-classification",
    "question-answering",
)

EACH_TOKEN = ("batch_size", "sequence_length")
OUTPUTS = {
    "feature-extraction": ("last_hidden_state",),
    "question-answering": ("start_logits", "end_logits"),
}

# They take types, and their tokenizers give none: nor does optimum's export.
UNTYPED = ("camembert", "roberta", "xlm-roberta", "xlm-roberta-xl")


def suits(model: Any) -> bool:
    """Whether the model reads text, and only that."""
    return bool(model.main_input_name == "input_ids") and not model.config.is_encoder_decoder


def task(name: str, model: Any) -> ExportTask:
    """One graph, `model`."""
    takes = inspect.signature(model.forward).parameters
    inputs = [GraphPort("input_ids", EACH_TOKEN, "tokens"), GraphPort("attention_mask", EACH_TOKEN, "mask")]
    has_types = (
        getattr(model.config, "type_vocab_size", 0) or 0
    ) > 1 and model.config.model_type not in UNTYPED
    if "token_type_ids" in takes and has_types:
        inputs.append(GraphPort("token_type_ids", EACH_TOKEN, "types"))
    outputs = tuple(_output(name, output, model.config) for output in OUTPUTS.get(name, ("logits",)))
    call = partial(_call, tuple(output.name for output in outputs), "use_cache" in takes)
    return ExportTask(name, type(model).__name__, (GraphSpec("model", tuple(inputs), outputs, call),))


def _output(task: str, name: str, config: Any) -> GraphPort:
    if task == "text-classification":
        return GraphPort(name, ("batch_size", config.num_labels))
    if task == "question-answering":
        return GraphPort(name, EACH_TOKEN, mask="attention_mask")
    width = {"token-classification": config.num_labels, "feature-extraction": config.hidden_size}
    return GraphPort(name, (*EACH_TOKEN, width.get(task, config.vocab_size)), mask="attention_mask")


def _call(names: tuple[str, ...], has_cache: bool, model: Any, feed: Feed) -> Sequence[Tensor]:
    answer = model(**feed, **({"use_cache": False} if has_cache else {}))
    # The head of a pretraining class has a name of its own.
    return [answer["prediction_logits" if n == "logits" and n not in answer else n] for n in names]
