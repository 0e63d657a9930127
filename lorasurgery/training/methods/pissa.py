"""PiSSA: LoRA that begins with the leading singular triplets of W, and trains those instead of
noise (Meng et al., 2024, arXiv 2404.02948). By our own SVD.

    W = W_res + s · B₀ A₀,  B₀ = U √(S/s),  A₀ = √(S/s) Vᵀ;    trained: W_res + s · B A

What is written is a plain LoRA of twice the rank for the base as it is, ΔW = s [B, −B₀] [A; A₀]:
nothing has to be done to the base before it is loaded, and it merges, re-ranks and fuses like any
other.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.formats.peft import WEIGHTS_FILE
from lorasurgery.formats.peft.config import CONFIG_FILE
from lorasurgery.training.kinds._task import Task
from lorasurgery.training.methods import _peft
from lorasurgery.training.methods._trained import TrainableModel
from lorasurgery.training.models import LoadedModel
from lorasurgery.training.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor


def build(loaded: LoadedModel, tasks: Mapping[str, Task], recipe: Recipe) -> TrainableModel:
    """A LoRA on every target that holds the leading part of its weight, and a base without that part."""
    import peft

    modules, is_outline = _peft.chosen(loaded, recipe), loaded.is_outline
    shared = _peft.settings(_peft.one_of(tasks), loaded.heads, modules, recipe)
    model = _peft.wrapped(loaded, peft.LoraConfig(r=recipe.rank, **shared))
    layers: dict[str, Any] = {name: each for name, each in model.named_modules() if hasattr(each, "lora_A")}
    # An outline has no numbers to decompose.
    begun = {} if is_outline else {name: _moved(layer) for name, layer in layers.items()}
    trained = _peft.trained(model, modules)

    def save(folder: Path) -> None:
        trained.save(folder)
        _relative_to_the_base(folder, begun)

    return dataclasses.replace(trained, save=save)


def _moved(layer: Any) -> tuple[Tensor, Tensor]:
    """Move the leading triplets of a layer's weight into its factors; give (A₀, B₀)."""
    import torch

    from lorasurgery.linalg.device_matrix import DeviceMatrix
    from lorasurgery.linalg.factors import balanced
    from lorasurgery.linalg.rank_rules import fixed
    from lorasurgery.linalg.svd import truncated_svd

    weight, scale = layer.get_base_layer().weight, layer.scaling[_peft.ADAPTER]
    A, B = layer.lora_A[_peft.ADAPTER].weight, layer.lora_B[_peft.ADAPTER].weight
    with torch.no_grad():
        # transformers' Conv1D stores (in, out).
        stored = weight.T if layer.fan_in_fan_out else weight
        rank, D = fixed(min(A.shape[0], *stored.shape)), stored.detach().float().contiguous()
        held = DeviceMatrix(D) if D.device.type != "cpu" else D.numpy()
        found = truncated_svd(held, rank, seed=0)
        factors = map(torch.from_numpy, balanced(found.U, found.S, found.V))
        A0, B0 = (each.to(D.device) / scale**0.5 for each in factors)
        A.zero_()[: A0.shape[0]] = A0
        B.zero_()[:, : B0.shape[1]] = B0
        stored -= scale * (B @ A)
    return A.detach().clone(), B.detach().clone()


def _relative_to_the_base(folder: Path, begun: Mapping[str, tuple[Tensor, Tensor]]) -> None:
    """Add what was taken out, with its sign turned, to the factors in a folder."""
    import torch
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / WEIGHTS_FILE)
    for name, (A0, B0) in begun.items():
        A, B = f"{name}.lora_A.weight", f"{name}.lora_B.weight"
        tensors[A] = torch.cat([tensors[A], A0.cpu()])
        tensors[B] = torch.cat([tensors[B], -B0.cpu()], dim=1)
    save_file(tensors, folder / WEIGHTS_FILE, {"format": "pt"})
    path = folder / CONFIG_FILE
    config = json.loads(path.read_text(encoding="utf-8"))
    _peft.tidy(folder, {"r": 2 * config["r"], "lora_alpha": 2 * config["lora_alpha"]})
