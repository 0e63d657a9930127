"""What a conversion splits into parts and packs into wholes, one after the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lorasurgery.adapter import Adapter
from lorasurgery.arguments import several
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.conversion.packing.apart import split
from lorasurgery.surgery.conversion.packing.together import pack
from lorasurgery.surgery.conversion.packing.value import Packing, parse
from lorasurgery.surgery.conversion.runtime_profiles import Profile
from lorasurgery.variants.lora import LoraFactors

# A module of one expert, by the expert's number: `experts.3.gate_proj`, `experts.down_projs.3`.
OWN_EXPERT = re.compile(r"\.experts\.(\w+\.)?\d+(\.|$)")


@dataclass(frozen=True)
class Packings:
    """What is split into parts, and what is then packed into wholes."""

    split: tuple[Packing, ...]
    pack: tuple[Packing, ...]

    @staticmethod
    def of(to_split: str | Sequence[str], to_pack: str | Sequence[str]) -> Packings:
        """The user's words.

        Raises:
            UnsupportedError: they are not understood.
        """
        return Packings(tuple(parse(several(to_split, "split"))), tuple(parse(several(to_pack, "pack"))))

    def for_runtime(self, adapter: Adapter, profile: Profile | None, base: Checkpoint | None) -> Packings:
        """The same, with experts in the layout that a runtime takes, where nothing is said of them."""
        if (
            profile is None
            or base is None
            or any(each.preset == "experts" for each in (*self.split, *self.pack))
        ):
            return self
        stacked = profile.stacks_experts(base)
        fused = any(
            isinstance(each, LoraFactors) and len(each.A.shape) == 3 for each in adapter.modules.values()
        )
        if stacked is False and fused:
            return replace(self, split=(*self.split, *parse(["experts"])))
        if stacked and any(OWN_EXPERT.search(path) for path in adapter.modules):
            return replace(self, pack=(*self.pack, *parse(["experts"])))
        return self

    def refuse_with_dyn(self) -> None:
        """Refuse to pack or split what becomes a LoRA-Dyn file.

        Raises:
            UnsupportedError: something is to be packed or split.
        """
        if self:
            raise UnsupportedError(
                "--to dyn makes factors of their own for every module; pack or split first, in a step before."
            )

    def __bool__(self) -> bool:
        return bool(self.split or self.pack)

    def __call__(self, adapter: Adapter) -> tuple[Adapter, list[str]]:
        """The adapter with its modules split and packed, and what was done."""
        notes: list[str] = []
        for packings, repack in ((self.split, split), (self.pack, pack)):
            if packings:
                adapter, done = repack(adapter, packings)
                notes += done
        return adapter, notes
