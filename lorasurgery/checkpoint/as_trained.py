"""Files that hold a training's state, not a finished model: unmerged LoRA weights, or tensors
without their numbers.

    `state_dict()` of a model wrapped by PEFT    X.base_layer.weight, X.lora_A.default.weight
    mlx-lm                                       X.linear.weight, X.lora_a
    torchtune, diffusers                         X.weight, X.lora_a.weight, ...
    a module that PEFT trains whole              X.original_module.weight, X.modules_to_save.default.weight
    DeepSpeed ZeRO-3, parts not gathered         X.weight (0,)

Neither is what it looks like, and each is refused by its own name.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping

from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.lazy import LazyTensor

FACTOR = re.compile(
    r"(?P<module>.+)\.(?:lora_(?:embedding_)?A(?:\.[^.]+)?|lora_a|lora_layer\.down"
    r"|modules_to_save\.[^.]+)(?:\.weight)?"
)
# Where the weight is that the factors, or a whole copy that was trained, are for.
WEIGHTS = ("base_layer.weight", "linear.weight", "original_module.weight", "weight")
ZERO_3 = (
    "DeepSpeed ZeRO-3 parts weights among processes and leaves such behind where they are saved "
    "without being gathered. "
    "Save again with stage3_gather_16bit_weights_on_model_save, or make the weights from the "
    "training's checkpoint with its zero_to_fp32.py."
)


def unmerged_modules(names: Iterable[str], known: Container[str] = ()) -> list[str]:
    """The modules of a file that have factors, or a trained copy, as well as a weight, sorted.

    Args:
        known: the parameters of its class, which may have layers called so of its own.
    """
    names = frozenset(names)
    factors = (FACTOR.fullmatch(name) for name in names if name not in known)
    modules = {found["module"] for found in factors if found is not None}
    return sorted(module for module in modules if any(f"{module}.{weight}" in names for weight in WEIGHTS))


def refuse_as_trained(checkpoint: Checkpoint, known: Container[str] = ()) -> None:
    """Refuse a checkpoint that is a training's state and no finished model.

    Args:
        known: as for `unmerged_modules`.

    Raises:
        UnsupportedError: its LoRA is unmerged.
        DamagedFileError: weights are empty.
    """
    modules = unmerged_modules(checkpoint.tensors, known)
    if modules:
        raise UnsupportedError(
            f"{checkpoint.name} is a checkpoint with its LoRA unmerged: {len(modules)} modules "
            f"have both a weight and factors or a trained copy ({modules[0]!r}), "
            "and how they belong together is not stored. Load it as it was trained, with PEFT or "
            "the trainer's own program, and save the model after merge_and_unload(), "
            "or the adapter alone with save_pretrained()."
        )
    # What no class has may be empty in the model itself; of such a model, all or most are where
    # nothing gathered the parts.
    weights = {name: each for name, each in checkpoint.tensors.items() if name.endswith(("weight", "bias"))}
    empty = [name for name, each in weights.items() if each.shape == (0,)]
    if any(name in known for name in empty) or 2 * len(empty) > len(weights):
        refuse_empty(checkpoint.name, weights)


def refuse_empty(owner: str, tensors: Mapping[str, LazyTensor]) -> None:
    """Refuse tensors that have lost their numbers.

    Raises:
        DamagedFileError: there are such.
    """
    empty = sorted(name for name, tensor in tensors.items() if tensor.shape == (0,))
    if empty:
        raise DamagedFileError(
            f"{owner}: {len(empty)} of its {len(tensors)} tensors are empty, of shape (0,) "
            f"({empty[0]!r}). {ZERO_3}"
        )
