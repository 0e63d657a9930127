"""Codes in the words that hold them, as numpy's integers: what is moved when a weight is written again.

Little-endian words are a stream of bits, lowest first, as in `_packed.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def unpacked_codes(words: NDArray[Any], bits: int, count: int) -> NDArray[np.int16]:
    """Return the first `count` unsigned integers of `bits` (1 to 8) along the last dimension.

    Args:
        words: (..., n) of any integers.
    """
    import numpy as np

    stream = np.ascontiguousarray(words).view(np.uint8)
    if 8 % bits:
        singly = np.unpackbits(stream, axis=-1, bitorder="little")[..., : count * bits]
        weights = (1 << np.arange(bits)).astype(np.int16)
        return singly.reshape(*stream.shape[:-1], count, bits) @ weights
    codes = np.empty((*stream.shape, 8 // bits), np.int16)
    for index in range(8 // bits):
        codes[..., index] = stream >> (bits * index) & (2**bits - 1)
    flat = codes.reshape(*stream.shape[:-1], stream.shape[-1] * (8 // bits))
    return np.ascontiguousarray(flat[..., :count])


def packed_codes(codes: NDArray[np.int16], bits: int) -> NDArray[np.uint32]:
    """Pack codes of `bits` (1 to 8) along the last dimension: the inverse of `unpacked_codes`.

    Returns:
        (..., ⌈count · bits / 32⌉), filled up with zeros.
    """
    import numpy as np

    count = codes.shape[-1]
    narrow = codes.astype(np.uint8)
    if count % 32:
        narrow = np.pad(narrow, [(0, 0)] * (codes.ndim - 1) + [(0, -count % 32)])
    if 8 % bits:
        singly = np.unpackbits(narrow[..., None], axis=-1, count=bits, bitorder="little")
        stream = np.packbits(singly.reshape(*narrow.shape[:-1], -1), axis=-1, bitorder="little")
    else:
        pieces = narrow.reshape(*narrow.shape[:-1], -1, 8 // bits)
        stream = pieces[..., 0].copy()
        for index in range(1, 8 // bits):
            stream |= pieces[..., index] << (index * bits)
    return np.ascontiguousarray(stream.view("<u4")[..., : -(-count * bits // 32)])
