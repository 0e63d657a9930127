"""A small model, and examples that it can learn."""

from __future__ import annotations

import random
from pathlib import Path

from support.paths import FIXTURES

BASE = FIXTURES / "bert-base"
GOOD, BAD = ("good", "great", "fun"), ("bad", "dull")
FILLERS = ("the", "of", "and", "to", "in", "is", "it", "this", "that", "film", "movie")


def sentences(count: int, seed: int = 0) -> list[tuple[str, int]]:
    """Fillers with one word that decides."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        label = draw.randrange(2)
        words = draw.choices(FILLERS, k=draw.randrange(2, 9))
        words.insert(draw.randrange(len(words)), draw.choice(GOOD if label else BAD))
        found.append((" ".join(words), label))
    return found


def write_tsv(path: Path, count: int, seed: int = 0) -> Path:
    rows = "".join(f"{text}\t{label}\n" for text, label in sentences(count, seed))
    path.write_text(f"sentence\tlabel\n{rows}", encoding="utf-8")
    return path
