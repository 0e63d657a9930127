"""What merging promises, whoever made the adapter: one rounding, nothing twice, everything back."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import peft
import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import merge, unmerge, verify
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.checkpoint.safetensors_file import read_header
from lorasurgery.errors import (
    AlignmentError,
    DamagedFileError,
    NothingToDoError,
    NumericError,
    UnsupportedError,
)
from lorasurgery.linalg.rounding import round_once
from lorasurgery.linalg.terms import Term
from lorasurgery.surgery.merge import plan_merge
from lorasurgery.surgery.merging.module_check import energy_of
from lorasurgery.surgery.subtract import subtract
from support.adapters import add, bits
from support.paths import FIXTURES
from support.tiny_models import FAMILIES, VOCABULARY, built, load, output

BF16 = torch.bfloat16
Q_AND_V = ["q_proj", "v_proj"]


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by its path in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def base(tmp_path: Path, family: str = "llama", dtype: torch.dtype = BF16, **saving: Any) -> Path:
    built(FAMILIES[family]).to(dtype).save_pretrained(tmp_path / "base", **saving)
    (tmp_path / "base" / "tokenizer_config.json").write_text("{}")
    (tmp_path / "base" / "1_Pooling").mkdir()
    (tmp_path / "base" / "1_Pooling" / "config.json").write_text("{}")
    return tmp_path / "base"


def adapter(folder: Path, base: Path, family: str = "llama", seed: int = 1, **settings: Any) -> Path:
    """An adapter of plain LoRA on q_proj and v_proj, unless the settings say otherwise."""
    config = peft.LoraConfig(**{"r": 3, "lora_alpha": 4, "target_modules": Q_AND_V, **settings})
    add(load(FAMILIES[family], base, dtype=torch.float32), config, folder, seed)
    return folder


def tensor(folder: Path, name: str) -> torch.Tensor:
    return open_checkpoint(folder).tensors[name].read()


Q = "model.layers.0.self_attn.q_proj"


def delta(folder: Path, module: str = Q) -> torch.Tensor:
    held = load_file(folder / "adapter_model.safetensors")
    A, B = (held[f"base_model.model.{module}.lora_{side}.weight"].double() for side in "AB")
    return B @ A * 4 / 3


def test_several_adapters_are_one_sum_rounded_once(tmp_path: Path) -> None:
    made = base(tmp_path)
    first, second = adapter(tmp_path / "a", made), adapter(tmp_path / "b", made, seed=2)
    merge(made, [f"{first}:0.5", f"{second}:-2"], tmp_path / "merged")
    W = tensor(made, f"{Q}.weight").double()
    wanted = round_once(W + 0.5 * delta(first) - 2 * delta(second), BF16)
    assert torch.equal(tensor(tmp_path / "merged", f"{Q}.weight"), wanted)


def test_the_weight_is_the_last_number_after_a_colon(tmp_path: Path) -> None:
    made = base(tmp_path)
    odd = adapter(tmp_path / "a:2", made)
    merge(made, [f"{odd}:0"], tmp_path / "merged")
    assert bits(tmp_path / "merged") == bits(made)
    merge(made, [f"{odd}:1e0"], tmp_path / "once")
    assert bits(tmp_path / "once") != bits(made)


def test_the_bytes_do_not_depend_on_workers_or_threads(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    before = torch.get_num_threads()
    for workers, threads in ((1, 1), (3, 2)):
        torch.set_num_threads(threads)
        merge(made, [given], tmp_path / f"merged{workers}", workers=workers)
    torch.set_num_threads(before)
    assert files(tmp_path / "merged1") == files(tmp_path / "merged3")


@pytest.mark.parametrize("saving", [{}, {"max_shard_size": "20KB"}])
@pytest.mark.parametrize("dtype", [BF16, torch.float16, torch.float32])
def test_unmerge_gives_every_file_back(dtype: torch.dtype, saving: dict[str, Any], tmp_path: Path) -> None:
    made = base(tmp_path, dtype=dtype, **saving)
    merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_merges_come_out_last_in_first_out(tmp_path: Path) -> None:
    made = base(tmp_path)
    one = adapter(tmp_path / "a", made)
    two = adapter(tmp_path / "b", made, use_dora=True, seed=2)
    merge(made, [one], tmp_path / "m1")
    merge(tmp_path / "m1", [two], tmp_path / "m2")
    assert unmerge(tmp_path / "m2", tmp_path / "u1").left == 1
    assert files(tmp_path / "u1") == files(tmp_path / "m1")
    unmerge(tmp_path / "u1", tmp_path / "u0")
    assert files(tmp_path / "u0") == files(made)


def test_unmerge_finds_tensors_that_another_tool_laid_out_anew(tmp_path: Path) -> None:
    made = base(tmp_path, max_shard_size="20KB")
    merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    moved = tmp_path / "moved"
    moved.mkdir()
    tensors = {name: lazy.read() for name, lazy in open_checkpoint(tmp_path / "merged").tensors.items()}
    save_file(tensors, moved / "weights.safetensors")
    with pytest.raises(NothingToDoError, match=r"no undo\.json"):
        unmerge(moved, tmp_path / "back")
    unmerge(moved, tmp_path / "back", record=tmp_path / "merged" / "undo.json")
    assert bits(tmp_path / "back") == bits(made)


@pytest.mark.parametrize(("dtype", "to"), [(torch.float32, "bfloat16"), (BF16, "float32"), (BF16, "float16")])
def test_another_dtype_comes_back_too(dtype: torch.dtype, to: str, tmp_path: Path) -> None:
    made = base(tmp_path, dtype=dtype)
    given = adapter(tmp_path / "a", made)
    merge(made, [given], tmp_path / "merged", dtype=to)
    assert {str(lazy.dtype) for lazy in open_checkpoint(tmp_path / "merged").tensors.values()} == {to}
    assert json.loads((tmp_path / "merged" / "config.json").read_text())["dtype"] == to
    wanted = round_once(tensor(made, f"{Q}.weight").double() + delta(given), getattr(torch, to))
    assert torch.equal(tensor(tmp_path / "merged", f"{Q}.weight"), wanted)
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_shards_of_another_size_come_back_too(tmp_path: Path) -> None:
    made = base(tmp_path)
    merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged", max_shard_size=20_000)
    assert len(open_checkpoint(tmp_path / "merged").files) > 1
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_a_pickled_base_becomes_safetensors_and_comes_back_by_its_tensors(tmp_path: Path) -> None:
    made = base(tmp_path)
    torch.save(load_file(made / "model.safetensors"), made / "pytorch_model.bin")
    given = adapter(tmp_path / "a", made)
    wanted = bits(made)
    (made / "model.safetensors").unlink()
    merge(made, [given], tmp_path / "merged")
    assert [path.name for path in open_checkpoint(tmp_path / "merged").files] == ["model.safetensors"]
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bits(tmp_path / "back") == wanted


@pytest.mark.parametrize("metadata", [None, {"made": "by hand"}], ids=["no metadata", "without a format"])
@pytest.mark.parametrize("saving", [{}, {"max_shard_size": "20KB"}], ids=["one file", "shards"])
def test_every_merged_file_says_its_format(
    saving: dict[str, Any], metadata: dict[str, str] | None, tmp_path: Path
) -> None:
    """transformers before 4.40 does not load a file that does not."""
    made = base(tmp_path, **saving)
    for file in made.glob("*.safetensors"):
        save_file(load_file(file), file, metadata=metadata)
    merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    for file in (tmp_path / "merged").glob("model*.safetensors"):
        assert read_header(file)[0].metadata == {**(metadata or {}), "format": "pt"}
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_a_single_file_without_a_config_is_enough(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    lone = tmp_path / "lone" / "weights.safetensors"
    lone.parent.mkdir()
    shutil.copy(made / "model.safetensors", lone)
    merge(lone, [given], tmp_path / "merged")
    assert sorted(files(tmp_path / "merged")) == ["undo.json", "undo.safetensors", "weights.safetensors"]
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(lone.parent)


@pytest.mark.parametrize("target", ["lm_head", "embed_tokens"])
def test_an_adapter_on_a_tied_weight_unties_and_is_added_once(target: str, tmp_path: Path) -> None:
    made = base(tmp_path, "qwen3", torch.float32)
    given = adapter(tmp_path / "a", made, "qwen3", target_modules=[target])
    report = merge(made, [given], tmp_path / "merged")
    assert any("tie_word_embeddings: false" in note for note in report.plan.notes)
    family = FAMILIES["qwen3"]
    wanted = output(
        peft.PeftModel.from_pretrained(load(family, made, dtype=torch.float32), given).eval(), family.inputs()
    )
    got = output(load(family, tmp_path / "merged", dtype=torch.float32), family.inputs())
    assert float((got - wanted).abs().max()) < 1e-5 * float(wanted.abs().max())
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_a_copy_of_a_tied_embedding_leaves_the_head_alone(tmp_path: Path) -> None:
    made = base(tmp_path, "qwen3", torch.float32)
    given = adapter(tmp_path / "a", made, "qwen3", modules_to_save=["embed_tokens"])
    family = FAMILIES["qwen3"]
    merge(made, [given], tmp_path / "merged")
    wanted = output(
        peft.PeftModel.from_pretrained(load(family, made, dtype=torch.float32), given).eval(), family.inputs()
    )
    got = output(load(family, tmp_path / "merged", dtype=torch.float32), family.inputs())
    assert float((got - wanted).abs().max()) < 1e-5 * float(wanted.abs().max())


def test_t5_is_refused_where_its_scale_hangs_on_the_tie(tmp_path: Path) -> None:
    made = base(tmp_path, "t5", torch.float32)
    given = adapter(tmp_path / "a", made, "t5", target_modules=["lm_head"])
    with pytest.raises(UnsupportedError, match="scales its outputs"):
        merge(made, [given], tmp_path / "merged")


def test_rows_of_tokens_replace_theirs(tmp_path: Path) -> None:
    made = base(tmp_path, "qwen3")
    given = adapter(tmp_path / "a", made, "qwen3", trainable_token_indices={"embed_tokens": [3, 50]})
    merge(made, [given], tmp_path / "merged")
    name = "model.embed_tokens.weight"
    old, new = tensor(made, name), tensor(tmp_path / "merged", name)
    assert (old != new).any(dim=1).nonzero().flatten().tolist() == [3, 50]
    rows = load_file(given / "adapter_model.safetensors")[
        f"base_model.model.{name.removesuffix('.weight')}.token_adapter.trainable_tokens_delta"
    ]
    assert torch.equal(new[[3, 50]], rows.to(BF16))
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


@pytest.mark.parametrize("rounding", ["exact", "peft"])
def test_verify_agrees_with_every_rounding(rounding: str, tmp_path: Path) -> None:
    made = base(tmp_path, "qwen3")
    given = adapter(tmp_path / "a", made, "qwen3", trainable_token_indices={"embed_tokens": [3, 50]})
    merge(made, [given], tmp_path / "merged", rounding=rounding)
    assert verify(made, [given], tmp_path / "merged", rounding=rounding).is_exact
    old, new = (tensor(folder, "model.embed_tokens.weight") for folder in (made, tmp_path / "merged"))
    assert (old != new).any(dim=1).nonzero().flatten().tolist() == [3, 50]
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_a_config_with_other_line_ends_comes_back(tmp_path: Path) -> None:
    made = base(tmp_path, "qwen3", max_shard_size="20KB")
    for path in made.glob("*.json"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    given = adapter(tmp_path / "a", made, "qwen3", target_modules=["lm_head"])
    merge(made, [given], tmp_path / "merged")
    index = json.loads((tmp_path / "merged" / "model.safetensors.index.json").read_text())
    sizes = sum(lazy.nbytes for lazy in open_checkpoint(tmp_path / "merged").tensors.values())
    assert index["metadata"]["total_size"] == sizes
    assert set(index["weight_map"]) == set(open_checkpoint(tmp_path / "merged").tensors)
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


@pytest.mark.parametrize("settings", [{"use_dora": True}, {"modules_to_save": ["lm_head"]}])
@pytest.mark.parametrize("weight", ["", ":-1"])
def test_only_sums_are_subtracted(weight: str, settings: dict[str, Any], tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made, **settings)
    merge(made, [given], tmp_path / "merged", undo=False)
    with pytest.raises(UnsupportedError, match="only the undo record"):
        subtract(tmp_path / "merged", [f"{given}{weight}"], tmp_path / "back")


def test_a_longer_vocabulary_comes_along(tmp_path: Path) -> None:
    made = base(tmp_path, "llama")
    model = load(FAMILIES["llama"], made, dtype=torch.float32)
    model.resize_token_embeddings(VOCABULARY + 4)
    config = peft.LoraConfig(r=3, target_modules=[*Q_AND_V, "embed_tokens", "lm_head"])
    adapted = add(model, config, tmp_path / "a")
    adapted.save_pretrained(tmp_path / "a", save_embedding_layers=True)
    merge(made, [tmp_path / "a"], tmp_path / "merged", dtype="float32")
    got = load(FAMILIES["llama"], tmp_path / "merged", dtype=torch.float32)
    assert got.config.vocab_size == VOCABULARY + 4
    inputs = {"input_ids": torch.arange(VOCABULARY + 4)[None]}
    wanted = output(adapted.eval(), inputs)
    assert float((output(got, inputs) - wanted).abs().max()) < 1e-5 * float(wanted.abs().max())
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_a_new_head_makes_the_model_a_classifier(tmp_path: Path) -> None:
    import transformers

    made = base(tmp_path, "bert-mlm")
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        made, num_labels=5, dtype=torch.float32
    )
    config = peft.LoraConfig(r=3, target_modules=["query"], task_type="SEQ_CLS")
    adapted = add(model, config, tmp_path / "a")
    merge(made, [tmp_path / "a"], tmp_path / "merged", dtype="float32")
    got, loading = transformers.AutoModelForSequenceClassification.from_pretrained(
        tmp_path / "merged", output_loading_info=True, dtype=torch.float32
    )
    assert got.config.num_labels == 5
    # A language model's file has no pooler, which the adapter does not bring either.
    assert all("pooler" in name for name in loading["missing_keys"])
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)
    assert adapted is not None


def test_what_is_no_sum_has_one_owner(tmp_path: Path) -> None:
    made = base(tmp_path)
    plain = adapter(tmp_path / "plain", made)
    dora = adapter(tmp_path / "dora", made, use_dora=True, seed=2)
    with pytest.raises(UnsupportedError, match="order would matter"):
        merge(made, [plain, dora], tmp_path / "merged")
    merge(made, [plain, dora], tmp_path / "merged", take=["*_proj=dora"])
    merge(made, [dora], tmp_path / "alone")
    assert bits(tmp_path / "merged") == bits(tmp_path / "alone")


def test_two_heads_need_a_choice(tmp_path: Path) -> None:
    made = base(tmp_path, "bert")
    first, second = (
        adapter(
            tmp_path / name, made, "bert", target_modules=["query"], modules_to_save=["classifier"], seed=seed
        )
        for seed, name in enumerate(("first", "second"))
    )
    with pytest.raises(UnsupportedError, match=r"--take 'classifier\.bias=.*second'"):
        merge(made, [first, second], tmp_path / "merged")
    merge(made, [first, second], tmp_path / "merged", take=["classifier=second"])
    held = load_file(second / "adapter_model.safetensors")["base_model.model.classifier.weight"]
    assert torch.equal(tensor(tmp_path / "merged", "classifier.weight"), held.to(BF16))
    with pytest.raises(UnsupportedError, match="names no part"):
        merge(made, [first], tmp_path / "again", take=["nothing=first"])
    with pytest.raises(UnsupportedError, match="given to two adapters"):
        merge(made, [first, second], tmp_path / "both", take=["classifier=first", "classifier=second"])


def test_an_adapter_of_another_model_is_refused(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    held = load_file(given / "adapter_model.safetensors")
    key = f"base_model.model.{Q}.lora_A.weight"
    save_file(held | {key: held[key][:, :-1].contiguous()}, given / "adapter_model.safetensors")
    with pytest.raises(AlignmentError, match=r"q_proj.*31.*32"):
        merge(made, [given], tmp_path / "merged")
    save_file(
        {name.replace("layers.0", "layers.7"): t for name, t in held.items()},
        given / "adapter_model.safetensors",
    )
    with pytest.raises(AlignmentError, match="match nothing"):
        merge(made, [given], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_file_that_lacks_a_module_is_refused(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    held = load_file(given / "adapter_model.safetensors")
    save_file({name: t for name, t in held.items() if Q not in name}, given / "adapter_model.safetensors")
    with pytest.raises(AlignmentError, match=r"aims at 'model\.layers\.0\.self_attn\.q_proj'"):
        merge(made, [given], tmp_path / "merged")
    save_file(
        {name: t for name, t in held.items() if f"{Q}.lora_B" not in name},
        given / "adapter_model.safetensors",
    )
    with pytest.raises(DamagedFileError, match="both lora_A and lora_B"):
        merge(made, [given], tmp_path / "merged")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused(bad: float, tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    whole = load_file(made / "model.safetensors")
    held = load_file(given / "adapter_model.safetensors")
    whole[f"{Q}.weight"][3, 4] = bad
    save_file(whole, made / "model.safetensors", {"format": "pt"})
    with pytest.raises(NumericError, match="of the base"):
        merge(made, [given], tmp_path / "merged")
    held[f"base_model.model.{Q}.lora_B.weight"][0, 0] = bad
    save_file(held, given / "adapter_model.safetensors")
    with pytest.raises(NumericError, match="The adapter's factors"):
        merge(made, [given], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_result_beyond_the_dtype_is_refused(tmp_path: Path) -> None:
    made = base(tmp_path, dtype=torch.float16)
    given = adapter(tmp_path / "a", made)
    with pytest.raises(NumericError, match="beyond the reach of float16"):
        merge(made, [f"{given}:1e9"], tmp_path / "merged")


def test_the_place_that_is_named_is_the_one_beyond_the_dtype(tmp_path: Path) -> None:
    """Not one that is beyond a smaller dtype."""
    made = base(tmp_path, dtype=torch.float64)
    given = adapter(tmp_path / "a", made)
    whole = load_file(made / "model.safetensors")
    whole[f"{Q}.weight"][0, 3] = 1e100
    whole[f"{Q}.weight"][20] = 1.79e308
    save_file(whole, made / "model.safetensors", {"format": "pt"})
    held = load_file(given / "adapter_model.safetensors")
    large = {name: torch.full_like(t, 1e153, dtype=torch.float64) for name, t in held.items()}
    save_file(large, given / "adapter_model.safetensors")
    with pytest.raises(NumericError, match=r"beyond the reach of float64 after merging \(row 20, column 0\)"):
        merge(made, [given], tmp_path / "merged")


def test_a_nan_that_signals_is_told_in_our_words_alone(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    whole = load_file(made / "model.safetensors")
    whole[f"{Q}.weight"].view(torch.int32)[3, 4] = 0x7FA00000
    save_file(whole, made / "model.safetensors", {"format": "pt"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(NumericError, match="of the base"):
            merge(made, [given], tmp_path / "merged")


def test_a_count_that_an_adapter_replaces_is_replaced(tmp_path: Path) -> None:
    """Integers are neither NaN nor infinite."""
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made, modules_to_save=["norm"])
    for file, name in (
        (made / "model.safetensors", "model.norm.count"),
        (given / "adapter_model.safetensors", "base_model.model.model.norm.count"),
    ):
        held = load_file(file)
        save_file(held | {name: torch.full((1,), len(held))}, file, {"format": "pt"})
    merge(made, [given], tmp_path / "merged")
    found = load_file(tmp_path / "merged" / "model.safetensors")["model.norm.count"]
    assert torch.equal(
        found, load_file(given / "adapter_model.safetensors")["base_model.model.model.norm.count"]
    )
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert (tmp_path / "back" / "model.safetensors").read_bytes() == (made / "model.safetensors").read_bytes()


def test_what_stays_keeps_every_bit_whatever_it_is_of(tmp_path: Path) -> None:
    """Numbers of four bits, of which nothing can be computed, and NaNs that are not spelled as ours."""
    made = base(tmp_path)
    whole = load_file(made / "model.safetensors")
    odd = torch.arange(24, dtype=torch.uint8).reshape(4, 6)
    whole["model.four_bits"] = odd.view(torch.float4_e2m1fn_x2)
    whole["model.nans"] = torch.full((4, 6), 0x7FC1, dtype=torch.int16).view(torch.bfloat16)
    save_file(whole, made / "model.safetensors", {"format": "pt"})
    given = adapter(tmp_path / "a", made)
    for asked in ({}, {"dtype": "float32"}):
        merge(made, [given], tmp_path / "merged", force=True, **asked)
        kept = load_file(tmp_path / "merged" / "model.safetensors")
        assert torch.equal(kept["model.four_bits"].view(torch.uint8), odd)
        unmerge(tmp_path / "merged", tmp_path / "back", force=True)
        assert (tmp_path / "back" / "model.safetensors").read_bytes() == (
            made / "model.safetensors"
        ).read_bytes()
    merge(made, [given], tmp_path / "merged", force=True)
    assert verify(made, [given], tmp_path / "merged").is_exact


def test_a_text_without_a_tokenizer_is_told(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    merge(made, [given], tmp_path / "merged")
    with pytest.raises(UnsupportedError, match="no tokenizer that can be loaded, which"):
        verify(made, [given], tmp_path / "merged", answers=True, text="hello")


def test_the_forecast_knows_that_adapters_add_up_or_cancel(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)

    def changes(*weights: float) -> list[float]:
        plan = plan_merge(made, [f"{given}:{weight}" for weight in weights])
        return [each.change or 0.0 for each in plan.tensors]

    assert changes(0.5, 0.5) == pytest.approx(changes(1))
    assert changes(1, 1) == pytest.approx(changes(2))
    assert changes(1, -1) == pytest.approx([0.0] * len(changes(1)), abs=1e-6)


def test_a_weight_that_is_none_is_told(tmp_path: Path) -> None:
    made = base(tmp_path)
    with pytest.raises(UnsupportedError, match=r"'x' in .* is not a weight"):
        merge(made, [f"{adapter(tmp_path / 'a', made)}:x"], tmp_path / "merged")


def test_a_record_that_is_not_there_is_told(tmp_path: Path) -> None:
    made = base(tmp_path)
    with pytest.raises(NothingToDoError, match="does not exist; --record takes"):
        unmerge(made, tmp_path / "out", record=tmp_path / "nowhere")


def test_a_tensor_that_was_changed_after_the_merge_is_not_unmerged(tmp_path: Path) -> None:
    made = base(tmp_path)
    merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    path = tmp_path / "merged" / "model.safetensors"
    whole = load_file(path)
    for name in (f"{Q}.weight", "model.norm.weight"):  # one that was changed, one that was copied
        other = {key: value.clone() for key, value in whole.items()}
        other[name].view(torch.int16).view(-1)[5] ^= 1
        save_file(other, path, {"format": "pt"})
        with pytest.raises(AlignmentError, match="not as the merge wrote it"):
            unmerge(tmp_path / "merged", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_damaged_record_gives_nothing(tmp_path: Path) -> None:
    made = base(tmp_path)
    merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    path = tmp_path / "merged" / "undo.safetensors"
    held = load_file(path)
    side = next(name for name in held if name.endswith("left0"))
    save_file(held | {side: held[side] * 2}, path)
    with pytest.raises(DamagedFileError, match="does not come out as the base"):
        unmerge(tmp_path / "merged", tmp_path / "back")
    corrections = next(name for name in held if name.endswith("corrections"))
    save_file(held | {corrections: held[corrections][:-3].clone()}, path)
    with pytest.raises(DamagedFileError, match=r"corrections of .* are damaged"):
        unmerge(tmp_path / "merged", tmp_path / "back")
    content = json.loads((tmp_path / "merged" / "undo.json").read_text())
    del content["operations"][0]["files"]
    (tmp_path / "merged" / "undo.json").write_text(json.dumps(content))
    with pytest.raises(DamagedFileError, match="is damaged"):
        unmerge(tmp_path / "merged", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_verify_tells_which_tensors_differ_and_by_how_much(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    merge(made, [given], tmp_path / "merged")
    assert verify(made, [given], tmp_path / "merged").is_exact
    path = tmp_path / "merged" / "model.safetensors"
    held = load_file(path)
    held[f"{Q}.weight"].view(torch.int16)[2, 3] += 2
    del held["model.norm.weight"]
    save_file(held, path)
    found = {each.name: each for each in verify(made, [given], tmp_path / "merged").differing}
    assert set(found) == {f"{Q}.weight", "model.norm.weight"}
    assert (found[f"{Q}.weight"].elements, found[f"{Q}.weight"].steps) == (1, 2)


def test_verify_asks_both_models(tmp_path: Path) -> None:
    made = base(tmp_path, dtype=torch.float32)
    given = adapter(tmp_path / "a", made)
    merge(made, [given], tmp_path / "merged")
    answers = verify(made, [given], tmp_path / "merged", answers=True).answers
    assert answers is not None
    assert answers.agreement == 1
    assert answers.max_difference < 1e-5 * answers.largest_logit
    other = verify(made, [given], made, answers=True)
    assert not other.is_exact
    assert other.answers is not None
    assert other.answers.max_difference > 1e-3


def test_a_plan_says_what_rounding_will_swallow(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    assert (plan_merge(made, [given]).snr or 0) > 3
    faint = plan_merge(made, [f"{given}:0.001"])
    assert faint.snr is not None
    assert faint.snr < 3
    assert any("much of the adapter will be lost" in note for note in faint.notes)
    merge(made, [f"{given}:0.01"], tmp_path / "merged")
    W, got = tensor(made, f"{Q}.weight").double(), tensor(tmp_path / "merged", f"{Q}.weight").double()
    wanted = 0.01 * delta(given)
    lost = float((got - W - wanted).norm() / wanted.norm())
    report = next(each for each in plan_merge(made, [f"{given}:0.01"]).tensors if each.name == f"{Q}.weight")
    assert report.change == pytest.approx(float(wanted.norm()), rel=1e-5)
    assert report.rounding == pytest.approx(lost * float(wanted.norm()), rel=0.1)


def test_side_files_come_along_and_other_weights_do_not(tmp_path: Path) -> None:
    made = base(tmp_path)
    (made / "pytorch_model.bin").write_bytes(b"old weights")
    (made / ".cache").mkdir()
    (made / ".cache" / "x").write_bytes(b"x")
    report = merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    names = set(files(tmp_path / "merged"))
    assert {"tokenizer_config.json", "1_Pooling/config.json", "config.json"} <= names
    assert not {"pytorch_model.bin", ".cache/x"} & names
    assert any("pytorch_model.bin" in note for note in report.plan.notes)


def test_the_adapter_may_be_a_pickle_or_in_a_subfolder(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    merge(made, [given], tmp_path / "plain")
    inside = tmp_path / "outer" / "default"
    inside.mkdir(parents=True)
    shutil.copy(given / "adapter_config.json", inside)
    torch.save(load_file(given / "adapter_model.safetensors"), inside / "adapter_model.bin")
    merge(made, [tmp_path / "outer"], tmp_path / "nested")
    assert bits(tmp_path / "nested") == bits(tmp_path / "plain")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"alora_invocation_tokens": [1]}, "aLoRA"),
        ({"layer_replication": [[0, 2], [1, 2]]}, "layer_replication"),
        ({"init_lora_weights": "pissa_niter_4"}, "pissa_niter"),
        ({"init_lora_weights": "corda"}, "corda"),
        ({"init_lora_weights": "loftq"}, "loftq"),
        ({"peft_type": "XLORA"}, "XLORA"),
        ({"peft_type": "PROMPT_TUNING"}, "PROMPT_TUNING"),
        ({"peft_type": "NEW"}, "does not know"),
    ],
)
def test_what_no_merged_weights_can_express_is_refused(
    settings: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    config = json.loads((given / "adapter_config.json").read_text()) | settings
    (given / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(UnsupportedError, match=reason):
        merge(made, [given], tmp_path / "merged")


def test_a_bias_that_the_base_lacks_is_refused(tmp_path: Path) -> None:
    made = base(tmp_path, "qwen3")
    given = adapter(tmp_path / "a", made, "qwen3", target_modules=["o_proj"], lora_bias=True)
    with pytest.raises(UnsupportedError, match="lora_bias"):
        merge(made, [given], tmp_path / "merged")


def test_codes_are_not_added_to(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    held = load_file(made / "model.safetensors")
    held[f"{Q}.weight"] = held[f"{Q}.weight"].to(torch.int8)
    save_file(held | {f"{Q}.weight_scale": torch.ones(32)}, made / "model.safetensors", {"format": "pt"})
    with pytest.raises(UnsupportedError, match="int8 codes"):
        merge(made, [given], tmp_path / "merged")


REPLACED = {
    "a norm of another length": ("model.norm.weight", torch.ones(33), "33"),
    "a norm that is a number": ("model.norm.weight", torch.tensor(1.0), "in the base"),
    "a head of another width": ("lm_head.weight", torch.ones(VOCABULARY, 31), "31"),
    "a head for fewer tokens than the embedding has": (
        "lm_head.weight",
        torch.ones(VOCABULARY - 4, 32),
        "different lengths",
    ),
    "a parameter of no model": ("foo", torch.ones(3), "does not have"),
    "a path": ("../../x", torch.ones(3), "does not have"),
    "a layer too many": ("model.layers.9.norm.weight", torch.ones(3), "does not have"),
}


@pytest.mark.parametrize(("name", "value", "reason"), REPLACED.values(), ids=REPLACED)
def test_a_replacement_must_fit(name: str, value: torch.Tensor, reason: str, tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    held = load_file(given / "adapter_model.safetensors")
    save_file(held | {f"base_model.model.{name}": value}, given / "adapter_model.safetensors")
    with pytest.raises(AlignmentError, match=reason):
        merge(made, [given], tmp_path / "merged")


def test_a_replacement_that_is_no_number_is_refused(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    held = load_file(given / "adapter_model.safetensors")
    save_file(
        held | {"base_model.model.model.norm.weight": torch.full((32,), float("nan"))},
        given / "adapter_model.safetensors",
    )
    with pytest.raises(NumericError, match="of the adapter"):
        merge(made, [given], tmp_path / "merged")


@pytest.mark.parametrize("dtype", [torch.bool, torch.complex64])
def test_only_numbers_can_be_added_to(dtype: torch.dtype, tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    held = load_file(made / "model.safetensors")
    save_file(held | {f"{Q}.weight": torch.ones(32, 32, dtype=dtype)}, made / "model.safetensors")
    with pytest.raises(UnsupportedError, match="nothing can be added"):
        merge(made, [given], tmp_path / "merged")


def test_tensors_without_elements_come_along(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    held = load_file(made / "model.safetensors")
    save_file(
        held | {"empty": torch.zeros(0, 4), "nothing": torch.zeros(0)},
        made / "model.safetensors",
        {"format": "pt"},
    )
    merge(made, [given], tmp_path / "merged")
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_an_extracted_adapter_with_new_tokens_merges_into_the_shorter_base(tmp_path: Path) -> None:
    from lorasurgery import extract

    extract(FIXTURES / "llama-base", FIXTURES / "llama-resized", tmp_path / "adapter", rank=64)
    merge(FIXTURES / "llama-base", [tmp_path / "adapter"], tmp_path / "merged", dtype="float32")
    wanted, got = open_checkpoint(FIXTURES / "llama-resized"), open_checkpoint(tmp_path / "merged")
    assert got.config["vocab_size"] == wanted.config["vocab_size"]
    for name, lazy in wanted.tensors.items():
        assert float((got.tensors[name].read() - lazy.read()).norm() / lazy.read().norm()) < 1e-4, name
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(FIXTURES / "llama-base")


def test_two_adapters_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    made = base(tmp_path, "bert")
    settings: dict[str, Any] = {"target_modules": ["query"], "modules_to_save": ["classifier"]}
    one, two = (
        adapter(tmp_path / side / "a", made, "bert", seed, **settings) for seed, side in enumerate("xy")
    )
    with pytest.raises(UnsupportedError, match="where ADAPTER is one of"):
        merge(made, [one, two], tmp_path / "merged", take=["classifier=a"])
    merge(made, [one, two], tmp_path / "merged", take=[f"classifier={two}"])


@pytest.mark.parametrize("dtype", [BF16, torch.float64])
def test_experts_that_lie_fused_on_disk_get_each_their_own(dtype: torch.dtype, tmp_path: Path) -> None:
    experts, out, width, rank = 3, 10, 6, 2
    name = "model.layers.0.mlp.experts.gate_up_proj"
    W = torch.randn(experts, out, width, dtype=torch.float64).to(dtype)
    made = tmp_path / "base"
    made.mkdir()
    save_file({name: W, "model.norm.weight": torch.ones(width)}, made / "model.safetensors")
    A, B = torch.randn(experts, rank, width), torch.randn(experts, out, rank)
    given = tmp_path / "adapter"
    given.mkdir()
    key = f"base_model.model.{name.rpartition('.')[0]}"
    laid_out = {
        f"{key}.lora_A.weight": A.flatten(0, 1),
        f"{key}.lora_B.weight": B.permute(1, 2, 0).flatten(1).contiguous(),
    }
    save_file(laid_out, given / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "r": rank,
        "lora_alpha": 3,
        "target_modules": [],
        "target_parameters": ["experts.gate_up_proj"],
    }
    (given / "adapter_config.json").write_text(json.dumps(config))
    merge(made, [given], tmp_path / "merged")
    wanted = round_once(W.double() + 1.5 * torch.einsum("eor,eri->eoi", B.double(), A.double()), dtype)
    assert torch.allclose(
        tensor(tmp_path / "merged", name).double(),
        wanted.double(),
        rtol=1e-12 if dtype == torch.float64 else 2**-8,
    )
    assert report_small(tmp_path / "merged", name)
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def report_small(merged: Path, name: str) -> bool:
    """Whether the prediction of a tensor is right but for few elements: each expert was taken back where it was added."""
    from lorasurgery.surgery.undo.undo_record import read_record

    undo = read_record(merged / "undo.json").last(merged).tensors[name]
    return undo.correction_bytes < 0.9 * undo.matrix_shape[0] * undo.matrix_shape[1] * undo.dtype.itemsize


def test_a_merged_model_that_changes_while_it_is_unmerged_gives_no_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.surgery import unmerge as module

    made = base(tmp_path)
    merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    file, original = tmp_path / "merged" / "model.safetensors", module._restore

    def restore_and_touch(work: Any, writer: Any) -> None:
        original(work, writer)
        os.utime(file, ns=(1, 1))

    monkeypatch.setattr(module, "_restore", restore_and_touch)
    with pytest.raises(DamagedFileError, match="was changed while"):
        unmerge(tmp_path / "merged", tmp_path / "back", workers=1)
    assert not (tmp_path / "back").exists()


def test_a_merge_that_the_disk_cannot_hold_is_known_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.errors import NoSpaceError
    from lorasurgery.surgery import merge as module

    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    monkeypatch.setattr(module, "_write_weights", None)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**6, 10**6, 1000))  # type: ignore[attr-defined]
    with pytest.raises(NoSpaceError, match="are free"):
        merge(made, [given], tmp_path / "merged")


def test_a_base_that_changes_while_the_kernel_copies_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However late the copy is: here it begins when all else is read and written."""
    from lorasurgery.checkpoint import rewrite
    from lorasurgery.surgery import merge as module

    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    copy, write, is_written = rewrite._copy, module._write_weights, threading.Event()

    def copied_late(*arguments: Any) -> None:
        assert is_written.wait(60)
        time.sleep(0.3)
        copy(*arguments)
        os.utime(made / "model.safetensors", ns=(1, 1))

    def written(*arguments: Any, **options: Any) -> Any:
        done = write(*arguments, **options)
        is_written.set()
        return done

    monkeypatch.setattr(rewrite, "_copy", copied_late)
    monkeypatch.setattr(module, "_write_weights", written)
    monkeypatch.setattr(rewrite, "clone", lambda *_: False)
    with pytest.raises(DamagedFileError, match="was changed while"):
        merge(made, [given], tmp_path / "merged", undo=False)
    assert not (tmp_path / "merged").exists()


@pytest.mark.parametrize("size", [1e-25, 1.0, 1e25])
def test_the_size_of_a_change_is_known_where_its_squares_are_beyond_float32(size: float) -> None:
    """One that were 0 would be an adapter that was never trained."""
    generator = np.random.default_rng(0)
    left, right = generator.standard_normal((7, 3)) * size, generator.standard_normal((3, 5))
    energy = energy_of([Term(left.astype(np.float32), right.astype(np.float32), -0.5)])
    assert energy == pytest.approx(float((0.25 * (left @ right) ** 2).sum()), rel=1e-5)


def test_a_tensor_without_elements_goes_along(tmp_path: Path) -> None:
    made = base(tmp_path, dtype=torch.float32)
    empty = {"extra.of_no_columns": torch.zeros(5, 0), "extra.of_no_rows": torch.zeros(0, 5)}
    save_file(load_file(made / "model.safetensors") | empty, made / "model.safetensors", {"format": "pt"})
    given = adapter(tmp_path / "a", base(tmp_path / "plain"))
    for to in (None, "float16"):
        merged = tmp_path / f"merged-{to}"
        merge(made, [given], merged, dtype=to)
        assert {name: tuple(tensor(merged, name).shape) for name in empty} == {
            "extra.of_no_columns": (5, 0),
            "extra.of_no_rows": (0, 5),
        }
        assert verify(made, [given], merged).is_exact
        unmerge(merged, tmp_path / f"back-{to}")
        assert files(tmp_path / f"back-{to}") == files(made)


def test_a_row_of_a_token_beyond_the_dtype_is_refused(tmp_path: Path) -> None:
    made = base(tmp_path, "qwen3", torch.float16)
    given = adapter(tmp_path / "a", made, "qwen3", trainable_token_indices={"embed_tokens": [3, 50]})
    held = load_file(given / "adapter_model.safetensors")
    (name,) = (name for name in held if "trainable_tokens_delta" in name)
    held[name][1, 2] = 1e38
    save_file(held, given / "adapter_model.safetensors", {"format": "pt"})
    with pytest.raises(
        NumericError, match=r"embed_tokens.* is beyond the reach of float16 .*row 50, column 2"
    ):
        merge(made, [given], tmp_path / "merged")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "5", "[" * 100_000], ids=lambda content: repr(content[:5])
)
def test_a_second_index_that_is_none_is_named(content: str, tmp_path: Path) -> None:
    made = base(tmp_path)
    (made / "other.safetensors.index.json").write_text(content)
    with pytest.raises(DamagedFileError, match=r"other\.safetensors\.index\.json"):
        merge(made, [adapter(tmp_path / "a", base(tmp_path / "plain"))], tmp_path / "merged")


@pytest.mark.parametrize(
    "weight_map", [None, [], {"a": 1}, {"a": {}}, {"a": "elsewhere.safetensors"}], ids=str
)
def test_a_second_index_of_other_files_is_left_alone(weight_map: Any, tmp_path: Path) -> None:
    made = base(tmp_path)
    (made / "other.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    merge(made, [adapter(tmp_path / "a", base(tmp_path / "plain"))], tmp_path / "merged")
    assert (tmp_path / "merged" / "model.safetensors").is_file()
