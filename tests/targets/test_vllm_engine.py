"""What real vLLM does with what `convert --for vllm` wrote: it answers as it does with our merge.

    tools/vllm_env.sh FOLDER && export LORASURGERY_VLLM=FOLDER/bin/python && pytest -m engine

A minute or more for each model. The last result is in benchmarks/RESULTS.md, with date and versions: a whole
run with LORASURGERY_RECORD=1 writes it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

INTERPRETER = os.environ.get("LORASURGERY_VLLM", "")
if not INTERPRETER:
    pytest.skip("LORASURGERY_VLLM names no environment with vLLM", allow_module_level=True)

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "benchmarks"))

from served import (  # noqa: E402 - a script, next to the package
    MIXTURES,
    MODELS,
    loaded,
    measure,
    record,
    row_of_answers,
    row_of_layers,
)

# What the difference may be, in units of what merging changes; and the least change of the log-probabilities,
# so that an adapter that does nothing cannot pass.
MOST, LEAST_CHANGE = 0.05, 1.0

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def rows() -> Iterator[list[list[str]]]:
    """What each model gave, for the record of a whole run."""
    found: list[list[str]] = []
    yield found
    if os.environ.get("LORASURGERY_RECORD") and len(found) == len(MODELS) + len(MIXTURES):
        record(found, INTERPRETER, "LORASURGERY_RECORD=1 pytest -m engine")


@pytest.mark.parametrize("name", MODELS)
def test_a_served_adapter_answers_as_the_merge_does(name: str, rows: list[list[str]]) -> None:
    found = measure(name, INTERPRETER)
    assert found.change > LEAST_CHANGE
    assert found.difference <= MOST * found.change
    rows.append(row_of_answers(name, found))


@pytest.mark.parametrize("name", MIXTURES)
def test_the_loader_gives_factors_to_the_layers_that_check_names(name: str, rows: list[list[str]]) -> None:
    held, expected = loaded(name, INTERPRETER)
    assert held == expected
    rows.append(row_of_layers(name, held, expected))
