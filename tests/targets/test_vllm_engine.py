"""What real vLLM does with what `convert --for vllm` wrote: it answers as it does with our merge.

    tools/vllm_env.sh FOLDER && export LORASURGERY_VLLM=FOLDER/bin/python && pytest -m engine

Minutes for each model; the last result is in benchmarks/RESULTS.md, with date and versions.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

INTERPRETER = os.environ.get("LORASURGERY_VLLM", "")
if not INTERPRETER:
    pytest.skip("LORASURGERY_VLLM names no environment with vLLM", allow_module_level=True)

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "benchmarks"))

from served import MIXTURES, MODELS, loaded, measure  # noqa: E402 - a script, next to the package

# What the difference may be, in units of what merging changes; and the least change of the log-probabilities,
# so that an adapter that does nothing cannot pass.
MOST, LEAST_CHANGE = 0.05, 1.0

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("name", MODELS)
def test_a_served_adapter_answers_as_the_merge_does(name: str) -> None:
    found = measure(name, INTERPRETER)
    assert found.change > LEAST_CHANGE
    assert found.difference <= MOST * found.change


@pytest.mark.parametrize("name", MIXTURES)
def test_the_loader_gives_factors_to_the_layers_that_check_names(name: str) -> None:
    held, expected = loaded(name, INTERPRETER)
    assert held == expected
