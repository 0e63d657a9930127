"""A checkpoint of which only the config is there: the names and shapes of its class, and no numbers.

Whether an adapter will load is often asked before the model itself is fetched, and to match names and
shapes, transformers' class is as good as the files: its parameters get the names on disk that
`save_pretrained` would give them.

Source: transformers 5, `core_model_loading.revert_weight_conversion` and
`PreTrainedModel.save_pretrained`, whose order of steps this follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from lorasurgery.architecture.transformers_class import UnknownClassError, build_named
from lorasurgery.checkpoint.folder import WEIGHT_SUFFIXES
from lorasurgery.checkpoint.open import config_of, open_checkpoint
from lorasurgery.checkpoint.pipeline_parts import PIPELINE_INDEX
from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import NotACheckpointError
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath, expanded

if TYPE_CHECKING:
    from torch import Tensor

CONFIG_FILE = "config.json"


def open_or_describe(name: StrPath) -> Checkpoint:
    """Open a checkpoint; where there is a config and no weights, describe its class in their place.

    Args:
        name: a checkpoint as `open_checkpoint` takes it, a folder with a `config.json`, or that file.

    Returns:
        The checkpoint; without weights it has no `files`, and its tensors cannot be read.

    Raises:
        CheckpointError: as `open_checkpoint`; or transformers cannot build the class.
    """
    path = expanded(name)
    if path.name == CONFIG_FILE and path.is_file():
        return _described(str(name), path.parent)
    try:
        return open_checkpoint(name)
    except NotACheckpointError:
        if not _is_config_alone(path):
            raise
        return _described(str(name), path)


def note_on_missing_weights(base: Checkpoint) -> str:
    """Say where the names and shapes of a base without weights are from; "" of any other."""
    if base.files:
        return ""
    class_name = base.config["architectures"][0]
    return f"{base.name} has no weights: names and shapes are those of transformers' class {class_name}."


def _is_config_alone(folder: Path) -> bool:
    """Weights that cannot be told apart, or that another library reads, are weights as well."""
    if not (folder / CONFIG_FILE).is_file():
        return False
    others = ("adapter_config.json", PIPELINE_INDEX)
    return not any(path.name in others or path.name.endswith(WEIGHT_SUFFIXES) for path in folder.iterdir())


def _described(name: str, folder: Path) -> Checkpoint:
    config = config_of(folder)
    try:
        tensors = _tensors(name, config)
    except UnknownClassError as reason:
        raise NotACheckpointError(
            f"{name} holds a config and no weights, and the class that it names cannot be built: {reason}."
        ) from None
    return Checkpoint(name, folder, (), tensors, config)


def _tensors(called: str, config: Mapping[str, Any]) -> dict[str, LazyTensor]:
    """The tensors that `save_pretrained` would write of the config's class."""
    from transformers.core_model_loading import revert_weight_conversion

    model = build_named(config)
    left_out = {*model.all_tied_weights_keys, *(model._keys_to_ignore_on_save or ())}
    kept: dict[str, Tensor] = {key: value for key, value in model.state_dict().items() if key not in left_out}
    stored = revert_weight_conversion(model, kept)
    return {name: _known_by_shape(called, stored[name]) for name in sorted(stored)}


def _known_by_shape(called: str, tensor: Tensor) -> LazyTensor:
    return LazyTensor(tuple(tensor.shape), Dtype.of(tensor.dtype), partial(_refuse, called))


def _refuse(name: str) -> NoReturn:
    raise NotACheckpointError(
        f"{name} holds a config and no weights, and this needs them: name a base that has its weights, or "
        "leave --base out where it is optional."
    )
