"""Projections that one model holds apart and another as one matrix: modules taken apart and put together, exactly.

    W = [W₁; W₂; …]      split   ΔWᵢ = scale · Bᵢ A, where B = [B₁; B₂; …];  of ranks for which Bᵢ is zero, nothing
                         pack    A = [A₁; A₂; …], B = diag(B₁, B₂, …);  A and [B₁; B₂; …] where all have one A, bit for bit

    experts.gate_up_proj (experts, out, in)   <->   experts.0.gate_proj, experts.0.up_proj, experts.1.gate_proj, …

Rows must lie part after part; heads that take turns (`query_key_value` of GPT-NeoX, BLOOM, Falcon) do not.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.adapter import Adapter, Host
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.recast.concatenate import share_one
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from torch import Tensor

PRESETS = {
    "qkv": ("qkv_proj=q_proj,k_proj,v_proj",),
    "gate_up": ("gate_up_proj=gate_proj,up_proj",),
    "experts": ("experts.gate_up_proj=gate_proj,up_proj", "experts.down_proj=down_proj"),
}
TAKES_TURNS = "query_key_value"
EXPERT_COUNTS = ("num_experts", "num_local_experts", "n_routed_experts")


@dataclass(frozen=True)
class Packing:
    """One matrix and its parts from top to bottom. `whole` is the end of a module's path, `parts` are names beside it, `rows` those that the user gave.

    Of stacked experts the parts of expert 3 are `3.part`, beside the whole.
    """

    whole: str
    parts: tuple[str, ...]
    rows: tuple[int | None, ...]

    @property
    def text(self) -> str:
        return f"{self.whole}={','.join(self.parts)}"


def parse(texts: Iterable[str]) -> list[Packing]:
    """Read `qkv`, `gate_up`, `experts`, or `whole=part[:rows],part[:rows],…`.

    Raises:
        UnsupportedError: it is none of these.
    """
    return [_parse_one(line) for text in texts for line in PRESETS.get(text, (text,))]


def _parse_one(text: str) -> Packing:
    whole, equals, listed = text.partition("=")
    found = [re.fullmatch(r"([\w.]+)(?::(\d+))?", part.strip()) for part in listed.split(",")]
    if not whole or not equals or not all(found):
        raise UnsupportedError(
            f"{text!r} is no packing; one is {', '.join(PRESETS)}, or looks like qkv_proj=q_proj:2048,k_proj:512,v_proj:512."
        )
    if whole.rpartition(".")[2] == TAKES_TURNS:
        raise UnsupportedError(
            f"In {TAKES_TURNS} the rows of queries, keys and values take turns, head by head; it is not packed or split."
        )
    parts = [match for match in found if match]
    return Packing(
        whole.strip(),
        tuple(match[1] for match in parts),
        tuple(int(match[2]) if match[2] else None for match in parts),
    )


def split(adapter: Adapter, packings: Sequence[Packing]) -> tuple[Adapter, list[str]]:
    """Take modules apart; also say what was done.

    Raises:
        UnsupportedError: a module is no plain LoRA, or where its parts begin is not known.
        AlignmentError: the rows that were given do not add up to the module's, or no module is of that name.
    """
    modules, notes = dict(adapter.modules), []
    for packing in packings:
        hits = [path for path in modules if f".{path}".endswith(f".{packing.whole}")]
        _refuse_none(packing, hits, packing.whole)
        for path in hits:
            _refuse_replaced(adapter, path)
            factors = _plain(path, modules.pop(path))
            rows = _rows(packing, path, factors, adapter.host.config)
            modules |= dict(_parts(path, factors, packing.parts, rows))
        notes.append(f"{packing.text} taken apart in {len(hits)} places")
    return _with(adapter, modules), notes


def pack(adapter: Adapter, packings: Sequence[Packing]) -> tuple[Adapter, list[str]]:
    """Put modules together; what is missing among them is zero. Also say what was done.

    Raises:
        UnsupportedError: a module is no plain LoRA.
        AlignmentError: how many rows a missing part has is not known, or no module is of these names.
    """
    modules, notes = dict(adapter.modules), []
    wholes: list[str] = []
    for packing in packings:
        groups = _groups(packing, modules)
        _refuse_none(packing, groups, ", ".join(packing.parts))
        heights = _heights(packing, modules, groups)
        for path, members in groups.items():
            count = _experts(packing, path, members, adapter.host.config)
            lost = [part for part, height in zip(packing.parts, heights, strict=True) if height is None]
            if lost:
                raise AlignmentError(
                    f"{path!r} has a part {lost[0]!r} that this adapter changes nowhere; say how many rows it has ({packing.whole}=…,{lost[0]}:ROWS,…)."
                )
            stacks = [
                [
                    _plain(each, modules[each]) if each in modules else None
                    for each in _names(packing, path, index)
                ]
                for index in (range(count) if count else [None])
            ]
            for member in members:
                _refuse_replaced(adapter, member)
                del modules[member]
            together = [_together(stack, [height or 0 for height in heights]) for stack in stacks]
            modules[path] = _stacked(together) if count else together[0]
            wholes.append(path)
        notes.append(f"{packing.text} put together in {len(groups)} places")
    return _with(adapter, modules, wholes), notes


def _refuse_none(packing: Packing, hits: Iterable[str], names: str) -> None:
    if not list(hits):
        raise AlignmentError(f"No module of the adapter is called {names}, which {packing.text} speaks of.")


def _refuse_replaced(adapter: Adapter, path: str) -> None:
    """A parameter of a module that is packed or split would be left without it."""
    name = next((each for each in adapter.replaced if each.startswith(f"{path}.")), None)
    if name is not None:
        raise UnsupportedError(
            f"{name!r} is replaced outright, which is neither packed nor split; merge the adapter into its base first."
        )


def _plain(path: str, factors: Factors) -> LoraFactors:
    if not isinstance(factors, LoraFactors):
        raise UnsupportedError(
            f"{path!r} is no plain LoRA, and is neither packed nor split; convert it --to lora as well."
        )
    if factors.bias is not None:
        raise UnsupportedError(f"{path!r} has a bias of LoRA's own, which is neither packed nor split.")
    return factors


# ------------------------------------------------------------------------------------------------ taking apart


def _parts(
    path: str, factors: LoraFactors, parts: Sequence[str], rows: Sequence[int]
) -> Iterable[tuple[str, Factors]]:
    owner = path.rpartition(".")[0]
    beside = f"{owner}." if owner else ""
    stacked = len(factors.A.shape) == 3
    each = (
        [(f"{beside}{e}.", factors.expert(e)) for e in range(factors.A.shape[0])]
        if stacked
        else [(beside, factors)]
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
        rows = LazyTensor((stop - start, B.shape[1]), B.dtype, lambda: B.read_rows(start, stop))
        return dataclasses.replace(factors, B=rows)
    return dataclasses.replace(
        factors,
        A=A.map(lambda t: t[kept], shape=(len(kept), A.shape[1]), dtype=A.dtype),
        B=LazyTensor((stop - start, len(kept)), B.dtype, lambda: B.read_rows(start, stop)[:, kept]),
    )


def _rows(packing: Packing, path: str, factors: LoraFactors, config: Mapping[str, Any]) -> tuple[int, ...]:
    """How many rows each part has: as the user says, as the model's heads say, or all alike where nothing else is possible."""
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
        f"Where the {count} parts of {path!r} ({total} rows) begin is not in the adapter; give its model with --base, or {packing.whole}={sizes}."
    )


def _rows_of_heads(config: Mapping[str, Any]) -> tuple[int, ...]:
    """Of queries, keys and values; nothing where the config does not tell."""
    config = config.get("text_config") or config
    heads, width = config.get("num_attention_heads"), config.get("hidden_size")
    if not isinstance(heads, int) or not isinstance(width, int):
        return ()
    size = config.get("head_dim") or width // heads
    of_keys = (config.get("num_key_value_heads") or heads) * size
    return heads * size, of_keys, of_keys


# ------------------------------------------------------------------------------------------------ putting together


def _groups(packing: Packing, modules: Iterable[str]) -> dict[str, list[str]]:
    """The path of each whole, and those of its parts that there are."""
    around, _, leaf = packing.whole.rpartition(".")
    found: dict[str, list[str]] = {}
    for path in modules:
        owner, _, part = path.rpartition(".")
        if part not in packing.parts:
            continue
        stem, _, number = owner.rpartition(".")
        if around and number.isdecimal() and f".{stem}".endswith(f".{around}"):
            found.setdefault(f"{stem}.{leaf}", []).append(path)
        elif not around or f".{owner}".endswith(f".{around}"):
            found.setdefault(f"{owner}.{leaf}" if owner else leaf, []).append(path)
    return found


def _names(packing: Packing, whole: str, expert: int | None) -> list[str]:
    """What the parts of a whole are called: those of one expert, or those beside it."""
    owner = whole.rpartition(".")[0]
    place = [owner] if expert is None else [owner, str(expert)]
    return [".".join(filter(None, [*place, part])) for part in packing.parts]


def _experts(packing: Packing, whole: str, members: Sequence[str], config: Mapping[str, Any]) -> int:
    """How many experts are stacked; 0 where the parts lie beside the whole."""
    if members[0] in _names(packing, whole, None):
        return 0
    there = 1 + max(int(path.split(".")[-2]) for path in members)
    known: list[int] = [config[key] for key in EXPERT_COUNTS if isinstance(config.get(key), int)]
    return max([there, *known])


def _heights(
    packing: Packing, modules: Mapping[str, Factors], groups: Mapping[str, Sequence[str]]
) -> list[int | None]:
    """The rows of each part: as given, or as they are wherever the adapter changes it."""
    heights = dict(zip(packing.parts, packing.rows, strict=True))
    for members in groups.values():
        for path in members:
            part, height = path.rpartition(".")[2], _plain(path, modules[path]).shape[0]
            if heights[part] not in (None, height):
                raise AlignmentError(f"{path!r} has {height} rows, where {heights[part]} are expected.")
            heights[part] = height
    return [heights[part] for part in packing.parts]


def _together(stack: Sequence[LoraFactors | None], heights: Sequence[int]) -> LoraFactors:
    """One matrix's factors from those of its parts; None is a part that is not changed."""
    there = [each for each in stack if each is not None]
    if not there:
        return LoraFactors(LazyTensor.of(_zeros(0, 0)), LazyTensor.of(_zeros(sum(heights), 0)))
    widths = {each.shape[1] for each in there}
    if len(widths) > 1:
        raise AlignmentError(
            f"Parts of {min(widths)} and {max(widths)} columns do not make one matrix; check the names."
        )
    scales = {each.scale for each in there}
    scale = scales.pop() if len(scales) == 1 else 1.0
    shared = len(there) > 1 and share_one(there)
    A = there[0].A if shared else _below([each.A for each in there])
    return LoraFactors(A, _diagonal(stack, heights, scale, shared=shared), scale)


def _below(sides: Sequence[LazyTensor]) -> LazyTensor:
    dtype = _widest(sides)

    def read() -> Tensor:
        import torch

        return torch.cat([side.read().to(dtype.torch) for side in sides])

    return LazyTensor((sum(side.shape[0] for side in sides), sides[0].shape[1]), dtype, read)


def _diagonal(
    stack: Sequence[LoraFactors | None], heights: Sequence[int], scale: float, *, shared: bool
) -> LazyTensor:
    there = [each for each in stack if each is not None]
    rank = there[0].rank if shared else sum(each.rank for each in there)
    dtype = _widest([each.B for each in there])

    def read() -> Tensor:
        import torch

        B = torch.zeros(sum(heights), rank, dtype=dtype.torch)
        row = column = 0
        for each, height in zip(stack, heights, strict=True):
            if each is not None:
                held = each.B.read()
                own = held if each.scale == scale else held.double() * (each.scale / scale)
                B[row : row + height, column : column + each.rank] = own.to(dtype.torch)
                column += 0 if shared else each.rank
            row += height
        return B

    return LazyTensor((sum(heights), rank), dtype, read)


def _stacked(experts: Sequence[LoraFactors]) -> LoraFactors:
    """One pair of factors (experts, …) of the largest rank, the others padded with zeros."""
    rank = max(each.rank for each in experts)
    width = max(each.shape[1] for each in experts)
    out = experts[0].shape[0]
    scales = {each.scale for each in experts if each.rank}
    scale = scales.pop() if len(scales) == 1 else 1.0
    dtype = _widest([side for each in experts if each.rank for side in (each.A, each.B)])

    def stack(name: str, shape: tuple[int, int, int]) -> LazyTensor:
        def read() -> Tensor:
            import torch

            filled = torch.zeros(shape, dtype=dtype.torch)
            for place, each in zip(filled, experts, strict=True):
                side: LazyTensor = getattr(each, name)
                held = side.read()
                factor = each.scale / scale if name == "B" else 1.0
                own = held if factor == 1.0 else held.double() * factor
                place[: held.shape[0], : held.shape[1]] = own.to(dtype.torch)
            return filled

        return LazyTensor(shape, dtype, read)

    return LoraFactors(stack("A", (len(experts), rank, width)), stack("B", (len(experts), out, rank)), scale)


def _widest(sides: Sequence[LazyTensor]) -> Dtype:
    return max((side.dtype for side in sides), key=lambda dtype: dtype.itemsize)


def _zeros(rows: int, columns: int) -> Tensor:
    import torch

    return torch.zeros(rows, columns)


def _with(adapter: Adapter, modules: Mapping[str, Factors], wholes: Sequence[str] = ()) -> Adapter:
    """The adapter with other modules: for the model that it was given for, where that has them, and otherwise for one of which only they are known."""
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
