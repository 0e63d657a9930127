"""Blocks of quantised numbers, as ggml stores them, to float32: one function for each type of block.

`blocks` is (n, bytes of a block) and `out` (n, numbers of a block). Products and sums are those of
ggml's reference, each rounded to float32, so that the numbers are the same bit for bit.

Source: ggml's `ggml-common.h` (layouts) and `ggml-quants.c` (`dequantize_row_*`).
"""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled
from lorasurgery.linalg.kernels.numbers import read

_F16 = np.int16(0)
_FOUR, _LOW = np.int32(4), np.int32(15)


@compiled
@no_type_check
def _half(block: Any, at: Any) -> Any:
    """The float16 at a byte of a block, as float32."""
    return read(np.uint16(block[at]) | np.uint16(np.uint16(block[at + 1]) << np.uint16(8)), _F16)


@compiled
@no_type_check
def _bits32(block: Any, at: Any) -> Any:
    """The four bytes from a byte of a block on, as an integer."""
    low = np.uint32(block[at]) | (np.uint32(block[at + 1]) << np.uint32(8))
    return low | (np.uint32(block[at + 2]) << np.uint32(16)) | (np.uint32(block[at + 3]) << np.uint32(24))


@compiled
@no_type_check
def q4_0(out: Any, blocks: Any) -> Any:
    """d · (q − 8)."""
    for n in range(len(out)):
        block, numbers = blocks[n], out[n]
        d = _half(block, 0)
        for j in range(16):
            pair = np.int32(block[2 + j])
            numbers[j] = d * np.float32((pair & _LOW) - np.int32(8))
            numbers[16 + j] = d * np.float32((pair >> _FOUR) - np.int32(8))


@compiled
@no_type_check
def q4_1(out: Any, blocks: Any) -> Any:
    """d · q + m."""
    for n in range(len(out)):
        block, numbers = blocks[n], out[n]
        d, m = _half(block, 0), _half(block, 2)
        for j in range(16):
            pair = np.int32(block[4 + j])
            numbers[j] = d * np.float32(pair & _LOW) + m
            numbers[16 + j] = d * np.float32(pair >> _FOUR) + m


@compiled
@no_type_check
def q5_0(out: Any, blocks: Any) -> Any:
    """d · (q − 16), the fifth bits apart."""
    for n in range(len(out)):
        block, numbers = blocks[n], out[n]
        d, high = _half(block, 0), np.int32(_bits32(block, 2))
        for j in range(16):
            pair = np.int32(block[6 + j])
            first = (pair & _LOW) | (((high >> np.int32(j)) & np.int32(1)) << _FOUR)
            second = (pair >> _FOUR) | (((high >> np.int32(j + 16)) & np.int32(1)) << _FOUR)
            numbers[j] = d * np.float32(first - np.int32(16))
            numbers[16 + j] = d * np.float32(second - np.int32(16))


@compiled
@no_type_check
def q5_1(out: Any, blocks: Any) -> Any:
    """d · q + m, the fifth bits apart."""
    for n in range(len(out)):
        block, numbers = blocks[n], out[n]
        d, m, high = _half(block, 0), _half(block, 2), np.int32(_bits32(block, 4))
        for j in range(16):
            pair = np.int32(block[8 + j])
            first = (pair & _LOW) | (((high >> np.int32(j)) & np.int32(1)) << _FOUR)
            second = (pair >> _FOUR) | (((high >> np.int32(j + 16)) & np.int32(1)) << _FOUR)
            numbers[j] = d * np.float32(first) + m
            numbers[16 + j] = d * np.float32(second) + m


@compiled
@no_type_check
def q8_0(out: Any, blocks: Any) -> Any:
    """d · q."""
    for n in range(len(out)):
        block, numbers = blocks[n], out[n]
        d = _half(block, 0)
        for j in range(32):
            numbers[j] = np.float32(np.int32(np.int8(block[2 + j]))) * d


@compiled
@no_type_check
def mxfp4(out: Any, blocks: Any) -> Any:
    """2^(e − 128) · twice the four-bit float, which is an integer."""
    for n in range(len(out)):
        block, numbers = blocks[n], out[n]
        e = np.uint32(block[0])
        tiny = np.uint32(0x00200000) << e
        bits = tiny if e < np.uint32(2) else (e - np.uint32(1)) << np.uint32(23)
        d = np.uint32(bits).view(np.float32)
        for side in range(2):
            shift = np.int32(4 * side)
            for j in range(16):
                code = (np.int32(block[1 + j]) >> shift) & _LOW
                # 0, 1, 2, 3, 4, 6, 8, 12, and the same negative, without a table or a branch.
                magnitude = code & np.int32(7)
                ends_in_three = (magnitude & np.int32(1)) & (magnitude >> np.int32(1))
                above = (magnitude & np.int32(3)) + np.int32(2) * ends_in_three
                twice = magnitude + (magnitude >> np.int32(2)) * above
                sign = np.int32(1) - np.int32(2) * (code >> np.int32(3))
                numbers[16 * side + j] = d * np.float32(sign * twice)


@compiled
@no_type_check
def q2_k(out: Any, blocks: Any) -> Any:
    """d · s · q − dmin · m: sixteen groups of sixteen, s and m of four bits."""
    for n in range(len(out)):
        block, numbers = blocks[n], out[n]
        d, dmin = _half(block, 80), _half(block, 82)
        for group in range(16):
            scale = np.int32(block[group])
            dl, ml = d * np.float32(scale & _LOW), dmin * np.float32(scale >> _FOUR)
            at = 16 + 32 * (group // 8) + 16 * (group % 2)
            shift = np.int32(2 * ((group % 8) // 2))
            for j in range(16):
                q = (np.int32(block[at + j]) >> shift) & np.int32(3)
                numbers[16 * group + j] = dl * np.float32(q) - ml


@compiled
@no_type_check
def q3_k(out: Any, blocks: Any) -> Any:
    """d · (s − 32) · (q − 4): sixteen groups of sixteen, s of six bits, the third bits apart."""
    for n in range(len(out)):
        block, numbers = blocks[n], out[n]
        d = _half(block, 108)
        for group in range(16):
            low = np.int32(block[96 + group % 8]) >> np.int32(4 * (group // 8))
            high = np.int32(block[104 + group % 4]) >> np.int32(2 * (group // 4))
            scale = (low & _LOW) | ((high & np.int32(3)) << _FOUR)
            dl = d * np.float32(scale - np.int32(32))
            at, in_half = 32 + 32 * (group // 8) + 16 * (group % 2), group % 8
            shift, bit = np.int32(2 * (in_half // 2)), np.int32(group // 2)
            for j in range(16):
                q = (np.int32(block[at + j]) >> shift) & np.int32(3)
                is_small = ((np.int32(block[16 * (group % 2) + j]) >> bit) & np.int32(1)) ^ np.int32(1)
                numbers[16 * group + j] = dl * np.float32(q - (is_small << np.int32(2)))


@compiled
@no_type_check
def _scale(block: Any, group: Any) -> Any:
    """The six-bit scale of one of eight groups: bytes 4 to 15 of Q4_K and Q5_K."""
    low = np.int32(block[4 + group % 4])
    if group < 4:
        return low & np.int32(63)
    return (np.int32(block[8 + group]) & _LOW) | ((low >> np.int32(2)) & np.int32(48))


@compiled
@no_type_check
def _least(block: Any, group: Any) -> Any:
    """The six-bit minimum of one of eight groups."""
    low = np.int32(block[8 + group % 4])
    if group < 4:
        return low & np.int32(63)
    return (np.int32(block[8 + group]) >> _FOUR) | ((low >> np.int32(2)) & np.int32(48))


@compiled
@no_type_check
def q4_k(out: Any, blocks: Any) -> Any:
    """d · s · q − dmin · m: eight groups of 32, s and m of six bits."""
    for n in range(len(out)):
        block, numbers = blocks[n], out[n]
        d, dmin = _half(block, 0), _half(block, 2)
        for pair in range(4):
            d1, m1 = d * np.float32(_scale(block, 2 * pair)), dmin * np.float32(_least(block, 2 * pair))
            d2 = d * np.float32(_scale(block, 2 * pair + 1))
            m2 = dmin * np.float32(_least(block, 2 * pair + 1))
            for j in range(32):
                q = np.int32(block[16 + 32 * pair + j])
                numbers[64 * pair + j] = d1 * np.float32(q & _LOW) - m1
                numbers[64 * pair + 32 + j] = d2 * np.float32(q >> _FOUR) - m2


@compiled
@no_type_check
def q5_k(out: Any, blocks: Any) -> Any:
    """d · s · q − dmin · m: eight groups of 32, s and m of six bits, the fifth bits apart."""
    for n in range(len(out)):
        block, numbers = blocks[n], out[n]
        d, dmin = _half(block, 0), _half(block, 2)
        for group in range(8):
            dl, ml = d * np.float32(_scale(block, group)), dmin * np.float32(_least(block, group))
            at, shift, bit = 48 + 32 * (group // 2), np.int32(4 * (group % 2)), np.int32(group)
            for j in range(32):
                low = (np.int32(block[at + j]) >> shift) & _LOW
                high = (np.int32(block[16 + j]) >> bit) & np.int32(1)
                numbers[32 * group + j] = dl * np.float32(low | (high << _FOUR)) - ml


@compiled
@no_type_check
def q6_k(out: Any, blocks: Any) -> Any:
    """d · s · (q − 32): sixteen groups of sixteen, s of eight bits, the two highest bits apart."""
    for n in range(len(out)):
        block, numbers = blocks[n], out[n]
        d = _half(block, 208)
        for group in range(16):
            dl = d * np.float32(np.int32(np.int8(block[192 + group])))
            half, quarter, side = group // 8, (group % 8) // 2, group % 2
            at = 64 * half + 32 * (quarter % 2) + 16 * side
            high_at = 128 + 32 * half + 16 * side
            shift, high_shift = np.int32(4 * (quarter // 2)), np.int32(2 * quarter)
            for j in range(16):
                low = (np.int32(block[at + j]) >> shift) & _LOW
                high = (np.int32(block[high_at + j]) >> high_shift) & np.int32(3)
                numbers[16 * group + j] = dl * np.float32((low | (high << _FOUR)) - np.int32(32))
