"""Laws of `extract`: the same bytes however it is run, whatever form its inputs have on disk."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import convert, extract, open_checkpoint
from lorasurgery.architecture import architecture_of
from lorasurgery.errors import AlignmentError, NothingToDoError, NumericError, UnsupportedError
from lorasurgery.formats import read_adapter
from lorasurgery.surgery.base.host import host_of
from lorasurgery.surgery.extract import plan_extract
from support import tiny_models
from support.adapters import deltas
from support.extracted_pairs import (
    GPT2,
    LLAMA,
    NORM_TOLERANCE,
    PAIRS,
    Pair,
    weights,
)
from support.slow import slow_but
from support.tiny_models import FAMILIES

RULES: list[dict[str, Any]] = [
    {"rank": 4},
    {"energy": 0.9},
    {"size": 60_000},
    {"noise_edge": True, "max_rank": 8},
]


def contents(folder: Path) -> dict[str, str]:
    """Hash every file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("name", slow_but(("mixtral",), ["llama", "mixtral", "made"]))
def test_the_same_inputs_give_the_same_bytes_whatever_the_workers(
    name: str, rule: dict[str, Any], made: Pair, tmp_path: Path
) -> None:
    base, tuned = PAIRS.get(name, made)
    for run, workers in (("a", 1), ("b", 2), ("c", 5), ("d", 1)):
        (tmp_path / run).mkdir()
        extract(base, tuned, tmp_path / run / "adapter", workers=workers, **rule)
    first = contents(tmp_path / "a" / "adapter")
    assert set(first) == {"README.md", "adapter_config.json", "adapter_model.safetensors"}
    assert contents(tmp_path / "b" / "adapter") == first
    assert contents(tmp_path / "c" / "adapter") == first
    assert contents(tmp_path / "d" / "adapter") == first


@pytest.mark.parametrize("threads", [1, 2])
def test_the_number_of_torchs_threads_changes_nothing(threads: int, made: Pair, tmp_path: Path) -> None:
    before = torch.get_num_threads()
    extract(*made, tmp_path / "one", rank=16)
    try:
        torch.set_num_threads(threads)
        extract(*made, tmp_path / "many", rank=16)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert weights(tmp_path / "many") == weights(tmp_path / "one")


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_inputs_stay_as_they_are(pair: Pair, tmp_path: Path) -> None:
    copies = tmp_path / "base", tmp_path / "tuned"
    for original, copy in zip(pair, copies, strict=True):
        shutil.copytree(original, copy)
    before = [contents(copy) for copy in copies]
    extract(*copies, tmp_path / "adapter", size=60_000, rest="drop")
    assert [contents(copy) for copy in copies] == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter", "base", "tuned"]


def as_shards(model: Any, folder: Path) -> Path:
    model.save_pretrained(folder, max_shard_size="20KB")
    assert len(list(folder.glob("*.safetensors"))) > 2
    return folder


def as_pickle(model: Any, folder: Path) -> Path:
    model.config.save_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    return folder


def as_pickled_shards(model: Any, folder: Path) -> Path:
    model.config.save_pretrained(folder)
    state = model.state_dict()
    files = {name: f"pytorch_model-{i % 3 + 1:05}-of-00003.bin" for i, name in enumerate(state)}
    for file in set(files.values()):
        torch.save({name: state[name] for name in state if files[name] == file}, folder / file)
    (folder / "pytorch_model.bin.index.json").write_text(
        f'{{"metadata": {{}}, "weight_map": {str(files).replace(chr(39), chr(34))}}}'
    )
    return folder


def as_one_file(model: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    return folder / "model.safetensors"


@pytest.mark.parametrize("form", [as_shards, as_pickle, as_pickled_shards, as_one_file])
@pytest.mark.parametrize("name", ["llama", "gpt2", "bert"])
def test_the_form_on_disk_changes_nothing(
    name: str, form: Callable[[Any, Path], Path], tmp_path: Path
) -> None:
    family = FAMILIES[name]
    base, tuned = tiny_models.save_pair(family, tmp_path)
    extract(base, tuned, tmp_path / "expected", rank=4)
    places = []
    for side in (base, tuned):
        (tmp_path / "other" / side.name).mkdir(parents=True)
        places.append(form(tiny_models.load(family, side), tmp_path / "other" / side.name))
    extract(*places, tmp_path / "adapter", rank=4)
    assert weights(tmp_path / "adapter") == weights(tmp_path / "expected")


@pytest.mark.parametrize(
    ("tuned", "rule", "name"),
    [
        (LLAMA[1], {"rank": 4}, "llama-tuned-lora-r4"),
        (LLAMA[1], {"energy": 0.9}, "llama-tuned-lora-e0.9"),
        (LLAMA[1], {"size": 60_000}, "llama-tuned-lora-60KB"),
        (LLAMA[1], {"noise_edge": True}, "llama-tuned-lora-edge"),
    ],
)
def test_the_default_name_is_made_from_the_inputs(
    tuned: Path, rule: dict[str, Any], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = extract(LLAMA[0], tuned, **rule)
    assert report.output == name
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_default_name_of_a_file_lacks_its_suffix(
    made: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert extract(*made, rank=4).output == "tuned-lora-r4"


def test_include_and_exclude_choose_the_modules_and_the_others_are_listed(tmp_path: Path) -> None:
    everything = extract(*LLAMA, tmp_path / "all", rank=4)
    report = extract(
        *LLAMA, tmp_path / "some", rank=4, include=["*.self_attn.*"], exclude=["*.v_proj", "model.layers.0.*"]
    )
    chosen = {
        f"model.layers.{layer}.self_attn.{name}"
        for layer in (1, 2)
        for name in ("q_proj", "k_proj", "o_proj")
        if (layer, name) != (1, "k_proj")  # did not change
    }
    assert {row.module for row in report.modules} == chosen
    rows = {row.module: row for row in everything.modules}
    assert rows.keys() - chosen <= {name.removesuffix(".weight") for name in report.not_chosen}
    assert "model.norm.weight" in report.not_chosen
    assert not report.lost
    of_chosen = sum(rows[name].change ** 2 for name in chosen)
    assert report.change**2 == pytest.approx(of_chosen, rel=NORM_TOLERANCE)
    assert f"{len(report.not_chosen)} parameters that were not chosen were not read" in report.notes[-1]


def test_what_is_not_chosen_is_not_read(tmp_path: Path) -> None:
    """So a NaN in it does no harm, and the way out that its refusal names is one."""
    sides = []
    for side in LLAMA:
        sides.append(tmp_path / Path(side).name)
        shutil.copytree(side, sides[-1])
    for path in sides[1].glob("*.safetensors"):
        tensors = load_file(path)
        if "lm_head.weight" in tensors:
            tensors["lm_head.weight"][0, 0] = torch.nan
            save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(NumericError, match=r"lm_head\.weight.*exclude"):
        extract(*sides, tmp_path / "all", rank=4)
    with_it = extract(*LLAMA, tmp_path / "one", rank=4, exclude="lm_head")
    without = extract(*sides, tmp_path / "other", rank=4, exclude="lm_head")
    assert without.modules == with_it.modules
    planned = plan_extract(*LLAMA, tmp_path / "some", rank=4, include="*.q_proj")
    assert planned.forecast().read_nbytes < plan_extract(*LLAMA, rank=4).forecast().read_nbytes / 8


def test_a_pattern_that_matches_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NothingToDoError, match=r"'\*\.q_prj' matches no parameter"):
        extract(*LLAMA, tmp_path / "adapter", rank=4, exclude=["*.q_prj"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "other"), [("t5", {"d_ff": 40}), ("llama", {"intermediate_size": 40})])
def test_two_sizes_of_one_family_are_refused(name: str, other: dict[str, int], tmp_path: Path) -> None:
    family = FAMILIES[name]
    tiny_models.built(family).save_pretrained(tmp_path / "base")
    wider = dataclasses.replace(family, settings=family.settings | other)
    tiny_models.built(wider).save_pretrained(tmp_path / "tuned")
    with pytest.raises(AlignmentError, match=r"48×32 in base and 40×32 in tuned"):
        extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "adapter", rank=4)
    assert not (tmp_path / "adapter").exists()


def test_what_did_not_change_is_neither_written_nor_listed(tmp_path: Path) -> None:
    report = extract(*LLAMA, tmp_path / "adapter", rank=4)
    named = [row.module for row in report.modules] + names(report.kept) + names(report.lost)
    assert not any("layers.1.self_attn.k_proj" in name or "embed_tokens" in name for name in named)
    stored = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert not any("layers.1.self_attn.k_proj" in name or "embed_tokens" in name for name in stored)


def names(entries: Sequence[Any]) -> list[str]:
    return [each.name for each in entries]


@pytest.mark.parametrize(
    ("pair", "dtype", "stored"),
    [
        (LLAMA, "auto", torch.float16),
        (GPT2, "auto", torch.float32),
        (LLAMA, "bfloat16", torch.bfloat16),
        (GPT2, "float16", torch.float16),
    ],
)
def test_factors_have_the_dtype_asked_for(
    pair: Pair, dtype: str, stored: torch.dtype, tmp_path: Path
) -> None:
    extract(*pair, tmp_path / "adapter", rank=4, dtype=dtype, rest="drop")
    assert {t.dtype for t in load_file(tmp_path / "adapter" / "adapter_model.safetensors").values()} == {
        stored
    }


@pytest.mark.parametrize("form", ["gguf", "kohya", "loralib", "mlx", "onnx"])
def test_what_is_written_in_another_format_is_what_peft_would_have_had(form: str, tmp_path: Path) -> None:
    ours = extract(*LLAMA, tmp_path / "peft", rank=2, rest="drop")
    other = extract(*LLAMA, tmp_path / "other", rank=2, rest="drop", format=form)
    assert [each.error for each in ours.modules] == [each.error for each in other.modules]
    back = convert(
        other.output,
        tmp_path / "back",
        format="peft",
        base=LLAMA[0],
        alpha=2.0 if form == "loralib" else None,
    )
    one, two = (deltas(Path(each.output)) for each in (ours, back))
    assert one.keys() == two.keys()
    assert all(torch.allclose(one[path], two[path], rtol=1e-5, atol=1e-8) for path in one)


def test_a_format_without_room_says_so_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=r"replaces 'model\.norm\.weight'.*rest='drop'"):
        extract(*LLAMA, tmp_path / "out", rank=2, format="gguf")
    with pytest.raises(UnsupportedError, match="are read and not written"):
        extract(*LLAMA, tmp_path / "out", rank=2, format="statedict")
    assert not list(tmp_path.iterdir())


def test_plain_layers_among_fused_experts_are_read_back_by_their_modules(tmp_path: Path) -> None:
    """PEFT wants them named as parameters, which are the weights of these modules."""
    base, tuned = tiny_models.save_pair(FAMILIES["qwen3-moe"], tmp_path)
    report = extract(base, tuned, tmp_path / "out", rank=2)
    opened = open_checkpoint(base)
    _, adapter = read_adapter(report.output, host_of(architecture_of(opened), opened))
    assert "model.layers.0.mlp.down_proj" in adapter.modules
    assert set(adapter.modules) == {each.module for each in report.modules if each.rank}
