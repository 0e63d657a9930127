"""The peer of `export-onnx`: PEFT merges in memory, torch exports what is there.

    python benchmarks/export_by_torch.py BASE ADAPTER OUT

This is what people write: load in float32, merge_and_unload, torch.onnx.export(dynamo=True) with a
cache, external data. The wrapper around the model is the plain one that takes and gives tensors;
names and axes are those of `export-onnx`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from peft import PeftModel
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, DynamicCache


class WithCache(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, position_ids: Tensor, *past: Tensor
    ) -> tuple[Tensor, ...]:
        cache = DynamicCache(list(zip(past[::2], past[1::2], strict=True)))
        answer = self.model(
            input_ids=input_ids,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=cache,
            use_cache=True,
        )
        layers = answer.past_key_values.layers
        return (answer.logits, *(tensor for layer in layers for tensor in (layer.keys, layer.values)))


def main(base: str, adapter: str, out: Path) -> None:
    loaded = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, attn_implementation="eager")
    model = PeftModel.from_pretrained(loaded, adapter).merge_and_unload().eval()
    config = model.config
    count, heads = 2 * config.num_hidden_layers, config.num_key_value_heads
    width = config.hidden_size // config.num_attention_heads
    example = (
        torch.ones(2, 3, dtype=torch.long),
        torch.ones(2, 8, dtype=torch.long),
        torch.arange(5, 8).expand(2, 3).contiguous(),
        *(torch.randn(2, heads, 5, width) for _ in range(count)),
    )
    new, past = {0: "batch_size", 1: "sequence_length"}, {0: "batch_size", 2: "past_sequence_length"}
    out.mkdir(parents=True)
    torch.onnx.export(
        WithCache(model).eval(),
        example,
        out / "model.onnx",
        dynamo=True,
        external_data=True,
        verbose=False,
        dynamic_shapes=(new, {0: "batch_size", 1: "total_sequence_length"}, new, (past,) * count),
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
