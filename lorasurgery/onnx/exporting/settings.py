"""How a model is traced: task, dtype, opset and attention, checked before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.dtypes import chosen
from lorasurgery.errors import MissingExtraError, UnsupportedError
from lorasurgery.onnx.exporting.trace import NEWEST_OPSET, OLDEST_OPSET, OPSET

DTYPES = ("float32", "float16")
ATTENTIONS = ("eager", "sdpa")
PACKAGES = ("onnx", "onnx_ir", "onnxscript", "onnxruntime")


@dataclass(frozen=True)
class TraceSettings:
    """How a graph is traced. `task` is optimum's name, or None for the task of the config's class."""

    task: str | None = None
    dtype: str = "float32"
    opset: int = OPSET
    attention: str = "eager"


def checked_settings(task: str | None, dtype: str, opset: int, attention: str) -> TraceSettings:
    """Return the settings of a trace, with the dtype under torch's name.

    Raises:
        UnsupportedError: a word or number is not among those that an export takes.
    """
    if attention not in ATTENTIONS:
        raise UnsupportedError(f"--attn {attention!r} is not one of {', '.join(ATTENTIONS)}.")
    if not OLDEST_OPSET <= opset <= NEWEST_OPSET:
        raise UnsupportedError(
            f"torch does not export to --opset {opset}; choose one from {OLDEST_OPSET} to {NEWEST_OPSET}."
        )
    return TraceSettings(task, chosen(dtype, DTYPES), opset, attention)


def check_packages() -> None:
    """Name the packages that are absent before anything is loaded.

    Raises:
        MissingExtraError: with the command that installs them.
    """
    from importlib.util import find_spec

    absent = [name for name in PACKAGES if find_spec(name) is None]
    if absent:
        raise MissingExtraError(
            f"export-onnx needs {', '.join(absent)}: pip install "
            f"{' '.join(name.replace('_', '-') for name in absent)}."
        )
