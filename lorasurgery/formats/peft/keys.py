"""Keys of PEFT's file without PEFT's prefix, the names of wrappers, and the name of the adapter.

    base_model.model._orig_mod.model.layers.0.self_attn.q_proj.lora_A.ref.weight  ->
    model.layers.0.self_attn.q_proj.lora_A.weight

PEFT takes the adapter's name out when it saves; a trainer that saves the state dict as it is leaves
it in, and a model that is trained against another adapter (DPO, GRPO) then has two in one file. One
of them is read, which must be chosen: `FOLDER/NAME` stands for it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lorasurgery.architecture.spelling import unwrapped
from lorasurgery.checkpoint.as_trained import refuse_empty
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.formats.peft.layout import PREFIX
from lorasurgery.lazy import LazyTensor
from lorasurgery.text import listed

DEFAULT = "default"
# What PEFT keeps in a dictionary by the adapter's name, of the methods whose keys have nothing else
# behind it.
HELD = (
    r"(?:lora_(?:A|B|E|embedding_A|embedding_B|magnitude_vector|diag)"
    r"|(?:hada|lokr|ia3|oft|boft|hra|road|hira|vera|pvera|randlora|miss|shira|c3a|fourierft|waveft|delora|vblora|unilora)_\w+)"
)
FACTOR = re.compile(rf"(?:.+\.)?{HELD}\.(?!weight\b|bias\b|\d+\b)(?P<adapter>[^.]+)(?:\.(?:weight|bias))?")
# A count of AdaLoRA's ranks, which its factors' shapes state too.
COUNT = re.compile(r".+\.ranknum(?:\.[^.]+)?")
OF_FACTOR = re.compile(rf"(?:^|\.){HELD}(?:\.|$)")
BEFORE_NAME = rf"{HELD}|modules_to_save|ln_tuning_layers|trainable_tokens_delta"


def adapters_in(keys: Iterable[str]) -> list[str]:
    """List the names of the adapters in a file that its keys state, sorted."""
    found = {match["adapter"] for key in keys if (match := FACTOR.fullmatch(key)) is not None}
    return sorted(found)


def own_names(path: Path, tensors: Mapping[str, LazyTensor], chosen: str | None) -> dict[str, LazyTensor]:
    """Return a file's tensors by their names in the model, with PEFT's own parts of names kept.

    Args:
        chosen: the adapter that is wanted; needed where there are several.

    Raises:
        UnsupportedError: there are several adapters, and none is chosen.
        DamagedFileError: two tensors of one name, one of numbers that are not real, or a factor
            without numbers.
    """
    refuse_empty(str(path), {key: tensor for key, tensor in tensors.items() if OF_FACTOR.search(key)})
    named = {key: _without_prefix(key) for key in tensors}
    held = adapters_in(named.values())
    adapter = _adapter(path, held, chosen)
    others = set(held) - {adapter}
    found: dict[str, str] = {}
    for key, name in named.items():
        if COUNT.fullmatch(name) or (others and _has_name(name, others)):
            continue
        own = _without_name(name, adapter)
        if own in found:
            raise DamagedFileError(
                f"{path} has two tensors for {own!r}: {found[own]!r} and {key!r}. Save one adapter alone, "
                "with PEFT's save_pretrained(..., selected_adapters=[NAME])."
            )
        if tensors[key].dtype.is_complex:
            raise DamagedFileError(f"{path}: {key!r} holds complex numbers, and weights are real.")
        found[own] = key
    return {own: tensors[key] for own, key in found.items()}


def _without_prefix(key: str) -> str:
    return unwrapped(unwrapped(key).removeprefix(PREFIX).removeprefix("base_model."))


def _adapter(path: Path, held: Sequence[str], chosen: str | None) -> str:
    if chosen is None and len(held) > 1:
        raise UnsupportedError(
            f"{path} holds {len(held)} adapters in one file ({listed(sorted(held))}); name one, as in "
            f"{path / held[0]}."
        )
    return chosen or (held[0] if held else DEFAULT)


def _has_name(name: str, adapters: Iterable[str]) -> bool:
    return any(_pattern(each).search(name) for each in adapters)


def _without_name(name: str, adapter: str) -> str:
    own = _pattern(adapter).sub(r"\1", name) if adapter in name else name
    if DEFAULT not in own:
        return own
    return re.sub(rf"\.{DEFAULT}(?=\.|$)", "", own)  # which no module is called


@functools.lru_cache
def _pattern(adapter: str) -> re.Pattern[str]:
    """Match an adapter's name, after the parts of keys that have one."""
    return re.compile(rf"((?:^|\.)(?:{BEFORE_NAME}))\.{re.escape(adapter)}(?=\.|$)")
