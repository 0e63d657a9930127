"""Check an export in a process of its own, so that neither model is ever beside the other's
making, and its memory is counted apart.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery import own_process
from lorasurgery.errors import NumericError, UnsupportedError
from lorasurgery.onnx.exporting.report import ExportCheck, OutputComparison
from lorasurgery.onnx.exporting.tasks import ExportTask
from lorasurgery.text import reason_of

if TYPE_CHECKING:
    import torch

# What float16 graphs may differ from torch's float32 by (measured: 2e-3 of 1.5, 1.3e-2 of 5.7).
HALF_ATOL = 2e-2


@dataclass(frozen=True)
class CheckQuestion:
    """Graphs in `folder` (their files end in `suffix` and .onnx), and the folder that transformers
    loads the same model from.

    `base` is the folder of the model without its adapters, where there are any.
    """

    folder: Path
    task: ExportTask
    reference: Path
    dtype: torch.dtype
    suffixes: tuple[str, ...] = ("",)
    base: Path | None = None


def check(question: CheckQuestion, atol: float) -> ExportCheck:
    """Compare all graphs with torch: max |graph − torch| ≤ atol · (1 + max |torch|), and 2e-2 at
    least in half precision.

    Graphs with a suffix (quantised ones) are compared, and held to nothing.

    Raises:
        NumericError: they differ by more, or an answer is not finite.
        UnsupportedError: ONNX Runtime or torch cannot run what was made.
    """
    import torch

    tolerance = max(atol, HALF_ATOL) if question.dtype == torch.float16 else atol
    found, peak = _in_own_process(question)
    beyond = [each for each in found.compared[0] if not each.max_difference <= tolerance * (1 + each.largest)]
    if beyond:
        worst = max(beyond, key=lambda each: each.relative)
        raise NumericError(
            f"{worst.graph}.onnx differs from torch by {worst.max_difference:.2g} where numbers go up to "
            f"{worst.largest:.2g}, and {tolerance:g} is allowed of each (--atol). "
            "Nothing was put in place."
        )
    quantised = [each for more in found.compared[1:] for each in more]
    return ExportCheck(found.compared[0], tolerance, peak, quantised, found.effect)


@dataclass(frozen=True)
class _CheckAnswer:
    """What was compared, for each suffix; and the largest change that the adapters make, where
    that could be measured.
    """

    compared: list[list[OutputComparison]]
    effect: float | None


def _in_own_process(question: CheckQuestion) -> tuple[_CheckAnswer, int]:
    absolute = dataclasses.replace(
        question,
        folder=question.folder.absolute(),
        reference=question.reference.absolute(),
        base=question.base.absolute() if question.base is not None else None,
    )
    try:
        return own_process.call(_measured, absolute)
    except own_process.EndedEarlyError as error:
        raise UnsupportedError(
            f"The check did not finish: {error}. It holds the whole model in memory; --no-verify goes "
            "without."
        ) from None


def _measured(question: CheckQuestion) -> tuple[_CheckAnswer, int]:
    """The answer, and the most memory that it took."""
    return _answer(question), _peak_nbytes()


def _answer(question: CheckQuestion) -> _CheckAnswer:
    from lorasurgery.onnx.exporting.compare import compare
    from lorasurgery.onnx.exporting.effect import answers, largest_change

    task = question.task
    model = _loaded(question.reference, task.class_name)
    compared = [compare(question.folder, task, model, question.dtype, each) for each in question.suffixes]
    if question.base is None:
        return _CheckAnswer(compared, None)
    config, said = model.config, answers(task, model, model.config)
    del model  # the two are never in memory together
    bare = _bare(question.base, task.class_name)
    return _CheckAnswer(compared, largest_change(task, bare, config, said) if bare is not None else None)


def _bare(folder: Path, class_name: str) -> Any:
    """The model without its adapters; None where it is not whole without them (a head of theirs),
    or has a form that is not run here.
    """
    try:
        return _loaded(folder, class_name, whole=True)
    except UnsupportedError:
        return None


def _loaded(folder: Path, class_name: str, *, whole: bool = False) -> Any:
    """The model as transformers loads it, in float32, with the attention that has no special cases
    for padding.

    Raises:
        UnsupportedError: transformers cannot load it; or, where it has to be `whole`, its files
            lack parameters, which would be drawn.
    """
    import torch
    import transformers

    from lorasurgery.onnx.exporting.model import quiet

    try:
        with quiet():
            found = getattr(transformers, class_name)
            model, loaded = found.from_pretrained(
                folder,
                dtype=torch.float32,
                attn_implementation="eager",
                local_files_only=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
    except Exception as error:  # a class may fail on a foreign folder in any way
        raise UnsupportedError(
            f"transformers cannot load {class_name} to compare with: {reason_of(error)}. --no-verify goes "
            "without."
        ) from error
    if whole and loaded["missing_keys"]:
        raise UnsupportedError(f"{folder} is no whole {class_name}.")
    return model.eval()


def _peak_nbytes() -> int:
    """The most memory that this process had, mapped files included."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
