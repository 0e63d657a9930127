"""mistral-finetune's files merge into Mistral's own weights and, with rows moved, into transformers'."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.formats import find_adapter, read_adapter
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.merge import merge

HEADS, GROUPS, WIDTH, INNER, RANK, SCALING = 4, 2, 8, 24, 3, 2.5
HIDDEN = HEADS * WIDTH
ATTENTION = {"wq": (HIDDEN, HIDDEN), "wk": (GROUPS * WIDTH, HIDDEN), "wv": (GROUPS * WIDTH, HIDDEN)}
ATTENTION |= {"wo": (HIDDEN, HIDDEN)}
FORWARD = {"w1": (INNER, HIDDEN), "w2": (HIDDEN, INNER), "w3": (INNER, HIDDEN)}
SIZES: dict[str, Any] = {
    "vocab_size": 64,
    "hidden_size": HIDDEN,
    "intermediate_size": INNER,
    "num_hidden_layers": 1,
    "num_attention_heads": HEADS,
    "num_key_value_heads": GROUPS,
    "head_dim": WIDTH,
}


def written(folder: Path, shapes: dict[str, tuple[int, int]], **settings: Any) -> dict[str, Tensor]:
    """Write an adapter as mistral-finetune does; give ΔW by module."""
    draws = torch.Generator().manual_seed(0)
    held, changes = {}, {}
    for name, (out, width) in shapes.items():
        A = 0.1 * torch.randn(RANK, width, generator=draws, dtype=torch.float64)
        B = 0.1 * torch.randn(out, RANK, generator=draws, dtype=torch.float64)
        held |= {f"{name}.lora_A.weight": A, f"{name}.lora_B.weight": B}
        changes[name] = SCALING * B @ A
    folder.mkdir()
    save_file(held, folder / "lora.safetensors")
    lora = {"enable": True, "rank": RANK, "dropout": 0.0, "scaling": SCALING} | settings
    (folder / "params.json").write_text(json.dumps({"dim": HIDDEN, "lora": lora}))
    return changes


def shapes_of(*, is_dense: bool) -> dict[str, tuple[int, int]]:
    shapes = {f"layers.0.attention.{name}": shape for name, shape in ATTENTION.items()}
    owners = ["feed_forward"] if is_dense else [f"feed_forward.experts.{expert}" for expert in range(4)]
    return shapes | {f"layers.0.{owner}.{name}": each for owner in owners for name, each in FORWARD.items()}


def permute_for_rope(change: Tensor, heads: int) -> Tensor:
    """As transformers' script for Mistral's weights moves rows."""
    rows, width = change.shape
    return change.view(heads, rows // heads // 2, 2, width).transpose(1, 2).reshape(rows, width)


def merged_change(base: Path, adapter: Path, folder: Path) -> dict[str, Tensor]:
    merge(base, [adapter], folder, undo=False)
    load = transformers.AutoModelForCausalLM.from_pretrained
    before, after = (load(each, dtype=torch.float64).state_dict() for each in (base, folder))
    return {name: after[name] - before[name] for name in after}


@pytest.mark.parametrize("is_dense", [True, False], ids=["mistral", "mixtral"])
def test_a_base_for_transformers_gets_its_own_order_of_rows(is_dense: bool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model: Any = transformers.MistralForCausalLM(transformers.MistralConfig(**SIZES))
    if not is_dense:
        model = transformers.MixtralForCausalLM(transformers.MixtralConfig(**SIZES, num_local_experts=4))
    model.double().save_pretrained(tmp_path / "base")
    changes = written(tmp_path / "adapter", shapes_of(is_dense=is_dense))
    found = merged_change(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged")
    layer = "model.layers.0"
    wanted = {
        f"{layer}.self_attn.q_proj.weight": permute_for_rope(changes["layers.0.attention.wq"], HEADS),
        f"{layer}.self_attn.k_proj.weight": permute_for_rope(changes["layers.0.attention.wk"], GROUPS),
        f"{layer}.self_attn.v_proj.weight": changes["layers.0.attention.wv"],
        f"{layer}.self_attn.o_proj.weight": changes["layers.0.attention.wo"],
    }
    if is_dense:
        for part, name in {"w1": "gate_proj", "w2": "down_proj", "w3": "up_proj"}.items():
            wanted[f"{layer}.mlp.{name}.weight"] = changes[f"layers.0.feed_forward.{part}"]
    else:
        w1, w2, w3 = (
            torch.stack([changes[f"layers.0.feed_forward.experts.{expert}.{part}"] for expert in range(4)])
            for part in ("w1", "w2", "w3")
        )
        wanted[f"{layer}.mlp.experts.gate_up_proj"] = torch.cat([w1, w3], dim=1)
        wanted[f"{layer}.mlp.experts.down_proj"] = w2
    for name, change in found.items():
        assert torch.allclose(change, wanted.get(name, torch.zeros_like(change)), atol=1e-12), name


def test_mistrals_own_weights_keep_names_and_rows(tmp_path: Path) -> None:
    changes = written(tmp_path / "adapter", shapes_of(is_dense=True))
    base = {f"{name}.weight": torch.randn_like(change) for name, change in changes.items()}
    base["tok_embeddings.weight"] = torch.randn(64, HIDDEN, dtype=torch.float64)
    (tmp_path / "base").mkdir()
    save_file(base, tmp_path / "base" / "consolidated.safetensors")
    merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged", undo=False)
    after = load_file(tmp_path / "merged" / "consolidated.safetensors")
    for name, change in changes.items():
        assert torch.allclose(after[f"{name}.weight"], base[f"{name}.weight"] + change, atol=1e-12), name


def test_the_format_is_recognised_and_needs_its_base(tmp_path: Path) -> None:
    written(tmp_path / "adapter", shapes_of(is_dense=True))
    found = find_adapter(str(tmp_path / "adapter"))
    assert found is not None
    assert found[1] == "mistral_finetune"
    with pytest.raises(UnsupportedError, match="base="):
        convert(tmp_path / "adapter", tmp_path / "out", format="peft")


def test_settings_that_contradict_the_factors_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "adapter", shapes_of(is_dense=True), rank=RANK + 1)
    with pytest.raises(DamagedFileError, match="rank 4"):
        read_adapter(str(tmp_path / "adapter"))


@pytest.mark.parametrize("rank", [{"a": 1}, [2], "2", 2.5])
def test_a_rank_that_is_no_number_is_refused_in_a_line(tmp_path: Path, rank: object) -> None:
    written(tmp_path / "adapter", shapes_of(is_dense=True), rank=rank)
    with pytest.raises(DamagedFileError, match=r"params\.json says rank"):
        read_adapter(str(tmp_path / "adapter"))


def test_a_scale_is_given_where_no_file_states_it(tmp_path: Path) -> None:
    written(tmp_path / "adapter", shapes_of(is_dense=True))
    with pytest.raises(UnsupportedError, match="alpha"):
        read_adapter(str(tmp_path / "adapter"), alpha=4)
    (tmp_path / "adapter" / "params.json").unlink()
    assert "scale" in read_adapter(str(tmp_path / "adapter"))[1].unresolved
    assert "scale" not in read_adapter(str(tmp_path / "adapter"), alpha=4)[1].unresolved
