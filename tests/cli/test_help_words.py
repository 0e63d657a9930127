"""Help is written in sentences, in sections, and with examples that run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from lorasurgery.cli.help import OPTIONS, VERBS, options_in_order
from lorasurgery.cli.main import group
from support.command_line import Run
from support.paths import FIXTURES, ROOT

CONTEXT = group.make_context("lorasurgery", [], resilient_parsing=True)
VERB_NAMES = group.list_commands(CONTEXT)
COMMANDS = {name: command for name in VERB_NAMES if (command := group.get_command(CONTEXT, name))}
# An option's help: it begins with a capital and ends with a period, after which the default may
# stand in brackets.
SENTENCE = re.compile(r"[A-Z].*\.(  \[default: [^\[\]]+\])?")
FRAGMENTS = {"Of", "On", "In", "For", "To", "By", "With", "How", "What", "Which", "Where"}
# Verbs whose code 1 is an answer: the sides differ.
ANSWERED_BY_CODE = {"diff"}


def options_of(command: click.Command) -> list[click.Option]:
    return [param for param in command.params if isinstance(param, click.Option) and not param.hidden]


@pytest.mark.parametrize("verb", VERB_NAMES)
def test_the_help_of_every_option_is_a_sentence(verb: str) -> None:
    for option in options_of(COMMANDS[verb]):
        said = option.help or ""
        assert SENTENCE.fullmatch(said), f"{option.opts[0]}: {said}"
        assert said.split()[0].strip(",:") not in FRAGMENTS, f"{option.opts[0]}: {said}"


@pytest.mark.parametrize("verb", VERB_NAMES)
def test_the_help_of_a_verb_names_its_own_options_only(verb: str) -> None:
    own = {name for option in options_of(COMMANDS[verb]) for name in option.opts + option.secondary_opts}
    for option in options_of(COMMANDS[verb]):
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", option.help or "")) <= own, option.opts[0]


def test_fragments_are_not_taken_for_sentences() -> None:
    for fragment in ("Of each module.", "How many", "in parallel.", "A rank.  [default: 1"):
        assert not SENTENCE.fullmatch(fragment) or fragment.split()[0] in FRAGMENTS


@pytest.mark.parametrize("verb", VERB_NAMES)
def test_the_help_of_a_verb_has_its_parts(run: Run, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = run(verb, "--help")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[lines.index("") + 1].endswith(".")  # the summary, in one line
    titles = [line[:-1] for line in lines if re.fullmatch(r"[A-Z]\w+:", line)]
    assert titles == [title for title in (*OPTIONS, "Examples") if title in titles]
    assert titles[-3:] == ["Output", "Other", "Examples"]
    assert "x>=" not in done.out
    assert "None" not in done.out


def test_every_option_that_a_section_names_exists() -> None:
    named = {name for names in OPTIONS.values() for name in names.split()}
    known = {param.name for command in COMMANDS.values() for param in command.params}
    assert named - known <= {"_click_default_help", "help", "verbose"}
    assert sum(len(names.split()) for names in OPTIONS.values()) == len(named)


@pytest.mark.parametrize("verb", VERB_NAMES)
def test_a_section_leaves_no_option_out(verb: str) -> None:
    options = options_of(COMMANDS[verb])
    placed = [option for found in options_in_order(options).values() for option in found]
    assert sorted(option.opts for option in placed) == sorted(option.opts for option in options)


def test_verbs_stand_in_sections(run: Run) -> None:
    assert sorted(name for names in VERBS.values() for name in names) == VERB_NAMES
    lines = run("--help").out.splitlines()
    titles = [line[:-1] for line in lines if re.fullmatch(r"[A-Z]\w+:", line)]
    assert titles == ["Options", *VERBS, "Completion"]
    shown = [line.split()[0] for line in lines if re.match(r"  [a-z-]+  +[A-Z]", line)]
    assert shown == [name for names in VERBS.values() for name in names]


def test_the_name_alone_shows_the_help(run: Run) -> None:
    """Asking what there is is not an error, and `lorasurgery | less` works."""
    done = run()
    assert (done.code, done.err) == (0, "")
    assert done.out == run("--help").out == run("help").out
    assert run("merge").code == 2  # a verb without its arguments is one


def test_help_and_version_are_words_too(run: Run) -> None:
    assert run("help", "merge").out == run("merge", "--help").out
    assert run("-V").out == run("--version").out == run("version").out
    assert run("version").out.startswith("lorasurgery, version ")
    refused = run("help", "resize")
    assert refused.code == 2
    assert "Did you mean 'rerank'?" in refused.err


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERB_NAMES)
def test_the_examples_run(run: Run, work: Path, verb: str) -> None:
    """All examples of a verb follow one another in one folder."""
    (work / "fixtures").symlink_to(FIXTURES)
    lines = (COMMANDS[verb].epilog or "").splitlines()
    assert any(line.startswith(f"lorasurgery {verb} ") for line in lines)
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "lorasurgery"
        done = run(*arguments)
        assert done.code in ((0, 1) if verb in ANSWERED_BY_CODE else (0,)), (line, done.err)
        assert not (done.code and done.err), line
        assert done.out, line


def test_bash_completes_verbs_options_and_file_names(work: Path) -> None:
    """bash itself evaluates the line of the help, and asks the program by its name."""
    program = work / "lorasurgery"
    code = f"#!{sys.executable}\nfrom lorasurgery.__main__ import main\nmain()\n"
    program.write_text(code, encoding="utf-8")
    program.chmod(0o755)
    script = r"""
compopt() { COMPREPLY=("compopt $2"); }  # which works during a completion alone
eval "$(_LORASURGERY_COMPLETE=bash_source lorasurgery)"
for words in "lorasurgery unm" "lorasurgery merge --dry" "lorasurgery merge fixt"; do
  COMP_WORDS=($words); COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 )); COMPREPLY=()
  _lorasurgery_completion lorasurgery
  echo "${COMPREPLY[@]}"
done
"""
    path = os.pathsep.join([str(work), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", script],
        env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["unmerge", "--dry-run", "compopt default"], done.stderr
