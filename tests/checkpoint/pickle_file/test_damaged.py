"""Pickles with code, and files that are damaged, crafted or change while they are read, are refused."""

from __future__ import annotations

import os
import pickle
import tracemalloc
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lorasurgery.checkpoint.pickle_file import open_pickle
from lorasurgery.errors import (
    CheckpointError,
    DamagedFileError,
    NotACheckpointError,
    UnsafePickleError,
    UnsupportedError,
)
from support.paths import FIXTURES
from support.pickled_files import pickled, repacked, weights

BROKEN = FIXTURES / "broken"


def test_a_file_rewritten_after_opening_is_refused(path: Path) -> None:
    path.write_bytes(pickled({"a": torch.zeros(4)}))
    tensors, _ = open_pickle(path)
    path.rename(path.with_name("old"))
    path.write_bytes(pickled({"a": torch.ones(4)}))
    with pytest.raises(DamagedFileError, match="changed while it was being read"):
        tensors["a"].read()


@pytest.mark.parametrize("change", ["cut off", "written over", "replaced"])
@pytest.mark.parametrize("name", ["a.weight", "b.weight"])
@pytest.mark.parametrize("moment", ["before", "during"])
def test_a_file_that_changes_before_or_while_a_tensor_is_read_is_refused(
    path: Path, change: str, name: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mapped file that is cut off ends the process; so nothing may be mapped."""
    path.write_bytes(pickled(weights()))
    lazy = open_pickle(path)[0][name]

    def do() -> None:
        if change == "cut off":
            os.truncate(path, 200)
        elif change == "written over":
            path.write_bytes(pickled({"other": torch.ones(1000)}))
        else:
            path.rename(path.with_name("old"))
            path.write_bytes(pickled(weights()))

    read = os.preadv

    def change_and_read(*arguments: Any) -> int:
        do()
        return read(*arguments)

    if moment == "before":
        do()
    else:
        monkeypatch.setattr(os, "preadv", change_and_read)
    if (change, moment) == ("replaced", "during"):  # what is open is still the old file
        assert torch.equal(lazy.read(), weights()[name])
        return
    with pytest.raises(DamagedFileError, match=r"x\.pt (was changed while|ends at byte)"):
        lazy.read()


def test_a_storage_that_states_more_than_its_record_has_is_refused(path: Path) -> None:
    """What CVE-2026-24747 was about."""
    path.write_bytes(
        repacked(
            pickled({"a": torch.ones(8)}), lambda name, content: content[:8] if "/data/" in name else content
        )
    )
    with pytest.raises(
        DamagedFileError, match=r"x\.pt .*a storage of 32 bytes is in record '0', which has 8 bytes"
    ):
        open_pickle(path)


@pytest.mark.parametrize(("size", "stride", "offset"), [((9,), (1,), 0), ((4,), (3,), 0), ((8,), (1,), 1)])
def test_a_tensor_that_reaches_beyond_its_storage_is_refused(
    path: Path, size: tuple[int, ...], stride: tuple[int, ...], offset: int
) -> None:
    class Reaching:
        def __reduce__(self) -> tuple[Any, ...]:
            storage = torch.ones(8)._typed_storage()
            return torch._utils._rebuild_tensor_v2, (storage, offset, size, stride, False, OrderedDict())

    path.write_bytes(pickled({"a": Reaching()}))
    with pytest.raises(DamagedFileError, match=r"x\.pt: 'a' of shape .* reaches beyond its 32 stored bytes"):
        open_pickle(path)


def test_an_archive_with_a_record_twice_is_refused(path: Path) -> None:
    path.write_bytes(pickled({"a": torch.ones(8)}))
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(next(name for name in archive.namelist() if name.endswith("data/0")), b"\0" * 32)
    with pytest.raises(DamagedFileError, match=r"x\.pt is an archive that has a record twice"):
        open_pickle(path)


def test_a_pickle_with_code_is_refused_and_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        UnsafePickleError, match=r"pickle-with-code\.bin was not loaded.*save it as safetensors"
    ):
        open_pickle(BROKEN / "pickle-with-code.bin")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("legacy", [False, True], ids=["archive", "legacy"])
def test_a_pickled_model_is_refused(path: Path, legacy: bool) -> None:
    path.write_bytes(pickled(nn.Linear(2, 2), legacy=legacy))
    with pytest.raises(UnsafePickleError, match=r"torch\.nn\.modules\.linear\.Linear"):
        open_pickle(path)


@pytest.mark.parametrize(
    "content",
    [{}, [torch.ones(2)], torch.ones(2), 5, {"state": {0: {"m": torch.ones(2)}}}, {"model": {}}, {"a": "b"}],
    ids=str,
)
def test_what_holds_no_names_of_tensors_is_no_checkpoint(path: Path, content: Any) -> None:
    path.write_bytes(pickled(content))
    with pytest.raises(NotACheckpointError, match="holds no state dict"):
        open_pickle(path)


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta")
@pytest.mark.parametrize("kind", ["sparse", "compressed sparse", "meta"])
def test_tensors_that_are_not_plain_numbers_are_refused_by_name(path: Path, kind: str) -> None:
    odd = {
        "sparse": torch.eye(3).to_sparse(),
        "compressed sparse": torch.eye(3).to_sparse_csr(),
        "meta": torch.empty(3, device="meta"),
    }[kind]
    path.write_bytes(pickled(weights() | {"odd": odd}))
    with pytest.raises(UnsupportedError, match="'odd' is a sparse"):
        open_pickle(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"hello\n" * 99, b"<!DOCTYPE html>", b"\x00" * 64],
    ids=["empty", "two letters", "text", "html", "zeros"],
)
def test_what_begins_like_no_checkpoint_is_said_to_be_none(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(NotACheckpointError, match="neither as a zip archive nor as a pickle"):
        open_pickle(path)


@pytest.mark.parametrize(
    "content",
    [
        repacked(pickled(weights()), lambda name, content: None if name.endswith("data/1") else content),
        repacked(pickled(weights()), lambda name, content: None if name.endswith("data.pkl") else content),
        repacked(
            pickled(weights()), lambda name, content: content[:9] if name.endswith("data.pkl") else content
        ),
        b"\x80",
        b"\x80\x02}",
        pickle.dumps({"a": [1, 2]}, protocol=2),
    ],
    ids=["no data", "no pickle", "short pickle", "one letter", "cut pickle", "a pickle of something else"],
)
def test_a_damaged_file_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"x\.pt"):
        open_pickle(path)


@pytest.mark.parametrize("legacy", [False, True], ids=["archive", "legacy"])
def test_a_file_cut_off_anywhere_is_refused(path: Path, legacy: bool) -> None:
    whole = pickled({"a": torch.zeros(3), "b": torch.ones(2)}, legacy=legacy)
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError):
            open_pickle(path)


def test_what_torch_would_warn_of_is_not_said_beside_the_error(
    path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    path.write_bytes(pickle.dumps({"a": 1}, protocol=4))
    with pytest.raises(CheckpointError):
        open_pickle(path)
    assert [str(each.message) for each in recwarn] == []


def test_a_tensor_that_repeats_its_bytes_a_million_times_is_refused(path: Path) -> None:
    torch.save({"a": torch.ones(1).expand(20_000, 20_000), "b": torch.ones(2)}, path)
    assert path.stat().st_size < 4000
    with pytest.raises(UnsupportedError, match=r"'a'.*repeats 4 stored bytes to 1600000000.*contiguous"):
        open_pickle(path)


def test_a_pickle_that_announces_a_text_of_gigabytes_takes_no_such_memory(path: Path) -> None:
    path.write_bytes(b"\x80\x02X" + (3 << 30).to_bytes(4, "little") + b"short.")
    tracemalloc.start()
    try:
        with pytest.raises(DamagedFileError):
            open_pickle(path)
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()


def test_an_archive_that_unpacks_to_a_thousand_times_its_size_is_refused(path: Path) -> None:
    path.write_bytes(repacked(pickled({"a": torch.zeros(10**7)}), lambda _, data: data, zipfile.ZIP_DEFLATED))
    assert path.stat().st_size < 10**5
    with pytest.raises(UnsupportedError, match=r"compressed.*40\d{6} bytes of memory.*zip -0"):
        open_pickle(path)


def in_the_directory(archive: bytes, change: Callable[[bytearray, int], None]) -> bytes:
    """An archive with something changed in the directory's entry of its first record."""
    changed = bytearray(archive)
    change(changed, changed.index(b"PK\x01\x02"))
    return bytes(changed)


@pytest.mark.parametrize(
    "change",
    [
        lambda data, at: data.__setitem__(slice(at + 46, at + 48), b"\xff\xfe"),  # a name
        lambda data, at: data.__setitem__(at + 6, 128),  # the version that it takes to unpack it
        lambda data, at: data.__setitem__(at + 9, 8),  # the flag for UTF-8
    ],
    ids=["a name that is not UTF-8", "version 12.8", "a flag"],
)
def test_an_archive_with_an_odd_directory_is_refused_or_read(
    path: Path, change: Callable[[bytearray, int], None]
) -> None:
    path.write_bytes(in_the_directory(pickled(weights()), change))
    try:
        assert set(open_pickle(path)[0]) == set(weights())
    except CheckpointError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right


def test_a_name_that_utf8_cannot_spell_is_refused(path: Path) -> None:
    torch.save({"\ud800": torch.ones(2)}, path)
    with pytest.raises(DamagedFileError, match="UnicodeEncodeError"):
        open_pickle(path)
