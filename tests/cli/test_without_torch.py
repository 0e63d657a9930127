"""Verbs that only need files load no torch, which takes a second: merge, unmerge, verify, check, diff.

Nor do they load what takes some tens of milliseconds each and is for other machines or files.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from support.paths import FIXTURES, ROOT

BASE, LORA = FIXTURES / "llama-base", FIXTURES / "llama-adapter"
# What a merge of LoRA on Linux has no use for.
NEEDLESS = (
    *("psutil", "importlib.metadata", "configparser", "netrc", "hashlib", "rich._emoji_codes"),
    *("lorasurgery.targets", "lorasurgery.variants.vera", "lorasurgery.variants.waveft"),
)
# Says on its last line which of these modules were loaded.
PROBE = (
    "import atexit, sys\n"
    f"loaded = lambda: print('loaded', *(name for name in {('torch', *NEEDLESS)} if name in sys.modules))\n"
    "atexit.register(loaded)\n"
    "from lorasurgery.cli.main import main\n"
    "main()\n"
)


def loaded(*arguments: str | Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    word, *found = done.stdout.splitlines()[-1].split()
    assert word == "loaded"
    return found


def loads_torch(*arguments: str | Path) -> bool:
    return "torch" in loaded(*arguments)


def test_a_merge_of_lora_loads_nothing_for_other_machines_and_methods(tmp_path: Path) -> None:
    loaded("merge", BASE, LORA, "-o", tmp_path / "first")  # which compiles kernels, where none has before
    found = loaded("merge", BASE, LORA, "-o", tmp_path / "second")
    assert found == (["psutil"] if sys.platform != "linux" else [])


def test_lora_is_merged_verified_and_taken_out_again(tmp_path: Path) -> None:
    assert not loads_torch("merge", BASE, LORA, "-o", tmp_path / "merged")
    assert not loads_torch("verify", BASE, LORA, tmp_path / "merged")
    assert not loads_torch("unmerge", tmp_path / "merged", "-o", tmp_path / "back")
    weights = [path.name for path in BASE.glob("*.safetensors")]
    assert weights
    assert all((tmp_path / "back" / name).read_bytes() == (BASE / name).read_bytes() for name in weights)


def test_what_torch_computes_loads_it(tmp_path: Path) -> None:
    """Without which the test above could not fail."""
    assert loads_torch("merge", BASE, LORA, "--rounding", "peft", "-o", tmp_path / "merged")


def test_two_checkpoints_of_one_dtype_are_compared() -> None:
    assert not loads_torch("diff", BASE, BASE)


def test_an_adapter_is_checked_against_a_target() -> None:
    assert not loads_torch("check", LORA, "--base", BASE, "--for", "vllm")


def test_lora_of_an_image_model_is_merged(tmp_path: Path) -> None:
    path = "transformer_blocks.0.attn.to_q"
    save_file({f"{path}.weight": np.ones((8, 8), np.float16)}, tmp_path / "base.safetensors")
    sides = {"lora_A": np.ones((2, 8), np.float32), "lora_B": np.ones((8, 2), np.float32)}
    factors = {f"transformer.{path}.{side}.weight": numbers for side, numbers in sides.items()}
    save_file(factors, tmp_path / "lora.safetensors")
    merged = tmp_path / "merged"
    assert not loads_torch(
        "merge", tmp_path / "base.safetensors", tmp_path / "lora.safetensors", "-o", merged
    )
    assert (load_file(merged / "base.safetensors")[f"{path}.weight"] == 3).all()


def test_an_adapter_is_extracted_reranked_fused_and_inspected(tmp_path: Path) -> None:
    base, tuned = FIXTURES / "bert-base", FIXTURES / "bert-tuned"
    assert not loads_torch("extract", base, tuned, "-o", tmp_path / "extracted")
    assert not loads_torch("extract", base, tuned, "--noise-edge", "-o", tmp_path / "edge")
    assert not loads_torch("extract", BASE, FIXTURES / "llama-merged", "--recover", "-o", tmp_path / "found")
    assert not loads_torch("rerank", LORA, "--rank", "2", "-o", tmp_path / "reranked")
    assert not loads_torch("fuse", LORA, tmp_path / "reranked", "--method", "ties", "-o", tmp_path / "fused")
    for subject in ((LORA,), (BASE, LORA), (base,), (base, tuned), (BASE, FIXTURES / "llama-tuned")):
        assert not loads_torch("inspect", *subject), subject
