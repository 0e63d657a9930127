"""Make the generated parts of these pages anew: `python docs/make.py`, or `python docs/make.py --all`.

Four kinds of text are made by the program itself and never
written by hand:

- a *part* between two comments, `<!-- made by docs/make.py: NAME -->` and `<!-- end -->`: the list of files,
  the table of verbs, the help of a verb, what is tried of image models;
- the *lists of verbs* that `lorasurgery --help` prints, in `lorasurgery/cli`;
- a *session*, a block marked `console`: the output below each line that begins with `$ ` is what it prints;
- the *picture* `inspect.svg`.

With `--all` sessions and the picture are made as well, which takes a minute or two. The tests fail
while anything is out of date, and run every block marked `python` too.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PICTURE = DOCS / "inspect.svg"
# What makes the picture, in the project's root.
PICTURE_COMMAND = "lorasurgery inspect fixtures/llama-base fixtures/llama-merged --by kind --svg inspect.svg"
# Columns of the sessions and of the help.
WIDTH, HELP_WIDTH = "88", "80"

PART = re.compile(r"(<!-- made by docs/make\.py: (\w+)(?: (\S+))? -->\n).*?(<!-- end -->)", re.DOTALL)
SESSION = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n?)*)", re.MULTILINE)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def pages() -> list[Path]:
    """Every page that people read: the README and the documentation."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


def name_of(page: Path) -> str:
    """A page's path from the project's root."""
    return page.relative_to(ROOT).as_posix()


def first_line(path: Path) -> str:
    """What a module says that it is: its docstring's first line, or first paragraph where the line is cut."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    line, _, rest = text.partition("\n")
    return line if line.endswith(".") else " ".join([line, *rest.split("\n\n")[0].splitlines()]).strip()


def files(_: str) -> str:
    """Every file of the package under the heading of its folder, with its first line."""
    package = ROOT / "lorasurgery"
    folders = sorted({path.parent for path in package.rglob("*.py")})
    return "\n".join(_folder(folder) for folder in folders)


def _folder(folder: Path) -> str:
    heading = f"### {folder.relative_to(ROOT).as_posix()}/\n"
    about = first_line(folder / "__init__.py") if (folder / "__init__.py").is_file() else ""
    modules = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    rows = "".join(f"- `{path.name}`: {first_line(path)}\n" for path in modules)
    return "\n".join(part for part in (heading, f"{about}\n" if about else "", rows) if part)


def usage(verb: str) -> str:
    """What `lorasurgery VERB --help` prints."""
    with tempfile.TemporaryDirectory() as folder, _inside(Path(folder), HELP_WIDTH):
        return f"```text\n{_printed(f'lorasurgery {verb} --help')}```\n"


def reference(kind: str) -> str:
    """Where the site finds each public name: functions, or values (classes)."""
    import lorasurgery

    public = [getattr(lorasurgery, name) for name in lorasurgery.__all__]
    wanted = [each for each in public if (inspect.isclass if kind == "values" else inspect.isroutine)(each)]
    places = dict.fromkeys(f"::: {each.__module__}.{each.__qualname__}\n" for each in wanted)
    return "\n".join(places)


def verbs(folder: str) -> str:
    """A table of all verbs, in the order and in the words of `lorasurgery --help`."""
    import click

    from lorasurgery.cli.main import group

    with click.Context(group, info_name="lorasurgery") as context:
        printed = group.get_help(context)
        names = [
            name
            for name in re.findall(r"^  ([a-z-]+)  ", printed, re.MULTILINE)
            if name in group.list_commands(context)
        ]
        commands = [(name, group.get_command(context, name)) for name in names]
    rows = (
        f"| [{name}]({folder}{name}.md) | {each.get_short_help_str(200) if each else ''} |\n"
        for name, each in commands
    )
    return f"| verb | what it does |\n|---|---|\n{''.join(rows)}"


def source(name: str) -> str:
    """A file of the package, whole."""
    return f"```py\n{(ROOT / name).read_text(encoding='utf-8')}```\n"


def dialects(name: str) -> str:
    """A table of the families and dialects of image models, of the data that the tests run over."""
    sys.path.append(str(ROOT / "tests"))
    from support.image_dialects import TABLES

    return TABLES[name]()


PARTS = {
    "dialects": dialects,
    "files": files,
    "help": usage,
    "reference": reference,
    "source": source,
    "verbs": verbs,
}


def with_parts(text: str) -> str:
    """A page with its generated parts as the program says them today."""
    return PART.sub(lambda match: f"{match[1]}\n{PARTS[match[2]](match[3] or '')}\n{match[4]}", text)


def sessions(text: str) -> list[str]:
    """The blocks of a page that are marked `console`."""
    return SESSION.findall(text)


def played(session: str, folder: Path) -> str:
    """A session as it runs today: its commands follow one another in one folder, with the fixtures in it."""
    with _inside(folder):
        return "\n".join(f"$ {command}\n{_printed(command)}" for command, _ in COMMAND.findall(session))


def _printed(command: str) -> str:
    from lorasurgery.cli.main import group
    from lorasurgery.errors import SurgeryError
    from lorasurgery.option_words import options_in_messages

    program, *arguments = shlex.split(command)
    assert program == "lorasurgery", command
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit), options_in_messages():
        try:
            group.main(arguments, prog_name=program, standalone_mode=False)
        except SurgeryError as error:
            print(f"error: {error}")
    return "".join(f"{line.rstrip()}\n" for line in printed.getvalue().strip("\n").splitlines())


@contextlib.contextmanager
def _inside(folder: Path, width: str = WIDTH) -> Iterator[None]:
    """A folder with the fixtures, as the current one, and a screen of that width."""
    if not (folder / "fixtures").exists():
        (folder / "fixtures").symlink_to(ROOT / "fixtures")
    before, columns = Path.cwd(), os.environ.get("COLUMNS")
    os.chdir(folder)
    os.environ["COLUMNS"] = width
    try:
        yield
    finally:
        os.chdir(before)
        del os.environ["COLUMNS"]
        if columns is not None:
            os.environ["COLUMNS"] = columns


def picture(folder: Path) -> str:
    """The picture as it is drawn today."""
    with _inside(folder):
        _printed(PICTURE_COMMAND)
    return (folder / PICTURE.name).read_text(encoding="utf-8")


def lists_of_verbs() -> dict[Path, str]:
    """What `lorasurgery --help` prints, by the file that it is printed from."""
    from lorasurgery.cli.list_of_verbs import PROGRAM, WIDTHS
    from lorasurgery.cli.main import group

    found = {}
    for columns, name in WIDTHS.items():
        printed = io.StringIO()
        with (
            tempfile.TemporaryDirectory() as folder,
            _inside(Path(folder), str(columns)),
            contextlib.redirect_stdout(printed),
        ):
            group.main(["--help"], prog_name=PROGRAM, standalone_mode=False)
        found[ROOT / "lorasurgery" / "cli" / name] = printed.getvalue()
    return found


def stale() -> list[str]:
    """The pages with a part that is out of date; sessions and the picture are not looked at."""
    texts = {page: page.read_text(encoding="utf-8") for page in pages()}
    lists = lists_of_verbs()
    return [name_of(page) for page, text in texts.items() if with_parts(text) != text] + [
        path.name
        for path, text in lists.items()
        if not path.exists() or path.read_text(encoding="ascii") != text
    ]


def _with_sessions(text: str) -> str:
    def again(match: re.Match[str]) -> str:
        with tempfile.TemporaryDirectory() as folder:
            return f"```console\n{played(match[1], Path(folder))}```"

    return SESSION.sub(again, text)


def main() -> None:
    """Write everything anew that is out of date, and name it."""
    for path, text in lists_of_verbs().items():
        path.write_text(text, encoding="ascii")
    makers = [with_parts, *([_with_sessions] if "--all" in sys.argv else [])]
    for page in pages():
        text = before = page.read_text(encoding="utf-8")
        for make in makers:
            text = make(text)
        if text != before:
            page.write_text(text, encoding="utf-8")
            print(name_of(page), file=sys.stderr)
    if "--all" in sys.argv:
        with tempfile.TemporaryDirectory() as folder:
            PICTURE.write_text(picture(Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
