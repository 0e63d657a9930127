"""Tied weights: after a merge the model answers as PEFT's base with the adapter on it does,
whatever was tied and is not any more.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from safetensors.torch import load_file

from lorasurgery import merge, unmerge
from lorasurgery.errors import UnsupportedError
from support.adapters import add
from support.tiny_models import FAMILIES, built, load, output


def made(family: str, folder: Path, **settings: Any) -> tuple[Path, Path]:
    """A base in float64 and an adapter on it."""
    model = built(FAMILIES[family]).double()
    model.save_pretrained(folder / "base")
    add(model, peft.LoraConfig(**{"r": 3, "lora_alpha": 4, **settings}), folder / "adapter")
    return folder / "base", folder / "adapter"


def check(family: str, base: Path, adapter: Path, folder: Path) -> list[str]:
    """Merge, compare the answers, unmerge; the merge's notes."""
    kind = FAMILIES[family]
    report = merge(base, [adapter], folder / "merged")
    wanted = output(
        peft.PeftModel.from_pretrained(load(kind, base, dtype=torch.float64), adapter).eval(), kind.inputs()
    )
    got = output(load(kind, folder / "merged", dtype=torch.float64), kind.inputs())
    assert float((got - wanted).abs().max()) < 1e-6 * float(wanted.abs().max())
    plain = output(load(kind, base, dtype=torch.float64), kind.inputs())
    assert float((plain - wanted).abs().max()) > 1e-3 * float(wanted.abs().max()), "the adapter does nothing"
    unmerge(folder / "merged", folder / "back")
    assert (folder / "back" / "model.safetensors").read_bytes() == (base / "model.safetensors").read_bytes()
    return list(report.forecast.notes)


ON_TIES = [
    ("qwen3", ["embed_tokens"]),
    ("qwen3", ["lm_head"]),
    ("gpt2", ["wte"]),
    ("gpt2", ["lm_head"]),
    ("bert-mlm", ["word_embeddings"]),
    ("bert-mlm", ["query", "decoder"]),
]


@pytest.mark.parametrize(("family", "targets"), ON_TIES)
def test_factors_on_a_tied_weight(family: str, targets: list[str], tmp_path: Path) -> None:
    check(family, *made(family, tmp_path, target_modules=targets), tmp_path)


# Not GPT-2's head: PEFT saves a config that does not name it, and leaves it out when it loads its
# own file.
@pytest.mark.parametrize(("family", "targets"), [case for case in ON_TIES if case != ("gpt2", ["lm_head"])])
def test_factors_on_a_tied_weight_that_is_to_stay_tied(
    family: str, targets: list[str], tmp_path: Path
) -> None:
    check(family, *made(family, tmp_path, target_modules=targets, ensure_weight_tying=True), tmp_path)


@pytest.mark.parametrize("bias", ["none", "all"])
@pytest.mark.parametrize(
    ("family", "target", "saved"),
    [
        ("qwen3", "q_proj", ["embed_tokens"]),
        ("qwen3", "q_proj", ["lm_head"]),
        ("gpt2", "c_attn", ["wte"]),
        ("bert-mlm", "query", ["cls"]),
        ("bert-mlm", "query", ["word_embeddings"]),
        ("bert-mlm", "query", ["cls", "word_embeddings"]),
    ],
)
def test_a_saved_copy_of_a_tied_weight(
    family: str, target: str, saved: list[str], bias: str, tmp_path: Path
) -> None:
    check(
        family, *made(family, tmp_path, target_modules=[target], modules_to_save=saved, bias=bias), tmp_path
    )


@pytest.mark.parametrize(
    "indices", [{"embed_tokens": [1, 5, 9]}, {"embed_tokens": [1, 5, 9], "lm_head": [0, 2]}]
)
def test_rows_of_tokens_on_one_side_of_a_tie_and_on_both(
    indices: dict[str, list[int]], tmp_path: Path
) -> None:
    notes = check(
        "qwen3",
        *made("qwen3", tmp_path, target_modules=["q_proj"], trainable_token_indices=indices),
        tmp_path,
    )
    assert any("tie_word_embeddings" in note for note in notes) == (len(indices) == 2)


def test_a_table_that_is_saved_unchanged_is_no_replacement(tmp_path: Path) -> None:
    """PEFT saves the table along where the head is targeted.

    The adapter can be weighted all the same.
    """
    base, adapter = made("qwen3", tmp_path, target_modules=["lm_head"])
    assert any(".base_layer." in name for name in load_file(adapter / "adapter_model.safetensors"))
    report = merge(base, [f"{adapter}:0.5"], tmp_path / "merged")
    assert [each.how for each in report.forecast.tensors] == ["changed"]


@pytest.mark.parametrize("ensured", [False, True])
def test_t5_is_refused_with_and_without_a_flag_that_peft_ignores(ensured: bool, tmp_path: Path) -> None:
    base, adapter = made("t5", tmp_path, target_modules=["shared"], ensure_weight_tying=ensured)
    with pytest.raises(UnsupportedError, match="scales its outputs"):
        merge(base, [adapter], tmp_path / "merged")


@pytest.mark.parametrize("family", ["mixtral", "qwen3-moe"])
@pytest.mark.parametrize(
    "settings",
    [
        {"target_modules": "all-linear", "task_type": "CAUSAL_LM"},
        {
            "target_modules": ["q_proj"],
            "target_parameters": ["experts.down_proj"],
            "alpha_pattern": {"experts.down_proj": 40},
        },
        {
            "target_modules": ["q_proj"],
            "target_parameters": ["experts.down_proj"],
            "alpha_pattern": {"experts": 40},
        },
    ],
)
def test_patterns_of_parameters_are_for_their_own_names(
    family: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    kind = FAMILIES[family]
    model = built(kind)
    model.save_pretrained(tmp_path / "base")
    adapted = add(model, peft.LoraConfig(r=4, **settings), tmp_path / "adapter")
    wanted = output(adapted.eval(), kind.inputs())
    merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")
    got = output(load(kind, tmp_path / "merged"), kind.inputs())
    assert float((got - wanted).abs().max()) < 1e-4 * float(wanted.abs().max())
