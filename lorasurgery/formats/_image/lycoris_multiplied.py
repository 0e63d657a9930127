"""Read the methods of LyCORIS that multiply a module's weight, for `lycoris_reader`.

    weight (out) or (in), (1, out, 1, ...) or (1, in, 1, ...); on_input ()
        IA3: W' = W ∘ (1 + weight), by row or by column
    a1.weight (in, r, 1, ...), a2.weight (r, in, 1, ...), b1.weight (out, r, 1, ...),
    b2.weight (r, in, *kernel); alpha ()
        GLoRA: see `variants/lycoris_glora.py`
    oft_blocks (blocks, b, b); rescale (out, 1, ...); alpha ()
        OFT: see `variants/lycoris_oft.py`

Read only. BOFT, whose blocks have four dimensions, is refused: a weight other than 1 applies to each
of its stages. Source: LyCORIS 4.1.3, `modules/`.
"""

from __future__ import annotations

import math

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.formats._image.image_file import ModuleFactors
from lorasurgery.formats._image.lycoris_tensors import GLORA, LycorisModuleTensors
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.ia3 import Ia3Factors
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
    """Make factors of rotations of the rows."""
    blocks, gains = stored.tensor("oft_blocks"), stored.tensors.get("rescale")
    if len(blocks.shape) == 4:
        raise UnsupportedError(
            f"{stored.place} is BOFT, each of whose stages has the weight of the adapter; that is not read. "
            "Merge it with LyCORIS."
        )
    if len(blocks.shape) != 3 or blocks.shape[1] != blocks.shape[2]:
        raise stored.contradiction("since blocks of OFT are square matrices")
    rows = blocks.shape[0] * blocks.shape[1]
    if gains is not None and gains.numel != rows:
        raise stored.contradiction("since rescale has a number for each row")
    alpha = stored.tensors.get("alpha")
    limit = float(alpha.read()) if alpha is not None and alpha.numel == 1 else 0.0
    if not math.isfinite(limit) or limit < 0 or (alpha is not None and alpha.numel != 1):
        raise stored.contradiction("since alpha, the limit of OFT, is one number from 0 on")
    return ModuleFactors(LycorisOftFactors(blocks, gains, limit), None)


def _matrix(tensor: LazyTensor) -> LazyTensor:
    return tensor.viewed((tensor.shape[0], math.prod(tensor.shape[1:])))
