"""Read the methods of LyCORIS that multiply a module's weight, for `lycoris_reader`.

    weight (out) or (in), (1, out, 1, ...) or (1, in, 1, ...); on_input ()
        IA3: W' = W ∘ (1 + weight), by row or by column
    a1.weight (in, r, 1, ...), a2.weight (r, in, 1, ...), b1.weight (out, r, 1, ...),
    b2.weight (r, in, *kernel); alpha ()
        GLoRA: see `variants/lycoris_glora.py`
    oft_blocks (blocks, b, b); rescale (out, 1, ...); alpha ()
        OFT of LyCORIS and of sd-scripts: see `variants/lycoris_oft.py`
    oft_blocks.0, oft_blocks.1, ...
        the same for each part of a packed projection (sd-scripts)
    oft_blocks (stages, blocks, b, b); rescale (out, 1, ...); alpha ()
        BOFT: see `variants/lycoris_boft.py`

Read only. Source: LyCORIS 4.1.3, `modules/`; `networks/oft.py`, `oft_flux.py` of kohya-ss/sd-scripts
077f6a4.
"""

from __future__ import annotations

import math

from lorasurgery.dtypes import Dtype
from lorasurgery.formats._image.image_file import ModuleFactors
from lorasurgery.formats._image.lycoris_tensors import GLORA, OFT_PARTS, LycorisModuleTensors
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.ia3 import Ia3Factors
from lorasurgery.variants.lycoris_boft import LycorisBoftFactors
from lorasurgery.variants.lycoris_glora import LycorisGloraFactors
from lorasurgery.variants.lycoris_oft import LycorisOftFactors


def ia3(stored: LycorisModuleTensors) -> ModuleFactors:
    """Make factors of a gain for each row or each column; the bias stays, as in LyCORIS's forward pass."""
    weight, on_input = stored.tensor("weight"), stored.tensor("on_input")
    if on_input.numel != 1 or weight.numel not in weight.shape:
        raise stored.contradiction("since the gains of IA3 are one vector, and on_input one number")
    gains = weight.map(lambda t: 1 + t.double().flatten(), shape=(weight.numel,), dtype=Dtype.F64)
    return ModuleFactors(Ia3Factors(gains, bool(on_input.read().item()), has_bias_gain=False), None)


def glora(stored: LycorisModuleTensors) -> ModuleFactors:
    """Make factors of two products, one with the weight and one beside it."""
    a1, a2, b1, b2 = (stored.tensor(part) for part in GLORA)
    if any(len(each.shape) < 2 or math.prod(each.shape[2:]) != 1 for each in (a1, a2, b1)):
        raise stored.contradiction("since a factor is a matrix")
    if len(b2.shape) < 2 or len({a1.shape[1], a2.shape[0], b1.shape[1], b2.shape[0]}) > 1:
        raise stored.contradiction("since their ranks differ")
    if len({a1.shape[0], a2.shape[1], b2.shape[1]}) > 1:
        raise stored.contradiction("since their numbers of inputs differ")
    a1, a2, b1, right = map(_matrix, (a1, a2, b1, b2))
    return ModuleFactors(LycorisGloraFactors(a1, a2, b1, right, stored.scale(b1.shape[1])), b2.shape[2:])


def oft(stored: LycorisModuleTensors) -> ModuleFactors:
    """Make factors of rotations of the rows, at once or in stages."""
    gains = stored.tensors.get("rescale")
    parts = tuple(stored.tensors[name] for name in OFT_PARTS if name in stored.tensors)
    stacks = parts or (stored.tensor("oft_blocks"),)
    is_staged = len(stacks[0].shape) == 4
    if any(len(each.shape) != 3 + is_staged or each.shape[-1] != each.shape[-2] for each in stacks):
        raise stored.contradiction("since blocks of OFT are square matrices")
    if parts and ("oft_blocks" in stored.tensors or OFT_PARTS[len(parts) - 1] not in stored.tensors):
        raise stored.contradiction("since the parts of OFT are counted from 0")
    if is_staged and stacks[0].shape[-1] % 2:
        raise stored.contradiction("since blocks of BOFT have two halves")
    rows = sum(each.shape[-3] * each.shape[-2] for each in stacks)
    if gains is not None and gains.numel != rows:
        raise stored.contradiction("since rescale has a number for each row")
    limit = _limit(stored)
    if is_staged:
        return ModuleFactors(LycorisBoftFactors(stacks[0], gains, limit), None)
    return ModuleFactors(LycorisOftFactors(stacks, gains, limit), None)


def _limit(stored: LycorisModuleTensors) -> float:
    alpha = stored.tensors.get("alpha")
    limit = float(alpha.read()) if alpha is not None and alpha.numel == 1 else 0.0
    if not math.isfinite(limit) or limit < 0 or (alpha is not None and alpha.numel != 1):
        raise stored.contradiction("since alpha, the limit of OFT, is one number from 0 on")
    return limit


def _matrix(tensor: LazyTensor) -> LazyTensor:
    return tensor.viewed((tensor.shape[0], math.prod(tensor.shape[1:])))
