"""PyTorch's pickled checkpoints (`.bin`, `.pt`, `.pth`), by `weights_only=True` and never otherwise.

The file is mapped, so that opening it reads the pickle and no tensor; after each read the pages that it touched
are given back, since a mapped page counts as our memory for as long as it stays.
"""

from __future__ import annotations

import ctypes
import mmap
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.errors import DamagedFileError, NotACheckpointError, UnsafePickleError
from lorasurgery.lazy import LazyTensor

if TYPE_CHECKING:
    from torch import Tensor

# Training scripts wrap the weights with an optimizer's state or an epoch; these are the keys they use for the weights.
STATE_DICT_KEYS = ("state_dict", "model_state_dict", "model", "module", "weights")

MADV_DONTNEED = 4


def open_pickle(path: Path) -> tuple[dict[str, LazyTensor], dict[str, str]]:
    """Open a pickled state dict: its tensors by name, and the names that share another one's bytes.

    Raises:
        UnsafePickleError: the pickle asks for more than tensors.
        DamagedFileError: the file cannot be read as a pickle or a zip archive.
        NotACheckpointError: it holds something else than a state dict.
    """
    loaded, mapped = _load(path)
    tensors = _state_dict(path, loaded)
    first_by_bytes: dict[object, str] = {}
    aliases = {}
    for name, tensor in sorted(tensors.items()):
        key = (tensor.data_ptr(), tuple(tensor.shape), tensor.stride(), tensor.dtype)
        first = first_by_bytes.setdefault(key, name)
        if first != name and tensor.numel():
            aliases[name] = first
    return {name: _lazy(tensor, mapped) for name, tensor in sorted(tensors.items())}, aliases


def _load(path: Path) -> tuple[Any, bool]:
    """What the pickle holds, and whether its tensors are pages of the mapped file."""
    import torch

    try:
        try:
            return torch.load(path, map_location="cpu", weights_only=True, mmap=True), True
        except RuntimeError as error:
            if "mmap can only be used with files saved" not in str(error):
                raise
            # Files older than PyTorch 1.6 are no zip archives and cannot be mapped.
            return torch.load(path, map_location="cpu", weights_only=True), False
    except pickle.UnpicklingError as error:
        reason = str(error).split("WeightsUnpickler error:")[-1].strip().split("\n")[0]
        raise UnsafePickleError(
            f"{path} was not loaded: its pickle asks for more than tensors and could run code ({reason[:200]}). "
            "If you trust it, save it as safetensors where it was made."
        ) from None
    except (
        RuntimeError,
        EOFError,
        ValueError,
        KeyError,
        IndexError,
        AttributeError,
        TypeError,
        AssertionError,
    ) as error:
        raise DamagedFileError(
            f"{path} cannot be read as a PyTorch checkpoint: {str(error).splitlines()[0][:200]}"
        ) from None


def _state_dict(path: Path, loaded: Any) -> dict[str, Tensor]:
    import torch

    for _ in range(3):
        if not isinstance(loaded, Mapping):
            break
        tensors = {str(name): value for name, value in loaded.items() if isinstance(value, torch.Tensor)}
        inner = next((loaded[key] for key in STATE_DICT_KEYS if isinstance(loaded.get(key), Mapping)), None)
        if tensors and inner is None:
            return tensors
        loaded = inner
    raise NotACheckpointError(
        f"{path} holds no state dict: names that lead to tensors were expected at its top."
    )


def _lazy(tensor: Tensor, mapped: bool) -> LazyTensor:
    import torch

    def copy(part: Tensor) -> Tensor:
        fresh = part.clone(memory_format=torch.contiguous_format)
        if mapped and part.is_contiguous():
            _give_back(part.data_ptr(), part.nbytes)
        return fresh

    return LazyTensor(
        tuple(tensor.shape),
        tensor.dtype,
        lambda: copy(tensor),
        (lambda start, stop: copy(tensor[start:stop])) if tensor.dim() else None,
    )


def _give_back(address: int, nbytes: int) -> None:
    """Drop the mapped pages that lie wholly inside; they are clean, so the file still has them."""
    first = -(-address // mmap.PAGESIZE) * mmap.PAGESIZE
    whole = (address + nbytes - first) // mmap.PAGESIZE * mmap.PAGESIZE
    if sys.platform.startswith("linux") and whole > 0:
        ctypes.CDLL(None).madvise(ctypes.c_void_p(first), ctypes.c_size_t(whole), MADV_DONTNEED)
