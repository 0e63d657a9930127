"""What PEFT does with a folder of its own: with each of its modules, and with the file."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lorasurgery.architecture import Architecture, architecture_of
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.expressions import compiled
from lorasurgery.formats.peft.matching import suffix_hits
from lorasurgery.formats.peft.parameters import adapted_parameters
from lorasurgery.formats.peft.variant_readers import VARIANTS
from lorasurgery.targets._peft_folder import PREFIX, FactorPair, factor_pairs
from lorasurgery.targets._target import AdapterHeader, Findings, Landing
from lorasurgery.text import times

SOURCE = "peft/utils/save_and_load.py"
CONVERT = "run `lorasurgery convert ADAPTER --base BASE --for peft`"
# What tensors that all modules share are called after; names of modules have `model.` in between.
ROOT = "base_model."
# The parameter of torch's `nn.MultiheadAttention` that factors on the attention itself change.
ATTENTION = ".in_proj_weight"
# PEFT's wrapper around a wrapped module; around a parameter's owner it stands once for each other
# parameter of the same owner.
WRAPPED = re.compile(r"\.base_layer(?=\.|$)")


def examine(adapter: AdapterHeader, base: Checkpoint, facts: Mapping[str, Any]) -> Findings:
    """Hold a PEFT folder against the class of a base, which transformers may have to be asked for."""
    architecture = architecture_of(base)
    pairs, others = factor_pairs(adapter.tensors)
    loader = _PeftLoader(adapter.config, architecture, tuple(pair.module for pair in pairs))
    landings = [loader.landing(pair) for pair in pairs]
    landings += [loader.other(name) for name in others]
    return Findings(landings, notes=[*_notes(architecture)])


def _notes(architecture: Architecture) -> Iterator[str]:
    if architecture.origin == "transformers":
        yield f"transformers was asked for the class {architecture.class_name}, on its meta device."
    if architecture.note:
        yield architecture.note


@dataclass(frozen=True)
class _PeftLoader:
    """PEFT with a base's class, and an adapter's config in hand; `paths` are the modules of its file."""

    config: Mapping[str, Any]
    architecture: Architecture
    paths: tuple[str, ...]

    def landing(self, pair: FactorPair) -> Landing:
        """What becomes of one module, or of one parameter that is adapted without a module of its own."""
        parameter = self._parameters.get(pair.module)
        if parameter is not None:
            # All experts of a layer are one parameter, whose first dimension is their number.
            return self._on(pair, parameter, self._shapes.get(parameter, ())[-2:])
        module = WRAPPED.sub("", pair.module)
        if module not in self._modules:
            reason = "the class has no such module"
        elif module not in self._targeted:
            reason = "target_modules of its config does not hit it"
        else:
            own = (f"{module}.weight", f"{module}{ATTENTION}")
            shape = next((self._shapes[name] for name in own if name in self._shapes), ())
            # Of a kernel, the outputs and all else.
            return self._on(pair, module, (shape[0], math.prod(shape[1:])) if shape else ())
        return Landing(pair.module, "ignored", reason=reason, way_out=CONVERT, source=SOURCE)

    def other(self, name: str) -> Landing:
        """A tensor of another method, or of a whole module: it lands inside of a module of the class."""
        method = VARIANTS.get(self.config.get("peft_type", ""))
        if method is not None and name.startswith(f"{ROOT}{method.prefix}"):
            return Landing(name, "lands", "all modules share it")
        owner = module = name.removeprefix(PREFIX)
        while (owner := owner.rpartition(".")[0]) and owner not in self._modules:
            pass
        if owner:
            return Landing(module, "lands", owner)
        if name.startswith(PREFIX):
            reason = f"{self.architecture.class_name or 'the base'} has no such module"
            way_out = "name a base of the class that it was trained on"
            return Landing(module, "ignored", reason=reason, way_out=way_out, source=SOURCE)
        return Landing(module, "unknown", reason="its name does not say which module it is for")

    def _on(self, pair: FactorPair, served: str, own: tuple[int, ...]) -> Landing:
        if pair.A is None or pair.B is None:
            reason = "one of its two factors is not there, and stays as it starts"
            return Landing(pair.module, "altered", served, reason)
        widths = (pair.B.shape[0], math.prod(pair.A.shape[1:]))
        is_whole = not self.config.get("use_bdlora")  # one of BD-LoRA's factors has its blocks alone
        if own and is_whole and sorted(widths) != sorted(own):
            reason = f"it changes a matrix of {times(widths)}, and the base's is {times(own)}"
            return Landing(pair.module, "refused", served, reason, "name its own base", SOURCE)
        return Landing(pair.module, "lands", served)

    @cached_property
    def _modules(self) -> frozenset[str]:
        return frozenset(self.architecture.modules)

    @cached_property
    def _shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {
            name: each.shape for name, each in self.architecture.parameters.items() if len(each.shape) > 1
        }

    @cached_property
    def _parameters(self) -> Mapping[str, str]:
        """The parameters that names in the file stand for, by `target_parameters`."""
        targets = self.config.get("target_parameters") or ()
        return adapted_parameters(self.paths, targets, self.architecture.parameters)

    @cached_property
    def _targeted(self) -> frozenset[str]:
        """The modules that the config's targets hit, and what PEFT wraps inside of them."""
        targets = self.config.get("target_modules")
        modules: Collection[str] = self._modules
        if targets == "all-linear":
            return frozenset(modules)
        if isinstance(targets, str):
            expression = compiled(targets)
            found = {module for module in modules if expression.hits(module)}
        else:
            found = suffix_hits(targets or (), modules)
        attentions = {module for module in found if f"{module}{ATTENTION}" in self._shapes}
        return frozenset(found | {f"{module}.out_proj" for module in attentions})
