"""Write how strict the loaders of mlx-lm, PEFT and diffusers are, read from their wheels' source.

    pip download --no-deps -d /tmp mlx-lm==0.32.2 peft==0.21.2
    python tools/read_loaders.py /tmp/mlx_lm-0.32.2-*.whl lorasurgery/targets/mlx
    python tools/read_loaders.py /tmp/peft-0.21.2-*.whl lorasurgery/targets/peft

Nothing of them is imported.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

from static_python import SourceTree
from targets_file import source_of_wheel, write_facts

REPOSITORIES = {
    "mlx_lm": "https://github.com/ml-explore/mlx-lm",
    "peft": "https://github.com/huggingface/peft",
    "diffusers": "https://github.com/huggingface/diffusers",
}


def mlx_facts(tree: SourceTree) -> dict[str, Any]:
    """Whether a name that the model has no place for is an error."""
    loader = _function(tree, "mlx_lm.tuner.utils", "load_adapters")
    raised = [ast.unparse(node.exc) for node in ast.walk(loader) if isinstance(node, ast.Raise) and node.exc]
    return {
        "refuses_strangers": any(text.startswith("ValueError") for text in raised),
        "path": "mlx_lm/tuner/utils.py",
    }


def peft_facts(tree: SourceTree) -> dict[str, Any]:
    """Whether the state dict is loaded strictly, so that a name without a place is an error."""
    loader = _function(tree, "peft.utils.save_and_load", "set_peft_model_state_dict")
    strict = [
        keyword.value.value
        for node in ast.walk(loader)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "model.load_state_dict"
        for keyword in node.keywords
        if keyword.arg == "strict" and isinstance(keyword.value, ast.Constant)
    ]
    return {"refuses_strangers": all(strict), "path": "peft/utils/save_and_load.py"}


def diffusers_facts(tree: SourceTree) -> dict[str, Any]:
    """Whether names that are left over are an error: they go to a function that only warns."""
    handler = _function(tree, "diffusers.utils.peft_utils", "_maybe_warn_for_unhandled_keys")
    raised = any(isinstance(node, ast.Raise) for node in ast.walk(handler))
    return {"refuses_strangers": raised, "path": "diffusers/loaders/peft.py, diffusers/utils/peft_utils.py"}


READERS = {"mlx_lm": mlx_facts, "peft": peft_facts, "diffusers": diffusers_facts}


def _function(tree: SourceTree, module: str, name: str) -> ast.AST:
    found = tree.definition(module, name)
    assert found is not None, f"{module} has no function {name}"
    return found[1]


if __name__ == "__main__":
    wheel, folder = map(Path, sys.argv[1:])
    package = wheel.name.split("-")[0]
    source = source_of_wheel(wheel, REPOSITORIES[package])
    facts = {"adapter": READERS[package](SourceTree.of(wheel))}
    write_facts(folder / f"{source['version']}.json", {"source": source, **facts})
