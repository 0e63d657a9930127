"""Which modules of a graph get a branch, and what each adapter feeds it; or one error with all
that no branch can carry.

A branch adds a product of two matrices that are inputs. It can carry every ΔW that is one: LoRA,
and all variants whose change is a sum of products (AdaLoRA, ...), on linear layers, tables of
tokens and convolutions. It cannot carry what depends on W (DoRA, OFT), what is added to biases, or
what is replaced outright (heads, norms, rows of tokens).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lorasurgery.adapter import Adapter
from lorasurgery.architecture.value import owner
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.graph.exported import ExportedGraph
from lorasurgery.onnx.graph.file import dtype_numbered
from lorasurgery.onnx.graph.matching import matched, spelling
from lorasurgery.onnx.graph.slots import WeightSlot, matrix_shape
from lorasurgery.onnx.graph.uses import WeightUse, integer
from lorasurgery.onnx.graph.view import GraphView
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter
from lorasurgery.surgery.base.fitting import edit_of
from lorasurgery.surgery.merging.adapter_match import AdapterMatch
from lorasurgery.surgery.merging.tensor_job import TensorJob
from lorasurgery.text import listed
from lorasurgery.variants.edit import Factors, Sum, Term
from lorasurgery.variants.lora import LoraFactors

ROLES = ("linear", "embedding", "conv")


@dataclass(frozen=True)
class BranchSite:
    """A module that gets a branch.

    `shape` is that of its matrix, (out, in, *kernel), a table's (rows, width); `uses` are all
    readings of it, `dtypes` in which dtype each of them computes.
    """

    module: str
    slot: WeightSlot
    shape: tuple[int, ...]
    uses: tuple[WeightUse, ...]
    dtypes: tuple[Dtype, ...]

    @property
    def widths(self) -> tuple[int, int]:
        """What the branch takes and what it gives: of a linear layer (in, out), of a table (rows,
        width), of a convolution (in · kernel, out).
        """
        if self.slot.role == "embedding":
            return (self.shape[0], self.shape[1])
        return (math.prod(self.shape[1:]), self.shape[0])


@dataclass(frozen=True)
class BranchPlan:
    """`fed` are for each adapter the factors by the site's module; `notes` what the user should know."""

    sites: tuple[BranchSite, ...]
    fed: tuple[Mapping[str, Factors], ...]
    notes: tuple[str, ...]


def branch_plan(graph: ExportedGraph, given: Sequence[WeightedAdapter]) -> BranchPlan:
    """Hold each adapter against the graph by itself.

    Raises:
        AlignmentError: an adapter does not fit the graph.
        UnsupportedError: something of an adapter cannot be an input, with everything of the kind.
        NothingToDoError: an adapter changes nothing.
    """
    slots: dict[str, WeightSlot] = {}
    called: dict[str, str] = {}
    fed: list[dict[str, Factors]] = []
    notes: list[str] = []
    for each in given:
        view, match = matched(graph, [each])
        notes += match.notes
        mine = _slots(view, each.adapter)
        _refuse(
            each,
            [*_reasons_of_jobs(each.adapter, match.jobs), *_reasons_of_modules(graph, each.adapter, mine)],
        )
        for path, slot in mine.items():
            slots[slot.parameter] = slot
            # Without a config beside it, a graph may have its names from a wrapper: those of the
            # adapters are what people know.
            called.setdefault(slot.parameter, owner(slot.parameter) if graph.reference else path)
        fed.append({called[slot.parameter]: each.adapter.modules[path] for path, slot in mine.items()})
    sites = tuple(_site(graph, called[name], slot) for name, slot in sorted(slots.items()))
    return BranchPlan(sites, tuple(fed), tuple(dict.fromkeys(notes)))


def refuse_at_sight(given: WeightedAdapter, match: AdapterMatch) -> None:
    """Refuse what no input can be as far as the checkpoint tells, before a graph is made of it.

    Args:
        match: what the adapter by itself changes in the checkpoint.

    Raises:
        UnsupportedError: it replaces something, adds to biases, or changes a weight by more than a
            sum.
    """
    depending = [path for (_, path), seen in match.checks.items() if not seen.additive]
    reasons = [*_reasons_of_jobs(given.adapter, match.jobs)]
    if depending:
        reasons.append(f"its change of {listed(depending)} depends on the weight")
    _refuse(given, reasons)


def _slots(view: GraphView, adapter: Adapter) -> dict[str, WeightSlot]:
    """An adapter's modules, which are known to be in the graph, by their path."""
    names = spelling(view, adapter)
    found = {path: names.find(f"{path}.weight") or names.find(path) for path in sorted(adapter.modules)}
    return {path: view.slots[hit.name] for path, hit in found.items() if hit is not None}


def _site(graph: ExportedGraph, module: str, slot: WeightSlot) -> BranchSite:
    uses = tuple(use for each in (slot, *slot.copies) for use in each.uses)
    for use in uses:
        _refuse_turned_input(graph, module, use)
    return BranchSite(module, slot, shape_of(graph, slot), uses, tuple(_dtype(graph, use) for use in uses))


def _refuse_turned_input(graph: ExportedGraph, module: str, use: WeightUse) -> None:
    if use.node.op_type == "Gemm" and integer(use.node, "transA"):
        raise UnsupportedError(
            f"{module!r} multiplies a transposed input in {graph.file.path} (node {use.node.name!r}), "
            "where no branch can be added: merge the adapters instead."
        )


def _dtype(graph: ExportedGraph, use: WeightUse) -> Dtype:
    """What a reader computes in: the weight's own dtype, or that into which it is cast on the way."""
    for node in use.chain:
        if node.op_type == "Cast":
            return dtype_numbered(integer(node, "to"))
    return graph.file.weights[use.weight].tensor.dtype


def _refuse(given: WeightedAdapter, reasons: Sequence[str]) -> None:
    if reasons:
        raise UnsupportedError(
            f"{given.name} cannot be swapped: {'; '.join(reasons)}. Merge it into the graph instead "
            "(without --swappable)."
        )


def _reasons_of_jobs(adapter: Adapter, jobs: Mapping[str, TensorJob]) -> Iterator[str]:
    """What of an adapter an input of a graph cannot be, by the parameters that it changes."""
    whole = [name for name, job in jobs.items() if _is_replaced(job)]
    if whole:
        yield f"it replaces {listed(whole)} outright"
    rows = [name for name, job in jobs.items() if job.rows]
    if rows:
        yield f"it replaces rows of {listed(rows)}"
    biased = [name for name, job in jobs.items() if any(part.of_bias for part in job.parts)]
    if biased:
        yield f"it adds to {listed(biased)}"
    if adapter.keeps_ties:
        yield f"its change of {listed(sorted(adapter.keeps_ties))} is for all that are tied to it"


def _reasons_of_modules(
    graph: ExportedGraph, adapter: Adapter, slots: Mapping[str, WeightSlot]
) -> Iterator[str]:
    """The same by its modules."""
    others = [path for path, slot in slots.items() if slot.role not in ROLES]
    if others:
        yield f"{listed(others)} is no linear layer, table of tokens or convolution"
    changes: dict[str, list[str]] = defaultdict(list)
    for path, slot in slots.items():
        factors = adapter.modules[path]
        if path not in others and not _is_product(path, factors, shape_of(graph, slot)):
            changes[type(factors).__name__.removesuffix("Factors")].append(path)
    for variant, paths in changes.items():
        yield f"its change of {listed(paths)} is no product of two matrices ({variant})"


def _is_replaced(job: TensorJob) -> bool:
    """Whether a tensor that came along is another than the graph's; PEFT saves tables and heads
    along, which a graph of half precision has rounded.
    """
    import torch

    if job.replaced is None or job.base is None or job.replaced.shape != job.base.shape:
        return job.replaced is not None
    return not torch.equal(job.replaced.read().to(job.base.dtype.torch), job.base.read())


def _is_product(path: str, factors: Factors, shape: tuple[int, ...]) -> bool:
    if isinstance(factors, LoraFactors):
        return len(factors.A.shape) == 2
    change = edit_of(path, factors, shape).weight
    if not isinstance(change, Sum) or not change.terms:
        return False
    return all(isinstance(term, Term) for term in change.terms)


def shape_of(graph: ExportedGraph, slot: WeightSlot) -> tuple[int, ...]:
    """A matrix as (out, in, *kernel), a table's as (rows, width)."""
    return matrix_shape(graph.file.weights[slot.weight].tensor.shape, slot)
