"""The companion tensors that a quantiser stores with a weight's quantised values, known or not.

A companion that no format explains is the sign that codes are not what they seem: such a weight is
refused by name, never read without it.
"""

from __future__ import annotations

import re

from lorasurgery.quantisation._module import WEIGHT, Module

# Words in the names of what quantisers store.
WORDS = re.compile(r"scale|absmax|zero|quant|codebook|shift|offset|SCB|scb|g_idx|lut")
# Scales of inputs and of outputs: of no use without the codes, and of no effect on the weight.
INPUTS = ("input_scale", "activation_scale", "scale_input", "qscale_act", "input_scale_ub")
# Those of the cache of keys and values, of a projection or of the attention around it.
CACHE = ("k_scale", "v_scale", "q_scale", "kv_scale", "prob_scale", "output_scale")


def companions_of(module: Module, leaf: str) -> list[str]:
    """Return the tensors of a module that a quantiser stored along with one of its tensors.

    Of `weight` these are all whose names begin with it or hold a quantiser's word; of another
    parameter (`gate_up_proj`, `text_projection`) only those that carry its whole name.
    """
    own = [each for each in module.tensors if each != leaf]
    named = [each for each in own if each.startswith((f"{leaf}_", f"{leaf}."))]
    if leaf != WEIGHT:
        return [each for each in named if WORDS.search(each[len(leaf) :])]
    return [each for each in own if each in named or WORDS.search(each)]


def is_of_activations(leaf: str, companion: str) -> bool:
    """Whether a companion belongs to what goes into a module or comes out of it, and not to its weight."""
    if leaf == WEIGHT:
        return companion in INPUTS or companion in CACHE
    return companion in [f"{leaf}_{name}" for name in INPUTS]
