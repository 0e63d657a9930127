"""Wheel and sdist build and install, and the file verbs need only the packages that the docs name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterable, Sequence
from email.parser import Parser
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
INSTALLATION = (ROOT / "docs" / "installation.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and with the wheel that is built from it and not from the repository."""
    folder = tmp_path_factory.mktemp("dist")
    _run([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder], ROOT)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder / "source", filter="data")
    source = next((folder / "source").iterdir())
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], source)
    return folder


def test_the_sdist_has_what_its_readme_needs(built: Path) -> None:
    source = next((built / "source").iterdir())
    for name in (
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "constraints.txt",
        "mkdocs.yml",
        "docs",
        "tests",
        "fixtures",
    ):
        assert (source / name).exists(), name


def test_the_wheel_has_the_package_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(_wheel(built)) as archive:
        names = set(archive.namelist())
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "lorasurgery").rglob("*.py")}
    facts = {path.relative_to(ROOT).as_posix() for path in (ROOT / "lorasurgery/targets").rglob("*.json")}
    lists = {path.relative_to(ROOT).as_posix() for path in (ROOT / "lorasurgery/cli").glob("*.txt")}
    kernels = {path.relative_to(ROOT).as_posix() for path in (ROOT / "lorasurgery/linalg").rglob("*.ll")}
    expected = modules | facts | lists | kernels | {"lorasurgery/py.typed"}
    assert {name for name in names if ".dist-info/" not in name} == expected


def test_the_metadata_names_an_installation_that_works(built: Path, tmp_path: Path) -> None:
    """What the wheel requires, and nothing else, is enough to run it."""
    with zipfile.ZipFile(_wheel(built)) as archive:
        name = next(name for name in archive.namelist() if name.endswith("METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    wanted = [Requirement(line) for line in metadata.get_all("Requires-Dist") or ()]
    plain = [each for each in wanted if each.marker is None]
    for each in plain:
        assert distribution(each.name).version in each.specifier, each
    program = _installed(built, tmp_path / "venv", [each.name for each in plain])
    assert _run([program, "--version"], tmp_path).split() == ["lorasurgery,", "version", metadata["Version"]]
    _run([program, "extract", FIXTURES / "bert-base", FIXTURES / "bert-tuned", "-o", "adapter"], tmp_path)
    _run([program, "export-onnx", FIXTURES / "bert-tuned", "-o", "graph"], tmp_path)
    assert (tmp_path / "graph" / "model.onnx").is_file()


def test_file_verbs_need_only_the_packages_that_the_docs_name(built: Path, tmp_path: Path) -> None:
    names = re.search(r"^    pip install (blake3 .*)$", INSTALLATION, re.MULTILINE)
    assert names is not None
    program = _installed(built, tmp_path / "venv", names[1].split())
    llama, adapter = FIXTURES / "llama-base", FIXTURES / "llama-adapter"
    commands: tuple[Sequence[str | Path], ...] = (
        ("extract", FIXTURES / "bert-base", FIXTURES / "bert-tuned", "--rank", "4", "-o", "extracted"),
        ("extract", llama, FIXTURES / "llama-tuned", "--size", "20kB", "--format", "gguf", "--rest", "drop"),
        ("merge", llama, adapter, "-o", "merged"),
        ("verify", llama, adapter, "merged"),
        ("unmerge", "merged", "-o", "unmerged"),
        ("rerank", adapter, "--rank", "2", "-o", "small"),
        ("fuse", adapter, "small:0.5", "--method", "ties", "--rank", "3", "-o", "fused"),
        ("convert", adapter, "--base", llama, "--for", "llamacpp", "-o", "adapter.gguf"),
        ("convert", "adapter.gguf", "--base", llama, "--for", "mlx", "-o", "for-mlx"),
        ("convert", adapter, "--base", llama, "--format", "kohya", "-o", "adapter.safetensors"),
        ("inspect", llama, FIXTURES / "llama-merged"),
        ("inspect", "adapter.safetensors", "--base", llama),
        ("inspect", adapter, "small", "--compare"),
    )
    for command in commands:
        _run([program, *command], tmp_path)
    assert (tmp_path / "unmerged" / "config.json").is_file()
    absent = subprocess.run(
        [program, "inspect", adapter, "--module", "*.0.*.q_proj"], capture_output=True, text=True, check=False
    )
    assert absent.returncode == 1
    assert absent.stderr == (
        "error: This needs the package uniplot, which is not installed: pip install uniplot.\n"
    )


def _wheel(folder: Path) -> Path:
    return next(folder.glob("*.whl"))


def _installed(built: Path, environment: Path, names: Iterable[str]) -> Path:
    """The program, in a new environment that sees the wheel, these packages, and what they require."""
    venv.create(environment, with_pip=False, symlinks=True)
    packages = next(environment.glob("lib/python*/site-packages"))
    for name in _closure(names):
        for entry in {Path(file).parts[0] for file in distribution(name).files or ()} - {"..", "__pycache__"}:
            source = Path(str(distribution(name).locate_file(entry)))
            if source.exists() and not (packages / entry).exists():
                (packages / entry).symlink_to(source)
    python = environment / "bin" / "python"
    _run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            python,
            "install",
            "-q",
            "--no-deps",
            "--no-index",
            _wheel(built),
        ],
        ROOT,
    )
    return environment / "bin" / "lorasurgery"


def _closure(names: Iterable[str]) -> set[str]:
    """The packages and all that they require here, by their normal names."""
    found: set[str] = set()
    waiting = [canonicalize_name(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            required = map(Requirement, distribution(name).requires or ())
        except PackageNotFoundError:  # such as torch's own packages for a GPU
            continue
        found.add(name)
        waiting += [
            canonicalize_name(each.name)
            for each in required
            if each.marker is None or each.marker.evaluate({"extra": ""})
        ]
    return found


def _run(command: Sequence[str | Path], folder: Path) -> str:
    """What a command prints, run without this environment's own paths."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    run = subprocess.run(
        [*map(str, command)], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, f"{' '.join(map(str, command))}\n{run.stdout}\n{run.stderr}"
    return run.stdout
