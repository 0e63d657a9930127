"""What is made of a lazy tensor and then read is what one makes of the tensor that was read,
whatever its source is.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.lazy_join import block_diagonal, cat, common_dtype, zeros

DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)


def from_file(tensor: Tensor, folder: Path) -> LazyTensor:
    save_file({"x": tensor.contiguous()}, folder / "x.safetensors")
    return open_checkpoint(folder / "x.safetensors").tensors["x"]


SOURCES: dict[str, Callable[[Tensor, Path], LazyTensor]] = {
    "file": from_file,
    "memory": lambda tensor, _: LazyTensor.of(tensor),
    "rows alone": lambda tensor, _: LazyTensor(
        tuple(tensor.shape), Dtype.of(tensor.dtype), lambda: tensor, rows=lambda a, b: tensor[a:b]
    ),
    "whole alone": lambda tensor, _: LazyTensor(
        tuple(tensor.shape), Dtype.of(tensor.dtype), lambda: tensor.clone()
    ),
}

ORDER = torch.tensor([4, 0, 0, 3])
# What is done lazily, and the same on the tensor itself.
CHANGES: dict[str, tuple[Callable[[LazyTensor], LazyTensor], Callable[[Tensor], Tensor]]] = {
    "transposed": (lambda x: x.T, lambda t: t.mT),
    "transposed as a view": (lambda x: x.transposed(as_view=True), lambda t: t.mT),
    "rows": (lambda x: x.sliced(1, 4), lambda t: t[1:4]),
    "no rows": (lambda x: x.sliced(2, 2), lambda t: t[2:2]),
    "columns": (lambda x: x.sliced(1, 3, dim=-1), lambda t: t[..., 1:3]),
    "second to last": (lambda x: x.sliced(0, 2, dim=-2), lambda t: t[..., 0:2, :]),
    "an item": (lambda x: x.item(2), lambda t: t[2]),
    "reordered": (lambda x: x.reordered(ORDER), lambda t: t[ORDER]),
    "flat": (lambda x: x.viewed((x.numel,)), lambda t: t.flatten()),
    "flat rows": (lambda x: x.viewed((x.shape[0], x.numel // x.shape[0])), lambda t: t.flatten(1)),
    "narrow": (lambda x: x.cast(Dtype.BF16), lambda t: t.bfloat16()),
    "scaled": (lambda x: x.scaled(0.7), lambda t: (t.double() * 0.7).to(t.dtype)),
    "scaled in float64": (lambda x: x.scaled(0.7, Dtype.F64), lambda t: t.double() * 0.7),
    "padded": (
        lambda x: x.padded(x.shape[-2] + 2, x.shape[-1] + 1),
        lambda t: torch.nn.functional.pad(t, (0, 1, 0, 2)),
    ),
    "padded by nothing": (lambda x: x.padded(*x.shape[-2:]), lambda t: t),
    "mapped": (lambda x: x.map(lambda t: -t), lambda t: -t),
}


def check(lazy: LazyTensor, tensor: Tensor) -> None:
    """Hold every way to read a lazy tensor against the tensor that it should be."""
    assert lazy.shape == tuple(tensor.shape)
    assert lazy.dtype is Dtype.of(tensor.dtype)
    assert torch.equal(lazy.read(), tensor)
    assert torch.equal(lazy.raw().tensor, tensor)
    for start, stop in pairwise((0, len(tensor) // 2, len(tensor))):
        assert torch.equal(lazy.read_rows(start, stop), tensor[start:stop])
        assert torch.equal(lazy.raw_rows(start, stop).tensor, tensor[start:stop])


def values(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(len(shape))).to(dtype)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("shape", [(6, 5), (5, 3, 4)])
def test_changing_and_reading_commute(
    source: str, change: str, shape: tuple[int, ...], tmp_path: Path
) -> None:
    lazily, at_once = CHANGES[change]
    for dtype in DTYPES:
        tensor = values(*shape, dtype=dtype)
        check(lazily(SOURCES[source](tensor, tmp_path)), at_once(tensor))


@pytest.mark.parametrize("source", SOURCES)
def test_transposing_twice_gives_the_tensor_back(source: str, tmp_path: Path) -> None:
    for shape in ((6, 5), (5, 3, 4), (7,)):
        tensor = values(*shape)
        check(SOURCES[source](tensor, tmp_path).T.T, tensor)


def test_a_transpose_is_in_one_piece_unless_it_is_asked_for_as_a_view() -> None:
    lazy = LazyTensor.of(values(6, 5))
    assert lazy.T.read().is_contiguous()
    assert lazy.transposed(as_view=True).read().data_ptr() == lazy.read().data_ptr()


def test_slices_put_together_are_the_tensor() -> None:
    tensor = values(6, 5)
    lazy = LazyTensor.of(tensor)
    for dim, size in enumerate(tensor.shape):
        parts = [lazy.sliced(start, stop, dim=dim) for start, stop in pairwise((0, 2, size))]
        check(cat(parts, dim=dim), tensor)


def test_blocks_on_a_diagonal_multiply_as_each_alone() -> None:
    for batch in ((), (3,)):
        left, right = values(*batch, 4, 2), values(*batch, 3, 5)
        whole = block_diagonal([LazyTensor.of(left), LazyTensor.of(right)])
        x = values(*batch, 7, 2)
        assert whole.shape == (*batch, 7, 7)
        product = whole.read() @ x
        expected = torch.cat([left @ x[..., :2, :], right @ x[..., 2:, :]], dim=-2)
        torch.testing.assert_close(product, expected)


def test_a_join_has_a_dtype_that_holds_every_part() -> None:
    half, brain = values(2, 3, dtype=torch.float16), values(1, 3, dtype=torch.bfloat16)
    parts = [LazyTensor.of(half), LazyTensor.of(brain)]
    assert common_dtype(parts) is Dtype.F32
    check(cat(parts), torch.cat([half, brain]))
    assert block_diagonal(parts).read().dtype is torch.float32


def test_zeros_are_zeros_and_padding_is_a_join_with_them() -> None:
    tensor = values(3, 4)
    lazy = LazyTensor.of(tensor)
    check(zeros((2, 4), Dtype.F32), torch.zeros(2, 4))
    check(cat([lazy, zeros((2, 4), Dtype.F32)]), lazy.padded(5, 4).read())


def test_rows_are_read_alone_and_advice_reaches_the_source() -> None:
    tensor, reads, advised = values(100, 3), [], []

    def rows(start: int, stop: int) -> Tensor:
        reads.append((start, stop))
        return tensor[start:stop]

    def whole() -> Tensor:
        raise AssertionError("only some rows are wanted")

    lazy = LazyTensor((100, 3), Dtype.F32, whole, rows=rows, advise=lambda: advised.append(True))
    part = lazy.sliced(10, 50).sliced(5, 9).viewed((4, 1, 3))
    assert torch.equal(part.read_rows(1, 3), tensor[16:18].reshape(2, 1, 3))
    assert torch.equal(lazy.item(7).read(), tensor[7])
    assert reads == [(16, 18), (7, 8)]
    assert part.advise is not None
    part.advise()
    assert advised == [True]


def test_what_changes_nothing_is_the_tensor_itself() -> None:
    lazy = LazyTensor.of(values(3, 4))
    assert lazy.cast(Dtype.F32) is lazy
    assert lazy.padded(3, 4) is lazy
    assert lazy.viewed((3, 4)) is lazy
