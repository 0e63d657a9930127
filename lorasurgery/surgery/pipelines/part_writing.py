"""How the weights of each model of a pipeline are written: what is quantised, and within which size."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence

from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import UnsupportedError
from lorasurgery.quantisation import quantised_model
from lorasurgery.surgery.merging.weight_writing import WeightWriting
from lorasurgery.surgery.merging.widening import WideBlock, spent
from lorasurgery.surgery.pipelines.pipeline_folder import Pipeline


def writing_by_part(
    pipeline: Pipeline, parts: Collection[str], writing: WeightWriting
) -> dict[str, WeightWriting]:
    """Return how each model that changes is written.

    Models that are not quantised are written as they are; a size is spent later, by `sizes`.

    Args:
        parts: the models that change.

    Raises:
        UnsupportedError: weights are to be quantised again where none are.
    """
    if writing.requantise is None:
        return dict.fromkeys(parts, writing)
    quantised = [part for part in parts if quantised_model(open_checkpoint(pipeline.folder / part)).weights]
    if not quantised:
        raise UnsupportedError(
            f"--requantise: no model of {pipeline.name} that changes has quantised weights; merge without it."
        )
    plain = dataclasses.replace(writing, requantise=None, size=None)
    of_quantised = dataclasses.replace(writing, size=None)
    return {part: of_quantised if part in quantised else plain for part in parts}


def sizes(
    pipeline: Pipeline, blocks: Mapping[str, Sequence[WideBlock]], writing: WeightWriting
) -> dict[str, int]:
    """Spend a size on all models that are quantised: where it spares most, whichever model that is in.

    Args:
        blocks: what could be written in 16 bits, by model.

    Returns:
        The size of each of these models, within which it chooses the same blocks.

    Raises:
        UnsupportedError: the weights of the pipeline alone take more.
    """
    assert writing.size is not None, "there is a size to spend"
    nbytes = {part: _nbytes(pipeline, part) for part in pipeline.parts}
    left = writing.size - sum(nbytes.values())
    if left < 0:
        raise UnsupportedError(
            f"--size of {writing.size:,} bytes is less than the weights of {pipeline.name} take "
            f"({sum(nbytes.values()):,}), so nothing can be written in 16 bits. Leave it out, or give more."
        )
    chosen = {id(each) for each in spent([each for own in blocks.values() for each in own], left)}
    return {
        part: nbytes[part] + sum(each.nbytes for each in own if id(each) in chosen)
        for part, own in blocks.items()
    }


def _nbytes(pipeline: Pipeline, part: str) -> int:
    return sum(each.nbytes for each in open_checkpoint(pipeline.folder / part).tensors.values())
