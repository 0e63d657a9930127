"""Change the config of a merged model: a tie that was cut, a head, a longer vocabulary, another dtype."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lorasurgery.adapter import Adapter
from lorasurgery.architecture import Architecture
from lorasurgery.architecture.tasks import BY_PEFT, class_of_type
from lorasurgery.architecture.vocabulary import Path, vocabulary_paths, with_values
from lorasurgery.dtypes import Dtype
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter
from lorasurgery.surgery.merging.adapter_match import AdapterMatch
from lorasurgery.surgery.merging.tensor_job import TensorJob

# The tasks whose head has no row for each label. Where no task is stated, the name of the head
# decides (see `_labels`).
UNLABELLED = ("QUESTION_ANS", "CAUSAL_LM", "SEQ_2_SEQ_LM")


def changed_fields(
    config: Mapping[str, Any],
    architecture: Architecture,
    given: Sequence[WeightedAdapter],
    match: AdapterMatch,
    dtype: Dtype | None,
) -> dict[Path, Any]:
    """Return the fields of the config that change, by their paths of keys; None removes one."""
    if not config:
        return {}
    fields: dict[Path, Any] = {}
    if match.untied:
        fields |= _without_ties(config, match)
    if dtype is not None:
        fields["torch_dtype" if "torch_dtype" in config else "dtype",] = str(dtype)
    adapters = [each.adapter for each in given]
    head = _head(config, architecture, adapters, match.jobs, match.new)
    fields |= _inputs(config, match.jobs)
    return fields | _vocabulary(config, match.jobs) | {(key,): value for key, value in head.items()}


def changed_text(text: str, fields: Mapping[Path, Any]) -> str:
    """Return a config's JSON with some fields changed, in its own order; new ones come last."""
    content = with_values(json.loads(text), fields)
    return json.dumps({key: value for key, value in content.items() if value is not None}, indent=2) + "\n"


def _without_ties(config: Mapping[str, Any], match: AdapterMatch) -> dict[Path, Any]:
    """Untie weights in the whole model, and in the part whose embeddings were tied."""
    tables = [
        (name, job.base) for name, job in match.jobs.items() if name in match.untied and job.base is not None
    ]
    parts = [path[:-1] for name, base in tables for path in vocabulary_paths(config, name, base.shape[0])]
    return {(*part, "tie_word_embeddings"): False for part in [(), *parts]}


def _vocabulary(config: Mapping[str, Any], jobs: Mapping[str, TensorJob]) -> dict[Path, Any]:
    """Return the new number of tokens where an embedding has another length than before."""
    return {
        path: job.shape[0]
        for name, job in jobs.items()
        if job.base is not None and job.base.shape[:1] != job.shape[:1]
        for path in vocabulary_paths(config, name, job.base.shape[0])
    }


def _inputs(config: Mapping[str, Any], jobs: Mapping[str, TensorJob]) -> dict[Path, Any]:
    """Return the channels of a transformer of diffusers whose first layer takes a second image.

    Without a number of its own, the output would have as many as the input.
    """
    for name, job in jobs.items():
        before = job.base.shape if job.base is not None else job.shape
        is_first = name == "x_embedder.weight" and len(before) == 2
        if is_first and before[1] != job.shape[1] and config.get("in_channels") == before[1]:
            outputs = config.get("out_channels") or before[1]
            return {("in_channels",): job.shape[1], ("out_channels",): outputs}
    return {}


def _head(
    config: Mapping[str, Any],
    architecture: Architecture,
    adapters: list[Adapter],
    jobs: Mapping[str, TensorJob],
    new: tuple[str, ...],
) -> dict[str, Any]:
    """Return the class that has the adapters' head, and as many labels as the head has rows."""
    reshaped = [
        name
        for name, job in jobs.items()
        if job.base is not None and job.base.shape != job.shape and architecture.is_beside_base_model(name)
    ]
    if not new and not reshaped:
        return {}
    task = next((each.host.task_type for each in adapters if each.host.task_type), architecture.task_type)
    stated = next((each.host.class_name for each in adapters if each.host.class_name), None)
    class_name = stated or _class_name(task, config.get("model_type"))
    fields: dict[str, Any] = {}
    if new and class_name:
        fields["architectures"] = [class_name]
    labels = _labels(jobs, [*new, *reshaped]) if task not in UNLABELLED else None
    if labels is not None and len(config.get("id2label") or ()) != labels:
        names = [f"LABEL_{index}" for index in range(labels)]
        fields["id2label"] = {str(index): name for index, name in enumerate(names)}
        fields["label2id"] = {name: index for index, name in enumerate(names)}
        fields["num_labels"] = labels if "num_labels" in config else None
    return fields


def _labels(jobs: Mapping[str, TensorJob], names: list[str]) -> int | None:
    """Return the rows of the last matrix of the head.

    `out_proj` comes after `dense`, `classifier` before `pre_classifier`.
    """
    matrices = [name for name in names if name.endswith(".weight") and len(jobs[name].shape) == 2]
    last = [n for n in matrices if n.rpartition(".")[0].endswith(("out_proj", "score", ".classifier"))]
    last += [name for name in matrices if name == "classifier.weight"]
    chosen = last[:1]
    return jobs[chosen[0]].shape[0] if chosen else None


def _class_name(task: str | None, model_type: str | None) -> str | None:
    known = BY_PEFT.get(task or "")
    # A model without a head has no class for one.
    if known is None or known.name == "feature-extraction" or model_type is None:
        return None
    return class_of_type(known, model_type)
