"""Every dialect of every family, into every layout of its base; the table in `docs/formats/image.md`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from lorasurgery import extract, merge
from lorasurgery.surgery.inspect import inspect
from support.comfyui_names import ORIGINAL, names_in_files
from support.dialects import (
    DIALECTS,
    MODELS,
    NOT_IN_DIFFUSERS,
    NOT_READ,
    WRITTEN,
    Family,
    is_found,
    is_written,
)

PAGE = Path(__file__).parents[3] / "docs" / "formats" / "image.md"


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_goes_into_every_layout_of_the_base(name: str, family: Family, tmp_path: Path) -> None:
    dialect = DIALECTS[name]
    if family.name in NOT_READ.get(name, ()):
        pytest.skip("no program writes it")
    lora = family.lora(dialect)
    assert inspect(lora).kind == "adapter"
    for layout in ("original", "all-in-one", "diffusers"):
        base, wanted = family.base(layout)
        merge(base, lora, tmp_path / layout, undo=False)
        merged = load_file(tmp_path / layout / "b.safetensors")
        scale = 0.5 if dialect.has_alpha else 1.0
        for key, each in wanted.items():
            torch.testing.assert_close(merged[key], scale * each, rtol=1e-5, atol=1e-6)


def test_what_is_written_has_the_names_of_its_dialect(
    family: Family, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A kohya file that is made of diffusers' names has OneTrainer's names, of most families."""
    name = request.node.callspec.params["family"]
    for dialect, (form, source) in WRITTEN.items():
        found = family.written(source, form, tmp_path / f"{dialect}.safetensors").keys()
        wanted = load_file(family.lora(DIALECTS[dialect])).keys()
        is_same = {key for key in found if "alpha" not in key} == {
            key for key in wanted if "alpha" not in key
        }
        assert is_same == is_written(dialect, name), dialect


def test_comfyui_finds_what_is_written(
    family: Family, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """All modules of a file, but of some in diffusers' naming; a table in the page says of which."""
    name = request.node.callspec.params["family"]
    known = names_in_files(name, family.original, family.diffusers)
    if name in ORIGINAL:
        assert family.original.keys() <= {*ORIGINAL[name]}
    for dialect, (form, source) in WRITTEN.items():
        keys = family.written(source, form, tmp_path / f"{dialect}.safetensors")
        if not keys:
            assert not is_written(dialect, name)
            continue
        modules = {re.sub(r"\.(lora_.*|alpha)", "", key) for key in keys}
        assert (modules <= known) == is_found(dialect, name), dialect


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["original", "diffusers"])
def test_an_extraction_in_either_naming_goes_into_the_other(
    layout: str, family: Family, tmp_path: Path
) -> None:
    base, _ = family.base(layout)
    merge(base, family.lora(DIALECTS["diffusers"]), tmp_path / "tuned", undo=False)
    has_file = family.name not in NOT_IN_DIFFUSERS
    form = "diffusers" if layout == "original" and has_file else "comfyui"
    found = tmp_path / "found.safetensors"
    extract(base, tmp_path / "tuned" / "b.safetensors", found, rank=4, format=form)
    assert inspect(found).kind == "adapter"
    other, wanted = family.base("all-in-one" if layout == "diffusers" else "diffusers")
    merge(other, found, tmp_path / "merged", undo=False)
    merged = load_file(tmp_path / "merged" / "b.safetensors")
    for key, each in wanted.items():
        torch.testing.assert_close(merged[key], each, rtol=1e-3, atol=1e-3)


def test_the_page_lists_what_is_tried_here() -> None:
    rows = [line.strip(" |").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    starts = [index for index, row in enumerate(rows) if row[0] == "family"]
    assert [rows[start][1:] for start in starts] == [list(DIALECTS)] * 2 + [list(WRITTEN)]
    read, written, found = (rows[start + 1 : start + 1 + len(MODELS)] for start in starts)
    assert read == [
        [name, *("–" if name in NOT_READ.get(dialect, ()) else "✓" for dialect in DIALECTS)]
        for name in MODELS
    ]
    assert written == [
        [name, *("✓" if is_written(dialect, name) else "–" for dialect in DIALECTS)] for name in MODELS
    ]
    marks = {True: "✓", False: "–"}
    assert found == [
        [name, *(marks[is_written(dialect, name) and is_found(dialect, name)] for dialect in WRITTEN)]
        for name in MODELS
    ]
