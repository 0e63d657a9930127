"""Servers that fail, cut, lie or stand still: the right bytes come, or an error that names the file."""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import obstore
import pytest

from lorasurgery import open_checkpoint
from lorasurgery.errors import (
    DamagedFileError,
    MissingExtraError,
    RemoteError,
    SurgeryError,
    UnsupportedError,
)
from lorasurgery.remote import fetching, request, stores
from support.range_server import FAULTS
from support.remote_files import many_tensors, start_anew, stores_at


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    many_tensors(folder / "many")
    return folder


def test_a_thousand_requests_of_which_one_in_twenty_breaks_give_the_right_bytes(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 503, cut bodies, wrong lengths both ways, other ETags, other ranges, a byte now and then, and
    lengths that are only said.
    """
    monkeypatch.setattr(fetching, "PIECE_BYTES", 8192)
    monkeypatch.setattr(fetching, "JOINED_BYTES", 8192)
    monkeypatch.setattr(stores, "REQUEST_SECONDS", 1)
    local = open_checkpoint(models / "many")
    with stores_at(models, monkeypatch, broken=0.05) as server:
        for name in ("s3://many", f"{server.url}/many", "gs://many"):
            opened = open_checkpoint(name)
            for tensor in opened.tensors.values():
                assert tensor.advise is not None
                tensor.advise()
            for key, tensor in opened.tensors.items():
                assert np.array_equal(tensor.raw().bits, local.tensors[key].raw().bits), key
        assert len(server.answers) > 1000
        assert {each.fault for each in server.answers} >= {*FAULTS, ""}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("status", "the server answered with status 503, 7 times in a row"),
        ("cut", "the connection broke, 7 times in a row"),
        ("stale", "was changed while it was being read"),
        ("short", "7 times in a row"),
        ("shifted", "7 times in a row"),
        ("still", "an answer stopped half way, 3 times in a row"),
        ("circle", "is refused (it redirects from one address to the next without end)"),
    ],
)
def test_a_fault_that_stays_is_an_error_that_names_the_file(
    models: Path, monkeypatch: pytest.MonkeyPatch, fault: str, said: str
) -> None:
    if fault == "still":
        monkeypatch.setattr(stores, "REQUEST_SECONDS", 0.5)
    with stores_at(models, monkeypatch) as server:
        opened = open_checkpoint("s3://many")
        server.broken, server.faults = 1.0, (fault,)
        with pytest.raises((RemoteError, DamagedFileError), match=r"s3://many/model\.safetensors") as failed:
            opened.tensors["m020.weight"].read()
        assert said in str(failed.value)


@pytest.mark.parametrize("scheme", ["s3", "gs", "http"])
def test_how_often_a_request_is_sent_is_up_to_us(
    models: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """The client's own attempts, ten for each of ours, would take minutes."""
    monkeypatch.setattr(request, "ATTEMPTS", 2)
    with stores_at(models, monkeypatch) as server:
        opened = open_checkpoint(f"{server.url}/many" if scheme == "http" else f"{scheme}://many")
        server.forget()
        server.broken, server.faults = 1.0, ("status",)
        with pytest.raises(RemoteError, match="status 503, 2 times in a row"):
            opened.tensors["m020.weight"].read()
        assert len(server.answers) == 2


def test_a_length_that_is_only_said_is_not_waited_for(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wait took as long as a server may stand still, seven times."""
    local = open_checkpoint(models / "many").tensors["m020.weight"]
    with stores_at(models, monkeypatch, broken=1.0, faults=("boast",)) as server:
        opened = open_checkpoint(f"{server.url}/many").tensors["m020.weight"]
        server.forget()
        assert np.array_equal(opened.raw().bits, local.raw().bits)
        assert len(server.answers) == 1


def test_a_file_that_changes_under_way_is_an_error_and_is_opened_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_tensors(tmp_path / "served/many")
    path = tmp_path / "served/many/model.safetensors"
    with stores_at(tmp_path / "served", monkeypatch) as server:
        for name in ("s3://many", f"{server.url}/many"):
            opened = open_checkpoint(name)
            opened.tensors["m020.weight"].read()
            os.utime(path, ns=(0, path.stat().st_mtime_ns + 10**9))
            with pytest.raises(DamagedFileError, match=f"{name}/model.safetensors .* was changed while"):
                opened.tensors["m021.weight"].read()
            open_checkpoint(name).tensors["m021.weight"].read()


def test_a_list_whose_etags_have_no_quotes_is_of_the_same_files(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Azure answers: quotes in a header, none in a list."""
    with stores_at(models, monkeypatch, lists_bare_tags=True):
        assert open_checkpoint("s3://many").tensors["m020.weight"].read().shape == (160, 160)


def test_an_object_that_stands_for_a_folder_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As consoles of buckets make one of no bytes for a folder that somebody makes there."""
    many_tensors(tmp_path / "served/many")
    (tmp_path / "served/many/below").mkdir()
    (tmp_path / "served/many/below/notes.txt").write_text("x")
    with stores_at(tmp_path / "served", monkeypatch):
        pages = obstore.list

        def listed(*arguments: Any) -> list[Any]:
            found = list(pages(*arguments))
            (notes,) = (each for page in found for each in page if each["path"].endswith("notes.txt"))
            return [*found, [{**notes, "path": notes["path"].removesuffix("/notes.txt"), "size": 0}]]

        monkeypatch.setattr("obstore.list", listed)
        opened = open_checkpoint("s3://many", side_files=True)
        assert opened.tensors["m020.weight"].read().shape == (160, 160)


def test_a_change_shows_without_etags_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without ETag and time has its sizes held against the first one."""
    many_tensors(tmp_path / "served/many")
    path = tmp_path / "served/many/model.safetensors"
    with stores_at(tmp_path / "served", monkeypatch, marks_files=False) as server:
        opened = open_checkpoint(f"{server.url}/many")
        path.write_bytes(path.read_bytes() + b" ")
        with pytest.raises(DamagedFileError, match=r"many/model\.safetensors .* was changed while"):
            opened.tensors["m020.weight"].read()


def test_a_file_that_is_removed_under_way_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_tensors(tmp_path / "served/many")
    with stores_at(tmp_path / "served", monkeypatch):
        opened = open_checkpoint("s3://many")
        (tmp_path / "served/many/model.safetensors").unlink()
        with pytest.raises(DamagedFileError, match=r"s3://many/model\.safetensors was removed while"):
            opened.tensors["m020.weight"].read()


def test_a_server_without_ranges_is_refused(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        stores_at(models, monkeypatch, serves_ranges=False) as server,
        pytest.raises(RemoteError, match="does not serve ranges of files; download it"),
    ):
        open_checkpoint(f"{server.url}/many/model.safetensors")


def test_a_refusal_has_the_way_out_and_no_secret(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stores_at(models, monkeypatch, broken=1.0, faults=("refused",)) as server:
        address = f"{server.url}/many/model.safetensors?X-Amz-Signature=SECRET"
        with pytest.raises(RemoteError, match=r"is refused \(status 403\)") as failed:
            open_checkpoint(address)
        assert "SECRET" not in str(failed.value)
        assert "credentials" in str(failed.value)


def test_a_broken_connection_says_nothing_of_a_signed_address(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stores_at(models, monkeypatch, broken=1.0, faults=("cut",)) as server:
        address = f"{server.url}/many/model.safetensors?X-Amz-Signature=SECRET"
        with pytest.raises(RemoteError, match="the connection broke") as failed:
            open_checkpoint(address)
        assert "SECRET" not in str(failed.value)


def test_without_the_package_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obstore", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lorasurgery\[remote\]'"):
        open_checkpoint("s3://bucket/model")


@pytest.mark.parametrize(
    "name", ["model.safetensors", "config.json", "model.safetensors.index.json", "x.onnx_adapter", ""]
)
def test_a_size_that_no_file_has_is_not_believed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Boaster(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{1 << 60}")
            self.send_header("Content-Length", str(last + 1 - first))
            self.end_headers()
            self.wfile.write(bytes(last + 1 - first))

        def log_message(self, *_: object) -> None:
            pass

    start_anew(monkeypatch)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Boaster)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(SurgeryError, match=r"1152921504606846976 bytes, as its server says"):
            open_checkpoint(f"http://127.0.0.1:{server.server_port}/{name}")
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "address",
    ["http://[::1/x", "https://user:secret@[::1/x", "http://host/a%00b", "s3://bucket/a\nb", "s3://b/\x1b"],
)
def test_an_address_that_is_none_is_refused_and_not_shown(address: str) -> None:
    with pytest.raises(UnsupportedError) as failed:
        open_checkpoint(address)
    assert "secret" not in str(failed.value)
    assert str(failed.value).isprintable()
