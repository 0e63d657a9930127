"""Pictures in, one answer or one vector a patch out (ViT).

The size of a picture is the model's own: the batch alone is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.exporting.tasks.value import ExportTask, Feed, GraphPort, GraphSpec

if TYPE_CHECKING:
    from torch import Tensor

TASKS = ("feature-extraction", "image-classification")


def suits(model: Any) -> bool:
    """Whether the model reads pictures, and only those."""
    return bool(model.main_input_name == "pixel_values") and not model.config.is_encoder_decoder


def task(name: str, model: Any) -> ExportTask:
    """One graph, `model`.

    Raises:
        UnsupportedError: the config does not say how large a picture is.
    """
    size = getattr(model.config, "image_size", None)
    if size is None:
        raise UnsupportedError(
            f"The config of {type(model).__name__} has no `image_size`, which a graph of it must know; "
            "complete its config.json."
        )
    height, width = (size, size) if isinstance(size, int) else size
    pixels = GraphPort("pixel_values", ("batch_size", model.config.num_channels, height, width))
    if name == "image-classification":
        outputs = (GraphPort("logits", ("batch_size", model.config.num_labels)),)
    else:
        # How many patches there are is the model's business; the number is fixed in any case.
        outputs = (GraphPort("last_hidden_state", ("batch_size",)),)
    call = partial(_call, tuple(output.name for output in outputs))
    return ExportTask(name, type(model).__name__, (GraphSpec("model", (pixels,), outputs, call),))


def _call(names: tuple[str, ...], model: Any, feed: Feed) -> Sequence[Tensor]:
    answer = model(**feed)
    return [answer[name] for name in names]
