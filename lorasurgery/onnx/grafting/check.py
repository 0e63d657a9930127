"""Is the written graph what it should be? Its bytes read back, its outputs beside the original's,
and beside torch's where there is a base.

bytes      every changed initializer has the hash of what was computed
change     on seeded inputs, the outputs are finite and are no longer the original's
torch      with --base: max |graph − torch| ≤ tolerance · (1 + max |torch|), on the model that base
           and adapters give
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint.digest import digest
from lorasurgery.errors import NumericError, OutputError, UnsupportedError
from lorasurgery.onnx.grafting.report import AgainstTorch
from lorasurgery.onnx.grafting.write import GraftedGraph
from lorasurgery.onnx.graph.file import open_graph
from lorasurgery.onnx.graph.runtime import largest_difference
from lorasurgery.text import reason_of

if TYPE_CHECKING:
    import numpy
    from torch import Tensor

    Arrays = Mapping[str, numpy.ndarray[Any, Any]]


def check_bytes(path: Path, grafted: Sequence[GraftedGraph]) -> None:
    """Read every changed initializer back.

    Raises:
        OutputError: one is not what was computed.
    """
    written = open_graph(path).weights
    wrong = [each.initializer for each in grafted if digest(written[each.initializer].tensor) != each.digest]
    if wrong:
        raise OutputError(
            f"{wrong[0]!r} reads back otherwise than it was written, as do {len(wrong) - 1} others: the "
            "disk or its file system is at fault. Nothing was put in place."
        )


def change_of_outputs(before: Sequence[Arrays], after: Sequence[Arrays]) -> tuple[float, float]:
    """The largest change of any output, and the largest number among them.

    Raises:
        NumericError: an output is not finite.
    """
    import numpy as np

    for old, new in zip(before, after, strict=True):
        for name, array in new.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                of = "and was finite before" if np.isfinite(old[name]).all() else "and was so before"
                raise NumericError(
                    f"Output {name!r} of the grafted graph has a NaN or an infinity, {of}. Nothing was put "
                    "in place."
                )
    return largest_difference(before, after)


def against_torch(
    folder: Path, class_name: str, runs: Sequence[Arrays], outputs: Sequence[Arrays], tolerance: float
) -> AgainstTorch:
    """Compare a graph's outputs with those of the model that a folder holds, by torch in float32.

    Raises:
        UnsupportedError: the model takes other inputs, or has none of the graph's outputs.
        NumericError: they differ by more than the tolerance.
    """
    import numpy as np

    model = _loaded(folder, class_name)
    difference = largest = 0.0
    agreeing: list[float] = []
    for feed, got in zip(runs, outputs, strict=True):
        answers = _answers(model, feed)
        pairs = _pairs(answers, got)
        if not pairs:
            raise UnsupportedError(
                f"{class_name} has no output like the graph's ({', '.join(got)}), so that the two cannot "
                "be compared."
            )
        for theirs, ours in pairs:
            difference = max(difference, float(np.abs(theirs - ours).max(initial=0)))
            largest = max(largest, float(np.abs(theirs).max(initial=0)))
            agreeing.append(float((theirs.argmax(-1) == ours.argmax(-1)).mean()))
    if not difference <= tolerance * (1 + largest):
        raise NumericError(
            f"The grafted graph differs from torch by {difference:.2g} where numbers go up to "
            f"{largest:.2g}, and {tolerance:g} is allowed of each (--atol). "
            "The graph is not an export of this base, or not of this adapter's model. Nothing was put in "
            "place."
        )
    return AgainstTorch(class_name, difference, largest, sum(agreeing) / len(agreeing), tolerance)


def _loaded(folder: Path, class_name: str) -> Any:
    """The model in float32, with the attention of which exports are closest; without a bar for its
    few seconds.
    """
    import torch
    import transformers
    from transformers.utils import logging

    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        found = getattr(transformers, class_name)
        return found.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager", trust_remote_code=False
        ).eval()
    finally:
        if bars:
            logging.enable_progress_bar()


def _answers(model: Any, feed: Arrays) -> Mapping[str, Any]:
    """The model's outputs by name.

    Raises:
        UnsupportedError: it takes other inputs.
    """
    import torch

    plain = {name: torch.from_numpy(array.copy()) for name, array in feed.items() if not _past(name)}
    plain = {name: each.float() if each.is_floating_point() else each for name, each in plain.items()}
    past = _cache(feed)
    extra = {"past_key_values": past} if past is not None else {}
    try:
        with torch.inference_mode():
            return dict(model(**plain, **extra))
    except Exception as error:  # a model fails on foreign inputs in any way
        raise UnsupportedError(
            f"{type(model).__name__} cannot be run on the graph's inputs ({', '.join(feed)}): "
            f"{reason_of(error)}. --no-verify goes without."
        ) from None


def _past(name: str) -> re.Match[str] | None:
    return re.fullmatch(r"past_key_values\.(\d+)\.(key|value)", name)


def _cache(feed: Arrays) -> Any:
    """The model's own cache, from the graph's inputs."""
    import torch
    from transformers import DynamicCache

    layers: dict[int, dict[str, Tensor]] = {}
    for name, array in feed.items():
        found = _past(name)
        if found:
            layers.setdefault(int(found[1]), {})[found[2]] = torch.from_numpy(array.copy()).float()
    return DynamicCache([(layers[i]["key"], layers[i]["value"]) for i in sorted(layers)]) if layers else None


def _pairs(answers: Mapping[str, Any], got: Arrays) -> list[tuple[Any, Any]]:
    """Outputs of one name; where no name agrees, the first of one shape."""
    import numpy as np
    import torch

    tensors = {k: v.double().numpy() for k, v in answers.items() if isinstance(v, torch.Tensor)}
    ours = {name: array.astype(np.float64) for name, array in got.items() if array.dtype.kind == "f"}
    named = [
        (tensors[name], array)
        for name, array in ours.items()
        if name in tensors and tensors[name].shape == array.shape
    ]
    if named:
        return named
    first = next(iter(ours.values()), None)
    alike = [t for t in tensors.values() if first is not None and t.shape == first.shape]
    return [(alike[0], first)] if alike else []
