"""Changes of queries, keys and values of Flux's single blocks, which are packed with the rows of the MLP.

Source: XLabs-AI/x-flux; `linear1_qkv` in `comfy/lora.py` of Comfy-Org/ComfyUI ec93dca.
"""

from __future__ import annotations

import dataclasses
import re

from lorasurgery.lazy_join import cat, zeros
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors

SINGLE_LINEAR = re.compile(r"(?:.+\.)?single_blocks\.\d+\.linear1")


def with_mlp_rows(name: str, factors: Factors) -> Factors:
    """Give a change of the first rows of `linear1` the others, which do not change."""
    if not isinstance(factors, LoraFactors) or not SINGLE_LINEAR.fullmatch(name):
        return factors
    rows, width = factors.shape
    if rows != 3 * width:
        return factors
    mlp_rows = zeros((4 * width, factors.rank), factors.B.dtype)
    return dataclasses.replace(factors, B=cat([factors.B, mlp_rows]))
