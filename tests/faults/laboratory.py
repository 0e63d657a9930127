"""The files that the runs work on, and the command lines that are tried."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from support.paths import FIXTURES

INPUTS = ("llama-base", "llama-tuned", "llama-adapter", "bert-base", "films.tsv")


@dataclass(frozen=True)
class Scene:
    """A command line, and the name of its output; the output of `before` has that name already."""

    arguments: tuple[str, ...]
    output: str = "out"
    before: tuple[str, ...] = ()
    # What stays beside the output until a run with --resume or --force has ended.
    kept: str = ""
    # What a run takes away when it is complete: laid out anew for each trial.
    consumes: tuple[str, ...] = ()
    # The exit code of a run that could not do its work.
    trouble: int = 1
    # A trial takes seconds, not tenths: the quick sweep leaves it out.
    is_slow: bool = False


def _conversion(file_format: str, output: str) -> Scene:
    base = ("--base", "llama-base")
    return Scene(("convert", "llama-adapter", "--format", file_format, *base, "-o", output), output)


PARTED = ("merge", "llama-base", "llama-adapter")
SCENES: dict[str, Scene] = {
    "merge": Scene(("merge", "llama-base", "llama-adapter", "-o", "out")),
    "merge --force": Scene(
        ("merge", "llama-base", "llama-adapter", "-o", "out", "--force"),
        before=("merge", "llama-base", "llama-adapter:-0.5", "-o", "out"),
    ),
    "merge --no-undo": Scene(("merge", "llama-base", "llama-adapter", "--no-undo", "-o", "out")),
    "unmerge": Scene(("unmerge", "merged", "-o", "out")),
    "extract": Scene(("extract", "llama-base", "llama-tuned", "--rank", "2", "-o", "out")),
    "extract --size": Scene(("extract", "llama-base", "llama-tuned", "--size", "20kB", "-o", "out")),
    "extract --recover": Scene(("extract", "llama-base", "merged", "--recover", "-o", "out")),
    "diff": Scene(("diff", "llama-base", "llama-tuned", "-o", "out.delta"), "out.delta", trouble=2),
    "apply": Scene(("apply", "llama-base", "tuned.delta", "-o", "out")),
    "merge --part": Scene((*PARTED, "-o", "out", "--part", "1/2"), "out.parts/1-of-2"),
    "assemble": Scene(("assemble", "parted"), "parted", consumes=("parted.parts",)),
    "rerank": Scene(("rerank", "llama-adapter", "--rank", "1", "-o", "out")),
    "rerank --force": Scene(
        ("rerank", "llama-adapter", "--rank", "1", "-o", "out", "--force"),
        before=("rerank", "llama-adapter", "--rank", "2", "-o", "out"),
    ),
    "fuse": Scene(("fuse", "llama-adapter", "llama-adapter:0.5", "-o", "out")),
    "convert to peft": _conversion("peft", "out"),
    "convert to mlx": _conversion("mlx", "out"),
    "convert to kohya": _conversion("kohya", "out.safetensors"),
    "convert to loralib": _conversion("loralib", "out.pt"),
    "convert to gguf": _conversion("gguf", "out.gguf"),
    "convert to onnx": _conversion("onnx", "out.onnx_adapter"),
    "export-onnx": Scene(("export-onnx", "bert-base", "--no-verify", "-o", "out"), is_slow=True),
    "train": Scene(
        (
            "train",
            "bert-base",
            "--data",
            "films.tsv",
            "--rank",
            "2",
            "--steps",
            "2",
            "--resume",
            "--keep-every",
            "1",
            "-o",
            "out",
        ),
        kept="out.training",
        is_slow=True,
    ),
}

# What the scenes read besides the inputs, and how it is made.
SETUP = (
    Scene(("merge", "llama-base", "llama-adapter", "-o", "merged")),
    Scene(("diff", "llama-base", "llama-tuned", "-o", "tuned.delta")),
    *(Scene((*PARTED, "-o", "parted", "--part", part)) for part in ("1/2", "2/2")),
)
# What is made for the scenes that consume it, and is no input of the others.
CONSUMED = ("parted.parts",)


def lay_out(folder: Path) -> None:
    """Copy the inputs into an empty folder."""
    for name in INPUTS:
        source = FIXTURES / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder / name)


def state(path: Path) -> dict[str, str]:
    """The hash of every file below a path, by its place; empty where there is nothing."""
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    return {str(each.relative_to(path)): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}
