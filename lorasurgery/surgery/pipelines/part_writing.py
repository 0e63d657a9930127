"""How the weights of each model of a pipeline are written: what is quantised, and within which size."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import UnsupportedError
from lorasurgery.quantisation import quantised_model
from lorasurgery.surgery.merging.weight_writing import WeightWriting
from lorasurgery.surgery.pipelines.pipeline_folder import Pipeline


def writing_by_part(
    pipeline: Pipeline, parts: Collection[str], writing: WeightWriting
) -> dict[str, WeightWriting]:
    """Return how each model that changes is written.

    Models that are not quantised are written as they are. A size is that of all weights of the pipeline:
    what the other models take is subtracted from it.

    Args:
        parts: the models that change.

    Raises:
        UnsupportedError: weights are to be quantised again where none are, or a size is to be spread over
            several quantised models.
    """
    if writing.requantise is None:
        return dict.fromkeys(parts, writing)
    quantised = [part for part in parts if quantised_model(open_checkpoint(pipeline.folder / part)).weights]
    if not quantised:
        raise UnsupportedError(
            f"--requantise: no model of {pipeline.name} that changes has quantised weights; merge without it."
        )
    if writing.size is not None and len(quantised) > 1:
        raise UnsupportedError(
            f"--size is spent on one quantised model, and {' and '.join(quantised)} are quantised: merge "
            f"into one after the other, the first with --component {quantised[0]}."
        )
    plain = dataclasses.replace(writing, requantise=None, size=None)
    of_quantised = dataclasses.replace(writing, size=_left_for(pipeline, quantised[0], writing.size))
    return {part: of_quantised if part in quantised else plain for part in parts}


def _left_for(pipeline: Pipeline, part: str, size: int | None) -> int | None:
    """Return what of a pipeline's size is left for one of its models.

    Raises:
        UnsupportedError: the other models alone take more.
    """
    if size is None:
        return None
    others = sum(_nbytes(pipeline, each) for each in pipeline.parts if each != part)
    own = _nbytes(pipeline, part)
    if size < others + own:
        raise UnsupportedError(
            f"--size of {size:,} bytes is less than the weights of {pipeline.name} take "
            f"({others + own:,}), so nothing can be written in 16 bits. Leave it out, or give more."
        )
    return size - others


def _nbytes(pipeline: Pipeline, part: str) -> int:
    return sum(each.nbytes for each in open_checkpoint(pipeline.folder / part).tensors.values())
