"""PEFT's rules on which modules may have low-rank factors; every written format keeps them.

Source: PEFT 0.21.2, `tuners/tuners_utils.py`, `tuners/lora/layer.py`.
"""

from __future__ import annotations

import re

from lorasurgery.adapter import PARAMETER_KINDS, Host

# `tuners_utils._check_lora_target_modules_mamba`, by class instead of model type.
FORBIDDEN_IN_MAMBA = ("out_proj", "conv1d")
MAMBA_CLASSES = ("FalconH1", "FalconMamba", "Mamba", "NemotronH")

# A projection of one of several experts.
OF_ONE_EXPERT = re.compile(r"\.experts\.\d+\.")


# Queries, keys and values of torch's MultiheadAttention, which no layer owns.
PACKED_PROJECTION = ".in_proj_weight"


def module_refusal(host: Host, path: str) -> str | None:
    """Say why PEFT cannot hold low-rank factors for this module, or None where it can.

    Two modules that share one weight cannot have any. While loaded, each needs all of ΔW; merging
    adds what each of them has to the one tensor that they share. Both are right only for ΔW = 0, so
    `replaced` must carry the weight.

    What the host does not show is not checked: convolutions in groups, dilated or padded otherwise
    than with zeros, the projections inside torch's MultiheadAttention, and layers whose model asks
    them for more than a forward pass (Whisper's `conv1.stride`) cannot have factors in PEFT either.
    """
    if path.endswith(PACKED_PROJECTION):
        return f"'{path}' is a parameter inside of an attention layer, and PEFT has factors for the layer"
    partner = tied_partner(host, path)
    if partner is not None:
        return (
            f"'{path}' shares its weight with '{partner}': PEFT would apply the change once or twice, "
            "which is never right for both"
        )
    if has_fused_experts(host) and OF_ONE_EXPERT.search(path) and path not in host.module_set:
        return (
            f"this model's class holds all experts in one parameter, and '{path}' is one of them; put them "
            "together (`convert --pack experts`)"
        )
    if host.modules and path not in host.module_set and path not in host.parameter_set:
        return (
            f"this model's class has no module '{path}'; split or pack it as the class has it (`convert "
            "--split`, `--pack`), or merge the adapter"
        )
    if _is_forbidden(host, path):
        return (
            f"PEFT raises an error for LoRA on '{path}' of a Mamba model, whose fast kernels bypass the layer"
        )
    return _parameter_refusal(host, path) if host.kinds.get(path) in PARAMETER_KINDS else None


def _is_forbidden(host: Host, path: str) -> bool:
    name = path.removesuffix(".weight").rpartition(".")[2]
    return name in FORBIDDEN_IN_MAMBA and (host.class_name or "").startswith(MAMBA_CLASSES)


def _parameter_refusal(host: Host, path: str) -> str | None:
    if "conv1d" in host.kind_names:
        return "PEFT's wrapper for parameters does not work together with GPT-2's Conv1D (fan_in_fan_out)"
    owner = path.rpartition(".")[0]
    if not owner:
        return f"PEFT cannot wrap '{path}', which belongs to the model itself and not to a module of it"
    inner = host.first_inside.get(owner)
    if inner is not None:
        return f"PEFT would wrap '{owner}' for it, and then not merge inside it '{inner}'"
    return None


def tied_partner(host: Host, path: str) -> str | None:
    weight = f"{path}.weight"
    partner = host.tied.get(weight) or host.aliases.get(weight)
    return partner and partner.removesuffix(".weight")


def has_fused_experts(host: Host) -> bool:
    return "experts.gate_up_proj" in host.parameter_endings
