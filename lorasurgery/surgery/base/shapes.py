"""Check by shapes alone that an adapter's factors fit the weights that they are for."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lorasurgery.adapter import Adapter
from lorasurgery.architecture import Architecture, Binding, Layout, Source
from lorasurgery.architecture.vocabulary import vocabulary_paths
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.errors import AlignmentError
from lorasurgery.surgery.base.names import AdapterNames, LocatedParameter, names_of
from lorasurgery.text import times
from lorasurgery.variants.edit import Factors, Shape, own_shape

# BART and its relatives add this buffer, (1, vocabulary), to the logits; transformers lengthens it
# with zeros, PEFT does not save it.
FINAL_BIAS = "final_logits_bias"
MADE_FOR = "Check that the adapter was made for this model."


def part_shape(stored: Shape, source: Source) -> Shape:
    """Return the shape of the part of a tensor that a source is: (out, in, *kernel), or (out,)."""
    shape = stored[1:] if source.expert is not None else stored
    if source.transposed:
        shape = (shape[1], shape[0], *shape[2:])
    return shape if source.rows is None else (source.rows[1] - source.rows[0], *shape[1:])


def shape_of(base: Checkpoint, layout: Layout) -> Shape:
    """Return a parameter's shape as (out, in, *kernel), one expert's where they are fused.

    The shape is () where quantised weights that cannot be read do not tell it.

    Of a matrix that the model stores as (in, out), quantisers store either that or its transpose.
    """
    for source in layout.experts[0]:
        stored = base.tensors[source.tensor].quantised
        if stored is not None and stored.refusal and (source.transposed or not stored.has_shape):
            return ()
    shapes = [part_shape(base.tensors[source.tensor].shape, source) for source in layout.experts[0]]
    return (sum(shape[0] for shape in shapes), *shapes[0][1:])


def fits(factors: Factors, shape: Shape) -> bool:
    """Return whether a module's factors are for a weight of this shape, as far as their shapes tell."""
    own = own_shape(factors)
    return own is None or len(shape) < 2 or own == (shape[0], math.prod(shape[1:]))


def names_for(
    adapter: Adapter, base: Checkpoint, architecture: Architecture, binding: Binding
) -> AdapterNames:
    """Find the spelling that an adapter has for the base's names.

    Raises:
        AlignmentError: several fit.
    """

    def is_for(path: str, located: LocatedParameter) -> bool:
        factors = adapter.modules.get(path)
        return factors is None or fits(factors, shape_of(base, located.layout))

    modules = [*adapter.modules, *adapter.token_rows]
    return names_of(base, architecture, binding, modules, adapter.replaced, is_for)


def may_have_other_rows(
    base: Checkpoint, architecture: Architecture, name: str, old: Shape, new: Shape
) -> bool:
    """Return whether the number of rows may change: they are tokens, or a head's labels."""
    if name.endswith(FINAL_BIAS):
        return len(old) == len(new) and old[:1] == new[:1]
    of_rows = len(old) == len(new) > 0 and old[1:] == new[1:] and new[0] > 0
    if not of_rows or architecture.is_beside_base_model(name):
        return of_rows
    return bool(vocabulary_paths(base.config, name, old[0]))


def refuse_misfits(adapter: Adapter, names: AdapterNames) -> None:
    """Refuse an adapter whose tensors have other shapes than what they are for in the base.

    Raises:
        AlignmentError: with the first module or parameter of another shape, and how many there are.
    """
    base = names.places.base
    misfits = [*_misfit_modules(adapter, names), *_misfit_parameters(adapter, names)]
    if misfits:
        path, own, shape = misfits[0]
        count = len(adapter.modules) + len(adapter.replaced) + len(adapter.token_rows)
        kinds = "modules" if count == len(adapter.modules) else "modules and parameters"
        raise AlignmentError(
            f"{path!r} is of shape {times(own)} in the adapter and {times(shape)} in {base.name}. "
            f"{len(misfits)} of its {count} {kinds} do not fit. {MADE_FOR}"
        )


def _misfit_modules(adapter: Adapter, names: AdapterNames) -> Iterator[tuple[str, Shape, Shape]]:
    """Return modules whose factors are for another shape, with that shape and the base's."""
    for path, factors in sorted(adapter.modules.items()):
        located, replacing = names.weight_of(path), adapter.replaced.get(f"{path}.weight")
        shape = shape_of(names.places.base, located.layout) if located is not None else ()
        if path in adapter.widens and is_wider(factors, shape):
            continue
        if not fits(factors, replacing.shape if replacing is not None else shape):
            yield path, own_shape(factors) or (), shape


def is_wider(factors: Factors, shape: Shape) -> bool:
    """Whether factors have the outputs of a weight of this shape, and more inputs."""
    own = own_shape(factors)
    return own is not None and len(shape) == 2 and own[0] == shape[0] and own[1] > shape[1]


def _misfit_parameters(adapter: Adapter, names: AdapterNames) -> Iterator[tuple[str, Shape, Shape]]:
    """Return parameters that replace some of another shape, and rows of tokens of another width."""
    base, architecture = names.places.base, names.places.architecture
    for name, tensor in sorted(adapter.replaced.items()):
        located = names.find(name)
        whole = located.layout.whole if located is not None else None
        if located is None or whole is None or not shape_of(base, located.layout) or not tensor.numel:
            continue
        shape = base.tensors[whole.tensor].shape
        is_free = may_have_other_rows(base, architecture, located.name, shape, tensor.shape)
        if tensor.shape != shape and not is_free:
            yield name, tensor.shape, shape
    for path, rows in sorted(adapter.token_rows.items()):
        located = names.weight_of(path)
        shape = shape_of(base, located.layout) if located is not None else ()
        if len(shape) == 2 and rows.rows.shape[1:] != shape[1:]:
            yield path, rows.rows.shape, shape
