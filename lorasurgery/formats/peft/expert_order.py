"""Which columns of stacked experts' B are one expert's: by the user's word, the config, the numbers.

PEFT has column k·experts + e for rank k of expert e (`rank_major`). Unsloth's own kernels had e·r + k
(`grouped_by_expert`) for `gate_up_proj` and `down_proj` until 2026-09-18; since then the config says
which of the two a file has, for all in `lora_B_layout` or for a parameter in
`unsloth_fused_expert_lora`. Shapes and norms are the same, so that a file in the wrong order merges
into scrambled experts without an error.

| what is known                     | what is read                                                   |
|-----------------------------------|----------------------------------------------------------------|
| --experts-order                   | that                                                           |
| the config's key                  | that; a note where the numbers clearly say the other           |
| no key, the numbers show it       | what they show (`linalg.expert_order`); a note if not PEFT's   |
| no key, not shown, names Unsloth  | nothing: refused, since both orders are likely                 |
| no key, not shown, otherwise      | PEFT's, with a note if PEFT or Unsloth may have written it     |

The last row is no refusal, since all programs but one have written PEFT's order (PEFT since 0.17,
vLLM, prime-rl, SkyRL, NeMo AutoModel: the table in unsloth-zoo's pull request 1269), and the one
leaves its name in the config or the model card unless somebody took it out. Then the numbers showed it
in 99 of 100 trained adapters (`benchmarks/expert_orders.py`); what they do not show is hardly
trained at all.

Source: unsloth-zoo, pull requests 1232 and 1269, `unsloth_zoo/temporary_patches/moe_utils.py`
and the tests that came with them, which say what the keys hold.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.foreign import quoted
from lorasurgery.formats.peft.config import CONFIG_FILE, OF_PEFT_ITSELF
from lorasurgery.formats.peft.expert_stack import ExpertStack
from lorasurgery.linalg.expert_order import ORDERS, ColumnLikeness, likeness_of, order_shown

# The names of the two orders in the config that Unsloth writes.
LAYOUT_KEY, LAYOUTS_KEY = "lora_B_layout", "unsloth_fused_expert_lora"
LAYOUTS = {"rank_major": "peft", "grouped_by_expert": "grouped-by-expert"}

MODEL_CARD = "README.md"
MOST_OF_A_CARD = 1_000_000
# How much of the numbers is looked at: of each kind of parameter some layers, of each B some rows.
MOST_LAYERS, BLOCKS, ROWS_OF_A_BLOCK = 6, 4, 32


@dataclass(frozen=True)
class ExpertOrders:
    """The order of B's columns for each parameter, and notes on how it was decided.

    `doubtful` are the parameters of which the numbers say another order than the config, or none
    where nothing else does.
    """

    by_name: Mapping[str, str]
    notes: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()


def orders_of(
    stacks: Collection[ExpertStack], folder: Path, config: Mapping[str, Any], order: str | None
) -> ExpertOrders:
    """Decide the order of B's columns for each parameter.

    Args:
        order: one of `ORDERS`, where the user states it.

    Raises:
        UnsupportedError: an order that is not known; or Unsloth's mark, and nothing that shows the order.
    """
    if order is not None and order not in ORDERS:
        raise UnsupportedError(f"--experts-order {order!r} is not one of {', '.join(ORDERS)}.")
    if order is not None:
        return ExpertOrders({stack.name: order for stack in stacks})
    said = {stack.name: _said(stack, folder, config) for stack in stacks}
    matter = [stack for stack in stacks if not stack.has_one_order]
    silent = [stack for stack in matter if said[stack.name] is None]
    found = _found(silent, folder, config)
    contradicted = [
        name
        for value in sorted({each for each in said.values() if each})
        for name in _contradicted([stack for stack in matter if said[stack.name] == value], value)
    ]
    notes = list(found.notes)
    if contradicted:
        notes.append(
            f"The config states the order of experts for {contradicted[0]!r}"
            f"{' and others' if len(contradicted) > 1 else ''}, and their numbers look like the other "
            f"one; the config is followed. Try --experts-order {'|'.join(ORDERS)} if the answers are wrong."
        )
    by_name = {name: value or found.by_name.get(name, "peft") for name, value in said.items()}
    return ExpertOrders(by_name, tuple(notes), (*found.doubtful, *contradicted))


def marked(config: Mapping[str, Any]) -> dict[str, Any]:
    """Mark the order of experts in a config that names Unsloth, lest it be read in Unsloth's."""
    return {LAYOUT_KEY: "rank_major"} if _names_unsloth(json.dumps(config)) else {}


def _found(silent: Sequence[ExpertStack], folder: Path, config: Mapping[str, Any]) -> ExpertOrders:
    """Decide the order of parameters of which the config says nothing."""
    if not silent:
        return ExpertOrders({})
    names = tuple(stack.name for stack in silent)
    what = f"{names[0]!r}{' and others' if len(names) > 1 else ''}"
    shown, place = _shown(silent), _place_of_unsloths_name(folder, config)
    if shown is None and place:
        raise UnsupportedError(
            f"{place} of {folder} names Unsloth, which packed the factors of experts ({names[0]!r}) in an "
            f"order of its own until 2026-09-18 and has written {LAYOUT_KEY} since; the config has no such "
            "key, and the numbers do not show it. Give --experts-order grouped-by-expert if Unsloth trained "
            "it before that day, or --experts-order peft if PEFT alone did."
        )
    if shown is None and not _is_of_peft(config):  # but of a program that never wrote another order
        return ExpertOrders(dict.fromkeys(names, "peft"))
    if shown is None:
        note = (
            f"The experts of {what} are read in PEFT's order; nothing in the adapter names Unsloth, whose "
            "adapters from before 2026-09-18 need --experts-order grouped-by-expert, and the numbers do "
            "not show it."
        )
        return ExpertOrders(dict.fromkeys(names, "peft"), (note,), names)
    if shown == "peft" and not place:
        return ExpertOrders(dict.fromkeys(names, shown))
    meaning = "PEFT's" if shown == "peft" else "grouped by expert, as Unsloth packed them until 2026-09-18"
    other = next(each for each in ORDERS if each != shown)
    note = (
        f"The order of the experts of {what} is shown by their numbers, since the config does not state it: "
        f"{meaning}. --experts-order {other} reads the other."
    )
    return ExpertOrders(dict.fromkeys(names, shown), (note,))


def _contradicted(stacks: Sequence[ExpertStack], stated: str) -> list[str]:
    shown = _shown(stacks)
    return [stack.name for stack in stacks] if shown not in (None, stated) else []


def _shown(stacks: Iterable[ExpertStack]) -> str | None:
    """Decide the order from the numbers of all, unless those of one kind of parameter contradict it."""
    by_kind: dict[str, list[ExpertStack]] = {}
    for stack in stacks:
        by_kind.setdefault(stack.name.rpartition(".")[2], []).append(stack)
    found = [[_likeness(stack) for stack in _spread(each)] for each in by_kind.values()]
    shown = order_shown([likeness for each in found for likeness in each])
    return shown if all(order_shown(each) in (None, shown) for each in found) else None


def _spread(stacks: Sequence[ExpertStack]) -> list[ExpertStack]:
    """Choose layers evenly from the first to the last."""
    count = min(len(stacks), MOST_LAYERS)
    return [stacks[index * (len(stacks) - 1) // max(1, count - 1)] for index in range(count)]


def _likeness(stack: ExpertStack) -> ColumnLikeness:
    """Measure some rows of a B, in blocks from the first row to the last."""
    import torch

    B = stack.factors.B
    height = B.shape[0]
    # Even starts, so that interleaved rows stay in turn.
    last = max(0, height - ROWS_OF_A_BLOCK)
    starts = sorted({index * last // (BLOCKS - 1) // 2 * 2 for index in range(BLOCKS)})
    stops = [*starts[1:], height]
    rows = [
        B.read_rows(start, min(start + ROWS_OF_A_BLOCK, stop))
        for start, stop in zip(starts, stops, strict=True)
    ]
    return likeness_of(torch.cat(rows), stack.experts)


def _said(stack: ExpertStack, folder: Path, config: Mapping[str, Any]) -> str | None:
    """Return what the config says of one parameter, for it alone or for all."""
    value = config.get(LAYOUT_KEY)
    details = config.get(LAYOUTS_KEY)
    parameters = details.get("parameters") if isinstance(details, Mapping) else None
    own = parameters.get(stack.name.rpartition(".")[2]) if isinstance(parameters, Mapping) else None
    if isinstance(own, Mapping) and LAYOUT_KEY in own:
        value = own[LAYOUT_KEY]
    if value is None or stack.has_one_order:
        return None
    if value not in LAYOUTS:
        raise UnsupportedError(
            f"{folder / CONFIG_FILE}: {LAYOUT_KEY} is {quoted(value)} for {stack.name!r}; known are "
            f"{' and '.join(sorted(LAYOUTS))}. "
            f"Say which it is with --experts-order {'|'.join(ORDERS)}."
        )
    return LAYOUTS[value]


def _place_of_unsloths_name(folder: Path, config: Mapping[str, Any]) -> str:
    """Return the file that names Unsloth, "" where none does."""
    if _names_unsloth(json.dumps(config)):
        return CONFIG_FILE
    return MODEL_CARD if _is_of_peft(config) and _names_unsloth(_model_card(folder)) else ""


def _is_of_peft(config: Mapping[str, Any]) -> bool:
    return config.get("peft_version") is not None or OF_PEFT_ITSELF in config


def _names_unsloth(text: str) -> bool:
    return "unsloth" in text.lower()


def _model_card(folder: Path) -> str:
    path = folder / MODEL_CARD
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(MOST_OF_A_CARD).decode("utf-8", errors="replace")
