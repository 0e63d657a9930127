"""The structure of the package, read from its imports.

Data flows one way, and every file and function can be read at once.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import lorasurgery

ROOT = Path(lorasurgery.__file__).parent
TESTS = Path(__file__).parent
# Lowest first: a room imports only from rooms before it. Rooms of one line do not import each
# other.
FLOORS = [
    "option_words, quiet, search_path, stand_in_names, temporary, text, thread_pool",
    "errors, markdown",
    "remote",
    "dtypes, foreign, own_process, paths, progress_bar, reports, stamp",
    "arguments, expressions, small_floats",
    "stored_array",
    "one_piece",
    "lazy, linalg",
    "checkpoint, fusing, lazy_join, variants",
    "adapter, architecture",
    "quantisation",
    "formats",
    "targets",
    "surgery",
    "onnx, training",
    "cli",
]
# The rooms that verbs share, and those of single verbs; the verbs themselves stand on top of them.
FLOORS_OF_SURGERY = [
    "base, free_memory",
    "output, undo, workers",
    "adapter_input, exceptions, plan",
    "factorise, merging",
    "conversion, extraction, inspection",
    "comparison",
    "delta",
]
LONGEST_FILE, LONGEST_FUNCTION = 350, 45


@cache
def modules() -> dict[str, Path]:
    names = {
        ".".join(path.relative_to(ROOT.parent).with_suffix("").parts): path for path in ROOT.rglob("*.py")
    }
    return {name.removesuffix(".__init__"): path for name, path in names.items()}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path, known: dict[str, Path]) -> set[str]:
    """The modules that a module imports, wherever in it the import stands, and the packages that
    are loaded with them.
    """
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lorasurgery"):
            found |= {
                f"{node.module}.{each.name}" if f"{node.module}.{each.name}" in known else str(node.module)
                for each in node.names
            }
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names if each.name.startswith("lorasurgery.")}
    return found


@cache
def arrows() -> dict[str, set[str]]:
    known = modules()
    return {name: imports(path, known) - {name} for name, path in known.items()}


def packages_of(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:i]) for i in range(2, len(parts)))


def test_no_module_imports_itself_through_others() -> None:
    """Through the packages' own files neither.

    Whoever imports a module loads the packages around it.
    """
    graph = {
        name: {
            package
            for each in found
            for package in (each, *packages_of(each))
            if package != name and not name.startswith(f"{package}.")
        }
        for name, found in arrows().items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))


def rooms(within: str) -> dict[str, set[str]]:
    """Which of a package's files and folders import which."""
    depth = within.count(".") + 1
    found: dict[str, set[str]] = {}
    for name, others in arrows().items():
        if name.startswith(f"{within}."):
            room = name.split(".")[depth]
            inside = {each.split(".")[depth] for each in others if each.startswith(f"{within}.")}
            found.setdefault(room, set()).update(inside - {room})
    return found


@pytest.mark.parametrize("package", sorted({name.rpartition(".")[0] for name in modules()} - {""}))
def test_no_circle_among_the_rooms_of_a_package(package: str) -> None:
    try:
        TopologicalSorter(rooms(package)).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))


@pytest.mark.parametrize(
    ("package", "floors"), [("lorasurgery", FLOORS), ("lorasurgery.surgery", FLOORS_OF_SURGERY)]
)
def test_no_arrow_runs_up(package: str, floors: list[str]) -> None:
    floor_of = {room: floor for floor, line in enumerate(floors) for room in line.split(", ")}
    found = rooms(package)
    assert floor_of.keys() <= found.keys(), "a room that is not there"
    above = [
        f"{room} imports {other}"
        for room, others in found.items()
        for other in others
        if room in floor_of and floor_of.get(other, len(floors)) >= floor_of[room]
    ]
    assert not above


def functions() -> Iterator[tuple[str, int]]:
    """Every function with the number of its lines, its docstring left out.

    Of a command the body counts: its signature has a line for every option.
    """
    for name, path in modules().items():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                docstring = node.body[0] if ast.get_docstring(node) else None
                start = node.body[0].lineno if ".cli.commands." in name else node.lineno
                lines = (node.end_lineno or 0) - start + 1
                if docstring is not None:
                    lines -= (docstring.end_lineno or 0) - docstring.lineno + 1
                yield f"{name}.{node.name}", lines


def test_files_and_functions_can_be_read_at_once() -> None:
    """Compiled kernels alone are longer: a call in them costs what it saves."""
    long_files = {
        name: n
        for name, path in modules().items()
        if (n := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    long_functions = {
        name: lines
        for name, lines in functions()
        if lines > LONGEST_FUNCTION and ".linalg.kernels." not in name
    }
    assert (long_files, long_functions) == ({}, {})


def test_a_class_name_says_what_it_holds() -> None:
    """So that a stack trace or a search answers something: no name is used more than twice."""
    names = Counter(
        node.name
        for path in modules().values()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    )
    assert {name: count for name, count in names.items() if count > 2} == {}


def test_no_test_measures_this_machine() -> None:
    """Seconds belong into `benchmarks/`: what holds them on one machine fails on another."""
    clocks = {"process_time", "perf_counter", "perf_counter_ns", "process_time_ns"}
    asserted = [
        f"{path.relative_to(TESTS)}:{node.lineno}"
        for path in sorted(TESTS.rglob("*.py"))
        if path.name != "hangs.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assert)
        and any(isinstance(each, ast.Attribute) and each.attr in clocks for each in ast.walk(node))
    ]
    assert asserted == []
