"""A good delta and a good recovered adapter, and what is to come of them when they are damaged."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from lorasurgery import merge, recover
from lorasurgery.checkpoint.digest import digest
from lorasurgery.checkpoint.folder import EXCEPTIONS_FILE
from lorasurgery.checkpoint.safetensors_file import open_safetensors, read_header
from lorasurgery.errors import SurgeryError
from lorasurgery.surgery.apply import apply
from lorasurgery.surgery.delta.delta_file import TEXT, TEXT_HASH
from lorasurgery.surgery.exceptions import KEY
from lorasurgery.surgery.make_delta import make_delta
from support.seeded_merges import lora_merge


def _signed(path: Path, text: str) -> None:
    """Give a delta another text, with all hashes that a forger can make."""
    from blake3 import blake3

    with suppress(Exception):  # no forger can sign what has no structure
        content = json.loads(text)
        content["parts"] = {name: digest(tensor) for name, tensor in open_safetensors(path).items()}
        for side in ("base", "target"):
            rows = [
                [file, "\0bytes" if row[0] is None else row[0], row[4]]
                for file, held in content[side]["files"].items()
                for row in held["pieces"]
            ]
            content[side]["id"] = blake3(json.dumps(rows).encode()).hexdigest()
        text = json.dumps(content, separators=(",", ":"))
    with suppress(SafetensorError):  # nor numbers that torch has no dtype for
        save_file(load_file(path), path, {TEXT: text, TEXT_HASH: blake3(text.encode()).hexdigest()})


def _text_of(path: Path, key: str) -> Path:
    """Copy a text of a file's header beside it, where it is damaged in its structure."""
    text = path.with_suffix(".json")
    text.write_text(read_header(path)[0].metadata[key])
    return text


def good_delta(folder: Path) -> list[Path]:
    """Two folders, and the delta from one to the other, which has a piece of each method."""
    pair = lora_merge((96, 64), 2, 0.02)
    torch.manual_seed(0)
    one = {"same": torch.ones(9), "wide": torch.randn(40), "rows": torch.randn(6, 8), "low": pair.base}
    one |= {"few": torch.randn(3000), "gone": torch.randn(7)}
    few = one["few"].clone()
    few[5] += 1
    other = {"same": one["same"], "wide": one["wide"].bfloat16(), "low": pair.merged, "few": few}
    other["rows"] = torch.cat([one["rows"] * 1.01, torch.randn(2, 8)])
    for name, tensors in (("one", one), ("other", other)):
        (folder / name).mkdir()
        save_file(tensors, folder / name / "model.safetensors")
        (folder / name / "notes.txt").write_text(f"of {name}")
    make_delta(folder / "one", folder / "other", folder / "x.safetensors")
    return [folder / "x.safetensors", *[_text_of(folder / "x.safetensors", TEXT)] * 4]


def read_signed_delta(folder: Path) -> None:
    """Apply a delta both ways, with hashes that fit where its text was damaged; a refusal leaves nothing."""
    text, refused = (folder / "x.json").read_text(errors="replace"), []
    with tempfile.TemporaryDirectory() as scratch:
        delta = Path(shutil.copy(folder / "x.safetensors", scratch))
        # Of half of the files whose tensors are damaged a forger gave the hashes, too.
        is_forged = text not in _texts(delta) or delta.read_bytes().count(0) % 2 == 1
        if is_forged and _texts(delta):
            _signed(delta, text)
        for source, goal in (("one", "other"), ("other", "one")):
            output = Path(scratch) / f"from {source}"
            try:
                apply(folder / source, delta, output, revert=source == "other")
            except SurgeryError as error:
                refused.append(error)
                assert not output.exists()
            else:
                assert is_forged or files_in(output) == files_in(folder / goal)
    if refused:
        raise refused[0]


def _texts(path: Path) -> Collection[str]:
    try:
        return read_header(path)[0].metadata.values()
    except SurgeryError:
        return ()


def files_in(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def good_exceptions(folder: Path) -> list[Path]:
    """A base, the model with a LoRA merged into it, and the adapter that was recovered."""
    pairs = {
        f"layers.0.{name}.weight": lora_merge((96, 64), rank, 0.02) for name, rank in (("up", 2), ("down", 1))
    }
    save_file({name: pair.base for name, pair in pairs.items()}, folder / "base.safetensors")
    merged = {name: pair.merged for name, pair in pairs.items()}
    save_file(merged, folder / "merged.safetensors", {"format": "pt"})
    recover(folder / "base.safetensors", folder / "merged.safetensors", folder / "recovered")
    path = folder / "recovered" / EXCEPTIONS_FILE
    return [path, *[_text_of(path, KEY)] * 4]


def merge_with_exceptions(folder: Path) -> None:
    """Merge a recovered adapter: its model comes back whole, or a note says that exceptions are unused."""
    path = folder / "recovered" / EXCEPTIONS_FILE
    text = path.with_suffix(".json").read_text(errors="replace")
    with tempfile.TemporaryDirectory() as scratch:
        adapter, output = Path(scratch) / "recovered", Path(scratch) / "again"
        shutil.copytree(folder / "recovered", adapter)
        if _texts(path) and text not in _texts(path):
            with suppress(SafetensorError):  # no forger can sign numbers that torch has no dtype for
                save_file(load_file(path), adapter / EXCEPTIONS_FILE, {KEY: text})
        try:
            report = merge(folder / "base.safetensors", adapter, output)
        except SurgeryError:
            assert not output.exists()
            raise
        made = load_file(next(output.glob("*.safetensors")))
        assert sorted(path.name for path in Path(scratch).iterdir()) == ["again", "recovered"]
    wanted = load_file(folder / "merged.safetensors")
    is_whole = made.keys() == wanted.keys() and all(made[name].equal(wanted[name]) for name in wanted)
    assert is_whole or any("are not used" in note for note in report.forecast.notes)
