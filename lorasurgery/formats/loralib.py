"""Microsoft's loralib, the first LoRA: one file, `torch.save(loralib.lora_state_dict(model))`.

Its user may have put other parameters into the same file.

    <module>.lora_A, <module>.lora_B      by the layer, which the file does not name:
    Linear                A (r, in), B (out, r)
    MergedLinear          A (n · r, in), B (n · out/parts, r): factors for n of the parts
                          of a packed projection, all of one size
    Embedding             Bᵀ (r, vocabulary), Aᵀ (width, r): its ΔW is the transpose of what they multiply to
    Conv2d                A' (r · k, in · k), B' (out · k, r · k): their product is read as (out, in, k, k),
                          row after row
    any other name        a parameter that is replaced outright: a bias, a head

ΔW = alpha / r · B @ A, and alpha is not stored: it is given, or the scale is 1. Which parts are
adapted is not stored either: all of them, but where there are factors for two, queries and values
among three (`enable_lora=[True, False, True]`), as in all that loralib's authors published. What a
convolution's factors multiply to is also k sums of bands of columns, and so LoRA of rank r · k²:

    ΔW[:, band i] = B'[i::k] @ A'         B = [B'[0::k], B'[1::k], ...], A = diag(A', A', ...)

Written, the scale is multiplied into B (rounded to float32 once), and `lora_alpha = r` is right
for every layer, whatever its rank. A convolution of rank r is written for a layer of rank r, the
other way round: A' is A's bands one below the other, B' has B r columns apart.

What is known of the base (its root hash, name and revision) is a record of the archive that loralib's own
`torch.load` does not look at.

Not carried: rows of tokens, biases of LoRA's own, experts. Source: loralib 0.1.2, `layers.py`,
`utils.py`; Hu et al., 2021, arXiv 2106.09685.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.adapter import Adapter, Host
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.formats import _state_dict
from lorasurgery.formats._format import Format
from lorasurgery.formats._module_rules import module_refusal
from lorasurgery.formats._state_dict import NO_ALPHA, misfit, pairs_in
from lorasurgery.formats._stated_base import base_metadata
from lorasurgery.formats._zip_record import add_record
from lorasurgery.lazy import LazyTensor
from lorasurgery.lazy_join import block_diagonal
from lorasurgery.text import listed
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.grouped import GroupedFactors
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from torch import Tensor

HOLDS = (LoraFactors, GroupedFactors)

KEY = re.compile(r"(.+)\.(lora_A|lora_B)")
SIDES = ("lora_A", "lora_B")

# Of two adapted parts: which ones of how many.
QUERIES_AND_VALUES = (True, False, True)

# Names of modules whose factors have another layout; only a host decides for certain.
OF_OTHER_KINDS = re.compile(r".*(embed|wte|wpe|conv)[^.]*(\.\d+)?", re.IGNORECASE)
KINDS_UNRESOLVED = "Only the base shows whether {} is a linear layer, an embedding or a convolution (--base)."
PARTS_UNRESOLVED = (
    "Only the base shows how many parts the packed projection {} has, and which are adapted (--base)."
)


def recognise(path: Path) -> Path | None:
    """Find the file, or the only one in a folder, whose names with `lora_` are factors alone."""
    return _state_dict.find(path, _are_ours)


def _are_ours(names: frozenset[str]) -> bool:
    of_lora = {name for name in names if "lora_" in name}
    return bool(of_lora) and all(KEY.fullmatch(name) for name in of_lora)


def read(path: Path, host: Host | None = None, *, alpha: float | None = None) -> Adapter:
    """Read an adapter: names and shapes only.

    Args:
        alpha: divided by the rank of each layer it is the scale.

    Raises:
        DamagedFileError: half of a pair is missing, or shapes contradict each other.
        UnsupportedError: the model's own weights are in the file as well, or a convolution is not
            one of loralib's.
        AlignmentError: it has factors for modules that the host does not have.
    """
    tensors = _state_dict.tensors_in(path)
    stored: dict[str, dict[str, LazyTensor]] = {}
    others: dict[str, LazyTensor] = {}
    for name, tensor in tensors.items():
        found = KEY.fullmatch(name)
        if found is None:
            others[name] = tensor
        else:
            stored.setdefault(found[1], {})[found[2]] = tensor
    _refuse_whole_models(path, stored, others)
    spell = _state_dict.located(path, stored, host) if host else lambda name: name
    modules = {
        spell(name): _factors(path, spell(name), A, B, alpha, host)
        for name, A, B in pairs_in(path, stored, SIDES)
    }
    replaced = {spell(name): tensor for name, tensor in others.items()}
    return Adapter(
        host=host or Host(modules=()),
        modules=dict(sorted(modules.items())),
        replaced=dict(sorted(replaced.items())),
        unresolved=_unresolved(modules, alpha, host),
    )


def refusals(adapter: Adapter) -> list[str]:
    """Say for what of this adapter loralib has no layer."""
    return [*_rest_refused(adapter), *_modules_refused(adapter)]


def plan(adapter: Adapter) -> dict[str, LazyTensor]:
    """Lay the adapter out, without reading it: its tensors by key, sorted."""
    laid_out = dict(adapter.replaced)
    for path, factors in adapter.modules.items():
        laid_out |= {f"{path}.{side}": each for side, each in _tensors(adapter.host, path, factors).items()}
    return dict(sorted(laid_out.items()))


def write(adapter: Adapter, path: Path, progress: Callable[[int], None] | None = None) -> None:
    """Write the adapter as a file, all of which is in memory meanwhile.

    `progress` is given the bytes of each tensor.

    Raises:
        NoSpaceError: the disk is full.
    """
    import os

    import torch

    from lorasurgery.checkpoint.disk import write_failed

    laid_out = plan(adapter)
    # Into memory first: an archive that is saved to a path has the path's name inside, and hides
    # why the disk refused it.
    archive = BytesIO()
    torch.save({name: tensor.read().contiguous() for name, tensor in laid_out.items()}, archive)
    add_record(archive, base_metadata(adapter.host))
    try:
        with path.open("xb") as file:
            file.write(archive.getbuffer())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise write_failed(path, error) from None
    for tensor in laid_out.values():
        if progress:
            progress(tensor.nbytes)


def _refuse_whole_models(path: Path, stored: Mapping[str, object], others: Mapping[str, LazyTensor]) -> None:
    whole = [name for name in stored if {f"{name}.weight", f"{name}.conv.weight"} & others.keys()]
    if whole:
        raise UnsupportedError(
            f"{path} holds the weights of {len(whole)} modules in addition to their factors "
            f"({listed(sorted(whole))}), and does not say whether these are merged "
            "into them; save `loralib.lora_state_dict(model)` where it was made."
        )


def _factors(
    path: Path, name: str, A: LazyTensor, B: LazyTensor, alpha: float | None, host: Host | None
) -> Factors:
    kind = host.kinds.get(name) if host else None
    rank = B.shape[1]
    if kind == "embedding":
        A, B, rank = B.T, A.T, A.shape[0]
    if kind == "conv" and host:
        return _of_convolution(path, name, A, B, alpha, host.kernels.get(name, ()))
    parts, left_over = divmod(A.shape[0], rank)
    if left_over or B.shape[1] != rank or B.shape[0] % parts:
        raise misfit(path, name, {"lora_A": A, "lora_B": B})
    scale = 1.0 if alpha is None else alpha / rank
    if parts == 1:
        return LoraFactors(A, B, scale)
    return GroupedFactors(A, B, QUERIES_AND_VALUES if parts == 2 else (True,) * parts, scale)


def _of_convolution(
    path: Path, name: str, A: LazyTensor, B: LazyTensor, alpha: float | None, kernel: tuple[int, ...]
) -> LoraFactors:
    side = _side(kernel)
    if side is None:
        raise UnsupportedError(
            f"{path}: {name!r} has a kernel of {kernel}, and loralib's convolutions work for square ones "
            "alone."
        )
    if A.shape[0] != B.shape[1] or any(size % side for size in (*A.shape, B.shape[0])):
        raise misfit(path, name, {"lora_A": A, "lora_B": B})
    scale = 1.0 if alpha is None else alpha / (A.shape[0] // side)
    return LoraFactors(block_diagonal([A] * side), B.viewed((B.shape[0] // side, side * B.shape[1])), scale)


def _side(kernel: tuple[int, ...]) -> int | None:
    """Return the side of a kernel that loralib's convolutions can have: a square, or a single weight."""
    if len(set(kernel)) > 1 or not kernel:
        return None
    return kernel[0] if len(kernel) == 2 or kernel[0] == 1 else None


def _unresolved(modules: Mapping[str, Factors], alpha: float | None, host: Host | None) -> str:
    sentences = [] if alpha is not None else [NO_ALPHA]
    if host is None:
        others = [name for name in sorted(modules) if OF_OTHER_KINDS.fullmatch(name)]
        packed = [name for name, each in sorted(modules.items()) if isinstance(each, GroupedFactors)]
        sentences += [KINDS_UNRESOLVED.format(others[0])] if others else []
        sentences += [PARTS_UNRESOLVED.format(packed[0])] if packed else []
    return " ".join(sentences)


def _tensors(host: Host, path: str, factors: Factors) -> dict[str, LazyTensor]:
    """Give loralib's two tensors of a module, with the scale in B (of an embedding, in the first one)."""
    assert isinstance(factors, HOLDS), f"{path} is of a variant that loralib does not hold"
    A = factors.A
    B = factors.B if factors.scale == 1 else factors.B.scaled(factors.scale, Dtype.F32)
    kind = host.kinds.get(path)
    if kind == "embedding":
        return dict(zip(SIDES, (B.T, A.T), strict=True))
    if kind == "conv":
        side = _side(host.kernels.get(path, ()))
        assert side is not None, f"refusals() refuses the kernel of {path}"
        return dict(zip(SIDES, _for_convolution(A, B, side), strict=True))
    return dict(zip(SIDES, (A, B), strict=True))


def _for_convolution(A: LazyTensor, B: LazyTensor, side: int) -> tuple[LazyTensor, LazyTensor]:
    """Lay out A (r, in · k²) and B (out, r) as (r · k, in · k) and (out · k, r · k)."""
    import torch

    (rank, columns), out = A.shape, B.shape[0]

    def in_bands(t: Tensor) -> Tensor:
        return t.reshape(rank, side, columns // side).transpose(0, 1).reshape(rank * side, -1)

    def apart(t: Tensor) -> Tensor:
        spread = torch.zeros(out, side, side, rank, dtype=t.dtype)
        for i in range(side):
            spread[:, i, i] = t
        return spread.reshape(out * side, side * rank)

    return (
        A.map(in_bands, shape=(rank * side, columns // side)),
        B.map(apart, shape=(out * side, rank * side)),
    )


def _rest_refused(adapter: Adapter) -> Iterator[str]:
    instead = "merge the adapter into its base instead"
    if adapter.token_rows:
        yield (
            "loralib cannot replace single rows, as this adapter does in "
            f"{listed(sorted(adapter.token_rows))}: {instead}."
        )
    biased = [path for path, each in adapter.modules.items() if getattr(each, "bias", None) is not None]
    if biased:
        yield f"loralib's layers add no biases, as this adapter does for {listed(sorted(biased))}: {instead}."
    tied = {*adapter.host.tied, *adapter.host.tied.values()}
    if shared := [path for path in adapter.modules if f"{path}.weight" in tied]:
        yield (
            f"loralib would change {listed(sorted(shared))} alone at first, and what shares its weight too "
            f"once it merges: {instead}."
        )
    if copies := sorted(adapter.copies & tied):
        yield (
            f"loralib would load {listed(sorted(copies))} into a weight that another module shares: "
            f"{instead}."
        )


def _modules_refused(adapter: Adapter) -> Iterator[str]:
    kinds, kernels = adapter.host.kinds, adapter.host.kernels
    others = [
        path
        for path, each in adapter.modules.items()
        if kinds.get(path) in ("experts", "parameter")
        or (isinstance(each, LoraFactors) and len(each.A.shape) > 2)
    ]
    if others:
        yield f"loralib has no layer for {listed(sorted(others))}: merge the adapter into its base instead."
    odd = [
        path for path in adapter.modules if kinds.get(path) == "conv" and _side(kernels.get(path, ())) is None
    ]
    if odd:
        yield (
            f"loralib's convolutions have square kernels, which {listed(sorted(odd))} have not: merge the "
            "adapter into its base instead."
        )
    unsaid = [
        path
        for path, each in adapter.modules.items()
        if isinstance(each, GroupedFactors) and not all(each.enabled) and each.enabled != QUERIES_AND_VALUES
    ]
    if unsaid:
        yield (
            f"loralib's files do not say which parts of {listed(sorted(unsaid))} are adapted: convert them "
            "to lora first."
        )


FORMAT = Format(
    name="loralib",
    recognise=recognise,
    read=read,
    takes=("alpha",),
    suffix=".pt",
    holds=HOLDS,
    write=write,
    refusals=refusals,
    module_refusal=module_refusal,
)
