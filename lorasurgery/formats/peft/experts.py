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

Which columns of B are an expert's says `expert_order`.

Source: PEFT 0.17.1, 0.18.1, 0.19.0, 0.19.1 and 0.21.2, `tuners/lora/layer.py` (`ParamWrapper`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.formats.peft.config import CONFIG_FILE, OF_PEFT_ITSELF
from lorasurgery.formats.peft.expert_order import orders_of
from lorasurgery.formats.peft.expert_stack import ExpertStack
from lorasurgery.variants.lora import LoraFactors

VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(.*)")
ROWS_BEFORE, NOW = (0, 19, 0), (0, 19, 1)


@dataclass(frozen=True)
class UnstackedExperts:
    """The factors of every expert by parameter, A (experts, r, in) and B (experts, out, r).

    Also notes on how they were read, whether today's PEFT reads them in the same way, and which have
    a doubtful order.
    """

    factors: Mapping[str, LoraFactors]
    notes: tuple[str, ...]
    is_current: bool
    doubtful: tuple[str, ...]


def unstacked(
    stacks: Collection[ExpertStack], folder: Path, config: Mapping[str, Any], order: str | None
) -> UnstackedExperts:
    """Split stacked factors of fused experts into those of each expert.

    Args:
        order: one of `linalg.expert_order.ORDERS`, where the user states it; otherwise the file's own.

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
    orders = orders_of(stacks, folder, config, order)
    notes = list(orders.notes)
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
    factors = {
        stack.name: _of_each(stack, orders.by_name[stack.name], stack.name in swapped) for stack in stacks
    }
    grouped = [stack for stack in stacks if orders.by_name[stack.name] != "peft" and not stack.has_one_order]
    return UnstackedExperts(factors, tuple(notes), not swapped and not grouped, orders.doubtful)


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
