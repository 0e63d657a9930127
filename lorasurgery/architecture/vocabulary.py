"""Where a config states the size of a vocabulary: at its top, or in the part that describes the
text model.

A composite config (`text_config`, `thinker_config.text_config`, `decoder`) has a size for each of
its parts; what its JSON leaves out is what transformers' class has as a default.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

# A value's place in a config: the keys that lead to it.
Path = tuple[str, ...]

# What configs call the number of rows of a table of tokens; `type_vocab_size` counts something
# else.
KEYS = (
    "vocab_size",
    "decoder_vocab_size",
    "src_vocab_size",
    "tgt_vocab_size",
    "input_vocab_size",
    "output_vocab_size",
    "n_words",
    "n_vocab",
)
# Gemma's tables of tokens for each layer have a size of their own.
LAYER_TABLE, LAYER_KEYS = "per_layer", ("vocab_size_per_layer_input",)
# What configs call the part that reads and writes text, where parts of sound or pictures have a
# size too.
TEXT_PARTS = ("text_config", "llm_config", "language_config", "decoder", "generator", "text_encoder")


def vocabulary_paths(config: Mapping[str, Any], name: str, rows: int) -> tuple[Path, ...]:
    """Find the places of a config that state the rows of a token table; none if it is no such table.

    Of several parts with that many tokens it is the part that the table's name has in it
    (`thinker.model.embed_tokens`), or the one of text; and all around it.

    Args:
        name: of the table, in the model or on disk.
    """
    keys = LAYER_KEYS if LAYER_TABLE in name else KEYS
    found = [path for path, size in _sizes(config, keys) if size == rows]
    found = found or [path for path, size in _sizes(_completed(config), keys) if size == rows]
    parts = set(name.split("."))
    own = [path for path in found if parts & {part.removesuffix("_config") for part in path[:-1]}]
    text = [path for path in found if set(TEXT_PARTS) & set(path[:-1])]
    chosen = own or text or found
    return tuple(path for path in found if any(each[: len(path) - 1] == path[:-1] for each in chosen))


def states_a_vocabulary(config: Mapping[str, Any]) -> bool:
    """Whether a config says anywhere how many tokens there are."""
    return any(True for _ in _sizes(config, KEYS))


def with_values(config: Mapping[str, Any], values: Mapping[Path, Any]) -> dict[str, Any]:
    """Return a config with other values at some places; None removes a key, and a missing part is added."""
    made = dict(config)
    for path, value in values.items():
        first, rest = path[0], path[1:]
        if rest:
            inner = made.get(first)
            made[first] = with_values(inner if isinstance(inner, Mapping) else {}, {rest: value})
        else:
            made[first] = value
            if value is None:
                del made[first]
    return made


def _sizes(config: Mapping[str, Any], keys: Collection[str], around: Path = ()) -> Iterator[tuple[Path, int]]:
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from _sizes(value, keys, (*around, key))
        elif key in keys and isinstance(value, int) and not isinstance(value, bool):
            yield (*around, key), value


def _completed(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the config with its class's defaults for what it leaves out; nothing if transformers
    cannot tell.
    """
    from lorasurgery.architecture.transformers_class import UnknownClassError, completed_config

    try:
        return completed_config(config)
    except UnknownClassError:
        return {}
