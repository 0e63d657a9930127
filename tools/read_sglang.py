"""Write what a release of SGLang says of adapters and of its model classes, read from its wheel's source.

    pip download --no-deps -d /tmp sglang==0.5.23
    python tools/read_sglang.py /tmp/sglang-0.5.23-*.whl lorasurgery/targets/sglang

Nothing of SGLang is imported. What a class computes when it runs is left out, and named under `computed`.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

from static_python import ComputedError, FoundClass, SourceTree, own_method
from targets_file import source_of_wheel, write_facts

MODELS = "sglang.srt.models"
UTILS = "sglang.srt.lora.utils"
CONFIG = "sglang.srt.lora.lora_config"
REPOSITORY = "https://github.com/sgl-project/sglang"
# The names under which classes keep the expression that their layers with adapters must match.
PATTERNS = ("lora_pattern", "_lora_pattern", "_lora_pattern_moe")


def facts_of(tree: SourceTree) -> dict[str, Any]:
    """Everything that the rules of `lorasurgery/targets/sglang/rules.py` look up."""
    return {"adapter": adapter_facts(tree), "classes": dict(sorted(class_facts(tree).items()))}


def adapter_facts(tree: SourceTree) -> dict[str, Any]:
    """Which keys of an adapter's config are read, and what its modules are called in the server."""
    config = tree.find_class(CONFIG, "LoRAConfig")
    normalized = tree.definition(UTILS, "get_normalized_target_modules")
    known = tree.definition(UTILS, "_KNOWN_LORA_TARGET_MODULES")
    assert config is not None
    assert normalized is not None
    assert known is not None
    read, optional = _keys_read(config)
    at = FoundClass(UTILS, config.node)
    table = next(
        node.value
        for node in ast.walk(normalized[1])
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "params_mapping"
    )
    words = next(
        node.comparators[0]
        for node in ast.walk(normalized[1])
        if isinstance(node, ast.Compare) and isinstance(node.comparators[0], ast.List)
    )
    return {
        "config_keys": sorted({*read, *optional}),
        "required_keys": sorted(read),
        "target_words": tree.value(words, at),
        "packed_names": tree.value(table, at),
        "known_targets": sorted(tree.value(known[1], at)),
        "path": "sglang/srt/lora/lora_config.py, sglang/srt/lora/utils.py",
    }


def class_facts(tree: SourceTree) -> dict[str, dict[str, Any]]:
    """The classes that the models' files offer, with what they say of adapters."""
    found: dict[str, dict[str, Any]] = {}
    for module in sorted(tree.files):
        offered = tree.definition(module, "EntryClass") if module.startswith(f"{MODELS}.") else None
        for name in _names_in(offered[1]) if offered else ():
            model = tree.find_class(module, name)
            if model is not None:
                found[name] = facts_of_class(tree, model)
    return found


def facts_of_class(tree: SourceTree, model: FoundClass) -> dict[str, Any]:
    """What one class says of the layers that take adapters; nothing where it leaves that to SGLang."""
    facts: dict[str, Any] = {"path": tree.files[model.module]}
    try:
        if modules := tree.attribute(model, "supported_lora_modules"):
            facts["modules"] = modules
        if any(own_method(each.node, "should_apply_lora") for each in tree.bases(model)):
            patterns = filter(None, [tree.attribute(model, name) for name in PATTERNS])
            if pattern := next(patterns, None):
                facts["pattern"] = pattern
    except ComputedError as error:
        facts["computed"] = str(error)
    return facts


def _keys_read(config: FoundClass) -> tuple[set[str], set[str]]:
    """The keys that the config must have, and those that it may have."""
    required, optional = set(), set()
    for node in ast.walk(config.node):
        match node:
            case ast.Subscript(value=ast.Attribute(attr="hf_config"), slice=ast.Constant(value=str() as key)):
                required.add(key)
            case ast.Call(
                func=ast.Attribute(attr="get", value=ast.Attribute(attr="hf_config")),
                args=[ast.Constant(value=str() as key), *_],
            ):
                optional.add(key)
    return required, optional


def _names_in(node: ast.AST) -> list[str]:
    return sorted({each.id for each in ast.walk(node) if isinstance(each, ast.Name)})


if __name__ == "__main__":
    wheel, folder = map(Path, sys.argv[1:])
    source = source_of_wheel(wheel, REPOSITORY)
    write_facts(folder / f"{source['version']}.json", {"source": source, **facts_of(SourceTree.of(wheel))})
