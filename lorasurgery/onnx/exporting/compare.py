"""Graphs beside torch: the same seeded inputs for ONNX Runtime and for the model as transformers
loads it, in float32.

plain            each run by itself, at several batch sizes and lengths
cached           a prompt, a piece of it, single tokens, each step fed with the cache that the one
                 before gave out; torch sees the whole text
                 at once and keeps no cache
encoder-decoder  the encoder; the first tokens without a cache; then single tokens with one

Places of padding are left out: nothing reads what stands there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.errors import NumericError, UnsupportedError
from lorasurgery.onnx.exporting.report import OutputComparison
from lorasurgery.onnx.exporting.sample import draw
from lorasurgery.onnx.exporting.tasks import ExportTask, GraphPort, GraphSpec
from lorasurgery.text import reason_of

if TYPE_CHECKING:
    import numpy
    import torch
    from torch import Tensor

    Arrays = Mapping[str, numpy.ndarray[Any, Any]]

# Batch and length of each run; none is the example's, and a length of one is among them.
RUNS = ((1, 1), (1, 7), (3, 5), (2, 11))
# New tokens of each step of a text with a cache: the prompt, a piece, single ones.
STEPS = (4, 3, 1, 1, 1)
ROWS = 3


@dataclass
class ErrorTally:
    """Differences, as they add up over runs."""

    difference: float = 0.0
    largest: float = 0.0
    agreeing: int = 0
    rows: int = 0
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    steps: int = 0

    def add(self, graph: str, ours: Tensor, theirs: Tensor, counts: Tensor | None) -> None:
        """Compare an output at the places that count (batch, length), or everywhere.

        Raises:
            NumericError: one of the two is not finite.
        """
        import torch

        ours, theirs = ours.double(), theirs.double()
        if ours.shape != theirs.shape:
            raise NumericError(
                f"{graph}.onnx gives {tuple(ours.shape)} where torch gives {tuple(theirs.shape)}: an axis "
                "is not free. Nothing was put in place."
            )
        if counts is not None:
            ours, theirs = ours[counts], theirs[counts]
        if not bool(torch.isfinite(ours).all()):
            whose = (
                "and so has torch's model"
                if not bool(torch.isfinite(theirs).all())
                else "where torch has none"
            )
            raise NumericError(
                f"{graph}.onnx answers with a NaN or an infinity, {whose}. Nothing was put in place."
            )
        if not ours.numel():
            return
        self.difference = max(self.difference, float((ours - theirs).abs().max()))
        self.largest = max(self.largest, float(theirs.abs().max()))
        if ours.ndim > 1:
            same = ours.argmax(-1) == theirs.argmax(-1)
            self.agreeing, self.rows = self.agreeing + int(same.sum()), self.rows + same.numel()

    def compared(self, graph: str) -> OutputComparison:
        agreement = self.agreeing / self.rows if self.rows else 1.0
        shapes = tuple(dict.fromkeys(self.shapes))
        return OutputComparison(
            graph, self.difference, self.largest, agreement, shapes, len(self.shapes), self.steps
        )


def compare(
    folder: Path, task: ExportTask, model: Any, dtype: torch.dtype, suffix: str = ""
) -> list[OutputComparison]:
    """Compare every graph of a task in a folder with torch's model.

    Args:
        model: in float32.
        dtype: of the graph's own numbers.
        suffix: of the graphs' files.

    Raises:
        NumericError: an answer is not finite, or has another shape than torch's.
        UnsupportedError: ONNX Runtime cannot load or run a graph, in its own words.
    """
    way: Callable[..., list[OutputComparison]] = {
        "plain": _plain,
        "cached": _cached,
        "encoder-decoder": _encoder_decoder,
    }[task.check]
    sessions = {
        graph.file: ComparedSession(folder / f"{graph.file}{suffix}.onnx", graph) for graph in task.graphs
    }
    found = way(task, sessions, model, dtype)
    return [dataclasses.replace(each, graph=f"{each.graph}{suffix}") for each in found]


class ComparedSession:
    """One graph, opened by ONNX Runtime with little memory of its own: weights stay in their file."""

    def __init__(self, path: Path, graph: GraphSpec) -> None:
        import onnxruntime  # type: ignore[import-untyped, unused-ignore]

        self.path, self.graph = path, graph
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.add_session_config_entry("session.disable_prepacking", "1")
        with _explained(path, "load"):
            self._session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"], disabled_optimizers=["ConstantFolding"]
            )

    def __call__(self, feed: Mapping[str, Tensor]) -> dict[str, Tensor]:
        import torch

        names = [port.name for port in self.graph.outputs]
        with _explained(self.path, "run"):
            found = self._session.run(
                names, {port.name: feed[port.name].numpy() for port in self.graph.inputs}
            )
        return {name: torch.from_numpy(array) for name, array in zip(names, found, strict=True)}


@contextmanager
def _explained(path: Path, verb: str) -> Iterator[None]:
    """Make one of our errors of whatever ONNX Runtime raises."""
    try:
        yield
    except Exception as error:  # its errors have no common class
        raise UnsupportedError(
            f"ONNX Runtime cannot {verb} {path.name}: {reason_of(error)}. --no-verify goes without this "
            "check."
        ) from None


def _plain(
    task: ExportTask, sessions: Mapping[str, ComparedSession], model: Any, dtype: torch.dtype
) -> list[OutputComparison]:
    found = []
    for graph in task.graphs:
        tally = ErrorTally()
        side = "left" if task.name == "text-generation" else "right"
        for batch, length in _runs(graph, model.config):
            sizes = {"batch_size": batch, "sequence_length": length, "encoder_sequence_length": length}
            feed = draw(graph.inputs, sizes, model.config, dtype=dtype, seed=batch + length, pad=side)
            _tally(tally, graph, sessions[graph.file](feed), said(graph, model, feed), feed)
            tally.shapes.append((batch, length) if _has_length(graph) else (batch,))
        found.append(tally.compared(graph.file))
    return found


def _has_length(graph: GraphSpec) -> bool:
    return any(isinstance(axis, str) for port in graph.inputs for axis in port.axes[1:])


def _runs(graph: GraphSpec, config: Any) -> list[tuple[int, int]]:
    """Batches and lengths, no longer than the model's positions reach."""
    reach = reach_of(config)
    return [(batch, min(length, reach)) for batch, length in RUNS] if _has_length(graph) else [(1, 1), (3, 1)]


def reach_of(config: Any) -> int:
    """How long a text may be: RoBERTa counts its positions from the padding token on."""
    text = config.get_text_config()
    named = ("max_position_embeddings", "n_positions", "max_target_positions")
    known = [n for n in (getattr(text, name, None) for name in named) if isinstance(n, int) and n > 0]
    padding = getattr(text, "pad_token_id", None) or 0
    # A padding token near the end of the vocabulary has nothing to do with positions.
    return max(1, min(known) - (padding + 1 if padding < 3 else 0)) if known else 1 << 30


def said(graph: GraphSpec, model: Any, feed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What torch says."""
    import torch

    whole = {name: each.float() if each.is_floating_point() else each for name, each in feed.items()}
    with torch.inference_mode():
        answers = graph.call(model, whole)
    return {port.name: each for port, each in zip(graph.outputs, answers, strict=True)}


def _tally(
    tally: ErrorTally, graph: GraphSpec, ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor], feed: Any
) -> None:
    for port in graph.outputs:
        tally.add(graph.file, ours[port.name], theirs[port.name], counting(port, feed))


def counting(port: GraphPort, feed: Mapping[str, Tensor]) -> Tensor | None:
    """The places of an output that are no padding; None for all."""
    return feed[port.mask] == 1 if port.mask is not None else None


def _cached(
    task: ExportTask, sessions: Mapping[str, ComparedSession], model: Any, dtype: torch.dtype
) -> list[OutputComparison]:
    (graph,) = task.graphs
    tally = ErrorTally()
    for rows, steps in ((ROWS, _within(STEPS, model.config)), (1, (1, 1))):
        whole = whole_text(rows, sum(steps), graph, model.config)
        logits = uncached(model, whole)
        past = {port.name: _empty(port, rows, dtype) for port in graph.inputs if _is_past(port)}
        done = 0
        for new in steps:
            answer = sessions[graph.file]({**_cut(whole, done, done + new), **past})
            counts = whole["attention_mask"][:, done : done + new] == 1
            tally.add(graph.file, answer["logits"], logits[:, done : done + new], counts)
            past = {name: answer[_present(name)] for name in past}
            tally.shapes.append((rows, new))
            tally.steps += done > 0
            done += new
    return [tally.compared(graph.file)]


def _within(steps: Sequence[int], config: Any) -> tuple[int, ...]:
    """As many steps as positions reach."""
    reach = reach_of(config)
    taken: list[int] = []
    for step in steps:
        if sum(taken) + step <= reach:
            taken.append(step)
    return tuple(taken)


def whole_text(rows: int, length: int, graph: GraphSpec, config: Any) -> dict[str, Tensor]:
    """A text of all steps, padded on the left: what the graph takes, without its past."""
    import torch

    ports = [port for port in graph.inputs if not _is_past(port)]
    sizes = {"batch_size": rows, "sequence_length": length, "total_sequence_length": length}
    plain = [GraphPort(p.name, ("batch_size", "sequence_length"), p.kind) for p in ports]
    return draw(plain, sizes, config, dtype=torch.float32, seed=rows, pad="left")


def uncached(model: Any, whole: Mapping[str, Tensor]) -> Tensor:
    """What torch says of a text at once."""
    import torch

    with torch.inference_mode():
        logits: Tensor = model(**whole, use_cache=False).logits
    return logits


def _cut(whole: Mapping[str, Tensor], start: int, stop: int) -> dict[str, Tensor]:
    """The new tokens and their positions; the mask counts all that came before."""
    return {
        name: (each[:, :stop] if name == "attention_mask" else each[:, start:stop]).contiguous()
        for name, each in whole.items()
    }


def _is_past(port: GraphPort) -> bool:
    return port.name.startswith("past_key_values.")


def _present(name: str) -> str:
    return name.replace("past_key_values.", "present.", 1)


def _empty(port: GraphPort, rows: int, dtype: torch.dtype) -> Tensor:
    """A past of no tokens."""
    import torch

    _, heads, _, width = port.axes
    return torch.empty(rows, int(heads), 0, int(width), dtype=dtype)


def _encoder_decoder(
    task: ExportTask, sessions: Mapping[str, ComparedSession], model: Any, dtype: torch.dtype
) -> list[OutputComparison]:
    encoder = task.graphs[0]
    tallies = {graph.file: ErrorTally() for graph in task.graphs}
    reach = reach_of(model.config)
    for rows, length in ((1, 1), (ROWS, min(9, reach))):
        sizes = {"batch_size": rows, "encoder_sequence_length": length}
        feed = draw(encoder.inputs, sizes, model.config, dtype=dtype, seed=rows, pad="right")
        states = sessions[encoder.file](feed)
        _tally(tallies[encoder.file], encoder, states, said(encoder, model, feed), feed)
        tallies[encoder.file].shapes.append((rows, length) if _has_length(encoder) else (rows,))
        # Each graph is given what the one before gave out, as whoever runs them does it.
        given = {"encoder_hidden_states": states["last_hidden_state"]}
        if "attention_mask" in feed:
            given["encoder_attention_mask"] = feed["attention_mask"]
        steps = _within(STEPS, model.config)
        for graph, done, new, ours, theirs in _decoded(task, sessions, model, feed, given, steps):
            tallies[graph].add(graph, ours, theirs, None)
            tallies[graph].shapes.append((rows, new))
            tallies[graph].steps += done > 0
    return [tallies[graph.file].compared(graph.file) for graph in task.graphs]


def _decoded(
    task: ExportTask,
    sessions: Mapping[str, ComparedSession],
    model: Any,
    feed: Mapping[str, Tensor],
    given: Mapping[str, Tensor],
    steps: Sequence[int],
) -> Iterator[tuple[str, int, int, Tensor, Tensor]]:
    """Each step of a text: which graph made it, how much came before, how many tokens it has, what
    it says, and what torch says there.
    """
    _, first, *further = task.graphs
    tokens = next(port for port in first.inputs if port.kind == "tokens")
    sizes = {"batch_size": len(given["encoder_hidden_states"]), "decoder_sequence_length": sum(steps)}
    ids = draw([tokens], sizes, model.config, dtype=model.dtype, seed=1)["input_ids"]
    logits = uncached(
        model,
        {**{k: v.float() if v.is_floating_point() else v for k, v in feed.items()}, "decoder_input_ids": ids},
    )
    start = steps[0] if further else sum(steps)
    answer = sessions[first.file]({**given, "input_ids": ids[:, :start]})
    yield first.file, 0, start, answer["logits"], logits[:, :start]
    past: dict[str, Tensor] = {}
    done = start
    for new in steps[1:] if further else ():
        past |= {name.replace("present.", "past_key_values.", 1): each for name, each in answer.items()}
        answer = sessions[further[0].file](
            {**given, **past, "input_ids": ids[:, done : done + new].contiguous()}
        )
        yield further[0].file, done, new, answer["logits"], logits[:, done : done + new]
        done += new
