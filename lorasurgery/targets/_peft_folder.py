"""What servers read of a PEFT folder: the modules of its tensors, and the scale that PEFT gives each."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lorasurgery.formats.peft.matching import read_patterns
from lorasurgery.lazy import LazyTensor

PREFIX = "base_model.model."
# Parts of names of the towers that see and hear.
TOWERS = re.compile(r"(^|\.)(visual|vision\w*|audio\w*|image\w*)\.")
FACTOR = re.compile(r"(?P<module>.+)\.(?P<factor>lora_[AB](?=\.weight$)|lora_embedding_[AB]$)(?:\.weight)?")


@dataclass(frozen=True)
class FactorPair:
    """The two factors of one module as a file has them; None where one is not there."""

    module: str
    A: LazyTensor | None
    B: LazyTensor | None
    is_embedding: bool

    @property
    def rank(self) -> int:
        """The rank of the file, which fused experts have times their number."""
        return self.A.shape[0] if self.A is not None and self.A.shape else 0

    @property
    def widths(self) -> tuple[int, int] | None:
        """The output and input width of the matrix that the two change."""
        if self.A is None or self.B is None or len(self.A.shape) != 2 or len(self.B.shape) != 2:
            return None
        return self.B.shape[0], self.A.shape[1]


def factor_pairs(tensors: Mapping[str, LazyTensor]) -> tuple[list[FactorPair], list[str]]:
    """Put a file's factors together by module, under names without PEFT's prefix; also list the
    names that are no factors.
    """
    halves: dict[str, dict[str, LazyTensor]] = {}
    others: list[str] = []
    for name, tensor in tensors.items():
        match = FACTOR.fullmatch(name.removeprefix(PREFIX))
        if match is None:
            others.append(name)
        else:
            halves.setdefault(match["module"], {})[match["factor"]] = tensor
    pairs = []
    for module, held in halves.items():
        (a, b), is_embedding = ("lora_A", "lora_B"), "lora_embedding_A" in held
        if is_embedding:
            a, b = "lora_embedding_A", "lora_embedding_B"
        pairs.append(FactorPair(module, held.get(a), held.get(b), is_embedding))
    return pairs, others


@dataclass(frozen=True)
class PeftScales:
    """The scale of each module: as PEFT reads it, and as a server that knows no patterns does."""

    config: Mapping[str, Any]

    @cached_property
    def common(self) -> float:
        """The scale that the config states for all modules, without its patterns."""
        return self._scale(self.config.get("lora_alpha"), self.config.get("r"))

    @cached_property
    def _rank_of(self) -> Callable[[str], float | None]:
        return read_patterns(self.config.get("rank_pattern") or {}, self.config.get("r"))

    @cached_property
    def _alpha_of(self) -> Callable[[str], float | None]:
        return read_patterns(self.config.get("alpha_pattern") or {}, self.config.get("lora_alpha"))

    def trained(self, module: str) -> float:
        """The scale that PEFT gives a module, its own rank and alpha considered."""
        return self._scale(self._alpha_of(module), self._rank_of(module))

    def differ(self, module: str) -> bool:
        """Whether a module's own scale is another one than that of the config as a whole."""
        return not math.isclose(self.trained(module), self.common, rel_tol=1e-9)

    def _scale(self, alpha: float | None, rank: float | None) -> float:
        if alpha is None or not rank:
            return math.nan
        return alpha / math.sqrt(rank) if self.config.get("use_rslora") else alpha / rank


# Keys that change what the numbers mean, and that servers which do not know them take no notice of.
UNREAD: Mapping[str, str] = {
    "lora_bias": "its factors have a bias",
    "alora_invocation_tokens": "it acts after its invocation tokens only (aLoRA)",
    "layer_replication": "it is made for a model with copied layers",
    "use_bdlora": "its factors are block-diagonal (BD-LoRA)",
    "use_qalora": "its input is pooled (QA-LoRA)",
}


def unread_key(config: Mapping[str, Any], title: str) -> str:
    """Say which key of a config changes what the numbers mean, and is not read; empty where none does."""
    stated = (key for key in UNREAD if config.get(key))
    return next((f"{UNREAD[key]}, and {title} does not read {key}" for key in stated), "")
