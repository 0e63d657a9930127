"""What serves swappable graphs in the tests.

Sessions of ONNX Runtime as a user opens them, adapters in force or not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import peft
from torch import Tensor

from support.paths import ROOT

DOCS = ROOT / "docs" / "export-onnx.md"


def script() -> str:
    """The serving part of the documentation's script: one session, any adapter, a request each.

    It needs numpy and onnxruntime alone.
    """
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), flags=re.DOTALL)
    (block,) = (each for each in blocks if "LoraAdapter" in each)
    return str(block[block.index("import numpy") :])


# Two adapters a family: other modules, other ranks, and one with a scale and a rank of its own for
# a module.
TARGETS = {
    "bert": (["query", "value", "dense"], ["key", "value", "word_embeddings"]),
    "llama": (["q_proj", "down_proj", "lm_head"], ["q_proj", "v_proj", "up_proj", "embed_tokens"]),
    "llama-tied": (["q_proj", "lm_head"], ["q_proj", "embed_tokens"]),
    "gpt2": (["c_attn", "c_proj"], ["c_attn", "c_fc"]),
    "vit": (["q_proj", "projection"], ["q_proj", "fc1"]),
}


def configs(name: str) -> tuple[peft.LoraConfig, peft.LoraConfig]:
    """The settings of a family's two adapters."""
    one, two = TARGETS[name]
    first = one[0]
    return (
        peft.LoraConfig(
            r=4, lora_alpha=12, target_modules=one, rank_pattern={first: 2}, alpha_pattern={first: 7}
        ),
        peft.LoraConfig(r=9, use_rslora=True, target_modules=two),
    )


class Served:
    """A swappable graph in one session."""

    def __init__(self, folder: Path, name: str = "model.onnx", *, optimise: bool = True) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        if not optimise:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        self.folder = folder
        self.session = onnxruntime.InferenceSession(
            folder / name, options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, feed: Mapping[str, Tensor], adapter: str | Path | None = None) -> np.ndarray[Any, Any]:
        options, loaded = onnxruntime.RunOptions(), onnxruntime.LoraAdapter()
        if adapter is not None:
            loaded.Load(str(self.folder / f"{adapter}.onnx_adapter" if isinstance(adapter, str) else adapter))
            options.add_active_adapter(loaded)
        named = {value.name for value in self.session.get_inputs()}
        arrays = {key: value.numpy() for key, value in feed.items() if key in named}
        out: np.ndarray[Any, Any] = self.session.run(None, arrays, options)[0]
        return out


def inputs_of(path: Path) -> dict[str, tuple[int | str, ...]]:
    """A graph's inputs and their shapes, as the onnx package reads them."""
    return {
        value.name: tuple(dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim)
        for value in onnx.load(path, load_external_data=False).graph.input
    }
