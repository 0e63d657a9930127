"""Whether an adapter's factors fit the weights that they are for: shapes alone, all of an adapter in one message."""

from __future__ import annotations

import math
from collections.abc import Mapping

from lorasurgery.adapter import Adapter
from lorasurgery.architecture import Architecture, Binding, Layout, Source
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.errors import AlignmentError
from lorasurgery.surgery.merging.names import Found, Names, names_of
from lorasurgery.surgery.wording import times
from lorasurgery.variants.edit import Factors, Shape, own_shape

MADE_FOR = "Check that the adapter was made for this model."


def part_shape(stored: Shape, source: Source) -> Shape:
    """The (out, in, *kernel) of the part of a tensor that a source is; a vector's is (out,)."""
    shape = stored[1:] if source.expert is not None else stored
    if source.transposed:
        shape = (shape[1], shape[0], *shape[2:])
    return shape if source.rows is None else (source.rows[1] - source.rows[0], *shape[1:])


def shape_of(base: Checkpoint, layout: Layout) -> Shape:
    """A parameter as (out, in, *kernel), one expert's where they are fused; () where codes that are not read do not tell it.

    Of a matrix that the model stores as (in, out), quantisers store either that or its transpose.
    """
    for source in layout.experts[0]:
        stored = base.tensors[source.tensor].quantised
        if stored is not None and stored.refusal and (source.transposed or not stored.has_shape):
            return ()
    shapes = [part_shape(base.tensors[source.tensor].shape, source) for source in layout.experts[0]]
    return (sum(shape[0] for shape in shapes), *shapes[0][1:])


def fits(factors: Factors, shape: Shape) -> bool:
    """Whether a module's factors are for a weight of this shape, as far as their own shapes tell."""
    own = own_shape(factors)
    return own is None or len(shape) < 2 or own == (shape[0], math.prod(shape[1:]))


def names_for(adapter: Adapter, base: Checkpoint, architecture: Architecture, binding: Binding) -> Names:
    """Find the spelling that an adapter has for the base's names.

    Raises:
        AlignmentError: several fit.
    """

    def is_for(path: str, found: Found) -> bool:
        factors = adapter.modules.get(path)
        return factors is None or fits(factors, shape_of(base, found.layout))

    modules = [*adapter.modules, *adapter.token_rows]
    return names_of(base, architecture, binding, modules, adapter.replaced, is_for)


def refuse_misfits(adapter: Adapter, found: Mapping[str, Found], base: Checkpoint) -> None:
    """Hold the factors of all modules against the weights that were found for them.

    Raises:
        AlignmentError: some do not fit, with the first of them and how many there are.
    """
    misfits = []
    for path, where in sorted(found.items()):
        factors, shape = adapter.modules[path], shape_of(base, where.layout)
        brought = adapter.replaced.get(f"{path}.weight")
        if not fits(factors, brought.shape if brought is not None else shape):
            misfits.append((path, own_shape(factors) or (), shape))
    if misfits:
        path, own, shape = misfits[0]
        raise AlignmentError(
            f"{path!r} changes by {times(own)} in the adapter and is {times(shape)} in {base.name}. "
            f"{len(misfits)} of its {len(found)} modules do not fit. {MADE_FOR}"
        )
