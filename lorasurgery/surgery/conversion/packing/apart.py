"""Split a module: each part gets its own rows of B, and the ranks that these use."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lorasurgery.adapter import Adapter
from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.surgery.conversion.packing.modules import plain, refuse_none, refuse_replaced, with_modules
from lorasurgery.surgery.conversion.packing.value import Packing
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors


def split(adapter: Adapter, packings: Sequence[Packing]) -> tuple[Adapter, list[str]]:
    """Take modules apart; also say what was done.

    Raises:
        UnsupportedError: a module is not plain LoRA, or it is unknown where its parts begin.
        AlignmentError: the rows that were given do not add up to the module's, or no module is of
            that name.
    """
    modules, notes = dict(adapter.modules), []
    taken_apart: set[str] = set()
    concerned = {packing.preset for packing in packings if _hits(packing, modules)} - {""}
    for packing in packings:
        if packing.whole in taken_apart:  # this is another way to name the same parts
            continue
        taken_apart.add(packing.whole)
        hits = _hits(packing, modules)
        if not hits and packing.preset in concerned:  # this adapter changes others of them only
            continue
        refuse_none(adapter, packing, hits, packing.whole)
        for path in hits:
            refuse_replaced(adapter, path)
            factors = plain(path, modules.pop(path))
            rows = _rows(packing, path, factors, adapter.host.config)
            modules |= dict(_parts(path, factors, packing.parts, rows))
        notes.append(f"{packing.text} taken apart in {len(hits)} places")
    return with_modules(adapter, modules), notes


def _hits(packing: Packing, modules: Iterable[str]) -> list[str]:
    return [path for path in modules if f".{path}".endswith(f".{packing.whole}")]


def _parts(
    path: str, factors: LoraFactors, parts: Sequence[str], rows: Sequence[int]
) -> Iterable[tuple[str, Factors]]:
    owner = path.rpartition(".")[0]
    prefix = f"{owner}." if owner else ""
    stacked = len(factors.A.shape) == 3
    each = (
        [(f"{prefix}{e}.", factors.expert(e)) for e in range(factors.A.shape[0])]
        if stacked
        else [(prefix, factors)]
    )
    for place, of_one in each:
        start = 0
        for part, height in zip(parts, rows, strict=True):
            yield f"{place}{part}", _part(of_one, start, start + height)
            start += height


def _part(factors: LoraFactors, start: int, stop: int) -> LoraFactors:
    """Some rows of B, without the ranks that only other rows have."""
    A, B = factors.A, factors.B
    used = B.read_rows(start, stop).ne(0).any(dim=0)
    kept = used.nonzero().flatten()
    if len(kept) == factors.rank or not len(kept):
        return dataclasses.replace(factors, B=B.sliced(start, stop))
    return dataclasses.replace(
        factors,
        A=A.reordered(kept),
        B=B.sliced(start, stop).map(lambda t: t[:, kept], shape=(stop - start, len(kept))),
    )


def _rows(packing: Packing, path: str, factors: LoraFactors, config: Mapping[str, Any]) -> tuple[int, ...]:
    """Count the rows of each part.

    The user says it, or the model's heads do; or all parts are alike where nothing else is
    possible.
    """
    total, width, count = factors.B.shape[-2], factors.A.shape[-1], len(packing.parts)
    given = [each for each in packing.rows if each is not None]
    left = total - sum(given)
    if left < 0 or (len(given) == count and left):
        raise AlignmentError(
            f"{path!r} has {total} rows, and those of {packing.whole} add up to {sum(given)}."
        )
    if len(given) >= count - 1 > 0 or len(given) == count:
        return tuple(left if each is None else each for each in packing.rows)
    heads = _rows_of_heads(config) if count == 3 else ()
    if sum(heads) == total and not given:
        return heads
    if total % count == 0 and not given and (count < 3 or total // count == width):
        return (total // count,) * count
    sizes = ",".join(f"{part}:ROWS" for part in packing.parts)
    raise UnsupportedError(
        f"Where the {count} parts of {path!r} ({total} rows) begin is not in the adapter; give its model "
        f"with --base, or {packing.whole}={sizes}."
    )


def _rows_of_heads(config: Mapping[str, Any]) -> tuple[int, ...]:
    """The rows of queries, keys and values; none where the config does not have them."""
    config = config.get("text_config") or config
    heads, width = config.get("num_attention_heads"), config.get("hidden_size")
    if not isinstance(heads, int) or not isinstance(width, int):
        return ()
    size = config.get("head_dim") or width // heads
    of_keys = (config.get("num_key_value_heads") or heads) * size
    return heads * size, of_keys, of_keys
