from __future__ import annotations

import os
import subprocess
import sys

import pytest

from lorasurgery.architecture import model_types
from lorasurgery.architecture.model_types import has_model_type
from support.paths import ROOT


def test_every_type_of_transformers_is_named_in_its_source() -> None:
    """The table itself is asked about what the source names, so that none is lost without an import."""
    from transformers import CONFIG_MAPPING

    assert [each for each in CONFIG_MAPPING if not model_types._is_named(each)] == []
    assert all(has_model_type(each) for each in CONFIG_MAPPING)


def answers(before: str, model_type: object) -> list[str]:
    """What a fresh process says of a type, and whether it imported transformers and torch."""
    code = (
        f"import sys; from lorasurgery.architecture import model_types\n{before}\n"
        f"print(model_types.has_model_type({model_type!r}), *(each in sys.modules for each in "
        "('transformers', 'torch')))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("model_type", ["nobody_knows", None, 5, ["llama"]])
def test_a_type_that_nobody_knows_needs_no_import(model_type: object) -> None:
    assert answers("", model_type) == ["False", "False", "False"]


def test_the_table_is_asked_where_its_source_lies_elsewhere() -> None:
    assert answers("model_types._source = lambda: ''", "llama") == ["True", "True", "True"]
    assert answers("model_types._source = lambda: ''", "nobody_knows")[:2] == ["False", "True"]
