"""Vocabularies of other sizes.

Longer or shorter, flat models and composite ones, tied or not; what is merged loads and answers as
it should.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers
from safetensors.torch import load_file

from lorasurgery import extract, merge, unmerge
from lorasurgery.architecture.vocabulary import vocabulary_paths
from lorasurgery.errors import AlignmentError
from support.slow import slow_but

OLD, NEW, CUT = 128, 136, 121
TEXT: dict[str, Any] = {
    "vocab_size": OLD,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 128,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
PICTURES: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}


def qwen2(*, tied: bool) -> Any:
    sizes = {key: value for key, value in TEXT.items() if key != "head_dim"}
    return transformers.Qwen2ForCausalLM(transformers.Qwen2Config(**sizes, tie_word_embeddings=tied))


def gemma3(*, tied: bool) -> Any:
    config = transformers.Gemma3Config(
        text_config=TEXT | {"tie_word_embeddings": tied},
        vision_config=PICTURES,
        mm_tokens_per_image=4,
        image_token_index=110,
        boi_token_index=111,
        eoi_token_index=112,
        tie_word_embeddings=tied,
    )
    return transformers.Gemma3ForConditionalGeneration(config)


def llava(*, tied: bool) -> Any:
    config = transformers.LlavaConfig(
        text_config=TEXT | {"model_type": "llama", "tie_word_embeddings": tied},
        vision_config=PICTURES | {"model_type": "clip_vision_model"},
        image_token_index=110,
        tie_word_embeddings=tied,
    )
    return transformers.LlavaForConditionalGeneration(config)


def gemma4(*, tied: bool) -> Any:
    """Has a second table of tokens, with a size of its own in the config."""
    config = transformers.Gemma4Config(
        text_config=TEXT
        | {
            "tie_word_embeddings": tied,
            "hidden_size_per_layer_input": 8,
            "vocab_size_per_layer_input": OLD,
            "num_kv_shared_layers": 0,
            "layer_types": ["sliding_attention", "full_attention"],
        },
        vision_config=PICTURES | {"num_key_value_heads": 2, "head_dim": 16},
        audio_config=None,
        image_token_id=110,
        tie_word_embeddings=tied,
    )
    return transformers.Gemma4ForConditionalGeneration(config)


def bart(**_: bool) -> Any:
    """Adds to its logits a buffer with a number for each token; its tables are always tied."""
    config = transformers.BartConfig(
        vocab_size=OLD,
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=40,
        decoder_ffn_dim=40,
        max_position_embeddings=64,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
        forced_eos_token_id=2,
    )
    return transformers.BartForConditionalGeneration(config)


Make = Callable[..., Any]
COMPOSITE: dict[str, Make] = {"gemma3": gemma3, "llava": llava}
MODELS: dict[str, Make] = {"qwen2": qwen2, "gemma4": gemma4, "bart": bart} | COMPOSITE
TIES = pytest.mark.parametrize("tied", [False, True], ids=["untied", "tied"])


def filled(model: Any, size: float) -> Any:
    torch.manual_seed(0)
    for parameter in model.parameters():
        parameter.data += size * torch.randn_like(parameter)
    model.tie_weights()
    return model.eval()


def base_of(make: Make, folder: Path, *, tied: bool) -> Any:
    model = filled(make(tied=tied), 0.1)
    model.save_pretrained(folder / "base")
    return model


def answers(model: Any) -> torch.Tensor:
    """Of all tokens that the model knows but those for pictures."""
    known = model.get_input_embeddings().weight.shape[0]
    inputs = {"input_ids": torch.tensor([i for i in range(known) if not 109 < i < 113])[None, -60:]}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = inputs["input_ids"]
    with torch.no_grad():
        return torch.as_tensor(model(**inputs).logits)


def check(model: Any, folder: Path, *, undone: bool = True) -> None:
    """The merged folder answers as the model does; and its undo record brings every byte back."""
    found, wanted = answers(type(model).from_pretrained(folder / "merged").eval()), answers(model)
    assert found.shape == wanted.shape
    assert torch.allclose(found, wanted, rtol=0, atol=2e-5 * float(wanted.abs().max()))
    if undone:
        unmerge(folder / "merged", folder / "back")
        for name in ("model.safetensors", "config.json"):
            assert (folder / "back" / name).read_bytes() == (folder / "base" / name).read_bytes()


@TIES
@pytest.mark.parametrize("size", [NEW, CUT], ids=["longer", "cut"])
@pytest.mark.parametrize("make", slow_but((qwen2, COMPOSITE["llava"]), MODELS.values()), ids=MODELS)
def test_a_fine_tune_of_another_vocabulary_comes_back_from_its_adapter(
    make: Make, size: int, tied: bool, tmp_path: Path
) -> None:
    tuned = base_of(make, tmp_path, tied=tied)
    tuned.resize_token_embeddings(size, mean_resizing=False)
    filled(tuned, 0.01).save_pretrained(tmp_path / "tuned")
    extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "adapter", rank=48, dtype="float32")
    merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")
    check(tuned, tmp_path)


def test_a_cut_that_changes_no_number_is_a_change_all_the_same(tmp_path: Path) -> None:
    tuned = base_of(qwen2, tmp_path, tied=False)
    tuned.resize_token_embeddings(CUT)
    tuned.save_pretrained(tmp_path / "tuned")
    report = extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "adapter", rank=4)
    assert {each.name: each.form for each in report.kept} == {
        "model.embed_tokens.weight": "whole",
        "lm_head.weight": "whole",
    }
    assert any(f"{OLD - CUT} rows fewer" in note for note in report.notes)
    assert f"resize_token_embeddings({CUT})" in (tmp_path / "adapter" / "README.md").read_text()


def adapted(model: Any, folder: Path, **settings: Any) -> Any:
    """PEFT's model with more tokens and a random adapter, saved."""
    grown = copy.deepcopy(model)
    grown.resize_token_embeddings(NEW, mean_resizing=False)
    config = peft.LoraConfig(**{"r": 4, "target_modules": ["q_proj"], **settings})
    found: Any = peft.get_peft_model(grown, config)
    torch.manual_seed(1)
    for parameter in found.parameters():
        if parameter.requires_grad:
            parameter.data = 0.1 * torch.randn_like(parameter)
    found.save_pretrained(folder / "adapter")
    return found.get_base_model().eval()


BOTH: dict[str, dict[str, Any]] = {
    "whole tables": {"modules_to_save": ["embed_tokens", "lm_head"]},
    "factors on both": {"target_modules": ["q_proj", "embed_tokens", "lm_head"]},
}
OF_TIED: dict[str, dict[str, Any]] = BOTH | {
    "factors on the embedding": {"target_modules": ["q_proj", "embed_tokens"]},
    "factors on the head": {"target_modules": ["q_proj", "lm_head"]},
    "rows": {"trainable_token_indices": {"embed_tokens": list(range(OLD, NEW))}},
}
CASES = [(False, way) for way in BOTH] + [(True, way) for way in OF_TIED]


@pytest.mark.parametrize(("tied", "way"), CASES)
@pytest.mark.parametrize("make", [qwen2, *COMPOSITE.values()], ids=["qwen2", *COMPOSITE])
def test_new_tokens_answer_as_in_peft(make: Make, tied: bool, way: str, tmp_path: Path) -> None:
    model = adapted(base_of(make, tmp_path, tied=tied), tmp_path, **OF_TIED[way])
    merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")
    check(model, tmp_path)


@pytest.mark.parametrize("make", [qwen2, *COMPOSITE.values()], ids=["qwen2", *COMPOSITE])
def test_a_tie_is_kept_where_nobody_has_the_other_sides_new_rows(make: Make, tmp_path: Path) -> None:
    adapted(base_of(make, tmp_path, tied=True), tmp_path, modules_to_save=["embed_tokens"])
    report = merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")
    assert any(f"has {NEW} rows" in note and "goes on sharing" in note for note in report.forecast.notes)
    loaded = (
        transformers.AutoModelForImageTextToText
        if make in COMPOSITE.values()
        else transformers.AutoModelForCausalLM
    )
    model = loaded.from_pretrained(tmp_path / "merged")
    head, table = model.get_output_embeddings().weight, model.get_input_embeddings().weight
    assert head.shape[0] == NEW
    assert head.data_ptr() == table.data_ptr()


@pytest.mark.parametrize("way", ["factors on the embedding", "factors on the head"])
def test_an_untied_model_needs_the_new_rows_of_both_tables(way: str, tmp_path: Path) -> None:
    adapted(base_of(qwen2, tmp_path, tied=False), tmp_path, **OF_TIED[way])
    with pytest.raises(AlignmentError, match="save_embedding_layers=True"):
        merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")


def test_a_table_for_each_layer_needs_its_new_rows_too(tmp_path: Path) -> None:
    model = base_of(gemma4, tmp_path, tied=False)
    adapted(
        model, tmp_path, target_modules=["language_model.layers.0.self_attn.q_proj"], **BOTH["whole tables"]
    )
    with pytest.raises(AlignmentError, match="embed_tokens_per_layer"):
        merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")


def test_the_logits_of_bart_grow_with_its_tokens(tmp_path: Path) -> None:
    """PEFT does not save the bias, which is a buffer."""
    model = adapted(base_of(bart, tmp_path, tied=True), tmp_path, target_modules=["q_proj", "lm_head"])
    merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")
    assert load_file(tmp_path / "merged" / "model.safetensors")["final_logits_bias"].shape == (1, NEW)
    check(model, tmp_path)


def test_a_config_that_leaves_the_size_to_its_class_is_completed() -> None:
    """As Google's of Gemma 3 does."""
    size = transformers.Gemma3TextConfig().vocab_size
    config = {"model_type": "gemma3", "text_config": {"hidden_size": 32}, "vision_config": {}}
    assert vocabulary_paths(config, "model.language_model.embed_tokens.weight", size) == (
        ("text_config", "vocab_size"),
    )
    assert vocabulary_paths(config, "model.language_model.embed_tokens.weight", 17) == ()


PLACES: list[tuple[dict[str, Any], str, tuple[tuple[str, ...], ...]]] = [
    ({"vocab_size": 9}, "model.embed_tokens.weight", (("vocab_size",),)),
    (
        {"vocab_size": 9, "text_config": {"vocab_size": 9}},
        "language_model.model.embed_tokens.weight",
        (("vocab_size",), ("text_config", "vocab_size")),
    ),
    (
        {"llm_config": {"vocab_size": 9}, "vision_config": {"vocab_size": 9}},
        "language_model.lm_head.weight",
        (("llm_config", "vocab_size"),),
    ),
    (
        {
            "thinker_config": {"text_config": {"vocab_size": 9}},
            "talker_config": {"text_config": {"vocab_size": 9}},
        },
        "thinker.model.embed_tokens.weight",
        (("thinker_config", "text_config", "vocab_size"),),
    ),
    (
        {"thinker_config": {"text_config": {"vocab_size": 9}}, "talker_config": {"vocab_size": 9}},
        "talker.model.embed_tokens.weight",
        (("talker_config", "vocab_size"),),
    ),
    (
        {"encoder": {"vocab_size": 9}, "decoder": {"vocab_size": 9}},
        "decoder.bert.embeddings.word_embeddings.weight",
        (("decoder", "vocab_size"),),
    ),
    ({"vocab_size": 9, "type_vocab_size": 2}, "bert.embeddings.token_type_embeddings.weight", ()),
]


@pytest.mark.parametrize(("config", "name", "places"), PLACES)
def test_the_size_is_looked_for_in_the_part_that_the_table_belongs_to(
    config: dict[str, Any], name: str, places: tuple[tuple[str, ...], ...]
) -> None:
    assert vocabulary_paths(config, name, 2 if "token_type" in name else 9) == places


def test_both_configs_of_a_composite_model_say_that_a_tie_is_cut(tmp_path: Path) -> None:
    """transformers 5 asks the whole model's, transformers 4 that of the text."""
    adapted(base_of(gemma3, tmp_path, tied=True), tmp_path, **BOTH["whole tables"])
    merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged", undo=False)
    config = json.loads((tmp_path / "merged" / "config.json").read_text())
    assert (config["tie_word_embeddings"], config["text_config"]["tie_word_embeddings"]) == (False, False)
    assert config["text_config"]["vocab_size"] == NEW
