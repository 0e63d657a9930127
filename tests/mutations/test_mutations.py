"""The safeguards that `python -m mutations` takes out are in the program, and a few are missed at once."""

from __future__ import annotations

import pytest

from mutations.__main__ import FOUND, tried
from mutations.safeguards import SAFEGUARDS
from support.paths import ROOT

# Of flushes, stamps and bounds: those whose tests take no second.
QUICK = ("files are not synced", "an error obeys a file")


@pytest.mark.parametrize("name", SAFEGUARDS)
def test_a_safeguard_is_in_the_program_and_its_tests_are_there(name: str) -> None:
    mutation = SAFEGUARDS[name]
    source = (ROOT / "lorasurgery" / mutation.file).read_text(encoding="utf-8")
    assert mutation.applied(source) != source
    for test in mutation.tests.split():
        path, _, function = test.partition("::")
        assert (
            f"def {function}(" in (ROOT / path).read_text(encoding="utf-8")
            if function
            else (ROOT / path).exists()
        )


@pytest.mark.parametrize("name", QUICK)
def test_a_safeguard_that_is_taken_out_is_missed(name: str) -> None:
    assert tried(SAFEGUARDS[name]) == FOUND
