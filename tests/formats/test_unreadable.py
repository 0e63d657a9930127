"""A file that cannot be read now is not called a file of another kind."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from lorasurgery import formats
from lorasurgery.errors import RemoteError, UnreadableError
from lorasurgery.formats import _state_dict

# A file of Linux whose first bytes cannot be read: EIO.
BROKEN = Path("/proc/self/mem")

pytestmark = pytest.mark.skipif(not BROKEN.exists(), reason="needs Linux's /proc")


@pytest.mark.parametrize("name", ["adapter.pt", "adapter.gguf", "adapter.onnx_adapter", "lora.bin"])
def test_an_error_of_the_disk_is_no_verdict(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to(BROKEN)
    with pytest.raises(UnreadableError, match=rf"{name} could not be read: the disk"):
        formats.find_adapter(str(tmp_path / name))


def test_a_server_that_does_not_answer_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> NoReturn:
        raise RemoteError("adapter.pt could not be read: no answer came in time.")

    (tmp_path / "adapter.pt").touch()
    monkeypatch.setattr(_state_dict, "tensors_in", fails)
    with pytest.raises(RemoteError, match="no answer came in time"):
        formats.find_adapter(str(tmp_path / "adapter.pt"))


def test_a_config_that_cannot_be_read_is_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "adapters.safetensors").touch()
    (tmp_path / "adapter_config.json").symlink_to(BROKEN)
    with pytest.raises(OSError, match="Input/output error"):
        formats.load("mlx").recognise(tmp_path)
