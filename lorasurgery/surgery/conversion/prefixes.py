"""The first ranks of a LoRA-Dyn adapter, as they are stored."""

from __future__ import annotations

from lorasurgery.adapter import Adapter
from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.conversion.conversion_report import ModuleLoss
from lorasurgery.surgery.factorise.rank_rule import RankRule
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors


def is_trained_nested(adapter: Adapter) -> bool:
    """Whether the first ranks were trained to be adapters of their own (DyLoRA)."""
    return adapter.nested is not None and adapter.nested.form == "nested"


def prefixes(adapter: Adapter, rule: RankRule) -> dict[str, LoraFactors]:
    """The first ranks of every module.

    Raises:
        UnsupportedError: a variant that has no ranks of its own.
    """
    found = {}
    for path, factors in sorted(adapter.modules.items()):
        if not isinstance(factors, LoraFactors) or len(factors.A.shape) != 2:
            raise UnsupportedError(
                f"{path!r} is not plain LoRA, whose first ranks could be cut off; use --method svd."
            )
        rank = min(rule.most or factors.rank, factors.rank)
        scale = factors.scale * factors.rank / rank if is_trained_nested(adapter) else factors.scale
        found[path] = LoraFactors(
            factors.A.sliced(0, rank), factors.B.sliced(0, rank, dim=1), scale, factors.bias
        )
    return found


def prefix_loss(path: str, before: Factors, after: LoraFactors, *, comparable: bool) -> ModuleLoss:
    """Measure what the first ranks of a module leave out; nothing where they are another change."""
    import numpy as np

    from lorasurgery.linalg.factored import distance

    assert isinstance(before, LoraFactors), "only of these are prefixes taken"
    old, new = ((each.scale * each.B.raw().double(), each.A.raw().double()) for each in (before, after))
    nothing = np.zeros((old[0].shape[0], 1)), np.zeros((1, old[1].shape[1]))
    lost = distance(old, new) if comparable else None
    return ModuleLoss(path, before.shape, before.rank, after.rank, distance(old, nothing), lost)
