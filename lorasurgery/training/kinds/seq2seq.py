"""Text to text with an encoder-decoder: translation, question answering.

The loss is the cross entropy of the answer's tokens. Answers are generated greedily and held
against the truth as tokens: `exact` where all are equal, `overlap` the F1 of the tokens that both
have (SQuAD's: Rajpurkar et al., 2016, arXiv 1606.05250, on tokens instead of words). There is no
BLEU here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.text import listed
from lorasurgery.training.data import ColumnNames, DataError, ExampleTable
from lorasurgery.training.data import read_table as read
from lorasurgery.training.kinds._cross_entropy import filled, perplexity, summed_cross_entropy
from lorasurgery.training.kinds._task import Example, padded
from lorasurgery.training.metrics import spread

if TYPE_CHECKING:
    from torch import Tensor, nn

TASK = "text2text-generation"
__all__ = ["TASK", "open_task", "read"]
# What the two columns are called where the user does not say.
USUAL = (("source", "target"), ("question", "answer"), ("input", "output"), ("text", "summary"))


@dataclass(frozen=True)
class Seq2Seq:
    """Texts and the texts that answer them."""

    columns: ColumnNames
    labels: tuple[str, ...] = ()
    scored_by: tuple[str, ...] = ("overlap",)
    kind: str = "seq2seq"

    @property
    def settings(self) -> Mapping[str, Any]:
        return {}

    def encode(self, table: ExampleTable, tokenizer: Any, max_tokens: int) -> list[Example]:
        texts = [table.column(name) for name in self.columns.texts]
        inputs = tokenizer(*texts, truncation=True, max_length=max_tokens)
        wanted = tokenizer(
            text_target=table.column(str(self.columns.label)), truncation=True, max_length=max_tokens
        )
        names = [name for name in inputs if name != "token_type_ids"]
        return [
            Example({name: inputs[name][index] for name in names}, target)
            for index, target in enumerate(wanted["input_ids"])
        ]

    def batch(self, examples: Sequence[Example], tokenizer: Any) -> tuple[dict[str, Tensor], Tensor]:
        targets = filled([each.target for each in examples], max(len(each.target) for each in examples))
        # The model shifts the labels into what its decoder reads.
        return {**padded(examples, tokenizer), "labels": targets}, targets

    def terms(self, examples: Sequence[Example]) -> int:
        return sum(len(each.target) for each in examples)

    def loss(self, outputs: Any, targets: Tensor) -> Tensor:
        return summed_cross_entropy(outputs.logits, targets)

    def answers(self, model: nn.Module, inputs: Mapping[str, Tensor], outputs: Any) -> list[Any]:
        read = {name: each for name, each in inputs.items() if name != "labels"}
        room = inputs["labels"].shape[1] + 8
        said = model.generate(**read, max_new_tokens=room, do_sample=False, num_beams=1)  # type: ignore[operator]
        config: Any = model.config
        marks = {config.pad_token_id, config.decoder_start_token_id}
        return [_until(ids[1:].tolist(), config.eos_token_id, marks) for ids in said]

    def measure(
        self, answers: Sequence[Any], examples: Sequence[Example], mean_loss: float
    ) -> dict[str, float]:
        pairs = list(zip(answers, (each.target for each in examples), strict=True))
        exact = sum(said == wanted for said, wanted in pairs) / len(pairs)
        return {
            "overlap": sum(overlap(said, wanted) for said, wanted in pairs) / len(pairs),
            "exact": exact,
            "perplexity": perplexity(mean_loss),
            "loss": mean_loss,
        }

    def error(self, answers: Sequence[Any], examples: Sequence[Example]) -> float | None:
        return spread([overlap(said, each.target) for said, each in zip(answers, examples, strict=True)])


def open_task(
    table: ExampleTable, texts: Sequence[str] = (), label: str | None = None, labels: Sequence[str] = ()
) -> Seq2Seq:
    """Say which columns hold the texts and their answers.

    Raises:
        DataError: a column is missing.
    """
    usual = next((pair for pair in USUAL if set(pair) <= set(table.columns)), None)
    if (not texts or label is None) and usual is None:
        raise DataError(
            f"{table.file} has no two columns under usual names (its columns are {listed(table.columns)}); "
            "name them with --text and --label."
        )
    source, target = usual or ("", "")
    columns = ColumnNames(tuple(texts) or (source,), label or target)
    for name in (*columns.texts, str(columns.label)):
        table.column(name)
    return Seq2Seq(columns)


def overlap(said: Sequence[int], wanted: Sequence[int]) -> float:
    """The harmonic mean of the shares of tokens that both have; 1 where both are empty."""
    shared = sum((Counter(said) & Counter(wanted)).values())
    return 2 * shared / (len(said) + len(wanted)) if said or wanted else 1.0


def _until(ids: Sequence[int], end: int | None, marks: set[int | None]) -> list[int]:
    """What was said up to the end mark, and that mark: the truth ends with it, too."""
    stop = ids.index(end) + 1 if end in ids else len(ids)
    return [token for token in ids[:stop] if token not in marks]
