"""`check --for trtllm` and `--for lorax`: what their loaders do with names, layers and scales.

Neither can be installed here: the cases are those of their source, which the facts name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import check, convert, merge
from support.fused_experts import DOWN, EXPERTS, GATE_UP, trained
from support.mixtures import mixtral
from support.multimodal_models import made, renamed, spelled
from support.paths import FIXTURES

BASE, ADAPTER = FIXTURES / "llama-base", FIXTURES / "llama-adapter"
WEIGHTS = "adapter_model.safetensors"


def fates(adapter: Path, base: Path, runtime: str) -> Counter[str]:
    return Counter(check(adapter, base=base, runtime=runtime).fates)


def without(adapter: Path, target: Path, part: str) -> Path:
    """Write the adapter without the modules whose name holds a part."""
    renamed(adapter, target, str)
    tensors = load_file(target / WEIGHTS)
    save_file({name: each for name, each in tensors.items() if part not in name}, target / WEIGHTS)
    return target


@pytest.mark.parametrize("runtime", ["trtllm", "lorax"])
def test_what_is_converted_lands(runtime: str, tmp_path: Path) -> None:
    report = convert(ADAPTER, tmp_path / "out", base=BASE, runtime=runtime)
    assert any(note.startswith("all modules land in") for note in report.notes)
    assert check(tmp_path / "out", base=BASE, runtime=runtime).all_land


def instead(old: str, new: str) -> Callable[[str], str]:
    return lambda name: name.replace(old, new)


@pytest.mark.parametrize(
    ("rename", "by_trtllm", "by_lorax"),
    [
        (str, {"lands": 21}, {"lands": 21}),
        # TensorRT-LLM looks at the number and what follows it, LoRAX at the whole name.
        (instead("model.model.", "model.language_model.model."), {"lands": 21}, {"ignored": 21}),
        # A kind of layer without one of its layers is left out by LoRAX whole.
        (
            instead("layers.2.self_attn.q_proj", "layers.7.self_attn.q_proj"),
            {"lands": 20, "ignored": 1},
            {"lands": 18, "ignored": 3},
        ),
        (instead("mlp.up_proj", "mlp.fc1"), {"lands": 18, "ignored": 3}, {"lands": 18, "ignored": 3}),
        (instead("layers.", "layer_"), {"refused": 21}, {"ignored": 21}),
    ],
)
def test_names_land_where_the_loader_looks_for_them(
    rename: Callable[[str], str],
    by_trtllm: dict[str, int],
    by_lorax: dict[str, int],
    tmp_path: Path,
) -> None:
    rank = {"r": 8, "lora_alpha": 8, "rank_pattern": {}, "alpha_pattern": {}}
    convert(ADAPTER, tmp_path / "fitted", base=BASE, runtime="lorax")
    wrong = renamed(tmp_path / "fitted", tmp_path / "wrong", rename, **rank)
    assert fates(wrong, BASE, "trtllm") == Counter(by_trtllm)
    assert fates(wrong, BASE, "lorax") == Counter(by_lorax)


def test_trtllm_puts_two_towers_of_one_number_into_one_place(tmp_path: Path) -> None:
    base, adapter = made("qwen2.5-vl", tmp_path)
    text = renamed(adapter, tmp_path / "text", spelled("qwen2.5-vl", "model."))
    found = check(text, base=base, runtime="trtllm")
    both = {
        name.replace("language_model", "visual").replace("layers", "blocks"): each
        for name, each in load_file(adapter / WEIGHTS).items()
    }
    tower = renamed(adapter, tmp_path / "tower", str)
    save_file(both, tower / WEIGHTS)
    assert "lands" not in check(tower, base=base, runtime="trtllm").fates
    clash = renamed(adapter, tmp_path / "clash", str)
    save_file(both | load_file(adapter / WEIGHTS), clash / WEIGHTS)
    assert "altered" not in found.fates
    assert check(clash, base=base, runtime="trtllm").fates["altered"]


def test_lorax_takes_another_scale_after_the_first_kind_of_layer_that_it_pads(tmp_path: Path) -> None:
    settings = {"r": 4, "lora_alpha": 8, "rank_pattern": {}, "alpha_pattern": {}, "use_rslora": False}
    tensors = {
        name: each[:4] if "lora_A" in name else each[:, :4]
        for name, each in load_file(ADAPTER / WEIGHTS).items()
    }
    tensors = {name: each.contiguous() for name, each in tensors.items()}
    small = renamed(ADAPTER, tmp_path / "small", str, **settings)
    save_file(tensors, small / WEIGHTS)
    report = check(small, base=BASE, runtime="lorax")
    altered = {each.module.rpartition(".")[2] for each in report.modules if each.fate == "altered"}
    assert altered == {"k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    assert "its scale is 2, and 1 is taken" in next(e.reason for e in report.modules if e.fate == "altered")
    convert(small, tmp_path / "mended", base=BASE, runtime="lorax")
    assert check(tmp_path / "mended", base=BASE, runtime="lorax").all_land


def test_trtllm_takes_the_alpha_of_the_whole_file_by_each_modules_rank(tmp_path: Path) -> None:
    convert(ADAPTER, tmp_path / "fitted", base=BASE, runtime="trtllm")
    own = renamed(tmp_path / "fitted", tmp_path / "own", str, alpha_pattern={"q_proj": 1})
    altered = [each for each in check(own, base=BASE, runtime="trtllm").modules if each.fate == "altered"]
    assert {each.module.rpartition(".")[2] for each in altered} == {"q_proj"}


def test_layers_that_lorax_wants_beside_others_are_added_as_zeros(tmp_path: Path) -> None:
    part = without(ADAPTER, tmp_path / "part", "layers.1.mlp.down_proj")
    assert fates(part, BASE, "lorax")["ignored"]
    report = convert(part, tmp_path / "mended", base=BASE, runtime="lorax")
    assert any("zeros were added for 1 module" in note for note in report.notes)
    assert check(tmp_path / "mended", base=BASE, runtime="lorax").all_land
    added = load_file(tmp_path / "mended" / WEIGHTS)
    assert not any(each.any() for name, each in added.items() if "layers.1.mlp.down_proj" in name)


@pytest.mark.parametrize("runtime", ["trtllm", "lorax"])
def test_another_base_takes_what_it_has(runtime: str) -> None:
    report = check(ADAPTER, base=FIXTURES / "mixtral-base", runtime=runtime)
    assert {each.fate for each in report.modules if ".mlp." in each.module} == {"ignored"}
    assert all(each.reason for each in report.modules if each.fate != "lands")


def test_a_model_without_a_table_is_unknown_to_lorax() -> None:
    assert fates(ADAPTER, FIXTURES / "bert-base", "lorax") == Counter(unknown=21)


@pytest.mark.parametrize("runtime", ["vllm", "vllm@0.29", "trtllm"])
def test_mixtrals_experts_are_named_as_in_its_files(runtime: str, tmp_path: Path) -> None:
    case = trained(mixtral(24), [GATE_UP, DOWN], tmp_path)
    convert(case.adapter, tmp_path / "out", base=case.base, runtime=runtime)
    report = check(tmp_path / "out", base=case.base, runtime=runtime)
    experts = {each.module for each in report.modules if ".experts." in each.module}
    assert report.all_land
    assert len(experts) == 3 * EXPERTS
    assert all(".block_sparse_moe.experts." in name and name.endswith(("w1", "w2", "w3")) for name in experts)
    # The same change: merging what was written gives what PEFT makes of the adapter.
    merge(case.base, tmp_path / "out", tmp_path / "merged")
    merge(case.base, case.adapter, tmp_path / "wanted")
    ours, theirs = (load_file(tmp_path / each / "model.safetensors") for each in ("merged", "wanted"))
    assert ours.keys() == theirs.keys()
    assert all(torch.allclose(ours[name], theirs[name], rtol=0, atol=1e-12) for name in theirs)
