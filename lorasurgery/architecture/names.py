"""What a module is, from names and shapes alone: the way for models that transformers does not know.

A weight is (out, in). One exception shows itself: GPT-2's Conv1D stores (in, out), so its bias is
as long as the weight's second dimension. Where the weight is square the rest of the file decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lorasurgery.architecture.spelling import unwrapped_model
from lorasurgery.architecture.tasks import task_of
from lorasurgery.architecture.value import Architecture, Kind, Parameter, enclosing, owner
from lorasurgery.checkpoint.value import Checkpoint

Shapes = Mapping[str, tuple[int, ...]]

# By the last part of the owner's path: `embed_out` (GPT-NeoX) and `embedding_hidden_mapping_in`
# (ALBERT) are linear.
EMBEDDING = re.compile(
    r"(^|_)(wte|wpe|shared|emb|embs|embed|embeds|embedding|embeddings|embedding_table"
    r"|relative_attention_bias|embed_(tokens|in))$"
)
# Positions that are looked up by a forward of their own in BART, OPT and Whisper: PEFT's LoRA would
# call it wrongly.
OWN_FORWARD = re.compile(r"embed_positions$")
NORM = re.compile(r"norm", re.IGNORECASE)
EXPERTS = re.compile(r"experts$")
BUFFER = re.compile(
    r"(position_ids|token_type_ids|inv_freq|masked_bias|tril|running_mean|running_var|num_batches_tracked)$"
)
CONV1D = re.compile(r"(c_attn|c_proj|c_fc|q_attn)$")


def kinds_of(shapes: Shapes, integers: frozenset[str], model_type: str | None) -> dict[str, Kind]:
    """Classify every name of a file; `integers` are the names whose dtype is integer or bool."""
    stored_in_out = model_type == "gpt2" or any(_is_stored_in_out(name, shapes) for name in shapes)
    beside_experts = _modules_with_experts(shapes)
    return {name: _kind(name, shapes, name in integers, stored_in_out, beside_experts) for name in shapes}


def parameters_of(
    shapes: Shapes, integers: frozenset[str] = frozenset(), model_type: str | None = None
) -> dict[str, Parameter]:
    """Describe every name of a file as a parameter."""
    kinds = kinds_of(shapes, integers, model_type)
    return {
        name: Parameter(name, owner(name), kinds[name], tuple(shape), transposed=kinds[name] == "conv1d")
        for name, shape in shapes.items()
    }


def architecture_by_names(checkpoint: Checkpoint, note: str = "") -> Architecture:
    """Describe a model from its file: run-time names are those on disk without the names of wrappers."""
    config = checkpoint.config
    class_name = next(iter(config.get("architectures") or ()), None)
    plain = unwrapped_model(checkpoint.tensors)
    shapes = {plain[name]: shape for name, shape in shapes_of(checkpoint).items()}
    integers = frozenset(plain[name] for name in integers_of(checkpoint))
    return Architecture(
        class_name=class_name,
        model_type=config.get("model_type"),
        task_type=task_of(
            class_name,
            encoder_decoder=bool(config.get("is_encoder_decoder")),
            reads_text="vocab_size" in config,
        ),
        modules=enclosing(shapes),
        parameters=parameters_of(shapes, integers, config.get("model_type")),
        tied={plain.get(alias, alias): plain.get(kept, kept) for alias, kept in checkpoint.aliases.items()},
        origin="names",
        note=note,
    )


def shapes_of(checkpoint: Checkpoint) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in checkpoint.tensors.items()}


def integers_of(checkpoint: Checkpoint) -> frozenset[str]:
    return frozenset(
        name
        for name, tensor in checkpoint.tensors.items()
        if not tensor.dtype.is_floating_point and not tensor.dtype.is_complex
    )


def _modules_with_experts(names: Iterable[str]) -> frozenset[str]:
    """Return the modules that have experts, such as `model.layers.0.mlp`."""
    return frozenset(name[: found.start()] for name in names for found in re.finditer(r"\.experts\.", name))


def _kind(
    name: str, shapes: Shapes, is_integer: bool, stored_in_out: bool, beside_experts: frozenset[str]
) -> Kind:
    leaf, module, ndim = name.rpartition(".")[2], owner(name), len(shapes[name])
    if (
        is_integer or BUFFER.search(leaf) or (leaf == "bias" and ndim == 4)
    ):  # GPT-2's causal mask is `attn.bias`
        return "buffer"
    if "bias" in leaf:
        return "bias"
    if ndim == 3 and (EXPERTS.search(module) or EXPERTS.search(leaf)):
        return "experts"
    if leaf != "weight" or ndim == 0:
        return "bare"
    if ndim == 1 or NORM.search(module.rpartition(".")[2]):
        return "norm"
    return _kind_of_matrix(name, shapes, stored_in_out, beside_experts) if ndim == 2 else "conv"


def _kind_of_matrix(name: str, shapes: Shapes, stored_in_out: bool, beside_experts: frozenset[str]) -> Kind:
    module = owner(name)
    if OWN_FORWARD.search(module):
        return "other"
    if EMBEDDING.search(module.rpartition(".")[2]):
        return "embedding"
    # A router beside its experts: transformers makes it a module of its own, with a bare weight.
    if module.endswith((".gate", ".router")) and owner(module) in beside_experts:
        return "bare"
    rows, columns = shapes[name]
    is_conv1d = stored_in_out and rows == columns and CONV1D.search(module)
    return "conv1d" if is_conv1d or _is_stored_in_out(name, shapes) else "linear"


def _is_stored_in_out(name: str, shapes: Shapes) -> bool:
    """True where the bias is as long as the second dimension and not as the first."""
    if not name.endswith(".weight") or len(shapes[name]) != 2:
        return False
    rows, columns = shapes[name]
    return rows != columns and shapes.get(f"{owner(name)}.bias") == (columns,)
