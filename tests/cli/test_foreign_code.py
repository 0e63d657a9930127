"""Python files next to somebody's weights never run, neither from the current folder nor as a
model's code.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command_line import Run
from support.paths import FIXTURES, ROOT

# What the verbs import after they have started, and the parts of Python's library that they come
# by.
MODULES = (
    "transformers",
    "torch",
    "numpy",
    "onnxruntime",
    "onnx",
    "peft",
    "safetensors",
    "numba",
    "pickle",
    "csv",
)
# What our own files import first. Python itself imports `contextlib` from there for any `-m`,
# before a file of ours runs.
FIRST_MODULES = ("__future__", "typing", "pathlib", "re", "click", "rich")
VERBS = {
    "inspect": ["inspect", "."],
    "merge": ["merge", ".", FIXTURES / "llama-adapter", "-o", "../out"],
    "extract": ["extract", ".", FIXTURES / "llama-tuned", "--rank", "2", "-o", "../out"],
    "rerank": ["rerank", FIXTURES / "llama-adapter", "--rank", "2", "-o", "../out"],
    "fuse": ["fuse", FIXTURES / "llama-adapter", FIXTURES / "llama-adapter:0.5", "-o", "../out"],
    "convert": ["convert", FIXTURES / "llama-adapter", "--format", "onnx", "-o", "../out"],
    "diff": ["diff", ".", FIXTURES / "llama-merged", "--expect", "lora"],
    "verify": ["verify", ".", FIXTURES / "llama-adapter", FIXTURES / "llama-merged"],
    "unmerge": [
        "unmerge",
        FIXTURES / "llama-merged",
        "--adapter",
        FIXTURES / "llama-adapter",
        "-o",
        "../out",
    ],
    "export-onnx": ["export-onnx", ".", "-o", "../out"],
    "evaluate": ["evaluate", FIXTURES / "bert-tuned", "--data", FIXTURES / "films.tsv"],
    "train": [
        "train",
        FIXTURES / "bert-base",
        "--data",
        FIXTURES / "films.tsv",
        "--steps",
        "1",
        "-o",
        "../out",
    ],
}


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that any of the modules in `downloaded` would make, if it ran."""
    return tmp_path / "canary"


@pytest.fixture
def downloaded(tmp_path: Path, canary: Path) -> Path:
    """A model's folder with modules of well-known names."""
    folder = tmp_path / "downloaded"
    shutil.copytree(FIXTURES / "llama-base", folder)
    for name in MODULES:
        (folder / f"{name}.py").write_text(f"open({str(canary)!r}, 'a').write({name!r})\n")
    return folder


@pytest.fixture
def with_package(downloaded: Path, canary: Path) -> Path:
    """The same, with a package of our name."""
    (downloaded / "lorasurgery").mkdir()
    (downloaded / "lorasurgery" / "__init__.py").write_text(f"open({str(canary)!r}, 'a').write('ours')\n")
    return downloaded


def called(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_python_m_imports_nothing_from_the_current_folder(downloaded: Path, canary: Path) -> None:
    for name in FIRST_MODULES:
        (downloaded / f"{name}.py").write_text(f"open({str(canary)!r}, 'a').write({name!r})\n")
    done = called(downloaded, "-m", "lorasurgery", "inspect", ".")
    assert done.returncode == 0, done.stderr
    assert not canary.exists()


def test_a_process_of_our_own_imports_nothing_from_the_current_folder(
    with_package: Path, canary: Path
) -> None:
    program = (
        "import sys; sys.path.append('')\n"  # as in an interactive session
        "from lorasurgery import own_process\n"
        "print(own_process.call(len, 'four'))\n"
    )
    done = called(with_package, "-P", "-c", program)
    assert done.stdout == "4\n", done.stderr
    assert not canary.exists()


def test_a_package_in_the_current_folder_is_found_in_a_process_of_our_own(tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "lorasurgery", tmp_path / "tree" / "lorasurgery", ignore=shutil.ignore_patterns("__pycache__")
    )
    program = (
        "from lorasurgery import own_process, search_path; print(own_process.call(search_path.trusted)[-1])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path / "tree",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(tmp_path / "tree"), done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_runs_what_is_in_the_current_folder(verb: str, with_package: Path, canary: Path) -> None:
    program = "import sys; from lorasurgery.__main__ import main; main()"
    done = called(with_package, "-P", "-c", program, *VERBS[verb])
    assert done.returncode == 0, done.stderr
    assert not canary.exists(), canary.read_text()


def of_its_own_code(folder: Path, canary: Path) -> Path:
    """A classifier whose class is in a file of its folder."""
    shutil.copytree(FIXTURES / "bert-tuned", folder)
    config = json.loads((folder / "config.json").read_text())
    config["model_type"] = "evil"
    config["auto_map"] = {
        "AutoConfig": "evil.EvilConfig",
        "AutoModelForSequenceClassification": "evil.EvilForSequenceClassification",
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text(f"open({str(canary)!r}, 'a').write('evil')\n")
    return folder


@pytest.mark.parametrize("verb", ["evaluate", "train"])
def test_code_of_a_model_is_neither_run_nor_asked_about(
    verb: str, run: Run, canary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = of_its_own_code(tmp_path / "evil", canary)
    monkeypatch.setattr("builtins.input", lambda *_: canary.write_text("asked") and "y")
    done = run(verb, folder, "--data", FIXTURES / "films.tsv")
    assert done.code == 1
    assert "auto_map" in done.err
    assert "never run" in done.err
    assert not canary.exists()


def loads() -> Iterator[tuple[str, ast.Call]]:
    """Every call in the package that loads through transformers or datasets, with its place."""
    for path in sorted((ROOT / "lorasurgery").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if name in ("from_pretrained", "load_dataset", "pipeline"):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def trusts_no_code(call: ast.Call) -> bool:
    given = {each.arg: each.value for each in call.keywords}
    value = given.get("trust_remote_code")
    return isinstance(value, ast.Constant) and value.value is False


def test_every_call_that_loads_says_that_no_code_is_trusted() -> None:
    found = list(loads())
    assert len(found) > 5
    # PEFT has no such option, and loads no code.
    wrapped = [(place, call) for place, call in found if "PeftModel" not in ast.unparse(call.func)]
    assert not [place for place, call in wrapped if not trusts_no_code(call)]
