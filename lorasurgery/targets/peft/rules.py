"""What PEFT does with a folder of its own: with each of its modules, and with the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lorasurgery.architecture import architecture_of
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.expressions import compiled
from lorasurgery.formats.peft.matching import suffix_hits
from lorasurgery.targets._peft_folder import PREFIX, FactorPair, factor_pairs
from lorasurgery.targets._target import AdapterHeader, Findings, Landing
from lorasurgery.text import times

SOURCE = "peft/utils/save_and_load.py"
CONVERT = "convert it --for peft with its --base"


def examine(adapter: AdapterHeader, base: Checkpoint, facts: Mapping[str, Any]) -> Findings:
    """Hold a PEFT folder against the class of a base, which transformers may have to be asked for."""
    architecture = architecture_of(base)
    shapes = {each.module: each.shape for each in architecture.parameters.values() if len(each.shape) == 2}
    pairs, others = factor_pairs(adapter.tensors)
    targeted = _targeted(adapter.config, [*architecture.modules])
    landings = [_landing(pair, shapes, targeted) for pair in pairs]
    known = frozenset(architecture.modules)
    return Findings([*landings, *(_other(name.removeprefix(PREFIX), known) for name in others)])


def _other(name: str, modules: frozenset[str]) -> Landing:
    """A tensor of another method, or a whole module: it lands where it is inside of a module of the class."""
    owner = name
    while (owner := owner.rpartition(".")[0]) and owner not in modules:
        pass
    if owner:
        return Landing(name, "lands", owner)
    return Landing(name, "unknown", reason="its name does not say which module it is for")


def _targeted(config: Mapping[str, Any], modules: list[str]) -> frozenset[str]:
    """The modules that the config's targets hit."""
    targets = config.get("target_modules")
    if isinstance(targets, str):
        if targets == "all-linear":
            return frozenset(modules)
        expression = compiled(targets)
        return frozenset(module for module in modules if expression.hits(module))
    return frozenset(suffix_hits(targets or (), modules))


def _landing(pair: FactorPair, shapes: Mapping[str, tuple[int, ...]], targeted: frozenset[str]) -> Landing:
    if pair.module not in shapes and pair.module.endswith((".experts", ".base_layer")):
        return Landing(pair.module, "unknown", reason="adapters on parameters are not looked at here")
    if pair.module not in shapes:
        return Landing(
            pair.module, "ignored", reason="the class has no such module", way_out=CONVERT, source=SOURCE
        )
    if pair.module not in targeted:
        reason = "target_modules of its config does not hit it"
        return Landing(pair.module, "ignored", reason=reason, way_out=CONVERT, source=SOURCE)
    widths, shape = pair.widths, shapes[pair.module]
    if widths is None:
        return Landing(
            pair.module, "altered", reason="one of its two factors is not there, and stays as it starts"
        )
    if sorted(widths) != sorted(shape):
        reason = f"it changes a matrix of {times(widths)}, and the base's is {times(shape)}"
        return Landing(pair.module, "refused", reason=reason, way_out="name its own base", source=SOURCE)
    return Landing(pair.module, "lands", pair.module)
