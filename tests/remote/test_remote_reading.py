"""What is read from buckets and web servers is what the files have, and little more than that travels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lorasurgery import SurgeryError, convert, inspect, open_checkpoint
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.folder import weight_files
from lorasurgery.remote import Mark, RemoteFile, fetching, is_address, stand_ins
from lorasurgery.remote.stand_ins import MARKER
from support.paths import FIXTURES
from support.range_server import RangeServer
from support.remote_files import EXTRA_BYTES, SHARE, many_tensors, start_anew, stores_at


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one model of many tensors; links lead to the fixtures, in shards."""
    folder = tmp_path_factory.mktemp("served")
    many_tensors(folder / "many")
    for name in ("llama-base", "llama-adapter", "bert-base"):
        (folder / name).symlink_to(FIXTURES / name)
    return folder


@pytest.fixture
def server(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RangeServer]:
    with stores_at(models, monkeypatch) as running:
        yield running


def assert_equal(one: Checkpoint, other: Checkpoint) -> None:
    assert list(one.tensors) == list(other.tensors)
    for name, tensor in one.tensors.items():
        assert np.array_equal(tensor.raw().bits, other.tensors[name].raw().bits), name


@pytest.mark.parametrize(
    "name",
    [
        "{url}/many",
        "{url}/many/",
        "{url}/many/model.safetensors",
        "{url}/many/model.safetensors?X-Amz-Signature=abc%2F",
        "s3://many",
        "s3://many/model.safetensors",
        "gs://many",
        "{url}/llama-base",
        "s3://llama-base",
        "gs://llama-base/model.safetensors.index.json",
    ],
)
def test_every_kind_of_address_gives_the_local_bytes(server: RangeServer, models: Path, name: str) -> None:
    local = models / ("many" if "many" in name else "llama-base")
    opened = open_checkpoint(name.format(url=server.url))
    assert_equal(opened, open_checkpoint(local))
    if "?" not in name:
        assert opened.config == open_checkpoint(local).config


def test_opening_moves_two_small_ranges_a_file(server: RangeServer) -> None:
    open_checkpoint("s3://many")
    sent = [each for each in server.answers if each.path.endswith(".safetensors")]
    assert len(sent) <= 2
    assert sum(each.nbytes for each in sent) <= fetching.HEAD_BYTES


def test_one_tensor_moves_its_own_bytes(server: RangeServer, models: Path) -> None:
    opened = open_checkpoint("s3://many")
    tensor = opened.tensors["m020.weight"]
    before = server.nbytes_of("model.safetensors")
    found = tensor.raw().bits
    assert np.array_equal(found, open_checkpoint(models / "many").tensors["m020.weight"].raw().bits)
    assert server.nbytes_of("model.safetensors") - before == tensor.nbytes


def test_rows_and_samples_move_their_own_bytes(server: RangeServer, models: Path) -> None:
    local = open_checkpoint(models / "many").tensors["m030.weight"]
    tensor = open_checkpoint("s3://many").tensors["m030.weight"]
    before, row = server.nbytes_of("model.safetensors"), tensor.nbytes // tensor.shape[0]
    assert np.array_equal(tensor.raw_rows(3, 9).bits, local.raw_rows(3, 9).bits)
    assert np.array_equal(tensor.raw_sample([20, 40, 60]).bits, local.raw_sample([20, 40, 60]).bits)
    assert server.nbytes_of("model.safetensors") - before == 9 * row


def test_advised_tensors_travel_together_and_once(server: RangeServer) -> None:
    """80 tensors in a row are far fewer requests, and none is asked for again when it is read."""
    opened = open_checkpoint("s3://many")
    used = sum(each.nbytes for each in opened.tensors.values())
    server.forget()
    for tensor in opened.tensors.values():
        assert tensor.advise is not None
        tensor.advise()
    for tensor in opened.tensors.values():
        tensor.raw()
    assert len(server.answers) <= 60
    assert server.nbytes <= SHARE * used + EXTRA_BYTES


@pytest.mark.parametrize("in_flight", [1, 8])
def test_as_many_requests_are_under_way_as_asked_for(
    server: RangeServer, monkeypatch: pytest.MonkeyPatch, in_flight: int
) -> None:
    start_anew(monkeypatch, in_flight)
    opened = open_checkpoint("s3://many")
    server.forget()
    server.seconds = 0.2
    for name in sorted(opened.tensors, reverse=True):
        advise = opened.tensors[name].advise
        assert advise is not None
        advise()
    for tensor in opened.tensors.values():
        tensor.raw()
    assert server.busiest == in_flight


@pytest.mark.usefixtures("server")
def test_a_stand_in_read_past_the_seam_is_no_weight_file() -> None:
    """Code that opened it as a file of this machine would fail, and never read zeros for numbers."""
    opened = open_checkpoint("s3://many")
    (file,) = weight_files(opened.folder)[0]
    assert file.read_bytes().startswith(MARKER)
    assert file.stat().st_blocks * 512 <= 1 << 16
    with pytest.raises(Exception, match="header"):
        __import__("safetensors.torch").torch.load_file(file)


@pytest.mark.parametrize("suffix", ["bin", "gguf"])
def test_pickles_and_gguf_files_are_read_by_ranges_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    import torch
    from gguf import GGUFWriter

    (tmp_path / "served/one").mkdir(parents=True)
    path = tmp_path / f"served/one/weights.{suffix}"
    tensors = {f"t{index}.weight": torch.randn(256, 256) for index in range(8)}
    if suffix == "bin":
        torch.save(tensors, path)
    else:
        writer = GGUFWriter(path, "llama")
        for name, tensor in tensors.items():
            writer.add_tensor(name, tensor.numpy())
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    with stores_at(tmp_path / "served", monkeypatch) as server:
        opened = open_checkpoint(f"s3://one/weights.{suffix}")
        read = opened.tensors["t3.weight"].read()
        assert torch.equal(read, tensors["t3.weight"])
        assert server.nbytes <= SHARE * read.nbytes + 2 * EXTRA_BYTES
        assert_equal(opened, open_checkpoint(path))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("s3://absent/model", "There is no file at s3://absent/model"),
        ("s3://many/other.safetensors", "There is no file s3://many/other.safetensors"),
        ("{url}/absent", "none of the usual files of a model or an adapter at {url}/absent"),
        ("gs://", "gs:/// is not an address"),
        ("s3://many/../x", "s3://many/../x is not an address"),
        ("https://me:pass@example.org/x", "An address of example.org has a user name or a password"),
    ],
)
def test_what_is_not_there_is_said_in_a_line(server: RangeServer, name: str, said: str) -> None:
    with pytest.raises(SurgeryError) as failed:
        open_checkpoint(name.format(url=server.url))
    assert said.format(url=server.url) in str(failed.value)
    assert "me:pass" not in str(failed.value)


@pytest.mark.parametrize(
    "name", ["http:\\\\me:pass@h/x", "https:/me:pass@h/x", "S3:\\b", "http:\\\\me:pass@h/x:0.5"]
)
def test_an_address_with_other_slashes_is_not_repeated(name: str) -> None:
    for call in (open_checkpoint, inspect, convert):
        with pytest.raises(SurgeryError, match="An address has ://") as failed:
            call(name)
        assert "pass" not in str(failed.value).replace("password", "")


def test_only_addresses_are_addresses() -> None:
    assert all(map(is_address, ["s3://b", "S3://b/k", "gs://b", "az://c/k", "http://h/x", "https://h"]))
    others = ["org/name", "hf://org/name", "https://huggingface.co/org/name", "./s3", "C:\\x", "ftp://h/x"]
    assert not any(map(is_address, others))


def test_names_of_a_bucket_that_lead_out_of_a_folder_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bucket's keys may be anything; that of a small file becomes a path on this machine."""

    class Idle:
        def advise(self, *_: object) -> None:
            pass

    monkeypatch.setattr(stand_ins, "fetcher", Idle)
    monkeypatch.setattr(stand_ins, "whole", lambda _: b"{}")
    names = ["../out.json", "a/../../out.json", "/tmp/out.json", "a//b.json", "", "./c.json", "a\0.json"]
    names += ["x" * 300 + ".json", "inside/config.json"]
    (tmp_path / "model").mkdir()
    mark = Mark(2, "tag")
    files = {name: RemoteFile(name, lambda _: (None, ""), mark) for name in names}  # type: ignore[arg-type,return-value]
    stand_ins.fill(tmp_path / "model", files)
    made = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()]
    assert made == ["model/inside/config.json"]
