"""What a module is, from the class that a config names, built by transformers without any weights.

The class is one of transformers' own: code in a model's folder (`auto_map`) is never run. It is
built on torch's meta device, so that it takes no memory and reads no file.
"""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lorasurgery.architecture.conversion import Conversion
from lorasurgery.architecture.model_types import has_model_type
from lorasurgery.architecture.tasks import task_of
from lorasurgery.architecture.value import Architecture, Kind, Parameter, owner
from lorasurgery.foreign import quoted

if TYPE_CHECKING:
    from torch import Tensor, nn

# Keys that would make the class fetch something, or build quantised layers instead of the plain
# ones.
LEFT_OUT = (
    "quantization_config",
    "auto_map",
    "use_pretrained_backbone",
    "_attn_implementation",
    "trust_remote_code",
)

# A convolution's own attributes, as code reads them.
GEOMETRY = "(?:stride|kernel_size|padding|dilation|groups|in_channels|out_channels)"
# Keys that count modules, and more than any model of transformers has of them.
COUNT = re.compile(r"(num|n)_(\w+_)?(layers?|blocks?|experts)(_\w+)?|layers|depth")
MOST_OF_A_KIND = 5000


class UnknownClassError(Exception):
    """transformers has no such class, or cannot build it from this config; the text says which."""


def architecture_by_class(config: Mapping[str, Any]) -> Architecture:
    """Build the class that `config` names on the meta device, and describe it.

    Raises:
        UnknownClassError: there is no such class in transformers, or it does not build.
    """
    return _describe(build_named(config), config)


def build_named(config: Mapping[str, Any]) -> Any:
    """Build the class that `config` names on the meta device: a `PreTrainedModel`.

    Raises:
        UnknownClassError: as `architecture_by_class`.
    """
    class_name = next(iter(config.get("architectures") or ()), None)
    if not class_name or not config.get("model_type"):
        raise UnknownClassError("the config names no class (`architectures`) or no `model_type`")
    try:
        return build_model(class_name, config)
    except UnknownClassError:
        raise
    except Exception as error:  # a class may fail on a foreign config in any way; names and shapes still work
        raise UnknownClassError(f"{class_name} does not build from this config: {error}") from error


def completed_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """A config with the defaults of its class for all that it leaves out.

    Raises:
        UnknownClassError: transformers does not know the model type, or does not read the config.
    """
    model_type = config.get("model_type")
    if not has_model_type(model_type):
        raise UnknownClassError(f"transformers has no model type {model_type!r}")
    from transformers import CONFIG_MAPPING

    try:
        with _quiet():
            completed: Mapping[str, Any] = CONFIG_MAPPING[model_type].from_dict(_plain(config)).to_dict()
    except Exception as error:  # as in `architecture_by_class`
        raise UnknownClassError(f"{model_type}: the config is not read: {error}") from error
    return completed


def _plain(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: copy.deepcopy(value) for key, value in config.items() if key not in LEFT_OUT}


def build_model(class_name: str, config: Mapping[str, Any]) -> nn.Module:
    # Asked before the class, whose module takes a second to import.
    if not has_model_type(config["model_type"]):
        raise UnknownClassError(f"transformers has no model type {config['model_type']!r}")
    import torch
    from transformers import CONFIG_MAPPING, initialization

    model_class = _class(class_name)
    plain = _plain(config)
    _check_counts(plain)
    with _quiet(), torch.device("meta"), initialization.no_init_weights():
        parsed = CONFIG_MAPPING[config["model_type"]].from_dict(plain)
        if not isinstance(parsed, model_class.config_class):
            parsed = parsed.get_text_config()  # a text class named by the config of a composite model
        model: nn.Module = model_class._from_config(parsed, attn_implementation="eager")
    return model


def _check_counts(config: Mapping[str, Any]) -> None:
    """Refuse counts of layers or experts that no model has: a class makes a module for each of them."""
    for key, value in config.items():
        if isinstance(value, Mapping):
            _check_counts(value)
        elif isinstance(value, int) and value > MOST_OF_A_KIND and COUNT.fullmatch(key):
            raise UnknownClassError(f"its config has {quoted(value)} for {key}, more than any model has")


def _class(class_name: str) -> Any:
    import transformers

    found = getattr(transformers, class_name, None)
    if isinstance(found, type) and issubclass(found, transformers.PreTrainedModel):
        return found
    raise UnknownClassError(f"transformers {transformers.__version__} has no class {class_name}")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep advice on running the model from people who only ask what it is made of."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)


def _describe(model: Any, config: Mapping[str, Any]) -> Architecture:
    class_name = type(model).__name__
    modules = dict(model.named_modules(remove_duplicate=False))
    reserved = _packed_projections(modules) | _consulted_layers(modules)
    trained = dict(model.named_parameters(remove_duplicate=False))
    parameters = {
        name: _parameter(name, tensor, modules[owner(name)], name in trained, owner(name) in reserved)
        for name, tensor in model.state_dict(keep_vars=True).items()
    }
    return Architecture(
        class_name=class_name,
        model_type=config["model_type"],
        task_type=task_of(
            class_name,
            encoder_decoder=bool(model.config.is_encoder_decoder),
            reads_text=model.main_input_name == "input_ids",
        ),
        modules=tuple(modules),
        parameters=parameters,
        tied={name: model.all_tied_weights_keys[name] for name in sorted(model.all_tied_weights_keys)},
        origin="transformers",
        prefix=model.base_model_prefix,
        conversion=Conversion.of(model, {name: p.shape for name, p in parameters.items()}),
    )


def _packed_projections(modules: Mapping[str, nn.Module]) -> set[str]:
    """Return the `out_proj` of MultiheadAttention, which uses its weight directly: a wrapper is
    never called.
    """
    from torch import nn

    return {
        f"{name}.out_proj" for name, module in modules.items() if isinstance(module, nn.MultiheadAttention)
    }


def _consulted_layers(modules: Mapping[str, nn.Module]) -> set[str]:
    """Return convolutions whose owner reads their geometry, as Whisper's encoder does
    (`self.conv1.stride[0]`).

    What PEFT wraps around a layer passes its weight and bias on, and no such attribute.
    """
    from torch import nn

    return {
        name
        for name, module in modules.items()
        if isinstance(module, nn.modules.conv._ConvNd) and _reads_geometry(modules[owner(name)], name)
    }


def _reads_geometry(parent: nn.Module, name: str) -> bool:
    leaf = name.rpartition(".")[2]
    return re.search(rf"\bself\.{leaf}\.{GEOMETRY}\b", inspect.getsource(type(parent))) is not None


def _parameter(
    name: str, tensor: Tensor, module: nn.Module, is_trained: bool, is_reserved: bool
) -> Parameter:
    kind: Kind = _kind(name, tensor, module, is_reserved) if is_trained else "buffer"
    # PEFT goes by this attribute too, so that factors made to it fit whatever the class means by
    # it.
    transposed = kind == "conv1d" or (kind == "experts" and bool(getattr(module, "is_transposed", False)))
    return Parameter(name, owner(name), kind, tuple(tensor.shape), transposed)


def _kind(name: str, tensor: Tensor, module: nn.Module, is_reserved: bool) -> Kind:
    leaf, class_name = name.rpartition(".")[2], type(module).__name__.lower()
    if "bias" in leaf:
        return "bias"
    if leaf == "weight" and (layer := _kind_of_layer(module)) is not None:
        return "other" if is_reserved else layer
    if tensor.ndim == 3 and ("experts" in class_name or owner(name).endswith("experts")):
        return "experts"
    if leaf == "weight" and (tensor.ndim == 1 or "norm" in class_name):
        return "norm"
    return "bare"


def _kind_of_layer(module: nn.Module) -> Kind | None:
    """Tell the layers apart that PEFT dispatches on; None for any other module.

    A subclass with a forward of its own is 'other': LoRA would hand its input to the plain
    operation, which is wrong for BART's, OPT's and Whisper's positions. Embeddings that only scale
    (`embed_scale`) are handled by PEFT. A table that its class freezes (Whisper's sinusoids) is not
    there to be adapted either.
    """
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    forward = type(module).forward
    if isinstance(module, nn.Embedding):
        is_plain = forward is nn.Embedding.forward or hasattr(module, "embed_scale")
        return "embedding" if is_plain and module.weight.requires_grad else "other"
    if isinstance(module, nn.Linear):
        return "linear" if forward is nn.Linear.forward else "other"
    if isinstance(module, Conv1D):
        return "conv1d"
    for plain in (nn.Conv1d, nn.Conv2d, nn.Conv3d):
        if isinstance(module, plain):
            return "conv" if forward is plain.forward and _has_plain_geometry(module) else "other"
    if isinstance(module, nn.modules.conv._ConvNd):
        return "other"  # transposed convolutions
    return None


def _has_plain_geometry(module: nn.Module) -> bool:
    """Return whether PEFT can adapt a convolution: it passes on kernel, stride and padding, not
    groups or dilation.
    """
    geometry: Any = module
    return geometry.groups == 1 and set(geometry.dilation) == {1} and geometry.padding_mode == "zeros"
