"""One module has many names.

Whichever an adapter has, every verb finds the same weight, and what it writes has today's names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from lorasurgery import convert, fuse, inspect, merge, rerank
from lorasurgery.architecture.spelling import best_rewritings
from lorasurgery.errors import AlignmentError, SurgeryError
from support.adapters import add
from support.multimodal_models import MODELS, PEFT, inner, made, renamed, spelled
from support.slow import slow_but
from support.spellings import llama, same_merge
from support.tiny_models import FAMILIES, built

SUFFIXES = ["q_proj", "v_proj", "up_proj"]


@pytest.mark.parametrize("name", slow_but(("gemma3", "qwen2.5-vl", "smolvlm"), MODELS))
@pytest.mark.parametrize("targets", ["suffixes", "pattern"])
def test_names_of_before_transformers_4_52_merge_as_todays(name: str, targets: str, tmp_path: Path) -> None:
    base, adapter = made(name, tmp_path)
    old = MODELS[name][2]
    pattern = rf"^{old}layers.*\.(q_proj|v_proj|up_proj)".replace(".l", r"\.l")
    config: dict[str, Any] = {"target_modules": SUFFIXES if targets == "suffixes" else pattern}
    same_merge(base, adapter, renamed(adapter, tmp_path / "old", spelled(name, old), **config), tmp_path)


@pytest.mark.parametrize("name", slow_but(("gemma3", "qwen2.5-vl", "smolvlm"), MODELS))
def test_an_adapter_of_the_text_model_by_itself_merges_into_the_model_around_it(
    name: str, tmp_path: Path
) -> None:
    base, adapter = made(name, tmp_path)
    text = renamed(adapter, tmp_path / "text", spelled(name, "model."), target_modules=SUFFIXES)
    same_merge(base, adapter, text, tmp_path)


@pytest.mark.parametrize("prefixes", [("language_model.model.", "language_model."), ("model.", "")])
def test_a_head_goes_along_with_its_text_model(prefixes: tuple[str, str], tmp_path: Path) -> None:
    base, adapter = made("llava", tmp_path, target_modules=r".*language_model.*q_proj|lm_head")
    inside, beside = prefixes
    other = renamed(
        adapter,
        tmp_path / "respelled",
        lambda key: spelled("llava", inside)(key).replace(f"{PEFT}lm_head", f"{PEFT}{beside}lm_head"),
        target_modules=["q_proj", "lm_head"],
    )
    same_merge(base, adapter, other, tmp_path)


@pytest.mark.parametrize("name", ["gemma3", "mllama", "qwen2.5-vl"])
def test_old_names_of_dora(name: str, tmp_path: Path) -> None:
    base, adapter = made(name, tmp_path, use_dora=True)
    old = renamed(adapter, tmp_path / "old", spelled(name, MODELS[name][2]), target_modules=SUFFIXES)
    same_merge(base, adapter, old, tmp_path)


@pytest.mark.parametrize("name", ["gemma3", "qwen2.5-vl", "mistral3"])
@pytest.mark.parametrize("runtime", ["vllm", "llamacpp", "mlx", "peft"])
def test_old_names_convert_as_todays(name: str, runtime: str, tmp_path: Path) -> None:
    base, adapter = made(name, tmp_path)
    old = renamed(adapter, tmp_path / "old", spelled(name, MODELS[name][2]), target_modules=SUFFIXES)
    ends = ".gguf" if runtime == "llamacpp" else ""
    one, other = (tmp_path / f"{stem}{ends}" for stem in ("one", "other"))
    convert(adapter, one, base=base, runtime=runtime)
    convert(old, other, base=base, runtime=runtime)
    files = [one] if ends else sorted(one.iterdir())
    assert files
    for file in files:
        assert file.read_bytes() == (other if ends else other / file.name).read_bytes()


def test_old_names_are_inspected_and_reranked_with_their_base(tmp_path: Path) -> None:
    base, adapter = made("gemma3", tmp_path)
    old = renamed(adapter, tmp_path / "old", spelled("gemma3", MODELS["gemma3"][2]))
    one, other = (inspect(base, each) for each in (adapter, old))
    assert [each.sigma for each in one.modules] == [each.sigma for each in other.modules]
    assert all(each.against is not None for each in other.modules)
    rerank(old, tmp_path / "reranked", rank=2, base=base)
    keys = load_file(tmp_path / "reranked" / "adapter_model.safetensors")
    assert all(key.startswith(f"base_model.model.{inner('gemma3')}") for key in keys)


def test_a_suffix_list_that_hits_another_tower_is_noted(tmp_path: Path) -> None:
    base, adapter = made("gemma3", tmp_path)
    notes = same_merge(
        base, adapter, renamed(adapter, tmp_path / "list", str, target_modules=SUFFIXES), tmp_path
    )
    assert any("4 modules outside of the text model" in note for note in notes)


def test_a_text_model_that_is_not_whole_is_incomplete(tmp_path: Path) -> None:
    base, adapter = made("gemma3", tmp_path)
    short = renamed(adapter, tmp_path / "short", spelled("gemma3", "language_model.model."))
    file = short / "adapter_model.safetensors"
    save_file({key: t for key, t in load_file(file).items() if "layers.1.mlp" not in key}, file)
    for targets in (SUFFIXES, r"language_model\.model\.layers\.\d+\..*(q_proj|v_proj|up_proj)"):
        again = renamed(short, tmp_path / f"short{len(targets)}", str, target_modules=targets)
        with pytest.raises(AlignmentError, match=r"layers\.1\.mlp\.up_proj.*incomplete"):
            merge(base, [again], tmp_path / "merged")


def test_a_decoder_without_factors_is_incomplete(tmp_path: Path) -> None:
    """Only towers beside a text model may be missing, not one half of a model."""
    model = built(FAMILIES["t5"])
    model.save_pretrained(tmp_path / "base")
    add(model, peft.LoraConfig(r=2, target_modules=["q"]), tmp_path / "adapter")
    file = tmp_path / "adapter" / "adapter_model.safetensors"
    save_file({key: t for key, t in load_file(file).items() if ".decoder." not in key}, file)
    with pytest.raises(AlignmentError, match="incomplete"):
        merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")


def test_names_that_fit_two_towers_alike_are_refused(tmp_path: Path) -> None:
    """Nothing says which half of CLIP is meant by layers without a prefix."""
    tower = {"hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = transformers.CLIPConfig(
        text_config=tower | {"vocab_size": 40, "max_position_embeddings": 9, "projection_dim": 32},
        vision_config=tower | {"image_size": 28, "patch_size": 14, "projection_dim": 32},
        projection_dim=32,
    )
    model = transformers.CLIPModel(config)
    model.save_pretrained(tmp_path / "base")
    add(model, peft.LoraConfig(r=2, target_modules=r"text_model.*fc1"), tmp_path / "adapter")
    bare = renamed(
        tmp_path / "adapter",
        tmp_path / "bare",
        lambda key: key.replace("text_model.", ""),
        target_modules=["fc1"],
    )
    with pytest.raises(AlignmentError, match=r"may be 'text_model.*' or 'vision_model.*both fit"):
        merge(tmp_path / "base", [bare], tmp_path / "merged")


def test_gpt2s_names_on_disk_mean_its_transposed_weights(tmp_path: Path) -> None:
    """GPT2Model has no prefix and the Hub's files have none, and a square matrix does not show
    which way round it lies.
    """
    model = built(FAMILIES["gpt2"])
    model.save_pretrained(tmp_path / "base")
    add(
        model, peft.LoraConfig(r=2, target_modules=["attn.c_proj"], fan_in_fan_out=True), tmp_path / "adapter"
    )
    weights = tmp_path / "base" / "model.safetensors"
    save_file({key.removeprefix("transformer."): t for key, t in load_file(weights).items()}, weights)
    bare = renamed(tmp_path / "adapter", tmp_path / "bare", lambda key: key.replace("transformer.", ""))
    same_merge(tmp_path / "base", tmp_path / "adapter", bare, tmp_path)


OTHER_SIZE = [
    ("inspect", lambda base, adapter, _out: inspect(base, adapter)),
    ("rerank", lambda base, adapter, out: rerank(adapter, out, rank=1, base=base)),
    ("fuse", lambda base, adapter, out: fuse([f"{adapter}:0.5", f"{adapter}:0.5"], out, base=base)),
    ("merge", lambda base, adapter, out: merge(base, [adapter], out)),
    ("vllm", lambda base, adapter, out: convert(adapter, out, base=base, runtime="vllm")),
    ("gguf", lambda base, adapter, out: convert(adapter, out, base=base, format="gguf")),
    ("mlx", lambda base, adapter, out: convert(adapter, out, base=base, format="mlx")),
    ("lora", lambda base, adapter, out: convert(adapter, out, base=base, to="lora")),
]


@pytest.mark.parametrize("run", [run for _, run in OTHER_SIZE], ids=[verb for verb, _ in OTHER_SIZE])
@pytest.mark.parametrize("method", ["lora", "dora", "loha"])
def test_a_base_of_another_size_is_refused_with_both_shapes(run: Any, method: str, tmp_path: Path) -> None:
    targets = ["q_proj", "up_proj"]
    config: peft.PeftConfig = peft.LoraConfig(r=2, target_modules=targets, use_dora=method == "dora")
    if method == "loha":
        config = peft.LoHaConfig(r=2, target_modules=targets)
    model = built(FAMILIES["llama"])
    add(model, config, tmp_path / "adapter")
    settings = FAMILIES["llama"].settings | {"hidden_size": 80, "intermediate_size": 112}
    transformers.LlamaForCausalLM(transformers.LlamaConfig(**settings)).save_pretrained(tmp_path / "other")
    with pytest.raises(SurgeryError) as refused:
        run(tmp_path / "other", tmp_path / "adapter", tmp_path / "out")
    if method == "lora":
        assert isinstance(refused.value, AlignmentError)
        for fact in ("48×32", "112×80", "4 of its 4 modules do not fit"):
            assert fact in str(refused.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("run", [run for _, run in OTHER_SIZE], ids=[verb for verb, _ in OTHER_SIZE])
def test_a_whole_parameter_of_another_size_is_refused(run: Any, tmp_path: Path) -> None:
    base, adapter = llama(tmp_path)
    file = adapter / "adapter_model.safetensors"
    save_file(load_file(file) | {f"{PEFT}model.norm.weight": torch.ones(80)}, file)
    with pytest.raises(AlignmentError, match=r"model\.norm\.weight.* 80 in .* 32 in "):
        run(base, adapter, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_tables_of_more_tokens_may_be_longer_than_the_bases(tmp_path: Path) -> None:
    base, adapter = llama(tmp_path)
    file = adapter / "adapter_model.safetensors"
    tables = {f"{PEFT}{name}.weight": torch.randn(104, 32) for name in ("model.embed_tokens", "lm_head")}
    save_file(load_file(file) | tables, file)
    assert {each.shape for each in inspect(base, adapter).others} == {(104, 32)}
    rerank(adapter, tmp_path / "out", rank=2, base=base)
    assert load_file(tmp_path / "out" / "adapter_model.safetensors").keys() >= tables.keys()


def test_names_are_aligned_in_time_linear_in_their_number() -> None:
    """Renaming by a class costs much for each name, so that only the first and the last of a list
    of layers are asked for.
    """
    names = [
        f"model.layers.{layer}.mlp.experts.{expert}.up_proj" for layer in range(60) for expert in range(128)
    ]
    known = {f"model.language_{name}" for name in names}
    asked: list[str] = []

    def place(name: str) -> str | None:
        asked.append(name)
        return name if name in known else None

    best = best_rewritings(names, known, place)
    assert len(asked) < 100
    assert best[0](names[77]) in known
