"""Evaluate: what a model, with or without an adapter, is worth on examples with known answers;
also rank by rank.

An adapter of any format is read; a Parallel-LoRA folder is fused for its task; a rank is cut as the
adapter allows: by prefix where it was trained nested, by the best decomposition otherwise. What is
cut or fused lies in a scratch folder, and nothing is left behind.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from lorasurgery import formats
from lorasurgery.arguments import several, whole
from lorasurgery.checkpoint.folder import read_json
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.paths import StrPath, expanded
from lorasurgery.reports import Report
from lorasurgery.surgery.adapter_input.parallel_lora import branches_of, is_parallel
from lorasurgery.temporary import temporary_folder
from lorasurgery.text import listed, reason_of
from lorasurgery.training.kinds._task import Task
from lorasurgery.training.models import LoadedModel, known_labels, load_model, load_tokenizer, longest
from lorasurgery.training.opening import DataRequest, read, task_for
from lorasurgery.training.processes import processes
from lorasurgery.training.report import REPORT_FILE
from lorasurgery.training.scoring import Scores, scores_of
from lorasurgery.variants.edit import Factors

VERSION = 1


@dataclass(frozen=True)
class ScoreRow:
    """The scores at one rank, None for the adapter as it is."""

    rank: int | None
    scores: Scores


@dataclass(frozen=True, repr=False)
class EvaluateReport(Report):
    """What was asked, and a row for each rank."""

    model: str
    adapter: str | None
    data: str
    kind: str
    labels: tuple[str, ...]
    rows: tuple[ScoreRow, ...] = field(default=())

    ROWS: ClassVar[str] = "rows"

    @property
    def summary(self) -> str:
        """The scores, by rank where there are ranks."""
        scores = ", ".join(
            f"{row.scores.score:.4f}" + ("" if row.rank is None else f" at rank {row.rank}")
            for row in self.rows
        )
        return (
            f"{self.data}: {' and '.join(self.rows[0].scores.scored_by)} {scores}" if self.rows else self.data
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "verb": "evaluate",
            "model": self.model,
            "adapter": self.adapter,
            "data": self.data,
            "kind": self.kind,
            "labels": list(self.labels),
            "rows": [{"rank": row.rank, **row.scores.as_json()} for row in self.rows],
        }


def evaluate(
    model: str,
    adapter: StrPath | None = None,
    *,
    data: StrPath,
    ranks: int | str | Sequence[int] = (),
    task: str | None = None,
    kind: str | None = None,
    text: str | Sequence[str] = (),
    label: str | None = None,
    max_tokens: int | None = None,
    alpha: float | None = None,
) -> EvaluateReport:
    """Score a model on examples.

    Args:
        model: a folder or a Hub name that transformers' auto classes load.
        adapter: in any format; what it was trained for is read from it, where `train` made it.
        data: a file of examples with their answers.
        ranks: cut the adapter to each of these, and score them all.
        task: of a Parallel-LoRA adapter, or of several that a model was trained for.
        kind, text, label, max_tokens: as for `train`.
        alpha: for formats that do not store their scale.

    Raises:
        DataError: the data are not what the task needs.
        AlignmentError: model and adapter do not belong together, or neither has a head for the
            task. CheckpointError, UnsupportedError: see `lorasurgery.errors`.
    """
    listed_ranks = (
        ranks.split(",") if isinstance(ranks, str) else [ranks] if isinstance(ranks, int) else ranks
    )
    ranks = tuple(filter(None, (whole(rank, "ranks") for rank in listed_ranks)))
    _check(adapter, ranks, task, alpha)
    asked, labels = _remembered(
        adapter or model, task, DataRequest(kind, several(text, "text"), label, max_tokens)
    )
    table = read(os.fspath(data), asked.kind)
    known = task_for(table, asked, labels or known_labels(model))
    tokenizer = load_tokenizer(model)
    examples = known.encode(table, tokenizer, longest(model, tokenizer, asked.max_tokens))
    rows = []
    for rank in ranks or (None,):
        with _at_rank(model, adapter, rank, task, alpha) as (base, folder):
            loaded = _with_adapter(load_model(base, known, tokenizer), known, folder)
            device = processes().device
            rows.append(
                ScoreRow(rank, scores_of(loaded.model.to(device), known, examples, tokenizer, device))
            )
    name = None if adapter is None else os.fspath(adapter)
    return EvaluateReport(model, name, str(data), known.kind, known.labels, tuple(rows))


def _check(adapter: StrPath | None, ranks: Sequence[int], task: str | None, alpha: float | None) -> None:
    """Refuse what would do nothing, before anything is loaded.

    Raises:
        UnsupportedError: a rank that the adapter has not, a scale where it is stored, or either
            without an adapter.
    """
    if adapter is None:
        for option, given in (("--ranks", bool(ranks)), ("--alpha", alpha is not None)):
            if given:
                raise UnsupportedError(f"{option} is about an adapter; name one after the model.")
        return
    names, place = [os.fspath(adapter)], expanded(adapter)
    if is_parallel(place):
        if alpha is not None:
            raise UnsupportedError(f"{adapter} stores its scale; leave out --alpha.")
        names = [str(branch.folder) for branch in branches_of(place, task)]
    opened = [formats.read_adapter(name, alpha=alpha)[1] for name in names]
    most = sum(max((rank_of(each) for each in one.modules.values()), default=0) for one in opened)
    beyond = [rank for rank in ranks if most and rank > most]
    if beyond:
        raise UnsupportedError(
            f"--ranks {beyond[0]} is more than {adapter} has: {most} "
            f"{'is its rank' if most > 1 else 'rank'}. Ask for ranks up to that."
        )


def rank_of(factors: Factors) -> int:
    """The rank of a module's factors; 0 of variants that have none."""
    rank: int = getattr(factors, "rank", 0)
    return rank


def _remembered(name: StrPath, task: str | None, asked: DataRequest) -> tuple[DataRequest, tuple[str, ...]]:
    """What a run of `train` wrote down of its task, where the user says nothing else.

    Raises:
        DamagedFileError: it is not understood.
        UnsupportedError: there are several tasks and none is named.
    """
    path = expanded(name) / REPORT_FILE
    if not path.is_file():
        if task is not None and not is_parallel(path.parent):
            raise UnsupportedError(
                f"--task chooses among the tasks that `train` notes in {REPORT_FILE}, and {name} has no "
                "such file; leave it out."
            )
        return asked, ()
    written = read_json(path)
    tasks = written.get("tasks")
    if not isinstance(tasks, Mapping) or not tasks:
        raise DamagedFileError(
            f"{path} has no tasks; remove the file, and say what is meant by --kind and --label."
        )
    if task is None and len(tasks) > 1:
        raise UnsupportedError(
            f"{name} was trained for several tasks ({', '.join(tasks)}); choose with --task."
        )
    if task is not None and task not in tasks:
        raise UnsupportedError(f"{name} was trained for {', '.join(tasks)}, and not for {task!r}.")
    one = tasks[task] if task is not None else next(iter(tasks.values()))
    try:
        kind, texts, label, labels = str(one["kind"]), tuple(one["text"]), one["label"], tuple(one["labels"])
        max_tokens = int(written["recipe"]["max_tokens"])
    except (KeyError, TypeError, ValueError):
        raise DamagedFileError(
            f"{path} does not say what its task is; remove the file, and say it by --kind and --label."
        ) from None
    return (
        DataRequest(
            asked.kind or kind, asked.texts or texts, asked.label or label, asked.max_tokens or max_tokens
        ),
        labels,
    )


@contextmanager
def _at_rank(
    model: str,
    adapter: StrPath | None,
    rank: int | None,
    task: str | None,
    alpha: float | None,
) -> Iterator[tuple[str, Path | None]]:
    """The model to load, and the folder that PEFT puts on it; what is made of them lies in a scratch folder.

    An adapter of another format is merged: PEFT knows the names of its own files alone.
    """
    if adapter is None:
        yield model, None
        return
    from lorasurgery.surgery.convert import convert
    from lorasurgery.surgery.fuse import fuse
    from lorasurgery.surgery.merge import merge
    from lorasurgery.surgery.rerank import rerank

    name = os.fspath(adapter)
    with temporary_folder() as scratch:
        if is_parallel(expanded(name)):
            fuse([name], scratch / "fused", task=task)
            name = str(scratch / "fused")
        found = formats.find_adapter(name)
        place: str | Path = name
        is_peft = found is not None and found[1] == "peft"
        how: dict[str, Any] = {"format": "peft", "alpha": alpha, "base": None if is_peft else model}
        if rank is not None:
            nested = formats.read_adapter(name, alpha=alpha)[1].nested
            method = "prefix" if nested is not None and nested.form == "nested" else "svd"
            rerank(name, scratch / "made", rank=rank, method=method, **how)
        elif not is_peft:
            convert(name, scratch / "made", **how)
        if (scratch / "made").exists():
            place = scratch / "made"
        elif found is not None:
            place = found[0]
        if is_peft:
            yield model, Path(place)
            return
        merge(model, [place], scratch / "merged", undo=False)
        yield str(scratch / "merged"), None


def _with_adapter(loaded: LoadedModel, task: Task, folder: Path | None) -> LoadedModel:
    """The model with an adapter in it, if all that is not in the model's files is in the
    adapter's, and all of the adapter's has a place.

    Raises:
        AlignmentError: that is not so.
    """
    brought = formats.read_adapter(str(folder))[1] if folder else None
    modules = {name for name, _ in loaded.model.named_modules()}
    strange = sorted(set(brought.modules) - modules) if brought else []
    same_model = any(module.endswith(f".{strange[0]}") for module in modules) if strange else True
    if brought and len(strange) == len(brought.modules) and not same_model:
        raise AlignmentError(
            f"None of the {len(strange)} modules that the adapter changes is in {loaded.name} "
            f"({listed(strange)}): it is for another model."
        )
    lacking = [name for name in loaded.missing if brought is None or name not in brought.replaced]
    if lacking:
        whose = "neither the model nor the adapter has" if folder else "the model lacks"
        raise AlignmentError(
            f"{loaded.name}: {whose} {listed(lacking)}, so that it cannot answer a task of the kind "
            f"{task.kind}; train it first, or name an adapter that brings its head."
        )
    if strange:
        raise AlignmentError(
            f"{folder} changes {listed(strange)}, which {type(loaded.model).__name__} has not; merge it "
            "into its base, and evaluate what comes of it."
        )
    return loaded if folder is None else _wrapped(loaded, folder)


def _wrapped(loaded: LoadedModel, folder: Path) -> LoadedModel:
    import peft

    from lorasurgery.training.methods._peft import quiet

    try:
        with quiet():
            model = peft.PeftModel.from_pretrained(loaded.model, str(folder))
    except (ValueError, RuntimeError, KeyError) as error:
        raise AlignmentError(
            f"{folder} does not fit {loaded.name} ({reason_of(error)}); check that it is the adapter's base."
        ) from None
    return LoadedModel(loaded.name, model, loaded.tokenizer, loaded.heads, ())
