"""What taking apart and putting together share: which modules can be, and the adapter that has others."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.surgery.conversion.packing.value import Packing
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors

# Models that store the rows of the parts of fused experts in turn: gate's first, up's first, gate's
# second, ... (`modeling_gpt_oss.py` of transformers 5.19: `gate_up[..., ::2]`).
WITH_ROWS_IN_TURN = frozenset({"gpt_oss"})


def rows_of_parts(packing: Packing, heights: Sequence[int], config: Mapping[str, Any]) -> list[slice]:
    """Return the rows of the whole that each part has: one below the other, or in turn.

    Raises:
        AlignmentError: the rows are in turn, and parts have different numbers of them.
    """
    is_in_turn = (
        (config.get("text_config") or config).get("model_type") in WITH_ROWS_IN_TURN
        and packing.whole.endswith("experts.gate_up_proj")
        and len(packing.parts) > 1
    )
    if is_in_turn and len(set(heights)) > 1:
        raise AlignmentError(
            f"The rows of {', '.join(packing.parts)} are in turn in this model, and they have "
            f"{' and '.join(map(str, heights))} rows."
        )
    if is_in_turn:
        return [slice(index, sum(heights), len(heights)) for index in range(len(heights))]
    stops = [sum(heights[: index + 1]) for index in range(len(heights))]
    return [slice(stop - height, stop, 1) for stop, height in zip(stops, heights, strict=True)]


def rows_of_heads(config: Mapping[str, Any]) -> tuple[int, ...]:
    """Count the rows of queries, keys and values; none where the config does not have them."""
    config = config.get("text_config") or config
    heads, width = config.get("num_attention_heads"), config.get("hidden_size")
    if not isinstance(heads, int) or not isinstance(width, int):
        return ()
    size = config.get("head_dim") or width // heads
    of_keys = (config.get("num_key_value_heads") or heads) * size
    return heads * size, of_keys, of_keys


def refuse_none(adapter: Adapter, packing: Packing, hits: Iterable[str], names: str) -> None:
    """A packing that concerns nothing is a slip."""
    if not list(hits):
        ends = sorted({path.rpartition(".")[2] for path in adapter.modules})
        raise AlignmentError(
            f"No module of the adapter is called {names}, which {packing.text} is about; its modules end "
            f"in {', '.join(ends[:8])}{', ...' if len(ends) > 8 else ''}."
        )


def refuse_replaced(adapter: Adapter, path: str) -> None:
    """A parameter of a module that is packed or split would be left without it."""
    name = next((each for each in adapter.replaced if each.startswith(f"{path}.")), None)
    if name is not None:
        raise UnsupportedError(
            f"{name!r} is replaced outright, which is neither packed nor split; merge the adapter into its "
            "base first."
        )


def plain(path: str, factors: Factors) -> LoraFactors:
    """The factors of a module that is plain LoRA.

    Raises:
        UnsupportedError: it is none, or has a bias of its own.
    """
    if not isinstance(factors, LoraFactors):
        raise UnsupportedError(
            f"{path!r} is not plain LoRA, and can be neither packed nor split; convert it --to lora as well."
        )
    if factors.bias is not None:
        raise UnsupportedError(f"{path!r} has a bias of LoRA's own, which is neither packed nor split.")
    return factors


def with_modules(adapter: Adapter, modules: Mapping[str, Factors], wholes: Sequence[str] = ()) -> Adapter:
    """Return the adapter with other modules.

    It is for the same model where that has them, and otherwise for one of which only they are
    known.
    """
    host = adapter.host
    if host.modules and not all(path in host.kinds for path in modules):
        host = Host(modules=(), task_type=host.task_type, config=host.config)
    kinds = {path: kind for path, kind in host.kinds.items() if host.modules or path in modules}
    host = dataclasses.replace(host, kinds=kinds)
    stacks = {
        path: each.A.shape[0]
        for path in wholes
        if isinstance(each := modules[path], LoraFactors) and len(each.A.shape) == 3
    }
    if stacks and not host.modules:
        host = dataclasses.replace(
            host, kinds={**host.kinds, **dict.fromkeys(stacks, "experts")}, experts={**host.experts, **stacks}
        )
    return dataclasses.replace(adapter, host=host, modules=dict(sorted(modules.items())), nested=None)
