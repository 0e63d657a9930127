"""What control LoRAs bring besides factors: norms that are replaced, and the shape of a wider weight.

    set_weight (n,)        what a norm's weight becomes
    reshape_weight (2,)    the shape of a weight that gets more inputs, in ComfyUI's files

Source: `comfy/lora_convert.py` of Comfy-Org/ComfyUI 2bffe2f.
"""

from __future__ import annotations

from collections.abc import Mapping

from lorasurgery.errors import UnsupportedError
from lorasurgery.formats._image.image_file import ModuleFactors
from lorasurgery.formats._image.lycoris_tensors import DOWN, RESHAPE, SET, UP, LycorisModuleTensors
from lorasurgery.lazy import LazyTensor
from lorasurgery.text import times
from lorasurgery.variants.replaced_vector import ReplacedVectorFactors


def replaced_vector(stored: LycorisModuleTensors) -> ModuleFactors:
    """Make what a norm's vector becomes.

    Raises:
        DamagedFileError: it is not alone.
        UnsupportedError: it is no vector.
    """
    value = stored.tensor(SET)
    if len(stored.tensors) > 1:
        raise stored.contradiction("since what replaces a norm is alone")
    if len(value.shape) != 1:
        raise UnsupportedError(
            f"{stored.place} has a weight of {times(value.shape)} that replaces another (set_weight), and "
            "only the vectors of norms are read so. Merge it with ComfyUI."
        )
    return ModuleFactors(ReplacedVectorFactors(value.viewed((value.numel, 1))), None)


def without_shape(place: str, parts: Mapping[str, LazyTensor]) -> dict[str, LazyTensor]:
    """Leave out the shape of a weight that gets more inputs, which its factors show as well.

    Raises:
        DamagedFileError: they show another one.
    """
    left = {part: tensor for part, tensor in parts.items() if part != RESHAPE}
    if RESHAPE in parts:
        stored = LycorisModuleTensors(place, left)
        shape = [stored.tensor(UP).shape[0], *stored.tensor(DOWN).shape[1:]]
        stated = parts[RESHAPE]
        is_right = stated.numel == len(shape) and stated.dtype.bits >= 8
        if not is_right or stated.read().flatten().tolist() != shape:
            raise stored.contradiction(f"since {RESHAPE} is another shape than {shape}")
    return left
