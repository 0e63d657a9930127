"""The layout of fused experts' factors in PEFT's file, which depends on the program that wrote it.

A parameter of the model holds all experts of a layer, (experts, rows, columns). The file has A
(experts·r, width) and B (height, r·experts) for it; A stacks those of the experts.
Two things differ between writers.

Which side of the parameter A is as wide as:

| writer               | parameter stored (out, in) | stored (in, out), `is_transposed` |
|----------------------|----------------------------|-----------------------------------|
| PEFT 0.17 and 0.18   | rows                       | rows                              |
| PEFT 0.19.0          | rows                       | columns                           |
| PEFT 0.19.1 and later| columns                    | rows                              |

Shapes settle it wherever a parameter is not square; for a square one the other parameters of the
same file do, and then the version.

Which columns of B are an expert's: PEFT has column k·experts + e for rank k of expert e
(`rank_major`); Unsloth's own kernels had e·r + k (`grouped_by_expert`) until 2026-09-18, and since
then `lora_B_layout` in the config says which of the two a file has.

Source: PEFT 0.17.1, 0.18.1, 0.19.0, 0.19.1 and 0.21.2, `tuners/lora/layer.py` (`ParamWrapper`);
unsloth-zoo, pull requests 1232 and 1269.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.foreign import quoted
from lorasurgery.formats.peft.config import CONFIG_FILE
from lorasurgery.variants.lora import LoraFactors

ORDERS = ("peft", "grouped-by-expert")
# The names of the same two in the config that Unsloth writes.
LAYOUT_KEY, LAYOUTS_KEY = "lora_B_layout", "unsloth_fused_expert_lora"
LAYOUTS = {"rank_major": "peft", "grouped_by_expert": "grouped-by-expert"}

MODEL_CARD = "README.md"
MOST_OF_A_CARD = 1_000_000
# PEFT writes `peft_version` since 0.18.0, and this key always; other programs that write its format
# have no use for it.
OF_PEFT_ITSELF = "megatron_core"
VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(.*)")
ROWS_BEFORE, NOW = (0, 19, 0), (0, 19, 1)


@dataclass(frozen=True)
class ExpertStack:
    """The factors of one parameter of fused experts, as the file has them.

    A is (experts·r, width) and B (height, r·experts). `shape` is the parameter's (experts, rows,
    columns), and states with `is_transposed` whether that is (in, out), where the model shows it.
    """

    name: str
    experts: int
    shape: tuple[int, ...] | None
    transposed: bool
    factors: LoraFactors

    @property
    def rank(self) -> int:
        return self.factors.A.shape[0] // self.experts

    @property
    def has_one_order(self) -> bool:
        """Whether both orders of B are the same."""
        return self.rank == 1 or self.experts == 1

    @property
    def by_rows(self) -> bool | None:
        """Whether A is as wide as the parameter's rows, not columns; None where shapes leave it open."""
        if self.shape is None:
            return None
        _, rows, columns = self.shape
        found = (self.factors.A.shape[1], self.factors.B.shape[0])
        fits = found == (rows, columns), found == (columns, rows)
        return None if fits[0] == fits[1] else fits[0]


@dataclass(frozen=True)
class UnstackedExperts:
    """The factors of every expert by parameter, A (experts, r, in) and B (experts, out, r).

    Also notes on how they were read, and whether today's PEFT reads them in the same way.
    """

    factors: Mapping[str, LoraFactors]
    notes: tuple[str, ...]
    is_current: bool


def unstacked(
    stacks: Collection[ExpertStack], folder: Path, config: Mapping[str, Any], order: str | None
) -> UnstackedExperts:
    """Split stacked factors of fused experts into those of each expert.

    Args:
        order: one of `ORDERS`, where the user states it; otherwise the file's own.

    Raises:
        DamagedFileError: the ranks cannot be divided among the experts.
        UnsupportedError: nothing says in which of two ways the factors are to be read.
    """
    for stack in stacks:
        if stack.factors.A.shape[0] % stack.experts:
            raise DamagedFileError(
                f"{stack.name!r} has {stack.experts} experts, among which its {stack.factors.A.shape[0]} "
                "ranks cannot be divided."
            )
    orders, notes = _orders(stacks, folder, config, order)
    sides = _sides(stacks, folder, config)
    swapped = {stack.name for stack in stacks if sides[stack.name] != stack.transposed}
    if swapped:
        version = config.get("peft_version")
        writer = f"the adapter was saved by {version}" if version else "the adapter names no version"
        notes.append(
            f"The factors of {len(swapped)} of {len(stacks)} parameters of experts are stored in the other "
            f"orientation than PEFT 0.19.1 and later write ({writer}); "
            "they are read as they were meant."
        )
    factors = {stack.name: _of_each(stack, orders[stack.name], stack.name in swapped) for stack in stacks}
    grouped = [stack for stack in stacks if orders[stack.name] != "peft" and not stack.has_one_order]
    return UnstackedExperts(factors, tuple(notes), not swapped and not grouped)


def marked(config: Mapping[str, Any]) -> dict[str, Any]:
    """Mark the order of experts in a config that names Unsloth, lest it be read in Unsloth's."""
    return {LAYOUT_KEY: "rank_major"} if _names_unsloth(json.dumps(config)) else {}


def _of_each(stack: ExpertStack, order: str, is_swapped: bool) -> LoraFactors:
    A, B, experts, rank = stack.factors.A, stack.factors.B, stack.experts, stack.rank
    width, height = A.shape[1], B.shape[0]
    first = A.viewed((experts, rank, width))
    if order == "peft":
        second = B.map(
            lambda t: t.reshape(height, rank, experts).permute(2, 0, 1).contiguous(),
            shape=(experts, height, rank),
        )
    else:
        second = B.map(
            lambda t: t.reshape(height, experts, rank).permute(1, 0, 2).contiguous(),
            shape=(experts, height, rank),
        )
    if not is_swapped:
        return replace(stack.factors, A=first, B=second)
    # ΔWᵀ = B A is the same change as ΔW = Aᵀ Bᵀ.
    return replace(
        stack.factors,
        A=second.T,
        B=first.T,
    )


def _sides(stacks: Collection[ExpertStack], folder: Path, config: Mapping[str, Any]) -> dict[str, bool]:
    """Decide for each parameter whether A is as wide as the parameter's rows."""
    told = {(stack.transposed, stack.by_rows) for stack in stacks if stack.by_rows is not None}
    sides = {}
    for stack in stacks:
        own = stack.by_rows
        others = {by_rows for transposed, by_rows in told if transposed == stack.transposed}
        if own is None and len(others) == 1:
            own = others.pop()
        sides[stack.name] = _by_version(stack, folder, config) if own is None else own
    return sides


def _by_version(stack: ExpertStack, folder: Path, config: Mapping[str, Any]) -> bool:
    """Decide by the writer's version whether A is as wide as the rows; else by today's rule."""
    is_square = stack.shape is not None and stack.shape[1] == stack.shape[2]
    version = config.get("peft_version")
    if not is_square or (version is None and OF_PEFT_ITSELF not in config):
        return stack.transposed
    found = VERSION.match(str(version)) if version is not None else None
    if version is None:
        return True
    if found is None:
        raise UnsupportedError(
            f"{folder / CONFIG_FILE}: peft_version is {version!r}. The square experts {stack.name!r} are "
            "read in one way up to 0.19.0 and in another "
            "from 0.19.1 on; write the version there that the adapter was saved with."
        )
    numbers = (int(found[1]), int(found[2]), int(found[3] or 0))
    is_release = "dev" not in found[4]
    if numbers >= NOW and (is_release or numbers > NOW):
        return stack.transposed
    if numbers < ROWS_BEFORE and (is_release or numbers < (0, 18, 2)):
        return True
    if numbers == ROWS_BEFORE and is_release:
        return not stack.transposed
    raise UnsupportedError(
        f"{folder / CONFIG_FILE}: peft_version is {version!r}, a development version during which PEFT "
        "changed how it lays out experts, and those of "
        f"{stack.name!r} are square, so their shapes do not show the layout. Write 0.18.1 there if the "
        "commit is from before April 2026, otherwise 0.19.1."
    )


def _orders(
    stacks: Collection[ExpertStack], folder: Path, config: Mapping[str, Any], order: str | None
) -> tuple[dict[str, str], list[str]]:
    """Return the order of B's columns for each parameter: the user's, the config's, or PEFT's."""
    if order is not None and order not in ORDERS:
        raise UnsupportedError(f"--experts-order {order!r} is not one of {', '.join(ORDERS)}.")
    if order is not None:
        return {stack.name: order for stack in stacks}, []
    said = {stack.name: _said(stack, folder, config) for stack in stacks}
    silent = [stack for stack in stacks if said[stack.name] is None and not stack.has_one_order]
    if silent:
        _refuse_unsloth(silent[0], folder, config)
    notes = []
    if silent and _is_of_peft(config):
        notes.append(
            f"The experts of {silent[0].name!r}{' and others' if len(silent) > 1 else ''} are read in "
            "PEFT's order; nothing in the adapter names Unsloth, whose "
            "adapters from before 2026-09-18 need --experts-order grouped-by-expert."
        )
    return {name: found or "peft" for name, found in said.items()}, notes


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


def _refuse_unsloth(stack: ExpertStack, folder: Path, config: Mapping[str, Any]) -> None:
    is_in_config = _names_unsloth(json.dumps(config))
    if not is_in_config and not (_is_of_peft(config) and _names_unsloth(_model_card(folder))):
        return
    raise UnsupportedError(
        f"{CONFIG_FILE if is_in_config else MODEL_CARD} of {folder} names Unsloth, which packed the "
        f"factors of experts ({stack.name!r}) in an order of its own "
        f"until 2026-09-18 and has written {LAYOUT_KEY} since; the config has no such key. Give "
        "--experts-order grouped-by-expert if Unsloth trained "
        "it before that day, or --experts-order peft if PEFT alone did."
    )


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
