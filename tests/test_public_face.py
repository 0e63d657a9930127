"""`import lorasurgery` offers what the command line offers, under the same names, and says where each is."""

from __future__ import annotations

import ast
import inspect
import pickle

import click
import pytest

import lorasurgery
from lorasurgery.cli.main import group
from support.paths import ROOT

CONTEXT = group.make_context("lorasurgery", [], resilient_parsing=True)
COMMANDS = {
    name: command
    for name in group.list_commands(CONTEXT)
    if (command := group.get_command(CONTEXT, name)) is not None
}
# What an option of the command line is in Python, where it is a function, a value or another
# argument.
ELSEWHERE = {
    "as_json", "dry_run", "verbose", "max_loss", "max_error",
    "svg", "html", "plot", "by", "sort", "heat", "compare", "each", "expect",  # of screens and exit codes
    "swappable", "adapters", "record", "bake_rest", "delta", "force", "recover",  # functions of their own
    "noise_edge", "energy", "size", "rule", "max_rank",  # rank rules
}  # fmt: skip
# The function that writes, of a verb that does so only where -o is given.
WRITES = {"diff": "make_delta"}


@pytest.mark.parametrize("verb", COMMANDS)
def test_every_verb_is_a_function_and_every_dry_run_a_plan(verb: str) -> None:
    name = verb.replace("-", "_")
    assert name in lorasurgery.__all__
    options = {param.name for param in COMMANDS[verb].params}
    assert (f"plan_{WRITES.get(name, name)}" in lorasurgery.__all__) == ("dry_run" in options)
    assert bool({"output", "delta"} & options) == ("dry_run" in options)


@pytest.mark.parametrize("verb", sorted(COMMANDS.keys() - {"train", "evaluate", "inspect", "unmerge"}))
def test_options_and_arguments_have_the_same_names(verb: str) -> None:
    options = {
        param.name
        for param in COMMANDS[verb].params
        if isinstance(param, click.Option) and param.name not in ELSEWHERE
    }
    name = verb.replace("-", "_")
    functions = [getattr(lorasurgery, each) for each in {name, WRITES.get(name, name)}]
    arguments = {each for function in functions for each in inspect.signature(function).parameters}
    assert options - {"_click_default_help", "help", "base"} <= arguments


@pytest.mark.parametrize("name", sorted(set(lorasurgery.__all__)))
def test_every_argument_is_documented_in_a_line_of_its_own(name: str) -> None:
    function = getattr(lorasurgery, name)
    if inspect.isclass(function) or not callable(function):
        return
    lines = (inspect.getdoc(function) or "").partition("Args:\n")[2].partition("\n\n")[0].splitlines()
    heads = [line.partition(":")[0] for line in lines if line[4:5].strip()]
    documented = [word.strip() for head in heads for word in head.split(",")]
    assert sorted(documented) == sorted(inspect.signature(function).parameters)


def test_all_places_that_list_the_names_agree() -> None:
    tree = ast.parse((ROOT / "lorasurgery" / "__init__.py").read_text(encoding="utf-8"))
    typed = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for each in node.body
        if isinstance(each, ast.ImportFrom) and each.module != "typing"
        for alias in each.names
    }
    listed = set(lorasurgery.__all__)
    assert typed == listed == set(lorasurgery._HOMES)
    assert lorasurgery.__all__ == sorted(lorasurgery.__all__)
    for name in lorasurgery.__all__:
        assert getattr(lorasurgery, name) is not None


def test_former_names_go_on_working() -> None:
    assert lorasurgery.export is lorasurgery.export_onnx
    assert lorasurgery.graft is lorasurgery.graft_onnx
    assert callable(lorasurgery.swappable)  # which takes a graph first
    assert lorasurgery.__version__ == "0.1.0"


def test_verbs_pickle_so_that_processes_can_share_the_work() -> None:
    for verb in ("extract", "merge", "unmerge", "rerank", "fuse", "convert", "export_onnx", "inspect"):
        function = getattr(lorasurgery, verb)
        assert pickle.loads(pickle.dumps(function)) is function
