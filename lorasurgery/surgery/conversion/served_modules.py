"""Which parts of an adapter a target does not serve, and why: by its format's limits and its own facts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from lorasurgery.adapter import Adapter
from lorasurgery.checkpoint import Checkpoint, write_text
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.adapter_input.header import CONFIG, adapter_header
from lorasurgery.surgery.conversion.runtime_profiles import Profile
from lorasurgery.targets import AdapterHeader
from lorasurgery.text import SHOWN, counted, listed
from lorasurgery.variants.edit import Factors, variant_of
from lorasurgery.variants.lora import LoraFactors

# What PEFT's file calls the two parameters of fused experts.
FUSED_EXPERTS = {"gate_up_proj": ".base_layer", "down_proj": ""}
# Fates that a conversion mends (another scale), or that nobody knows.
NOT_HINDERING = ("lands", "altered", "unknown")


def unserved(adapter: Adapter, profile: Profile, base: Checkpoint | None) -> dict[str, str]:
    """The modules and parameters that the target does not serve, with the reason for each.

    Args:
        base: the model that is served; without it, names are not held against it.
    """
    found = dict(_whole_parameters(adapter, profile))
    for path, factors in adapter.modules.items():
        if reason := _shape_of_change(factors, profile):
            found[path] = reason
        elif base is None and profile.target.only_factors and adapter.host.kinds.get(path) == "embedding":
            found[path] = "it adapts an embedding, which some classes take (give --base)"
    if base is not None:
        found |= _by_landing(adapter, profile, base, found)
    return dict(sorted(found.items()))


def _whole_parameters(adapter: Adapter, profile: Profile) -> Iterator[tuple[str, str]]:
    if not profile.target.only_factors:
        return
    taken = profile.facts["adapter"].get("modules_to_save") or ()
    for name in (*adapter.replaced, *adapter.token_rows):
        module = name.rpartition(".")[0] if name in adapter.replaced else name
        if module.rpartition(".")[2] not in taken:
            yield name, "it brings whole parameters, which must be merged into the base"


def _shape_of_change(factors: Factors, profile: Profile) -> str:
    if profile.target.only_lora and not isinstance(factors, LoraFactors):
        return f"it is {variant_of(factors)} and not plain LoRA (convert it --to lora)"
    if profile.target.only_factors and getattr(factors, "bias", None) is not None:
        return "it adds biases, which must be merged into the base"
    return ""


def _by_landing(
    adapter: Adapter, profile: Profile, base: Checkpoint, known: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """What the target's own rules say of the file that would be written."""
    plain = {path: each for path, each in adapter.modules.items() if isinstance(each, LoraFactors)}
    paths = {_name_in_file(path, each): path for path, each in plain.items() if path not in known}
    if not paths or profile.format != "peft" or not profile.target.only_factors:
        return
    rank = max(plain[path].rank for path in paths.values())
    endings = sorted({name.rpartition(".")[2] for name in paths})
    config = {"r": rank, "lora_alpha": rank, "target_modules": endings}
    tensors: dict[str, LazyTensor] = {}
    for name, path in paths.items():
        tensors |= _tensors(name, plain[path], rank, is_embedding=adapter.host.kinds.get(path) == "embedding")
    header = AdapterHeader(Path("adapter"), "peft", tensors, config)
    for landing in profile.target.examine(header, base, profile.facts).landings:
        if landing.fate not in NOT_HINDERING:
            yield paths[landing.module], landing.reason


def _name_in_file(path: str, factors: LoraFactors) -> str:
    owner, _, parameter = path.rpartition(".")
    is_fused = len(factors.A.shape) == 3 and parameter in FUSED_EXPERTS
    return owner + FUSED_EXPERTS[parameter] if is_fused else path


def _tensors(name: str, factors: LoraFactors, rank: int, *, is_embedding: bool) -> dict[str, LazyTensor]:
    """The two tensors of a module as PEFT's file has them, with their ranks as they will be padded."""
    A, B = factors.A, factors.B
    if len(A.shape) == 2:
        A, B = A.padded(rank, A.shape[1]), B.padded(B.shape[0], rank)
    if is_embedding:
        return {f"{name}.lora_embedding_A": A, f"{name}.lora_embedding_B": B}
    return {f"{name}.lora_A.weight": A, f"{name}.lora_B.weight": B}


def refuse_unserved(adapter: Adapter, profile: Profile, base: Checkpoint | None) -> None:
    """Refuse what the target does not serve whole, with all reasons at once.

    Raises:
        UnsupportedError: some of it is not served.
    """
    by_reason: dict[str, list[str]] = {}
    for name, reason in unserved(adapter, profile, base).items():
        by_reason.setdefault(reason, []).append(name)
    if by_reason:
        reasons = "; ".join(f"{reason}: {listed(names)}" for reason, names in by_reason.items())
        raise UnsupportedError(
            f"{profile.name} cannot take this adapter: {reasons}. Leave this out with --exclude, or merge "
            "it into a base of its own with --bake-rest."
        )


def spell_targets(folder: Path, profile: Profile) -> None:
    """List the target modules in a config that is already written, for runtimes that take no expression."""
    path = folder / CONFIG
    if not profile.target.lists_targets or not path.is_file():
        return
    config = json.loads(path.read_bytes())
    if isinstance(config.get("target_modules"), str):
        names = adapter_header(folder, profile.format).tensors
        modules = {name.removeprefix("base_model.model.").rpartition(".lora_")[0] for name in names}
        write_text(path, json.dumps(config | {"target_modules": sorted(modules)}, indent=2) + "\n")


def unchecked(profile: Profile) -> str:
    """Say that names cannot be held against a target where the model that is served is not known."""
    return f"not checked against {_name(profile)}: that needs --base, the model that is served"


def _name(profile: Profile) -> str:
    return f"{profile.target.title} {profile.facts['source']['version']}"


def proven_there(path: Path, profile: Profile, base: Checkpoint) -> list[str]:
    """Hold what was written against the target's rules once more, as a file; say what they give.

    Raises:
        UnsupportedError: some of it does not land.
    """
    name = _name(profile)
    findings = profile.target.examine(adapter_header(path, profile.format), base, profile.facts)
    missing = [each for each in findings.landings if each.fate not in ("lands", "unknown")]
    reasons = [each.reason for each in findings.refusals]
    reasons += [f"{each.module} is {each.fate}: {each.reason}" for each in missing[:SHOWN]]
    if reasons:
        raise UnsupportedError(f"{name} would not serve this adapter whole: {'; '.join(reasons)}.")
    unknown = [each for each in findings.landings if each.fate == "unknown"]
    if unknown:
        modules = counted(len(unknown), "module")
        return [f"{modules} of {len(findings.landings)} not checked against {name}: {unknown[0].reason}"]
    start = f"; start it with {' '.join(findings.options)}" if findings.options else ""
    return [f"all modules land in {name}{start}"]
