"""SECURITY.md names the oldest safe versions: pyproject.toml asks for them, and the tests use them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from support.paths import ROOT

ROW = re.compile(r"^\| ([\w.-]+) \| ([\d.]+) \| [^|]*(?:CVE-\d{4}-\d+)", re.MULTILINE)
FLOORS = dict(ROW.findall((ROOT / "SECURITY.md").read_text(encoding="utf-8")))


def requirements() -> Iterator[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for texts in (project["dependencies"], *project["optional-dependencies"].values()):
        yield from map(Requirement, texts)


def constraints() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = (line.partition("==") for line in lines if "==" in line and not line.startswith("#"))
    return {name: Version(version) for name, _, version in pins}


def test_the_table_of_floors_is_read() -> None:
    assert {"torch", "transformers", "onnx", "pyyaml", "tqdm"} <= FLOORS.keys()


@pytest.mark.parametrize("name", FLOORS)
def test_no_version_with_a_known_hole_is_admitted(name: str) -> None:
    asked = [each.specifier for each in requirements() if each.name == name]
    floors = [Version(each.version) for specifiers in asked for each in specifiers if each.operator == ">="]
    assert len(floors) == len(asked) > 0
    assert min(floors) == Version(FLOORS[name])


@pytest.mark.parametrize("name", sorted(FLOORS.keys() & constraints().keys()))
def test_the_tests_run_with_no_older_version(name: str) -> None:
    assert constraints()[name] >= Version(FLOORS[name])


@pytest.mark.parametrize("package", ["torch", "transformers", "onnx", "pyyaml", "mlx"])
def test_what_reads_files_of_others_is_pinned_for_the_tests(package: str) -> None:
    assert package in constraints()
