"""Small pickled checkpoints, and archives that are packed again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def weights() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return {
        "a.weight": torch.randn(6, 4),
        "a.bias": torch.randn(6).bfloat16(),
        "b.weight": torch.randn(4, 6).T,
        "steps": torch.tensor(7),
        "empty": torch.zeros(0, 3),
    }


def pickled(content: Any, *, legacy: bool = False) -> bytes:
    """The file that torch.save writes, since 1.6 or before."""
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


def repacked(
    archive: bytes, change: Callable[[str, bytes], bytes | None], compression: int = zipfile.ZIP_STORED
) -> bytes:
    """The archive with its records changed, or left out where `change` gives None."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w", compression) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return buffer.getvalue()
