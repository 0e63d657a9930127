"""Rows of a GGUF adapter are in llama.cpp's order.

Interleaved halves, heads together, queries before keys before values.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from lorasurgery.architecture.llama_cpp import architectures
from lorasurgery.checkpoint import open_checkpoint
from support.gguf_adapters import LLAMA, Q, adapt, interleaved, only, tensors, written
from support.in_memory_adapters import delta

K = "model.layers.0.self_attn.k_proj"


def test_rotary_attention_scores_are_the_same_in_llama_cpps_order_of_rows(
    tmp_path: Path,
) -> None:
    """llama.cpp's rotary embedding after its order of rows gives transformers' attention scores,
    with the adapter in both.
    """
    adapter = only(adapt(LLAMA), Q, K)
    found = tensors(written(adapter, tmp_path))
    model = open_checkpoint(LLAMA).tensors
    x = torch.randn(5, 64, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    theirs, transformers = {}, {}
    for name, module in (("q", Q), ("k", K)):
        W = model[f"{module}.weight"].read().double()
        A, B = (found[f"blk.0.attn_{name}.weight.lora_{side}"].double() for side in "ab")
        theirs[name] = x @ (interleaved(W, 16) + 2 * B @ A).T
        transformers[name] = x @ (W + delta(adapter.modules[module])).T
    angles = torch.outer(torch.arange(5.0), 10000 ** (-torch.arange(8) / 8)).double()

    def halves(v: Tensor) -> Tensor:
        first, second = v.unflatten(1, (-1, 16)).transpose(0, 1).chunk(2, dim=-1)
        cos, sin = angles.cos(), angles.sin()
        return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)

    def neighbours(v: Tensor) -> Tensor:
        pairs = v.unflatten(1, (-1, 8, 2)).transpose(0, 1).contiguous()
        turned = torch.view_as_complex(pairs) * torch.polar(torch.ones_like(angles), angles)
        return torch.view_as_real(turned).flatten(-2)

    expected = halves(transformers["q"]) @ halves(transformers["k"]).repeat_interleave(2, 0).mT
    torch.testing.assert_close(
        neighbours(theirs["q"]) @ neighbours(theirs["k"]).repeat_interleave(2, 0).mT, expected
    )


def test_reordering_rows_twice_does_not_give_them_back() -> None:
    order = architectures.row_order("llama", "blk.0.attn_q.weight", 64, architectures.Heads(4, 16))
    assert order is not None
    assert not torch.equal(order[order], torch.arange(64))
    assert torch.equal(order[order.argsort()], torch.arange(64))


GLM4V = {
    "model_type": "glm4v",
    "text_config": {
        "model_type": "glm4v_text",
        "hidden_size": 32,
        "num_attention_heads": 4,
        "rope_parameters": {"mrope_section": [1, 1], "partial_rotary_factor": 0.5},
    },
}


def test_glm4v_has_even_rotary_rows_before_odd_ones() -> None:
    """llama.cpp turns halves for its positions of images (`Glm4Model.normal_to_neox`), and
    transformers' GLM neighbours.
    """
    heads = architectures.heads_of(GLM4V)
    assert heads is not None
    order = architectures.row_order("glm4", "blk.0.attn_k.weight", 16, heads)
    assert order is not None
    assert order.tolist() == [0, 2, 1, 3, 4, 5, 6, 7, 8, 10, 9, 11, 12, 13, 14, 15]


def test_only_the_vision_glm_has_its_rows_reordered() -> None:
    sees = architectures.heads_of(GLM4V)
    reads = architectures.heads_of({"model_type": "glm4", "num_attention_heads": 4, "hidden_size": 32})
    is_reordered = architectures.is_reordered
    assert is_reordered("glm4", "blk.0.attn_q.weight", sees)
    assert not is_reordered("glm4", "blk.0.attn_q.weight", reads)
    assert not is_reordered("glm4", "blk.0.attn_v.weight", sees)
    assert not is_reordered("glm4moe", "blk.0.attn_q.weight", sees)
    assert is_reordered("glm4", "blk.0.attn_q.weight", None)  # which of both, only the base tells


@pytest.mark.parametrize(("heads", "groups"), [(4, 4), (4, 2), (4, 1)])
def test_packed_projections_become_all_queries_all_keys_all_values(heads: int, groups: int) -> None:
    width, labels = 2, []
    for group in range(groups):
        for kind in ["q"] * (heads // groups) + ["k", "v"]:
            labels += [(kind, group)] * width
    order = architectures.row_order(
        "bloom", "blk.0.attn_qkv.weight", len(labels), architectures.Heads(heads, width)
    )
    assert order is not None
    sizes = {"q": heads * width, "k": groups * width, "v": groups * width}
    sorted_kinds = [labels[i][0] for i in order.tolist()]
    assert sorted_kinds == ["q"] * sizes["q"] + ["k"] * sizes["k"] + ["v"] * sizes["v"]
    for kind in "qkv":
        mine = [i for i in order.tolist() if labels[i][0] == kind]
        assert mine == sorted(mine)
