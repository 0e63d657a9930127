"""Adapters as values for a graph's inputs: one .onnx_adapter file each, in the dtype of the inputs
and with the whole scale in B.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.adapter import Adapter, Host
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import NumericError, UnsupportedError
from lorasurgery.formats import onnx as container
from lorasurgery.lazy import LazyTensor
from lorasurgery.onnx.swapping.plan import BranchSite
from lorasurgery.paths import expanded
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter
from lorasurgery.surgery.base.fitting import edit_of
from lorasurgery.surgery.output.default_name import repository
from lorasurgery.variants.edit import Factors, Sum, Term
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class WrittenAdapter:
    """The ranks of an adapter's modules, and the bytes of its factors."""

    ranks: tuple[int, ...]
    nbytes: int


def file_names(given: Sequence[WeightedAdapter]) -> tuple[str, ...]:
    """What each adapter's file is called.

    Raises:
        UnsupportedError: two would be called alike.
    """
    names = [_name(each) for each in given]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UnsupportedError(
            f"Two adapters are called {twice[0]!r}, after which their files would be named; rename the "
            "folder of one."
        )
    return tuple(f"{name}{container.SUFFIX}" for name in names)


def _name(given: WeightedAdapter) -> str:
    path = expanded(given.name)
    if not path.exists():
        return repository(given.name)
    return path.resolve().stem if path.is_file() else path.resolve().name


def rank_of(module: str, factors: Factors, shape: tuple[int, ...]) -> int:
    """Return the rank of a change that is a product of matrices; `shape` is (out, in, *kernel)."""
    if isinstance(factors, LoraFactors):
        return factors.rank
    change = edit_of(module, factors, shape).weight
    assert isinstance(change, Sum), f"{module} was planned as a sum"
    return sum(term.rank for term in change.terms if isinstance(term, Term))


def write_adapter(
    path: Path,
    given: WeightedAdapter,
    sites: Iterable[BranchSite],
    fed: Mapping[str, Factors],
    dtype: Dtype,
    base: Host,
) -> WrittenAdapter:
    """Write one adapter and have ONNX Runtime read it back.

    Args:
        base: what is known of the model that the graph was made from: root hash, name and revision.

    Raises:
        NumericError: a factor with the scale in it is beyond the dtype.
        OutputError: ONNX Runtime wrote something else than it was given.
        UnsupportedError: it would be over 2 GB.
    """
    modules = {
        site.module: _as_inputs(given, site, fed[site.module], dtype) for site in sites if site.module in fed
    }
    nbytes = sum(each.nbytes for each in modules.values())
    if nbytes > container.MAX_NBYTES:
        raise UnsupportedError(
            f"{given.name} takes {nbytes / 1e9:.1f} GB, and ONNX Runtime's adapters end at 2 GB: give it "
            "lower ranks first, or merge it."
        )
    host = replace(base, modules=tuple(modules))
    container.write(Adapter(host=host, modules=modules), path)
    return WrittenAdapter(tuple(each.rank for each in modules.values()), nbytes)


def _as_inputs(given: WeightedAdapter, site: BranchSite, factors: Factors, dtype: Dtype) -> LoraFactors:
    """Factors whose transposes are the inputs A and B of a branch: rounded once, with the scale in B."""
    import torch

    left, right, scale = _product(factors, site)
    if site.slot.role == "embedding":  # rows go in, and what they hold comes out
        left, right = right.T.contiguous(), left.T.contiguous()
    scaled = (left.double() * (scale * given.weight)).to(dtype.torch)
    A = right.to(dtype.torch)
    if not (torch.isfinite(scaled).all() and torch.isfinite(A).all()):
        name = str(dtype)
        raise NumericError(
            f"{given.name} has factors for {site.module!r} that are not finite in {name}, which the graph "
            "computes in. Merge it into the graph instead."
        )
    return LoraFactors(LazyTensor.of(A), LazyTensor.of(scaled))


def _product(factors: Factors, site: BranchSite) -> tuple[Tensor, Tensor, float]:
    """ΔW as scale · left (out, r) @ right (r, in · kernel)."""
    import torch

    if isinstance(factors, LoraFactors):
        return factors.B.read(), factors.A.read(), factors.scale
    change = edit_of(site.module, factors, site.shape).weight
    assert isinstance(change, Sum), f"{site.module} was planned as a sum"
    terms = [term for term in change.terms if isinstance(term, Term)]
    rows, columns = site.shape[0], math.prod(site.shape[1:])
    left = torch.zeros(rows, sum(term.rank for term in terms), dtype=torch.float64)
    right = torch.zeros(left.shape[1], columns, dtype=torch.float64)
    at = 0
    for term in terms:
        one, other = term.tensors
        left[term.rows.start : term.rows.stop, at : at + term.rank] = one.double() * term.scale
        right[at : at + term.rank, term.columns] = other.double()
        at += term.rank
    return left, right, 1.0
