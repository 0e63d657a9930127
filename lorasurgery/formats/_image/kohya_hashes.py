"""The two hashes that sd-scripts keeps in the header of its files, by which programs know a LoRA again.

    sshs_model_hash     SHA-256 of all bytes after the header
    sshs_legacy_hash    8 digits of the SHA-256 of 64 KiB, 1 MiB after the beginning of a file whose
                        header has the keys `ss_...` and no others

Both follow from bytes that come after them, so their place is filled when the tensors are written.
Source: `library/train_util.py` of kohya-ss/sd-scripts (`precalculate_safetensors_hashes`).
"""

from __future__ import annotations

from collections.abc import Mapping

from lorasurgery.checkpoint.write import header_bytes, layout_names
from lorasurgery.formats._image.header_words import LEGACY_HASH, MODEL_HASH
from lorasurgery.lazy import LazyTensor

START, STOP = 1 << 20, (1 << 20) + (1 << 16)
DIGITS = 8


class KohyaHashes:
    """The hashes of a file that is being written; see `Seal` in `checkpoint/write.py`."""

    def __init__(self, tensors: Mapping[str, LazyTensor], metadata: Mapping[str, str]) -> None:
        import hashlib

        trained = {key: text for key, text in metadata.items() if key.startswith("ss_")}
        self._whole, self._window, self._position = hashlib.sha256(), hashlib.sha256(), 0
        self._slide(header_bytes(layout_names(tensors), tensors, trained))

    def add(self, piece: bytes | memoryview) -> None:
        """Take the next bytes of the tensors."""
        self._whole.update(piece)
        self._slide(piece)

    def texts(self) -> dict[str, str]:
        """Return the hashes of what was taken until now; their lengths are always the same."""
        return {MODEL_HASH: self._whole.hexdigest(), LEGACY_HASH: self._window.hexdigest()[:DIGITS]}

    def _slide(self, piece: bytes | memoryview) -> None:
        start, stop = (max(edge - self._position, 0) for edge in (START, STOP))
        self._window.update(piece[start:stop])
        self._position += len(piece)
