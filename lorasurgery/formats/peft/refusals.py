"""What of an adapter PEFT's files cannot carry.

Source: PEFT 0.21.2, `tuners/trainable_tokens/layer.py`, `utils/save_and_load.py`.
"""

from __future__ import annotations

from lorasurgery.adapter import Adapter, Host
from lorasurgery.formats._module_rules import module_refusal, tied_partner
from lorasurgery.formats.peft import attention
from lorasurgery.formats.peft.matching import ending_in


def refusals(adapter: Adapter) -> list[str]:
    """Say what of an adapter PEFT cannot carry."""
    said = []
    kinds = {type(factors) for factors in adapter.modules.values()}
    if len(kinds) > 1:
        said.append(
            "PEFT has one method for all modules of an adapter, and this one has several; convert it to lora."
        )
    said += _by_column(adapter)
    said += attention.refusals(adapter)
    if not adapter.host.modules:
        if (adapter.replaced or adapter.token_rows) and not is_of_peft(adapter):
            said.append("It has full parameters, for which PEFT needs the model's names; give --base.")
        if "experts" in adapter.host.kinds.values():
            said.append(
                "It has stacked experts, which PEFT's keys describe too little to be read back; give --base."
            )
        return said
    refused = [
        reason for path in adapter.modules if (reason := module_refusal(adapter.host, path)) is not None
    ]
    refused += [
        reason
        for path in adapter.token_rows
        if (reason := token_rows_refusal(adapter.host, path)) is not None
    ]
    return said + refused


def _by_column(adapter: Adapter) -> list[str]:
    """Refuse DoRA by column: PEFT has a magnitude per row of a layer, per column only of an embedding."""
    found = [
        path
        for path, factors in sorted(adapter.modules.items())
        if getattr(factors, "by_column", False) and adapter.host.kinds.get(path) != "embedding"
    ]
    if not found:
        return []
    return [
        (
            f"{found[0]!r} ({len(found)} in all) is DoRA with a magnitude for each column, and PEFT's has "
            "one "
            "for each row; convert it to lora."
        )
    ]


def is_of_peft(adapter: Adapter) -> bool:
    return adapter.source is not None and adapter.source.format == "peft"


def token_rows_refusal(host: Host, path: str) -> str | None:
    """Say why PEFT cannot replace single rows of this module's weight; None where it can.

    PEFT's layer for token rows multiplies with the weight alone; it drops the bias of a head, be it
    the module's own or that of a head tied to it. And it finds ties by the outermost class: of
    those that only a class inside declares, as that inside `T5ForSequenceClassification` does, the
    other modules would keep the old rows until merged.
    """
    names = {*host.parameters, *host.tied}
    for module in (path, tied_partner(host, path)):
        if module is not None and f"{module}.bias" in names:
            return f"PEFT drops the bias of '{module}' where token rows of '{path}' are replaced"
    if _is_tied_inside_a_part(host, path):
        return (
            f"PEFT may not see that '{path}' shares its weight, since all that share it are inside one "
            "part of the model"
        )
    if set(ending_in(host.modules)(path)) != {path}:
        return f"PEFT would replace token rows of every module whose path ends in '{path}'"
    return None


def _is_tied_inside_a_part(host: Host, path: str) -> bool:
    weight = f"{path}.weight"
    kept = host.tied.get(weight, weight)
    group = [kept, *(alias for alias, name in host.tied.items() if name == kept)]
    return len(group) > 1 and len({name.partition(".")[0] for name in group}) == 1
