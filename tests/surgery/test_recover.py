"""A LoRA that was merged is found in the model's bits, and merged again gives the same file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from lorasurgery import (
    NoiseEdge,
    extract,
    formats,
    merge,
    plan_extract,
    plan_recover,
    recover,
    unmerge,
    verify,
)
from lorasurgery.checkpoint.folder import EXCEPTIONS_FILE
from lorasurgery.errors import (
    AlignmentError,
    DamagedFileError,
    NothingToDoError,
    SurgeryError,
    UnsupportedError,
)
from lorasurgery.variants.lora import LoraFactors
from support.adapters import bits
from support.paths import FIXTURES
from support.seeded_merges import SeededMerge, full_change, lora_merge

RANK = 4
CLASSES: dict[str, tuple[str, dict[str, int], list[str]]] = {
    "llama": (
        "LlamaForCausalLM",
        {"hidden_size": 128, "intermediate_size": 192, "num_hidden_layers": 1, "num_key_value_heads": 2},
        ["q_proj", "v_proj", "down_proj"],
    ),
    "gpt2": ("GPT2LMHeadModel", {"n_embd": 128, "n_layer": 1, "n_head": 2}, ["c_attn", "c_fc"]),
}


@dataclass(frozen=True)
class TrainedMerge:
    base: Path
    merged: Path
    adapter: Path


def trained_merge(kind: str, folder: Path, factors: torch.dtype, **settings: Any) -> TrainedMerge:
    """Train an adapter by PEFT and merge it by PEFT, in bfloat16."""
    class_name, sizes, targets = CLASSES[kind]
    torch.manual_seed(0)
    config = transformers.AutoConfig.for_model(kind, vocab_size=64, num_attention_heads=2, **sizes)
    getattr(transformers, class_name)(config).to(torch.bfloat16).save_pretrained(folder / "base")
    load = getattr(transformers, class_name).from_pretrained
    lora = peft.LoraConfig(r=RANK, lora_alpha=8, target_modules=targets, **settings)
    model = peft.get_peft_model(load(folder / "base"), lora, autocast_adapter_dtype=False).float()
    optimizer = torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=1e-2)
    tokens = torch.randint(64, (4, 24), generator=torch.Generator().manual_seed(1))
    for _ in range(12):
        model(input_ids=tokens, labels=tokens).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(folder / "adapter")
    base = load(folder / "base", dtype=torch.bfloat16)
    # Factors are float32 unless they have the base's own dtype.
    is_wide = factors is torch.float32
    trained = peft.PeftModel.from_pretrained(base, folder / "adapter", autocast_adapter_dtype=is_wide)
    assert {each.dtype for name, each in trained.named_parameters() if "lora_" in name} == {factors}
    trained.merge_and_unload().save_pretrained(folder / "merged")
    return TrainedMerge(folder / "base", folder / "merged", folder / "adapter")


def file_of(model: Path) -> bytes:
    return (model / "model.safetensors").read_bytes()


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("factors", [torch.float32, torch.bfloat16])
def test_an_adapter_trained_and_merged_by_peft_is_merged_again_to_the_same_file(
    kind: str, factors: torch.dtype, tmp_path: Path
) -> None:
    made = trained_merge(kind, tmp_path, factors)
    report = recover(made.base, made.merged, tmp_path / "recovered")
    assert report.is_same_file
    assert report.share < 0.01
    merge(made.base, tmp_path / "recovered", tmp_path / "again")
    assert file_of(tmp_path / "again") == file_of(made.merged)
    unmerge(tmp_path / "again", tmp_path / "back")
    assert file_of(tmp_path / "back") == file_of(made.base)


def test_the_factors_are_nearer_to_the_trained_ones_than_extracted_ones(tmp_path: Path) -> None:
    made = trained_merge("llama", tmp_path, torch.float32)
    recover(made.base, made.merged, tmp_path / "recovered")
    extract(made.base, made.merged, tmp_path / "extracted", rank=RANK, dtype="float32")
    trained = changes(made.adapter)
    near, far = (changes(tmp_path / name) for name in ("recovered", "extracted"))
    for path, change in trained.items():
        assert (near[path] - change).norm() < 0.3 * (far[path] - change).norm(), path


def changes(adapter: Path) -> dict[str, torch.Tensor]:
    """ΔW of every module."""
    _, read = formats.read_adapter(adapter)
    return {
        path: factors.scale * (factors.B.read().double() @ factors.A.read().double())
        for path, factors in read.modules.items()
        if isinstance(factors, LoraFactors)
    }


def test_peft_loads_a_recovered_adapter(tmp_path: Path) -> None:
    made = trained_merge("llama", tmp_path, torch.float32)
    recover(made.base, made.merged, tmp_path / "recovered")
    base = transformers.AutoModelForCausalLM.from_pretrained(made.base, dtype=torch.float32)
    theirs = peft.PeftModel.from_pretrained(base, tmp_path / "recovered").merge_and_unload().state_dict()
    for name, wanted in load_file(made.merged / "model.safetensors").items():
        assert (theirs[name] - wanted.float()).norm() < 3e-3 * wanted.float().norm()


def test_a_trained_head_and_norms_come_along(tmp_path: Path) -> None:
    made = trained_merge("llama", tmp_path, torch.float32, modules_to_save=["norm"])
    report = recover(made.base, made.merged, tmp_path / "recovered")
    assert {each.name.rpartition("norm")[2] for each in report.kept} == {".weight"}
    merge(made.base, tmp_path / "recovered", tmp_path / "again")
    assert file_of(tmp_path / "again") == file_of(made.merged)


def two_files(folder: Path, **pairs: Any) -> tuple[Path, Path]:
    """Two files without a config, with a matrix each for a seeded pair."""
    for side in ("base", "merged"):
        tensors = {f"layers.0.{name}.weight": getattr(pair, side) for name, pair in pairs.items()}
        save_file(tensors, folder / f"{side}.safetensors", {"format": "pt"})
    return folder / "base.safetensors", folder / "merged.safetensors"


SMALL = (160, 128)


def test_files_in_another_order_and_under_another_name_come_back(tmp_path: Path) -> None:
    base, merged = two_files(tmp_path, up=lora_merge(SMALL, 3, 0.02), down=lora_merge(SMALL, 2, 0.02, seed=1))
    save_file(load_file(merged), tmp_path / "other.safetensors", {"format": "pt", "step": "300"})
    report = recover(base, tmp_path / "other.safetensors", tmp_path / "recovered")
    assert {each.name: each.rank for each in report.tensors} == {
        "layers.0.down.weight": 2,
        "layers.0.up.weight": 3,
    }
    merge(base, tmp_path / "recovered", tmp_path / "again")
    again = (tmp_path / "again" / "other.safetensors").read_bytes()
    assert again == (tmp_path / "other.safetensors").read_bytes()


def test_a_full_fine_tune_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    base, merged = two_files(
        tmp_path, up=lora_merge(SMALL, 3, 0.02), down=full_change("fine-tune", SMALL, 0.02)
    )
    with pytest.raises(
        NothingToDoError, match=r"No merged LoRA can be found: 'layers.0.down.weight' changed"
    ):
        recover(base, merged, tmp_path / "recovered")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base.safetensors", "merged.safetensors"]


def test_an_odd_module_is_kept_whole_and_named(tmp_path: Path) -> None:
    base, merged = two_files(
        tmp_path,
        up=lora_merge(SMALL, 3, 0.02),
        gate=lora_merge(SMALL, 3, 0.02, seed=1),
        down=full_change("fine-tune", SMALL, 0.02),
    )
    report = recover(base, merged, tmp_path / "recovered")
    assert [each.name for each in report.tensors] == ["layers.0.gate.weight", "layers.0.up.weight"]
    assert [(each.name, each.form) for each in report.kept] == [("layers.0.down.weight", "whole")]
    assert any("'layers.0.down.weight' changed and no LoRA explains it" in note for note in report.notes)
    merge(base, tmp_path / "recovered", tmp_path / "again")
    again = load_file(tmp_path / "again" / "merged.safetensors")
    for name, tensor in load_file(merged).items():
        assert again[name].view(torch.int16).equal(tensor.view(torch.int16)), name


def test_an_odd_module_of_a_model_comes_along_for_peft_too(tmp_path: Path) -> None:
    made = trained_merge("llama", tmp_path, torch.float32)
    name, path = "model.layers.0.mlp.up_proj.weight", made.merged / "model.safetensors"
    tensors = load_file(path)
    tensors[name] = full_change("steps of Adam", tuple(tensors[name].shape), 0.02).merged
    save_file(tensors, path, {"format": "pt"})
    report = recover(made.base, made.merged, tmp_path / "recovered")
    assert [each.name for each in report.kept] == [name]
    merge(made.base, tmp_path / "recovered", tmp_path / "again")
    assert file_of(tmp_path / "again") == file_of(made.merged)
    base = transformers.AutoModelForCausalLM.from_pretrained(made.base, dtype=torch.float32)
    theirs = peft.PeftModel.from_pretrained(base, tmp_path / "recovered").merge_and_unload().state_dict()
    assert theirs[name].equal(tensors[name].float())


def test_a_merged_dora_is_refused_by_name(tmp_path: Path) -> None:
    pairs = {name: dora_merge(seed) for seed, name in enumerate(("up", "down"))}
    base, merged = two_files(tmp_path, **pairs)
    with pytest.raises(NothingToDoError, match=r"it is that of a merged DoRA.* for 2 of 2 matrices"):
        recover(base, merged, tmp_path / "recovered")


def dora_merge(seed: int) -> SeededMerge:
    """Scale each row of a merge."""
    pair = lora_merge((512, 512), 4, 0.02, seed=seed)
    gain = 1 + 0.02 * torch.randn(512, 1, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    merged = ((pair.base.double() + pair.change) * gain).bfloat16()
    return SeededMerge(pair.base, merged, merged.double() - pair.base.double())


def test_a_matrix_of_float32_is_kept_whole_in_a_model_of_bfloat16(tmp_path: Path) -> None:
    wide = lora_merge(SMALL, 3, 0.02, dtype=torch.float32)
    base, merged = two_files(
        tmp_path, up=lora_merge(SMALL, 3, 0.02), gate=lora_merge(SMALL, 2, 0.02), router=wide
    )
    report = recover(base, merged, tmp_path / "recovered")
    assert [each.name for each in report.kept] == ["layers.0.router.weight"]
    assert any("too fine to be searched" in note for note in report.notes)
    assert not any("--exclude" in note for note in report.notes)


def test_equal_models_and_wider_dtypes_are_refused(tmp_path: Path) -> None:
    base, merged = two_files(tmp_path, up=lora_merge(SMALL, 3, 0.02))
    with pytest.raises(NothingToDoError, match="they are equal"):
        recover(base, base, tmp_path / "recovered")
    wide = tmp_path / "wide.safetensors"
    save_file({name: tensor.float() for name, tensor in load_file(merged).items()}, wide)
    with pytest.raises(UnsupportedError, match="bfloat16 or float16"):
        recover(base, wide, tmp_path / "recovered")


def test_a_pipeline_is_recovered_model_by_model_and_the_message_says_how(tmp_path: Path) -> None:
    pairs = {"unet": lora_merge(SMALL, 3, 0.02), "text_encoder": lora_merge(SMALL, 2, 0.02)}
    folders = [tmp_path / "base", tmp_path / "merged"]
    for folder in folders:
        for part, pair in pairs.items():
            (folder / part).mkdir(parents=True)
            numbers = getattr(pair, folder.name)
            save_file({"layers.0.up.weight": numbers}, folder / part / "model.safetensors", {"format": "pt"})
        (folder / "model_index.json").write_text("{}")
    base, merged = folders
    with pytest.raises(UnsupportedError, match="'text_encoder', 'unet'") as refused:
        recover(base, merged, tmp_path / "recovered")
    assert f"`lorasurgery extract {base / 'unet'} {merged / 'unet'} --recover`" in str(refused.value)
    for part in pairs:
        recover(base / part, merged / part, tmp_path / f"{part}-recovered")
        merge(base / part, tmp_path / f"{part}-recovered", tmp_path / part)
        assert file_of(tmp_path / part) == file_of(merged / part)


@pytest.fixture
def recovered_pair(tmp_path: Path) -> Path:
    base, merged = two_files(tmp_path, up=lora_merge(SMALL, 3, 0.02), down=lora_merge(SMALL, 2, 0.02))
    recover(base, merged, tmp_path / "recovered")
    return tmp_path


def test_another_base_is_refused(recovered_pair: Path) -> None:
    tensors = load_file(recovered_pair / "base.safetensors")
    tensors["layers.0.up.weight"][3, 5] += 1
    save_file(tensors, recovered_pair / "other.safetensors", {"format": "pt"})
    with pytest.raises(AlignmentError, match="delete exceptions"):
        merge(recovered_pair / "other.safetensors", recovered_pair / "recovered", recovered_pair / "again")
    assert not (recovered_pair / "again").exists()


def test_a_flipped_bit_anywhere_in_the_side_file_is_refused(recovered_pair: Path) -> None:
    path = recovered_pair / "recovered" / EXCEPTIONS_FILE
    whole = bytearray(path.read_bytes())
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        broken = bytearray(whole)
        broken[at] ^= 1 << (at % 8)
        path.write_bytes(broken)
        output = recovered_pair / f"again{at}"
        try:
            merge(recovered_pair / "base.safetensors", recovered_pair / "recovered", output)
        except SurgeryError:
            assert not output.exists()
        else:
            assert bits(output) == bits(recovered_pair / "merged.safetensors")


def test_a_side_file_of_a_later_version_and_a_truncated_one_are_refused(recovered_pair: Path) -> None:
    path = recovered_pair / "recovered" / EXCEPTIONS_FILE
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'\\"version\\": 1', b'\\"version\\": 9'))
    with pytest.raises(UnsupportedError, match="version 9"):
        merge(recovered_pair / "base.safetensors", recovered_pair / "recovered", recovered_pair / "again")
    path.write_bytes(whole[:-3])
    with pytest.raises(DamagedFileError):
        merge(recovered_pair / "base.safetensors", recovered_pair / "recovered", recovered_pair / "again")


@pytest.mark.parametrize("how", ["weight", "dtype", "include", "two"])
def test_exceptions_are_for_the_whole_adapter_alone_and_a_note_says_so(
    how: str, recovered_pair: Path
) -> None:
    adapter: Any = recovered_pair / "recovered"
    options: dict[str, Any] = {}
    if how == "weight":
        adapter = (adapter, 0.5)
    elif how == "two":
        adapter = [adapter, (adapter, 1.0)]
    else:
        options = {"dtype": "float32"} if how == "dtype" else {"include": "*.up"}
    report = merge(recovered_pair / "base.safetensors", adapter, recovered_pair / "again", **options)
    assert any("exceptions that come with it are not used" in note for note in report.forecast.notes)


def test_the_same_pair_gives_the_same_bytes_with_any_number_of_workers(recovered_pair: Path) -> None:
    base, merged = recovered_pair / "base.safetensors", recovered_pair / "merged.safetensors"
    recover(base, merged, recovered_pair / "one", workers=1)
    recover(base, merged, recovered_pair / "two", workers=2)
    for name in ("adapter_model.safetensors", EXCEPTIONS_FILE):
        assert (recovered_pair / "one" / name).read_bytes() == (recovered_pair / "two" / name).read_bytes()


def test_extract_suggests_a_recovery_of_a_merged_lora_and_of_nothing_else(tmp_path: Path) -> None:
    base, merged = two_files(tmp_path, up=lora_merge(SMALL, 3, 0.02))
    notes = extract(base, merged, tmp_path / "near", rank=3).notes
    assert any("holds a merged LoRA: extract --recover" in note for note in notes)
    (tmp_path / "full").mkdir()
    base, tuned = two_files(tmp_path / "full", up=full_change("fine-tune", SMALL, 0.02))
    notes = extract(base, tuned, tmp_path / "far", rank=3).notes
    assert not any("--recover" in note for note in notes)


def test_a_recovery_announces_the_cells_that_it_searches(tmp_path: Path) -> None:
    base, merged = two_files(tmp_path, up=lora_merge(SMALL, 3, 0.02))
    plain = plan_extract(base, merged, tmp_path / "near", rank=NoiseEdge()).forecast().peak_nbytes
    searched = plan_recover(base, merged, tmp_path / "found").forecast().peak_nbytes
    assert searched - plain >= 32 * SMALL[0] * SMALL[1]


@pytest.mark.parametrize(("one", "other", "notes"), [("base", "merged", 0), ("merged", "base", 1)])
def test_sides_that_are_swapped_are_recovered_with_a_doubt(
    one: str, other: str, notes: int, tmp_path: Path
) -> None:
    report = recover(FIXTURES / f"llama-{one}", FIXTURES / f"llama-{other}", tmp_path / "recovered")
    assert len(report.notes) == notes
    assert all("swapped" in note for note in report.notes)


def test_what_merging_a_recovered_adapter_gives_is_verified_as_exact(tmp_path: Path) -> None:
    base, merged = FIXTURES / "llama-base", FIXTURES / "llama-merged"
    assert recover(base, merged, tmp_path / "recovered").exceptions
    assert verify(base, tmp_path / "recovered", merged).is_exact
    assert not verify(base, f"{tmp_path / 'recovered'}:0.5", merged).is_exact
