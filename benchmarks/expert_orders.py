"""Whether the order of packed experts is recognised from an adapter's numbers: 100 adapters, trained in both.

    python benchmarks/expert_orders.py [--count 100] [--record]

Each is a tiny mixture of experts from transformers with PEFT's `target_parameters`, trained for a few
steps on a Markov chain: 8-64 experts, ranks 4-32, one to four experts a token, one or two layers,
AdamW or SGD at rates from 1e-4 to 2e-2, all drawn from a seed. Every other adapter is trained as
Unsloth's kernels read B until 2026-09-18: PEFT's wrapper is given that reading for the training. What
is judged is what PEFT would save, and what other programs make of it: rounded to bfloat16, put into
the singular order, packed in blocks, padded with ranks of zeros. Three minutes.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import peft
import torch
import transformers
from peft.tuners.lora.layer import ParamWrapper
from record import keep
from torch import Tensor

from lorasurgery.linalg.expert_order import ORDERS, likeness_of, order_shown

VOCABULARY, LENGTH = 64, 32


@dataclass(frozen=True)
class Case:
    """One adapter: its model, its training, and the order in which its B is read while it is trained."""

    seed: int
    order: str
    model: str
    experts: int
    rank: int
    experts_a_token: int
    hidden: int
    width: int
    layers: int
    steps_before: int
    steps: int
    rate: float
    optimiser: str
    batch: int

    @staticmethod
    def of(seed: int) -> Case:
        """Draw a case."""
        draw = random.Random(1000 + seed).choice
        return Case(
            seed=seed,
            order=ORDERS[seed % 2],
            model=draw(["qwen3_moe", "mixtral", "gpt_oss"]),
            experts=draw([8, 16, 32, 64]),
            rank=draw([4, 8, 16, 32]),
            experts_a_token=draw([1, 2, 4]),
            hidden=draw([32, 48, 64]),
            width=draw([16, 24, 32]),
            layers=draw([1, 2]),
            steps_before=draw([0, 0, 20]),
            steps=draw([2, 5, 15, 40]),
            rate=draw([1e-4, 1e-3, 5e-3, 2e-2]),
            optimiser=draw(["adamw", "adamw", "adamw", "sgd"]),
            batch=draw([1, 4, 8]),
        )


@dataclass(frozen=True)
class Trained:
    """The factors of each parameter: A (E, r, in) and B (E, out, r) by expert."""

    A: list[Tensor]
    B: list[Tensor]


def train(case: Case) -> Trained:
    """Train an adapter on a chain that its model has not seen."""
    torch.manual_seed(case.seed)
    draws = torch.Generator().manual_seed(case.seed)
    model = _model(case)
    if case.steps_before:
        _fit(model, list(model.parameters()), case, case.steps_before, 3e-3, draws)
    config = peft.LoraConfig(
        r=case.rank,
        lora_alpha=16,
        target_modules=["q_proj"],
        target_parameters=["experts.gate_up_proj", "experts.down_proj"],
    )
    adapted: Any = peft.get_peft_model(model, config)
    trainable = [each for each in adapted.parameters() if each.requires_grad]
    with grouped_by_expert() if case.order == "grouped-by-expert" else nullcontext():
        _fit(adapted, trainable, case, case.steps, case.rate, draws)
    wrappers = [each for each in adapted.modules() if isinstance(each, ParamWrapper)]
    A = [each.lora_A["default"].weight.detach() for each in wrappers]
    B = [each.lora_B["default"].weight.detach() for each in wrappers]
    return Trained(
        [each.reshape(case.experts, case.rank, -1) for each in A],
        [by_expert(each, case.experts, case.order) for each in B],
    )


def _model(case: Case) -> Any:
    sizes: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "hidden_size": case.hidden,
        "num_hidden_layers": case.layers,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 64,
        "num_experts_per_tok": case.experts_a_token,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
        "tie_word_embeddings": False,
    }
    if case.model == "qwen3_moe":
        sizes |= {"intermediate_size": 32, "num_experts": case.experts, "moe_intermediate_size": case.width}
        return transformers.Qwen3MoeForCausalLM(transformers.Qwen3MoeConfig(**sizes))
    sizes |= {"intermediate_size": case.width, "num_local_experts": case.experts}
    if case.model == "mixtral":
        return transformers.MixtralForCausalLM(transformers.MixtralConfig(**sizes))
    kinds = ["full_attention"] * case.layers
    return transformers.GptOssForCausalLM(transformers.GptOssConfig(**sizes, layer_types=kinds))


def _fit(
    model: Any, trainable: list[Tensor], case: Case, steps: int, rate: float, draws: torch.Generator
) -> None:
    chances = (2.5 * torch.randn(VOCABULARY, VOCABULARY, generator=draws)).softmax(dim=1)
    optimiser: torch.optim.Optimizer = torch.optim.AdamW(trainable, lr=rate)
    if case.optimiser == "sgd":
        optimiser = torch.optim.SGD(trainable, lr=100 * rate, momentum=0.9)
    for _ in range(steps):
        tokens = _tokens(chances, case.batch, draws)
        optimiser.zero_grad()
        model(input_ids=tokens, labels=tokens).loss.backward()
        optimiser.step()


def _tokens(chances: Tensor, batch: int, draws: torch.Generator) -> Tensor:
    columns = [torch.randint(VOCABULARY, (batch, 1), generator=draws)]
    for _ in range(LENGTH - 1):
        columns.append(torch.multinomial(chances[columns[-1][:, 0]], 1, generator=draws))
    return torch.cat(columns, dim=1)


@contextmanager
def grouped_by_expert() -> Iterator[None]:
    """Let PEFT read B's columns expert after expert, as Unsloth's kernels did."""

    def factors(self: Any, name: str) -> tuple[Tensor, Tensor, float]:
        A = self.lora_A[name].weight
        A = A.reshape(self.num_experts, -1, A.shape[-1])
        B = by_expert(self.lora_B[name].weight, self.num_experts, "grouped-by-expert")
        left, right = (B, A) if self._did_swap_in_out_features else (A.mT, B.mT)
        return left, right, self.scaling[name]

    before = ParamWrapper.get_delta_factors
    ParamWrapper.get_delta_factors = factors
    try:
        yield
    finally:
        ParamWrapper.get_delta_factors = before


def by_expert(B: Tensor, experts: int, order: str) -> Tensor:
    """Return B (out, r·E) as (E, out, r)."""
    if order == "peft":
        return B.reshape(len(B), -1, experts).permute(2, 0, 1)
    return B.reshape(len(B), experts, -1).permute(1, 0, 2)


def packed(B: Tensor, order: str) -> Tensor:
    """Return B (E, out, r) as (out, r·E)."""
    return (B.permute(1, 2, 0) if order == "peft" else B.permute(1, 0, 2)).flatten(1)


def variations(trained: Trained) -> Mapping[str, list[Tensor]]:
    """The B of every parameter as trained, and as other programs leave it."""
    return {
        "as trained": trained.B,
        "in bfloat16": [each.bfloat16() for each in trained.B],
        "in the singular order": [_singular(A, B) for A, B in zip(trained.A, trained.B, strict=True)],
        "gate and up in blocks": [_in_blocks(each) for each in trained.B],
        "padded with zeros": [torch.cat([each, torch.zeros_like(each)], dim=2) for each in trained.B],
        "random numbers": [torch.randn(each.shape) for each in trained.B],
        "random numbers in blocks": [_in_blocks(torch.randn(each.shape)) for each in trained.B],
    }


def _in_blocks(B: Tensor) -> Tensor:
    """Give the upper and the lower rows ranks of their own, as packing two modules does."""
    upper, lower = B.clone(), B.clone()
    upper[:, B.shape[1] // 2 :] = 0
    lower[:, : B.shape[1] // 2] = 0
    return torch.cat([upper, lower], dim=2)


def _singular(A: Tensor, B: Tensor) -> Tensor:
    left, sigma, _ = torch.linalg.svd(B.double() @ A.double(), full_matrices=False)
    rank = min(A.shape[1], sigma.shape[1])
    return left[..., :rank] * sigma[:, None, :rank].sqrt()


def main() -> None:
    """Train, judge, and print how many were recognised."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--record", action="store_true", help="write the record for RESULTS.md")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    tally: dict[str, Counter[str]] = {}
    for case in map(Case.of, range(asked.count)):
        for name, found in variations(train(case)).items():
            likeness = [likeness_of(packed(each, case.order), case.experts) for each in found]
            shown = order_shown(likeness)
            verdict = "not recognised" if shown is None else "right" if shown == case.order else "wrong"
            tally.setdefault(name, Counter())[verdict] += 1
    columns = ["right", "wrong", "not recognised"]
    rows = [[name, *(str(each[column]) for column in columns)] for name, each in tally.items()]
    for row in (["", *columns], *rows):
        print("  ".join(cell.rjust(24 if index == 0 else 8) for index, cell in enumerate(row)))
    if asked.record:
        title = (
            f"Which columns of B are an expert's, recognised from the numbers of {asked.count} adapters of "
            "8-64 experts and ranks 4-32, half of them trained in PEFT's order and half in Unsloth's."
        )
        keep(
            "experts", "orders of experts", title, "python benchmarks/expert_orders.py", ["", *columns], rows
        )


if __name__ == "__main__":
    main()
