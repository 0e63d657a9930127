"""What SGLang does with an adapter: with each of its modules, and with the file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.lazy import LazyTensor
from lorasurgery.targets._peft_folder import PREFIX, TOWERS, FactorPair, PeftScales, factor_pairs, unread_key
from lorasurgery.targets._target import AdapterHeader, FileRefusal, Findings, Landing
from lorasurgery.text import times

LOADING, CONFIG, POOL = (
    "sglang/srt/lora/lora.py",
    "sglang/srt/lora/lora_config.py",
    "sglang/srt/lora/mem_pool.py",
)
CONVERT = "run `lorasurgery convert ADAPTER --base BASE --for sglang`"
# Where a layer's number stands in a name.
LAYER = re.compile(r"(?P<owner>.*?)layers\.(?P<number>\d+)\.(?P<inner>.+)")
EXPERT = re.compile(r"experts\.\d+\.")


def examine(adapter: AdapterHeader, base: Checkpoint, facts: Mapping[str, Any]) -> Findings:
    """Hold a PEFT folder against a base, by the facts of one release."""
    pairs, others = factor_pairs(adapter.tensors)
    server = _Server(adapter.config, base, facts, tuple(pairs))
    refusals = [*_config_refusals(adapter, facts["adapter"]), *server.incomplete_packs()]
    landings = [server.landing(pair) for pair in pairs] + [*_other_tensors(others)]
    most = max((pair.rank for pair in pairs), default=0)
    options = ["--enable-lora", f"--max-lora-rank {most}"]
    if isinstance(adapter.config.get("target_modules"), str):
        options.append("--lora-target-modules all")
    return Findings(landings, refusals, options)


@dataclass(frozen=True)
class _Server:
    """SGLang with a base, and an adapter in hand."""

    config: Mapping[str, Any]
    base: Checkpoint
    facts: Mapping[str, Any]
    pairs: tuple[FactorPair, ...]

    def landing(self, pair: FactorPair) -> Landing:
        """What becomes of one module."""
        match = LAYER.fullmatch(pair.module)
        if match is None:
            return self._outside_layers(pair)
        number, inner = int(match["number"]), match["inner"]
        target = self._target_of(pair.module)
        if target is None:
            return Landing(
                pair.module,
                "refused",
                reason="no target of its config has this name",
                way_out=CONVERT,
                source=POOL,
            )
        if number >= self.layers:
            reason = f"it is for layer {number}, and the model has {self.layers}"
            return Landing(pair.module, "refused", reason=reason, way_out="name its own base", source=LOADING)
        rivals = [each for each in self._slots[number, _ending(inner)] if each != pair.module]
        if rivals:
            reason = f"{rivals[0]} goes into the same slot of layer {number}"
            return Landing(pair.module, "altered", target, reason, "leave one of them out", POOL)
        return self._in_layer(pair, number, inner, target)

    def _in_layer(self, pair: FactorPair, number: int, inner: str, target: str) -> Landing:
        served = f"layers.{number}.{inner}" + ("" if target in inner else f" in {target}")
        known = self._text_layers.get((number, inner))
        if known is None and not EXPERT.search(inner):
            reason = "the text model has no such layer" if self._text_layers else "the base has no layers"
            return Landing(pair.module, "ignored", served, reason, "merge it into the base", POOL)
        if not self._is_chosen(number, inner, target):
            return Landing(
                pair.module,
                "ignored",
                served,
                "its class gives adapters to other layers",
                "merge it into the base",
                POOL,
            )
        widths = pair.widths
        if widths is None:
            return Landing(pair.module, "refused", served, "one of its two factors is not there")
        if known is not None and _has_shape(known) and sorted(widths) != sorted(known.shape):
            reason = f"it changes a matrix of {times(widths)}, and the base's is {times(known.shape)}"
            return Landing(pair.module, "refused", served, reason, "name the base that it was trained on")
        return self._by_scale(pair, served)

    def _by_scale(self, pair: FactorPair, served: str) -> Landing:
        if pair.rank != self.config.get("r"):
            reason = (
                f"its rank is {pair.rank}, and that of the config ({self.config.get('r')}) sizes all slots"
            )
            return Landing(pair.module, "refused", served, reason, CONVERT, POOL)
        if reason := unread_key(self.config, "SGLang"):
            return Landing(pair.module, "altered", served, reason, CONVERT, CONFIG)
        trained, taken = self._scales.trained(pair.module), self.config["lora_alpha"] / self.config["r"]
        if abs(trained - taken) > 1e-9 * abs(taken):
            reason = f"its scale is {trained:g}, and SGLang takes alpha / r = {taken:g}"
            return Landing(pair.module, "altered", served, reason, CONVERT, LOADING)
        return Landing(pair.module, "lands", served)

    def _outside_layers(self, pair: FactorPair) -> Landing:
        """A module that is in no numbered layer: the table of tokens and the head, or nothing."""
        last = (
            "lm_head" if "lm_head" in pair.module else "embed_tokens" if "embed_tokens" in pair.module else ""
        )
        if not last:
            return Landing(
                pair.module,
                "ignored",
                reason="it is in no numbered layer",
                way_out="merge it into the base",
                source=LOADING,
            )
        if self._targets & {"all", last}:
            return self._by_scale(pair, last)
        return Landing(
            pair.module, "ignored", last, "target_modules of its config does not list it", CONVERT, LOADING
        )

    def incomplete_packs(self) -> Iterator[FileRefusal]:
        """Say where q_proj has no v_proj in its layer: SGLang packs the two and looks for both."""
        modules = {pair.module for pair in self.pairs}
        lone = [
            name
            for name in sorted(modules)
            if name.endswith("q_proj") and name.removesuffix("q_proj") + "v_proj" not in modules
        ]
        if lone and LAYER.fullmatch(lone[0]):
            yield FileRefusal(
                f"{lone[0]} has no v_proj next to it, and SGLang packs the two ({len(lone)} such)",
                CONVERT,
                LOADING,
            )

    @cached_property
    def _scales(self) -> PeftScales:
        return PeftScales(self.config)

    @cached_property
    def layers(self) -> int:
        """The number of layers, of which the server's config is asked."""
        text = self.base.config.get("text_config") or self.base.config
        return int(
            text.get("num_hidden_layers") or 1 + max((each for each, _ in self._text_layers), default=0)
        )

    @cached_property
    def _targets(self) -> frozenset[str]:
        """The target modules of the config, under the server's names."""
        stated, packed = self.config.get("target_modules"), self.facts["adapter"]["packed_names"]
        if isinstance(stated, str):
            return frozenset({"all"})
        lasts = [each.rpartition(".")[2] for each in stated or () if isinstance(each, str)]
        return frozenset(packed.get(last, last) for last in lasts)

    def _target_of(self, module: str) -> str | None:
        """The target that a module goes into: the longest that its packed name holds."""
        last = module.rpartition(".")[2]
        name = module.removesuffix(last) + self.facts["adapter"]["packed_names"].get(last, last)
        targets = self.facts["adapter"]["known_targets"] if "all" in self._targets else self._targets
        return max((each for each in targets if each in name), key=len, default=None)

    @cached_property
    def _slots(self) -> Mapping[tuple[int, str], list[str]]:
        """The adapter's modules that go into one slot: of one layer's number and one ending."""
        slots: dict[tuple[int, str], list[str]] = defaultdict(list)
        for pair in self.pairs:
            match = LAYER.fullmatch(pair.module)
            if match is not None and not EXPERT.search(match["inner"]):
                slots[int(match["number"]), _ending(match["inner"])].append(pair.module)
        return slots

    @cached_property
    def _text_layers(self) -> Mapping[tuple[int, str], LazyTensor]:
        """The matrices of the text model's layers, by number and name inside the layer."""
        found = {}
        for name, tensor in self.base.tensors.items():
            match = LAYER.fullmatch(name.rpartition(".")[0])
            if match is not None and not TOWERS.search(match["owner"]):
                found[int(match["number"]), match["inner"]] = tensor
        return found

    def _is_chosen(self, number: int, inner: str, target: str) -> bool:
        """Whether the class gives the server's layer an adapter."""
        names = self.base.config.get("architectures") or ()
        pattern = next((self.facts["classes"].get(name, {}).get("pattern") for name in names), None)
        if pattern is None:
            return True
        packed = f"{inner.rpartition('.')[0]}.{target}"
        owners = ("model.", "language_model.model.", "model.language_model.", "language_model.")
        return any(re.match(pattern, f"{owner}layers.{number}.{packed}") for owner in owners)


def _ending(inner: str) -> str:
    return inner.rpartition(".")[2]


def _has_shape(tensor: LazyTensor) -> bool:
    return len(tensor.shape) == 2 and tensor.dtype.is_floating_point


def _config_refusals(adapter: AdapterHeader, facts: Mapping[str, Any]) -> Iterator[FileRefusal]:
    """Say what of a config makes SGLang refuse the file."""
    config = adapter.config
    missing = [key for key in facts["required_keys"] if key not in config]
    if missing:
        yield FileRefusal(f"its config lacks {', '.join(missing)}", CONVERT, CONFIG)
    if config.get("use_dora"):
        yield FileRefusal(
            "it is DoRA (use_dora)", "run `lorasurgery convert ADAPTER --base BASE --to lora`", CONFIG
        )
    stated = config.get("target_modules")
    if isinstance(stated, str) and stated not in facts["target_words"]:
        words = " or ".join(facts["target_words"])
        reason = f"target_modules is an expression, and SGLang takes a list or {words}"
        yield FileRefusal(reason, CONVERT, "sglang/srt/lora/utils.py")


def _other_tensors(names: Sequence[str]) -> Iterator[Landing]:
    """What becomes of tensors that are no pair of factors."""
    for name in names:
        module = name.removeprefix(PREFIX)
        fate, reason = "ignored", "it is no factor of a low-rank change"
        if LAYER.fullmatch(module):
            fate, reason = "refused", "it is no factor, and all names in layers are taken for factors"
        yield Landing(module, fate, reason=reason, way_out="merge it into the base", source=LOADING)  # type: ignore[arg-type]
