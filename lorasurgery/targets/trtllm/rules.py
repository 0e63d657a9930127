"""What TensorRT-LLM does with an adapter: with each of its modules, and with the file."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.lazy import LazyTensor
from lorasurgery.targets._peft_folder import PREFIX, TOWERS, FactorPair, PeftScales, factor_pairs, unread_key
from lorasurgery.targets._target import AdapterHeader, Findings, Landing
from lorasurgery.text import times

LOADING = "tensorrt_llm/_torch/peft/lora/loaders.py"
NUMBERS = "tensorrt_llm/_torch/peft/lora/manager.py"
CONVERT = "run `lorasurgery convert ADAPTER --base BASE --for trtllm`"
# `<layer>.<part>.<module>`, where a module is one word, two, or an expert's.
PLACE = re.compile(
    r"(?:.*\.)?(?P<layer>\d+)\.(?P<part>\w+)\.(?P<module>\w+|\w+\.\w+|(?P<experts>\w+)\.(?P<expert>\d+)\.(?P<own>\w+))"
)
# Parameters that stand for a linear layer, quantised ones included.
WEIGHTS = (".weight", ".qweight", ".weight_packed", ".weight_blocks")
# Names with one of these words need no number; they are left out.
TABLES = ("lm_head", "embed_tokens")
SHARED = ("shared_expert.", "shared_experts.")
# B's two halves change places unless this is turned off, which some classes want and others do not.
SWAPPED, SWAP_OPTION = "mlp_gate_up", "swap_gate_up_proj_lora_b_weight"
EXPERTS = ("moe_h_to_4h", "moe_4h_to_h", "moe_gate")


def examine(adapter: AdapterHeader, base: Checkpoint, facts: Mapping[str, Any]) -> Findings:
    """Hold a PEFT folder against a base."""
    pairs, others = factor_pairs(adapter.tensors)
    server = _TensorRtLoader(adapter.config, base, facts["modules"], tuple(pairs))
    landings = [server.landing(pair) for pair in pairs]
    landings += [_other(name, adapter.config, facts["adapter"]) for name in others]
    return Findings(landings, options=[*_options(pairs, landings, facts["adapter"])])


@dataclass(frozen=True)
class _Place:
    """Where a module goes: a layer's number, the word that the table has, and the number of an expert."""

    layer: int
    word: str
    expert: int | None


@dataclass(frozen=True)
class _TensorRtLoader:
    """TensorRT-LLM with a base, and an adapter in hand; `words` are the modules of its table."""

    config: Mapping[str, Any]
    base: Checkpoint
    words: Mapping[str, str]
    pairs: tuple[FactorPair, ...]

    def landing(self, pair: FactorPair) -> Landing:
        """What becomes of one module."""
        place = None if pair.is_embedding else self._place(pair.module)
        if place is None:
            if any(word in pair.module for word in TABLES):
                reason = "factors of the head and of the table of tokens are left out"
                return Landing(pair.module, "ignored", "", reason, "merge it into the base", LOADING)
            reason = "its name has no layer's number with a part and a module behind it"
            return Landing(pair.module, "refused", "", reason, CONVERT, LOADING)
        if place.word not in self.words:
            reason = f"{place.word!r} is not in the table of modules"
            return Landing(pair.module, "ignored", "", reason, "merge it into the base", LOADING)
        served = f"{self.words[place.word]} of layer {place.layer}"
        if reason := self._no_place(place):
            return Landing(pair.module, "ignored", served, reason, "name its own base", NUMBERS)
        if TOWERS.search(pair.module):
            reason = "it is in a tower, and goes to the text model's layer of its number and name"
            return Landing(pair.module, "altered", served, reason, "merge it into the base", LOADING)
        rivals = [each for each in self._by_place[place] if each != pair.module]
        if rivals:
            reason = f"{rivals[0]} goes to the same place"
            return Landing(pair.module, "altered", served, reason, "leave one of them out", LOADING)
        return self._by_numbers(pair, place, served)

    def _by_numbers(self, pair: FactorPair, place: _Place, served: str) -> Landing:
        module = pair.module
        if pair.A is None or pair.B is None:
            return Landing(module, "refused", served, "one of its two factors is not there", CONVERT, NUMBERS)
        target = self.words[place.word]
        if target == SWAPPED:
            reason = f"B's halves change places unless {SWAP_OPTION} is off, which is right for some classes"
            return Landing(module, "unknown", served, reason, source=NUMBERS)
        if place.expert is not None and target not in EXPERTS:
            reason = "experts are known by w1, w2 and w3, and this name is a dense layer's"
            return Landing(module, "unknown", served, reason, "set trtllm_modules_to_hf_modules", LOADING)
        shape = self._shape(place)
        if shape is not None and pair.widths is not None and sorted(pair.widths) != sorted(shape):
            reason = f"it changes a matrix of {times(pair.widths)}, and the base's is {times(shape)}"
            return Landing(module, "unknown", served, reason, "name its own base")
        if reason := unread_key(self.config, "TensorRT-LLM") or self._other_scale(pair):
            return Landing(module, "altered", served, reason, CONVERT, NUMBERS)
        option = "moe_backend: CUTLASS" if target in EXPERTS else ""
        return Landing(module, "lands", served, option=option)

    def _other_scale(self, pair: FactorPair) -> str:
        """Say so where the scale that is taken, by the module's rank and the config's alpha, is another."""
        alpha, trained = self.config.get("lora_alpha"), self._scales.trained(pair.module)
        root = math.sqrt(pair.rank) if self.config.get("use_rslora") else pair.rank
        taken = alpha / root if alpha is not None and root else math.nan
        if math.isclose(trained, taken, rel_tol=1e-9):
            return ""
        return f"its scale is {trained:g}, and {taken:g} is taken, by the lora_alpha of the whole file"

    def _place(self, module: str) -> _Place | None:
        """Where a module goes, by the last number in its name that has a part and a module behind it."""
        match = PLACE.fullmatch(module)
        if match is None:
            return None
        layer, last = int(match["layer"]), match["own"] or match["module"]
        expert = int(match["expert"]) if match["expert"] else None
        whole = ".".join(filter(None, (match["part"], match["experts"], last)))
        if whole in self.words:
            return _Place(layer, whole, expert)
        if last not in self.words and "." in last and not last.startswith(SHARED):
            last = last.rpartition(".")[2]
        return _Place(layer, last, expert)

    def _no_place(self, place: _Place) -> str:
        """Why the model does not look for a layer; empty where it has it."""
        if place in self._layers:
            return ""
        return f"the model has no {place.word} in layer {place.layer}"

    def _shape(self, place: _Place) -> tuple[int, ...] | None:
        tensor = self._layers.get(place)
        is_plain = tensor is not None and tensor.dtype.is_floating_point and tensor.quantised is None
        return tensor.shape if tensor is not None and is_plain and len(tensor.shape) == 2 else None

    @cached_property
    def _scales(self) -> PeftScales:
        return PeftScales(self.config)

    @cached_property
    def _by_place(self) -> Mapping[_Place, list[str]]:
        found: dict[_Place, list[str]] = defaultdict(list)
        for pair in self.pairs:
            place = self._place(pair.module)
            if place is not None:
                found[place].append(pair.module)
        return found

    @cached_property
    def _layers(self) -> Mapping[_Place, LazyTensor]:
        """The text model's weights by the place that an adapter's module of the same name goes to."""
        found = {}
        for name, tensor in self.base.tensors.items():
            place = self._place(name.rpartition(".")[0])
            if place is not None and name.endswith(WEIGHTS) and not TOWERS.search(name):
                found[place] = tensor
        return found


def _other(name: str, config: Mapping[str, Any], facts: Mapping[str, Any]) -> Landing:
    """A tensor that is no pair of factors."""
    module = name.removeprefix(PREFIX)
    saved = {*(config.get("modules_to_save") or ())} & {*facts["modules_to_save"]}
    whole = {f"{PREFIX}lm_head.weight": "lm_head", f"{PREFIX}model.embed_tokens.weight": "embed_tokens"}
    if whole.get(name) in saved:
        return Landing(module, "lands", whole[name], option="lora_dir: this folder alone")
    if "lora_magnitude_vector" in name:
        return Landing(module, "unknown", reason="it is DoRA, which is read, and may not be applied")
    if any(word in name for word in TABLES):
        reason = "modules_to_save of its config does not list it"
        return Landing(module, "ignored", "", reason, "merge it into the base", LOADING)
    reason = "it is no factor of a low-rank change"
    return Landing(module, "refused", "", reason, "merge it into the base", LOADING)


def _options(
    pairs: Sequence[FactorPair], landings: Sequence[Landing], facts: Mapping[str, Any]
) -> Iterator[str]:
    """What the engine's `lora_config` must say."""
    most = max((pair.rank for pair in pairs), default=0)
    if most > facts["default_rank"]:
        yield f"lora_config.max_lora_rank: {most}"
    yield from sorted({each.option for each in landings if each.option})
