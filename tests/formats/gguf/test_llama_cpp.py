"""llama.cpp computes with a converted adapter what transformers computes with the merged model."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from lorasurgery.adapter import Host
from lorasurgery.formats import gguf as ours
from lorasurgery.formats import load
from lorasurgery.variants.lora import LoraFactors
from support.gguf_adapters import adapt, lora, written
from support.gguf_models import write_gguf
from support.in_memory_adapters import delta
from support.llama_cpp import TOKENS, last_hidden_state

pytestmark = pytest.mark.slow

DATA = os.environ.get("LORASURGERY_DATA")


REAL = {
    "qwen25_0p5b": {"model_type": "qwen2", "num_attention_heads": 14, "hidden_size": 896},
    "gpt2_imdb_fifo_r16": {"model_type": "gpt2", "n_head": 12, "n_embd": 768},
}


@pytest.mark.skipif(DATA is None, reason="LORASURGERY_DATA names no folder of real adapters")
@pytest.mark.parametrize("name", REAL)
def test_a_real_adapter_goes_there_and_back(name: str, tmp_path: Path) -> None:
    peft = load("peft").read(Path(str(DATA)) / "adapters" / name)
    weights = tuple(f"{path}.weight" for path in peft.modules)
    model = Host(tuple(peft.modules), weights, config=REAL[name])
    adapter = dataclasses.replace(peft, host=model, replaced={})
    again = ours.read(written(adapter, tmp_path), model)
    assert again.modules.keys() == adapter.modules.keys()
    for path, factors in adapter.modules.items():
        torch.testing.assert_close(delta(again.modules[path]), delta(factors), rtol=1e-6, atol=0)


@pytest.mark.parametrize("family", ["llama", "mixtral"])
@pytest.mark.parametrize("scales", ["one", "many"])
def test_llama_cpp_computes_with_the_adapter_what_transformers_computes_with_the_merged_model(
    family: str, scales: str, tmp_path: Path
) -> None:
    pytest.importorskip("xllamacpp", reason="xllamacpp is llama.cpp to compare with")
    import transformers

    torch.manual_seed(0)
    settings = {"vocab_size": 320, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
    settings |= {
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "tie_word_embeddings": False,
    }
    experts = {"num_local_experts": 4, "num_experts_per_tok": 2} if family == "mixtral" else {}
    model: Any = transformers.AutoModelForCausalLM.from_config(
        transformers.AutoConfig.for_model(family, **settings, **experts)
    ).eval()
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for parameter in parameters.values():
            parameter.mul_(8 if parameter.ndim > 1 else 1)  # so that attention is not even
    base = write_gguf(model, tmp_path / "base.gguf", "F32")
    model.save_pretrained(tmp_path / "base")
    adapter = adapt(tmp_path / "base")
    modules = {}
    for i, name in enumerate(adapter.modules):
        A, B = lora(adapter, name).A, lora(adapter, name).B
        quieter = B.map(lambda B: 0.05 * B, shape=B.shape, dtype=B.dtype)
        modules[name] = LoraFactors(A, quieter, 2.0 if scales == "one" else 1 + 0.1 * i)
    path = written(dataclasses.replace(adapter, modules=modules), tmp_path)

    def transformers_state() -> Tensor:
        with torch.no_grad():
            state: Tensor = model.model(input_ids=torch.tensor([TOKENS])).last_hidden_state[0, -1]
        return state

    before = transformers_state()
    with torch.no_grad():
        for name, factors in modules.items():
            parameters[name if name in parameters else f"{name}.weight"] += delta(factors).float()
    after = transformers_state()
    # llama.cpp keeps keys and values in float16.
    torch.testing.assert_close(last_hidden_state(base), before, rtol=0, atol=1e-2)
    torch.testing.assert_close(last_hidden_state(base, path), after, rtol=0, atol=1e-2)
    assert (after - before).abs().max() > 0.5
