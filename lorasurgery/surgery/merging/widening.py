"""Choose the weights of a quantised base that are written in 16 bits, within a size: those that lose most.

Projections of one block are chosen together (`self_attn`, `mlp`): runtimes fuse them, and fused
ones must be of one kind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lorasurgery.errors import UnsupportedError
from lorasurgery.quantisation import QuantisedModel
from lorasurgery.surgery.merging.requantise import forecast_kept
from lorasurgery.surgery.merging.tensor_job import TensorJob

# Of an element that is written in bfloat16.
WIDE_BYTES = 2


def widened(jobs: Mapping[str, TensorJob], model: QuantisedModel, size: int) -> tuple[str, ...]:
    """Return the weights to write in 16 bits, chosen by the error that each byte spares.

    Args:
        jobs: those of codes that would move, by the weights' plain names.
        size: in bytes, of all tensors of the output.

    Raises:
        UnsupportedError: the base alone is larger.
    """
    left = size - sum(tensor.nbytes for tensor in model.stored.tensors.values())
    if left < 0:
        raise UnsupportedError(
            f"--size of {size:,} bytes is less than the weights of the base take ({size - left:,}), so "
            "nothing can be written in 16 bits. Leave it out, or give more."
        )
    return tuple(sorted(name for each in spent(wide_blocks(jobs, model), left) for name in each.names))


@dataclass(frozen=True)
class WideBlock:
    """The weights of a block, what 16 bits spare them of ‖E‖², and the bytes that they cost."""

    names: tuple[str, ...]
    spared: float
    nbytes: int


def wide_blocks(jobs: Mapping[str, TensorJob], model: QuantisedModel) -> list[WideBlock]:
    """List what may be written in 16 bits; `jobs` as for `widened`."""
    blocks: dict[str, list[str]] = defaultdict(list)
    for name in jobs:
        blocks[name.rpartition(".")[0].rpartition(".")[0]].append(name)
    return [WideBlock(tuple(names), *_gain(names, jobs, model)) for names in blocks.values()]


def spent(blocks: Iterable[WideBlock], left: int) -> list[WideBlock]:
    """Choose blocks by the error that each byte spares, as long as the bytes reach."""
    chosen: list[WideBlock] = []
    for each in sorted(blocks, key=lambda each: -each.spared / max(1, each.nbytes)):
        if each.spared > 0 and each.nbytes <= left:
            left -= each.nbytes
            chosen.append(each)
    return chosen


def _gain(names: list[str], jobs: Mapping[str, TensorJob], model: QuantisedModel) -> tuple[float, int]:
    """Return ‖E‖² that 16 bits spare a block's weights, and the bytes that they cost."""
    spared, nbytes = 0.0, 0
    for name in names:
        wanted = jobs[name].requantise
        kept = forecast_kept(wanted) if wanted is not None else None
        spared += kept.error if kept is not None else 0.0
        weight = model.weights[name]
        stored = sum(model.stored.tensors[each].nbytes for each in weight.tensors)
        nbytes += WIDE_BYTES * jobs[name].in_numbers.start.numel - stored
    return spared, nbytes
