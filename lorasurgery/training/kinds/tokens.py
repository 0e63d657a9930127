"""Token classification: a label for every word, from CoNLL's columns.

    the first column is the word, the last its label; a blank line ends a sentence; lines that begin
    with -DOCSTART- are passed over

The loss is the cross entropy at the first token of every word. `entities` is the F1 of whole
entities, as conlleval counts them (Tjong Kim Sang & De Meulder, 2003): labels are IOB2 or plain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.paths import expanded
from lorasurgery.training.data import ColumnNames, DataError, ExampleTable, read_text
from lorasurgery.training.kinds._cross_entropy import IGNORED, filled, summed_cross_entropy
from lorasurgery.training.kinds._labels import places_of, refuse_unknown, settings_of
from lorasurgery.training.kinds._task import Example, padded
from lorasurgery.training.metrics import RESAMPLES

if TYPE_CHECKING:
    from torch import Tensor, nn

TASK = "token-classification"
OUTSIDE = "O"
WORDS, LABELS = "words", "labels"

# What columns are called in tables; two of them on the first line are no word with its label.
HEADERS = frozenset(
    [
        "id",
        "idx",
        "label",
        "labels",
        "ner",
        "ner_tags",
        "pos",
        "sentence",
        "tag",
        "tags",
        "text",
        "token",
        "tokens",
        "word",
        "words",
    ]
)

# Label, first word, word after the last.
Entity = tuple[str, int, int]


@dataclass(frozen=True)
class Tokens:
    """Labels in the order of the model's outputs."""

    labels: tuple[str, ...]
    scored_by: tuple[str, ...] = ("entities",)
    kind: str = "tokens"

    @property
    def columns(self) -> ColumnNames:
        return ColumnNames((WORDS,), LABELS)

    @property
    def settings(self) -> Mapping[str, Any]:
        return settings_of(self.labels)

    def encode(self, table: ExampleTable, tokenizer: Any, max_tokens: int) -> list[Example]:
        places = places_of(self.labels)
        tagged = [row.split(" ") for row in table.column(LABELS)]
        way_out = "Choose a base whose head has yet to be trained."
        refuse_unknown(table, (label for row in tagged for label in row), self.labels, way_out)
        words = [row.split(" ") for row in table.column(WORDS)]
        encoded = tokenizer(words, is_split_into_words=True, truncation=True, max_length=max_tokens)
        return [
            Example(
                {name: encoded[name][index] for name in encoded},
                _at_first_tokens(encoded.word_ids(index), [places[label] for label in row]),
            )
            for index, row in enumerate(tagged)
        ]

    def batch(self, examples: Sequence[Example], tokenizer: Any) -> tuple[dict[str, Tensor], Tensor]:
        inputs = padded(examples, tokenizer)
        return inputs, filled([each.target for each in examples], inputs["input_ids"].shape[1])

    def terms(self, examples: Sequence[Example]) -> int:
        return sum(place != IGNORED for each in examples for place in each.target)

    def loss(self, outputs: Any, targets: Tensor) -> Tensor:
        return summed_cross_entropy(outputs.logits, targets)

    def answers(self, model: nn.Module, inputs: Mapping[str, Tensor], outputs: Any) -> list[Any]:
        return list(outputs.logits.argmax(-1).tolist())

    def measure(
        self, answers: Sequence[Any], examples: Sequence[Example], mean_loss: float
    ) -> dict[str, float]:
        pairs = self._pairs(answers, examples)
        places = [(one, other) for said, true in pairs for one, other in zip(said, true, strict=True)]
        return {
            "entities": entity_f1(pairs),
            "accuracy": sum(one == other for one, other in places) / max(1, len(places)),
            "loss": mean_loss,
        }

    def error(self, answers: Sequence[Any], examples: Sequence[Example]) -> float | None:
        import numpy as np

        counts = np.array([_counts(said, true) for said, true in self._pairs(answers, examples)])
        draws = np.random.default_rng(0).integers(0, len(counts), (RESAMPLES, len(counts)))
        sums = counts[draws].sum(1)
        return float(np.std(2 * sums[:, 0] / np.maximum(1, sums[:, 1] + sums[:, 2]), ddof=1))

    def _pairs(
        self, answers: Sequence[Any], examples: Sequence[Example]
    ) -> list[tuple[list[str], list[str]]]:
        """Return predicted and true labels, word by word; words beyond the length limit are left out."""
        found = []
        for said, each in zip(answers, examples, strict=True):
            here = [(one, other) for one, other in zip(said, each.target, strict=False) if other != IGNORED]
            found.append(([self.labels[one] for one, _ in here], [self.labels[other] for _, other in here]))
        return found


def read(file: str) -> ExampleTable:
    """Sentences of a file in CoNLL's columns, as rows of words and labels with blanks between.

    Raises:
        DataError: a line has one column only, or there is no sentence.
    """
    path = expanded(file)
    rows: list[dict[str, str]] = []
    words: list[tuple[str, str]] = []
    for number, line in enumerate([*read_text(path).split("\n"), ""], start=1):
        # Other blanks of Unicode stand inside words.
        fields = [field for field in line.removesuffix("\r").replace("\t", " ").split(" ") if field]
        if number == 1 and len(fields) > 1 and fields[0].lower() in HEADERS and fields[-1].lower() in HEADERS:
            raise DataError(
                f"{path}, line 1 looks like a header ({line.strip()!r}); --kind tokens reads CoNLL's "
                "columns, "
                "a word and its label on each line and a blank line after each sentence."
            )
        if fields and fields[0] != "-DOCSTART-":
            if len(fields) < 2:
                raise DataError(
                    f"{path}, line {number}: a word and its label are expected, and there is {fields[0]!r} "
                    "alone."
                )
            words.append((fields[0], fields[-1]))
        elif words:
            rows.append(
                {WORDS: " ".join(word for word, _ in words), LABELS: " ".join(tag for _, tag in words)}
            )
            words = []
    if not rows:
        raise DataError(f"{path} has no sentence.")
    return ExampleTable(path, (WORDS, LABELS), tuple(rows))


def open_task(
    table: ExampleTable, texts: Sequence[str] = (), label: str | None = None, labels: Sequence[str] = ()
) -> Tokens:
    """Say which labels there are; `labels` where the model has its own already.

    Raises:
        DataError: columns are named, of which CoNLL's files have no names.
    """
    if tuple(texts) not in ((), (WORDS,)) or label not in (None, LABELS):
        raise DataError(
            "--kind tokens reads CoNLL's columns by their place, the word first and its label last; leave "
            "out --text and --label."
        )
    found = {tag for row in table.column(LABELS) for tag in row.split(" ")}
    return Tokens(tuple(labels) or tuple(sorted(found, key=lambda tag: (tag != OUTSIDE, tag))))


def entities(labels: Sequence[str]) -> list[Entity]:
    """Runs of one kind; B- begins a new one, and so does an I- of another kind."""
    found: list[Entity] = []
    start, kind = 0, ""
    for place, label in enumerate([*labels, OUTSIDE]):
        prefix, _, rest = label.partition("-") if label[:2] in ("B-", "I-") else ("I", "", label)
        here = "" if label == OUTSIDE else rest
        if kind and (here != kind or prefix == "B"):
            found.append((kind, start, place))
            kind = ""
        if here and not kind:
            start, kind = place, here
    return found


def entity_f1(pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> float:
    """The harmonic mean of precision and recall of whole entities."""
    right, said, true = (sum(column) for column in zip(*(_counts(*pair) for pair in pairs), strict=True))
    return 2 * right / (said + true) if said + true else 0.0


def _counts(said: Sequence[str], true: Sequence[str]) -> tuple[int, int, int]:
    """Entities that are right, that were said, that are there."""
    one, other = set(entities(said)), set(entities(true))
    return len(one & other), len(one), len(other)


def _at_first_tokens(word_ids: Sequence[int | None], tags: Sequence[int]) -> list[int]:
    before = [None, *word_ids]
    return [
        tags[word] if word is not None and word != last else IGNORED
        for word, last in zip(word_ids, before, strict=False)
    ]
