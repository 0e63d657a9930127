"""Write the kernels of merging, unmerging, extraction and deltas as LLVM's text, typed by numba.

    python tools/typed_kernels.py

To be run after a change of their source, or with another release of LLVM: until then, first runs
have numba compile them, which takes two seconds more. It takes a processor that multiplies bfloat16
(AVX512_BF16).
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg import cells, changes, narrow_cells, ordered, skinny, skinny_bfloat16, ulps
from lorasurgery.linalg.kernels import typed_text
from lorasurgery.linalg.kernels.compile import typed_text as text_of
from lorasurgery.linalg.kernels.tiles import KINDS
from lorasurgery.linalg.ordered import RowSum, round_once
from lorasurgery.linalg.terms import Term
from lorasurgery.linalg.ulps import (
    Differences,
    last_place,
    move_all,
    split_moves,
    take_chunk,
    take_steps,
)
from lorasurgery.surgery.delta import grown

KERNELS = {
    ("sums", "sum_rows"): ordered._SUM,
    ("ulps", "note_ulps"): ulps._NOTE,
    ("ulps", "add_ulps"): ulps._TAKE,
    ("moves", "last_place"): ulps._LAST,
    ("moves", "take_chunk"): ulps._CHUNK,
    ("moves", "move_all"): ulps._ALL,
    ("moves", "split_moves"): ulps._SPLIT,
    ("grown", "note_grown"): grown._NOTE,
    ("grown", "take_grown"): grown._TAKE,
    ("narrow", "gather_narrow"): narrow_cells._GATHER,
    ("narrow", "subtract_narrow"): narrow_cells._SUBTRACT,
    ("narrow", "turn_narrow"): narrow_cells._TURN,
    ("narrow", "solve_rows"): narrow_cells._SOLVE,
    ("changes", "subtract"): changes._SUBTRACT,
    ("rows", "round_all"): ordered._ROUND,
    ("cells", "cell_ends"): cells._ENDS,
    ("coarse", "narrow"): skinny_bfloat16._ROUND,
    ("skinny", "image"): skinny._IMAGE,
    ("skinny", "add_image_back"): skinny._BACK,
    ("skinny", "sweep"): skinny._SWEEP,
}
# Those of one instruction that most processors lack, and which are not called here, with their types.
BFLOAT16 = {
    "image": ("<u22", "<u41", "<i81", "<f42"),
    "add_image_back": ("<u22", "<f42", "<u42", "<f43"),
    "sweep": ("<u22", "<u41", "<i81", "<f42", "<u42", "<f43"),
}


def merge_and_back(dtype: Dtype) -> None:
    """Add a term to a matrix, note what leads back, and take that."""
    W = round_once(np.full((4, 8), 1.5), dtype)
    term = Term(np.ones((4, 2), np.float32), np.ones((2, 8), np.float32), 0.25)
    differences = Differences()
    RowSum([term], (4, 8), dtype)(W, 0)
    merged = RowSum([term], (4, 8), dtype).and_back(W, 0, differences)
    differences.note(W, merged, 0)
    take_steps(merged, differences.places, differences.steps)
    chunk = np.zeros((1, 1), np.uint8)
    take_chunk(merged, 0, chunk, chunk, np.array([0, last_place(chunk, 0)]))


def subtract() -> None:
    """Subtract two blocks of each dtype."""
    for dtype in changes._BITS:
        one = round_once(np.ones((1, 1)), dtype)
        changes.subtract(one, one, np.empty((1, 1), np.float32))


def search() -> None:
    """Find the cells of a merge's rounding to each dtype of 16 bits."""
    for dtype in cells._KINDS:
        one = round_once(np.ones((1, 1)), dtype)
        cells.cells_of(one, one)


def multiply() -> None:
    """Multiply a matrix with a few rows, from both sides and from one; round one to bfloat16."""
    D, rows, whole = np.ones((8, 16), np.float32), np.ones((3, 16), np.float32), [slice(None)]
    skinny_bfloat16.narrowed(D)
    skinny.sweep(D, rows, whole)
    skinny.image_back(skinny.image(D, rows, whole).T, D, whole)


def encode() -> None:
    """Encode and decode what a delta holds of weights of each dtype."""
    for dtype in KINDS:
        W = round_once(np.linspace(0.5, 1.5, 512).reshape(16, 32), dtype)
        planes, moved = np.zeros((dtype.itemsize, 512), np.uint8), Differences()
        split_moves(W, W, planes)
        move_all(W, planes)
        moved.append(np.zeros(1, np.int64), np.zeros(1, np.int64))
        encoder = grown.GrownEncoder()
        encoder.add(W, W, moved, 0)
        decoder = grown.GrownDecoder("", np.frombuffer(encoder.finish(), np.uint8))
        decoder.correct(W, W)
    for dtype in (Dtype.BF16, Dtype.F16):
        W = round_once(np.linspace(0.5, 1.5, 512).reshape(16, 32), dtype)
        left, right = np.zeros((16, 1), np.float32), np.ones((32, 1), np.float32)
        blocks = narrow_cells._multiplied([(W, W)], right, left)
        narrow = narrow_cells.NarrowCells.gathered(blocks, (16, 32), 1)
        narrow.turned(32)
        narrow.solved(left, right, 1.0)


def used() -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the kernels of these verbs with the types that they are called with."""
    for dtype in KINDS:
        merge_and_back(dtype)
    subtract()
    search()
    multiply()
    encode()
    found = [(*key, types) for key, kernel in KERNELS.items() for types in kernel._functions]
    return [*found, *(("bfloat16", name, types) for name, types in BFLOAT16.items())]


def main() -> None:
    kernels = used()
    # Each in a process of its own: what is compiled in this one is compiled for its processor.
    with ProcessPoolExecutor(mp_context=get_context("spawn"), max_tasks_per_child=1) as processes:
        typed = processes.map(text_of, *zip(*kernels, strict=True))
        texts = {typed_text.text_name(*each): text for each, text in zip(kernels, typed, strict=True)}
    typed_text.FOLDER.mkdir(exist_ok=True)
    for path in typed_text.FOLDER.glob("*.ll"):
        path.unlink()
    for name, text in texts.items():
        (typed_text.FOLDER / name).write_text(text, encoding="ascii", newline="\n")
        print(f"{name}  {len(text):,} bytes")


if __name__ == "__main__":
    main()
