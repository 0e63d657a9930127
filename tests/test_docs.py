"""The tables of methods and formats in docs/ say what the code does and what the tests compare it with."""

from __future__ import annotations

import re

import peft

from lorasurgery.formats.peft.refused_methods import REFUSED
from lorasurgery.formats.peft.variant_readers import VARIANTS
from support.paths import ROOT
from support.peft_cases import CASES, SINGLE, SINGLE_CASES

ROWS = re.findall(
    r"^\| ([A-Z0-9_]+) \| (\S[^|]*) \|",
    (ROOT / "docs" / "formats" / "peft.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)
# Whose exceptions the note of their row tells.
WITH_EXCEPTIONS = {"LORA", "OFT"}


def test_every_method_of_peft_has_one_row() -> None:
    assert sorted(name for name, _ in ROWS) == sorted(each.value for each in peft.PeftType)


def test_what_is_refused_is_what_the_table_says() -> None:
    said = {name for name, how in ROWS if how == "refused"}
    assert said == set(REFUSED)
    assert {name for name, _ in ROWS} - said == set(VARIANTS)


def test_tolerances_are_those_of_the_tests() -> None:
    held: dict[str, float] = {}
    for _, config, tolerance in [
        *CASES,
        *((name, config, SINGLE) for name, config in SINGLE_CASES),
    ]:
        name = str(getattr(config.peft_type, "value", config.peft_type))
        held[name] = max(tolerance, held.get(name, 0.0))
    assert ROWS
    for name, how in ROWS:
        if name not in held or name in WITH_EXCEPTIONS:
            continue
        wanted = 1e-12 if how == "exactly" else float(how.removeprefix("to "))
        assert held[name] == wanted, name


def test_the_table_of_formats_is_that_of_the_folder() -> None:
    from lorasurgery import formats

    text = (ROOT / "docs" / "formats" / "index.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z_]+) \| [^|]+ \| yes \| (yes|no) \|", text, re.MULTILINE)
    found = {name: formats.load(name).is_written for name in formats.names()}
    assert {name: written == "yes" for name, written in rows} == found


def test_the_table_of_fusing_methods_is_that_of_the_folder() -> None:
    from lorasurgery import fusing

    text = (ROOT / "docs" / "fuse.md").read_text(encoding="utf-8")
    table = text[text.index("## Methods") : text.index("## Parallel-LoRA")]
    assert sorted(re.findall(r"^\| ([a-z_]+) \|", table, re.MULTILINE)[1:]) == sorted(fusing.names())
