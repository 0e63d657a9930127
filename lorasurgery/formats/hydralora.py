"""Read HydraLoRA: a folder of its authors' branch of PEFT; per module one A, several B, a gate.

    <module>.lora_A.weight (r, in)
    <module>.lora_B0.weight, .lora_B1.weight, … (out, r)
    <module>.lora_route.weight (n, in)

    y = W x + alpha / r · Σ ωᵢ(x) Bᵢ A x,   ω = softmax(route x)

A gate that looks at x cannot be merged into a weight. One that is zero gives every B the same
share, whatever x is: ΔW = alpha / r · (Σ Bᵢ / n) A, exactly and without more ranks.

Source: Tian et al., "HydraLoRA", 2024, arXiv 2404.19245, and its code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import DamagedFileError, SurgeryError, UnreadableError, UnsupportedError
from lorasurgery.formats._format import Format
from lorasurgery.formats._state_dict import names_in
from lorasurgery.formats.peft import reader
from lorasurgery.formats.peft.config import read_config
from lorasurgery.lazy import LazyTensor
from lorasurgery.text import listed
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from torch import Tensor

KEY = re.compile(r"(.+)\.lora_(A|route|B(\d{1,9}))\.weight")


def recognise(path: Path) -> Path | None:
    """Find the folder where PEFT's file has a `lora_route`."""
    try:
        folder = reader.find(path)
        # The names are looked at first, which formats share: PEFT's files of experts have 100,000.
        is_like = folder is not None and any(".lora_route." in name for name in _names_in(folder))
        names = reader.by_own_names(folder) if folder is not None and is_like else {}
    except UnreadableError:
        raise
    except SurgeryError:  # PEFT's own reader says what is wrong
        return None
    return folder if any(name.endswith(".lora_route.weight") for name in names) else None


def _names_in(folder: Path) -> frozenset[str]:
    place = reader.place_of(folder)[0]
    file = next((place / name for name in reader.WEIGHTS_FILES if (place / name).is_file()), None)
    return names_in(file) if file else frozenset()


def read(path: Path, host: Host | None = None) -> Adapter:
    """Read an adapter: the gates are read, the factors are not.

    Raises:
        DamagedFileError: a module lacks its A, its gate or a B.
        UnsupportedError: a gate looks at its input, or the file has more than factors.
    """
    config = read_config(path)
    tensors = reader.by_own_names(path)
    strange = [name for name in tensors if KEY.fullmatch(name) is None]
    if strange:
        raise UnsupportedError(f"{path} has {listed(sorted(strange))} in addition to HydraLoRA's factors.")
    stored: dict[str, dict[str, LazyTensor]] = {}
    for name, tensor in tensors.items():
        module, part, _ = _parts(name)
        stored.setdefault(module, {})[part] = tensor
    alpha = float(1 if config.get("lora_alpha") is None else config["lora_alpha"])
    modules = {module: _factors(path, module, held, alpha) for module, held in sorted(stored.items())}
    return Adapter(
        host=host
        or Host(
            modules=(),
            task_type=config.get("task_type"),
            base_name=config.get("base_model_name_or_path"),
        ),
        modules=modules,
    )


def _parts(name: str) -> tuple[str, str, str | None]:
    found = KEY.fullmatch(name)
    assert found is not None
    return found[1], found[2], found[3]


def _factors(path: Path, module: str, held: dict[str, LazyTensor], alpha: float) -> LoraFactors:
    route, A = held.get("route"), held.get("A")
    count = route.shape[0] if route and route.shape else 0
    found = [B for index in range(min(count, len(held))) if (B := held.get(f"B{index}")) is not None]
    if A is None or route is None or not found or len(found) != count or len(held) != count + 2:
        raise DamagedFileError(
            f"{path}: {module!r} lacks its lora_A, its lora_route, or one lora_B for each of its rows."
        )
    sides = (A.shape, found[0].shape)
    if (
        any(len(shape) != 2 for shape in sides)
        or not A.shape[0]
        or any(B.shape != (found[0].shape[0], A.shape[0]) for B in found)
    ):
        raise DamagedFileError(f"{path}: the factors of {module!r} do not fit together.")
    if bool(route.read().ne(0).any()):
        raise UnsupportedError(
            f"The gate of {module!r} depends on its input, and merged weights are the same for every "
            "input. Only HydraLoRA adapters whose gates are constant "
            "(lora_route is zero) are plain LoRA."
        )
    return LoraFactors(A, _mean(found), alpha / A.shape[0])


def _mean(heads: Sequence[LazyTensor]) -> LazyTensor:
    """Average the B (out, r) of all heads in float64, rounded once."""
    dtype = heads[0].dtype

    def read() -> Tensor:
        import torch

        return torch.stack([B.read().double() for B in heads]).mean(0).to(dtype.torch)

    return LazyTensor(heads[0].shape, dtype, read)


FORMAT = Format(
    name="hydralora",
    recognise=recognise,
    read=read,
)
