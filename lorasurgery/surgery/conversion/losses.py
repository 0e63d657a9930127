"""What modules lose when their factors are made anew, and which losses are refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.conversion.conversion_report import ModuleLoss
from lorasurgery.surgery.factorise.adapter_matrix import AdapterMatrix
from lorasurgery.surgery.factorise.factorised import Factorised
from lorasurgery.surgery.factorise.rank_rule import RankRule, fixed_rank
from lorasurgery.text import percent


def loss_of(path: str, group: Sequence[Factorised[AdapterMatrix]], rank: int) -> ModuleLoss:
    """Measure what a cut to a rank leaves of a module."""
    out, width = group[0].matrix.flat_shape
    energy = sum(made.energy for made in group)
    lost = energy if not rank else sum(made.error_at(rank) for made in group)
    weights = [made.matrix.weight for made in group if made.matrix.weight and not made.matrix.weight.refusal]
    base_norms = [weight.norm() for weight in weights]
    return ModuleLoss(
        module=path,
        shape=(len(group), out, width) if group[0].matrix.expert is not None else (out, width),
        rank_before=max((stored_rank(made.matrix) for made in group), default=None),
        rank=min(rank, max(len(made.sigma) for made in group)),
        change=energy**0.5,
        lost=lost**0.5,
        base=sum(norm**2 for norm in base_norms) ** 0.5 if base_norms else None,
    )


def stored_rank(job: AdapterMatrix) -> int:
    """The rank of a matrix's stored factors: that of A, or the number of rank-1 terms."""
    A = getattr(job.factors, "A", None)
    if isinstance(A, LazyTensor):
        return A.shape[-2]
    change = job.edit().weight
    return sum(getattr(term, "rank", min(job.flat_shape)) for term in getattr(change, "terms", ()))


def ranks_beyond(ranks_before: Sequence[int | None], rule: RankRule) -> Iterator[str]:
    """Say that more ranks are asked for than there are."""
    most = max((rank or 0 for rank in ranks_before), default=0)
    rank = fixed_rank(rule)
    if rank is not None and 0 < most < rank:
        yield (
            f"no module has more than {most} rank{'s' if most > 1 else ''}, so that --rank {rank} keeps "
            "all of them"
        )


def refuse_errors(losses: Sequence[ModuleLoss], max_error: float, *, is_rank_given: bool) -> None:
    """Refuse modules whose relative error is larger than is allowed.

    Args:
        is_rank_given: whether the user chose the ranks.

    Raises:
        UnsupportedError: with the worst module, and the ways out.
    """
    errors = {each.module: each.relative_error for each in losses}
    over = {module: error for module, error in errors.items() if error is not None and error > max_error}
    if over:
        worst = max(over, key=lambda module: over[module])
        rank = next(each.rank for each in losses if each.module == worst)
        way = "a higher rank" if is_rank_given else "a rank of your own (--rank, --energy)"
        raise UnsupportedError(
            f"{worst!r} would have a relative error of {percent(over[worst])} of ‖ΔW‖ at rank {rank}, "
            f"and --max-error allows {percent(max_error)} ({len(over)} of {len(losses)} modules are over "
            "it). "
            f"Take {way}, or allow more."
        )
