"""From every format into every other, and what runtimes accept: the change to the model stays what it is."""

from __future__ import annotations

import dataclasses
import json
import os
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from lorasurgery import formats, merge
from lorasurgery.errors import AlignmentError, OutputError, SurgeryError, UnsupportedError
from lorasurgery.formats import peft
from lorasurgery.surgery.adapter_input.open_adapter import open_for_rewriting
from lorasurgery.surgery.base.open_base import open_base
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.output import adapter_output as recast_output
from support.adapters import deltas
from support.flawed_adapters import BASE, HEALTHY, Tensors, made, random_factors

DATA = os.environ.get("LORASURGERY_DATA")
WRITTEN = sorted(name for name in formats.names() if formats.load(name).is_written)
# Formats whose files are for image models, whose names a language model's do not fit.
OF_IMAGES = {"kohya", "comfyui", "diffusers"}
OF_LANGUAGE = [name for name in WRITTEN if name not in OF_IMAGES]


def written(form: str, folder: Path, source: Path, **asked: Any) -> Path:
    """The file or folder that a conversion made."""
    report = convert(source, folder / f"as-{form}", format=form, base=BASE, **asked)
    return Path(report.output)


def read_back(path: Path, form: str, folder: Path) -> dict[str, Tensor]:
    """ΔW of every module, by way of PEFT's format."""
    alpha = {"alpha": 4.0} if formats.load(form).needs_alpha else {}
    return deltas(Path(convert(path, folder / f"{path.stem}-back", format="peft", base=BASE, **alpha).output))


@pytest.mark.parametrize("form", OF_LANGUAGE)
def test_there_and_back_is_the_same_change(form: str, tmp_path: Path) -> None:
    path = written(form, tmp_path, HEALTHY)
    before, after = deltas(HEALTHY), read_back(path, form, tmp_path)
    assert before.keys() == after.keys()
    for name, delta in before.items():
        assert torch.allclose(after[name], delta, rtol=0, atol=1e-7 * float(delta.norm())), name


@pytest.mark.parametrize("form", OF_LANGUAGE)
def test_ranks_and_scales_of_their_own_survive(form: str, tmp_path: Path) -> None:
    """Modules of different ranks, and rsLoRA's scale: formats with one number for all pad or bake."""

    def uneven(held: Tensors) -> Tensors:
        cut = random_factors(3, 4, torch.float32)(held)
        return {
            name: (t[:2] if "lora_A" in name else t[:, :2]) if "q_proj" in name else t
            for name, t in cut.items()
        }

    folder = made(tmp_path / "uneven", uneven, r=4, lora_alpha=6, rank_pattern={"q_proj": 2}, use_rslora=True)
    plain = Path(convert(folder, tmp_path / "plain", format="peft", base=BASE).output)
    path = written(form, tmp_path, folder)
    if form == "loralib":  # it has no scale at all, and one alpha for all is what a user can give
        return
    before, after = deltas(plain), read_back(path, form, tmp_path)
    assert before
    for name, delta in before.items():
        assert torch.allclose(after[name], delta, rtol=0, atol=1e-6 * float(delta.norm())), name


@pytest.mark.parametrize("form", OF_LANGUAGE)
def test_a_merge_of_the_converted_is_the_merge_of_the_first(form: str, tmp_path: Path) -> None:
    path = written(form, tmp_path, HEALTHY)
    if formats.load(form).needs_alpha:
        path = Path(convert(path, tmp_path / "again", format="peft", base=BASE, alpha=4.0).output)
    merge(BASE, [path], tmp_path / "merged", undo=False)
    shards = sorted((tmp_path / "merged").glob("*.safetensors"))
    assert shards
    for shard in shards:
        found = load_file(shard)
        wanted = {
            name: t
            for each in (BASE.parent / "llama-merged").glob("*.safetensors")
            for name, t in load_file(each).items()
        }
        for name, tensor in found.items():
            off = (tensor.float() - wanted[name].float()).abs().max()
            assert float(off) <= 2**-8 * float(wanted[name].float().abs().max()), name


@pytest.mark.parametrize("form", OF_LANGUAGE)
def test_the_same_input_gives_the_same_bytes(form: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    paths = [written(form, tmp_path / name, HEALTHY) for name in ("one", "two")]
    if paths[0].is_file():
        assert paths[0].read_bytes() == paths[1].read_bytes()
    else:
        assert [f.read_bytes() for f in sorted(paths[0].iterdir())] == [
            f.read_bytes() for f in sorted(paths[1].iterdir())
        ]


def test_plain_lora_is_carried_over_bit_for_bit(tmp_path: Path) -> None:
    convert(HEALTHY, tmp_path / "out", format="peft")
    one, other = (load_file(f / "adapter_model.safetensors") for f in (HEALTHY, tmp_path / "out"))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert one.keys() == other.keys()


@pytest.mark.parametrize("runtime", ["vllm", "mlx", "llamacpp", "llama.cpp", "peft"])
def test_a_runtime_gets_what_it_accepts(runtime: str, tmp_path: Path) -> None:
    def uneven(held: Tensors) -> Tensors:
        cut = random_factors(3, 5, torch.float32)(held)
        return {
            name: (t[:2] if "lora_A" in name else t[:, :2]) if "q_proj" in name else t
            for name, t in cut.items()
        }

    folder = made(
        tmp_path / "uneven",
        uneven,
        r=5,
        lora_alpha=5,
        rank_pattern={"q_proj": 2},
        alpha_pattern={"v_proj": 11},
    )
    plain = deltas(Path(convert(folder, tmp_path / "plain", base=BASE).output))
    report = convert(folder, tmp_path / "fitted", runtime=runtime, base=BASE)
    if runtime == "vllm":
        config = json.loads((tmp_path / "fitted" / "adapter_config.json").read_text())
        assert (config["r"], config["rank_pattern"], config["alpha_pattern"]) == (8, {}, {})
        held = load_file(tmp_path / "fitted" / "adapter_model.safetensors")
        assert {t.shape[0] if "lora_A" in n else t.shape[1] for n, t in held.items()} == {8}
        assert len(report.notes) == 3
    after = read_back(Path(report.output), report.format, tmp_path)
    for name, delta in plain.items():
        assert torch.allclose(after[name], delta, rtol=0, atol=1e-6 * float(delta.norm())), name


def test_what_a_runtime_cannot_take_is_refused_with_all_reasons(tmp_path: Path) -> None:
    extra = {"base_model.model.lm_head.weight": torch.randn(320, 64)}
    folder = made(tmp_path / "in", lambda held: held | extra, modules_to_save=["lm_head"])
    with pytest.raises(UnsupportedError, match="vllm cannot take this adapter: it brings whole parameters"):
        convert(folder, tmp_path / "out", runtime="vllm")
    wide = made(tmp_path / "wide", random_factors(1, 600, torch.float32), r=600, lora_alpha=600)
    with pytest.raises(UnsupportedError, match="its rank is 600, and 512"):
        convert(wide, tmp_path / "out", runtime="vllm")
    with pytest.raises(UnsupportedError, match="also replaces"):
        convert(folder, tmp_path / "out", format="gguf", base=BASE)
    assert not (tmp_path / "out").exists()


def test_triplets_are_orthonormal_and_peft_reads_them(tmp_path: Path) -> None:
    import peft
    from transformers import AutoModelForCausalLM

    folder = made(tmp_path / "in", random_factors(1, 4), r=4, lora_alpha=8)
    convert(folder, tmp_path / "out", to="adalora")
    held = load_file(tmp_path / "out" / "adapter_model.safetensors")
    for name, A in held.items():
        if name.endswith("lora_A"):
            B = held[name.replace("lora_A", "lora_B")]
            for gram in (A @ A.T, B.T @ B):
                assert torch.allclose(gram, torch.eye(4).double(), atol=1e-10)
    tokens = torch.arange(12).reshape(2, 6)
    logits = []
    for each in (folder, tmp_path / "out"):
        model = AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float64)
        loaded: Any = peft.PeftModel.from_pretrained(model, each, autocast_adapter_dtype=False)
        with torch.no_grad():
            logits.append(loaded(tokens).logits)
    assert torch.allclose(*logits, rtol=0, atol=1e-9)


@pytest.mark.parametrize("alphas", [[8], [8, 3]], ids=["one scale", "two scales"])
def test_adalora_of_peft_is_written_for_peft_again(alphas: list[int], tmp_path: Path) -> None:
    """PEFT divides one lora_alpha of the config by the rank at the start, so scales that differ go into E."""
    triplets = tmp_path / "triplets"
    convert(HEALTHY, triplets, to="adalora")
    config = json.loads((triplets / "adapter_config.json").read_text())
    (triplets / "adapter_config.json").write_text(json.dumps(config | {"lora_alpha": alphas[0]}))
    opened = open_for_rewriting(triplets, open_base(BASE)).adapter
    scales = cycle([1.0] if len(alphas) == 1 else [1.0, alphas[1] / alphas[0]])
    modules = {
        path: dataclasses.replace(factors, scale=factors.scale * scale)
        for (path, factors), scale in zip(opened.modules.items(), scales, strict=False)
    }
    (tmp_path / "out").mkdir()
    formats.load("peft").write(dataclasses.replace(opened, modules=modules), tmp_path / "out")
    again = open_for_rewriting(tmp_path / "out", open_base(BASE)).adapter.modules
    assert modules
    for path, factors in modules.items():
        wanted = factors.E.read().double() * factors.scale
        assert torch.allclose(again[path].E.read().double() * again[path].scale, wanted, rtol=1e-6, atol=0), (
            path
        )


def test_dyn_is_what_rerank_nested_writes(tmp_path: Path) -> None:
    convert(HEALTHY, tmp_path / "dyn", to="dyn")
    note = json.loads((tmp_path / "dyn" / "adapter_config.json").read_text())["lorasurgery"]
    assert (note["variant"], note["form"], note["ranks"]) == ("dyn", "svd", [1, 2, 4])


def test_a_file_that_reads_back_otherwise_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof sees a writer that lies, and nothing is put in place."""
    form = formats.load("peft")
    real = form.write

    def lying(adapter: Any, target: Path, *_: Any, **_options: Any) -> None:
        path, factors = next(iter(adapter.modules.items()))
        real(
            dataclasses.replace(
                adapter, modules={**adapter.modules, path: dataclasses.replace(factors, scale=1.01)}
            ),
            target,
        )

    monkeypatch.setattr(peft, "FORMAT", dataclasses.replace(form, write=lying))
    with pytest.raises(OutputError, match="reads back with another change"):
        convert(HEALTHY, tmp_path / "out", format="peft")
    assert not (tmp_path / "out").exists()
    assert recast_output.format_for("peft").write is lying


def test_single_files_appear_whole_and_are_not_replaced_unasked(tmp_path: Path) -> None:
    first = written("gguf", tmp_path, HEALTHY)
    assert first.suffix == ".gguf"
    with pytest.raises(OutputError, match="exists already"):
        written("gguf", tmp_path, HEALTHY)
    again = convert(HEALTHY, first, format="gguf", base=BASE, force=True)
    assert Path(again.output) == first
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"to": "loha"}, UnsupportedError, "to is lora or adalora or dyn, and not 'loha'"),
        ({"runtime": "tgi"}, UnsupportedError, "not one of comfyui, diffusers, "),
        ({"format": "statedict"}, UnsupportedError, "are read and not written"),
        ({"format": "gguf"}, UnsupportedError, "base="),
        ({"format": "kohya"}, UnsupportedError, "base="),
        ({"format": "loralib", "to": "adalora"}, UnsupportedError, "loralib has no room for adalora"),
        ({"base": BASE.parent / "bert-base"}, AlignmentError, "21 of 21 modules"),
        ({"alpha": 3.0}, UnsupportedError, "leave out alpha="),
    ],
)
def test_a_wrong_argument_is_refused_with_the_way_out(
    asked: dict[str, Any], error: type[Exception], words: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=words):
        convert(HEALTHY, tmp_path / "out", **asked)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(DATA is None, reason="LORASURGERY_DATA is not set")
def test_every_real_adapter_is_read_and_its_factors_kept(tmp_path: Path) -> None:
    """Each becomes a PEFT folder, or the reason is that only its base is missing."""
    reasons = {}
    for source in sorted(Path(DATA or "", "adapters").iterdir()):
        form = formats.find_adapter(str(source))
        assert form is not None, source.name
        alpha = {"alpha": 16.0} if formats.load(form[1]).needs_alpha else {}
        try:
            report = convert(source, tmp_path / source.name, to="lora", format="peft", **alpha)
        except SurgeryError as reason:
            reasons[source.name] = str(reason)
        else:
            assert report.loss < 1e-6, source.name
    # Microsoft's head needs the model's names; Stella changes nothing.
    assert sorted(reasons) == ["loralib_roberta_base_mnli"]
    assert "base=" in reasons["loralib_roberta_base_mnli"]
