"""Read PEFT's `adapter_config.json`, and check types, patterns and numbers of its keys.

Keys that nothing here reads may have any value: `config_keys` names those that nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lorasurgery.adapter import Nested
from lorasurgery.architecture.spelling import unwrapped_text
from lorasurgery.checkpoint.folder import read_json
from lorasurgery.errors import DamagedFileError
from lorasurgery.expressions import parsed
from lorasurgery.foreign import is_number, quoted
from lorasurgery.formats.peft.matching import is_plain, value_pattern

CONFIG_FILE = "adapter_config.json"

# PEFT writes `peft_version` since 0.18.0, and this key always; other programs that write its format
# have no use for it.
OF_PEFT_ITSELF = "megatron_core"

# What names modules or parameters.
NAMING = (
    "target_modules",
    "exclude_modules",
    "modules_to_save",
    "target_parameters",
    "rank_pattern",
    "alpha_pattern",
    "trainable_token_indices",
)


def read_config(folder: Path) -> dict[str, Any]:
    """Read an adapter's config, with names that are free of wrappers.

    Raises:
        DamagedFileError: a key has a value of the wrong type.
    """
    config = read_json(folder / CONFIG_FILE)
    for key, (is_right, wanted) in KEYS.items():
        value = config.get(key)
        if value is not None and not is_right(value):
            raise DamagedFileError(
                f"{folder / CONFIG_FILE}: {key!r} is {quoted(value)}, and should be {wanted}."
            )
    return config | {key: _unwrapped(config[key]) for key in NAMING if config.get(key)}


def _unwrapped(value: Any) -> Any:
    """Remove the names of wrappers from names, patterns, or values by names."""
    if isinstance(value, str):
        return unwrapped_text(value)
    if isinstance(value, Mapping):
        return {unwrapped_text(key): each for key, each in value.items()}
    return [_unwrapped(each) for each in value] if isinstance(value, list) else value


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(parsed(value))
    except ValueError:
        return False


def _are_targets(value: Any) -> bool:
    return _are_names(value) or _is_pattern(value)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def are_values(value: Any) -> bool:
    """Whether a value is an object of numbers by patterns, as `alpha_pattern` is."""
    return _is_mapping(value) and all(
        (is_plain(key) or _is_pattern(value_pattern(key))) and is_number(each) for key, each in value.items()
    )


Check = tuple[Callable[[Any], bool], str]
NUMBER: Check = (is_number, "a number")
NAMES: Check = (_are_names, "a list of names")
TARGETS: Check = (_are_targets, "a list of names, or one pattern of names")
VALUES: Check = (are_values, "an object of numbers, by patterns of names")

KEYS: Mapping[str, Check] = {
    "r": NUMBER,
    "init_r": NUMBER,
    "lora_alpha": NUMBER,
    "alpha": NUMBER,
    "alpha_pattern": VALUES,
    "target_modules": TARGETS,
    "feedforward_modules": TARGETS,
    "target_parameters": NAMES,
    "modules_to_save": NAMES,
    "auto_mapping": (_is_mapping, "an object"),
    "task_type": (lambda value: isinstance(value, str), "the name of a task"),
    "base_model_name_or_path": (lambda value: isinstance(value, str), "a name"),
}


# The key of our own in PEFT's config, which PEFT ignores, and the version of what stands there.
NOTE, NOTE_VERSION = "lorasurgery", 1
FORMS = ("svd", "nested")


def nested_of(config: Mapping[str, Any]) -> Nested | None:
    """Return what the config says of a LoRA-Dyn adapter.

    Raises:
        DamagedFileError: it is not understood.
    """
    note = config.get(NOTE)
    if not isinstance(note, Mapping) or note.get("variant") != "dyn":
        return None
    ranks = note.get("ranks")
    numbers = isinstance(ranks, list) and all(isinstance(rank, int) and rank > 0 for rank in ranks)
    if note.get("version") != NOTE_VERSION or note.get("form") not in FORMS or not numbers:
        raise DamagedFileError(
            f"{CONFIG_FILE}: {NOTE!r} is {quoted(note)}; version {NOTE_VERSION}, a form of "
            f"{' or '.join(FORMS)} and a list of ranks are expected."
        )
    return Nested(str(note["form"]), tuple(note["ranks"]))


def note_of(nested: Nested) -> dict[str, Any]:
    """Build the note of a LoRA-Dyn adapter, which `nested_of` reads."""
    note = {"version": NOTE_VERSION, "variant": "dyn", "form": nested.form, "ranks": list(nested.ranks)}
    return {NOTE: note}
