"""PyTorch's pickled checkpoints (`.bin`, `.pt`, `.pth`), by `weights_only=True` and never otherwise.

Opening an archive reads its pickle and no tensor, which is then read by ranges of the file, as from
safetensors (`torch_archive.py`). Of pickles from before torch 1.6, and of archives that another
program has compressed, all is in memory.
"""

from __future__ import annotations

import dataclasses
import io
import pickle
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lorasurgery.checkpoint.pages import in_file, open_binary, read_bytes
from lorasurgery.checkpoint.torch_archive import Archive, StoredBytes, read_archive
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError, NotACheckpointError, UnsafePickleError, UnsupportedError
from lorasurgery.foreign import reading, shortened
from lorasurgery.lazy import LazyTensor
from lorasurgery.stamp import FileStamp
from lorasurgery.stored_array import as_bits, bits_of, tensor_of

if TYPE_CHECKING:
    import torch
    from torch import Tensor

# Training scripts wrap the weights with an optimizer's state or an epoch; these are the keys they
# use for the weights.
STATE_DICT_KEYS = ("state_dict", "model_state_dict", "model", "module", "weights")

# How an archive and a pickle of protocol 2 and later begin.
ZIP_START = b"PK\x03\x04"
PICKLE_START = b"\x80"

# What a file asks for is believed so far: times the bytes that it has, and always below a megabyte.
MAX_EXPANSION, MAX_SMALL_BYTES = 10, 1 << 20


def open_pickle(path: Path, stamp: FileStamp | None = None) -> tuple[dict[str, LazyTensor], dict[str, str]]:
    """Open a pickled state dict: its tensors by name, and the names that share another one's bytes.

    Raises:
        UnsafePickleError: the pickle asks for more than tensors.
        DamagedFileError: the file cannot be read as a pickle or a zip archive.
        NotACheckpointError: it holds something else than a state dict.
        UnsupportedError: a tensor that is not simply numbers in memory: sparse, quantised, on
            torch's meta device.
    """
    stamp = stamp or FileStamp.of(path.stat())
    with reading(path, "a PyTorch checkpoint"):
        return _opened(path, stamp)


def _opened(path: Path, stamp: FileStamp) -> tuple[dict[str, LazyTensor], dict[str, str]]:
    content, archive = _load(path, stamp)
    tensors = dict(sorted(_state_dict(path, content).items()))
    first_by_bytes: dict[object, str] = {}
    found, aliases = {}, {}
    for name, tensor in tensors.items():
        where = archive.of(tensor) if archive and tensor.layout == _strided() else None
        _refuse_unusual(path, name, tensor, where)
        source = (where.key, tensor.storage_offset()) if where else tensor.data_ptr()
        key = (source, tuple(tensor.shape), tensor.stride(), tensor.dtype)
        first = first_by_bytes.setdefault(key, name)
        if first != name and tensor.numel():
            aliases[name] = first
        plain = tensor.detach()
        found[name] = _in_memory(plain) if where is None else _in_archive(path, stamp, where, plain)
    return found, aliases


def _refuse_unusual(path: Path, name: str, tensor: Tensor, where: StoredBytes | None) -> None:
    if (
        tensor.layout != _strided()
        or tensor.is_quantized
        or (tensor.is_meta and where is None)
        or tensor.is_conj()
        or tensor.is_neg()
    ):
        raise UnsupportedError(
            f"{path}: {name!r} is a sparse, quantised, conjugated or empty (meta) tensor; save it "
            "as a plain one where it was made."
        )
    nbytes, stored = tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes()
    if where is not None and tensor.numel():
        stored = where.nbytes
        if (tensor.storage_offset() + _span(tensor.shape, tensor.stride())) * tensor.element_size() > stored:
            raise DamagedFileError(
                f"{path}: {shortened(name)!r} of shape {tuple(tensor.shape)} reaches beyond its "
                f"{stored} stored bytes."
            )
    if nbytes > max(MAX_EXPANSION * stored, MAX_SMALL_BYTES):
        raise UnsupportedError(
            f"{path}: {shortened(name)!r} of shape {tuple(tensor.shape)} repeats {stored} stored "
            f"bytes to {nbytes} (it was expanded); "
            "save its contiguous() form, or what it was expanded from, where it was made."
        )
    try:
        Dtype.of(tensor.dtype)
    except UnsupportedError as error:
        raise UnsupportedError(f"{path}: {name!r} cannot be taken over. {error}") from None


def _strided() -> torch.layout:
    import torch

    return torch.strided


def _load(path: Path, stamp: FileStamp) -> tuple[Any, Archive | None]:
    """Return the pickle's contents: with the archive its tensors are read from, or with all of them
    in memory.

    Raises:
        NotACheckpointError: neither an archive nor a pickle.
        UnsafePickleError: the pickle asks for more than tensors.
    """
    with open_binary(path) as file:
        start = file.read(4)
    if start != ZIP_START and start[:1] != PICKLE_START:
        raise NotACheckpointError(
            f"{path} is not a PyTorch checkpoint: it begins neither as a zip archive nor as a pickle."
        )
    try:
        archive = read_archive(path, stamp) if start == ZIP_START else None
        return (archive.content, archive) if archive else (_load_whole(path, stamp), None)
    except pickle.UnpicklingError as error:
        reason = str(error).split("WeightsUnpickler error:")[-1].strip().split("\n")[0].split(". ")[0]
        raise UnsafePickleError(
            f"{path} was not loaded: its pickle asks for more than tensors and could run code "
            f"({reason[:200]}). "
            "If you trust it, save it as safetensors where it was made."
        ) from None


class _WithinFile(io.BufferedReader):
    """A file of which no more is asked for than it has: Python takes the memory before it reads."""

    def __init__(self, file: BinaryIO, nbytes: int) -> None:
        super().__init__(file)  # type: ignore[arg-type]  # as raw as is needed: it has readinto
        self._nbytes = nbytes

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_SMALL_BYTES:
            size = min(size, max(0, self._nbytes - self.tell()))
        return super().read(size)


def _load_whole(path: Path, stamp: FileStamp) -> Any:
    import torch

    with warnings.catch_warnings(), open_binary(path) as file:
        warnings.simplefilter("ignore")  # on torch's own future, and on what the errors say as well
        loaded = torch.load(_WithinFile(file, stamp.nbytes), map_location="cpu", weights_only=True)
    stamp.check(path, path.stat())
    return loaded


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
    raise NotACheckpointError(f"{path} holds no state dict: expected a mapping of names to tensors.")


def _in_memory(tensor: Tensor) -> LazyTensor:
    """A tensor that is copied when it is read."""
    import torch

    def copy(part: Tensor) -> Tensor:
        return part.clone(memory_format=torch.contiguous_format)

    return LazyTensor(
        tuple(tensor.shape),
        Dtype.of(tensor.dtype),
        lambda: copy(tensor),
        rows=(lambda start, stop: copy(tensor[start:stop])) if tensor.dim() else None,
        bits=(lambda start, stop: bits_of(copy(tensor.reshape(-1)[start:stop])))
        if tensor.is_contiguous()
        else None,
    )


def _in_archive(path: Path, stamp: FileStamp, where: StoredBytes, tensor: Tensor) -> LazyTensor:
    """Return a tensor that is read from its range of the archive.

    It has no place in a file: the kernel copies between safetensors files only.
    """
    dtype, shape, stride = Dtype.of(tensor.dtype), tuple(tensor.shape), tensor.stride()
    begin = where.offset + int(tensor.storage_offset()) * dtype.itemsize
    if tensor.is_contiguous():
        return dataclasses.replace(in_file(path, stamp, begin, shape, dtype), place=None)

    def part(start: int, shape: tuple[int, ...]) -> Tensor:
        """The elements of a strided tensor from `start` of its storage on, in one piece."""
        import torch

        if 0 in shape:
            return torch.empty(shape, dtype=dtype.torch)
        nbytes = _span(shape, stride) * dtype.itemsize
        raw = read_bytes(path, stamp, begin + start * dtype.itemsize, nbytes)
        elements = tensor_of(as_bits(raw, dtype.itemsize), dtype)
        return elements.as_strided(shape, stride).clone(memory_format=torch.contiguous_format)

    def rows(start: int, stop: int) -> Tensor:
        start, stop, _ = slice(start, stop).indices(shape[0])
        return part(start * stride[0], (stop - start, *shape[1:]))

    return LazyTensor(
        shape,
        dtype,
        lambda: part(0, shape),
        rows=rows if shape else None,
    )


def _span(shape: Sequence[int], stride: Sequence[int]) -> int:
    """From the first element of a strided tensor to its last one, both counted."""
    return 1 + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))
