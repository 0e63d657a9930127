"""Read the factors of one module from a file of sd-scripts' family, whatever the module is called.

    lora_down.weight (r, in, *kernel), lora_up.weight (out, r, 1, ...)
        LoRA, LoCon: ΔW = s · up @ down
      and lora_mid.weight (r, r, *kernel), with down (r, in, 1, ...)
        LoCon in Tucker form, read only: ΔW = s · up @ (mid · down)
      and dora_scale (out, 1, ...) or (1, in, ...)
        DoRA by row or by column: W' = dora_scale ∘ V / ‖V‖, V = W + ΔW
    hada_w1_a, hada_w1_b, hada_w2_a, hada_w2_b; hada_t1, hada_t2
        LoHa: see `variants/loha.py`
    lokr_w1 or lokr_w1_a, lokr_w1_b; lokr_w2 or ...; lokr_t2
        LoKr: see `variants/lokr.py`
      and dora_scale
        DoKr: W' = dora_scale ∘ V / ‖V‖, see `variants/decomposed.py`
    diff (out, in, *kernel)
        ΔW = diff, read only, as its product with the identity
    set_weight (out)
        what a norm's weight becomes, as control LoRAs have it
    diff (out); w_norm (out), b_norm (out)
        added to the weight and the bias of a norm, read only
    diff_b (out)
        added to the module's bias, with diff or LoRA or alone
    all else that LyCORIS has
        see `lycoris_multiplied`
    alpha ()
        s = alpha / r; s = 1 without, or where both of LoKr's factors are whole

Source: LyCORIS 4.1.3 (`modules/`), whose forward pass is the definition; sd-scripts'
`networks/lora.py`; ComfyUI's `comfy/weight_adapter/`. LyCORIS adds 1.2e-7 to ‖V‖, which is left
out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.formats._image.image_file import ModuleFactors
from lorasurgery.formats._image.lycoris_multiplied import glora, ia3, oft
from lorasurgery.formats._image.lycoris_tensors import (
    BESIDE,
    DOWN,
    GLORA,
    IA3,
    LOHA,
    LOHA_CORES,
    LOKR,
    MID,
    NORM,
    OFT,
    SET,
    UP,
    LycorisModuleTensors,
)
from lorasurgery.formats._image.replaced_norms import replaced_vector
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.beft import BeftFactors
from lorasurgery.variants.decomposed import DecomposedFactors
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.edit import Shape, own_shape
from lorasurgery.variants.loha import LohaFactors
from lorasurgery.variants.lokr import LokrFactors
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from torch import Tensor


METHOD_OF = {
    **dict.fromkeys(NORM, "norm"),
    **dict.fromkeys(GLORA, "glora"),
    **dict.fromkeys(IA3, "ia3"),
    **dict.fromkeys(OFT, "oft"),
}
NOT_BESIDE_A_BIAS = ("hada", "lokr", "glora", "ia3", "oft")


def found_in(stored: LycorisModuleTensors) -> ModuleFactors:
    """Make factors of a module's tensors.

    Raises:
        DamagedFileError: tensors are missing, or of two methods, or their shapes contradict each
            other.
        UnsupportedError: a method or a combination that is not read.
    """
    methods = {METHOD_OF.get(part, part.split("_")[0]) for part in stored.tensors if part not in BESIDE}
    if not methods and set(stored.tensors) == {"diff_b"}:
        bias = stored.tensor("diff_b")
        return ModuleFactors(BeftFactors(bias.viewed((1, bias.numel))), None)
    if SET in stored.tensors:
        return replaced_vector(stored)
    if len(methods) != 1:
        raise stored.contradiction("being of no method or of several")
    (method,) = methods
    if method == "diff" and "dora_scale" in stored.tensors:
        raise UnsupportedError(
            f"{stored.place} has both dora_scale and diff: the decomposition of a whole change is not "
            "read. Merge it with LyCORIS."
        )
    if method in NOT_BESIDE_A_BIAS and "diff_b" in stored.tensors:
        raise UnsupportedError(
            f"{stored.place} has both diff_b and {method}: a bias is read with LoRA only. Merge it with "
            "ComfyUI."
        )
    if method in MULTIPLIED and "dora_scale" in stored.tensors:
        raise UnsupportedError(
            f"{stored.place} has both dora_scale and {method}, which is not read. Merge it with LyCORIS."
        )
    found = METHODS[method](stored)
    is_decomposed = method in ("hada", "lokr") and "dora_scale" in stored.tensors
    return _decomposed(stored, found) if is_decomposed else found


def lora_of_peft(stored: LycorisModuleTensors) -> tuple[LoraFactors | DoraFactors, tuple[int, ...] | None]:
    """Make factors of a module's tensors in the layout of PEFT's LoRA, and find the kernel.

    Its magnitudes are those of rows, and its bias (`lora_B.bias`) is multiplied by the scale, as
    all that factors have.

    Raises:
        DamagedFileError: see `found_in`.
    """
    parts = dict(stored.tensors)
    bias, magnitude = parts.pop("lora_B.bias", None), parts.get("dora_scale")
    if magnitude is not None:
        parts["dora_scale"] = magnitude.viewed((magnitude.numel, 1))
    found = found_in(replace(stored, tensors=parts))
    factors = found.factors
    assert isinstance(factors, LoraFactors | DoraFactors), "no other tensors are read"
    if bias is not None and bias.shape != factors.B.shape[:1]:
        raise stored.contradiction("since the bias is not as long as there are rows")
    return replace(factors, bias=bias), found.kernel


def _lora(stored: LycorisModuleTensors) -> ModuleFactors:
    down, up, mid = stored.tensor(DOWN), stored.tensor(UP), stored.tensors.get(MID)
    if min(len(down.shape), len(up.shape)) < 2 or math.prod(up.shape[2:]) != 1:
        raise stored.contradiction("since a factor is a matrix, or has its kernel below")
    if (mid.shape[:2] if mid else down.shape[:1] * 2) != (up.shape[1], down.shape[0]):
        raise stored.contradiction("since their ranks differ")
    kernel = mid.shape[2:] if mid else down.shape[2:]
    A, B, scale = _right(stored, down, mid), up.viewed(up.shape[:2]), stored.scale(down.shape[0])
    bias = _bias(stored, up.shape[0], scale)
    if "dora_scale" not in stored.tensors:
        return ModuleFactors(LoraFactors(A, B, scale, bias), kernel)
    return ModuleFactors(_dora(stored, LoraFactors(A, B, scale, bias), kernel), kernel)


def _right(stored: LycorisModuleTensors, down: LazyTensor, mid: LazyTensor | None) -> LazyTensor:
    """Give the right factor (r, in · kernel): down, or its product with a core, in float64."""
    if mid is None:
        return down.viewed((down.shape[0], math.prod(down.shape[1:])))
    if math.prod(down.shape[2:]) != 1:
        raise stored.contradiction("since the kernel is in lora_mid")
    ranks, width, extent = mid.shape[:2], down.shape[1], math.prod(mid.shape[2:])

    def contracted() -> Tensor:
        import torch

        core, right = mid.read().double().reshape(*ranks, extent), down.read().double().reshape(-1, width)
        return torch.einsum("pqk,qi->pik", core, right).flatten(1)

    return LazyTensor((ranks[0], width * extent), Dtype.F64, contracted)


def _bias(stored: LycorisModuleTensors, rows: int, scale: float) -> LazyTensor | None:
    """Give the change of the bias divided by the scale, since factors multiply their bias by the scale."""

    bias = stored.tensors.get("diff_b")
    if bias is None:
        return None
    if bias.numel != rows:
        raise stored.contradiction("since the bias is not as long as there are rows")
    bias = bias.viewed((rows,))
    if scale == 1:
        return bias
    return bias.map(lambda t: t.double() / scale, dtype=Dtype.F64)


def _decomposed(stored: LycorisModuleTensors, found: ModuleFactors) -> ModuleFactors:
    factors, kernel = found.factors, found.kernel or ()
    assert isinstance(factors, LohaFactors | LokrFactors), "LoRA has a variant of its own"
    shape = own_shape(factors)
    if shape is None:
        raise UnsupportedError(
            f"{stored.place} has both dora_scale and a Tucker core, which is not read. Merge it with LyCORIS."
        )
    magnitude, by_column = _magnitude(stored, shape, kernel)
    return ModuleFactors(DecomposedFactors(factors, magnitude, by_column), found.kernel)


def _dora(stored: LycorisModuleTensors, factors: LoraFactors, kernel: tuple[int, ...]) -> DoraFactors:
    magnitude, by_column = _magnitude(stored, factors.shape, kernel)
    return DoraFactors(factors.A, factors.B, magnitude, factors.scale, by_column, factors.bias)


def _magnitude(
    stored: LycorisModuleTensors, shape: Shape, kernel: tuple[int, ...]
) -> tuple[LazyTensor, bool]:
    """Give the norms of rows or of columns, and whether they are of columns."""
    dora_scale = stored.tensor("dora_scale")
    rows, width = shape[0], shape[1] // math.prod(kernel)
    is_by_row = dora_scale.numel == rows and dora_scale.shape[:1] == (rows,)
    if not is_by_row and not (dora_scale.numel == width and dora_scale.shape[:2] == (1, width)):
        raise stored.contradiction("since dora_scale has a number neither for each row nor for each column")
    if not is_by_row and math.prod(kernel) > 1:
        raise UnsupportedError(
            f"{stored.place} has a dora_scale for each input channel of a convolution, "
            f"{list(dora_scale.shape)}: "
            "DoRA is read by row here. Merge it with LyCORIS."
        )
    return dora_scale.viewed((dora_scale.numel,)), not is_by_row


def _loha(stored: LycorisModuleTensors) -> ModuleFactors:
    w1_a, w1_b, w2_a, w2_b = (stored.tensor(part) for part in LOHA)
    t1, t2 = (stored.tensors.get(part) for part in LOHA_CORES)
    if (t1 is None) != (t2 is None):
        raise stored.contradiction("since one core is missing")
    # With a core the left sides are transposed, (r, out).
    across = 1 if t1 is None else 0
    if {len(each.shape) for each in (w1_a, w1_b, w2_a, w2_b)} != {2}:
        raise stored.contradiction("since a factor is a matrix")
    for a, b, core in ((w1_a, w1_b, t1), (w2_a, w2_b, t2)):
        ranks = (a.shape[across], b.shape[0])
        if ranks[0] != ranks[1] or (core is not None and core.shape[:2] != ranks):
            raise stored.contradiction("since their ranks differ")
    if w1_a.shape[1 - across] != w2_a.shape[1 - across] or w1_b.shape[1] != w2_b.shape[1]:
        raise stored.contradiction("since the two products differ in shape")
    factors = LohaFactors(w1_a, w1_b, w2_a, w2_b, stored.scale(w1_b.shape[0]), t1, t2)
    return ModuleFactors(factors, t1.shape[2:] if t1 else None)


def _lokr(stored: LycorisModuleTensors) -> ModuleFactors:
    w1, w1_a, w1_b, w2, w2_a, w2_b, t2 = (stored.tensors.get(part) for part in LOKR)
    ranks = {
        *_ranks(stored, "lokr_w1", w1, w1_a, w1_b, None),
        *_ranks(stored, "lokr_w2", w2, w2_a, w2_b, t2),
    }
    if len(ranks) > 1:
        raise stored.contradiction("since their ranks differ")
    kernel = next((each.shape[2:] for each in (t2, w2, w2_b) if each is not None), ())
    if t2 is not None and len(kernel) != 2:
        raise UnsupportedError(
            f"{stored.place} has a Tucker core for {len(kernel)} dimensions; only two are read. Merge it "
            "with LyCORIS."
        )
    return ModuleFactors(
        LokrFactors(
            # Both whole: LyCORIS has the scale 1, and an alpha that says nothing.
            scale=stored.scale(ranks.pop()) if ranks else 1.0,
            w1=w1,
            w1_a=w1_a,
            w1_b=w1_b,
            w2=_as_matrix(w2),
            w2_a=w2_a,
            w2_b=_as_matrix(w2_b),
            t2=t2,
        ),
        kernel or None,
    )


def _ranks(
    stored: LycorisModuleTensors,
    part: str,
    whole: LazyTensor | None,
    a: LazyTensor | None,
    b: LazyTensor | None,
    core: LazyTensor | None,
) -> set[int]:
    """Give the rank of one side of the Kronecker product, where that side is itself a product."""
    if whole is not None:
        if a or b or core or len(whole.shape) < 2:
            raise stored.contradiction(f"since {part} is whole, and one matrix at least")
        return set()
    a, b = stored.tensor(f"{part}_a"), stored.tensor(f"{part}_b")
    if len(a.shape) != 2 or len(b.shape) < 2:
        raise stored.contradiction("since a factor is a matrix")
    ranks = {a.shape[1] if core is None else a.shape[0], b.shape[0], *(core.shape[:2] if core else ())}
    if len(ranks) > 1:
        raise stored.contradiction("since their ranks differ")
    return ranks


def _as_matrix(tensor: LazyTensor | None) -> LazyTensor | None:
    """Give a convolution's factor, (b, d, *kernel) or (r, d, *kernel), as a matrix."""
    return tensor.viewed((tensor.shape[0], math.prod(tensor.shape[1:]))) if tensor else None


def _diff(stored: LycorisModuleTensors) -> ModuleFactors:
    diff = stored.tensor("diff")
    if len(diff.shape) == 1:
        return _vector(diff, _bias(stored, diff.numel, 1.0))
    if not diff.shape:
        raise stored.contradiction("since a change has a number for each row at least")
    rows, width = diff.shape[0], math.prod(diff.shape[1:])
    matrix, bias = diff.viewed((rows, width)), _bias(stored, rows, 1.0)
    if rows <= width:
        factors = LoraFactors(matrix, _identity(rows, matrix), bias=bias)
    else:
        factors = LoraFactors(_identity(width, matrix), matrix, bias=bias)
    return ModuleFactors(factors, diff.shape[2:])


def _norm(stored: LycorisModuleTensors) -> ModuleFactors:
    weight = stored.tensor("w_norm")
    if {"b_norm", "diff_b"} <= set(stored.tensors):
        raise stored.contradiction("since b_norm and diff_b are both added to the bias")
    bias = stored.tensors.get("b_norm") or stored.tensors.get("diff_b")
    if len(weight.shape) != 1 or (bias is not None and bias.shape != weight.shape):
        raise stored.contradiction("since a norm has vectors of one length")
    return _vector(weight, bias)


def _vector(change: LazyTensor, bias: LazyTensor | None) -> ModuleFactors:
    """Give a change of a norm's weight as a matrix of one column."""
    return ModuleFactors(LoraFactors(_identity(1, change), change.viewed((change.numel, 1)), bias=bias), None)


def _identity(size: int, like: LazyTensor) -> LazyTensor:
    # Floats of four bits are pairs in a byte, of which torch makes nothing.
    dtype = like.dtype if like.dtype.bits >= 8 else Dtype.F32

    def read() -> Tensor:
        import torch

        return torch.eye(size).to(dtype.torch)  # which makes no identity of unsigned integers at once

    return LazyTensor((size, size), dtype, read)


MULTIPLIED: Mapping[str, Callable[[LycorisModuleTensors], ModuleFactors]] = {
    "glora": glora,
    "ia3": ia3,
    "oft": oft,
}
METHODS: Mapping[str, Callable[[LycorisModuleTensors], ModuleFactors]] = {
    "lora": _lora,
    "hada": _loha,
    "lokr": _lokr,
    "diff": _diff,
    "norm": _norm,
    **MULTIPLIED,
}
