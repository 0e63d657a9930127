"""A run in parts gives the files of a single run, whatever their order and however often they run."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import lorasurgery
from lorasurgery.errors import DamagedFileError, NothingToDoError, PartsError, UnsupportedError
from lorasurgery.surgery.delta.encode_jobs import twins_of
from lorasurgery.surgery.delta.side_contents import contents
from lorasurgery.surgery.parts.fingerprint import state_of
from lorasurgery.surgery.parts.manifest import MANIFEST, PartManifest, read_manifest
from lorasurgery.surgery.parts.manifest_checks import check_manifest
from lorasurgery.surgery.parts.part import Part, shared_out
from support.checkpoint_pairs import PAIRS, save
from support.merged_models import files
from support.paths import FIXTURES
from support.slow import slow_but

BASE, TUNED, ADAPTER = (str(FIXTURES / f"llama-{name}") for name in ("base", "tuned", "adapter"))
Verb = Callable[..., Any]


def merge(output: str = "out", **options: Any) -> Any:
    return lorasurgery.merge(BASE, ADAPTER, output, **options)


def extract(output: str = "out", **options: Any) -> Any:
    return lorasurgery.extract(BASE, TUNED, output, **{"rank": 2, **options})


def rerank(output: str = "out", **options: Any) -> Any:
    return lorasurgery.rerank(ADAPTER, output, **options)


def convert(output: str = "out", **options: Any) -> Any:
    return lorasurgery.convert(ADAPTER, output, **options)


def unmerge(output: str = "out", **options: Any) -> Any:
    if not Path("../merged").exists():
        merge("../merged")
    return lorasurgery.unmerge("../merged", output, **options)


def single(folder: Path, verb: Verb, monkeypatch: pytest.MonkeyPatch, **options: Any) -> dict[str, bytes]:
    """The files of a run that is not divided, in a folder of its own."""
    (folder / "single").mkdir()
    monkeypatch.chdir(folder / "single")
    verb(**options)
    (folder / "parts").mkdir()
    monkeypatch.chdir(folder / "parts")
    return files(folder / "single")


def diff(output: str = "out", other: str = TUNED, **options: Any) -> Any:
    return lorasurgery.make_delta(BASE, other, output, **options)


def until_done(verb: Verb, order: tuple[int, ...], **options: Any) -> list[Any]:
    """Run parts in an order until all is there; return the reports of the first runs."""
    reports = [verb(**options, part=f"{index}/{max(order)}") for index in order]
    last = reports[-1]
    while not last.is_complete:
        assert not last.absent
        last = [verb(**options, part=f"{index}/{max(order)}") for index in order][-1]
    return reports


RUNS = {
    "merge": (merge, {}),
    "merge without a record": (merge, {"undo": False}),
    "merge into new shards": (merge, {"max_shard_size": "40kB"}),
    "merge as float32": (merge, {"dtype": "float32"}),
    "extract": (extract, {}),
    "extract by energy": (extract, {"rank": None, "energy": 0.9}),
    "extract of some modules": (extract, {"include": "*.q_proj"}),
    "extract for kohya": (extract, {"format": "kohya", "rest": "drop"}),
    "rerank": (rerank, {"rank": 2}),
    "rerank within a budget": (rerank, {"rank": None, "size": "20kB"}),
    "convert": (convert, {"to": "adalora"}),
    "unmerge": (unmerge, {}),
    "diff": (diff, {}),
}


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("order", [(5, 1, 7, 5, 3, 2, 6, 4, 4), (2, 1)])
def test_parts_in_any_order_give_the_single_run(
    name: str, order: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verb, options = RUNS[name]
    expected = single(tmp_path, verb, monkeypatch, **options)
    reports = until_done(verb, order, **options)
    assert not Path("out").exists()
    assert [report.is_new for report in reports] == [
        index not in order[:place] for place, index in enumerate(order)
    ]
    lorasurgery.assemble("out")
    assert files(tmp_path / "parts") == expected


def test_a_budget_takes_several_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"rank": None, "size": "20kB"}
    expected = single(tmp_path, extract, monkeypatch, **options)
    first = [extract(**options, part=f"{index}/3") for index in (1, 2, 3)]
    assert not any(report.is_complete for report in first)
    assert "Run every part once more" in first[-1].next_step
    with pytest.raises(PartsError, match="run every part once more"):
        lorasurgery.assemble("out")
    second = [extract(**options, part=f"{index}/3") for index in (1, 2, 3)]
    assert second[-1].is_complete
    lorasurgery.assemble("out")
    assert files(tmp_path / "parts") == expected


@pytest.mark.parametrize(
    ("verb", "other", "said"),
    [
        (merge, {"dtype": "float32"}, "has dtype 'float32'"),
        (extract, {"rank": 3}, "has rank 3 and not 2"),
        (diff, {"other": str(FIXTURES / "llama-merged")}, "has other "),
    ],
)
def test_a_part_of_another_run_is_refused(
    verb: Verb, other: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for index in (1, 2):
        verb(part=f"{index}/3")
    with pytest.raises(PartsError, match=r"out\.parts/1-of-3 has"):
        verb(**other, part="3/3")
    verb("other", **other, part="3/3")
    shutil.copytree("other.parts/3-of-3", "out.parts/3-of-3")
    with pytest.raises(PartsError) as refused:
        lorasurgery.assemble("out")
    assert said in str(refused.value)
    assert "1 of 3 parts are absent (3/3)" in str(refused.value)
    assert not Path("out").exists()


def test_parts_of_another_input_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ADAPTER, "adapter")
    lorasurgery.merge(BASE, "adapter", "out", part="1/2")
    weights = Path("adapter/adapter_model.safetensors")
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(PartsError, match="was made from another adapter adapter"):
        lorasurgery.merge(BASE, "adapter", "out", part="2/2")


def changed_past_the_sample(path: Path) -> None:
    """Change the last number of the largest tensor of a file, which no sample covers."""
    data = bytearray(path.read_bytes())
    start = 8 + int.from_bytes(data[:8], "little")
    ends = [each["data_offsets"] for name, each in json.loads(data[8:start]).items() if name[0] != "_"]
    data[start + max(ends, key=lambda each: each[1] - each[0])[1] - 1] ^= 1
    path.write_bytes(data)


SHARD = "model-00002-of-00003.safetensors"
LOCAL: dict[str, tuple[Verb, str]] = {
    "merge": (lambda **more: lorasurgery.merge("base", "adapter", "out", **more), f"base/{SHARD}"),
    "merge another adapter": (
        lambda **more: lorasurgery.merge("base", "adapter", "out", **more),
        "adapter/adapter_model.safetensors",
    ),
    "extract": (lambda **more: lorasurgery.extract("base", "tuned", "out", rank=2, **more), "base/" + SHARD),
    "rerank": (
        lambda **more: lorasurgery.rerank("adapter", "out", rank=2, **more),
        "adapter/adapter_model.safetensors",
    ),
}


@pytest.mark.parametrize("name", LOCAL)
def test_a_file_that_changes_past_its_sample_between_two_parts_is_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for each in ("base", "tuned", "adapter"):
        shutil.copytree(FIXTURES / f"llama-{each}", each)
    verb, changed = LOCAL[name]
    verb(part="1/3")
    before = Path(changed).stat()
    changed_past_the_sample(Path(changed))
    os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
    with pytest.raises(PartsError, match=rf"1-of-3 read .*{changed} with \d+ bytes of .* UTC, and it has "):
        verb(part="2/3")
    os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns))
    for index in (2, 3):  # as if nobody had written to it
        verb(part=f"{index}/3")
    os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
    with pytest.raises(PartsError, match=f"read .*{changed} with "):
        lorasurgery.assemble("out")
    assert not Path("out").exists()


def test_a_file_gets_its_time_back_by_the_command_that_the_error_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for each in ("base", "adapter"):
        shutil.copytree(FIXTURES / f"llama-{each}", each)
    verb, changed = LOCAL["merge"]
    os.utime(changed, ns=(1, 1_764_573_302_123_456_789))
    verb(part="1/2")
    os.utime(changed)
    with pytest.raises(PartsError) as refused:
        verb(part="2/2")
    assert "of 2025-12-01 07:15:02.1234567 UTC" in str(refused.value)
    subprocess.run(["touch", "-d", "2025-12-01 07:15:02.1234567 UTC", changed], check=True)
    assert verb(part="2/2").is_complete


def test_a_file_of_the_cache_of_the_hub_goes_by_its_content(tmp_path: Path) -> None:
    content = tmp_path / "blobs" / "5f70"
    content.parent.mkdir()
    content.write_bytes(b"weights")
    link = tmp_path / "snapshots" / "model.safetensors"
    link.parent.mkdir()
    link.symlink_to(content)
    assert state_of(link) == "the content 5f70"
    assert state_of(content).startswith("7 bytes of ")


def test_a_delta_takes_two_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = single(tmp_path, diff, monkeypatch)
    first = [diff(part=f"{index}/3") for index in (1, 2, 3)]
    assert not any(report.is_complete for report in first)
    assert "Run every part once more: all parts together say" in first[-1].next_step
    with pytest.raises(PartsError, match="have more to do: run every part once more"):
        lorasurgery.assemble("out")
    second = [diff(part=f"{index}/3") for index in (1, 2)]
    assert [report.is_complete for report in second] == [False, True]
    lorasurgery.assemble("out")
    assert files(tmp_path / "parts") == expected


@pytest.mark.parametrize("name", slow_but(("LoRA and other names", "more tokens", "cast up"), PAIRS))
def test_every_pair_has_one_delta(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = PAIRS[name]
    one, other = save(pair.one(), tmp_path / "one"), save(pair.other(), tmp_path / "other", pair.shards)
    expected = single(tmp_path, lambda **_: lorasurgery.make_delta(one, other, "out"), monkeypatch)
    until_done(lambda **options: lorasurgery.make_delta(one, other, "out", **options), (4, 1, 3, 2))
    sides = contents(one), contents(other)
    are_all_twins = {*sides[0].pieces, *sides[1].pieces} == {*twins_of(*sides)}
    passes = max(read_manifest(path.parent).number for path in Path("out.parts").glob("*/part.json"))
    assert passes == (1 if are_all_twins else 2)
    lorasurgery.assemble("out")
    assert files(tmp_path / "parts") == expected


def test_a_side_that_changes_between_two_passes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tensor without a twin is hashed in the first pass, and encoded in the second."""
    monkeypatch.chdir(tmp_path)
    pair = PAIRS["LoRA and other names"]
    one, other = save(pair.one(), tmp_path / "one"), save(pair.other(), tmp_path / "other")
    for index in (1, 2):
        lorasurgery.make_delta(one, other, "out", part=f"{index}/2")
    path = other / "model.safetensors"
    data = bytearray(path.read_bytes())
    start = 8 + int.from_bytes(data[:8], "little")
    entries = json.loads(data[8:start])
    for entry in entries.values():
        first, last = entry.get("data_offsets", (0, 0))
        if last - first > 8192:  # whose end is no part of a fingerprint
            data[start + last - 1] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedFileError, match="is not as it was when its first part was run"):
        until_done(lambda **options: lorasurgery.make_delta(one, other, "out", **options), (1, 2))
    assert not Path("out").exists()


@pytest.mark.parametrize("verb", [merge, extract, diff])
def test_every_flipped_byte_is_found(verb: Verb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    until_done(verb, (1, 2))
    for path in sorted(Path("out.parts").rglob("*.*")):
        if not path.is_file():
            continue
        whole = path.read_bytes()
        for place in {0, len(whole) // 2, len(whole) - 1}:
            changed = bytearray(whole)
            changed[place] ^= 1
            path.write_bytes(changed)
            with pytest.raises(PartsError):
                lorasurgery.assemble("out")
            assert not Path("out").exists()
        path.write_bytes(whole)
    lorasurgery.assemble("out")


def test_a_part_that_is_there_twice_and_differs_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for index in (1, 2):
        merge(part=f"{index}/2")
    shutil.copytree("out.parts/1-of-2", "out.parts/copy")
    assert lorasurgery.plan_assemble("out").forecast().parts == 2
    same = read_manifest(Path("out.parts/copy"))
    Path("out.parts/copy/part.json").unlink()
    tensors = {name: dict.fromkeys(hashes, "0") for name, hashes in same.tensors.items()}
    other = PartManifest(same.identity, same.part, 1, same.files, tensors, same.content)
    other.write(Path("out.parts/copy"))
    with pytest.raises(PartsError, match="are both part 1/2, and differ"):
        lorasurgery.assemble("out")


@pytest.mark.parametrize("verb", [merge, extract, diff])
def test_a_killed_part_is_run_again(verb: Verb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = single(tmp_path, verb, monkeypatch)
    verb(part="2/2")
    pid = os.fork()
    if not pid:
        monkeypatch.setattr(os, "fsync", lambda _: os.kill(os.getpid(), 9))
        verb(part="1/2")
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == 9
    assert Path("out.parts/1-of-2.partial").exists()
    assert not Path("out.parts/1-of-2").exists()
    with pytest.raises(PartsError, match="1 of 2 parts are absent"):
        lorasurgery.assemble("out")
    until_done(verb, (1, 2))
    lorasurgery.assemble("out")
    assert files(tmp_path / "parts") == expected


def test_shards_are_linked_and_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for index in (1, 2, 3):
        merge(part=f"{index}/3")
    before = {path.name: path.stat().st_ino for path in Path("out.parts").rglob("*.safetensors")}
    lorasurgery.assemble("out")
    assert {path.name: path.stat().st_ino for path in Path("out").glob("*.safetensors")} == before
    assert not Path("out.parts").exists()


@pytest.mark.parametrize("given", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3"])
def test_what_is_no_part_is_refused(given: str) -> None:
    with pytest.raises(UnsupportedError, match="part"):
        Part.of(given)


def test_shares_are_balanced_and_decided_by_sizes_alone() -> None:
    sizes = [7, 1, 5, 5, 3, 0, 9]
    owners = shared_out(sizes, 3)
    filled = [
        sum(size for size, owner in zip(sizes, owners, strict=True) if owner == index) for index in (1, 2, 3)
    ]
    assert max(filled) - min(filled) <= max(sizes) / 3
    assert owners == shared_out(list(sizes), 3)
    assert set(shared_out(sizes, 7)) <= {1, 2, 3, 4, 5, 6, 7}


def test_what_takes_no_work_is_not_divided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnsupportedError, match="no work to divide"):
        convert(format="mlx", part="1/2")


def test_a_base_in_one_file_is_put_together_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = str(FIXTURES / "bert-base")

    def merge_bert(**options: Any) -> Any:
        return lorasurgery.merge(base, "../adapter", "out", **options)

    lorasurgery.extract(base, str(FIXTURES / "bert-tuned"), tmp_path / "adapter", rank=2)
    expected = single(tmp_path, merge_bert, monkeypatch)
    for index in (3, 1, 2):
        merge_bert(part=f"{index}/3")
    lorasurgery.assemble("out")
    assert files(tmp_path / "parts") == expected


@pytest.mark.parametrize("verb", [merge, extract])
def test_force_replaces_a_part_of_another_run_and_keeps_one_of_this(
    verb: Verb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = single(tmp_path, verb, monkeypatch)
    for index in (1, 2):
        verb("out", include="*.q_proj", part=f"{index}/2")
    assert verb(part="1/2", force=True).is_new
    assert not verb(part="1/2", force=True).is_new
    with pytest.raises(PartsError, match="has include"):
        verb(part="2/2")
    with pytest.raises(PartsError, match="has include"):
        lorasurgery.assemble("out", force=True)
    assert verb(part="2/2", force=True).is_complete
    lorasurgery.assemble("out")
    assert files(tmp_path / "parts") == expected


@pytest.mark.parametrize("is_same", [True, False])
def test_a_part_that_another_machine_did_meanwhile_is_passed_over(
    is_same: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    merge(part="1/2")
    shutil.move("out.parts/1-of-2", "there")
    if not is_same:
        (tmp_path / "there" / "part.json").write_text("{}")
    write = PartManifest.write

    def meanwhile(manifest: PartManifest, folder: Path) -> None:
        write(manifest, folder)
        shutil.copytree("there", "out.parts/1-of-2")

    monkeypatch.setattr(PartManifest, "write", meanwhile)
    if is_same:
        merge(part="1/2")
        assert [path.name for path in Path("out.parts").iterdir()] == ["1-of-2"]
    else:
        with pytest.raises(lorasurgery.SurgeryError):
            merge(part="1/2")


def pair_with_a_changed_table(folder: Path) -> tuple[str, str]:
    """A pair whose embedding changed in every row, and one matrix of which changed more than all others."""
    for name in ("base", "tuned"):
        shutil.copytree(FIXTURES / "llama-base", folder / name)
    generator = torch.Generator().manual_seed(1)
    for path in sorted((folder / "tuned").glob("*.safetensors")):
        tensors = load_file(path)
        for name, W in tensors.items():
            rank = 1 if "embed" in name else 64 if "layers.1.mlp.up" in name else 0
            if rank and W.dim() == 2:
                B, A = (torch.randn(side, rank, generator=generator) for side in W.shape)
                tensors[name] = (W.float() + 0.02 * B @ A.T).to(W.dtype)
        save_file(tensors, path, {"format": "pt"})
    return str(folder / "base"), str(folder / "tuned")


@pytest.mark.parametrize("options", [{"rank": 2}, {"size": "30kB"}])
def test_what_is_looked_at_twice_is_not_mixed_up(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    pair = pair_with_a_changed_table(tmp_path / "models")

    def extract_pair(**more: Any) -> Any:
        return lorasurgery.extract(*pair, "out", **options, **more)

    expected = single(tmp_path, extract_pair, monkeypatch)
    passes = 0
    while not extract_pair(part="1/2").is_complete:
        extract_pair(part="2/2")
        passes += 1
        assert passes < 9
    looked = {
        key for path in Path("out.parts").glob("*/results.json") for key in json.loads(path.read_text())
    }
    assert "model.embed_tokens.weight#0/2" in looked
    assert ("size" in options) == ("model.layers.1.mlp.up_proj.weight#0/3" in looked)
    lorasurgery.assemble("out")
    assert files(tmp_path / "parts") == expected


def test_parts_of_another_version_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "0.0.1")
    merge(part="1/1")
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PartsError, match=r"written by lorasurgery 0\.0\.1"):
        lorasurgery.assemble("out")
    with pytest.raises(PartsError, match=r"was written by lorasurgery 0\.0\.1 and not by"):
        merge(part="1/1")


@pytest.mark.parametrize("name", ["x" * 256, "/".join(["folder"] * 200), "../other", "/etc/passwd", ""])
def test_a_manifest_names_no_file_that_no_part_writes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    merge(part="1/2")
    content = json.loads(Path("out.parts/1-of-2", MANIFEST).read_text())
    check_manifest(content)
    with pytest.raises(ValueError, match="the files is not as a part writes it"):
        check_manifest({**content, "files": {**content["files"], name: "0" * 64}})


def test_a_second_assemble_clears_what_a_run_left_that_ended_after_it_had_joined_the_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for part in ("1/2", "2/2"):
        rerank(rank=2, part=part)
    lorasurgery.assemble("out")
    Path("out.partial").mkdir()  # its own, where the last call of a run is refused
    with pytest.raises(NothingToDoError, match="where the parts of out would be"):
        lorasurgery.assemble("out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_part_that_is_there_is_cleared_of_what_a_killed_run_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rerank(rank=2, part="1/2")
    (tmp_path / "out.parts" / "1-of-2.partial").mkdir()
    rerank(rank=2, part="1/2")
    assert [path.name for path in (tmp_path / "out.parts").iterdir()] == ["1-of-2"]
