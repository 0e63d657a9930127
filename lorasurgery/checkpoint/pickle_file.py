"""PyTorch's pickled checkpoints (`.bin`, `.pt`, `.pth`), by `weights_only=True` and never otherwise.

The file is mapped, so that opening it reads the pickle and no tensor; after each read the pages that it touched
are given back, since a mapped page counts as our memory for as long as it stays.
"""

from __future__ import annotations

import ctypes
import mmap
import pickle
import sys
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError, NotACheckpointError, UnsafePickleError, UnsupportedError
from lorasurgery.foreign import reading, shortened
from lorasurgery.lazy import LazyTensor
from lorasurgery.raw import bits_of
from lorasurgery.stamp import FileStamp

if TYPE_CHECKING:
    from torch import Tensor

# Training scripts wrap the weights with an optimizer's state or an epoch; these are the keys they use for the weights.
STATE_DICT_KEYS = ("state_dict", "model_state_dict", "model", "module", "weights")

# How an archive and a pickle of protocol 2 and later begin.
ZIP_START = b"PK\x03\x04"
PICKLE_START = b"\x80"

# What a file asks for is believed so far: times the bytes that it has, and always below a megabyte.
MAX_RATIO, MAX_EXPANSION, MAX_SMALL_BYTES = 100, 10, 1 << 20

MADV_DONTNEED = 4


def open_pickle(path: Path, stamp: FileStamp | None = None) -> tuple[dict[str, LazyTensor], dict[str, str]]:
    """Open a pickled state dict: its tensors by name, and the names that share another one's bytes.

    Raises:
        UnsafePickleError: the pickle asks for more than tensors.
        DamagedFileError: the file cannot be read as a pickle or a zip archive.
        NotACheckpointError: it holds something else than a state dict.
        UnsupportedError: a tensor that is not simply numbers in memory: sparse, quantised, on torch's meta device.
    """
    stamp = stamp or FileStamp.of(path.stat())
    with reading(path, "a PyTorch checkpoint"):
        return _opened(path, stamp)


def _opened(path: Path, stamp: FileStamp) -> tuple[dict[str, LazyTensor], dict[str, str]]:
    loaded, mapped = _load(path)
    stamp.check(path, path.stat())
    tensors = dict(sorted(_state_dict(path, loaded).items()))
    first_by_bytes: dict[object, str] = {}
    aliases = {}
    for name, tensor in tensors.items():
        _refuse_unusual(path, name, tensor)
        key = (tensor.data_ptr(), tuple(tensor.shape), tensor.stride(), tensor.dtype)
        first = first_by_bytes.setdefault(key, name)
        if first != name and tensor.numel():
            aliases[name] = first
    source = (path, stamp) if mapped else None
    return {name: _lazy(tensor.detach(), source) for name, tensor in tensors.items()}, aliases


def _refuse_unusual(path: Path, name: str, tensor: Tensor) -> None:
    import torch

    if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_meta:
        raise UnsupportedError(
            f"{path}: {name!r} is a sparse, quantised or empty (meta) tensor; save it as a plain one where it was made."
        )
    nbytes, stored = tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes()
    if nbytes > max(MAX_EXPANSION * stored, MAX_SMALL_BYTES):
        raise UnsupportedError(
            f"{path}: {shortened(name)!r} of shape {tuple(tensor.shape)} repeats {stored} stored bytes to {nbytes} (it was expanded); "
            "save its contiguous() form, or what it was expanded from, where it was made."
        )
    try:
        Dtype.of(tensor.dtype)
    except UnsupportedError as error:
        raise UnsupportedError(f"{path}: {name!r} cannot be taken over. {error}") from None


def _load(path: Path) -> tuple[Any, bool]:
    """What the pickle holds, and whether its tensors are pages of the mapped file."""
    import torch

    mapped = _can_be_mapped(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on torch's own future, and on what the errors below say as well
            return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped), mapped
    except pickle.UnpicklingError as error:
        reason = str(error).split("WeightsUnpickler error:")[-1].strip().split("\n")[0].split(". ")[0]
        raise UnsafePickleError(
            f"{path} was not loaded: its pickle asks for more than tensors and could run code ({reason[:200]}). "
            "If you trust it, save it as safetensors where it was made."
        ) from None


def _can_be_mapped(path: Path) -> bool:
    """Whether the tensors lie in the file as they lie in memory: so they do in torch's archives since 1.6, which store and never
    compress. A file packed again by another program may be compressed, and torch would map it all the same.

    Raises:
        NotACheckpointError: neither an archive nor a pickle.
        DamagedFileError: the beginning of an archive.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start == ZIP_START:
        try:
            with zipfile.ZipFile(path) as archive:
                entries = archive.infolist()
        except zipfile.BadZipFile as error:
            raise DamagedFileError(
                f"{path} begins like a PyTorch checkpoint and is cut off or damaged: {error}."
            ) from None
        is_stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
        if not is_stored:
            _refuse_bombs(path, entries)
        return is_stored
    if start[:1] != PICKLE_START:
        raise NotACheckpointError(
            f"{path} is not a PyTorch checkpoint: it begins neither as a zip archive nor as a pickle."
        )
    return False


def _refuse_bombs(path: Path, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Compressed weights are unpacked into memory, all of them at once; numbers become hardly smaller by it."""
    packed, unpacked = path.stat().st_size, sum(entry.file_size for entry in entries)
    if unpacked > max(MAX_RATIO * packed, MAX_SMALL_BYTES):
        raise UnsupportedError(
            f"{path} has {packed} bytes and is compressed: it would take {unpacked} bytes of memory, more than {MAX_RATIO} times as many. "
            "If you trust it, unpack it and pack it again without compression (zip -0 -r)."
        )


def _state_dict(path: Path, loaded: Any) -> dict[str, Tensor]:
    import torch

    for _ in range(3):
        if not isinstance(loaded, Mapping):
            break
        tensors = {str(name): value for name, value in loaded.items() if isinstance(value, torch.Tensor)}
        "".join(tensors).encode("utf-8")  # a pickle can spell half a surrogate pair, which UTF-8 cannot
        inner = next((loaded[key] for key in STATE_DICT_KEYS if isinstance(loaded.get(key), Mapping)), None)
        if tensors and inner is None:
            return tensors
        loaded = inner
    raise NotACheckpointError(
        f"{path} holds no state dict: names that lead to tensors were expected at its top."
    )


def _lazy(tensor: Tensor, source: tuple[Path, FileStamp] | None) -> LazyTensor:
    """A tensor that is copied when it is read; `source` is the file that it is mapped from, if it is."""
    import torch

    def copy(part: Tensor) -> Tensor:
        if source:
            source[1].check(source[0], source[0].stat())
        fresh = part.clone(memory_format=torch.contiguous_format)
        if source and part.is_contiguous():
            _give_back(part.data_ptr(), part.nbytes)
        return fresh

    return LazyTensor(
        tuple(tensor.shape),
        Dtype.of(tensor.dtype),
        lambda: copy(tensor),
        (lambda start, stop: copy(tensor[start:stop])) if tensor.dim() else None,
        bits=(lambda start, stop: bits_of(copy(tensor.reshape(-1)[start:stop])))
        if tensor.is_contiguous()
        else None,
    )


def _give_back(address: int, nbytes: int) -> None:
    """Drop the mapped pages that lie wholly inside; they are clean, so the file still has them."""
    first = -(-address // mmap.PAGESIZE) * mmap.PAGESIZE
    whole = (address + nbytes - first) // mmap.PAGESIZE * mmap.PAGESIZE
    if sys.platform.startswith("linux") and whole > 0:
        ctypes.CDLL(None).madvise(ctypes.c_void_p(first), ctypes.c_size_t(whole), MADV_DONTNEED)
