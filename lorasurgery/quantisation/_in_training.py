"""Weights as bitsandbytes quantises them while a 16-bit model is loaded: what QLoRA trains on.

    4 bit    blocks of 64 along the rows: peak = max |W|, code = nearest level to W · (1 / peak),
             W = level · peak, rounded to the dtype of the weight
    double   peaks in blocks of 256 less their mean, each nearest in a map of 256 numbers
    8 bit    W in float16, peak of each row, q = round(W · 127 / peak), W = q · peak / 127

Source: Dettmers et al., "QLoRA", 2023, arXiv 2305.14314, and "LLM.int8()", 2022, arXiv 2208.07339;
bitsandbytes 0.50, functional.py and backends/default/ops.py. The mean of the peaks is summed in
float64; bitsandbytes sums it in float32, in an order that depends on the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation._packed import Held
from lorasurgery.quantisation.bitsandbytes import ONE_127TH

if TYPE_CHECKING:
    from torch import Tensor

BLOCK, NESTED_BLOCK = 64, 256
NF4 = (
    -1.0,
    -0.6961928009986877,
    -0.5250730514526367,
    -0.39491748809814453,
    -0.28444138169288635,
    -0.18477343022823334,
    -0.09105003625154495,
    0.0,
    0.07958029955625534,
    0.16093020141124725,
    0.24611230194568634,
    0.33791524171829224,
    0.44070982933044434,
    0.5626170039176941,
    0.7229568362236023,
    1.0,
)
# The magnitudes in twelfths, sorted.
FP4 = (0.0, 0.0625, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
# Elements that are read at once while the peaks of a whole weight are found.
PEAKS_AT_ONCE = 1 << 22
# Cells that the range of levels is cut into.
CELLS = 1 << 12
# As bitsandbytes keeps the reciprocal of a peak finite.
SMALLEST_PEAK = 1e-38

# The words for what a model was quantised to, with what each is called.
IN_TRAINING = {
    "nf4": "NF4",
    "nf4-double": "NF4, double quantised",
    "fp4": "FP4",
    "fp4-double": "FP4, double quantised",
    "int8": "LLM.int8()",
}


def numbers_in_training(weight: LazyTensor, kind: str) -> LazyTensor:
    """Return a weight (out, in) as the numbers that it has once bitsandbytes has quantised it.

    Args:
        kind: one of `IN_TRAINING`.
    """
    if kind == "int8":
        return _in_eight_bits(weight)
    return _in_four_bits(weight, kind.removesuffix("-double"), is_double=kind.endswith("-double"))


def _in_four_bits(weight: LazyTensor, kind: str, *, is_double: bool) -> LazyTensor:
    width, count = weight.shape[1], weight.numel
    peaks = Held(lambda: _nested(_peaks_of(weight)))

    def rows(start: int, stop: int) -> Tensor:
        start, stop, _ = slice(start, stop).indices(weight.shape[0])
        first, last = start * width // BLOCK, -(-stop * width // BLOCK)
        blocks = _blocks(weight, first, last)
        largest = _largest(blocks)
        scaled = blocks * (1 / largest.clamp(min=SMALLEST_PEAK))[:, None]
        if last * BLOCK > count:
            # bitsandbytes divides a last block that is not full.
            scaled[-1] = blocks[-1] / largest[-1].clamp(min=SMALLEST_PEAK)
        scaled = scaled.clamp(-1, 1)
        scales = peaks.get()[first:last] if is_double else largest
        numbers = (nearest(scaled, levels(kind)) * scales[:, None]).reshape(-1)
        offset = start * width - first * BLOCK
        cut = numbers[offset : offset + (stop - start) * width]
        return cut.reshape(stop - start, width).to(weight.dtype.torch)

    return _by_rows(weight, rows, weight.dtype) if count else weight


def _in_eight_bits(weight: LazyTensor) -> LazyTensor:
    def rows(start: int, stop: int) -> Tensor:
        import torch

        halves = weight.read_rows(start, stop).half().float()
        peaks = halves.abs().amax(1, keepdim=True)
        q = torch.where(peaks > 0, torch.round(halves * (127 / peaks)), 0)
        return q * peaks * ONE_127TH

    return _by_rows(weight, rows, Dtype.F32)


def _by_rows(weight: LazyTensor, rows: Callable[[int, int], Tensor], dtype: Dtype) -> LazyTensor:
    return LazyTensor(weight.shape, dtype, lambda: rows(0, weight.shape[0]), rows=rows, advise=weight.advise)


def _blocks(weight: LazyTensor, first: int, last: int) -> Tensor:
    """Read blocks of the flat weight as float32 (blocks, 64), the last one filled up with zeros."""
    import torch

    width, end = weight.shape[1], min(last * BLOCK, weight.numel)
    top = first * BLOCK // width
    flat = weight.read_rows(top, -(-end // width)).reshape(-1).float()
    flat = flat[first * BLOCK - top * width : end - top * width]
    return torch.nn.functional.pad(flat, (0, (last - first) * BLOCK - len(flat))).reshape(-1, BLOCK)


def _largest(blocks: Tensor) -> Tensor:
    return blocks.abs().amax(1)


def _peaks_of(weight: LazyTensor) -> Tensor:
    """Read the whole weight in pieces, and return the largest magnitude of each of its blocks."""
    import torch

    count, step = -(-weight.numel // BLOCK), PEAKS_AT_ONCE // BLOCK
    pieces = [_blocks(weight, first, min(first + step, count)) for first in range(0, count, step)]
    return torch.cat([_largest(each) for each in pieces])


def _nested(peaks: Tensor) -> Tensor:
    """Return peaks as they come back from double quantisation."""
    import torch

    offset = peaks.double().mean().float()
    count, table = len(peaks), dynamic_map()
    centred = torch.nn.functional.pad(peaks - offset, (0, -count % NESTED_BLOCK)).reshape(-1, NESTED_BLOCK)
    outer = _largest(centred)[:, None]
    scaled = (centred * (1 / outer.clamp(min=SMALLEST_PEAK))).clamp(-1, 1)
    return (nearest(scaled, table) * outer).reshape(-1)[:count] + offset


def nearest(values: Tensor, sorted_levels: Tensor) -> Tensor:
    """Return the level nearest to each value, the lower one of two that are equally near."""
    import torch

    bounds = (sorted_levels[:-1] + sorted_levels[1:]) / 2
    cells = _cells(bounds)
    if bool((cells[1:] == cells[:-1]).any()):
        return sorted_levels[torch.bucketize(values, bounds, out_int32=True)]
    # With one bound to a cell at most, looking the cell up is faster than a search.
    every = torch.arange(CELLS + 1)
    first = torch.searchsorted(cells, every)
    bound_of = torch.full((CELLS + 1,), torch.inf)
    bound_of[cells] = bounds
    above = sorted_levels[torch.searchsorted(cells, every, right=True)]
    index = _cells(values).reshape(-1)
    flat = values.reshape(-1)
    found = torch.where(flat > bound_of[index], above[index], sorted_levels[first][index])
    return found.reshape(values.shape)


def _cells(values: Tensor) -> Tensor:
    """The cell of each number from -1 to 1, which a larger number never has a lower one than."""
    return ((values + 1) * (CELLS / 2)).nan_to_num_(0.0).int()


@cache
def levels(kind: str) -> Tensor:
    """The sorted levels of NF4 or FP4, in float32."""
    import torch

    if kind == "nf4":
        return torch.tensor(NF4)
    magnitudes = torch.tensor(FP4) / max(FP4)
    return torch.cat((-magnitudes[1:].flip(0), magnitudes))


@cache
def dynamic_map() -> Tensor:
    """The numbers that peaks are rounded to: decades from 1 down, in ever fewer steps, with 0 and 1."""
    import torch

    found = [0.0, 1.0]
    for decade in range(7):
        edges = torch.linspace(0.1, 1, 2**decade + 1, dtype=torch.float32)
        means = (edges[:-1] + edges[1:]) / 2
        found += (10 ** (decade - 6) * means).tolist() + (-(10 ** (decade - 6)) * means).tolist()
    return torch.tensor(sorted(found), dtype=torch.float32)
