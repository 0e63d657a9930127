"""PEFT's model of an extracted adapter, loaded in silence, and how far it is from the fine-tune."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from support.tiny_models import FULL_RANK, output

peft = pytest.importorskip("peft")
# Products in float32 by other ways than the fine-tune's, through a few layers.
RELATIVE_TOLERANCE = 1e-4
# A parameter of the merged model: one product and one sum in float32.
MERGED_TOLERANCE = 2e-5
# Room for all ranks of everything, so that tables of tokens and heads are low-rank too.
EVERYTHING_LOW_RANK = ("all rows", {"size": 10**7})
SINGLE_ROWS = ("few rows", {"rank": FULL_RANK})


def relative(actual: Tensor, expected: Tensor) -> float:
    return float((actual.double() - expected.double()).norm() / expected.double().norm().clamp_min(1e-9))


class Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def silence(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Insist that nothing is said: no warning, no line in a log, nothing on the screen."""
    complaints = Complaints()
    loggers = [logging.getLogger(name) for name in ("", "transformers")]
    for logger in loggers:
        logger.addHandler(complaints)
    capfd.readouterr()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            # Said on every load by PEFT's use of transformers, whatever the adapter.
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
            yield
    finally:
        for logger in loggers:
            logger.removeHandler(complaints)
    assert complaints.said == []
    assert capfd.readouterr() == ("", "")


def adapted(base: Any, adapter: Path, capfd: pytest.CaptureFixture[str]) -> Any:
    """Let PEFT load an adapter, whole and in silence."""
    with silence(capfd):
        model = peft.PeftModel.from_pretrained(base, adapter)
        result = model.load_adapter(adapter, "default")
    assert result.missing_keys == []
    assert result.unexpected_keys == []
    return model.eval()


def assert_same_weights(model: Any, expected: Mapping[str, Tensor]) -> None:
    actual = model.state_dict()
    assert actual.keys() == expected.keys()
    off = {name: error for name in expected if (error := relative(actual[name], expected[name])) > 0}
    assert {name: error for name, error in off.items() if error > MERGED_TOLERANCE} == {}


def assert_is_the_model(model: Any, tuned: Any, inputs: Mapping[str, Tensor]) -> None:
    """Compare logits while the adapter is loaded and once it is merged, and then every weight."""
    wanted = output(tuned, inputs)
    assert relative(output(model, inputs), wanted) < RELATIVE_TOLERANCE
    merged = model.merge_and_unload()
    assert relative(output(merged, inputs), wanted) < RELATIVE_TOLERANCE
    assert_same_weights(merged, tuned.state_dict())


def run_card(adapter: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Do what the model card says, from the folder that the adapter is in."""
    (lines,) = re.findall(r"```python\n(.*?)```", (adapter / "README.md").read_text(), re.DOTALL)
    monkeypatch.chdir(adapter.parent)
    names: dict[str, Any] = {}
    exec(lines, names)
    return names["model"].eval()
