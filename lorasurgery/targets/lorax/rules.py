"""What LoRAX does with an adapter: with each of its modules, and with the file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.targets._peft_folder import PREFIX, FactorPair, PeftScales, factor_pairs, unread_key
from lorasurgery.targets._target import AdapterHeader, Findings, Landing

LOADING, PADDING = "server/lorax_server/adapters/lora.py", "server/lorax_server/utils/punica.py"
CONVERT = "run `lorasurgery convert ADAPTER --base BASE --for lorax`"
LEAST_RANK, RANK_STEP = 8, 16
HEAD = "lm_head"


def examine(adapter: AdapterHeader, base: Checkpoint, facts: Mapping[str, Any]) -> Findings:
    """Hold a PEFT folder against a base."""
    pairs, others = factor_pairs(adapter.tensors)
    model_type = str(base.config.get("model_type"))
    if model_type not in facts["models"]:
        reason = f"no table has the layers of {model_type}"
        return Findings([Landing(pair.module, "unknown", reason=reason) for pair in pairs])
    server = _LoraxLoader(adapter.config, base, facts["models"][model_type], tuple(pairs))
    landings = [server.landing(pair) for pair in pairs] + [_other(name) for name in others]
    return Findings(landings)


def _other(name: str) -> Landing:
    """A tensor that is no pair of factors."""
    reason = "it is no factor of a low-rank change"
    return Landing(name.removeprefix(PREFIX), "ignored", "", reason, "merge it into the base", LOADING)


@dataclass(frozen=True)
class _LoraxLoader:
    """LoRAX with a base, and an adapter in hand; `table` lists the kinds of layers that take adapters."""

    config: Mapping[str, Any]
    base: Checkpoint
    table: Mapping[str, Any]
    pairs: tuple[FactorPair, ...]

    def landing(self, pair: FactorPair) -> Landing:
        """What becomes of one module."""
        kind = None if pair.is_embedding else self._kinds.get(pair.module)
        if kind is None:
            reason = "its class has no layer of this name that takes adapters"
            return Landing(pair.module, "ignored", "", reason, CONVERT, str(self.table["path"]))
        if pair.A is None or pair.B is None:
            reason = "one of its two factors is not there"
            return Landing(pair.module, "ignored", kind, reason, CONVERT, LOADING)
        if absent := self._absent(kind):
            reason = f"{absent[0]} has no factors, and a kind of layer is loaded whole or not at all"
            return Landing(pair.module, "ignored", kind, reason, CONVERT, LOADING)
        if len({padded(each.rank) for each in self._of_kind(kind)}) > 1:
            reason = "the ranks of this kind of layer differ, and its factors are stacked"
            return Landing(pair.module, "refused", kind, reason, CONVERT, LOADING)
        if reason := self._alteration(pair, kind):
            return Landing(pair.module, "altered", kind, reason, CONVERT, LOADING)
        return Landing(pair.module, "lands", pair.module)

    def _alteration(self, pair: FactorPair, kind: str) -> str:
        """Why a module that is loaded acts in another way than it was trained; empty where it does not."""
        if self.config.get("use_dora"):
            return "it is DoRA, and LoRAX takes it for plain LoRA"
        if reason := unread_key(self.config, "LoRAX"):
            return reason
        trained, taken = self._scales.trained(pair.module), self._taken[kind]
        if math.isclose(trained, taken, rel_tol=1e-9):
            return ""
        after = "by the padded rank of the layers before it" if pair.rank != padded(pair.rank) else ""
        return f"its scale is {trained:g}, and {taken:g} is taken {after}".rstrip()

    def _absent(self, kind: str) -> list[str]:
        """The layers of a kind for which the file lacks a factor."""
        held = {each.module for each in self._of_kind(kind) if each.A is not None and each.B is not None}
        return [name for name, each in self._kinds.items() if each == kind and name not in held]

    def _of_kind(self, kind: str) -> list[FactorPair]:
        return [each for each in self.pairs if self._kinds.get(each.module) == kind and not each.is_embedding]

    @cached_property
    def _scales(self) -> PeftScales:
        return PeftScales(self.config)

    @cached_property
    def _kinds(self) -> Mapping[str, str]:
        """All layers that take adapters, by name, with their kind."""
        text = self.base.config.get("text_config") or self.base.config
        count = int(text.get("num_hidden_layers") or text.get("n_layer") or 0)
        found = {
            f"{self.table['prefix']}.{layer}.{kind}": kind
            for kind in self.table["layers"]
            for layer in range(count)
        }
        return found | ({HEAD: HEAD} if self.table["head"] else {})

    @cached_property
    def _taken(self) -> Mapping[str, float]:
        """The scale of each kind, in the order in which they are loaded.

        Each kind leaves its padded rank in the config, by which the scale of the next one is computed.
        """
        alpha, rank = self.config.get("lora_alpha", math.nan), self.config.get("r", math.nan)
        found = {}
        for kind in dict.fromkeys(self._kinds.values()):
            found[kind] = alpha / (math.sqrt(rank) if self.config.get("use_rslora") else rank)
            pairs = self._of_kind(kind)
            if pairs and not self._absent(kind):
                rank = padded(pairs[0].rank)
        return found


def padded(rank: int) -> int:
    """The rank to which factors are padded with zeros; source: `utils/punica.py`, `pad_to_min_rank`."""
    return LEAST_RANK if rank <= LEAST_RANK else math.ceil(rank / RANK_STEP) * RANK_STEP
