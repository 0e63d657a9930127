"""PEFT's methods that change no weights, or change them in a way that the files do not determine.

Source: PEFT 0.21.2, `tuners`.
"""

from __future__ import annotations

from collections.abc import Mapping

_NO_WEIGHTS = "and changes no weights; load it with PEFT together with the model"

# PEFT's name of a method -> why it cannot be merged into weights, and what to do instead.
REFUSED: Mapping[str, str] = {
    "ADAMSS": "which rows its parts act on depends on clustering the singular vectors of the base, and "
    "PEFT does not save it; "
    "merge it with PEFT, on the base and the machine that it was trained with",
    "ADAPTION_PROMPT": f"it adds learned tokens to what attention looks at, {_NO_WEIGHTS}",
    "CARTRIDGE": f"it is a cache of keys and values that stands before the input, {_NO_WEIGHTS}",
    "CPT": f"it puts learned tokens before the input, {_NO_WEIGHTS}",
    "LILY": (
        "it mixes its factors differently for every input, which no fixed weights can do; load it with "
        "PEFT together with the model"
    ),
    "MULTITASK_PROMPT_TUNING": f"it puts learned tokens before the input, {_NO_WEIGHTS}",
    "POLY": (
        "it mixes its factors differently for every task that is named with the input; load it with PEFT "
        "together with the model"
    ),
    "PREFIX_TUNING": f"it puts learned keys and values before those of the input, {_NO_WEIGHTS}",
    "PROMPT_TUNING": f"it puts learned tokens before the input, {_NO_WEIGHTS}",
    "PSOFT": "it rotates the singular vectors of the base, whose signs PEFT does not save and another "
    "machine may choose otherwise; "
    "merge it with PEFT, on the base and the machine that it was trained with",
    "P_TUNING": f"it puts learned tokens before the input, {_NO_WEIGHTS}",
    "SHADOW": (
        "it runs a second network next to the layers of the base, which no fixed weights can do; load it "
        "with PEFT together with the model"
    ),
    "XLORA": (
        "it mixes several LoRA adapters differently for every token; merge one of them alone, or load it "
        "with PEFT together with the model"
    ),
}
