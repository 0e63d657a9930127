"""What mlx-lm does with an adapter: with each of its modules, and with the file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.formats.mlx.tensor_names import COMMON, HALVES, INNER_MODEL, LAYER, RENAMED, TURNED_EXPERTS
from lorasurgery.lazy import LazyTensor
from lorasurgery.targets._target import AdapterHeader, FileRefusal, Findings, Landing
from lorasurgery.text import times

SOURCE = "mlx_lm/tuner/utils.py"
CONVERT = "run `lorasurgery convert ADAPTER --base BASE --for mlx`"
LEAVE_OUT = "save the adapter without it"
STACKED = (*HALVES, "down_proj")
PARTS = ("lora_a", "lora_b", "m")
NEEDED = ("rank", "scale", "dropout")


def examine(adapter: AdapterHeader, base: Checkpoint, facts: Mapping[str, Any]) -> Findings:
    """Hold mlx-lm's folder against a base, by the facts of one release."""
    loader = _Loader(adapter.config, base, adapter.tensors, bool(facts["adapter"]["refuses_strangers"]))
    if adapter.config.get("fine_tune_type") == "full":
        return Findings(
            [Landing(name, "unknown", reason="full fine-tunes are not looked at") for name in adapter.tensors]
        )
    parts = {name: name.rpartition(".")[2] for name in adapter.tensors}
    modules = sorted({name.rpartition(".")[0] for name, part in parts.items() if part in PARTS})
    landings = [loader.landing(module) for module in modules]
    landings += [loader.stranger(name) for name, part in sorted(parts.items()) if part not in PARTS]
    return Findings(landings, [*_config_refusals(adapter.config)])


def _config_refusals(config: Mapping[str, Any]) -> Iterator[FileRefusal]:
    parameters = config.get("lora_parameters")
    held: Collection[str] = parameters if isinstance(parameters, Mapping) else ()
    missing = [key for key in NEEDED if key not in held]
    missing += [] if "num_layers" in config else ["num_layers"]
    if missing:
        yield FileRefusal(f"its config lacks {', '.join(missing)}", CONVERT, SOURCE)


@dataclass(frozen=True)
class _Loader:
    """mlx-lm with a base, and an adapter in hand."""

    config: Mapping[str, Any]
    base: Checkpoint
    tensors: Mapping[str, LazyTensor]
    refuses_strangers: bool

    def stranger(self, name: str) -> Landing:
        """What becomes of a tensor that no low-rank layer has."""
        fate = "refused" if self.refuses_strangers else "ignored"
        reason = "no layer has a tensor of this name"
        return Landing(name, fate, reason=reason, way_out=LEAVE_OUT, source=SOURCE)  # type: ignore[arg-type]

    def landing(self, module: str) -> Landing:
        """What becomes of one module."""
        if module not in self._places and COMMON.fullmatch(module) is None:
            return Landing(module, "unknown", reason="mlx-lm has names of its own for such layers")
        if reason := self._no_place(module):
            fate = "refused" if self.refuses_strangers else "ignored"
            return Landing(module, fate, reason=reason, way_out=CONVERT, source=SOURCE)  # type: ignore[arg-type]
        A, B = (self.tensors.get(f"{module}.{part}") for part in ("lora_a", "lora_b"))
        if A is None or B is None:
            return Landing(module, "altered", module, "one of its two factors is not there, and stays random")
        rank = self.config.get("lora_parameters", {}).get("rank")
        if A.shape[-1] != rank and len(A.shape) == 2:
            reason = f"its rank is {A.shape[-1]}, and the config says {rank}"
            return Landing(module, "refused", module, reason, CONVERT, SOURCE)
        if module in self._experts:
            return Landing(module, "lands", module)
        shape, widths = self._matrices[module].shape, (B.shape[-1], A.shape[0])
        if len(shape) == 2 == len(A.shape) and self._has_numbers(module) and sorted(shape) != sorted(widths):
            reason = f"it changes a matrix of {times(widths)}, and the base's is {times(shape)}"
            return Landing(module, "refused", module, reason, "name its own base", SOURCE)
        return Landing(module, "lands", module)

    def _no_place(self, module: str) -> str:
        """Why no low-rank layer is put where a module would go; empty where one is."""
        if module not in self._places:
            return "the model has no layer of this name"
        keys = self.config.get("lora_parameters", {}).get("keys")
        if keys is not None and module in keys:
            return ""
        match = LAYER.fullmatch(module)
        if match is None:
            return "keys of its config does not list it"
        if int(match[2]) < self._layers - max(int(self.config.get("num_layers", 0)), 0):
            return f"num_layers of its config leaves out layer {match[2]}"
        return "" if keys is None or match[3] in keys else "keys of its config does not list it"

    def _has_numbers(self, module: str) -> bool:
        tensor = self._matrices[module]
        return tensor.dtype.is_floating_point and tensor.quantised is None

    @cached_property
    def _places(self) -> frozenset[str]:
        """All modules that a low-rank layer can be put around."""
        return frozenset(self._matrices) | self._experts

    @cached_property
    def _experts(self) -> frozenset[str]:
        """The stacks that mlx-lm makes of the experts of a layer, whichever way the base's file has them."""
        if self.base.config.get("model_type") in TURNED_EXPERTS:
            return frozenset()
        layers = {name.partition(".experts.")[0] for name in self._matrices if ".experts." in f"{name}."}
        return frozenset(
            f"{layer.removesuffix('.experts')}.switch_mlp.{part}" for layer in layers for part in STACKED
        )

    @cached_property
    def _matrices(self) -> Mapping[str, LazyTensor]:
        """The base's matrices under mlx-lm's names."""
        model_type = str(self.base.config.get("model_type"))
        renaming = [*RENAMED.get(model_type, ())]
        if "text_config" in self.base.config:
            renaming += INNER_MODEL
        found = {}
        for name, tensor in self.base.tensors.items():
            if len(tensor.shape) > 1:
                found[_renamed(name.rpartition(".")[0], renaming)] = tensor
        return found

    @cached_property
    def _layers(self) -> int:
        """The number of the model's layers."""
        numbers = [int(match[2]) for name in self._matrices if (match := LAYER.fullmatch(name))]
        return 1 + max(numbers, default=-1)


def _renamed(name: str, renaming: Collection[tuple[str, str]]) -> str:
    for old, new in renaming:
        name = re.sub(old, new, name)
    return name
