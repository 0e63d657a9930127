"""The root hash of the base: adapters carry it, and one that is read for another base says so."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from diffusers import UNet2DConditionModel
from onnxruntime import AdapterFormat, LoraAdapter
from peft import PeftModel
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from lorasurgery import (
    check,
    convert,
    extract,
    inspect,
    merge,
    open_checkpoint,
    plan_merge,
    rerank,
    subtract,
    verify,
)
from lorasurgery.formats import diffusers
from lorasurgery.onnx.swappable import export_swappable
from support import one_layer_bert
from support.image_adapters import TINY_UNET, adapter_for, written
from support.paths import FIXTURES

BASE, TUNED, ADAPTER = FIXTURES / "llama-base", FIXTURES / "llama-tuned", FIXTURES / "llama-adapter"


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter that carries the root of its base."""
    folder = tmp_path_factory.mktemp("marked") / "adapter"
    convert(ADAPTER, folder, base=BASE)
    return folder


def root_in(folder: Path) -> str | None:
    with safe_open(folder / "adapter_model.safetensors", "pt") as file:
        found: str | None = file.metadata().get("lorasurgery.base_root")
    return found


def notes_on_base(report: Any) -> list[str]:
    return [note for note in report.notes if "root hash" in note]


def test_a_copy_in_other_shards_has_the_same_root(tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(BASE, dtype="auto")
    model.save_pretrained(tmp_path / "shards", max_shard_size="20KB")
    assert len(list((tmp_path / "shards").glob("*.safetensors"))) > 1
    stored = [set(load_file(path)) for path in (tmp_path / "shards").glob("*.safetensors")]
    assert set.union(*stored) == set(open_checkpoint(BASE).tensors)
    assert open_checkpoint(tmp_path / "shards").root == open_checkpoint(BASE).root


def test_training_and_merging_give_another_root(tmp_path: Path) -> None:
    merge(BASE, ADAPTER, tmp_path / "merged")
    paths = (BASE, TUNED, tmp_path / "merged")
    assert len({open_checkpoint(path).root for path in paths}) == len(paths)


def test_what_is_written_carries_the_root_of_its_base(marked: Path, tmp_path: Path) -> None:
    root = open_checkpoint(BASE).root
    extract(BASE, TUNED, tmp_path / "extracted", rank=2)
    rerank(marked, tmp_path / "cut", rank=1)  # without the base at hand: as the adapter says
    convert(ADAPTER, tmp_path / "unknown")
    found = [root_in(folder) for folder in (marked, tmp_path / "extracted", tmp_path / "cut")]
    assert found == [root] * 3
    assert root_in(tmp_path / "unknown") is None


def test_another_base_is_one_note_that_names_both(marked: Path, tmp_path: Path) -> None:
    merge(TUNED, marked, tmp_path / "merged")
    for report in (
        plan_merge(TUNED, marked, tmp_path / "again").forecast(),
        convert(marked, tmp_path / "converted", base=TUNED),
        check(marked, base=TUNED, runtime="peft"),
        inspect(marked, base=TUNED),
        verify(TUNED, marked, tmp_path / "merged"),
    ):
        (note,) = notes_on_base(report)
        for path in (BASE, TUNED):
            assert path.name in note
            assert open_checkpoint(path).root[:12] in note


def test_its_own_base_is_no_note(marked: Path, tmp_path: Path) -> None:
    merge(BASE, marked, tmp_path / "merged")
    reports = (
        plan_merge(BASE, marked, tmp_path / "again").forecast(),
        subtract(tmp_path / "merged", marked, tmp_path / "base"),  # for the model that it was merged into
        check(marked, base=BASE, runtime="peft"),
        inspect(marked, base=BASE),
        inspect(marked),
    )
    assert [notes_on_base(report) for report in reports] == [[]] * len(reports)


def test_a_root_that_is_no_hash_says_nothing(marked: Path, tmp_path: Path) -> None:
    shutil.copytree(marked, tmp_path / "odd")
    file = tmp_path / "odd" / "adapter_model.safetensors"
    tensors = load_file(file)
    for wrong in ("", "x", "Z" * 32):
        save_file(tensors, file, {"format": "pt", "lorasurgery.base_root": wrong})
        assert notes_on_base(inspect(tmp_path / "odd", base=TUNED)) == []


def test_peft_says_nothing_of_it(marked: Path, recwarn: pytest.WarningsRecorder) -> None:
    model = AutoModelForCausalLM.from_pretrained(BASE)
    PeftModel.from_pretrained(model, marked)
    assert not [each for each in recwarn if "lorasurgery" in str(each.message)]


SUFFIXES = {"gguf": ".gguf", "onnx": ".onnx_adapter", "loralib": ".pt"}
TARGETS = {"gguf": "llamacpp", "onnx": "onnx", "mlx": "mlx"}


@pytest.mark.parametrize("form", ["mlx", "gguf", "onnx", "loralib"])
def test_other_formats_carry_the_base_too(form: str, tmp_path: Path) -> None:
    out = tmp_path / f"adapter{SUFFIXES.get(form, '')}"
    convert(ADAPTER, out, base=BASE, format=form)
    scale: dict[str, Any] = {"alpha": 1.0} if form == "loralib" else {}  # which its files do not store
    (note,) = notes_on_base(convert(out, tmp_path / "other", base=TUNED, format="peft", **scale))
    for path in (BASE, TUNED):
        assert path.name in note
        assert open_checkpoint(path).root[:12] in note
    assert not notes_on_base(convert(out, tmp_path / "same", base=BASE, format="peft", **scale))
    if (target := TARGETS.get(form)) is None:
        return
    assert len(notes_on_base(check(out, base=TUNED, runtime=target))) == 1
    assert not notes_on_base(check(out, base=BASE, runtime=target))


def test_a_file_carries_on_what_it_says_of_its_base_where_that_is_not_at_hand(tmp_path: Path) -> None:
    convert(ADAPTER, tmp_path / "mlx", base=BASE, format="mlx")
    convert(tmp_path / "mlx", tmp_path / "peft", format="peft")
    assert root_in(tmp_path / "peft") == open_checkpoint(BASE).root


@pytest.mark.parametrize("form", ["kohya", "diffusers"])
def test_files_for_image_models_carry_the_base_and_no_path_of_this_machine(form: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    unet: Any = UNet2DConditionModel(**TINY_UNET)
    unet.save_pretrained(tmp_path / "unet")
    written(diffusers, adapter_for("unet", unet), tmp_path / "lora.safetensors")
    out = tmp_path / "out.safetensors"
    convert(tmp_path / "lora.safetensors", out, base=tmp_path / "unet", format=form)
    with safe_open(out, "pt") as file:
        header = file.metadata()
    assert header["lorasurgery.base_root"] == open_checkpoint(tmp_path / "unet").root
    assert header["lorasurgery.base_name"] == "unet"
    assert str(tmp_path) not in str(header)


def test_what_stands_behind_a_file_changes_nothing_for_its_own_programs(tmp_path: Path) -> None:
    files = {}
    for form in ("onnx", "loralib"):
        for name, base in (("bare", None), ("marked", BASE)):
            files[form, name] = tmp_path / f"{name}{SUFFIXES[form]}"
            convert(ADAPTER, files[form, name], base=base, format=form)
    bare, marked = (AdapterFormat.read_adapter(str(files["onnx", name])) for name in ("bare", "marked"))
    ours, theirs = marked.get_parameters(), bare.get_parameters()
    assert ours.keys() == theirs.keys()
    assert all((ours[name].numpy() == theirs[name].numpy()).all() for name in theirs)
    LoraAdapter().Load(str(files["onnx", "marked"]))
    ours, theirs = (torch.load(files["loralib", name], weights_only=True) for name in ("marked", "bare"))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    for form in ("onnx", "loralib"):
        again = tmp_path / f"again{SUFFIXES[form]}"
        convert(ADAPTER, again, base=BASE, format=form)
        assert again.read_bytes() == files[form, "marked"].read_bytes()


def test_a_record_that_is_not_ours_says_nothing(tmp_path: Path) -> None:
    out = tmp_path / "adapter.onnx_adapter"
    convert(ADAPTER, out, format="onnx")
    plain = out.read_bytes()
    for text in ("[]", "{", '{"lorasurgery.base_root": 1}', '{"lorasurgery.base_root": "x"}', "1" * 10**5):
        out.write_bytes(plain)
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr("lorasurgery.json", text)
        assert notes_on_base(convert(out, tmp_path / "out", base=TUNED, format="peft", force=True)) == []


def test_a_swappable_graph_and_its_adapters_state_the_base(tmp_path: Path) -> None:
    base, adapter = one_layer_bert.write_base(tmp_path / "base"), tmp_path / "adapter"
    one_layer_bert.write_adapter(adapter)
    export_swappable(base, [adapter], tmp_path / "out", verify=False)
    graph = onnx.load(tmp_path / "out" / "model.onnx", load_external_data=False)
    stated = {each.key: each.value for each in graph.metadata_props}
    assert stated["lorasurgery.base_root"] == open_checkpoint(base).root
    file = tmp_path / "out" / "adapter.onnx_adapter"
    assert not notes_on_base(check(file, base=tmp_path / "out", runtime="onnx"))
    other = shutil.copytree(base, tmp_path / "other")
    weights = load_file(other / "model.safetensors")
    save_file({name: 2 * each for name, each in weights.items()}, other / "model.safetensors")
    convert(adapter, tmp_path / "adapter.onnx_adapter", base=other, format="onnx")
    report = check(tmp_path / "adapter.onnx_adapter", base=tmp_path / "out", runtime="onnx")
    (note,) = notes_on_base(report)
    assert open_checkpoint(other).root[:12] in note
    assert open_checkpoint(base).root[:12] in note
