"""Merge into a 16-bit base as bitsandbytes quantised it in training: what a QLoRA adapter adds up with.

    W' = round(dequantised(quantised(W)) + ΔW)

for every linear layer that transformers quantises on loading, whether an adapter changes it or not:
the adapter was trained with all of them quantised.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from lorasurgery.architecture.quantisable import quantisable_layers
from lorasurgery.architecture.transformers_class import UnknownClassError
from lorasurgery.arguments import one_of
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation import IN_TRAINING, numbers_in_training
from lorasurgery.surgery.base.open_base import OpenBase
from lorasurgery.surgery.merging.gguf_base import GgufBase
from lorasurgery.surgery.merging.quantised import QuantisedBase
from lorasurgery.surgery.merging.tensor_job import TensorJob

FLOATS = (Dtype.BF16, Dtype.F16, Dtype.F32)


def as_in_training(
    model: OpenBase, quantised: QuantisedBase | GgufBase, kind: str | None
) -> tuple[OpenBase, Mapping[str, LazyTensor]]:
    """Return the base as training saw it, and the tensors that are other numbers there.

    Raises:
        UnsupportedError: there is no such word; the base is quantised already, which layers are
            quantised is not known, or one is not stored as a tensor of its own.
    """
    if kind is None:
        return model, {}
    one_of(kind, tuple(IN_TRAINING), "base-as")
    _refuse_quantised(quantised, kind)
    _refuse_experts(model, kind)
    checkpoint = model.checkpoint
    try:
        layers = quantisable_layers(checkpoint.config)
    except UnknownClassError as error:
        raise UnsupportedError(
            f"--base-as {kind} needs to know which layers of {checkpoint.name} bitsandbytes quantises: "
            f"{error}. Load the base with that quantisation, dequantise and save it, and merge into that."
        ) from error
    numbers = {}
    for layer, is_conv1d in layers.items():
        name = _tensor_of(model, f"{layer}.weight", kind)
        stored = checkpoint.tensors[name]
        numbers[name] = (
            numbers_in_training(stored.T, kind).T if is_conv1d else numbers_in_training(stored, kind)
        )
    seen = dataclasses.replace(checkpoint, tensors={**checkpoint.tensors, **numbers})
    return dataclasses.replace(model, checkpoint=seen), numbers


def with_numbers(
    jobs: Mapping[str, TensorJob],
    numbers: Mapping[str, LazyTensor],
    base: Checkpoint,
    dtype: Dtype | None,
) -> Mapping[str, TensorJob]:
    """Return the jobs, with one for each of these tensors, which starts from its numbers.

    Args:
        dtype: of the whole output, where it is to be another than the base's.
    """
    all_jobs = dict(jobs)
    for name, number in numbers.items():
        stored = base.tensors[name]
        job = jobs.get(name) or TensorJob(name, stored, stored.shape, stored.dtype)
        all_jobs[name] = dataclasses.replace(
            job, base=stored, dtype=dtype or stored.dtype, replaced=job.replaced or number
        )
    return dict(sorted(all_jobs.items()))


def note_of_base_as(kind: str | None, numbers: Mapping[str, LazyTensor]) -> list[str]:
    """Say what the weights are that the adapters were merged into; nothing where that was not asked for."""
    if kind is None:
        return []
    return [
        f"The adapters are merged into the base as bitsandbytes quantises it ({IN_TRAINING[kind]}; "
        f"{len(numbers)} weights of linear layers, whether an adapter changes them or not)."
    ]


def _refuse_quantised(quantised: QuantisedBase | GgufBase, kind: str) -> None:
    model = quantised.model
    if isinstance(quantised, GgufBase):
        raise UnsupportedError(
            f"--base-as {kind} is for a base in Hugging Face's layout, and {model.stored.name} is a GGUF "
            "file."
        )
    if model.weights:
        label = next(iter(model.weights.values())).label
        raise UnsupportedError(
            f"--base-as {kind} is for a base in 16 bits, and {model.stored.name} is quantised already "
            f"({label}). Leave it out: the adapters are merged into the dequantised weights."
        )


def _refuse_experts(model: OpenBase, kind: str) -> None:
    experts = [name for name, each in model.architecture.parameters.items() if each.kind == "experts"]
    if experts:
        raise UnsupportedError(
            f"--base-as {kind}: {model.checkpoint.name} has experts ({experts[0]!r}), and it depends on the "
            "version of transformers whether training quantised them. Load the base with that version, "
            "dequantise and save it, and merge into that."
        )


def _tensor_of(model: OpenBase, parameter: str, kind: str) -> str:
    """Return the tensor on disk that is a parameter, element for element."""
    layout = model.binding.sources.get(parameter)
    source = layout.whole if layout else None
    if source is None or model.checkpoint.tensors[source.tensor].dtype not in FLOATS:
        raise UnsupportedError(
            f"--base-as {kind}: {parameter!r} of {model.checkpoint.name} is not stored as one tensor of "
            "bfloat16, float16 or float32. Save the base again with transformers, and merge into that."
        )
    return source.tensor
