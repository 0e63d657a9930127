"""Moves of codes under stored scales: nothing moves for nothing, all comes back, and V sees no error."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lorasurgery.linalg import requantising
from lorasurgery.linalg.code_grid import CodeGrid, float_grid
from lorasurgery.linalg.kernels.call import Kernel
from lorasurgery.linalg.kernels.tiles import START_SHIFT
from lorasurgery.linalg.requantising import (
    CODE_ROUNDINGS,
    CodeMover,
    CodeRows,
    Kept,
    QuantisedChange,
    moving_bytes,
)
from lorasurgery.linalg.terms import Term
from lorasurgery.surgery.undo.moved_codes import packed_notes, unpacked_notes

NF4 = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1.0,
)  # fmt: skip
E2M1 = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)


def float8(dtype: torch.dtype) -> CodeGrid:
    return float_grid(torch.arange(256, dtype=torch.uint8).view(dtype).float().tolist())


GRIDS = {
    "2 bit": CodeGrid.of_integers(4),
    "4 bit": CodeGrid.of_integers(16),
    "8 bit": CodeGrid.of_integers(256),
    "NF4": CodeGrid(NF4),
    "E2M1": CodeGrid((*E2M1, *(-each for each in E2M1))),
    "E4M3": float8(torch.float8_e4m3fn),
    "E5M2": float8(torch.float8_e5m2),
}


class Case:
    """A quantised Gaussian matrix and a change of low rank, of a size relative to it."""

    def __init__(
        self,
        grid: CodeGrid,
        ratio: float,
        shape: tuple[int, int] = (256, 512),
        *,
        rank: int = 16,
        group: int = 64,
    ) -> None:
        generator = np.random.default_rng(7)
        W = generator.standard_normal(shape)
        numbers = grid.numbers[grid.ordered]
        self.offset = float(numbers.mean()) if grid.is_even else 0.0
        groups = np.abs(W).reshape(shape[0], -1, group).max(axis=2)
        self.scales = (groups / (float(numbers.max()) - self.offset)).astype(np.float32)
        self.groups = np.arange(shape[1]) // group
        middles = (numbers[1:] + numbers[:-1]) / 2 - self.offset
        self.codes = grid.ordered[np.searchsorted(middles, W / self.wide)].astype(np.int16)
        left, right = (generator.standard_normal(size) for size in ((shape[0], rank), (rank, shape[1])))
        size = ratio * float(np.linalg.norm(W) / np.linalg.norm(left @ right))
        self.delta = left @ right * size
        self.grid, self.W = grid, W
        self.change = QuantisedChange(shape, grid, self.groups, (Term(left, right, size),))

    @property
    def wide(self) -> NDArray[np.float32]:
        return self.scales[:, self.groups]

    def moved(
        self, change: QuantisedChange | None = None
    ) -> tuple[NDArray[np.int16], Kept, list[NDArray[np.int16]]]:
        change = change or self.change
        codes, total, notes = self.codes.copy(), Kept(), []
        mover = CodeMover(change)
        for rows, terms in change.blocks():
            block = CodeRows(codes[rows.start : rows.stop], self.scales[rows.start : rows.stop])
            kept, noted = mover.move(rows, terms, block)
            total.add(kept)
            notes.append(noted)
        return codes, total, notes

    def restored(
        self, codes: NDArray[np.int16], notes: list[NDArray[np.int16]], change: QuantisedChange | None = None
    ) -> NDArray[np.int16]:
        change = change or self.change
        codes, mover = codes.copy(), CodeMover(change)
        for (rows, terms), noted in zip(change.blocks(), notes, strict=True):
            block = CodeRows(codes[rows.start : rows.stop], self.scales[rows.start : rows.stop])
            assert mover.restore(rows, terms, block, noted)
        return codes

    def errors(self, codes: NDArray[np.int16]) -> NDArray[np.float64]:
        steps = self.grid.numbers[codes].astype(np.float64) - self.grid.numbers[self.codes]
        return np.nan_to_num(steps * self.wide - self.delta)

    def error_in_V(self, codes: NDArray[np.int16]) -> float:
        V = np.linalg.qr(self.change.terms[0].right.T)[0]
        return float(np.linalg.norm(self.errors(codes) @ V) / np.linalg.norm(self.delta))


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
@pytest.mark.parametrize("rounding", CODE_ROUNDINGS)
def test_no_change_moves_no_code_whatever_it_is(grid: CodeGrid, rounding: str) -> None:
    """Every code under every sort of scale: NaN codes, -0, scales that are zero or negative."""
    case = Case(grid, 0.0, (64, 256))
    case.codes = np.tile(np.arange(256) % len(grid.levels), (64, 1)).astype(np.int16)
    case.scales[:4] = np.array([[0.0], [-0.0], [-1.5], [1e-30]], np.float32)
    codes, kept, _ = case.moved(replace(case.change, rounding=rounding))
    assert (codes == case.codes).all()
    assert (kept.moved, kept.error, kept.share) == (0, 0.0, 1.0)


@pytest.mark.parametrize("ratio", [0.003, 0.05, 0.5, 20.0])
@pytest.mark.parametrize("rounding", CODE_ROUNDINGS)
@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_codes_come_back(grid: CodeGrid, rounding: str, ratio: float) -> None:
    case = Case(grid, ratio, (192, 128), rank=5, group=32)
    case.scales[5], case.scales[7], case.scales[9] = 0, -case.scales[7], 1e-38
    case.codes[11] = np.arange(128) % len(grid.levels)
    change = replace(case.change, rounding=rounding)
    codes, _, notes = case.moved(change)
    assert (codes != case.codes).any()
    assert (case.restored(codes, notes, change) == case.codes).all()


@pytest.mark.parametrize("grid", [GRIDS[name] for name in ("4 bit", "E2M1", "E4M3", "E5M2")])
@pytest.mark.parametrize("rounding", CODE_ROUNDINGS)
def test_codes_come_back_where_only_rounding_keeps_targets_from_numbers(
    grid: CodeGrid, rounding: str
) -> None:
    """Every target is a number of the grid but for float32's rounding, which is another one backwards."""
    generator = np.random.default_rng(0)
    case = Case(grid, 1.0, (256, 512))
    case.scales[:] = 1
    case.codes = grid.ordered[generator.integers(0, len(grid.ordered), (256, 512))].astype(np.int16)
    right = generator.integers(-24, 25, (1, 512)) / 4
    left = generator.choice([0.5, 1.0, 2.0], (256, 1))
    change = QuantisedChange((256, 512), grid, case.groups, (Term(left, right, 1.0),), rounding=rounding)
    codes, _, notes = case.moved(change)
    assert (case.restored(codes, notes, change) == case.codes).all()


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_numbers_are_looked_for_from_a_place_that_is_not_beyond_them(grid: CodeGrid) -> None:
    numbers = grid.numbers[grid.ordered]
    around = np.concatenate([np.nextafter(numbers, side) for side in (-np.inf, np.inf)])
    every = np.random.default_rng(0).integers(0, 1 << 32, 100_000, dtype=np.uint32).view(np.float32)
    ends = np.array([np.inf, -np.inf, 0.0, -0.0], np.float32)
    targets = np.concatenate([numbers, around, every, ends])
    targets = targets[~np.isnan(targets)]
    places = np.maximum(np.searchsorted(numbers, targets, side="right") - 1, 0)
    starts = grid.starts[targets.view(np.uint32) >> START_SHIFT]
    assert (starts <= places).all()
    assert (places - starts).max() < 16  # few steps remain


@pytest.mark.parametrize("grid", [GRIDS["4 bit"], GRIDS["NF4"], GRIDS["E2M1"]], ids=["4 bit", "NF4", "E2M1"])
@pytest.mark.parametrize(("ratio", "most"), [(0.003, 0.35), (0.01, 0.13), (0.03, 0.05), (0.1, 0.02)])
def test_the_error_leaves_the_directions_that_the_change_reads(
    grid: CodeGrid, ratio: float, most: float
) -> None:
    case = Case(grid, ratio, (128, 1024))
    codes, kept, _ = case.moved()
    assert case.error_in_V(codes) <= most
    assert case.error_in_V(case.moved(replace(case.change, rounding="stochastic"))[0]) > 2 * case.error_in_V(
        codes
    )
    assert 0.9 < kept.share < 1.05
    base_error = float(np.linalg.norm(case.W - (case.grid.numbers[case.codes] - case.offset) * case.wide))
    assert float(np.linalg.norm(case.errors(codes))) <= 1.3 * base_error


@pytest.mark.parametrize("rounding", CODE_ROUNDINGS)
def test_what_is_stated_is_what_was_done(rounding: str) -> None:
    case = Case(GRIDS["NF4"], 0.03)
    codes, kept, _ = case.moved(replace(case.change, rounding=rounding))
    errors = case.errors(codes)
    assert kept.error == pytest.approx(float((errors**2).sum()), rel=1e-4)
    assert kept.change == pytest.approx(float((case.delta**2).sum()), rel=1e-5)
    assert kept.share == pytest.approx(
        float(((errors + case.delta) * case.delta).sum() / kept.change), abs=1e-4
    )
    assert kept.moved == int((codes != case.codes).sum())
    base_error = ((case.W - case.grid.numbers[case.codes] * case.wide) ** 2).sum()
    assert kept.base_noise == pytest.approx(float(base_error), rel=0.2)


def test_nearest_loses_what_is_below_half_a_step() -> None:
    codes, kept, _ = Case(GRIDS["4 bit"], 0.01).moved(
        replace(Case(GRIDS["4 bit"], 0.01).change, rounding="nearest")
    )
    assert (kept.share, kept.moved) == (0.0, 0)
    assert codes.dtype == np.int16


def test_stochastic_rounding_is_unbiased_and_the_same_at_every_run() -> None:
    case = Case(GRIDS["4 bit"], 0.05, (2048, 64), rank=2)
    change = replace(case.change, rounding="stochastic")
    (codes, kept, _), (again, _, _) = case.moved(change), case.moved(change)
    assert (codes == again).all()
    assert kept.share == pytest.approx(1.0, abs=0.03)
    assert (case.moved(replace(change, seed=1))[0] != codes).any()


def test_rows_do_not_depend_on_their_block() -> None:
    case = Case(GRIDS["E2M1"], 0.05)
    whole, _, _ = case.moved()
    ((_, terms),) = case.change.blocks()
    for rows in (range(64, 128), range(3, 40)):
        block = CodeRows(case.codes[rows.start : rows.stop].copy(), case.scales[rows.start : rows.stop])
        CodeMover(case.change).move(rows, terms, block)
        assert (block.codes == whole[rows.start : rows.stop]).all()


def test_terms_of_parts_move_their_own_rows_and_columns_only() -> None:
    case = Case(GRIDS["4 bit"], 0.3, (256, 256))
    (term,) = case.change.terms
    parts = (
        replace(term, left=term.left[:64], right=term.right[:, :128]),
        replace(term, left=term.left[:32], row=128, right=term.right[:, :64], column=64),
        replace(term, left=term.left[:96], row=144),
    )
    change = replace(case.change, terms=parts)
    codes, _, notes = case.moved(change)
    assert (codes[64:128] == case.codes[64:128]).all()
    assert (codes[:64, 128:] == case.codes[:64, 128:]).mean() > 0.99
    assert (case.restored(codes, notes, change) == case.codes).all()


def test_a_change_without_factors_is_rounded_by_chance() -> None:
    case = Case(GRIDS["4 bit"], 0.05)
    dense = replace(case.change, terms=(), dense=lambda start, stop: case.delta[start:stop])
    by_chance = case.moved(replace(case.change, rounding="stochastic"))[0]
    assert (case.moved(dense)[0] == by_chance).mean() > 0.999  # ΔW has other last bits


def test_dependent_factors_span_no_more_than_they_do() -> None:
    case = Case(GRIDS["4 bit"], 0.03)
    (term,) = case.change.terms
    twice = tuple(replace(term, scale=term.scale / 2) for _ in range(2))
    assert (case.moved(replace(case.change, terms=twice))[0] == case.moved()[0]).mean() > 0.999


@pytest.mark.parametrize(("grid", "most"), [("4 bit", 0.005), ("NF4", 0.05), ("E2M1", 0.05), ("E4M3", 0.05)])
def test_notes_are_few(grid: str, most: float) -> None:
    case = Case(GRIDS[grid], 0.05, (256, 2048))
    _, _, notes = case.moved()
    stored = b"".join(map(packed_notes, notes))
    assert len(stored) <= most * case.codes.size * (1 if grid == "E4M3" else 0.5)
    assert all((one == other).all() for one, other in zip(unpacked_notes("w", stored), notes, strict=True))


def test_notes_that_do_not_fit_are_noticed() -> None:
    case = Case(GRIDS["NF4"], 0.05)
    codes, _, notes = case.moved()
    ((rows, terms),) = case.change.blocks()
    for wrong in (notes[0][:-1], np.append(notes[0], np.int16(1))):
        assert not CodeMover(case.change).restore(rows, terms, CodeRows(codes.copy(), case.scales), wrong)


def test_the_memory_is_that_of_a_block_beyond_the_matrix_itself() -> None:
    small, large = moving_bytes((4096, 4096)), moving_bytes((65536, 4096))
    assert large - small == 2 * (65536 - 4096) * 4096


def test_a_narrow_matrix_is_rounded_by_chance() -> None:
    """With fewer than 64 columns for each rank, and not with 64."""
    for rank, is_by_chance in ((9, True), (8, False)):
        case = Case(GRIDS["4 bit"], 0.05, rank=rank)
        by_chance = case.moved(replace(case.change, rounding="stochastic"))[0]
        assert bool((case.moved()[0] == by_chance).all()) is is_by_chance


def test_no_loop_needs_numba_once_it_is_compiled(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A kernel whose code cannot be stored would be compiled again in every run, in seconds."""
    for name in ("_ORTHONORMALISE", "_MOVE_EVEN", "_MOVE_UNEVEN"):
        known = getattr(requantising, name)
        monkeypatch.setattr(requantising, name, Kernel(known._module, known._name))
    with caplog.at_level(logging.INFO):
        for name in ("4 bit", "NF4"):
            Case(GRIDS[name], 0.03).moved()
    assert not [each for each in caplog.messages if "numba" in each]
