"""Quantised weights in no format known here, named by the config or by the companion tensors."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lorasurgery.dtypes import Dtype
from lorasurgery.quantisation._companions import WORDS, companions_of
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight

# Numbers of four bits are stored by their dtype, and are codes with companions or without.
FOUR_BITS = frozenset({Dtype.F4})


def weights(module: Module, stated: Stated, claimed: Collection[str]) -> Iterator[QuantisedWeight]:
    """The weights of a module whose codes no format claimed.

    Args:
        claimed: full names of the tensors that formats claimed.
    """
    free = [leaf for leaf in module.codes if module.full(leaf) not in claimed]
    if any(module.full(leaf) in claimed for leaf in module.codes):
        return
    named = {leaf: companions_of(module, leaf) for leaf in free}
    # What a stated method stores alone in a module is the module's weight, whatever it is called.
    if (stated.method or module.marked) and WEIGHT not in module.tensors and len(free) == 1:
        if _has_words(module, free[0]):
            yield _weight(module, WEIGHT, free[0], [*module.tensors], stated)
        return
    own = [leaf for leaf in free if _is_code(module, leaf, named[leaf], stated)]
    # Beside `weight`, what looks like codes with companions is a companion itself.
    for leaf in [WEIGHT] if WEIGHT in own else own:
        yield _weight(module, leaf, leaf, named[leaf], stated)


def _is_code(module: Module, leaf: str, companions: list[str], stated: Stated) -> bool:
    """Whether a tensor under a parameter's own name holds codes."""
    is_stated = bool(stated.method) and leaf == WEIGHT
    return bool(companions) or module.dtype(leaf) in FOUR_BITS or is_stated


def _has_words(module: Module, codes: str) -> bool:
    """Whether any other tensor of the module has a name that quantisers give."""
    return any(WORDS.search(leaf) for leaf in module.tensors if leaf != codes)


def _weight(module: Module, weight: str, codes: str, others: list[str], stated: Stated) -> QuantisedWeight:
    # What has the codes' whole name says more than what belongs to the module.
    ranked = sorted((not each.startswith(codes), each) for each in others if each != codes)
    companion = ranked[0][1] if ranked else None
    named = f"ComfyUI's {module.marked}" if module.marked else stated.method
    dtype = f"{module.dtype(codes)} codes"
    beside = f" with {module.full(companion)!r}" if companion else ""
    return QuantisedWeight(
        module.full(weight),
        module.full(codes),
        tuple(map(module.full, dict.fromkeys((codes, *others)))),
        (f"{named}, {dtype}" if named else dtype) + beside,
        None,
    )
