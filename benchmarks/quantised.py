"""What is left of a low-rank change in a quantised matrix, by format, size of the change and rounding.

    python benchmarks/quantised.py [--side 1024] [--rank 16] [--record]

W is Gaussian, ΔW = B A of the given rank and relative size, both from a seed. With W_q the quantised
base, W' the merged one, E = W' − W_q − ΔW, and V a basis of the rows of A, the table has ‖E V‖/‖ΔW‖
(what reaches the inputs that ΔW reads; 1: nothing of it arrived), the share of ΔW along itself,
‖E‖ beside the base's own error ‖W_q − W‖, and the codes that changed. `new scales` is what
other programs do: W_q + ΔW quantised anew, scales included, to the nearest codes. A minute.
"""

from __future__ import annotations

import argparse

import numpy as np
from grids import FORMATS, Format, QuantisedMatrix
from record import keep

from lorasurgery.linalg.requantising import CODE_ROUNDINGS
from lorasurgery.linalg.terms import Term

RATIOS = (0.003, 0.01, 0.03, 0.1)
COLUMNS = ("format", "‖ΔW‖/‖W‖", "rounding", "‖E V‖/‖ΔW‖", "kept", "noise", "codes changed")


def rows_of(into: Format, ratio: float, side: int, rank: int) -> list[tuple[str, ...]]:
    """Measure every rounding on one matrix."""
    generator = np.random.default_rng(0)
    W, B, A = (generator.standard_normal(shape) for shape in ((side, side), (side, rank), (rank, side)))
    scale = ratio * float(np.linalg.norm(W) / np.linalg.norm(B @ A))
    delta, V = B @ A * scale, np.linalg.qr(A.T)[0]
    base = QuantisedMatrix.of(W, into)
    numbers = base.numbers()
    base_error, size = np.linalg.norm(numbers - W), np.linalg.norm(delta)

    def row(rounding: str, merged: np.ndarray, moved: float) -> tuple[str, ...]:
        E = merged - numbers - delta
        kept = float(((E + delta) * delta).sum() / size**2)
        return (
            into.name,
            f"{ratio:.1%}",
            rounding,
            f"{np.linalg.norm(E @ V) / size:.3f}",
            f"{kept:.3f}",
            f"{np.linalg.norm(E) / base_error:.2f}",
            f"{moved:.1%}",
        )

    anew = QuantisedMatrix.of(numbers + delta, into)
    rows = [row("new scales", anew.numbers(), float((anew.codes != base.codes).mean()))]
    for rounding in reversed(CODE_ROUNDINGS):
        codes, total = base.moved(Term(B, A, scale), rounding)
        rows.append(row(rounding, base.numbers(codes), total.moved_share))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--record", action="store_true", help="write benchmarks/results/quantised.json")
    options = parser.parse_args()
    rows = []
    for into in FORMATS:
        for ratio in RATIOS:
            rows += rows_of(into, ratio, options.side, options.rank)
            print(*(" | ".join(row) for row in rows[-4:]), sep="\n", flush=True)
    if options.record:
        title = f"A change of rank {options.rank} in a quantised Gaussian matrix of {options.side}²"
        keep("quantised", "merge", title, "python benchmarks/quantised.py --record", COLUMNS, rows)


if __name__ == "__main__":
    main()
