"""Read values out of Python source without running it: class attributes, along bases and imports.

Whoever lists what a server's model classes say of themselves cannot import them (a GPU's packages),
and need not: what they say is written as dicts, lists and calls of one constructor.
"""

from __future__ import annotations

import ast
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

# Calls that stand for their arguments: the tables of renamings, and compiled expressions.
MADE_BY_KEYWORDS = frozenset({"WeightsMapper", "dict"})


class ComputedError(Exception):
    """A value is computed when the program runs, and thus is not in the source."""


@dataclass(frozen=True)
class FoundClass:
    """A class and the module that defines it."""

    module: str
    node: ast.ClassDef


@dataclass
class SourceTree:
    """The Python files of a wheel, or of a folder, by dotted module name; each is parsed when asked for."""

    read: Callable[[str], str]
    files: dict[str, str]
    parsed: dict[str, ast.Module] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path) -> SourceTree:
        if path.is_dir():
            files = {_dotted(str(each.relative_to(path))): str(each) for each in path.rglob("*.py")}
            return cls(lambda name: Path(name).read_text(encoding="utf-8"), files)
        archive = zipfile.ZipFile(path)
        files = {_dotted(name): name for name in archive.namelist() if name.endswith(".py")}
        return cls(lambda name: archive.read(name).decode("utf-8-sig"), files)

    def tree(self, module: str) -> ast.Module:
        if module not in self.parsed:
            self.parsed[module] = ast.parse(self.read(self.files[module]))
        return self.parsed[module]

    def find_class(self, module: str, name: str) -> FoundClass | None:
        """A class by the name that a module knows it by."""
        found = self.definition(module, name)
        return FoundClass(found[0], found[1]) if found and isinstance(found[1], ast.ClassDef) else None

    def definition(self, module: str, name: str) -> tuple[str, ast.AST] | None:
        """Where a module's name is defined: in itself, or where it imports it from."""
        if module not in self.files:
            return None
        for node in _statements(self.tree(module).body):
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
                return module, node
            if isinstance(node, ast.Assign) and _is_name(node.targets[0], name):
                return module, node.value
            if isinstance(node, ast.AnnAssign) and node.value and _is_name(node.target, name):
                return module, node.value
            if isinstance(node, ast.ImportFrom):
                for each in node.names:
                    if (each.asname or each.name) == name:
                        source = self._resolved(module, node)
                        return self.definition(source, each.name) or self.definition(
                            f"{source}.{each.name}", each.name
                        )
        return None

    def _resolved(self, module: str, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        is_package = self.files[module].endswith("__init__.py")
        parts = module.split(".")
        parts = parts[: len(parts) - node.level + is_package]
        return ".".join([*parts, *filter(None, [node.module])])

    def bases(self, found: FoundClass) -> Iterator[FoundClass]:
        """A class and all its bases, the nearest first."""
        yield found
        for base in found.node.bases:
            other = self.find_class(found.module, ast.unparse(base).rpartition(".")[2])
            if other is not None and other.node is not found.node:
                yield from self.bases(other)

    def attribute(self, found: FoundClass, name: str) -> Any:
        """A class attribute's value, the class's own or the nearest base's; None where there is none.

        Raises:
            ComputedError: it is computed.
        """
        for each in self.bases(found):
            value = _own_attribute(each.node, name)
            if value is not None:
                return self.value(value, each)
        return None

    def value(self, node: ast.AST, at: FoundClass) -> Any:
        """What an expression says, in the scope of a class.

        Raises:
            ComputedError: it says it only to a program that runs.
        """
        match node:
            case ast.Constant():
                return node.value
            case ast.List() | ast.Tuple() | ast.Set():
                return [item for each in node.elts for item in self._items(each, at)]
            case ast.Dict():
                return self._dict(node, at)
            case ast.BinOp(op=ast.BitOr()):
                return _joined(self.value(node.left, at), self.value(node.right, at))
            case ast.Name():
                own = _own_attribute(at.node, node.id)
                if own is not None:
                    return self.value(own, at)
                found = self.definition(at.module, node.id)
                if found and not isinstance(found[1], ast.ClassDef | ast.FunctionDef):
                    return self.value(found[1], FoundClass(found[0], at.node))
            case ast.Attribute(value=ast.Name(id=owner)):
                other = self.find_class(at.module, owner)
                if other is not None:
                    return self.attribute(other, node.attr)
            case ast.Call(func=ast.Name(id=name)) if name in MADE_BY_KEYWORDS and not node.args:
                return {each.arg: self.value(each.value, at) for each in node.keywords if each.arg}
            case ast.Call(func=ast.Name(id="frozenset" | "set"), args=[held]):
                return self.value(held, at)
            case ast.Call(func=ast.Attribute(attr="compile")):
                return self.value(node.args[0], at)
            case ast.Call(func=ast.Attribute(attr="copy", value=copied)):
                return self.value(copied, at)
        raise ComputedError(ast.unparse(node))

    def _items(self, node: ast.AST, at: FoundClass) -> list[Any]:
        if isinstance(node, ast.Starred):
            return list(self.value(node.value, at))
        return [self.value(node, at)]

    def _dict(self, node: ast.Dict, at: FoundClass) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                made |= self.value(value, at)
            else:
                made[self.value(key, at)] = self.value(value, at)
        return made


def _own_attribute(node: ast.ClassDef, name: str) -> ast.AST | None:
    for each in node.body:
        if isinstance(each, ast.Assign) and any(_is_name(target, name) for target in each.targets):
            return each.value
        if isinstance(each, ast.AnnAssign) and _is_name(each.target, name) and each.value is not None:
            return each.value
    return None


def own_method(node: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    """A method that a class itself defines."""
    return next((each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == name), None)


def _joined(left: Any, right: Any) -> Any:
    """Two lists, two dicts, or two tables of dicts, as `|` joins them."""
    if isinstance(left, list):
        return [*left, *(each for each in right if each not in left)]
    if all(isinstance(each, dict) for table in (left, right) for each in table.values()):
        return {key: {**left.get(key, {}), **right.get(key, {})} for key in {**left, **right}}
    return {**left, **right}


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those under `if` and `try` too."""
    for each in body:
        yield each
        if isinstance(each, ast.If | ast.Try):
            yield from _statements([*each.body, *each.orelse])


@cache
def _dotted(name: str) -> str:
    return name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
