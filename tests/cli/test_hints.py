"""Words of other tools get a hint, dtypes and sizes have all spellings, options that do nothing are
refused.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from lorasurgery import formats
from support.command_line import Run
from support.paths import FIXTURES

BASE, TUNED, ADAPTER = (FIXTURES / f"llama-{name}" for name in ("base", "tuned", "adapter"))
USAGE = 2


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["resize", "a"], "Did you mean 'rerank'?"),
        (["info", "a"], "Did you mean 'inspect'?"),
        (["train", "m", "--lr", "1"], "Did you mean '--rate'?"),
        (["train", "m", "--target_modules", "q"], "Did you mean '--target'?"),
        (["rerank", "a", "--dim", "4"], "Did you mean '--rank'?"),
        (["rerank", "a", "--rnak", "4"], "Did you mean '--rank'?"),
        (["extract", "a", "b", "--target-modules", "q"], "Did you mean '--include'?"),
        (["merge", "b", "a", "--scale", "0.5"], "follows its name after a colon, as in ADAPTER:0.5."),
        (["fuse", "b", "a", "--weights", "0.5"], "follows its name after a colon, as in ADAPTER:0.5."),
        (
            ["fuse", "a", "b", "--part", "1/2"],
            "Done in parts are merge, unmerge, extract, rerank, convert, diff -o and export-onnx",
        ),
        (["fuse", "a", "b", "--resume"], "diff -o, export-onnx and train have it; leave it out here"),
        (["diff", "a", "b", "--part", "1/2"], "--part is for the delta that -o writes"),
        (["export-onnx", "a", "b", "--swappable", "--part", "1/2"], "--part is for a checkpoint with its"),
        (["export-onnx", "a", "b", "--swappable", "--resume"], "--resume is for a checkpoint with its"),
        (["export-onnx", "a.onnx", "b", "--engine", "ray"], "--engine is for a checkpoint."),
        (["convert", "a", "--max-eror", "0.5"], "Did you mean '--max-error'?"),
    ],
)
def test_a_word_of_another_tool_is_pointed_on(run: Run, arguments: list[str], hint: str) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (USAGE, "")
    assert hint in done.err


@pytest.mark.parametrize(
    "arguments", [["rerank", "a", "--scale", "1"], ["zebra"], ["merge", "b", "a", "--zebra"]]
)
def test_a_word_that_is_like_none_gets_no_hint(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.code == USAGE
    assert "Did you mean" not in done.err
    assert "ADAPTER:0.5" not in done.err


@pytest.mark.parametrize("word", ["fp16", "float16", "half", "F16", "torch.float16"])
@pytest.mark.parametrize(
    "verb", [["extract", BASE, TUNED, "--rank", "1"], ["rerank", ADAPTER, "--rank", "1"]]
)
def test_a_dtype_has_all_its_names(run: Run, verb: list[object], word: str) -> None:
    report = json.loads(run(*verb, "--dtype", word, "-o", "out", "--json").out)
    assert report["dtype"] == "float16"


def test_a_merge_and_an_export_take_the_same_names(run: Run) -> None:
    assert run("merge", BASE, ADAPTER, "-o", "out", "--dtype", "bf16").code == 0
    written = [each for file in Path("out").glob("model-*") for each in load_file(file).values()]
    assert {str(each.dtype) for each in written} == {"torch.bfloat16"}
    for word in ("float32", "fp32", "float", "fp16", "half"):
        assert "does not exist" in run("export-onnx", "nowhere", "--dtype", word).err
    assert "'bf16' is not one of float32, float16." in run("export-onnx", "nowhere", "--dtype", "bf16").err


@pytest.mark.parametrize("size", [["30k"], ["30kB"], ["30", "kB"], ["30 KB"], ["30000"]])
def test_a_size_has_all_its_spellings(run: Run, size: list[str]) -> None:
    report = json.loads(run("rerank", ADAPTER, "--size", *size, "-o", "out", "--json").out)
    assert report["rank"] == "30KB"
    assert Path("out/adapter_model.safetensors").stat().st_size <= 30_000


def test_a_unit_that_is_a_file_is_that_file(run: Run) -> None:
    shutil.copytree(ADAPTER, "GB")
    done = run("merge", BASE, "--max-shard-size", "5000000", "GB", "--dry-run")
    assert (done.code, done.err) == (0, "")


def test_help_lists_the_formats_that_can_be_written(run: Run) -> None:
    for verb in ("extract", "rerank", "fuse", "convert"):
        said = "".join(run(verb, "--help").out.split())
        assert f"[{'|'.join(formats.written())}]" in said
        assert "litgpt" not in said
    assert "litgpt" not in formats.written()
    assert "read and not written" in run("extract", BASE, TUNED, "--format", "litgpt").err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fuse", ADAPTER, ADAPTER, "--seed", "1"], "--seed applies to dare"),
        (["merge", BASE, ADAPTER, "--max-shard-size", "0"], "at least 1 byte"),
        (["verify", BASE, ADAPTER, BASE, "--text", "hello"], "give --answers too"),
        (["convert", ADAPTER, "--for", "llamacpp", "--format", "kohya"], "--for llamacpp writes gguf"),
        (["convert", ADAPTER, "--max-error", "nan"], "not a finite number"),
        (["convert", ADAPTER, "--max-error", "0.1", "--max-loss", "0.1"], "former name of --max-error"),
        (["rerank", ADAPTER, "--rank", "2", "--max-rank", "4"], "give --rank alone"),
        (["extract", BASE, TUNED, "--dry-run", "--device", "nothing"], "--device 'nothing'"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(
    run: Run, work: Path, arguments: list[object], said: str
) -> None:
    done = run(*arguments)
    assert done.code != 0
    assert said in done.err
    assert not list(work.iterdir())


def test_the_former_name_of_the_bound_goes_on_working(run: Run) -> None:
    for option in ("--max-error", "--max-loss"):
        done = run("convert", ADAPTER, "--to", "lora", "--rank", "2", option, "0.01", "-o", "out")
        assert done.code == 1
        assert "--max-error allows 1.0 %" in done.err
        assert run("convert", ADAPTER, "--to", "lora", "--rank", "2", option, "1", "-o", option).code == 0
    assert "--max-loss" not in run("convert", "--help").out


def test_a_dyn_file_obeys_its_runtime_and_its_bound(run: Run) -> None:
    done = run("convert", ADAPTER, "--to", "dyn", "--for", "llamacpp", "--base", BASE, "-o", "a.gguf")
    assert (done.code, done.err) == (0, "")
    assert "gguf has no place for the mark of a LoRA-Dyn file" in done.out
    assert formats.find_adapter("a.gguf") == (Path("a.gguf"), "gguf")
    assert run("convert", ADAPTER, "--to", "dyn", "--for", "vllm", "-o", "b").code == 0
    assert json.loads(Path("b/adapter_config.json").read_text())["r"] == 8  # vLLM knows no rank 4
    refused = run("convert", ADAPTER, "--to", "dyn", "--rank", "2", "--max-error", "0.1", "-o", "c")
    assert (refused.code, refused.out) == (1, "")
    assert "--max-error allows 10.0 %" in refused.err
    assert not Path("c").exists()


def test_slips_are_noted(run: Run) -> None:
    twice = run("merge", BASE, ADAPTER, f"{ADAPTER}/", "-o", "twice")
    assert "is given 2 times, so that its change counts 2 times" in " ".join(twice.out.split())
    zero = run("merge", BASE, f"{ADAPTER}:0", "--dry-run")
    assert "has the weight 0, so that it changes nothing" in " ".join(zero.out.split())
    fused = run("fuse", ADAPTER, f"{ADAPTER}:-0.5", "-o", "fused")
    assert "is given 2 times, so that its change counts 0.5 times" in " ".join(fused.out.split())


def test_an_adapter_that_lies_deeper_is_named(run: Run) -> None:
    shutil.copytree(ADAPTER, "all/inner")
    done = run("merge", BASE, "all", "-o", "out")
    assert (done.code, done.err) == (0, "")
    assert "note: the adapter in all is all/inner" in done.out
    assert json.loads(Path("out/undo.json").read_text())["operations"][0]["adapters"] == ["all/inner:1"]
    for verb in (["rerank", "--rank", "2"], ["convert", "--to", "lora"], ["fuse"]):
        assert "note: the adapter in all is all/inner" in run(*verb, "all", "-o", verb[0]).out
    assert run("inspect", "all").out.startswith("all/inner")


def test_changes_that_cancel_in_a_part_are_left_out_and_told(run: Run) -> None:
    shutil.copytree(ADAPTER, "other")
    held = load_file("other/adapter_model.safetensors")
    key = next(name for name in held if "layers.0.self_attn.q_proj.lora_B" in name)
    save_file(
        {name: -tensor if name == key else tensor for name, tensor in held.items()},
        "other/adapter_model.safetensors",
    )
    report = json.loads(run("fuse", ADAPTER, "other", "-o", "out", "--json").out)
    assert report["dropped"] == ["model.layers.0.self_attn.q_proj"]
    assert "the changes cancel in 1 of 21 modules" in report["notes"][0]
    assert not [
        name for name in load_file("out/adapter_model.safetensors") if "layers.0.self_attn.q_proj" in name
    ]


@pytest.mark.parametrize(
    "words", [("extract", ""), ("merge", "base", ""), ("convert", "x", "-o", ""), ("rerank", "--base", "")]
)
def test_a_shell_completes_file_names(words: tuple[str, ...]) -> None:
    asked = {
        "_LORASURGERY_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(("lorasurgery", *words)),
        "COMP_CWORD": str(len(words)),
    }
    code = "import sys; sys.argv = ['lorasurgery']; from lorasurgery.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | asked, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("file,"), done
