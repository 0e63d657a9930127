"""Find which parameters the keys of `target_parameters` are for, and their factors.

PEFT's keys name the owner of a parameter and not the parameter. Of several parameters of one owner,
the one that the model registers first is the innermost wrapper, and each wrapper around it adds one
`base_layer` to its keys (see `layout`). Source: PEFT 0.21.2, `tuners/lora/layer.py`.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from lorasurgery.adapter import Host
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.formats.peft.expert_stack import ExpertStack
from lorasurgery.formats.peft.experts import UnstackedExperts, unstacked
from lorasurgery.formats.peft.matching import suffix_hits
from lorasurgery.formats.peft.module_tensors import PeftModuleTensors
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors

Make = Callable[[PeftModuleTensors], Factors]


def factors_of(
    folder: Path,
    stored: Mapping[str, PeftModuleTensors],
    make: Make,
    config: Mapping[str, Any],
    host: Host | None,
    experts_order: str | None,
) -> tuple[dict[str, Factors], UnstackedExperts]:
    """Return the factors by module, and what the user should know of fused experts among them.

    Args:
        make: reads one module's tensors.
        host: the model, without which the keys of parameters have no meaning.
        experts_order: see `experts`.

    Raises:
        UnsupportedError: parameters are adapted, and the model is not known; or a variant on
            experts that nobody knows.
    """
    targets: list[str] = config.get("target_parameters") or []
    owners = [path for path in stored if _may_own(_module(path), targets)]
    if host is None and owners:
        raise UnsupportedError(
            f"{folder} adapts parameters (target_parameters: {', '.join(targets)[:80]}), and only the "
            "model says which parameter each of its keys means and "
            "how many experts that holds; give the model that it is for (BASE, or --base BASE), or merge "
            "it first."
        )
    names = adapted_parameters(stored, targets, host.parameters) if host else {}
    modules: dict[str, Factors] = {}
    stacks = []
    for path, each in stored.items():
        name = names.get(path)
        if host is None or name is None:
            modules[_module(path)] = make(each)
            continue
        # PEFT's patterns are for the parameter's name, which the keys do not have.
        own = dataclasses.replace(each, path=name)
        factors = make(_flat(own, host.experts[name]) if name in host.experts else own)
        if name in host.experts:
            stacks.append(_stack(factors, name, host, config))
        else:
            modules[_owner_of(name, host)] = _of_matrix(factors, name, host)
    experts = unstacked(stacks, folder, config, experts_order)
    return {**modules, **experts.factors}, experts


def _flat(stored: PeftModuleTensors, experts: int) -> PeftModuleTensors:
    """Flatten factors in vLLM's form, A (E, r, in) and B (out, r, E): the same elements in PEFT's order.

    Source: vllm-project/vllm, `vllm/lora/model_manager.py` (`_stack_moe_lora_weights`), which reads B
    as (out, r, E), flat or not.
    """
    A, B = stored.optional("lora_A"), stored.optional("lora_B")
    if A is None or B is None or (len(A.shape), len(B.shape)) != (3, 3):
        return stored
    if A.shape[0] != experts or B.shape[2] != experts or A.shape[1] != B.shape[1]:
        raise UnsupportedError(
            f"The factors of {stored.path!r} are {A.shape} and {B.shape}; of its {experts} experts, "
            "(experts, ranks, inputs) and (outputs, ranks, experts) are known."
        )
    flat = {"lora_A.weight": A.viewed((experts * A.shape[1], A.shape[2]))}
    flat["lora_B.weight"] = B.viewed((B.shape[0], B.shape[1] * experts))
    others = {name: each for name, each in stored.tensors.items() if not re.match(r"lora_[AB](\.|$)", name)}
    return dataclasses.replace(stored, tensors=others | flat)


def _may_own(module: str, targets: list[str]) -> bool:
    """Whether a parameter that `target_parameters` hits may be a module's own."""
    owners = [target.rpartition(".")[0] for target in targets]
    return "" in owners or bool(suffix_hits(owners, [module]))


def _module(path: str) -> str:
    """Return the module's own path, without the `base_layer` that PEFT's wrappers add."""
    return re.sub(r"\.base_layer(?=\.|$)", "", path)


def adapted_parameters(
    paths: Iterable[str], targets: Collection[str], parameters: Collection[str]
) -> dict[str, str]:
    """Map paths in a file to the parameters of a model that they adapt, by `target_parameters`.

    Args:
        parameters: of the model, in its order.

    Raises:
        DamagedFileError: an owner has more factors than adapted parameters.
    """
    hit = suffix_hits(targets, parameters)
    order = [name for name in parameters if name in hit]
    names = {}
    for path in paths:
        owner = _module(path)
        mine = [name for name in order if name.rpartition(".")[0] == owner]
        depth = len(path.split(".base_layer")) - 1
        if mine and depth >= len(mine):
            raise DamagedFileError(
                f"The file has factors for {depth + 1} parameters of {owner!r} or more, and "
                f"target_parameters names {len(mine)} of them ({', '.join(mine)})."
            )
        if mine:
            names[path] = mine[len(mine) - 1 - depth]
    return names


def _owner_of(name: str, host: Host) -> str:
    """Return the module whose weight a parameter is, if any, such as a router; fused parameters have none."""
    owner = name.removesuffix(".weight")
    return owner if owner in host.kinds or owner in host.module_set else name


def _stack(factors: Factors, name: str, host: Host, config: Mapping[str, Any]) -> ExpertStack:
    if not isinstance(factors, LoraFactors):
        raise UnsupportedError(f"{name!r} holds all experts of a layer, for which only plain LoRA is known.")
    experts = host.experts[name]
    scale = _scale_of_one(factors.scale, experts, is_root=bool(config.get("use_rslora")))
    one = dataclasses.replace(factors, scale=scale)
    return ExpertStack(name, experts, host.shapes.get(name), name in host.transposed, one)


def _of_matrix(factors: Factors, name: str, host: Host) -> Factors:
    """Orient the factors of a matrix: PEFT's product has the parameter's shape, ours (out, in)."""
    if _owner_of(name, host) not in host.transposed:
        return factors
    if not isinstance(factors, LoraFactors):
        raise UnsupportedError(
            f"{name!r} is a parameter stored (in, out), for which only plain LoRA is known."
        )
    return dataclasses.replace(factors, A=factors.B.T, B=factors.A.T)


def _scale_of_one(scale: float, experts: int, *, is_root: bool) -> float:
    """Correct a scale that was divided by the ranks of all experts (or the root): PEFT divides by one's."""
    return scale * (math.sqrt(experts) if is_root else experts)
