"""Look at a pair: the spectrum of every ΔW = W_tuned − W_base, and the floor below which it is rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lorasurgery.architecture import LOW_RANK
from lorasurgery.errors import NumericError
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.base.pair import CheckpointPair
from lorasurgery.surgery.factorise.delta import read_delta
from lorasurgery.surgery.factorise.matrix_pair import MatrixPair, matrix_pairs
from lorasurgery.surgery.factorise.measure import Difference, measure
from lorasurgery.surgery.factorise.noise_edge import edges_of, has_edges
from lorasurgery.surgery.factorise.singular_values import Values, known_values, values_of
from lorasurgery.surgery.inspection.inspect_report import ModuleSpectrum, OtherParameter

if TYPE_CHECKING:
    from lorasurgery.linalg.noise import Edges


def divide(
    pair: CheckpointPair, choice: NameFilter, *, full: bool
) -> tuple[list[MatrixPair], list[MatrixPair]]:
    """The matrices to decompose, and what is only measured: vectors, new heads, tables that grew."""
    wanted = [name for name in pair.parameters if choice(name)]
    low_rank = [name for name in wanted if _is_matrix(pair, name)]
    others = [name for name in wanted if not _is_matrix(pair, name)]
    return matrix_pairs(pair, low_rank, lambda shape: known_values(shape, full=full)), matrix_pairs(
        pair, others
    )


def _is_matrix(pair: CheckpointPair, name: str) -> bool:
    each = pair.parameters[name]
    return each.base_shape == each.shape and each.parameter.kind in LOW_RANK


def look(job: MatrixPair, *, full: bool, of_many: bool) -> ModuleSpectrum:
    """Decompose the change of one matrix; `of_many` where it is one of several experts."""
    assert job.base is not None, "only what both sides have is decomposed"
    name = f"{job.path}[{job.expert}]" if of_many else job.path
    bare = ModuleSpectrum(
        module=name,
        variant="difference",
        dtype=str(job.tuned.stored_dtype),
        nbytes=job.tuned.nbytes,
        shape=job.tuned.shape,
    )
    edges = edges_of(job) if has_edges(job.base, job.tuned) else None
    try:
        delta = read_delta(job.parameter, job.base, job.tuned)
    except NumericError as error:
        return replace(bare, finite=False, reason=str(error))
    base_norm = delta.base_energy**0.5
    if delta.D is None:
        return replace(bare, base_norm=base_norm, edge=0.0)
    values = values_of(delta.D, full=full, seed=job.seed, energy=delta.energy)
    return replace(
        bare,
        sigma=values.sigma,
        energy=delta.energy,
        complete=values.complete,
        edge=_edge(edges, values) if edges else None,
        base_norm=base_norm,
    )


def _edge(edges: Edges, values: Values) -> float:
    edge = edges.edge(values.sigma, values.energy, complete=values.complete)
    return edges.both if edge is None else edge


def compare(job: MatrixPair) -> Difference | None:
    """How far a parameter that is not decomposed has moved; None where it holds a NaN or an infinity."""
    try:
        return measure(job.parameter, job.base, job.tuned)
    except NumericError:
        return None


def other_of(pair: CheckpointPair, name: str, changes: Sequence[Difference | None]) -> OtherParameter | None:
    """A parameter's row in the report, from the changes of its matrices; None where none of them changed."""
    finite = [change for change in changes if change is not None]
    if all(not change.is_any for change in finite) and len(finite) == len(changes):
        return None
    each, is_new = pair.parameters[name], any(change.is_new for change in finite)
    tensors = [pair.tuned.tensors[tensor] for tensor in each.tuned.tensors]
    return OtherParameter(
        name=name,
        form="new" if is_new else "changed",
        shape=each.shape,
        dtype=str(tensors[0].dtype),
        nbytes=sum(tensor.nbytes for tensor in tensors),
        norm=None if is_new else sum(change.energy for change in finite) ** 0.5,
        finite=len(finite) == len(changes),
    )
