"""Pack modules into one: factors are stacked and put side by side, experts are stacked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lorasurgery.adapter import Adapter, Host
from lorasurgery.dtypes import widest
from lorasurgery.errors import AlignmentError
from lorasurgery.lazy import LazyTensor
from lorasurgery.lazy_join import cat
from lorasurgery.surgery.conversion.concatenate import share_one
from lorasurgery.surgery.conversion.packing.modules import (
    plain,
    refuse_none,
    refuse_replaced,
    rows_of_heads,
    rows_of_parts,
    with_modules,
)
from lorasurgery.surgery.conversion.packing.value import Packing
from lorasurgery.text import number_in
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from torch import Tensor

# A whole is put together of as many parts as the names and the config say, and models have
# hundreds.
MOST_EXPERTS = 10_000
EXPERT_COUNTS = ("num_experts", "num_local_experts", "n_routed_experts")


def pack(adapter: Adapter, packings: Sequence[Packing]) -> tuple[Adapter, list[str]]:
    """Put modules together; what is missing among them is zero. Also say what was done.

    Raises:
        UnsupportedError: a module is not plain LoRA.
        AlignmentError: how many rows a missing part has is not known, or no module is of these
            names.
    """
    modules, notes = {_numbered_first(path): each for path, each in adapter.modules.items()}, []
    wholes: list[str] = []
    found = [packing for packing in packings if _groups(packing, modules)]
    concerned = {packing.whole for packing in found} | {packing.preset for packing in found} - {""}
    for packing in packings:
        groups = _groups(packing, modules)
        # Its parts go by other names in this adapter, or it changes others of what the preset
        # stands for.
        if not groups and {packing.whole, packing.preset} & concerned:
            continue
        refuse_none(adapter, packing, groups, ", ".join(packing.parts))
        heights = _with_rows_of_base(packing, _heights(packing, modules, groups), groups, adapter.host)
        for path, members in groups.items():
            count = _experts(packing, path, members, adapter.host.config)
            lost = [part for part, height in zip(packing.parts, heights, strict=True) if height is None]
            if lost:
                raise AlignmentError(
                    f"{path!r} has a part {lost[0]!r} that this adapter changes nowhere; say how many rows "
                    f"it has ({packing.whole}=…,{lost[0]}:ROWS,…)."
                )
            stacks = [
                [
                    plain(each, modules[each]) if each in modules else None
                    for each in _names(packing, path, index)
                ]
                for index in (range(count) if count else [None])
            ]
            for member in members:
                refuse_replaced(adapter, member)
                del modules[member]
            rows = rows_of_parts(packing, [height or 0 for height in heights], adapter.host.config)
            together = [_together(stack, rows) for stack in stacks]
            modules[path] = _stacked(together) if count else together[0]
            wholes.append(path)
        notes.append(f"{packing.text} put together in {len(groups)} places")
    return with_modules(adapter, modules, wholes), notes


def _numbered_first(path: str) -> str:
    """`experts.down_projs.3`, as one of a list of layers is called, as `experts.3.down_projs`."""
    owner, _, number = path.rpartition(".")
    around, _, part = owner.rpartition(".")
    return f"{around}.{number}.{part}" if number.isdecimal() and part.endswith("_projs") else path


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
    """Name the parts of a whole: those of one expert, or modules next to the whole."""
    owner = whole.rpartition(".")[0]
    place = [owner] if expert is None else [owner, str(expert)]
    return [".".join(filter(None, [*place, part])) for part in packing.parts]


def _experts(packing: Packing, whole: str, members: Sequence[str], config: Mapping[str, Any]) -> int:
    """Count the stacked experts; 0 where the parts are modules next to the whole."""
    if members[0] in _names(packing, whole, None):
        return 0
    numbers = [number_in(path.split(".")[-2]) for path in members]
    there = 1 + max(MOST_EXPERTS if number is None else number for number in numbers)
    known: list[int] = [config[key] for key in EXPERT_COUNTS if isinstance(config.get(key), int)]
    count = max([there, *known])
    if count > MOST_EXPERTS:
        raise AlignmentError(
            f"{whole!r} would have {count} experts by the names in the adapter and the config of the base; "
            f"{MOST_EXPERTS} are the most."
        )
    return count


def _heights(
    packing: Packing, modules: Mapping[str, Factors], groups: Mapping[str, Sequence[str]]
) -> list[int | None]:
    """The rows of each part: as given, or as they are wherever the adapter changes it."""
    heights = dict(zip(packing.parts, packing.rows, strict=True))
    for members in groups.values():
        for path in members:
            part, height = path.rpartition(".")[2], plain(path, modules[path]).shape[0]
            if heights[part] not in (None, height):
                raise AlignmentError(f"{path!r} has {height} rows, where {heights[part]} are expected.")
            heights[part] = height
    return [heights[part] for part in packing.parts]


def _with_rows_of_base(
    packing: Packing, heights: list[int | None], groups: Iterable[str], host: Host
) -> list[int | None]:
    """Fill in the rows of parts that the adapter changes nowhere, as far as the base has them."""
    of_heads = rows_of_heads(host.config) if packing.parts == ("q_proj", "k_proj", "v_proj") else ()
    if of_heads:
        return [own or of_base for own, of_base in zip(heights, of_heads, strict=True)]
    shapes = {path: host.shapes[path] for path in groups if path in host.shapes}
    rows = {shape[2 if path in host.transposed else 1] for path, shape in shapes.items()}
    if heights.count(None) == 1 and len(rows) == 1:
        left = rows.pop() - sum(height or 0 for height in heights)
        return [left if height is None and left > 0 else height for height in heights]
    return heights


def _together(stack: Sequence[LoraFactors | None], rows: Sequence[slice]) -> LoraFactors:
    """One matrix's factors from those of its parts; None is a part that is not changed."""
    there = [each for each in stack if each is not None]
    if not there:
        return LoraFactors(LazyTensor.of(_zeros(0, 0)), LazyTensor.of(_zeros(_height(rows), 0)))
    widths = {each.shape[1] for each in there}
    if len(widths) > 1:
        raise AlignmentError(
            f"Parts of {min(widths)} and {max(widths)} columns do not make one matrix; check the names."
        )
    scales = {each.scale for each in there}
    scale = scales.pop() if len(scales) == 1 else 1.0
    shared = len(there) > 1 and share_one(there)
    dtype = widest(each.A.dtype for each in there)
    A = there[0].A if shared else cat([each.A.cast(dtype) for each in there])
    return LoraFactors(A, _diagonal(stack, rows, scale, shared=shared), scale)


def _diagonal(
    stack: Sequence[LoraFactors | None], rows: Sequence[slice], scale: float, *, shared: bool
) -> LazyTensor:
    there = [each for each in stack if each is not None]
    rank = there[0].rank if shared else sum(each.rank for each in there)
    dtype = widest(each.B.dtype for each in there)

    def read() -> Tensor:
        import torch

        B = torch.zeros(_height(rows), rank, dtype=dtype.torch)
        column = 0
        for each, own_rows in zip(stack, rows, strict=True):
            if each is not None:
                held = each.B.read()
                own = held if each.scale == scale else held.double() * (each.scale / scale)
                B[own_rows, column : column + each.rank] = own.to(dtype.torch)
                column += 0 if shared else each.rank
        return B

    return LazyTensor((_height(rows), rank), dtype, read)


def _height(rows: Sequence[slice]) -> int:
    return max((int(each.stop) for each in rows), default=0)


def _stacked(experts: Sequence[LoraFactors]) -> LoraFactors:
    """One pair of factors (experts, …) of the largest rank, the others padded with zeros."""
    rank = max(each.rank for each in experts)
    width = max(each.shape[1] for each in experts)
    out = experts[0].shape[0]
    scales = {each.scale for each in experts if each.rank}
    scale = scales.pop() if len(scales) == 1 else 1.0
    dtype = widest(side.dtype for each in experts if each.rank for side in (each.A, each.B))

    def stack(name: str, shape: tuple[int, int, int]) -> LazyTensor:
        def rows(start: int, stop: int) -> Tensor:
            import torch

            chosen = experts[start:stop]
            filled = torch.zeros((len(chosen), *shape[1:]), dtype=dtype.torch)
            for place, each in zip(filled, chosen, strict=True):
                side: LazyTensor = getattr(each, name)
                held = side.read()
                factor = each.scale / scale if name == "B" else 1.0
                own = held if factor == 1.0 else held.double() * factor
                place[: held.shape[0], : held.shape[1]] = own.to(dtype.torch)
            return filled

        return LazyTensor(shape, dtype, lambda: rows(0, len(experts)), rows=rows)

    return LoraFactors(stack("A", (len(experts), rank, width)), stack("B", (len(experts), out, rank)), scale)


def _zeros(rows: int, columns: int) -> Tensor:
    import torch

    return torch.zeros(rows, columns)
