"""What a module is: the modules, parameters and kinds of a checkpoint's model, without its weights.

Three ways, the cheapest that can answer: `table` for the plainest families, `transformers` for any
class it knows, `names` for the rest. `bind` then finds the parameters in a checkpoint, its own or
another's.
"""

from __future__ import annotations

from collections.abc import Mapping

from lorasurgery.architecture.binding import bind
from lorasurgery.architecture.names import architecture_by_names
from lorasurgery.architecture.table import architecture_by_table
from lorasurgery.architecture.transformers_class import UnknownClassError, architecture_by_class
from lorasurgery.architecture.value import LOW_RANK, Architecture, Binding, Kind, Layout, Parameter, Source
from lorasurgery.checkpoint.as_trained import refuse_as_trained
from lorasurgery.checkpoint.value import Checkpoint

__all__ = [
    "LOW_RANK",
    "Architecture",
    "Binding",
    "Kind",
    "Layout",
    "Parameter",
    "Source",
    "architecture_of",
    "bind",
]


# What configs call the number of layers; `max_window_layers` is none.
COUNTS_OF_LAYERS = (
    "num_hidden_layers",
    "num_layers",
    "n_layer",
    "n_layers",
    "num_decoder_layers",
    "encoder_layers",
    "decoder_layers",
)


def architecture_of(checkpoint: Checkpoint) -> Architecture:
    """Describe the model that a checkpoint's config names, or else what its names and shapes say.

    Raises:
        UnsupportedError, DamagedFileError: it is a training's state and no finished model
            (`refuse_as_trained`).
    """
    found = _described(checkpoint)
    refuse_as_trained(checkpoint, found.parameters if found.origin != "names" else ())
    return found


def _described(checkpoint: Checkpoint) -> Architecture:
    too_deep = _more_layers_than_tensors(checkpoint)
    if too_deep:
        return architecture_by_names(checkpoint, note=too_deep)
    by_table = architecture_by_table(checkpoint)
    if by_table is not None:
        return by_table
    try:
        return architecture_by_class(checkpoint.config)
    except UnknownClassError as reason:
        # A class of diffusers needs no class of transformers.
        note = "" if "_class_name" in checkpoint.config else str(reason)
        return architecture_by_names(checkpoint, note=note)


def _more_layers_than_tensors(checkpoint: Checkpoint) -> str:
    """Say so where a config cannot be this file's: to build what it describes might take for ever."""
    count = len(checkpoint.tensors)
    nested = [value for value in checkpoint.config.values() if isinstance(value, Mapping)]
    for config in (checkpoint.config, *nested):
        for key, value in config.items():
            if key in COUNTS_OF_LAYERS and isinstance(value, int) and value > count:
                return f"the config speaks of {value} layers ({key}), and the file has {count} tensors"
    return ""
