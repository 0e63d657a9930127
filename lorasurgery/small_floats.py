"""The numbers that bytes stand for as floats of eight bits, known without torch.

    E4M3, E5M2     1 sign, 4 or 5 bits of exponent, 3 or 2 behind the point (OCP); E4M3 has no infinities
    … FNUZ         the same with another bias, one zero and one NaN, and no infinities
    E8M0           an exponent alone: 2^(byte − 127)

Source: Open Compute Project, "OFP8", v1.0, 2023, and "MX", v1.0, 2023; FNUZ: Noune et al., 2022, arXiv
2206.02915.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

E8M0_BIAS, E8M0_NAN = 127, 255


@dataclass(frozen=True)
class _Layout:
    """Bits of the exponent, its bias, the patterns that are NaN, and those that are infinite."""

    exponent: int
    bias: int
    nan: tuple[int, ...]
    infinite: tuple[int, ...] = ()


_LAYOUTS = {
    Dtype.F8_E4M3: _Layout(4, 7, (0x7F, 0xFF)),
    Dtype.F8_E5M2: _Layout(5, 15, (0x7D, 0x7E, 0x7F, 0xFD, 0xFE, 0xFF), (0x7C, 0xFC)),
    Dtype.F8_E4M3FNUZ: _Layout(4, 8, (0x80,)),
    Dtype.F8_E5M2FNUZ: _Layout(5, 16, (0x80,)),
}
SMALL_FLOATS = frozenset({*_LAYOUTS, Dtype.F8_E8M0})


@cache
def numbers_of(dtype: Dtype) -> NDArray[np.float32]:
    """Return the number of each of the 256 patterns, exact in float32."""
    import numpy as np

    patterns = np.arange(256)
    if dtype is Dtype.F8_E8M0:
        powers = np.ldexp(1.0, patterns - E8M0_BIAS)
        return np.where(patterns == E8M0_NAN, np.nan, powers).astype(np.float32)
    layout = _LAYOUTS[dtype]
    behind = 7 - layout.exponent
    exponents, fractions = patterns >> behind & ((1 << layout.exponent) - 1), patterns & ((1 << behind) - 1)
    wholes = fractions + np.where(exponents > 0, 1 << behind, 0)
    numbers = np.ldexp(wholes.astype(float), np.maximum(exponents, 1) - layout.bias - behind)
    numbers[list(layout.infinite)] = np.inf
    numbers[list(layout.nan)] = np.nan
    signed: NDArray[np.float32] = np.copysign(numbers, np.where(patterns > 127, -1.0, 1.0)).astype("f4")
    return signed
