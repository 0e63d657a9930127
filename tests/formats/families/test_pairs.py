"""From every dialect into every one that is written, and back: the change of the model stays what it is."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from lorasurgery import convert
from support.dialects import Family
from support.image_dialects import DIALECTS, NOT_IN_DIFFUSERS, NOT_READ, OF_ONE_NAME, WRITTEN
from support.image_files import changes

# What the formats write. kohya's has one of three dialects: a file of LyCORIS keeps its names.
FORMS = {
    "kohya": ("kohya, musubi-tuner", "OneTrainer, flat", "LyCORIS"),
    "comfyui": ("ComfyUI",),
    "diffusers": ("diffusers",),
}


def converted(family: Family, source: Path, form: str, target: Path) -> Path:
    base = family.folder / "names.safetensors" if family.name in OF_ONE_NAME else None
    convert(source, target, format=form, base=base, force=True)
    return target


def forms(family: Family) -> list[str]:
    return [form for form in FORMS if form != "diffusers" or family.name not in NOT_IN_DIFFUSERS]


def assert_is_the_change(family: Family, file: Path, form: str, scale: float) -> None:
    """The names are those of one dialect of the form, and each has the change that it has there."""
    found = changes(file)
    for dialect in FORMS[form]:
        wanted = changes(family.lora(DIALECTS[dialect]))
        if wanted.keys() == found.keys():
            unscaled = 0.5 if DIALECTS[dialect].has_alpha else 1.0
            for name, change in found.items():
                torch.testing.assert_close(change, wanted[name] * scale / unscaled, rtol=1e-6, atol=1e-9)
            return
    raise AssertionError(f"names of no dialect: {min(found)}")


@pytest.mark.slow
@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_becomes_every_one_that_is_written(name: str, family: Family, tmp_path: Path) -> None:
    if family.name in NOT_READ.get(name, ()):
        pytest.skip("no program writes it")
    dialect = DIALECTS[name]
    source = tmp_path / "source.safetensors"
    family.lora(dialect).rename(source)
    for form in forms(family):
        file = converted(family, source, form, tmp_path / f"{form}.safetensors")
        assert_is_the_change(family, file, form, 0.5 if dialect.has_alpha else 1.0)


def test_there_and_back_has_the_same_numbers(family: Family, tmp_path: Path) -> None:
    """Bit for bit: names and packing are all that changes. What packing joins, taking apart cuts again."""
    first = tmp_path / "first.safetensors"
    family.lora(DIALECTS[WRITTEN["ComfyUI"][1]]).rename(first)
    there = {form: converted(family, first, form, tmp_path / f"{form}.safetensors") for form in forms(family)}
    for form, file in there.items():
        assert_is_the_change(family, file, form, 0.5)
    for one, other in permutations(there, 2):
        middle = converted(family, there[one], other, tmp_path / "middle.safetensors")
        back = converted(family, middle, one, tmp_path / "back.safetensors")
        before, after = load_file(there[one]), load_file(back)
        if one == "kohya" and before.keys() != after.keys():
            # Of diffusers' names, kohya's file has OneTrainer's where programs read these.
            assert_is_the_change(family, back, one, 0.5)
            continue
        assert before.keys() == after.keys(), (one, other)
        for key, tensor in before.items():
            assert torch.equal(tensor, after[key]), (one, other, key)
