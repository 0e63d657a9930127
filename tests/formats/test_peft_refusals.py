"""What PEFT cannot load is refused with the reason, and the plan of a file tells its size and its bytes."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
import transformers
from torch import nn

from lorasurgery.adapter import Adapter
from lorasurgery.formats import load, names, peft
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.lora import LoraFactors
from support.peft_fine_tunes import (
    CASES,
    SMALL,
    TEXT,
    Case,
    built,
    check,
    factorable,
    gpt2,
    host_of,
    invent,
    loaded,
    remaining,
)


def mamba() -> nn.Module:
    sizes = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 1, "state_size": 4}
    return transformers.MambaForCausalLM(transformers.MambaConfig(**sizes, tie_word_embeddings=False))


@pytest.mark.parametrize("targets", [["transformer.wte"], ["transformer.wte", "lm_head"]])
def test_peft_still_cannot_adapt_a_tied_weight_by_factors(targets, tmp_path):
    # Why `refusal` says no: each form is wrong either while loaded or when merged. When this fails,
    # PEFT has learnt it.
    case = Case(lambda: gpt2(tied=True), TEXT)
    base = built(case)
    host = replace(host_of(base, None), tied={})
    adapter, tuned = invent(base, host, ["transformer.wte"], [], ranks=[2])
    factors = adapter.modules["transformer.wte"]
    host = replace(host, kinds={"transformer.wte": "embedding", "lm_head": "linear"})
    adapter = Adapter(host, dict.fromkeys(targets, factors))
    with pytest.raises(AssertionError, match=r"outputs while loaded|wte\.weight"):
        check(adapter, base, tuned, case.inputs, tmp_path)


def test_a_parameter_is_refused_whose_owner_has_other_modules_inside():
    # PEFT wraps the owner, and then neither merges what lies inside nor lets the model reach it.
    host = host_of(built(CASES["vit"]), None)
    positions, conv = "vit.embeddings.position_embeddings", "vit.embeddings.patch_embeddings.projection"
    host = replace(host, kinds={positions: "experts", conv: "conv"})
    assert f"inside it '{conv}'" in peft.module_refusal(host, positions)
    assert peft.module_refusal(host, conv) is None


def test_layers_that_peft_forbids_are_refused_and_the_others_are_not(tmp_path):
    base = built(Case(mamba, TEXT))
    host = host_of(base, None)
    host = replace(host, kinds={path: kind for path, kind in host.kinds.items() if kind != "parameter"})
    refused = {path.rpartition(".")[2] for path in host.kinds if peft.module_refusal(host, path)}
    assert refused == {"out_proj", "conv1d"}
    loaded(invent(base, host, factorable(host), [], ranks=[2])[0], base, tmp_path)


def test_refusals_name_the_reason():
    tied = host_of(built(Case(lambda: gpt2(tied=True), TEXT)), None)
    assert "shares its weight with 'lm_head'" in peft.module_refusal(tied, "transformer.wte")
    assert "shares its weight with 'transformer.wte'" in peft.module_refusal(tied, "lm_head")
    assert peft.module_refusal(tied, "transformer.wpe") is None
    masked = transformers.BertForMaskedLM(transformers.BertConfig(**SMALL, max_position_embeddings=16))
    host = host_of(masked, None)
    assert "bias of 'cls.predictions.decoder'" in peft.token_rows_refusal(
        host, "bert.embeddings.word_embeddings"
    )
    assert peft.token_rows_refusal(tied, "transformer.wte") is None


def test_the_plan_reads_nothing_and_tells_the_files_size(tmp_path):
    case = CASES["convolutions"]
    base = built(case)
    host = host_of(base, None)
    adapter, _ = invent(base, host, factorable(host), remaining(host, factorable(host)), ranks=[2])

    def unreadable(tensor: LazyTensor) -> LazyTensor:
        return replace(tensor, read=lambda: pytest.fail("plan read a tensor"))

    blind = replace(
        adapter,
        modules={
            p: LoraFactors(unreadable(f.A), unreadable(f.B), f.scale) for p, f in adapter.modules.items()
        },
        replaced={name: unreadable(tensor) for name, tensor in adapter.replaced.items()},
    )
    _, planned = peft.plan(blind)
    peft.write(adapter, tmp_path)
    written = (tmp_path / peft.WEIGHTS_FILE).stat().st_size
    header = written - sum(tensor.nbytes for tensor in planned.values())
    assert 0 < header < 300 * len(planned)
    assert all(tensor.numel == math.prod(tensor.shape) for tensor in planned.values())


def test_the_same_adapter_gives_the_same_bytes(tmp_path):
    base = built(CASES["mixtral"])
    host = host_of(base, "CAUSAL_LM")
    torch.manual_seed(1)
    adapter, _ = invent(base, host, factorable(host), [], ranks=[1, 2, 3])
    shuffled = replace(adapter, modules=dict(reversed(adapter.modules.items())))
    for folder, value in (("one", adapter), ("two", shuffled)):
        (tmp_path / folder).mkdir()
        peft.write(value, tmp_path / folder)
    for file in (peft.CONFIG_FILE, peft.WEIGHTS_FILE):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_the_formats_folder_is_the_registry():
    assert "peft" in names()
    assert not any(name.startswith("_") for name in names())
    assert load("peft") is peft.FORMAT
