"""Every dialect of every family: read, inspected, merged into every layout of its base, written, extracted.

The tables of `docs/formats/image.md` are made of the data that these tests run over.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import extract, merge
from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.inspect import inspect
from support.comfyui_names import ORIGINAL, names_in_files
from support.dialects import Family
from support.image_dialects import DIALECTS, NOT_IN_DIFFUSERS, NOT_READ, WRITTEN, is_found, is_written
from support.image_files import changes
from support.slow import slow_but

# The layout of two models, the format of what is extracted from them, and the dialect that this has.
NATIVE = [
    ("original", "kohya", "kohya, musubi-tuner"),
    ("original", "comfyui", "ComfyUI"),
    ("diffusers", "diffusers", "diffusers"),
    ("diffusers", "kohya", "OneTrainer, flat"),
]
ACROSS = [
    ("all-in-one", "kohya", "kohya, musubi-tuner"),
    ("all-in-one", "comfyui", "ComfyUI"),
    ("diffusers", "comfyui", "ComfyUI"),
    ("original", "diffusers", "diffusers"),
    ("all-in-one", "diffusers", "diffusers"),
]


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_goes_into_every_layout_of_the_base(name: str, family: Family, tmp_path: Path) -> None:
    dialect = DIALECTS[name]
    if family.name in NOT_READ.get(name, ()):
        pytest.skip("no program writes it")
    lora = family.lora(dialect)
    for layout in ("original", "all-in-one", "diffusers"):
        base, weights, change = family.base(layout)
        merge(base, lora, tmp_path / layout, undo=False)
        merged = load_file(next((tmp_path / layout).glob("*.safetensors")))
        scale = 0.5 if dialect.has_alpha else 1.0
        assert merged.keys() == change.keys()
        for key, each in change.items():
            torch.testing.assert_close(merged[key], weights[key] + scale * each, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_is_inspected(name: str, family: Family) -> None:
    """Every module with its rank, its shape and the energy of its ΔW."""
    if family.name in NOT_READ.get(name, ()):
        pytest.skip("no program writes it")
    lora = family.lora(DIALECTS[name])
    report = inspect(lora)
    found = sorted((each.shape, each.rank, each.energy) for each in report.modules)
    ranks = {len(each) for key, each in load_file(lora).items() if re.search("lora_(A|down)", key)}
    wanted = sorted((tuple(each.shape), float(each.square().sum())) for each in changes(lora).values())
    assert report.kind == "adapter"
    assert {rank for _, rank, _ in found} == ranks
    assert [shape for shape, *_ in found] == [shape for shape, _ in wanted]
    assert [energy for *_, energy in found] == pytest.approx([energy for _, energy in wanted], rel=1e-5)


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


@pytest.mark.parametrize(("layout", "form", "dialect"), slow_but(NATIVE, NATIVE + ACROSS))
def test_an_extraction_has_the_change_under_the_names_of_its_dialect(
    layout: str, form: str, dialect: str, family: Family, tmp_path: Path
) -> None:
    """From each naming of a model into each: names, and ΔW of every module."""
    base, weights, change = family.base(layout)
    tuned, file = tmp_path / "tuned.safetensors", tmp_path / "found.safetensors"
    save_file({key: each + change[key] for key, each in weights.items()}, tuned)
    if form == "diffusers" and family.name in NOT_IN_DIFFUSERS:
        with pytest.raises(UnsupportedError, match="diffusers"):
            extract(base, tuned, file, rank=8, format=form)
        return
    extract(base, tuned, file, rank=8, format=form)
    found, wanted = changes(file), changes(family.lora(DIALECTS[dialect]))
    assert (found.keys() == wanted.keys()) == is_written(dialect, family.name)
    scale = 0.5 if DIALECTS[dialect].has_alpha else 1.0
    for name in found.keys() & wanted.keys():
        torch.testing.assert_close(found[name], wanted[name] / scale, rtol=1e-4, atol=1e-4)
