"""What `check` says of a good and of a broken adapter is what the program's own loader does with it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import peft
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from lorasurgery import check, convert
from lorasurgery.formats import diffusers as diffusers_format
from lorasurgery.formats import kohya
from support.gguf_models import write_gguf
from support.image_adapters import TINY_UNET, adapter_for, written

LAYERS = 2


def llama(folder: Path, layers: int) -> Any:
    """A seeded Llama, and its folder."""
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=320,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        tie_word_embeddings=False,
        max_position_embeddings=64,
    )
    model = transformers.LlamaForCausalLM(config).eval()
    model.save_pretrained(folder)
    return model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A base as transformers has it and a folder with its files and an adapter that PEFT wrote."""
    folder = tmp_path_factory.mktemp("model")
    base = llama(folder / "base", LAYERS)
    torch.manual_seed(1)
    adapted: Any = peft.get_peft_model(base, peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj"]))
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.normal_()
    adapted.save_pretrained(folder / "adapter")
    adapted.unload()
    return base, folder


def changed(folder: Path, target: Path, file: str, rename: Callable[[str], str]) -> Path:
    shutil.copytree(folder, target)
    tensors = load_file(target / file)
    save_file({rename(name): each.contiguous() for name, each in tensors.items()}, target / file)
    return target


def in_another_layer(name: str) -> str:
    return name.replace("layers.1.", "layers.7.")


def fates(adapter: Path, base: Path, runtime: str) -> dict[str, str]:
    return {each.module: each.fate for each in check(adapter, base=base, runtime=runtime).modules}


def taken_by_peft(base: Path, adapter: Path) -> set[str]:
    """The modules whose factors PEFT takes from a file."""
    loaded: Any = peft.PeftModel.from_pretrained(
        transformers.AutoModelForCausalLM.from_pretrained(base), adapter
    )
    stored = load_file(adapter / "adapter_model.safetensors")
    held = {
        name.replace(".default.", "."): parameter
        for name, parameter in loaded.named_parameters()
        if "lora_" in name
    }
    names = [name for name in stored if name in held and torch.equal(stored[name], held[name])]
    return {name.removeprefix("base_model.model.").rpartition(".lora_")[0] for name in names}


@pytest.mark.parametrize("rename", [str, in_another_layer, lambda name: name.replace("q_proj", "query")])
def test_peft_takes_what_lands_and_nothing_else(
    rename: Callable[[str], str], model: tuple[Any, Path], tmp_path: Path
) -> None:
    base, adapter = model[1] / "base", model[1] / "adapter"
    file = changed(adapter, tmp_path / "adapter", "adapter_model.safetensors", rename)
    found = fates(file, base, "peft")
    assert {module for module, fate in found.items() if fate == "lands"} == taken_by_peft(base, file)
    assert set(found.values()) <= {"lands", "ignored"}


@pytest.mark.parametrize("rename", [str, in_another_layer])
@pytest.mark.parametrize("num_layers", [1, LAYERS])
def test_mlx_lm_refuses_what_has_no_place_and_takes_the_rest(
    rename: Callable[[str], str], num_layers: int, model: tuple[Any, Path], tmp_path: Path
) -> None:
    mx = pytest.importorskip("mlx.core", reason="mlx-lm is not installed")
    utils = pytest.importorskip("mlx_lm.tuner.utils", reason="mlx-lm is not installed")
    from mlx_lm.utils import load_model

    mx.set_default_device(mx.cpu)
    base = model[1] / "base"
    convert(model[1] / "adapter", tmp_path / "mlx", base=base, runtime="mlx")
    file = changed(tmp_path / "mlx", tmp_path / "adapter", "adapters.safetensors", rename)
    config = json.loads((file / "adapter_config.json").read_text())
    # Keys of a layer, not full names, so that the number of layers counts.
    keys = ["self_attn.q_proj", "self_attn.v_proj"]
    config["lora_parameters"]["keys"], config["num_layers"] = keys, num_layers
    (file / "adapter_config.json").write_text(json.dumps(config))
    report = check(file, base=base, runtime="mlx")
    served, _ = load_model(base)
    if report.all_land:
        utils.load_adapters(served, str(file))
    else:
        with pytest.raises(ValueError, match="incompatible tensors"):
            utils.load_adapters(served, str(file))
    assert report.all_land == (rename is str and num_layers == LAYERS)


# https://github.com/ml-explore/mlx-lm/issues/1172 could not be read; this is what a release before
# 0.32 does with names that its model does not have.
def test_an_older_mlx_lm_ignores_what_has_no_place(model: tuple[Any, Path], tmp_path: Path) -> None:
    base = model[1] / "base"
    convert(model[1] / "adapter", tmp_path / "mlx", base=base, runtime="mlx")
    file = changed(tmp_path / "mlx", tmp_path / "adapter", "adapters.safetensors", in_another_layer)
    assert set(fates(file, base, "mlx@0.31.3").values()) == {"lands", "ignored"}


# https://github.com/ml-explore/mlx-lm/issues/1725: both of its files, a tensor that no layer has and a
# factor of another width, loaded without an error in 0.31.3.
@pytest.mark.parametrize("flaw", ["stranger", "width"])
def test_mlx_lm_refuses_a_tensor_that_no_layer_has_and_one_of_another_width(
    flaw: str, model: tuple[Any, Path], tmp_path: Path
) -> None:
    base = model[1] / "base"
    convert(model[1] / "adapter", tmp_path / "mlx", base=base, runtime="mlx")
    file = tmp_path / "mlx" / "adapters.safetensors"
    tensors = load_file(file)
    first = min(name for name in tensors if name.endswith("lora_a"))
    name = first.replace("lora_a", "lora_typo") if flaw == "stranger" else first
    save_file(tensors | {name: tensors[first][:-1].clone()}, file)
    fate = {each.module: each.fate for each in check(tmp_path / "mlx", base=base, runtime="mlx").modules}
    assert fate[name if flaw == "stranger" else first.removesuffix(".lora_a")] == "refused"
    older = check(tmp_path / "mlx", base=base, runtime="mlx@0.31.3")
    assert not older.all_land
    mx = pytest.importorskip("mlx.core", reason="mlx-lm is not installed")
    utils = pytest.importorskip("mlx_lm.tuner.utils", reason="mlx-lm is not installed")
    from mlx_lm.utils import load_model

    mx.set_default_device(mx.cpu)
    served, _ = load_model(base)
    with pytest.raises(ValueError, match="incompatible tensors"):
        utils.load_adapters(served, str(tmp_path / "mlx"))


@pytest.mark.parametrize("other_layers", [LAYERS, LAYERS + 1])
def test_llama_cpp_loads_what_lands_whole_and_nothing_else(
    other_layers: int, model: tuple[Any, Path], tmp_path: Path
) -> None:
    pytest.importorskip("xllamacpp", reason="xllamacpp is llama.cpp to compare with")
    from support.llama_cpp import last_hidden_state

    other: Any = llama(tmp_path / "other", other_layers)
    adapted: Any = peft.get_peft_model(other, peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj"]))
    adapted.save_pretrained(tmp_path / "adapter")
    adapter = tmp_path / "adapter.gguf"
    convert(tmp_path / "adapter", adapter, base=tmp_path / "other", runtime="llamacpp")
    base = write_gguf(model[0], tmp_path / "base.gguf", "F32")
    report = check(adapter, base=base, runtime="ollama")
    assert report.all_land == check(adapter, base=model[1] / "base", runtime="llamacpp").all_land
    assert report.all_land == (other_layers == LAYERS)
    if report.all_land:
        assert last_hidden_state(base, adapter).isfinite().all()
    else:
        with pytest.raises(subprocess.CalledProcessError):
            last_hidden_state(base, adapter)


def instead(part: str, other: str) -> Callable[[str], str]:
    return lambda name: name.replace(part, other)


# https://github.com/huggingface/diffusers/issues/14035 could not be read; this is what its loader does
# with names that its model does not have.
@pytest.mark.parametrize("rename", [str, instead("attn1", "attn9"), instead("unet.", "transformer.")])
def test_diffusers_takes_what_lands_and_nothing_else(rename: Callable[[str], str], tmp_path: Path) -> None:
    torch.manual_seed(0)
    unet: Any = diffusers.UNet2DConditionModel(**TINY_UNET)
    unet.save_pretrained(tmp_path / "unet")
    written(diffusers_format, adapter_for("unet", unet), tmp_path / "lora.safetensors")
    tensors = load_file(tmp_path / "lora.safetensors")
    file = tmp_path / "renamed.safetensors"
    save_file({rename(name): each for name, each in tensors.items()}, file)
    found = fates(file, tmp_path / "unet", "diffusers")
    unet.load_lora_adapter(load_file(file), prefix="unet")
    held = {
        name.replace(".default_0.", "."): each for name, each in unet.named_parameters() if "lora_" in name
    }
    taken = {
        name.rpartition(".lora_")[0]
        for name, each in load_file(file).items()
        if torch.equal(held.get(name.removeprefix("unet."), torch.empty(0)), each)
    }
    assert {module for module, fate in found.items() if fate == "lands"} == taken
    assert set(found.values()) <= {"lands", "ignored"}
    assert found
    assert (taken == found.keys()) == (rename is str)


def test_what_is_converted_for_diffusers_is_what_its_loader_takes_whole(tmp_path: Path) -> None:
    torch.manual_seed(0)
    unet: Any = diffusers.UNet2DConditionModel(**TINY_UNET)
    unet.save_pretrained(tmp_path / "unet")
    written(kohya, adapter_for("unet", unet), tmp_path / "kohya.safetensors")
    file = tmp_path / "lora.safetensors"
    report = convert(tmp_path / "kohya.safetensors", file, base=tmp_path / "unet", runtime="diffusers")
    assert any(note.startswith("all modules land in diffusers") for note in report.notes)
    unet.load_lora_adapter(load_file(file), prefix="unet")
    held = {name.replace(".default_0.", ".") for name, _ in unet.named_parameters() if "lora_" in name}
    assert {name.removeprefix("unet.") for name in load_file(file)} == held
