"""ONNX Runtime's adapters: one `.onnx_adapter` file with LoRA factors as values for a graph's inputs.

    <module>.lora_A.weight           Aᵀ (in, r)          the graph computes x @ Aᵀ @ (scale · Bᵀ)
    <module>.lora_B.weight           scale · Bᵀ (r, out)

The scale is multiplied into B. All tensors have one dtype, as a graph has: float16 where all
factors are of it and the scaled B still fits into it exactly, float32 otherwise (bfloat16 is not
one that ONNX Runtime computes with on a processor). The names are those of `olive
convert-adapters`. The container has no place for the base's root hash, name and revision: they are behind
it, where ONNX Runtime does not look.

ONNX Runtime writes the container (`container`), and what it has written is read back before it is
believed: it stores whatever is at a tensor's address even if the tensor is freed, without an error.

Not carried: whatever is not a low-rank factor of a linear layer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.adapter import Adapter, Host
from lorasurgery.checkpoint.disk import write_failed
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import AlignmentError, DamagedFileError, OutputError, UnsupportedError
from lorasurgery.formats._format import Format
from lorasurgery.formats._module_rules import module_refusal
from lorasurgery.formats._plain_lora import beyond_lora
from lorasurgery.formats._stated_base import base_metadata
from lorasurgery.formats._zip_record import add_record
from lorasurgery.formats.onnx.container import is_container, open_container
from lorasurgery.lazy import LazyTensor
from lorasurgery.text import listed, reason_of
from lorasurgery.variants.edit import lazy_tensors
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

SUFFIX = ".onnx_adapter"

NAME = re.compile(r"(.+)\.lora_([AB])\.weight")
LINEAR = ("linear", "conv1d")

# FlatBuffers has distances of 31 bits; a little is left for names and tables.
MAX_NBYTES = 2**31 - 2**24


def recognise(path: Path) -> Path | None:
    """Return the file itself where it is one of ONNX Runtime's adapters."""
    return path if is_container(path) else None


def read(path: Path, host: Host | None = None) -> Adapter:
    """Read an adapter from its header alone.

    Raises:
        DamagedFileError: the container is damaged, half of a pair is missing, or its shapes
            contradict each other.
        UnsupportedError: it has a tensor whose name is not a factor's, or holds no floating-point
            numbers.
        AlignmentError: it has factors for modules that the host does not have.
    """
    sides: dict[str, dict[str, LazyTensor]] = {}
    for name, tensor in open_container(path).items():
        found = NAME.fullmatch(name)
        if found is None:
            raise UnsupportedError(
                f"{path} cannot be read because of {name!r}: <module>.lora_A.weight and "
                "<module>.lora_B.weight are expected, and nothing else."
            )
        sides.setdefault(found[1], {})[found[2]] = tensor
    absent = sides.keys() - set(host.modules) - set(host.kinds) if host else set()
    if absent:
        raise AlignmentError(
            f"{path}: the base lacks {len(absent)} of its {len(sides)} modules ({listed(sorted(absent))}); "
            "check that both are of one model."
        )
    modules = {name: _factors(path, name, found) for name, found in sides.items()}
    return Adapter(host=host or Host(modules=()), modules=modules)


def refusals(adapter: Adapter) -> list[str]:
    """Say what of this adapter cannot be given to a graph."""
    kinds = adapter.host.kinds
    others = [
        name
        for name, factors in adapter.modules.items()
        if kinds.get(name, "linear") not in LINEAR
        or (isinstance(factors, LoraFactors) and len(factors.A.shape) != 2)
    ]
    reasons = [*beyond_lora(adapter, "ONNX Runtime's")]
    if others:
        reasons.append(
            f"ONNX Runtime's adapters are for linear layers, which {listed(sorted(others))} are not: merge "
            "the adapter into its base instead."
        )
    total = sum(4 * tensor.numel for factors in adapter.modules.values() for tensor in lazy_tensors(factors))
    if total > MAX_NBYTES:
        reasons.append(
            f"ONNX Runtime's adapters end at 2 GB, and this one takes {total / 1e9:.1f} GB: give it lower "
            "ranks first."
        )
    return reasons


def write(adapter: Adapter, path: Path, progress: Callable[[int], None] | None = None) -> None:
    """Write the adapter as a file, all of which is in memory meanwhile.

    `progress` is given the bytes of each tensor.

    Raises:
        OutputError: ONNX Runtime wrote something else than it was given.
    """
    from onnxruntime import AdapterFormat, OrtValue  # type: ignore[import-untyped]

    tensors = _laid_out(adapter)
    # ONNX Runtime keeps addresses and owns nothing: these two have to live until the file is there.
    arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
    values = {name: OrtValue.ortvalue_from_numpy(array) for name, array in arrays.items()}
    container = AdapterFormat()
    container.set_adapter_version(1)
    container.set_model_version(1)
    container.set_parameters(values)
    try:
        container.export_adapter(os.fspath(path))
        same = _holds(path, arrays)
    except RuntimeError as error:
        raise OutputError(f"{path} could not be written: {reason_of(error)}") from None
    if not same:
        raise OutputError(f"{path} came out damaged: ONNX Runtime stored other values than it was given.")
    try:
        add_record(path, base_metadata(adapter.host))
    except OSError as error:
        raise write_failed(path, error) from None
    with path.open("rb") as file:
        os.fsync(file.fileno())
    for array in arrays.values():
        if progress:
            progress(array.nbytes)


def _laid_out(adapter: Adapter) -> dict[str, Tensor]:
    """Return the graph's inputs by name, sorted, all of one dtype."""
    import torch

    modules = {name: _lora(name, factors) for name, factors in adapter.modules.items()}
    dtype = torch.float16 if all(map(_fits_half, modules.values())) else torch.float32
    tensors = {}
    for name, factors in modules.items():
        tensors[f"{name}.lora_A.weight"] = factors.A.read().T.to(dtype).contiguous()
        tensors[f"{name}.lora_B.weight"] = _scaled(factors).T.to(dtype).contiguous()
    return dict(sorted(tensors.items()))


def _lora(name: str, factors: object) -> LoraFactors:
    assert isinstance(factors, LoraFactors), f"{name} is of a variant that is not plain LoRA"
    return factors


def _scaled(factors: LoraFactors) -> Tensor:
    """Compute scale · B in float64."""
    return factors.B.read().double() * factors.scale


def _fits_half(factors: LoraFactors) -> bool:
    """Whether the factors are float16, and scale · B is exactly representable in float16 too."""
    import torch

    if factors.A.dtype is not Dtype.F16 or factors.B.dtype is not Dtype.F16:
        return False
    scaled = _scaled(factors)
    return torch.equal(scaled.half().double(), scaled)


def _holds(path: Path, arrays: Mapping[str, NDArray[Any]]) -> bool:
    """Whether ONNX Runtime reads from the file what it was given, bit for bit."""
    from onnxruntime import AdapterFormat

    container = AdapterFormat.read_adapter(os.fspath(path))
    values = container.get_parameters()
    read = {name: value.numpy() for name, value in values.items()}
    return read.keys() == arrays.keys() and all(
        (read[name].dtype, read[name].shape, read[name].tobytes())
        == (given.dtype, given.shape, given.tobytes())
        for name, given in arrays.items()
    )


def _factors(path: Path, name: str, sides: Mapping[str, LazyTensor]) -> LoraFactors:
    absent = [side for side in "AB" if side not in sides]
    if absent:
        raise DamagedFileError(
            f"{path} has half a pair of factors: {name}.lora_{absent[0]}.weight is missing."
        )
    A, B = sides["A"].shape, sides["B"].shape
    if len(A) != 2 or len(B) != 2 or A[1] != B[0] or 0 in (*A, *B):
        raise DamagedFileError(f"{path}: the factors of {name} do not fit: lora_A is {A} and lora_B {B}.")
    return LoraFactors(sides["A"].T, sides["B"].T)


FORMAT = Format(
    name="onnx",
    recognise=recognise,
    read=read,
    suffix=SUFFIX,
    holds=(LoraFactors,),
    write=write,
    refusals=refusals,
    module_refusal=module_refusal,
)
