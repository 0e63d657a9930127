"""A model without its weights: the class that a config names, with parameters that have a shape
and no memory, and real buffers.

Parameters are torch's fake tensors, on the CPU by name; what the model's code computes for itself
while it is built (rotary frequencies, position numbers) is computed. So a graph can be traced that
is larger than any memory.
"""

from __future__ import annotations

import copy
import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.text import reason_of

if TYPE_CHECKING:
    import torch

EXPERTS = "batched_mm"
# Keys that would make the class fetch something, run foreign code, or build quantised layers.
LEFT_OUT = (
    "quantization_config",
    "auto_map",
    "use_pretrained_backbone",
    "_attn_implementation",
    "trust_remote_code",
)


def weightless(config: Mapping[str, Any], class_name: str, dtype: torch.dtype, attention: str) -> Any:
    """Build a class of transformers without weights, in evaluation mode.

    Raises:
        UnsupportedError: there is no such class in transformers, or it does not build from this
            config.
    """
    import transformers
    from transformers import initialization

    found: Any = getattr(transformers, class_name, None)
    if found is None or not _is_model_class(found):
        raise UnsupportedError(
            f"transformers {transformers.__version__} has no class {class_name}, so that there is no model "
            "to trace."
        )
    if config["model_type"] not in transformers.CONFIG_MAPPING:
        raise UnsupportedError(
            f"transformers {transformers.__version__} knows no model type {config['model_type']!r}, so "
            "that there is no model to trace."
        )
    plain = {key: copy.deepcopy(value) for key, value in config.items() if key not in LEFT_OUT}
    try:
        with quiet(), _fake_parameters(), initialization.no_init_weights():
            parsed = transformers.CONFIG_MAPPING[config["model_type"]].from_dict(plain)
            if not isinstance(parsed, found.config_class):
                parsed = parsed.get_text_config()  # a text class named by the config of a composite model
            # Of the ways through a layer of experts, the one whose shapes do not depend on numbers.
            experts = {"experts_implementation": EXPERTS} if found._can_set_experts_implementation() else {}
            model = found._from_config(parsed, attn_implementation=attention, dtype=dtype, **experts).eval()
            model.tie_weights()
    except Exception as error:  # a class may fail on a foreign config in any way
        raise UnsupportedError(
            f"{class_name} does not build from this config: {reason_of(error)}."
        ) from error
    return model


def _is_model_class(found: object) -> bool:
    import transformers

    # The class of all models has no config of its own.
    return (
        isinstance(found, type)
        and issubclass(found, transformers.PreTrainedModel)
        and getattr(found, "config_class", None) is not None
    )


@contextmanager
def _fake_parameters() -> Iterator[None]:
    """Make every parameter that is registered meanwhile a fake one."""
    import torch
    from torch import nn
    from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    # Buffers and example inputs are real.
    mode = FakeTensorMode(allow_non_fake_inputs=True, shape_env=ShapeEnv())
    owner: Any = nn.Module
    register = owner.register_parameter

    def register_fake(module: nn.Module, name: str, parameter: nn.Parameter | None) -> None:
        register(module, name, parameter)
        if parameter is not None and not isinstance(parameter, FakeTensor):
            with mode:
                empty = torch.empty(parameter.shape, dtype=parameter.dtype)
                module._parameters[name] = nn.Parameter(empty, requires_grad=False)

    owner.register_parameter = register_fake
    try:
        yield
    finally:
        owner.register_parameter = register


def is_fake(tensor: Any) -> bool:
    """Whether a tensor has no numbers."""
    from torch._subclasses.fake_tensor import FakeTensor

    return isinstance(tensor, FakeTensor)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep advice for authors of models from people who export one."""
    from transformers.utils import logging as advice

    before, bars = advice.get_verbosity(), advice.is_progress_bar_enabled()
    disabled = logging.root.manager.disable
    with ExitStack() as undo:
        undo.callback(advice.set_verbosity, before)
        undo.callback(logging.disable, disabled)
        if bars:
            undo.callback(advice.enable_progress_bar)
        undo.enter_context(warnings.catch_warnings())
        # torch prints the graph in which it fails.
        undo.enter_context(redirect_stdout(io.StringIO()))
        undo.enter_context(redirect_stderr(io.StringIO()))
        advice.set_verbosity_error()
        advice.disable_progress_bar()
        logging.disable(logging.ERROR)
        warnings.simplefilter("ignore")
        yield
