"""Look at quantised weights: what they are stored as, the bytes that they take, and what quantising took.

    noise² = Σ step² / 12

over the steps between the numbers that can be stored around each element.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from lorasurgery.surgery.base.matrix import Matrix, blocks
from lorasurgery.surgery.inspection.inspect_report import ModuleSpectrum
from lorasurgery.text import counted, percent


def noise_norm(matrix: Matrix) -> float | None:
    """Return ‖W − W_quantised‖_F as the steps of the codes let expect it; None where they are not known."""
    if matrix.steps is None:
        return None
    squares = ((matrix.steps.raw_rows(*block).double() ** 2).sum() for block in blocks(matrix.steps))
    return math.sqrt(sum(map(float, squares)) / 12)


def notes_of_quantisation(modules: Sequence[ModuleSpectrum]) -> Iterator[str]:
    """Say of each format what its weights take, and its noise beside ‖W‖ where that is known."""
    for label in dict.fromkeys(each.quantised for each in modules if each.quantised):
        alike = [each for each in modules if each.quantised == label]
        numbers = sum(math.prod(each.shape) for each in alike)
        size = sum(each.nbytes for each in alike) / max(1, numbers)
        said = f"{counted(len(alike), 'weight')} stored as {label}: {size:.3g} bytes for each number"
        known = [each for each in alike if each.noise is not None]
        energy = sum(each.energy for each in known)
        if energy:
            noise = math.sqrt(sum((each.noise or 0.0) ** 2 for each in known) / energy)
            said += f", and quantising took about {percent(noise)} of ‖W‖"
        yield f"{said}."
