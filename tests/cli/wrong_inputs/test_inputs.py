"""Files and folders that are not what a verb expects are refused in one line that names them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from safetensors.torch import save_file

from support.command_line import Run
from support.paths import FIXTURES
from support.wrong_inputs import BERT, LLAMA, Refused, save, weights

BROKEN = FIXTURES / "broken"
# What lies in fixtures/broken -> what the line says of it.
SAID = {
    "truncated.safetensors": "is truncated",
    "trailing-bytes.safetensors": "bytes that belong to no tensor",
    "lying-offsets-beyond.safetensors": "which takes 16 bytes, but its offsets",
    "lying-offsets-overlap.safetensors": "overlaps the tensor before it",
    "lying-offsets-hole.safetensors": "leaves a hole",
    "lying-offsets-reversed.safetensors": "its offsets 32..16",
    "lying-offsets-size.safetensors": "which takes 24 bytes",
    "negative-shape.safetensors": "malformed",
    "unknown-dtype.safetensors": "'F33'",
    "bad-json.safetensors": "not valid JSON",
    "not-a-mapping.safetensors": "not a JSON object",
    "duplicate-key.safetensors": "'a' stands twice",
    "huge-header.safetensors": "announces a header of 1152921504606846976 bytes",
    "empty.safetensors": "has 0 bytes",
    "secret.safetensors": "no tensor in common",
    "index-outside": "'../secret.safetensors'",
    "index-missing-shard": "model-00002-of-00002.safetensors",
    "index-lies": "'c' is not in",
    "nan": "model.layers.0.mlp.up_proj.weight",
    "nan-base": "no tensor in common",
    "pickle-with-code.bin": "could run code",
    "zip-garbage.pt": "cut off or damaged",
    "not-a-checkpoint.txt": "is not a checkpoint",
}


def test_there_is_a_case_for_everything_broken() -> None:
    assert SAID.keys() == {path.name for path in BROKEN.iterdir()}


@pytest.mark.parametrize("name", SAID)
def test_a_broken_input_is_refused_on_either_side(refused: Refused, name: str) -> None:
    if name == "nan":
        for pair in ((BROKEN / "nan-base", BROKEN / "nan"), (BROKEN / "nan", BROKEN / "nan-base")):
            assert "NaN" in (line := refused("extract", *pair))
            assert SAID[name] in line
        return
    assert SAID[name] in refused("extract", BROKEN / name, BERT[1], "-o", "out")
    assert SAID[name] in refused("extract", BERT[0], BROKEN / name, "-o", "out")


def test_a_pickle_with_code_is_not_run(refused: Refused, work: Path) -> None:
    refused("extract", BROKEN / "pickle-with-code.bin", BERT[1])
    assert not (work / "pickle-was-run").exists()


@pytest.mark.parametrize(
    ("base", "tuned", "said"),
    [
        ("absent", BERT[1], "'absent' does not exist"),
        (BERT[0], "absent/", "'absent/' does not exist"),
        ("", BERT[1], "A path is empty"),
        (".", BERT[1], "holds no weights"),
        ("a/b/c", BERT[1], "'a/b/c' does not exist"),
        ("~nobody/x", BERT[1], "'~nobody/x' does not exist"),
        ("x" * 5000, BERT[1], "File name too long"),
        ("two\nlines\x1b[31m", BERT[1], "two\\nlines"),
        (__file__, BERT[1], "is not a checkpoint"),
        ("/dev/null", BERT[1], "neither a file nor a folder"),
        ("/proc", BERT[1], "holds no weights"),
        (BERT[0], LLAMA[1], "have no tensor in common"),
        (LLAMA[0], BERT[1], "have no tensor in common"),
        (BERT[0], BERT[0], "are equal"),
        (BERT[0], BERT[0] / "model.safetensors", "are equal"),
        (FIXTURES / "gpt2-base", LLAMA[1], "29 of 30 parameters of"),
        (LLAMA[0], BROKEN / "nan", "differ in shape"),
    ],
    ids=lambda each: ascii(str(each))[-40:],
)
def test_two_inputs_that_are_not_a_base_and_its_fine_tune_are_refused(
    refused: Refused, base: object, tuned: object, said: str
) -> None:
    assert said in refused("extract", base, tuned)


def test_a_folder_of_an_onnx_model_is_said_to_be_one(refused: Refused, work: Path) -> None:
    (work / "exported").mkdir()
    (work / "exported" / "model.onnx").write_bytes(b"")
    assert "holds an ONNX model (model.onnx)" in refused("extract", work / "exported", BERT[1])


def test_a_name_that_might_be_on_the_hub_says_what_to_do_without_a_network(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    def out_of_reach(*_: object, **__: object) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr(huggingface_hub.HfApi, "repo_info", out_of_reach)
    assert "Run `hf download no/such`" in refused("extract", "no/such", BERT[1])


def test_an_adapter_is_no_checkpoint(refused: Refused, run: Run) -> None:
    assert run("extract", *BERT, "-o", "adapter").code == 0
    for arguments in (
        ["extract", "adapter", BERT[1]],
        ["extract", BERT[0], "adapter"],
        ["merge", "adapter", BERT[0]],
    ):
        said = refused(*arguments)
        assert "adapter holds an adapter, and a full checkpoint is needed here" in said
        assert "Were the two swapped?" in said


@pytest.mark.parametrize(
    "verb", [["merge", BERT[0]], ["rerank"], ["convert"], ["fuse"], ["unmerge", BERT[0], "--adapter"]]
)
def test_a_full_checkpoint_is_no_adapter(refused: Refused, verb: list[object]) -> None:
    said = refused(*verb, BERT[1])
    assert "it is a full checkpoint. To get the adapter in it: `lorasurgery extract BASE" in said


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("tf_model.h5", "a TensorFlow checkpoint (tf_model.h5)"),
        ("flax_model.msgpack", "a Flax checkpoint (flax_model.msgpack)"),
        ("model.ckpt.index", "a TensorFlow checkpoint (model.ckpt.index)"),
        ("v1-5.ckpt", "a PyTorch pickle under another name"),
    ],
)
def test_weights_of_other_kinds_are_called_by_their_names(
    refused: Refused, work: Path, file: str, kind: str
) -> None:
    (work / "folder").mkdir()
    (work / "folder" / file).write_bytes(b"x")
    for arguments in (
        ["inspect", "folder"],
        ["extract", "folder", BERT[1]],
        ["rerank", "folder"],
        ["inspect", f"folder/{file}"],
    ):
        said = refused(*arguments)
        assert kind in said
        assert "which is not read; " in said


def test_several_weight_files_are_not_guessed_at(refused: Refused) -> None:
    folder = save("several", weights())
    save_file(weights(), folder / "other.safetensors")
    (folder / "model.safetensors").rename(folder / "one.safetensors")
    assert "2 weight files" in refused("extract", "several", "several")


@pytest.mark.parametrize(
    "words",
    [
        ("inspect", "pipe"),
        ("inspect", BERT[0], "pipe"),
        ("convert", "pipe", "--to", "lora", "-o", "out"),
        ("fuse", "pipe", "pipe", "-o", "out"),
        ("merge", BERT[0], "pipe", "-o", "out"),
        ("check", "pipe", "--base", BERT[0], "--for", "vllm"),
        ("diff", BERT[0], "pipe"),
        ("export-onnx", "pipe", "-o", "out"),
    ],
    ids=lambda words: words[0],
)
def test_a_pipe_is_refused_and_not_waited_for(run: Run, work: Path, words: tuple[object, ...]) -> None:
    os.mkfifo(work / "pipe")
    held = os.open(work / "pipe", os.O_RDWR)  # so that who reads it all the same gets something
    os.write(held, b"x" * 60_000)
    done = run(*words)
    os.close(held)
    assert done.code in (1, 2)
    assert "pipe is neither a file nor a folder" in done.err
    assert [path.name for path in work.iterdir()] == ["pipe"]
