"""Tiny seeded models, their exports by both of torch's exporters, PEFT's adapters for them, and
what PEFT's merge of the two answers.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import peft
import torch
import transformers
from torch import Tensor, nn

from support.shared_folders import Shared

TEXT = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "attn_implementation": "eager",
}
# 300 rows of 32: over the 8192 elements from which the exporter leaves a tied matrix in one piece.
LLAMA = {**TEXT, "vocab_size": 300, "num_key_value_heads": 2, "use_cache": False, "attention_bias": True}


@dataclass(frozen=True)
class Family:
    """A model's class and settings, and which of its modules an adapter is for."""

    class_name: str
    settings: dict[str, Any]
    targets: list[str]
    wrapped: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


FAMILIES = {
    "bert": Family(
        "BertForSequenceClassification",
        {**TEXT, "vocab_size": 99, "max_position_embeddings": 40, "num_labels": 3},
        ["query", "key", "value", "dense"],
        extra={"task_type": "SEQ_CLS"},
    ),
    "llama": Family(
        "LlamaForCausalLM",
        {**LLAMA, "tie_word_embeddings": False},
        ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "embed_tokens"],
        wrapped=True,
    ),
    "llama-tied": Family(
        "LlamaForCausalLM", {**LLAMA, "tie_word_embeddings": True}, ["q_proj", "down_proj"], wrapped=True
    ),
    "gpt2": Family(
        "GPT2LMHeadModel",
        {"vocab_size": 99, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 40, "use_cache": False}
        | {"attn_implementation": "eager"},
        ["c_attn", "c_proj", "c_fc"],
        wrapped=True,
    ),
    "vit": Family(
        "ViTForImageClassification",
        {**TEXT, "image_size": 16, "patch_size": 4, "num_labels": 3},
        ["q_proj", "v_proj", "fc1", "projection"],
        extra={"modules_to_save": ["classifier"]},
    ),
}
CONFIGS = {"bert": "BertConfig", "llama": "LlamaConfig", "gpt2": "GPT2Config", "vit": "ViTConfig"}


class Wrapped(nn.Module):
    """What people export a causal model in: logits only."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        logits: Tensor = self.model(
            input_ids=input_ids, attention_mask=attention_mask, use_cache=False
        ).logits
        return logits


def built(name: str, seed: int = 0) -> Any:
    """A model whose numbers are all random and far from their initial zeros and ones, so that its
    answers mean something.
    """
    family = FAMILIES[name]
    torch.manual_seed(seed)
    config = getattr(transformers, CONFIGS[name.partition("-")[0]])(**family.settings)
    model = getattr(transformers, family.class_name)(config).eval()
    shake(model, seed)
    return model


def shake(model: nn.Module, seed: int, scale: float = 0.15) -> None:
    """Add seeded noise to every parameter."""
    made = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += scale * torch.randn(parameter.shape, generator=made)


def inputs(name: str, seed: int = 3, batch: int = 2, length: int = 5) -> dict[str, Tensor]:
    """Seeded inputs of a family."""
    made = torch.Generator().manual_seed(seed)
    if name == "vit":
        return {"pixel_values": torch.randn(batch, 3, 16, 16, generator=made)}
    ids = torch.randint(0, 99, (batch, length), generator=made)
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


def exported(name: str, model: nn.Module, path: Path, *, dynamo: bool, **options: Any) -> Path:
    """The graph of a model, by the exporter of today or the older one."""
    example = inputs(name)
    axes = {0: "batch"} if name == "vit" else {0: "batch", 1: "sequence"}
    shaped: dict[str, Any] = {"dynamic_axes": dict.fromkeys(example, axes)}
    if dynamo:
        shaped = {"dynamic_shapes": tuple(axes for _ in example)}
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Wrapped(model).eval() if FAMILIES[name].wrapped else model,
            tuple(example.values()),
            path,
            dynamo=dynamo,
            input_names=list(example),
            output_names=["logits"],
            external_data=dynamo,
            verbose=False,
            **shaped,
            **options,
        )
    return path


def exported_once(name: str, shared: Shared, *, dynamo: bool, dtype: torch.dtype = torch.float32) -> Path:
    """The graph of the family's own model, made once for all tests: only to be read."""
    kind = str(dtype).removeprefix("torch.")
    return (
        shared(
            f"{name}-{'dynamo' if dynamo else 'torchscript'}-{kind}",
            lambda folder: exported(name, built(name).to(dtype), folder / "model.onnx", dynamo=dynamo),
        )
        / "model.onnx"
    )


def adapted(
    name: str, model: nn.Module, folder: Path, config: peft.PeftConfig | None = None, seed: int = 1
) -> Any:
    """PEFT's model of base and a random adapter, which is saved."""
    family = FAMILIES[name]
    config = config or peft.LoraConfig(
        r=4,
        lora_alpha=12,
        target_modules=family.targets,
        rank_pattern={"q_proj": 2, "query": 3},
        **family.extra,
    )
    torch.manual_seed(seed)
    made: Any = peft.get_peft_model(copy.deepcopy(model), config).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.requires_grad:
                parameter += 0.1 * torch.randn(parameter.shape)
    made.save_pretrained(folder)
    return made


def answer(path: Path, feed: Mapping[str, Tensor]) -> np.ndarray[Any, Any]:
    """What ONNX Runtime says."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    named = {value.name for value in session.get_inputs()}
    out: np.ndarray[Any, Any] = session.run(None, {k: v.numpy() for k, v in feed.items() if k in named})[0]
    return out


def said(model: nn.Module, feed: Mapping[str, Tensor]) -> np.ndarray[Any, Any]:
    """What torch says."""
    with torch.inference_mode():
        out: np.ndarray[Any, Any] = model(**feed).logits.numpy()
    return out


def apart(one: np.ndarray[Any, Any], two: np.ndarray[Any, Any]) -> float:
    """The largest difference, over the largest number of the second."""
    return float(np.abs(one.astype(np.float64) - two).max() / np.abs(two).max())


def numbers(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """All initializers, as the onnx package reads them."""
    return {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}


def edited(path: Path, change: Callable[[onnx.ModelProto], None]) -> Path:
    """The graph again, after something was done to it; its data stay where they are."""
    model = onnx.load(path, load_external_data=False)
    change(model)
    onnx.save(model, path)
    return path


def without_names(model: onnx.ModelProto) -> None:
    """What is left of a graph when a tool renames everything and drops all metadata."""
    new = {t.name: f"w{i}" for i, t in enumerate(model.graph.initializer)}
    keep = {v.name for v in (*model.graph.input, *model.graph.output)}
    for node in model.graph.node:
        del node.metadata_props[:]
        node.name = ""
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name and name not in keep:
                    names[i] = new.setdefault(name, f"v{len(new)}")
    for tensor in model.graph.initializer:
        tensor.name = new[tensor.name]
        del tensor.metadata_props[:]
    del model.graph.value_info[:]
