"""The codes of a GGUF tensor's blocks and their scales: what it takes to write the tensor again.

Every type here is number = scale · code + offset, with codes from 0 on; scales, minima and all else
in a block stay as they are. Layouts are those of `linalg/kernels/blocks.py`. Blocks are (n, bytes),
codes (n, numbers of a block).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.linalg.code_grid import CodeGrid
from lorasurgery.quantisation._encoding import Encoding, equal_groups

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    # Of dtype uint8, as all that is computed of them by shifts and masks.
    Bytes = NDArray[Any]


@dataclass(frozen=True)
class BlockCodes:
    """A type of blocks: bits of a code, numbers that share a scale, and what reads and writes codes."""

    bits: int
    group: int
    codes: Callable[[Bytes], Bytes]
    put: Callable[[Bytes, Bytes], None]
    scales: Callable[[Bytes], NDArray[Any]]


def gguf_encodings(checkpoint: Checkpoint) -> dict[str, Encoding]:
    """Return how a GGUF file's tensors are written again, by name.

    Those that are read only, and those without elements, are not among them.
    """
    assert checkpoint.gguf is not None, f"{checkpoint.name} is not a GGUF file"
    return {
        each.name: _encoding(checkpoint, each.name, WRITTEN[each.kind.name])
        for each in checkpoint.gguf.tensors
        if each.kind.name in WRITTEN and each.numel
    }


def _encoding(checkpoint: Checkpoint, name: str, form: BlockCodes) -> Encoding:
    """Return how a tensor is written again; rows are those of the file, experts are stacked."""
    import gguf

    assert checkpoint.gguf is not None, "blocks are a GGUF file's"
    tensor = checkpoint.gguf.by_name[name]
    columns = (tensor.shape or (1,))[-1]
    rows = tensor.numel // max(1, columns)
    nbytes = gguf.GGML_QUANT_SIZES[tensor.kind][1]
    stored = checkpoint.tensors[name].viewed((rows, tensor.nbytes // max(1, rows)))

    def blocks(start: int, stop: int) -> Bytes:
        return stored.raw_rows(start, stop).bits.reshape(-1, nbytes)

    def codes(start: int, stop: int) -> NDArray[np.int16]:
        import numpy as np

        return form.codes(blocks(start, stop)).reshape(stop - start, columns).astype(np.int16)

    def scales(start: int, stop: int) -> NDArray[np.float32]:
        import numpy as np

        with np.errstate(all="ignore"):  # scales that are infinite, or no numbers
            found = form.scales(blocks(start, stop)).reshape(stop - start, -1)
        return np.ascontiguousarray(found, np.float32)

    def written(start: int, moved: NDArray[np.int16]) -> NDArray[Any]:
        import numpy as np

        changed = blocks(start, start + len(moved)).copy()
        form.put(changed, moved.astype(np.uint8).reshape(len(changed), -1))
        return changed.reshape(len(moved), -1)

    groups = equal_groups(columns, columns // form.group)
    return Encoding((rows, columns), CodeGrid.of_integers(2**form.bits), codes, scales, groups, written)


def _halves(blocks: Bytes, at: int) -> NDArray[Any]:
    """Return the float16 at a byte of each block, as float32 (n, 1)."""
    import numpy as np

    halves: NDArray[Any] = np.ascontiguousarray(blocks[:, at : at + 2]).view("<f2").astype(np.float32)
    return halves


def _nibbles(packed: Bytes, width: int) -> Bytes:
    """Return the low halves of `width` bytes, then their high halves, and so on."""
    import numpy as np

    runs = packed.reshape(len(packed), -1, 1, width)
    both: Bytes = np.concatenate([runs & 15, runs >> 4], axis=2).reshape(len(packed), -1)
    return both


def _in_nibbles(codes: Bytes, width: int) -> Bytes:
    runs = codes.reshape(len(codes), -1, 2, width) & 15
    packed: Bytes = (runs[:, :, 0] | (runs[:, :, 1] << 4)).reshape(len(codes), -1)
    return packed


def _four_bits(at: int) -> BlockCodes:
    """Q4_0 and Q4_1: 32 codes, whose halves of bytes begin at a byte."""

    def put(blocks: Bytes, codes: Bytes) -> None:
        blocks[:, at:] = _in_nibbles(codes, 16)

    return BlockCodes(
        4, 32, lambda blocks: _nibbles(blocks[:, at:], 16), put, lambda blocks: _halves(blocks, 0)
    )


def _five_bits(at: int) -> BlockCodes:
    """Q5_0 and Q5_1: 32 codes, whose fifth bits begin at a byte and are followed by the others."""

    def codes(blocks: Bytes) -> Bytes:
        import numpy as np

        high = np.unpackbits(blocks[:, at : at + 4], axis=1, bitorder="little")
        both: Bytes = _nibbles(blocks[:, at + 4 :], 16) | (high << 4)
        return both

    def put(blocks: Bytes, codes: Bytes) -> None:
        import numpy as np

        blocks[:, at : at + 4] = np.packbits(codes >> 4, axis=1, bitorder="little")
        blocks[:, at + 4 :] = _in_nibbles(codes, 16)

    return BlockCodes(5, 32, codes, put, lambda blocks: _halves(blocks, 0))


def _put_eight_bits(blocks: Bytes, codes: Bytes) -> None:
    blocks[:, 2:] = codes ^ 128


def _scales_of_eight(blocks: Bytes) -> NDArray[Any]:
    """Return d · s of the eight groups of Q4_K and Q5_K, s of six bits."""
    import numpy as np

    packed = blocks[:, 4:16].reshape(-1, 3, 4)
    low, both = packed[:, 0], packed[:, 2]
    scales = np.concatenate([low & 63, (both & 15) | ((low >> 2) & 48)], axis=1)
    product: NDArray[Any] = _halves(blocks, 0) * scales.astype(np.float32)
    return product


def _put_q4_k(blocks: Bytes, codes: Bytes) -> None:
    blocks[:, 16:] = _in_nibbles(codes, 32)


def _q5_k(blocks: Bytes) -> Bytes:
    import numpy as np

    bit = np.arange(8, dtype=np.uint8)[:, None]
    high = ((blocks[:, None, 16:48] >> bit) & 1).reshape(len(blocks), -1)
    both: Bytes = _nibbles(blocks[:, 48:], 32) | (high << 4)
    return both


def _put_q5_k(blocks: Bytes, codes: Bytes) -> None:
    import numpy as np

    bit = np.arange(8, dtype=np.uint8)[:, None]
    blocks[:, 16:48] = np.bitwise_or.reduce((codes.reshape(-1, 8, 32) >> 4) << bit, axis=1)
    blocks[:, 48:] = _in_nibbles(codes, 32)


def _q6_k(blocks: Bytes) -> Bytes:
    import numpy as np

    shift = np.arange(0, 8, 2, dtype=np.uint8)[:, None]
    high = ((blocks[:, 128:192].reshape(-1, 2, 1, 32) >> shift) & 3).reshape(len(blocks), -1)
    both: Bytes = _nibbles(blocks[:, :128], 64) | (high << 4)
    return both


def _put_q6_k(blocks: Bytes, codes: Bytes) -> None:
    import numpy as np

    shift = np.arange(0, 8, 2, dtype=np.uint8)[:, None]
    high = np.bitwise_or.reduce((codes.reshape(-1, 2, 4, 32) >> 4) << shift, axis=2)
    blocks[:, 128:192] = high.reshape(len(blocks), -1)
    blocks[:, :128] = _in_nibbles(codes, 64)


def _scales_of_sixteen(blocks: Bytes) -> NDArray[Any]:
    """Return d · s of the sixteen groups of Q6_K, s of eight bits."""
    import numpy as np

    product: NDArray[Any] = _halves(blocks, 208) * blocks[:, 192:208].view(np.int8).astype(np.float32)
    return product


# The types that are written again.
WRITTEN = {
    "Q4_0": _four_bits(2),
    "Q4_1": _four_bits(4),
    "Q5_0": _five_bits(2),
    "Q5_1": _five_bits(4),
    "Q8_0": BlockCodes(
        8, 32, lambda blocks: blocks[:, 2:] ^ 128, _put_eight_bits, lambda blocks: _halves(blocks, 0)
    ),
    "Q4_K": BlockCodes(4, 32, lambda blocks: _nibbles(blocks[:, 16:], 32), _put_q4_k, _scales_of_eight),
    "Q5_K": BlockCodes(5, 32, _q5_k, _put_q5_k, _scales_of_eight),
    "Q6_K": BlockCodes(6, 16, _q6_k, _put_q6_k, _scales_of_sixteen),
}
