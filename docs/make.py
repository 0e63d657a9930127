"""Make the generated parts of these pages anew: `python docs/make.py`.

A generated part stands between two comments, `<!-- made by docs/make.py: NAME -->` and `<!-- end -->`;
what is outside of them is written by hand. Parts are made from the program itself, so that no page repeats
by hand what the code says. tests/test_docs.py fails while a part is out of date.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PART = re.compile(r"(<!-- made by docs/make\.py: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def first_line(path: Path) -> str:
    """What a module says that it is: its docstring's first line, or first paragraph where the line is cut."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    line, _, rest = text.partition("\n")
    return line if line.endswith(".") else " ".join([line, *rest.split("\n\n")[0].splitlines()]).strip()


def list_of_files() -> str:
    """Every file of the package under the heading of its folder, with its first line."""
    package = ROOT / "lorasurgery"
    folders = sorted({path.parent for path in package.rglob("*.py")})
    return "\n".join(_folder(folder) for folder in folders)


def _folder(folder: Path) -> str:
    heading = f"### {folder.relative_to(ROOT).as_posix()}/\n"
    about = first_line(folder / "__init__.py") if (folder / "__init__.py").is_file() else ""
    files = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    rows = "".join(f"- `{path.name}`: {first_line(path)}\n" for path in files)
    return "\n".join(part for part in (heading, f"{about}\n" if about else "", rows) if part)


PARTS: dict[str, Callable[[], str]] = {"files": list_of_files}


def made(text: str) -> str:
    """A page with its generated parts as the program says them today."""
    return PART.sub(lambda match: f"{match[1]}\n{PARTS[match[2]]()}\n{match[3]}", text)


def pages() -> list[Path]:
    """The pages of the documentation."""
    return sorted(DOCS.rglob("*.md"))


def stale() -> list[str]:
    """The pages whose generated parts are out of date."""
    texts = {page: page.read_text(encoding="utf-8") for page in pages()}
    return [page.relative_to(ROOT).as_posix() for page, text in texts.items() if made(text) != text]


def main() -> None:
    """Write every page anew whose generated parts are out of date."""
    for name in stale():
        page = ROOT / name
        page.write_text(made(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(name, file=sys.stderr)


if __name__ == "__main__":
    main()
