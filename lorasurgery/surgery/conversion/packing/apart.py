"""Split a module: each part gets its own rows of B, and the ranks that these use."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lorasurgery.adapter import Adapter
from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.conversion.packing.modules import (
    plain,
    refuse_none,
    refuse_replaced,
    rows_of_heads,
    rows_of_parts,
    with_modules,
)
from lorasurgery.surgery.conversion.packing.value import Packing
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from torch import Tensor


def split(adapter: Adapter, packings: Sequence[Packing]) -> tuple[Adapter, list[str]]:
    """Take modules apart; also say what was done.

    Raises:
        UnsupportedError: a module is not plain LoRA, or it is unknown where its parts begin.
        AlignmentError: the rows that were given do not add up to the module's, or no module is of
            that name.
    """
    modules, notes = dict(adapter.modules), []
    taken_apart: set[str] = set()
    # A stack that is permuted as it is read is not read anew for every expert: their parts follow one
    # another, down's and gate_up's in turn.
    recent = functools.lru_cache(maxsize=4)(lambda side: side.read())
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
            factors = _by_expert(plain(path, modules.pop(path)), recent)
            rows = _rows(packing, path, factors, adapter.host.config)
            modules |= dict(_parts(path, factors, packing, rows_of_parts(packing, rows, adapter.host.config)))
        notes.append(f"{packing.text} taken apart in {len(hits)} places")
    return with_modules(adapter, modules), notes


def _hits(packing: Packing, modules: Iterable[str]) -> list[str]:
    return [path for path in modules if f".{path}".endswith(f".{packing.whole}")]


def _by_expert(factors: LoraFactors, recent: Callable[[LazyTensor], Tensor]) -> LoraFactors:
    """Let single experts of a stack be taken out of what was read last, where no file has them alone."""
    if len(factors.A.shape) != 3:
        return factors

    def with_rows(side: LazyTensor) -> LazyTensor:
        return dataclasses.replace(side, rows=lambda start, stop: recent(side)[start:stop])

    A, B = (side if side.rows else with_rows(side) for side in (factors.A, factors.B))
    return dataclasses.replace(factors, A=A, B=B)


def _parts(
    path: str, factors: LoraFactors, packing: Packing, rows: Sequence[slice]
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
        for part, own in zip(packing.parts, rows, strict=True):
            yield f"{place}{part}", _part(of_one, own)


def _part(factors: LoraFactors, rows: slice) -> LoraFactors:
    """Some rows of B, without the ranks that only other rows have."""
    A, B = factors.A, factors.B
    used = B.read()[rows].ne(0).any(dim=0)
    kept = used.nonzero().flatten()
    height = len(range(rows.start, rows.stop, rows.step))
    own = (
        B.sliced(rows.start, rows.stop)
        if rows.step == 1
        else B.map(lambda t: t[rows].contiguous(), shape=(height, factors.rank))
    )
    if len(kept) == factors.rank or not len(kept):
        return dataclasses.replace(factors, B=own)
    return dataclasses.replace(
        factors,
        A=A.reordered(kept),
        B=own.map(lambda t: t[:, kept], shape=(height, len(kept))),
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
    heads = rows_of_heads(config) if count == 3 else ()
    if sum(heads) == total and not given:
        return heads
    if total % count == 0 and not given and (count < 3 or total // count == width):
        return (total // count,) * count
    sizes = ",".join(f"{part}:ROWS" for part in packing.parts)
    raise UnsupportedError(
        f"Where the {count} parts of {path!r} ({total} rows) begin is not in the adapter; give its model "
        f"with --base, or {packing.whole}={sizes}."
    )
