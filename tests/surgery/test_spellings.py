"""One module has many names: whichever an adapter has, every verb finds the same weight, and what it writes has today's names."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from lorasurgery import convert, extract, fuse, inspect, merge, rerank, unmerge
from lorasurgery.architecture.spelling import best_rewritings
from lorasurgery.errors import AlignmentError, NotACheckpointError, SurgeryError, UnsupportedError
from support.adapters import add, bits
from support.multimodal_models import MODELS, PEFT, TEXT, inner, made, renamed, spelled
from support.tiny_models import FAMILIES, built

SUFFIXES = ["q_proj", "v_proj", "up_proj"]


def same_merge(base: Path, one: Path, other: Path, folder: Path) -> list[str]:
    """Hold that two adapters give one merged model, which is not the base; the notes of the second merge."""
    merge(base, [one], folder / "one", undo=False)
    report = merge(base, [other], folder / "other", undo=False)
    assert bits(folder / "one") == bits(folder / "other")
    assert bits(folder / "one") != bits(base)
    return list(report.plan.notes)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("targets", ["suffixes", "pattern"])
def test_names_of_before_transformers_4_52_merge_as_todays(name: str, targets: str, tmp_path: Path) -> None:
    base, adapter = made(name, tmp_path)
    old = MODELS[name][2]
    pattern = rf"^{old}layers.*\.(q_proj|v_proj|up_proj)".replace(".l", r"\.l")
    config: dict[str, Any] = {"target_modules": SUFFIXES if targets == "suffixes" else pattern}
    same_merge(base, adapter, renamed(adapter, tmp_path / "old", spelled(name, old), **config), tmp_path)


@pytest.mark.parametrize("name", MODELS)
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


def gemma4(folder: Path) -> tuple[Path, Path, list[str]]:
    """A base whose file has keys and values for layers that share another layer's, as Google's have, and an adapter on all."""
    config = transformers.Gemma4TextConfig(
        **TEXT
        | {
            "num_hidden_layers": 4,
            "sliding_window": 16,
            "layer_types": ["sliding_attention", "full_attention"] * 2,
            "hidden_size_per_layer_input": 8,
            "vocab_size_per_layer_input": 128,
            "num_kv_shared_layers": 2,
            "global_head_dim": 8,
        }
    )
    model = transformers.Gemma4ForCausalLM(config)
    model.save_pretrained(folder / "base")
    beside = [f"model.layers.{layer}.self_attn.{x}_proj" for layer in (2, 3) for x in "kv"]
    add(model, peft.LoraConfig(r=4, target_modules=["q_proj", "k_proj", "v_proj"]), folder / "adapter")
    weights = folder / "base" / "model.safetensors"
    save_file(load_file(weights) | {f"{path}.weight": torch.randn(16, 32) for path in beside}, weights)
    factors = folder / "adapter" / "adapter_model.safetensors"
    more = {f"base_model.model.{path}.lora_A.weight": torch.randn(4, 32) for path in beside}
    more |= {f"base_model.model.{path}.lora_B.weight": torch.randn(16, 4) for path in beside}
    save_file(load_file(factors) | more, factors)
    return folder / "base", folder / "adapter", beside


@pytest.mark.parametrize("runtime", ["vllm", "llamacpp", "mlx", "peft"])
def test_modules_that_only_the_file_has_are_brought_along(runtime: str, tmp_path: Path) -> None:
    base, adapter, beside = gemma4(tmp_path)
    target = tmp_path / ("out.gguf" if runtime == "llamacpp" else "out")
    report = convert(adapter, target, base=base, runtime=runtime)
    assert any(
        "4 of 12 modules) are in the base's file and not in Gemma4ForCausalLM" in n for n in report.notes
    )
    merge(base, [adapter], tmp_path / "one", undo=False)
    merge(base, [target], tmp_path / "other", undo=False)
    one, other = (load_file(tmp_path / each / "model.safetensors") for each in ("one", "other"))
    plain = load_file(base / "model.safetensors")
    for path in beside:
        assert not torch.equal(one[f"{path}.weight"], plain[f"{path}.weight"])
        torch.testing.assert_close(one[f"{path}.weight"], other[f"{path}.weight"])


def test_gpt2s_names_on_disk_mean_its_transposed_weights(tmp_path: Path) -> None:
    """GPT2Model has no prefix and the Hub's files have none, and a square matrix does not show which way round it lies."""
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
    ("inspect", lambda base, adapter, out: inspect(base, adapter)),
    ("rerank", lambda base, adapter, out: rerank(adapter, out, rank=1, base=base)),
    ("fuse", lambda base, adapter, out: fuse([f"{adapter}:0.5", f"{adapter}:0.5"], out, base=base)),
    ("merge", lambda base, adapter, out: merge(base, [adapter], out)),
    ("vllm", lambda base, adapter, out: convert(adapter, out, base=base, runtime="vllm")),
    ("gguf", lambda base, adapter, out: convert(adapter, out, base=base, format="gguf")),
    ("mlx", lambda base, adapter, out: convert(adapter, out, base=base, format="mlx")),
    ("lora", lambda base, adapter, out: convert(adapter, out, base=base, to="lora")),
]


@pytest.mark.parametrize(("verb", "run"), OTHER_SIZE, ids=[verb for verb, _ in OTHER_SIZE])
@pytest.mark.parametrize("method", ["lora", "dora", "loha"])
def test_a_base_of_another_size_is_refused_with_both_shapes(
    verb: str, run: Any, method: str, tmp_path: Path
) -> None:
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


WRAPPED = {
    "torch.compile": lambda key: key.replace(PEFT, f"{PEFT}_orig_mod."),
    "torch.compile, around PEFT": lambda key: f"_orig_mod.{key}",
    "torch.compile, by layers": lambda key: re.sub(r"(layers\.\d+)\.", r"\1._orig_mod.", key),
    "FSDP": lambda key: (
        "_fsdp_wrapped_module." + re.sub(r"(layers\.\d+)\.", r"\1._fsdp_wrapped_module.", key)
    ),
    "FSDP, each factor": lambda key: key.replace(".weight", "._fsdp_wrapped_module.weight"),
    "activation checkpointing": lambda key: re.sub(
        r"(layers\.\d+|mlp)\.", r"\1._checkpoint_wrapped_module.", key
    ),
    "DDP": lambda key: key.replace(PEFT, f"{PEFT}module."),
    "DDP, around PEFT": lambda key: f"module.{key}",
    "DDP, inside": lambda key: key.replace("model.layers", "model.module.layers"),
    "several": lambda key: (
        "module._orig_mod."
        + re.sub(r"(layers\.\d+)\.", r"\1._fsdp_wrapped_module._checkpoint_wrapped_module.", key)
    ),
}
NAMES_OF_WRAPPERS = re.compile(r"_orig_mod|_wrapped_module|(^|[\"'.])module\.")


def llama(folder: Path, **settings: Any) -> tuple[Path, Path]:
    model = built(FAMILIES["llama"])
    model.save_pretrained(folder / "base")
    config = peft.LoraConfig(**{"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "up_proj"], **settings})
    add(model, config, folder / "adapter")
    return folder / "base", folder / "adapter"


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_wrappers_of_training_are_no_part_of_a_name(wrap: Any, tmp_path: Path) -> None:
    base, adapter = llama(tmp_path, alpha_pattern={"model.layers.1.mlp.up_proj": 32})
    named = ["model.layers.0._orig_mod.self_attn.q_proj", "q_proj", "up_proj"]
    patterns = {"model.layers.1._checkpoint_wrapped_module.mlp.up_proj": 32}
    wrapped = renamed(adapter, tmp_path / "wrapped", wrap, target_modules=named, alpha_pattern=patterns)
    same_merge(base, adapter, wrapped, tmp_path)
    for options in ({}, {"base": base}):
        out = tmp_path / f"out{len(options)}"
        convert(wrapped, out, runtime="vllm", **options)
        keys = load_file(out / "adapter_model.safetensors")
        assert not [key for key in keys if NAMES_OF_WRAPPERS.search(key)]
        assert NAMES_OF_WRAPPERS.search((out / "adapter_config.json").read_text()) is None


@pytest.mark.parametrize("front", ["_orig_mod.", "module."])
def test_a_base_with_wrappers_in_its_names_is_found(front: str, tmp_path: Path) -> None:
    base, adapter = llama(tmp_path)
    weights = base / "model.safetensors"
    plain = load_file(weights)
    merge(base, [adapter], tmp_path / "one", undo=False)
    save_file({front + name: tensor for name, tensor in plain.items()}, weights)
    merge(base, [adapter], tmp_path / "other", undo=False)
    one, other = (load_file(tmp_path / each / "model.safetensors") for each in ("one", "other"))
    assert all(torch.equal(one[name], other[front + name]) for name in one)


def test_wrappers_are_taken_off_a_model_that_no_class_describes(tmp_path: Path) -> None:
    torch.manual_seed(0)
    base = {f"blocks.{layer}._orig_mod.attn.weight": torch.randn(24, 24) for layer in range(2)}
    tuned = {name: t + torch.randn(24, 2) @ torch.randn(2, 24) for name, t in base.items()}
    for name, tensors in (("base", base), ("tuned", tuned)):
        save_file(tensors, tmp_path / f"{name}.safetensors")
    extract(tmp_path / "base.safetensors", tmp_path / "tuned.safetensors", tmp_path / "out", rank=2)
    keys = load_file(tmp_path / "out" / "adapter_model.safetensors")
    assert sorted(keys)[0] == "base_model.model.blocks.0.attn.lora_A.weight"


def test_wrappers_in_a_state_dict_of_layers(tmp_path: Path) -> None:
    base, adapter = llama(tmp_path)
    stored = load_file(base / "model.safetensors")
    factors = load_file(adapter / "adapter_model.safetensors")
    wrapped = {}
    for layer in range(2):
        path = f"model.layers.{layer}.self_attn.q_proj"
        inside = f"_orig_mod.model.layers.{layer}._checkpoint_wrapped_module.self_attn.q_proj"
        wrapped[f"{inside}.layer.weight"] = stored[f"{path}.weight"]
        for side in "AB":
            wrapped[f"{inside}.{side}"] = factors[f"{PEFT}{path}.lora_{side}.weight"]
    save_file(wrapped, tmp_path / "layers.safetensors")
    convert(tmp_path / "layers.safetensors", tmp_path / "out", alpha=8, format="peft", base=base)
    keys = load_file(tmp_path / "out" / "adapter_model.safetensors")
    assert all(torch.equal(tensor, factors[key]) for key, tensor in keys.items())
    assert len(keys) == 4


def named_adapter(folder: Path, names: dict[str, float]) -> None:
    """Put the names of adapters into the keys, one after the other, each with factors of its own."""
    file = folder / "adapter_model.safetensors"
    stored = load_file(file)
    save_file(
        {
            re.sub(r"(lora_[AB])", rf"\1.{name}", key): tensor * factor
            for name, factor in names.items()
            for key, tensor in stored.items()
        },
        file,
    )


@pytest.mark.parametrize("name", ["default", "policy", "my-adapter_2"])
def test_the_name_of_an_adapter_in_its_keys_is_no_part_of_a_module(name: str, tmp_path: Path) -> None:
    base, adapter = llama(tmp_path)
    alone = renamed(adapter, tmp_path / "named", str)
    named_adapter(alone, {name: 1.0})
    same_merge(base, adapter, alone, tmp_path)


def test_of_two_adapters_in_one_file_one_must_be_chosen(tmp_path: Path) -> None:
    base, adapter = llama(tmp_path)
    both = renamed(adapter, tmp_path / "both", str)
    named_adapter(both, {"default": 2.0, "ref": 1.0})
    for run in (
        lambda: merge(base, [both], tmp_path / "out"),
        lambda: inspect(both),
        lambda: convert(both, tmp_path / "out", runtime="vllm"),
        lambda: rerank(both, tmp_path / "out", rank=1),
    ):
        with pytest.raises(UnsupportedError, match=r"2 adapters in one file \(default, ref\).*both/default"):
            run()
    assert not (tmp_path / "out").exists()
    same_merge(base, adapter, both / "ref", tmp_path)
    merge(base, [both / "default"], tmp_path / "double", undo=False)
    merge(base, [f"{adapter}:4"], tmp_path / "four", undo=False)
    assert bits(tmp_path / "double") == bits(tmp_path / "four")
    assert inspect(both / "ref").modules[0].sigma == inspect(adapter).modules[0].sigma
    convert(both / "ref", tmp_path / "ref", runtime="peft")
    assert (
        load_file(tmp_path / "ref" / "adapter_model.safetensors").keys()
        == load_file(adapter / "adapter_model.safetensors").keys()
    )


RAW = {
    "adalora": peft.AdaLoraConfig(total_step=10, target_modules=["q_proj"]),
    "ia3": peft.IA3Config(target_modules=["q_proj", "down_proj"], feedforward_modules=["down_proj"]),
    "loha": peft.LoHaConfig(r=2, target_modules=["q_proj"]),
    "dora": peft.LoraConfig(r=2, use_dora=True, target_modules=["q_proj"], modules_to_save=["lm_head"]),
    "embedding": peft.LoraConfig(r=2, target_modules=["embed_tokens"]),
}


@pytest.mark.parametrize("method", RAW)
def test_the_state_dict_of_a_training_has_the_adapters_name_everywhere(method: str, tmp_path: Path) -> None:
    model: Any = built(FAMILIES["llama"])
    model.save_pretrained(tmp_path / "base")
    adapted: Any = peft.get_peft_model(model, RAW[method], adapter_name="policy")
    with torch.no_grad():
        for parameter in adapted.parameters():
            if parameter.requires_grad:
                parameter += 0.05 * torch.randn_like(parameter)
    adapted.save_pretrained(tmp_path)
    state = {key: t.clone() for key, t in adapted.state_dict().items() if ".policy" in key}
    raw = renamed(tmp_path / "policy", tmp_path / "raw", str)
    save_file(state, raw / "adapter_model.safetensors")
    same_merge(tmp_path / "base", tmp_path / "policy", raw, tmp_path)
    other = {key.replace(".policy", ".ref"): 2 * t for key, t in state.items()}
    save_file(state | other, raw / "adapter_model.safetensors")
    with pytest.raises(UnsupportedError, match=r"2 adapters in one file \(policy, ref\)"):
        inspect(raw)
    assert [m.sigma for m in inspect(tmp_path / "base", raw / "policy").modules] == [
        m.sigma for m in inspect(tmp_path / "base", tmp_path / "policy").modules
    ]


def test_a_name_that_no_adapter_has_is_not_there(tmp_path: Path) -> None:
    base, adapter = llama(tmp_path)
    with pytest.raises(NotACheckpointError, match="does not exist"):
        merge(base, [adapter / "ref"], tmp_path / "out")


def gpt_oss(folder: Path) -> tuple[Path, Path, dict[str, torch.Tensor]]:
    """A base with fused experts, an adapter for each expert by itself as Unsloth trains it in 4 bits, and what each weight becomes."""
    config = transformers.GptOssConfig(
        **TEXT
        | {
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "sliding_window": 16,
            "layer_types": ["sliding_attention", "full_attention"],
            "intermediate_size": 32,
        }
    )
    torch.manual_seed(0)
    model = transformers.GptOssForCausalLM(config)
    model.save_pretrained(folder / "base")
    wanted = {name: tensor.double().clone() for name, tensor in model.state_dict().items()}
    add(model, peft.LoraConfig(r=2, lora_alpha=6, target_modules=["q_proj"]), folder / "adapter")
    file = folder / "adapter" / "adapter_model.safetensors"
    factors = load_file(file)
    for layer in range(2):
        for part, (out, width) in {"gate_up_proj": (64, 32), "down_proj": (32, 32)}.items():
            fused = wanted[f"model.layers.{layer}.mlp.experts.{part}"]
            for expert in (0, 1, 3):
                A, B = torch.randn(2, width), torch.randn(out, 2)
                path = f"{PEFT}model.layers.{layer}.mlp.experts.{part}s.{expert}"
                factors |= {f"{path}.lora_A.weight": A, f"{path}.lora_B.weight": B}
                fused[expert] += 3 * (B.double() @ A.double()).T
    save_file(factors, file)
    text = folder / "adapter" / "adapter_config.json"
    targets = ["q_proj", *(f"{part}s.{e}" for part in ("gate_up_proj", "down_proj") for e in (0, 1, 3))]
    text.write_text(json.dumps(json.loads(text.read_text()) | {"target_modules": targets}))
    return folder / "base", folder / "adapter", wanted


def test_experts_as_layers_of_their_own_merge_into_the_fused_ones(tmp_path: Path) -> None:
    base, adapter, wanted = gpt_oss(tmp_path)
    merge(base, [adapter], tmp_path / "merged")
    merged = load_file(tmp_path / "merged" / "model.safetensors")
    changed = [name for name in merged if ".experts." in name and "bias" not in name]
    assert len(changed) == 4
    for name in changed:
        torch.testing.assert_close(merged[name].double(), wanted[name], rtol=1e-6, atol=1e-6)
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bits(tmp_path / "back") == bits(base)
    seen = {each.module: each for each in inspect(base, adapter).modules}
    assert seen["model.layers.0.mlp.experts.gate_up_projs.3"].shape == (64, 32)


def test_experts_as_layers_of_their_own_are_packed(tmp_path: Path) -> None:
    base, adapter, _ = gpt_oss(tmp_path)
    convert(adapter, tmp_path / "packed", pack=["experts"], format="peft", base=base)
    keys = load_file(tmp_path / "packed" / "adapter_model.safetensors")
    assert sum(".experts." in key for key in keys) == 8
    merge(base, [adapter], tmp_path / "one", undo=False)
    merge(base, [tmp_path / "packed"], tmp_path / "other", undo=False)
    one, other = (load_file(tmp_path / each / "model.safetensors") for each in ("one", "other"))
    for name in one:
        torch.testing.assert_close(one[name], other[name], rtol=1e-5, atol=1e-5)
    model = transformers.GptOssForCausalLM.from_pretrained(base)
    loaded: Any = peft.PeftModel.from_pretrained(model, tmp_path / "packed")
    merged = loaded.merge_and_unload().state_dict()
    for name in one:
        torch.testing.assert_close(one[name], merged[name], rtol=1e-5, atol=1e-5)


def test_experts_as_layers_of_their_own_are_refused_where_the_class_has_none(tmp_path: Path) -> None:
    base, adapter, _ = gpt_oss(tmp_path)
    with pytest.raises(UnsupportedError, match=r"down_projs\.0.*--pack"):
        convert(adapter, tmp_path / "out", base=base, runtime="vllm")


@pytest.mark.parametrize(("verb", "run"), OTHER_SIZE, ids=[verb for verb, _ in OTHER_SIZE])
def test_a_whole_parameter_of_another_size_is_refused(verb: str, run: Any, tmp_path: Path) -> None:
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


@pytest.mark.parametrize("prefix", ["mtp.", "model.mtp."])
def test_layers_of_a_multi_token_prediction_that_no_class_has(prefix: str, tmp_path: Path) -> None:
    base, adapter = llama(tmp_path)
    shapes = {"mtp.fc": (32, 64), "mtp.layers.0.self_attn.q_proj": (32, 32)}
    file = base / "model.safetensors"
    save_file(
        load_file(file) | {f"{path}.weight": torch.randn(*shape) for path, shape in shapes.items()}, file
    )
    factors = load_file(adapter / "adapter_model.safetensors")
    for path, (out, width) in shapes.items():
        key = PEFT + path.replace("mtp.", prefix)
        factors |= {
            f"{key}.lora_A.weight": torch.randn(4, width),
            f"{key}.lora_B.weight": torch.randn(out, 4),
        }
    save_file(factors, adapter / "adapter_model.safetensors")
    report = convert(adapter, tmp_path / "out", base=base, runtime="vllm")
    assert any("'mtp.fc', 'mtp.layers.0.self_attn.q_proj' (2 of 6 modules)" in note for note in report.notes)
    keys = load_file(tmp_path / "out" / "adapter_model.safetensors")
    assert {key for key in keys if ".mtp." in key} == {
        f"{PEFT}{path}.lora_{side}.weight" for path in shapes for side in "AB"
    }
    merge(base, [tmp_path / "out"], tmp_path / "merged", undo=False)
    merged, plain = load_file(tmp_path / "merged" / "model.safetensors"), load_file(file)
    assert all(not torch.equal(merged[f"{path}.weight"], plain[f"{path}.weight"]) for path in shapes)


def test_names_are_aligned_in_time_linear_in_their_number() -> None:
    """Renaming by a class costs much for each name, so that only the first and the last of a list of layers are asked for."""
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
