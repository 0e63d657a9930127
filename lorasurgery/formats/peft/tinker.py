"""Tinker's adapters: PEFT's files with names of Tinker's own, and three-dimensional factors of experts.

    ....mlp.experts.w1.lora_A.weight    (1, r, in)      of gate_proj: one A for all experts
    ....mlp.experts.w1.lora_B.weight    (E, out, r)
    ....mlp.experts.w3.…                as w1, of up_proj
    ....mlp.experts.w2.lora_A.weight    (E, r, in)      of down_proj
    ....mlp.experts.w2.lora_B.weight    (1, out, r)     one B for all experts
    model.unembed_tokens.…              lm_head
    ....attn.…                          self_attn, of gpt-oss

What has one place counts for all experts. Each expert becomes a module of its own, as transformers
called them before it put them together. Not read: Nemotron's (w1 is up_proj there, and w3 is empty),
Qwen3.5's queries, keys and values apart (`in_proj_q`).

Source: thinking-machines-lab/tinker-cookbook, `tinker_cookbook/weights/_merge_utils.py` (0234e66),
`_merge.py` (78b0202: `expand_expert_lora_tensors`), `_merge_gpt_oss.py` (125e52e); the shapes of real
adapters are in its pull request 556.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lorasurgery.errors import DamagedFileError
from lorasurgery.lazy import LazyTensor

EXPERTS = re.compile(r"(?P<owner>(?:.+\.)?experts)\.(?P<part>w[123])\.lora_[AB]\.weight")
PARTS = {"w1": "gate_proj", "w2": "down_proj", "w3": "up_proj"}
HEAD = "model.unembed_tokens."
ATTENTION = re.compile(r"(\.layers\.\d+)\.attn\.")


def is_of_tinker(tensors: Mapping[str, LazyTensor]) -> bool:
    """Whether a file's tensors, by their names in the model, are Tinker's."""
    return any(
        name.startswith(HEAD) or (EXPERTS.fullmatch(name) is not None and len(tensor.shape) == 3)
        for name, tensor in tensors.items()
    )


def by_names_of_transformers(tensors: Mapping[str, LazyTensor]) -> dict[str, LazyTensor]:
    """Give every expert its own factors, and all modules the names of transformers.

    Raises:
        DamagedFileError: A and B are of different numbers of experts.
    """
    found: dict[str, LazyTensor] = {}
    for name, tensor in tensors.items():
        match = EXPERTS.fullmatch(name)
        if match is None or len(tensor.shape) != 3:
            found[ATTENTION.sub(r"\1.self_attn.", name.replace(HEAD, "lm_head.", 1))] = tensor
            continue
        side = name.removeprefix(f"{match['owner']}.{match['part']}.")
        for expert in range(_experts(match, tensors)):
            own = tensor.item(expert if tensor.shape[0] > 1 else 0)
            found[f"{match['owner']}.{expert}.{PARTS[match['part']]}.{side}"] = own
    return found


def _experts(match: re.Match[str], tensors: Mapping[str, LazyTensor]) -> int:
    """Count the experts of a projection: A or B, or both, have a place for each."""
    place = f"{match['owner']}.{match['part']}"
    sides = [tensors.get(f"{place}.lora_{side}.weight") for side in "AB"]
    counts = {side.shape[0] for side in sides if side is not None}
    if None in sides or len(counts - {1}) != 1:
        raise DamagedFileError(
            f"{place!r} has factors of {' and '.join(map(str, sorted(counts)))} experts; both sides of one "
            "number, or one side of one for all, are expected."
        )
    return max(counts)
