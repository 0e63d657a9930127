"""What llama.cpp does with an adapter: with each of its tensors, and with the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lorasurgery.architecture.llama_cpp.architectures import architecture_of
from lorasurgery.architecture.llama_cpp.tensor_names import slots
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.lazy import LazyTensor
from lorasurgery.targets._target import AdapterHeader, FileRefusal, Findings, Landing
from lorasurgery.text import times

SOURCE = "src/llama-adapter.cpp"
CONVERT = "run `lorasurgery convert ADAPTER --base BASE --for llamacpp`"
TOKENS = "token_embd.weight"

# A single expert's matrix in a file, and which of the two stacks of its layer it is in.
ONE_EXPERT = re.compile(r"(?P<owner>.+\.experts)\.\d+\.(?P<part>\w+)")
STACKS = {
    **dict.fromkeys(("gate_proj", "up_proj", "w1", "w3"), "gate_up_proj"),
    **dict.fromkeys(("down_proj", "w2"), "down_proj"),
}


def examine(adapter: AdapterHeader, base: Checkpoint, facts: Mapping[str, Any]) -> Findings:
    """Hold a GGUF adapter against a base, a GGUF model or the folder that one is made from."""
    served = served_tensors(base)
    landings = [*_pairs(adapter.tensors, served)]
    if not served:
        reason = "llama.cpp's names of the base's tensors are not known here"
        landings = [Landing(each.module, "unknown", reason=reason) for each in landings]
    return Findings(landings, [*_setting_refusals(adapter.config, base)])


def served_tensors(base: Checkpoint) -> dict[str, tuple[int, ...] | None]:
    """llama.cpp's names of a base's matrices, with their shapes; None of a shape that may differ there."""
    if base.gguf is not None:
        return {tensor.name: tensor.shape for tensor in base.gguf.tensors}
    architecture = architecture_of(base.config)
    if architecture is None:
        return {}
    matrices = {
        name.removesuffix(".weight"): each for name, each in base.tensors.items() if len(each.shape) > 1
    }
    # llama.cpp stacks the experts of a layer, as transformers does, whichever way the file has them.
    stacks = {stack: matrices[name] for name in matrices if (stack := _stack_of(name)) is not None}
    matrices = stacks | matrices
    found: dict[str, tuple[int, ...] | None] = {}
    for path, tensors in slots(architecture, matrices, base.config).items():
        for slot in tensors:
            shape = matrices[path].shape
            is_whole = len(shape) == 2 and slot.half is None and path not in stacks
            found[slot.tensor] = shape if is_whole else None
    return found


def _stack_of(name: str) -> str | None:
    """What transformers calls the stack that a single expert's matrix is a part of; None of any other."""
    match = ONE_EXPERT.fullmatch(name)
    if match is None or match["part"] not in STACKS:
        return None
    return f"{match['owner'].replace('block_sparse_moe', 'mlp')}.{STACKS[match['part']]}"


def _setting_refusals(settings: Mapping[str, Any], base: Checkpoint) -> Iterator[FileRefusal]:
    wanted = {"general.type": "adapter", "adapter.type": "lora"}
    for key, value in wanted.items():
        if settings.get(key) != value:
            yield FileRefusal(f"{key} is {settings.get(key)!r}, and {value!r} is expected", CONVERT, SOURCE)
    own = base.gguf.settings.get("general.architecture") if base.gguf else architecture_of(base.config)
    stated = settings.get("general.architecture")
    if own is not None and stated != own:
        yield FileRefusal(f"it is for the architecture {stated}, and the base is {own}", CONVERT, SOURCE)


def _pairs(
    tensors: Mapping[str, LazyTensor], served: Mapping[str, tuple[int, ...] | None]
) -> Iterator[Landing]:
    names = {name.removesuffix(".lora_a").removesuffix(".lora_b") for name in tensors}
    for name in sorted(names):
        A, B = tensors.get(f"{name}.lora_a"), tensors.get(f"{name}.lora_b")
        if A is None and B is None:
            yield _other(name)
        elif A is None or B is None:
            yield Landing(name, "refused", reason="one of its two factors is not there", source=SOURCE)
        elif name not in served:
            yield Landing(
                name, "refused", reason="the base has no tensor of this name", way_out=CONVERT, source=SOURCE
            )
        elif (shape := served[name]) is not None and _misfits(name, A.shape, B.shape, shape):
            widths = (B.shape[-2], A.shape[-1])
            reason = f"it changes a matrix of {times(widths)}, and the base's is {times(shape)}"
            yield Landing(name, "refused", reason=reason, way_out="name its own base", source=SOURCE)
        else:
            yield Landing(name, "lands", name)


def _other(name: str) -> Landing:
    """A tensor that is no half of a pair."""
    if name.endswith("_norm.weight"):
        return Landing(
            name, "ignored", reason="norms are left out", way_out="merge it into the base", source=SOURCE
        )
    return Landing(
        name, "refused", reason="it is no factor of a low-rank change", way_out=CONVERT, source=SOURCE
    )


def _misfits(name: str, A: tuple[int, ...], B: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether llama.cpp refuses the shapes: of the table of tokens the factors change places."""
    if name == TOKENS:
        return shape[-1] != B[-2] or shape[-2] != A[-2]
    return shape[-1] != A[-1] or shape[-2] != B[-2] or A[-2] != B[-1]
