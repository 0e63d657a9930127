"""Write what a release of vLLM says of the models it serves with LoRA, read from its wheel's source.

    pip download --no-deps -d /tmp vllm==0.33.0
    python tools/read_vllm.py /tmp/vllm-0.33.0-*.whl lorasurgery/targets/vllm

Nothing of vLLM is imported. What a class computes when it runs is left out, and named under `computed`.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

from static_python import ComputedError, FoundClass, SourceTree, own_method
from targets_file import source_of_wheel, write_facts

MODELS = "vllm.model_executor.models"
REPOSITORY = "https://github.com/vllm-project/vllm"
# How a table of renamings is called in WeightsMapper, and here, in the order in which they are tried.
RENAMINGS = {
    "orig_to_new_regex": "regex",
    "orig_to_new_substr": "substr",
    "orig_to_new_prefix": "prefix",
    "orig_to_new_suffix": "suffix",
}


def facts_of(tree: SourceTree) -> dict[str, Any]:
    """Everything that the rules of `lorasurgery/targets/vllm/rules.py` look up."""
    classes = dict(sorted(class_facts(tree).items()))
    return {
        "adapter": adapter_facts(tree),
        "classes_without_lora": [name for name, each in classes.items() if each is None],
        "classes": {name: each for name, each in classes.items() if each is not None},
    }


def adapter_facts(tree: SourceTree) -> dict[str, Any]:
    """What is read of an adapter's config, and what the engine can be started with."""
    config = _class(tree, "vllm.config.lora", "LoRAConfig")
    helper = _class(tree, "vllm.lora.peft_helper", "PEFTHelper")
    manager = _class(tree, "vllm.lora.model_manager", "LoRAModelManager")
    ranks = tree.definition("vllm.config.lora", "MaxLoRARanks")
    assert ranks is not None
    assert isinstance(ranks[1], ast.Subscript)
    return {
        "ranks": tree.value(ranks[1].slice, config),
        "default_rank": tree.attribute(config, "max_lora_rank"),
        "options": sorted(_fields(config.node)),
        "config_keys": sorted(_fields(helper.node)),
        "required_keys": [name for name, value in _fields(helper.node).items() if value is None],
        "refused_inits_but": _strings_compared(own_method(helper.node, "_init_is_supported")),
        "modules_to_save": _strings_compared(own_method(helper.node, "_validate_features")),
        "takes_text_names": own_method(manager.node, "_get_text_lora_names") is not None,
        "path": "vllm/lora/peft_helper.py, vllm/config/lora.py, vllm/lora/model_manager.py",
    }


def class_facts(tree: SourceTree) -> dict[str, dict[str, Any] | None]:
    """Each architecture of the registry with what its class says of its modules; None: it takes no LoRA."""
    found: dict[str, dict[str, Any] | None] = {}
    for architecture, (module, name) in registry(tree).items():
        where = module if module.startswith("vllm.") else f"{MODELS}.{module}"
        model = tree.find_class(where, name)
        if model is not None:
            found[architecture] = facts_of_class(tree, model)
    return found


def registry(tree: SourceTree) -> dict[str, tuple[str, str]]:
    """Architecture -> module and class, from all tables of the registry."""
    module = f"{MODELS}.registry"
    found: dict[str, tuple[str, str]] = {}
    for node in tree.tree(module).body:
        name = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(name, ast.Name) and name.id.endswith("_MODELS") and isinstance(node.value, ast.Dict):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Tuple):
                    found[key.value] = tuple(each.value for each in value.elts[-2:])  # type: ignore[attr-defined]
    return found


def facts_of_class(tree: SourceTree, model: FoundClass) -> dict[str, Any] | None:
    """What one class says; absent facts are those of `SupportsLoRA`: empty, or False."""
    if not any(each.node.name == "SupportsLoRA" for each in tree.bases(model)):
        return None
    facts: dict[str, Any] = {"path": tree.files[model.module]}
    computed: list[str] = []

    def note(key: str, attribute: str) -> None:
        try:
            if value := tree.attribute(model, attribute):
                facts[key] = value
        except ComputedError:
            computed.append(attribute)

    note("packed", "packed_modules_mapping")
    note("embeddings", "embedding_modules")
    note("skipped", "lora_skip_prefixes")
    note("experts_3d", "is_3d_moe_weight")
    note("experts_not_gated", "is_non_gated_moe")
    note("tower_lora", "supports_tower_connector_lora")
    note("mapper", "hf_to_vllm_mapper")
    if isinstance(facts.get("embeddings"), dict):
        facts["embeddings"] = sorted(facts["embeddings"])
    if isinstance(facts.get("mapper"), dict):
        facts["mapper"] = _mapper(facts["mapper"])
    if dropped := _dropped(tree, model):
        facts["dropped"] = dropped
    if extra := _packed_in_init(tree, model):
        facts["packed_sometimes"] = extra
    if towers := _towers(tree, model):
        facts["towers"] = towers
    if "packed" not in facts and (parts := _text_models(tree, model)):
        facts["text_models"] = parts
    facts = {key: value for key, value in facts.items() if value}
    if computed:
        facts["computed"] = computed
    return facts


def _mapper(tables: dict[str, Any]) -> dict[str, Any]:
    """The renamings that LoRA names go through: no stacking, and no weights that are left out."""
    made = {
        short: [[old, new] for old, new in tables[name].items() if new is not None]
        for name, short in RENAMINGS.items()
        if tables.get(name)
    }
    if stacked := tables.get("orig_to_new_stacked"):
        made["stacked"] = [[old, new[0]] for old, new in stacked.items()]
    return {short: pairs for short, pairs in made.items() if pairs}


def _dropped(tree: SourceTree, model: FoundClass) -> list[str]:
    """Beginnings of weights' names that are not loaded: by the class, or by a part of its own module."""
    found: set[str] = set()
    for each in [model, *_parts(tree, model)]:
        try:
            tables = tree.attribute(each, "hf_to_vllm_mapper") or {}
        except ComputedError:
            continue
        prefixes = tables.get("orig_to_new_prefix") or {}
        found |= {old for old, new in prefixes.items() if new is None and old}
    return sorted(found)


def _parts(tree: SourceTree, model: FoundClass) -> list[FoundClass]:
    """The classes that a class's own methods, or those of its bases, build by name."""
    names = {
        node.func.id
        for each in tree.bases(model)
        for node in ast.walk(each.node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    found = (tree.find_class(model.module, name) for name in sorted(names))
    return [each for each in found if each is not None and each.module == model.module]


def _packed_in_init(tree: SourceTree, model: FoundClass) -> dict[str, list[str]]:
    """Packings that a constructor adds for some configs: `self.packed_modules_mapping[x] = [...]`."""
    found = {}
    for each in tree.bases(model):
        constructor = own_method(each.node, "__init__")
        for node in ast.walk(constructor) if constructor else ():
            if (
                isinstance(node, ast.Assign)
                and isinstance(target := node.targets[0], ast.Subscript)
                and ast.unparse(target.value) == "self.packed_modules_mapping"
                and isinstance(target.slice, ast.Constant)
                and (parts := _written(tree, node.value, each))
            ):
                found[str(target.slice.value)] = parts
    return found


def _towers(tree: SourceTree, model: FoundClass) -> dict[str, list[str]]:
    """The prefixes of a multimodal model's parts, as its `get_mm_mapping` gives them."""
    for each in tree.bases(model):
        method = own_method(each.node, "get_mm_mapping")
        for node in ast.walk(method) if method else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("MultiModelKeys"):
                parts = {keyword.arg: _written(tree, keyword.value, each) for keyword in node.keywords}
                return {name: _as_list(value) for name, value in parts.items() if name and value}
    return {}


def _text_models(tree: SourceTree, model: FoundClass) -> list[str]:
    """The architectures of the text models that a class builds, where it names them."""
    found: set[str] = set()
    for each in tree.bases(model):
        constructor = own_method(each.node, "__init__")
        for node in ast.walk(constructor) if constructor else ():
            if isinstance(node, ast.keyword) and node.arg == "architectures":
                found |= {
                    part.value
                    for part in ast.walk(node.value)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
        if constructor:
            break
    return sorted(found)


def _written(tree: SourceTree, node: ast.expr, at: FoundClass) -> Any:
    """A value, or None where the program computes it."""
    try:
        return tree.value(node, at)
    except ComputedError:
        return None


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _class(tree: SourceTree, module: str, name: str) -> FoundClass:
    found = tree.find_class(module, name)
    assert found is not None, f"{module} has no class {name}"
    return found


def _fields(node: ast.ClassDef) -> dict[str, ast.expr | None]:
    """The fields of a dataclass with their defaults."""
    return {
        each.target.id: each.value
        for each in node.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }


def _strings_compared(method: ast.FunctionDef | None) -> list[str] | None:
    """The strings of the list that a method tests its values against."""
    for node in ast.walk(method) if method else ():
        if isinstance(node, ast.Compare) and isinstance(node.comparators[0], ast.List | ast.Tuple):
            return [each.value for each in node.comparators[0].elts if isinstance(each, ast.Constant)]
    return None


if __name__ == "__main__":
    wheel, folder = map(Path, sys.argv[1:])
    source = source_of_wheel(wheel, REPOSITORY)
    write_facts(folder / f"{source['version']}.json", {"source": source, **facts_of(SourceTree.of(wheel))})
