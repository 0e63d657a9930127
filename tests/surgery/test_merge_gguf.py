"""Merges into GGUF files: the numbers, the bytes that stay, the way back, and llama.cpp's answers."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import peft
import pytest
import torch
from torch import Tensor

from lorasurgery import merge, plan_merge, unmerge, verify
from lorasurgery.errors import OutputError, SurgeryError, UnsupportedError
from lorasurgery.quantisation import GGUF_WRITTEN, open_model
from support.gguf_adapters import adapt, gguf, only, written
from support.gguf_models import tiny_llama, tiny_mixtral, write_by_the_packages_names, write_gguf
from support.llama_cpp import TOKENS, last_hidden_state
from support.merged_models import files
from support.parted import in_parts

Q = "model.layers.0.self_attn.q_proj.weight"


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    folder = tmp_path_factory.mktemp("llama")
    return tiny_llama(folder / "hf"), folder


@pytest.fixture(scope="module")
def adapters(llama: tuple[Any, Path]) -> dict[str, Path]:
    """Adapters of PEFT's whose rows follow the heads: plain LoRA, and DoRA with a gain for each row."""
    _, folder = llama
    modules = ["q_proj", "k_proj", "o_proj", "down_proj"]
    made = {}
    for name, settings in {"lora": {}, "dora": {"use_dora": True}, "oft": None}.items():
        torch.manual_seed(3)
        config: Any = (
            peft.OFTConfig(target_modules=["q_proj"], oft_block_size=16, init_weights=False)
            if settings is None
            else peft.LoraConfig(r=4, target_modules=modules, init_lora_weights=False, **settings)
        )
        import transformers

        model = transformers.LlamaForCausalLM.from_pretrained(folder / "hf")
        wrapped = peft.get_peft_model(model, config)
        with torch.no_grad():
            for key, parameter in wrapped.named_parameters():
                if "lora_A" in key or "lora_B" in key:
                    parameter.mul_(0.4)
                if "magnitude" in key:
                    parameter.mul_(1 + 0.2 * torch.rand_like(parameter))
        wrapped.save_pretrained(folder / name)
        made[name] = folder / name
    return made


@pytest.fixture(scope="module")
def small(llama: tuple[Any, Path]) -> Path:
    """An adapter whose change is a thirtieth of the weights."""
    import transformers

    _, folder = llama
    torch.manual_seed(5)
    model = transformers.LlamaForCausalLM.from_pretrained(folder / "hf")
    modules = ["q_proj", "down_proj"]
    config = peft.LoraConfig(r=4, target_modules=modules, init_lora_weights=False)
    wrapped = peft.get_peft_model(model, config)
    with torch.no_grad():
        for name, module in wrapped.named_modules():
            if name.endswith(("q_proj", "down_proj")):
                size = module.get_delta_weight("default").norm() / module.get_base_layer().weight.norm()
                module.lora_B["default"].weight.mul_(1 / (30 * size))
    wrapped.save_pretrained(folder / "small")
    return folder / "small"


def tensors(path: Path) -> dict[str, Any]:
    """Every tensor by the package's own reader."""
    return {each.name: each for each in gguf.GGUFReader(path).tensors}


@pytest.mark.parametrize("variant", ["lora", "dora", "oft"])
def test_a_merge_is_that_of_the_folder(
    llama: tuple[Any, Path], adapters: dict[str, Path], variant: str, tmp_path: Path
) -> None:
    """Bit for bit where ΔW is a sum, and to float32's precision elsewhere."""
    model, folder = llama
    merge(folder / "hf", adapters[variant], tmp_path / "merged")
    merge(write_gguf(model, tmp_path / "base.gguf", "F32"), adapters[variant], tmp_path / "merged.gguf")
    theirs, ours = open_model(tmp_path / "merged"), open_model(tmp_path / "merged.gguf")
    for name, tensor in theirs.tensors.items():
        W, expected = ours.tensors[name].read(), tensor.read()
        if variant == "lora":
            assert torch.equal(W, expected), name
        else:
            torch.testing.assert_close(W, expected, rtol=1e-6, atol=1e-7)
    assert not torch.equal(ours.tensors[Q].read(), model.state_dict()[Q])


@pytest.mark.parametrize("kind", ["F32", "F16", "BF16", "Q8_0", "Q4_K", "Q2_K", "IQ4_NL"])
@pytest.mark.parametrize("variant", ["lora", "dora"])
def test_a_merge_keeps_what_it_does_not_change_and_is_undone_byte_for_byte(
    llama: tuple[Any, Path], adapters: dict[str, Path], kind: str, variant: str, tmp_path: Path
) -> None:
    base, merged = write_gguf(llama[0], tmp_path / "base.gguf", kind), tmp_path / "merged.gguf"
    merge(base, adapters[variant], merged)
    before, after = tensors(base), tensors(merged)
    assert before.keys() == after.keys()
    plain = {"F32", "F16", "BF16"}
    for name, each in after.items():
        if any(part in name for part in ("attn_q.", "attn_k.", "attn_output.", "ffn_down.")):
            assert each.tensor_type.name == (kind if kind in plain else "F16")
        else:
            assert each.tensor_type == before[name].tensor_type
            np.testing.assert_array_equal(each.data, before[name].data)
    fields = {key: field.contents() for key, field in gguf.GGUFReader(base).fields.items()}
    written = {key: field.contents() for key, field in gguf.GGUFReader(merged).fields.items()}
    differing = {key for key in fields if fields[key] != written[key]} - {"GGUF.tensor_count"}
    assert fields.keys() == written.keys()
    assert differing <= {"general.file_type"}
    assert verify(base, adapters[variant], merged).is_exact
    unmerge(merged, tmp_path / "again.gguf")
    assert (tmp_path / "again.gguf").read_bytes() == base.read_bytes()
    assert not (tmp_path / "again.gguf.undo").exists()


WRITTEN = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K")


@pytest.mark.parametrize("kind", WRITTEN)
def test_codes_are_written_where_they_were_read(kind: str) -> None:
    """Of random bytes, and with codes that moved, which the package dequantises by their scale's steps."""
    form, number = GGUF_WRITTEN[kind], gguf.GGMLQuantizationType[kind]
    size, nbytes = gguf.GGML_QUANT_SIZES[number]
    rng = np.random.default_rng(4)
    blocks = rng.integers(0, 256, (400, nbytes), dtype=np.uint8)
    codes, moved = form.codes(blocks), rng.integers(0, 2**form.bits, (400, size)).astype(np.uint8)
    written = blocks.copy()
    form.put(written, codes)
    np.testing.assert_array_equal(written, blocks)
    form.put(written, moved)
    with np.errstate(all="ignore"):
        before, after = (gguf.dequantize(each, number).astype(np.float64) for each in (blocks, written))
        step = (moved.astype(np.float64) - codes).reshape(400, -1, form.group)
        steps = (step * form.scales(blocks)[..., None]).reshape(400, size)
        error, most = np.abs(after - before - steps), 1e-6 * (abs(before) + abs(after) + abs(steps))
    is_number = np.isfinite(most)
    assert is_number.mean() > 0.9
    assert (error <= most + 1e-30)[is_number].all()


@pytest.mark.parametrize("kind", WRITTEN)
def test_requantised_blocks_keep_the_change_and_are_undone_byte_for_byte(
    llama: tuple[Any, Path], small: Path, kind: str, tmp_path: Path
) -> None:
    base, merged = write_gguf(llama[0], tmp_path / "base.gguf", kind), tmp_path / "merged.gguf"
    merge(base, small, merged, requantise=True)
    before, after = tensors(base), tensors(merged)
    assert {name: each.tensor_type for name, each in before.items()} == {
        name: each.tensor_type for name, each in after.items()
    }
    changed = {name for name in before if not np.array_equal(before[name].data, after[name].data)}
    assert changed == {f"blk.{layer}.{each}.weight" for layer in (0, 1) for each in ("attn_q", "ffn_down")}
    W, W_merged = open_model(base).tensors, open_model(merged).tensors
    merge(llama[1] / "hf", small, tmp_path / "plain")
    exact, original = open_model(tmp_path / "plain").tensors, llama[0].state_dict()
    for layer, module in itertools.product((0, 1), ("self_attn.q_proj", "mlp.down_proj")):
        name = f"model.layers.{layer}.{module}.weight"
        change = exact[name].read().double() - original[name].double()
        found = W_merged[name].read().double() - W[name].read().double()
        share = float((found * change).sum() / change.square().sum())
        assert 0.9 <= share <= 1.05, name
    assert verify(base, small, merged).is_exact
    unmerge(merged, tmp_path / "again.gguf")
    assert (tmp_path / "again.gguf").read_bytes() == base.read_bytes()


@pytest.mark.parametrize("kind", WRITTEN)
def test_no_change_gives_the_stored_bytes(
    llama: tuple[Any, Path], small: Path, kind: str, tmp_path: Path
) -> None:
    base = write_gguf(llama[0], tmp_path / "base.gguf", kind)
    merge(base, [(small, 0.0)], tmp_path / "merged.gguf", requantise=True)
    assert (tmp_path / "merged.gguf").read_bytes() == base.read_bytes()


def test_a_type_that_is_read_only_is_refused_by_name(
    llama: tuple[Any, Path], small: Path, tmp_path: Path
) -> None:
    base = write_gguf(llama[0], tmp_path / "base.gguf", "Q3_K")
    with pytest.raises(
        UnsupportedError, match=r"requantise=True does not write Q3_K.* Q4_K, .*llama-quantize"
    ):
        merge(base, small, tmp_path / "out.gguf", requantise=True)
    plain = write_gguf(llama[0], tmp_path / "plain.gguf", "F16")
    with pytest.raises(UnsupportedError, match="has no quantised weights"):
        merge(plain, small, tmp_path / "out.gguf", requantise=True)


def test_two_merges_are_undone_one_after_the_other(
    llama: tuple[Any, Path], adapters: dict[str, Path], tmp_path: Path
) -> None:
    base = write_gguf(llama[0], tmp_path / "base.gguf", "Q6_K")
    merge(base, adapters["lora"], tmp_path / "one.gguf")
    merge(tmp_path / "one.gguf", [(adapters["lora"], 0.5)], tmp_path / "two.gguf")
    unmerge(tmp_path / "two.gguf", tmp_path / "one-again.gguf")
    assert (tmp_path / "one-again.gguf").read_bytes() == (tmp_path / "one.gguf").read_bytes()
    unmerge(tmp_path / "one-again.gguf", tmp_path / "again.gguf")
    assert (tmp_path / "again.gguf").read_bytes() == base.read_bytes()


def test_the_file_type_follows_most_numbers(
    llama: tuple[Any, Path], adapters: dict[str, Path], tmp_path: Path
) -> None:
    base = write_gguf(llama[0], tmp_path / "base.gguf", "Q8_0")
    merge(base, adapters["lora"], tmp_path / "some.gguf", include="*.0.*k_proj")
    merge(base, adapters["lora"], tmp_path / "most.gguf")
    types = [
        gguf.GGUFReader(tmp_path / name).fields["general.file_type"].contents()
        for name in ("some.gguf", "most.gguf")
    ]
    assert types[0] == gguf.LlamaFileType.MOSTLY_Q8_0
    numbers: dict[str, int] = {}
    for each in tensors(tmp_path / "most.gguf").values():
        numbers[each.tensor_type.name] = numbers.get(each.tensor_type.name, 0) + int(each.n_elements)
    most = max(numbers, key=lambda kind: numbers[kind])
    assert types[1] == {"F16": 1, "Q8_0": 7}[most]


def test_a_kill_and_a_name_that_is_taken_leave_nothing_behind(
    llama: tuple[Any, Path], adapters: dict[str, Path], tmp_path: Path
) -> None:
    base = write_gguf(llama[0], tmp_path / "base.gguf", "Q8_0")
    plan = plan_merge(base, adapters["lora"], tmp_path / "merged.gguf")

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan.run(progress=stop)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["base.gguf"]
    # A record without its file is what a kill between the two leaves: the next run replaces it.
    (tmp_path / "merged.gguf.undo").mkdir()
    (tmp_path / "merged.gguf.undo" / "undo.json").write_text("{}")
    merge(base, adapters["lora"], tmp_path / "merged.gguf")
    assert json.loads((tmp_path / "merged.gguf.undo" / "undo.json").read_text())["operations"]
    with pytest.raises(OutputError, match="exists already"):
        merge(base, adapters["lora"], tmp_path / "merged.gguf")
    merge(base, adapters["lora"], tmp_path / "merged.gguf", force=True)
    with pytest.raises(OutputError, match="is a folder's name"):
        merge(base, adapters["lora"], f"{tmp_path}/folder/")


def test_what_a_file_has_no_place_for_is_refused_by_name(
    llama: tuple[Any, Path], adapters: dict[str, Path], tmp_path: Path
) -> None:
    base = write_gguf(llama[0], tmp_path / "base.gguf", "Q8_0")
    for options in ({"max_shard_size": "1GB"}, {"base_as": "nf4"}):
        with pytest.raises(UnsupportedError, match="GGUF"):
            merge(base, adapters["lora"], tmp_path / "out.gguf", **options)
    with pytest.raises(SurgeryError, match="GGUF file and the other is not"):
        verify(base, adapters["lora"], llama[1] / "hf")


def test_fused_experts_are_two_tensors_of_the_file(tmp_path: Path) -> None:
    """Their numbers, a merge that is that of the folder, and one that keeps blocks, undone byte for byte."""
    model = tiny_mixtral(tmp_path / "hf")
    base = write_gguf(model, tmp_path / "base.gguf", "F32")
    opened, state = open_model(base), model.state_dict()
    assert opened.tensors.keys() == state.keys()
    for name, W in state.items():
        assert torch.equal(opened.tensors[name].read(), W), name
    adapter = adapt(tmp_path / "hf")
    fused = [name for name in adapter.modules if name.endswith(("gate_up_proj", "down_proj", "q_proj"))]
    path = written(only(adapter, *fused), tmp_path)
    merge(tmp_path / "hf", path, tmp_path / "merged")
    merge(base, path, tmp_path / "merged.gguf")
    ours = open_model(tmp_path / "merged.gguf").tensors
    import transformers

    theirs = transformers.MixtralForCausalLM.from_pretrained(tmp_path / "merged").state_dict()
    for name, W in theirs.items():
        assert torch.equal(ours[name].read(), W), name
        assert torch.equal(W, state[name]) == (name.removesuffix(".weight") not in fused)
    for requantise in (False, True):
        merged = tmp_path / f"merged-{requantise}.gguf"
        blocks = write_gguf(model, tmp_path / f"blocks-{requantise}.gguf", "Q4_K")
        merge(blocks, path, merged, requantise=requantise)
        assert verify(blocks, path, merged).is_exact
        unmerge(merged, tmp_path / f"again-{requantise}.gguf")
        assert (tmp_path / f"again-{requantise}.gguf").read_bytes() == blocks.read_bytes()


SIZES = {"block_count": 2, "embedding_length": 64, "feed_forward_length": 96, "context_length": 64}
HEADS = {"attention.head_count": 4, "attention.head_count_kv": 2, "attention.key_length": 16}
OTHERS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "gpt2": ("gpt2", {"n_inner": 96}, ["c_attn", "c_fc", "c_proj"]),
    "qwen2": ("qwen2", {}, ["q_proj", "v_proj", "down_proj"]),
    "qwen3": ("qwen3", {}, ["q_proj", "k_proj", "o_proj"]),
    "gemma2": ("gemma2", {}, ["q_proj", "up_proj"]),
    "phi3": ("phi3", {"pad_token_id": 0}, ["qkv_proj", "gate_up_proj"]),
}


@pytest.mark.parametrize("architecture", OTHERS)
def test_other_families_are_merged_as_their_folders(architecture: str, tmp_path: Path) -> None:
    import transformers

    family, more, targets = OTHERS[architecture]
    sizes = {"vocab_size": 100, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2}
    sizes |= {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16}
    torch.manual_seed(0)
    model: Any = transformers.AutoModelForCausalLM.from_config(
        transformers.AutoConfig.for_model(family, **sizes, **more)
    )
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    model.save_pretrained(tmp_path / "hf")
    base = write_by_the_packages_names(model, tmp_path / "base.gguf", architecture, SIZES | HEADS)
    state = model.state_dict()
    for name, tensor in open_model(base).tensors.items():
        torch.testing.assert_close(tensor.read(), state[name], rtol=0, atol=1e-6 if "norm" in name else 0)
    config = peft.LoraConfig(r=2, target_modules=targets, init_lora_weights=False)
    peft.get_peft_model(model, config).save_pretrained(tmp_path / "adapter")
    merge(tmp_path / "hf", tmp_path / "adapter", tmp_path / "merged")
    merge(base, tmp_path / "adapter", tmp_path / "merged.gguf")
    ours = open_model(tmp_path / "merged.gguf").tensors
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "merged").state_dict()
    changed = [name for name in ours if not torch.equal(theirs[name], state[name])]
    assert len(changed) == sum(
        1 for name in ours if name.endswith(".weight") and name.split(".")[-2] in targets
    )
    for name in changed:
        assert torch.equal(ours[name].read(), theirs[name]), name
    unmerge(tmp_path / "merged.gguf", tmp_path / "again.gguf")
    assert (tmp_path / "again.gguf").read_bytes() == base.read_bytes()


def test_a_change_of_a_tied_head_is_refused(tmp_path: Path) -> None:
    import transformers

    base = write_gguf(tiny_llama(tmp_path / "hf", tied=True), tmp_path / "base.gguf", "Q8_0")
    assert open_model(base).config["tie_word_embeddings"] is True
    model = transformers.LlamaForCausalLM.from_pretrained(tmp_path / "hf")
    config = peft.LoraConfig(r=2, target_modules=["lm_head", "q_proj"], init_lora_weights=False)
    peft.get_peft_model(model, config).save_pretrained(tmp_path / "adapter")
    with pytest.raises(SurgeryError, match=r"no tensor|tied|shared"):
        merge(base, tmp_path / "adapter", tmp_path / "out.gguf")
    merge(base, tmp_path / "adapter", tmp_path / "out.gguf", include="*.q_proj")


def state_of(model: Any) -> Tensor:
    with torch.no_grad():
        state: Tensor = model.model(input_ids=torch.tensor([TOKENS])).last_hidden_state[0, -1]
    return state


@pytest.mark.parametrize("requantise", [False, True])
@pytest.mark.parametrize("kind", ["Q8_0", "Q4_K"])
def test_llama_cpp_answers_as_base_and_adapter_do(
    llama: tuple[Any, Path], small: Path, kind: str, requantise: bool, tmp_path: Path
) -> None:
    """llama.cpp on the merged file, beside transformers on the dequantised base with the adapter."""
    pytest.importorskip("xllamacpp", reason="xllamacpp is llama.cpp to compare with")
    import transformers

    base, merged = write_gguf(llama[0], tmp_path / "base.gguf", kind), tmp_path / "merged.gguf"
    merge(base, small, merged, requantise=requantise)
    dequantised: Any = transformers.LlamaForCausalLM.from_pretrained(llama[1] / "hf")
    numbers = {name: each.read().float() for name, each in open_model(base).tensors.items()}
    dequantised.load_state_dict(numbers)
    before = state_of(dequantised)
    after = state_of(peft.PeftModel.from_pretrained(dequantised, small).get_base_model())
    noise = (before - state_of(llama[0])).norm()
    assert (after - before).norm() > 0.5
    error = (last_hidden_state(merged) - after).norm()
    assert error < noise


@pytest.mark.parametrize("options", [{"dtype": "float16"}, {"requantise": True}])
def test_parts_of_a_gguf_file_give_the_single_run(
    llama: tuple[Any, Path], small: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    base = write_gguf(llama[0], tmp_path / "base.gguf", "Q8_0")
    merge(base, small, tmp_path / "one" / "merged.gguf", **options)
    in_parts(merge, base, small, output=tmp_path / "parts" / "merged.gguf", **options)
    assert files(tmp_path / "parts") == files(tmp_path / "one")
    in_parts(unmerge, tmp_path / "parts" / "merged.gguf", output=tmp_path / "back.gguf")
    assert (tmp_path / "back.gguf").read_bytes() == base.read_bytes()
