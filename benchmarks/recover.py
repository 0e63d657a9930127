"""How near recovered factors are to those that were merged, and how small the result is, beside the SVD.

    python benchmarks/recover.py [--side 2048] [--record]

Weights and factors are Gaussian, from a seed: W = 0.02 N(0, 1) in bfloat16, ΔW = B A of a rank scaled
to a share of ‖W‖, merged by one rounding of W + ΔW, as PEFT merges float32 factors (float32), or with
ΔW rounded to bfloat16 before it is added, as PEFT merges bfloat16 factors. The SVD is the best
approximation of the difference of the same two matrices, at the true rank. Sizes are those of float32
factors and compressed exceptions, from which the merged matrix is rebuilt and compared bit for bit;
times are CPU time of one thread. Then 40 pairs that are merged LoRAs or are not are told apart. Ten
minutes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from record import keep

from lorasurgery.linalg.rank_rules import fixed
from lorasurgery.linalg.recovery import NotMerged, Recovered, exceptions, recovered
from lorasurgery.linalg.rounded_product import merged_sum
from lorasurgery.linalg.svd import truncated_svd
from lorasurgery.linalg.terms import Term
from lorasurgery.linalg.ulps import take_steps
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.undo.corrections import CorrectionEncoder

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from support.seeded_merges import FULL_CHANGES, SeededMerge, full_change, lora_merge

BF16 = torch.bfloat16
RANKS, CHANGES = (4, 16, 32, 64), (0.003, 0.01, 0.05)
COLUMNS = [
    "rank",
    "‖ΔW‖/‖W‖",
    "merge",
    "error, SVD",
    "error, recovered",
    "nearer",
    "wrong elements, SVD",
    "exceptions",
    "smaller than merged",
    "CPU-s",
]


def row_of(pair: SeededMerge, rank: int, relative: float) -> list[str]:
    """Recover one matrix, prove that it comes back bit for bit, and hold it against the SVD."""
    start = time.process_time()
    base, merged = StoredArray.of(pair.base), StoredArray.of(pair.merged)
    found = recovered(base, merged, seed=1)
    seconds = time.process_time() - start
    assert isinstance(found, Recovered), found
    assert found.A.shape[0] == rank, f"rank {found.A.shape[0]}"
    places, steps = exceptions(base, merged, found)
    _check_rebuilt(base, merged, found, places, steps)
    svd = truncated_svd(merged.single() - base.single(), fixed(rank), seed=1)
    far = pair.distance(torch.from_numpy(svd.U * svd.S @ svd.V.T))
    near = pair.distance(torch.from_numpy(found.B.astype(float) @ found.A))
    as_svd = Recovered((svd.V * svd.S).T.astype(np.float32), svd.U, found.product, 0.0, 0)
    wrong, _ = exceptions(base, merged, as_svd)
    nbytes = 4 * (found.A.size + found.B.size) + _compressed(base, merged, found)
    return [
        str(rank),
        f"{100 * relative:g} %",
        "float32" if found.product is None else "bfloat16 product",
        f"{100 * far:.2f} %",
        f"{100 * near:.3f} %",
        f"{far / near:.1f} ×",
        f"{100 * len(wrong) / pair.merged.numel():.1f} %",
        f"{100 * len(places) / pair.merged.numel():.4f} %",
        f"{2 * pair.merged.numel() / nbytes:.1f} ×",
        f"{seconds:.1f}",
    ]


def _check_rebuilt(
    base: StoredArray, merged: StoredArray, found: Recovered, places: np.ndarray, steps: np.ndarray
) -> None:
    rows, columns = merged.bits.shape
    terms = [Term(found.B, found.A)]
    rebuilt = merged_sum(terms, (rows, columns), found.product, merged.dtype)(base, 0)
    take_steps(rebuilt, places, steps)
    assert np.array_equal(rebuilt.bits, merged.bits), "not bit for bit"


def _compressed(base: StoredArray, merged: StoredArray, found: Recovered) -> int:
    rows, columns = merged.bits.shape
    rebuilt = merged_sum([Term(found.B, found.A)], (rows, columns), found.product, merged.dtype)
    encoder = CorrectionEncoder()
    encoder.differences.note(merged, rebuilt(base, 0), 0)
    return len(encoder.finish())


def rows_of(side: int) -> Iterator[list[str]]:
    """One row for each rank, size of the change and style of the merge."""
    for rank in RANKS:
        for relative in CHANGES:
            yield row_of(lora_merge((side, side), rank, relative, seed=rank), rank, relative)
    for rank in (16, 64):
        for relative in CHANGES:
            pair = lora_merge((side, side), rank, relative, seed=rank, product=BF16)
            yield row_of(pair, rank, relative)


def verdicts() -> list[str]:
    """Tell 20 merged LoRAs and 20 other changes apart; [right, wrong] of each."""
    counts: Counter[tuple[str, bool]] = Counter()
    for seed in range(20):
        shape = ((512, 512), (384, 1024), (1024, 384), (768, 768))[seed % 4]
        rank, relative = (2, 4, 8, 16, 32)[seed % 5], (0.002, 0.01, 0.05)[seed % 3]
        product = BF16 if seed % 2 else None
        pair = lora_merge(shape, rank, relative, seed=seed, product=product, decay=(1.0, 0.2)[seed % 7 == 0])
        found = recovered(*map(StoredArray.of, (pair.base, pair.merged)), seed=seed)
        is_right = isinstance(found, Recovered) and found.A.shape[0] == rank
        counts["LoRA", is_right] += 1
        if not is_right:
            print("missed:", shape, rank, relative, product, found)
        kind, relative = FULL_CHANGES[seed % len(FULL_CHANGES)], (0.0005, 0.003, 0.02)[seed % 3]
        other = full_change(kind, shape, relative, seed=seed)
        found = recovered(*map(StoredArray.of, (other.base, other.merged)), seed=seed)
        counts["other", isinstance(found, NotMerged)] += 1
    return [f"{counts['LoRA', True]} of 20 LoRAs", f"{counts['other', True]} of 20 other changes"]


def main() -> None:
    """Print the table, and record it where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--side", type=int, default=2048)
    parser.add_argument("--record", action="store_true", help="write the record for RESULTS.md")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    rows: list[list[str]] = []
    for row in chain([COLUMNS], rows_of(asked.side)):
        print("  ".join(cell.rjust(10) for cell in row), flush=True)
        rows.append(row)
    right = " and ".join(verdicts())
    print("told right:", right)
    if asked.record:
        title = (
            f"The factors of a LoRA merged into a {asked.side}×{asked.side} matrix in bfloat16, recovered "
            f"and by truncated SVD. Of seeded pairs, {right} are told right, with their ranks."
        )
        keep("recover", "extract --recover", title, "python benchmarks/recover.py", COLUMNS, rows[1:])


if __name__ == "__main__":
    main()
