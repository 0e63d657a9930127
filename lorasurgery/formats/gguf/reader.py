"""Read llama.cpp's adapters: every tensor becomes a factor of a module, or the file is refused.

With the model that the adapter is for, names and rows come out as transformers has them. Without it
names do, where transformers has one name for a tensor of that architecture; and rows do, where
llama.cpp leaves them in place. `Adapter.unresolved` says what did not.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.adapter import Adapter, Host
from lorasurgery.architecture.llama_cpp.architectures import (
    architecture_of,
    heads_of,
    is_reordered,
    refusal,
    row_order,
)
from lorasurgery.architecture.llama_cpp.tensor_names import path_alone, slots
from lorasurgery.checkpoint.gguf_file import (
    MAGIC,
    GgufContainer,
    GgufTensor,
    check_package,
    open_container,
)
from lorasurgery.checkpoint.pages import open_binary
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import AlignmentError, DamagedFileError, SurgeryError, UnsupportedError
from lorasurgery.foreign import is_number, quoted, shortened
from lorasurgery.formats._factor_pairs import FactorPair, joined
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import NO_FILE
from lorasurgery.stamp import FileStamp

if TYPE_CHECKING:
    from torch import Tensor

ENDINGS = (".lora_a", ".lora_b")
TOKENS = "token_embd.weight"

ROWS_UNRESOLVED = (
    "The rows of its attention projections are in llama.cpp's order, and only the base's config has the "
    "rows per head (--base)."
)
NAMES_UNRESOLVED = "Some names are llama.cpp's own ({}), and only the base has transformers' names (--base)."


def find(path: Path) -> Path | None:
    """Return the file itself where it is a GGUF file, and does not say that it is a model."""
    try:
        with open_binary(path) as file:
            if file.read(len(MAGIC)) != MAGIC:
                return None
    except NO_FILE:
        return None
    try:
        is_model = open_container(path).settings.get("general.type", "model") == "model"
    except SurgeryError:  # whoever reads it says what is wrong
        return path
    return None if is_model else path


def read(path: Path, host: Host | None = None) -> Adapter:
    """Read an adapter from its header; only left factors of fused experts are read, to compare them.

    Raises:
        DamagedFileError: the container is damaged, half of a pair is missing, or its shapes
            contradict each other.
        UnsupportedError: it is not an adapter, or acts on some inputs only, or has a tensor that
            cannot be read.
        AlignmentError: it has tensors for which the host has no module, or rows that do not make up
            the host's heads.
    """
    check_package()
    container = open_container(path)
    _refuse_others(path, container)
    architecture = _architecture(path, container)
    pairs = _pairs(path, container)
    for tensor in pairs:
        if (reason := refusal(architecture, tensor)) is not None:
            raise UnsupportedError(f"{path} cannot be read because of {tensor!r}: {reason}.")
    places = _places(path, architecture, pairs, host)
    parts: dict[str, dict[int | None, FactorPair]] = {}
    for tensor, pair in _in_transformers_order(path, architecture, pairs, host).items():
        name, half = places[tensor]
        parts.setdefault(name, {})[half] = pair
    return Adapter(
        host=host or Host(modules=()),
        modules={name: joined(halves) for name, halves in sorted(parts.items())},
        unresolved=_unresolved(architecture, places, host),
    )


def _architecture(path: Path, container: GgufContainer) -> str:
    import gguf

    name = str(container.settings.get("general.architecture", ""))
    if name not in gguf.MODEL_ARCH_NAMES.values():
        raise UnsupportedError(
            f"{path} is for models of architecture {shortened(name)!r}, which the installed package gguf "
            "does not know: pip install -U gguf"
        )
    return name


def _refuse_others(path: Path, container: GgufContainer) -> None:
    kind, method = container.settings.get("general.type", "model"), container.settings.get("adapter.type", "")
    if kind != "adapter":
        raise UnsupportedError(f"{path} holds a GGUF {kind}; an adapter is expected here.")
    if method != "lora":
        raise UnsupportedError(f"{path} is an adapter of type {method!r}, and llama.cpp knows 'lora' alone.")
    if "adapter.alora.invocation_tokens" in container.settings:
        raise UnsupportedError(
            f"{path} cannot be merged into weights: it acts only after its invocation tokens (aLoRA), and "
            "merged weights always act."
        )
    others = [tensor.name for tensor in container.tensors if not tensor.name.endswith(ENDINGS)]
    if others:
        verb = "ignores" if others[0].endswith("_norm.weight") else "refuses"
        raise UnsupportedError(
            f"{path} has {len(others)} tensors that are not low-rank factors, such as {others[0]!r}, which "
            f"llama.cpp {verb}; "
            "read the adapter that it was converted from."
        )


def _pairs(path: Path, container: GgufContainer) -> dict[str, FactorPair]:
    """Pair both factors of each tensor, by its name."""
    alpha = container.settings.get("adapter.lora.alpha", 0.0)
    if not is_number(alpha):
        raise DamagedFileError(f"{path}: adapter.lora.alpha is {quoted(alpha)}, and should be a number.")
    stored = {tensor.name: _lazy(path, tensor, container.stamp) for tensor in container.tensors}
    if not stored:
        raise DamagedFileError(f"{path} has no tensors.")
    found = {}
    for name in sorted({name.rpartition(".")[0] for name in stored}):
        absent = [name + suffix for suffix in ENDINGS if name + suffix not in stored]
        if absent:
            raise DamagedFileError(f"{path} has half a pair of factors: {absent[0]!r} is missing.")
        a, b = (stored[name + suffix] for suffix in ENDINGS)
        A, B = (b.T, a) if name == TOKENS else (a, b)
        if A.shape[:-2] != B.shape[:-2] or A.shape[-2] != B.shape[-1] or not A.numel or not B.numel:
            raise DamagedFileError(
                f"{path}: the factors of {name!r} do not fit: lora_a is {a.shape} and lora_b {b.shape}."
            )
        found[name] = FactorPair(A, B, alpha / B.shape[-1] if alpha else 1.0)
    return found


def _lazy(path: Path, stored: GgufTensor, stamp: FileStamp) -> LazyTensor:
    """Give a stored tensor at least two dimensions; a quantised one is read as float32."""
    import torch

    from lorasurgery.checkpoint.pages import in_file, read_bytes
    from lorasurgery.quantisation import can_be_dequantised, dequantised

    shape = (1,) * (2 - len(stored.shape)) + stored.shape
    kind = stored.kind
    if kind.name in {"F32", "F16", "BF16", "F64"}:
        return in_file(path, stamp, stored.offset, shape, Dtype[kind.name])
    if not can_be_dequantised(kind):
        raise UnsupportedError(
            f"{path}: {stored.name!r} is stored as {kind.name}, which the package gguf does not dequantise."
        )

    def numbers() -> Tensor:
        raw = read_bytes(path, stamp, stored.offset, stored.nbytes)
        return torch.from_numpy(dequantised(raw, kind)).reshape(shape)

    return LazyTensor(shape, Dtype.F32, numbers)


def _places(
    path: Path, architecture: str, pairs: Mapping[str, FactorPair], host: Host | None
) -> dict[str, tuple[str, int | None]]:
    """Find the module of each tensor, and which half of its rows the tensor holds."""
    if host is None:
        own = {tensor: (tensor.removesuffix(".weight"), None) for tensor in pairs}
        return {tensor: path_alone(architecture, tensor) or own[tensor] for tensor in pairs}
    theirs = architecture_of(host.config)
    if theirs not in (None, architecture):
        raise AlignmentError(
            f"{path} is for models of architecture {architecture!r}, and the base is of {theirs!r}."
        )
    weights = {name.removesuffix(".weight") for name in host.parameters if name.endswith(".weight")}
    found = {
        slot.tensor: (name, slot.half)
        for name, tensors in slots(architecture, sorted(weights | set(host.kinds)), host.config).items()
        for slot in tensors
    }
    absent = [tensor for tensor in pairs if tensor not in found]
    if absent:
        raise AlignmentError(
            f"{path}: the base has no module for {len(absent)} of its {len(pairs)} tensors "
            f"({', '.join(absent[:3])}); "
            "check that both are of one model."
        )
    return {tensor: found[tensor] for tensor in pairs}


def _in_transformers_order(
    path: Path, architecture: str, pairs: Mapping[str, FactorPair], host: Host | None
) -> dict[str, FactorPair]:
    """Put the rows of the pairs into transformers' order, where the host states its heads."""
    heads = heads_of(host.config) if host else None
    found = dict(pairs)
    for tensor, pair in pairs.items():
        if heads is None or not is_reordered(architecture, tensor, heads):
            continue
        order = row_order(architecture, tensor, pair.B.shape[-2], heads)
        if order is None:
            raise AlignmentError(
                f"{path}: {tensor!r} has {pair.B.shape[-2]} rows, and the base has {heads.count} heads of "
                f"{heads.width} rows each."
            )
        found[tensor] = FactorPair(pair.A, _picked(pair.B, order.argsort()), pair.scale)
    return found


def _picked(B: LazyTensor, order: Tensor) -> LazyTensor:
    return B.reordered(order)


def _unresolved(architecture: str, places: Mapping[str, tuple[str, int | None]], host: Host | None) -> str:
    """Say what only the base could have shown."""
    sentences = []
    heads = heads_of(host.config) if host else None
    if heads is None and any(is_reordered(architecture, tensor, None) for tensor in places):
        sentences.append(ROWS_UNRESOLVED)
    own = [name for tensor, (name, _) in places.items() if name == tensor.removesuffix(".weight")]
    if host is None and own:
        sentences.append(NAMES_UNRESOLVED.format(own[0]))
    return " ".join(sentences)
