"""Write an excerpt of a wheel's source that a test holds the facts of a release against, offline.

    python tools/excerpt.py /tmp/vllm-0.33.0-*.whl tests/targets/vllm-0.33.0.txt \\
        vllm.model_executor.models.llama:LlamaModel,LlamaForCausalLM ...

Of each class its first line and the attributes and methods that the tools read stand there as they are
in the source, under the notice of its licence; of each module its imports from its neighbours.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from static_python import SourceTree

# Methods whose bodies say something; of all others nothing is taken over.
METHODS = frozenset(
    {
        "_init_is_supported",
        "_validate_features",
        "_get_text_lora_names",
        "get_mm_mapping",
        "should_apply_lora",
        "_build_model",
        "__init__",
    }
)
# A constructor says something where it adds a packing, or reads keys of a config.
TOLD_BY_INIT = ("self.packed_modules_mapping[", "self.hf_config[")
MARK = "=== "


def excerpt(tree: SourceTree, wanted: dict[str, set[str]]) -> str:
    """The excerpt of some modules: `wanted` names their classes and tables."""
    parts = []
    for module, names in wanted.items():
        text = tree.read(tree.files[module])
        notice = [line for line in text.splitlines()[:14] if line.startswith("#")]
        parts.append("\n".join([f"{MARK}{tree.files[module]}", *notice, *_statements(text, names)]))
    return "\n".join(parts) + "\n"


def parted(text: str) -> dict[str, str]:
    """The files of an excerpt by path."""
    found = {}
    for part in text.split(MARK)[1:]:
        path, _, source = part.partition("\n")
        found[path] = source
    return found


def _statements(text: str, names: set[str]) -> Iterator[str]:
    for node in ast.parse(text).body:
        is_import = isinstance(node, ast.ImportFrom) and node.level > 0
        is_table = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in names
        if isinstance(node, ast.ClassDef) and node.name in names:
            yield from _class(text, node)
        elif is_import or is_table or (isinstance(node, ast.FunctionDef) and node.name in names):
            yield ast.get_source_segment(text, node) or ""


def _class(text: str, node: ast.ClassDef) -> Iterator[str]:
    lines = text.splitlines()
    yield from lines[node.lineno - 1 : node.body[0].lineno - 1]
    for each in node.body:
        source = "\n".join(lines[each.lineno - 1 : each.end_lineno])
        is_told = isinstance(each, ast.FunctionDef) and each.name in METHODS
        if isinstance(each, ast.FunctionDef) and each.name == "__init__":
            is_told = any(told in source for told in TOLD_BY_INIT)
        if is_told or isinstance(each, ast.Assign | ast.AnnAssign):
            yield source
    yield "    ..."


if __name__ == "__main__":
    wheel, output, *modules = sys.argv[1:]
    pairs = [each.split(":") for each in modules]
    chosen = {module: set(names.split(",")) for module, names in pairs}
    Path(output).write_text(excerpt(SourceTree.of(Path(wheel)), chosen), encoding="utf-8")
