"""Wrong inputs and wrong places: one line, exit code 1, nothing left behind, inputs untouched."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from support.command_line import Done, Run
from support.paths import FIXTURES, ROOT

BROKEN = FIXTURES / "broken"
BERT = (FIXTURES / "bert-base", FIXTURES / "bert-tuned")
LLAMA = (FIXTURES / "llama-base", FIXTURES / "llama-tuned")
USAGE = 2


def state_of(folder: Path) -> dict[str, str]:
    """Everything below a folder: what kind of thing it is, and a hash of what it holds."""

    def state(path: Path) -> str:
        if path.is_symlink():
            return f"link to {path.readlink()}"
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"

    paths = (path for path in sorted(folder.rglob("*")) if "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): state(path) for path in paths}


@pytest.fixture
def refused(run: Run, work: Path) -> Callable[..., str]:
    """Call the command line, hold it to the four promises, and return its line."""

    def call(*arguments: object, code: int = 1) -> str:
        before = state_of(work), state_of(FIXTURES)
        done = run(*arguments)
        assert (done.code, done.out) == (code, ""), done
        assert (state_of(work), state_of(FIXTURES)) == before
        if code == 1:
            assert_one_line(done)
        assert "Traceback" not in done.err
        return done.err

    return call


Refused = Callable[..., str]


def assert_one_line(done: Done) -> None:
    line, end = done.err[:-1], done.err[-1:]
    assert end == "\n", done.err
    assert line.startswith("error: "), done.err
    assert line.isprintable(), done.err


def weights(**changes: Tensor) -> dict[str, Tensor]:
    """A small model that transformers does not know."""
    torch.manual_seed(0)
    return {
        "m.a.weight": torch.randn(8, 6),
        "m.a.bias": torch.randn(8),
        "m.b.weight": torch.randn(6, 8),
    } | changes


def moved(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    torch.manual_seed(1)
    return {
        name: (tensor.float() + 0.1 * torch.randn(tensor.shape)).to(tensor.dtype)
        if tensor.is_floating_point()
        else tensor
        for name, tensor in tensors.items()
    }


def save(folder: str, tensors: dict[str, Tensor], config: object = None) -> Path:
    Path(folder).mkdir()
    save_file(tensors, Path(folder) / "model.safetensors")
    if config is not None:
        (Path(folder) / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return Path(folder)


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
def test_what_is_no_pair_is_refused(refused: Refused, base: object, tuned: object, said: str) -> None:
    assert said in refused("extract", base, tuned)


def test_a_command_that_is_nearly_one_is_guessed(refused: Refused) -> None:
    assert "Did you mean 'extract'?" in refused("extrct", *BERT, code=USAGE)
    assert "Did you mean" not in refused("xyz", code=USAGE)


def test_a_folder_of_an_onnx_model_is_said_to_be_one(refused: Refused, work: Path) -> None:
    (work / "exported").mkdir()
    (work / "exported" / "model.onnx").write_bytes(b"")
    assert "holds an ONNX model (model.onnx)" in refused("extract", work / "exported", BERT[1])


def test_a_name_that_might_be_on_the_hub_says_what_to_do_without_a_network(
    refused: Refused, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import huggingface_hub

    def out_of_reach(*_: object, **__: object) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr(huggingface_hub.HfApi, "repo_info", out_of_reach)
    assert "Run `hf download no/such`" in refused("extract", "no/such", BERT[1])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--include", "nothing.*"], "--include 'nothing.*' matches no parameter"),
        (["--exclude", "nothing.*"], "--exclude 'nothing.*' matches no parameter"),
        (["--include", ""], "--include '' matches no parameter"),
        (["--include", "["], "--include '[' matches no parameter"),
        (["--exclude", "*"], "none is left by"),
        (["--exclude", "*.weight", "--rest", "drop"], "the adapter would be empty"),
        (["--size", "1"], "--rest drop"),
        (["--size", "1", "--rest", "drop"], "header alone takes"),
        (["--size", "1", "--rest", "drop"], "Raise --size."),
        (["--device", "nonsense"], "--device 'nonsense' cannot be used here"),
        (["--device", "meta"], "--device 'meta' cannot be used here"),
        (["--device", ""], "--device '' cannot be used here"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_refused(refused: Refused, options: list[str], said: str) -> None:
    assert said in refused("extract", *BERT, *options)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["extract"],
        ["extract", BERT[0]],
        ["extract", *BERT, "third"],
        *(
            ["extract", *BERT, *options]
            for options in (
                ["--nonsense"],
                ["--rank", "0"],
                ["--rank", "-1"],
                ["--rank", "two"],
                ["--max-rank", "0"],
                ["--energy", "2"],
                ["--energy", "0"],
                ["--size", "-1"],
                ["--size", "0"],
                ["--energy", "nan"],
                ["--rank", "2", "--max-rank", "4"],
                ["--max-rank", "4"],
                ["--size", "1e3"],
                ["--size", "9" * 400],
                ["--size", "30XB"],
                ["--dtype", "int8"],
                ["--format", "nothing"],
                ["--rest", "some"],
                ["--workers", "0"],
                ["--rank", "2", "--energy", "0.5"],
                ["--rank", "2", "--size", "0"],
                ["--noise-edge", "--size", "1MB"],
            )
        ),
    ],
    ids=lambda arguments: " ".join(map(str, arguments))[-30:],
)
def test_a_slip_in_the_options_is_a_matter_of_usage(refused: Refused, arguments: list[object]) -> None:
    refused(*arguments, code=USAGE)


@pytest.mark.parametrize("size", ["1", "400"])
def test_a_budget_of_next_to_nothing_is_refused(refused: Refused, size: str) -> None:
    refused("extract", *BERT, "--size", size)


def test_a_choice_of_what_is_new_alone_is_no_fault(run: Run) -> None:
    done = run("extract", *BERT, "--include", "classifier", "-o", "head")
    assert (done.code, done.err) == (0, "")
    assert load_file("head/adapter_model.safetensors").keys() >= {"base_model.model.classifier.weight"}


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
        ("model.gguf", "a GGUF model (model.gguf)"),
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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["merge", LLAMA[0], FIXTURES / "llama-adapter", "out"],
            "'out' does not exist (an adapter's folder or file is expected, or a Hub name like org/name). The output is named with -o.",
        ),
        (["merge", LLAMA[0], FIXTURES / "llama-adapter", "0.5"], "write it behind a colon: ADAPTER:0.5."),
        (["fuse", "style=0.5"], "The weight of an adapter follows a colon: style:0.5."),
        (["merge", LLAMA[0], ":0.5"], "No adapter is named before ':0.5'; write ADAPTER:0.5."),
        (
            ["inspect", r"C:\models\x"],
            "'C:\\models\\x' does not exist (an adapter's folder or file is expected, or a Hub name like org/name). Paths are written with / here",
        ),
        (["inspect", "https://example.org/x"], "Addresses other than the Hub's are not fetched"),
        (["inspect", "https://huggingface.co/datasets/a/b"], "not the address of a model"),
        (["inspect", str(FIXTURES / "llama-adaptr")], f"Did you mean '{FIXTURES / 'llama-adapter'}'?"),
        (
            ["rerank", FIXTURES / "llama-adapter", "--size", "2kB"],
            "--size 2KB has no room for a single rank, beside what else is in the file; raise it to 6576 bytes",
        ),
        (
            ["convert", FIXTURES / "llama-adapter", "--split", "qkv"],
            "its modules end in down_proj, gate_proj, k_proj",
        ),
        (
            ["inspect", FIXTURES / "llama-adapter", "--module", "nothing"],
            "--module 'nothing' matches no parameter",
        ),
        (
            [
                "verify",
                LLAMA[0],
                FIXTURES / "llama-adapter",
                FIXTURES / "llama-merged",
                "--answers",
                "--text",
                "x",
            ],
            "has no tokenizer",
        ),
        (
            ["extract", *LLAMA, "--device", "mps"],
            "mps is not available in this torch. Leave it out to use the CPU.",
        ),
        (["extract", *LLAMA, "--device", "gpu"], "torch has no such device. Write cuda."),
    ],
)
def test_the_line_sends_the_user_the_right_way(refused: Refused, arguments: list[object], said: str) -> None:
    line = refused(*arguments)
    assert said in line
    assert "--include" not in line
    assert len(line) < 400


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["unmerge", "merged", "adapter"], "An adapter to subtract is named with --adapter."),
        (["rerank", "adapter", "out"], "The output is named with -o."),
        (["inspect", "a", "b", "c"], "more arguments than it takes: 'c'"),
    ],
)
def test_an_argument_too_many_is_told_where_it_belongs(
    refused: Refused, arguments: list[str], said: str
) -> None:
    assert said in refused(*arguments, code=USAGE)


def test_several_weight_files_are_not_guessed_at(refused: Refused) -> None:
    folder = save("several", weights())
    save_file(weights(), folder / "other.safetensors")
    (folder / "model.safetensors").rename(folder / "one.safetensors")
    assert "2 weight files" in refused("extract", "several", "several")


# Places


@pytest.fixture
def pair(work: Path) -> tuple[str, str]:
    """A pair of checkpoints in the current folder."""
    save("base", weights(), {"model_type": "unknown"})
    save("tuned", moved(weights()), {"model_type": "unknown"})
    return "base", "tuned"


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("base", "is, contains or is inside the input"),
        ("tuned/", "is, contains or is inside the input"),
        ("base/out", "is, contains or is inside the input"),
        ("tuned/new/out", "is, contains or is inside the input"),
        ("base/../tuned/out", "is, contains or is inside the input"),
        (".", "is, contains or is inside the input"),
        ("", "A path is empty"),
        ("..", "is, contains or is inside the input"),
        ("/", "is, contains or is inside the input"),
        ("file", "is not a plain folder"),
        ("file/out", "is not a folder"),
        ("loop", "is not a plain folder"),
        ("x" * 300, "File name too long"),
        ("new/" + "x" * 250, "File name too long"),
    ],
    ids=lambda each: str(each)[:30],
)
@pytest.mark.parametrize("force", [[], ["--force"]], ids=["", "force"])
def test_a_place_that_cannot_be_taken_is_refused(
    refused: Refused, pair: tuple[str, str], output: str, said: str, force: list[str]
) -> None:
    Path("file").touch()
    Path("loop").symlink_to("loop")
    assert said in refused("extract", *pair, "-o", output, *force)


def test_an_earlier_output_is_kept_unless_forced(refused: Refused, run: Run, pair: tuple[str, str]) -> None:
    assert run("extract", *pair, "-o", "out", "--rank", "2").code == 0
    assert "exists already" in refused("extract", *pair, "-o", "out", "--rank", "1")
    assert run("extract", *pair, "-o", "out", "--rank", "1", "--force").code == 0
    assert json.loads(Path("out/adapter_config.json").read_text(encoding="utf-8"))["r"] == 1


@pytest.mark.parametrize("suffix", ["partial", "replaced"])
def test_an_input_called_like_our_own_work_is_safe(
    refused: Refused, run: Run, pair: tuple[str, str], suffix: str
) -> None:
    assert run("extract", *pair, "-o", "out").code == 0
    shutil.copytree("base", f"out.{suffix}")
    assert "is in the way" in refused(
        "extract", f"out.{suffix}", "tuned", "-o", "out", "--force", "--rank", "1"
    )


def test_an_empty_current_folder_is_not_taken_away(refused: Refused, pair: tuple[str, str]) -> None:
    Path("here").mkdir()
    os.chdir("here")
    assert "current folder" in refused("extract", "../base", "../tuned", "-o", ".")


@pytest.mark.parametrize("name", ["out", "new/deep/out", "with space", "[red]bold[/]", "ünï-名", "-", "~odd"])
def test_any_other_name_will_do(run: Run, pair: tuple[str, str], name: str) -> None:
    done = run("extract", *pair, "-o", name)
    assert (done.code, done.err) == (0, "")
    assert f"{name}/" in done.out
    assert (Path(name) / "adapter_config.json").exists()


# Disks that are full, runs that are killed


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_disk_that_fills_up_under_the_factors_leaves_nothing(refused: Refused, small_disk: Path) -> None:
    assert "The disk is full" in refused("extract", *LLAMA, "--energy", "0.999", "-o", small_disk / "out")
    assert list(small_disk.iterdir()) == []


def test_a_disk_too_small_for_the_output_is_known_before_it_is_written(
    refused: Refused, small_disk: Path
) -> None:
    assert "MB are free" in refused("extract", *LLAMA, "--rank", "32", "-o", small_disk / "out")
    assert "MB are free" in refused("extract", *BERT, "--rank", "4", "-o", small_disk / "out")
    assert list(small_disk.iterdir()) == []


def test_a_disk_that_is_large_enough_is_enough(run: Run, small_disk: Path) -> None:
    assert run("extract", *BERT, "--rank", "1", "--rest", "drop", "-o", small_disk / "out").code == 0


def test_a_disk_that_fills_up_half_way_through_the_output_leaves_nothing(
    refused: Refused, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.checkpoint import write

    def fill_up(*_: object) -> None:
        assert Path("new/out.partial").exists()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(write, "_write_all", fill_up)
    assert "The disk is full" in refused("extract", *pair, "-o", "new/out")


# Runs a command in a process that does something to itself when a function is called for the nth time.
AT_THE_NTH_CALL = """
import os, signal, sys, time
from importlib import import_module
owner, name, nth, fate = sys.argv[1:5]
module, _, inner = owner.partition(":")
place = import_module(module)
place = getattr(place, inner) if inner else place
original, calls = getattr(place, name), []
def hit(*arguments, **options):
    calls.append(None)
    if len(calls) == int(nth):
        os.kill(os.getpid(), getattr(signal, fate))
        time.sleep(0.2)
    return original(*arguments, **options)
setattr(place, name, hit)
sys.argv = ["lorasurgery", *sys.argv[5:]]
from lorasurgery.cli.main import main
main()
"""
SPOTS = {
    "before anything": ("lorasurgery.checkpoint.workplace", "_locked", 1),
    "among the factors": ("lorasurgery.checkpoint.spill:Spill", "put", 3),
    "in the weights": ("lorasurgery.checkpoint.write", "_write_all", 2),
    "before it is put in place": ("lorasurgery.checkpoint.output", "folder_appears", 1),
}


def hit(spot: str, fate: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    owner, name, nth = SPOTS[spot]
    return subprocess.run(
        [sys.executable, "-c", AT_THE_NTH_CALL, owner, name, str(nth), fate, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("spot", SPOTS)
def test_a_killed_run_leaves_no_output_and_the_next_one_completes(
    run: Run, pair: tuple[str, str], spot: str
) -> None:
    inputs = state_of(Path("base")), state_of(Path("tuned"))
    killed = hit(spot, "SIGKILL", "extract", *pair, "-o", "out")
    assert killed.returncode == -signal.SIGKILL
    assert not Path("out").exists()
    assert run("extract", *pair, "-o", "out").code == 0
    assert run("extract", *pair, "-o", "again").code == 0
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        assert (Path("out") / name).read_bytes() == (Path("again") / name).read_bytes()
    assert state_of(Path("out")).keys() == state_of(Path("again")).keys()
    assert sorted(path.name for path in Path().iterdir()) == ["again", "base", "out", "tuned"]
    assert (state_of(Path("base")), state_of(Path("tuned"))) == inputs


def test_an_interrupted_run_says_so_and_leaves_nothing(work: Path, pair: tuple[str, str]) -> None:
    before = state_of(work)
    done = hit("among the factors", "SIGINT", "extract", *pair, "-o", "out")
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.strip() == "interrupted; no output was written"
    assert state_of(work) == before


# Odd but sound tensors, and odd numbers


ODD = {
    "a single number": torch.tensor(1.5),
    "a single integer": torch.tensor(3),
    "no rows": torch.zeros(0, 6),
    "no columns": torch.zeros(6, 0),
    "an empty vector": torch.zeros(0),
    "five dimensions": torch.ones(4, 3, 2, 2, 2),
    "indices": torch.arange(5)[None],
    "a mask": torch.ones(1, 1, 4, 4, dtype=torch.bool),
    "an infinite mask": torch.tensor([-float("inf"), 1.0]),
    "complex numbers": torch.ones(4, dtype=torch.complex64),
    **{
        str(dtype): torch.ones(8, 6).to(dtype)
        for dtype in (torch.float8_e4m3fn, torch.float8_e5m2, torch.float16, torch.float64)
    },
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_tensors_do_not_stand_in_the_way(run: Run, kind: str) -> None:
    base = weights(**{"m.odd": ODD[kind], "m.odd.weight": ODD[kind].clone()})
    save("base", base)
    save("tuned", moved(base) if "inf" not in kind else moved(weights()) | {"m.odd": ODD[kind]})
    done = run("extract", "base", "tuned", "-o", "out")
    assert (done.code, done.err) == (0, "")
    assert "2 modules adapted" in done.out or "3 modules adapted" in done.out


@pytest.mark.parametrize("kind", ["a single number", "indices", "complex numbers", "an empty vector"])
def test_an_odd_tensor_that_changed_travels_whole(run: Run, kind: str) -> None:
    changed = ODD[kind] + 1
    save("base", weights(**{"m.odd.bias": ODD[kind]}))
    save("tuned", moved(weights()) | {"m.odd.bias": changed})
    report = json.loads(run("extract", "base", "tuned", "-o", "out", "--json").out)
    told = [each["name"] for each in [*report["kept"], *report["lost"]]]
    assert ("m.odd.bias" in told) == bool(changed.numel())


NUMBERS = {
    "a NaN in a matrix": ("m.b.weight", float("nan"), "m.b.weight"),
    "an infinity in a matrix": ("m.b.weight", float("inf"), "m.b.weight"),
    "a NaN in a bias": ("m.a.bias", float("nan"), "m.a.bias"),
    "an infinity in a bias": ("m.a.bias", -float("inf"), "m.a.bias"),
}


@pytest.mark.parametrize("kind", NUMBERS)
@pytest.mark.parametrize("side", ["base", "tuned"])
def test_what_is_no_number_is_refused_with_its_name_and_side(refused: Refused, kind: str, side: str) -> None:
    name, value, said = NUMBERS[kind]
    both = {"base": weights(), "tuned": moved(weights())}
    both[side][name].view(-1)[3] = value
    for folder, tensors in both.items():
        save(folder, tensors)
    line = refused("extract", "base", "tuned")
    assert f"'{said}' of the {side} checkpoint has a NaN or an infinity" in line


def test_a_change_beyond_float32_is_refused_by_name(refused: Refused) -> None:
    far = torch.full((4, 4), 3e38)
    save("base", weights(**{"m.far.weight": far}))
    save("tuned", weights(**{"m.far.weight": -far}))
    assert "'m.far.weight' moves further than float32 reaches" in refused("extract", "base", "tuned")


CODES = {
    "int8": ({"m.q.weight": torch.ones(4, 4, dtype=torch.int8)}, "holds int8 codes"),
    "int32": ({"m.qweight": torch.ones(4, 4, dtype=torch.int32)}, "holds int32 codes"),
    "float8 with scales of an unknown name": (
        {"m.q.weight": torch.ones(4, 4).to(torch.float8_e4m3fn), "m.q.weight_scale_3": torch.ones(1, 1)},
        "is quantised (FP8), and it comes with 'm.q.weight_scale_3', whose meaning is not known",
    ),
    "float4": (
        {"m.q.weight": torch.zeros(4, 4, dtype=torch.uint8).view(torch.float4_e2m1fn_x2)},
        "is quantised (float4_e2m1fn_x2 codes)",
    ),
    "complex": ({"m.q.weight": torch.ones(4, 4, dtype=torch.complex64)}, "is complex64"),
}


@pytest.mark.parametrize("kind", CODES)
def test_codes_are_not_taken_for_numbers(refused: Refused, kind: str) -> None:
    codes, said = CODES[kind]
    save("base", weights(**codes))
    save("tuned", moved(weights()) | codes)
    assert said in refused("extract", "base", "tuned")


# Names and configs that nobody would write


EVIL = [
    "x\n\x1b[31mred.weight",
    "[bold]y[/].weight",
    "..weight",
    ".weight",
    "名.weight",
    "a b.weight",
    "x\x00.weight",
]


def test_names_of_tensors_do_nothing_to_the_terminal(run: Run) -> None:
    base = weights(**{name: torch.ones(6, 6) for name in EVIL})
    save("base", base)
    save("tuned", moved(base))
    done = run("extract", "base", "tuned", "-o", "out")
    assert (done.code, done.err) == (0, "")
    assert all(line.isprintable() for line in done.out.split("\n"))
    assert "\\x1b[31mred" in done.out
    assert "[bold]y[/]" in done.out


def test_names_of_tensors_do_nothing_to_the_line_of_an_error(refused: Refused) -> None:
    for name, value in (("base", 4), ("tuned", 5)):
        save(name, weights(**{EVIL[0]: torch.ones(6, value)}))
    assert "x\\n\\x1b[31mred.weight" in refused("extract", "base", "tuned")


def test_names_of_files_need_not_be_text(run: Run, pair: tuple[str, str]) -> None:
    odd = os.fsdecode(b"inv\xffalid")
    Path("tuned").rename(odd)
    for options in ([], ["-o", odd + "-out"], ["-o", "json", "--json"]):
        done = run("extract", "base", odd, *options)
        assert (done.code, done.err) == (0, "")


def test_names_of_files_do_nothing_to_the_line_of_an_error(refused: Refused) -> None:
    Path("two\nlines\x1b[31m").mkdir()
    assert "two\\nlines\\x1b[31m holds no weights" in refused("extract", "two\nlines\x1b[31m", BERT[1])


@pytest.mark.parametrize(
    "config",
    [
        {"architectures": ["LlamaForCausalLM"], "model_type": "unheard-of"},
        {"architectures": ["UnheardOf"], "model_type": "llama"},
        {"architectures": ["PreTrainedModel"], "model_type": "llama"},
        {"architectures": ["AutoModel"], "model_type": "llama"},
        {"architectures": ["os"], "model_type": "llama"},
        {"architectures": None, "model_type": None},
        {"auto_map": {"AutoModel": "evil--code.Model"}, "trust_remote_code": True},
        {"vocab_size": [], "is_encoder_decoder": "maybe", "text_config": 5},
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "num_hidden_layers": "two"},
    ],
    ids=str,
)
def test_a_config_that_says_nothing_useful_is_no_obstacle(run: Run, config: object) -> None:
    save("base", weights(), config)
    save("tuned", moved(weights()), config)
    done = run("extract", "base", "tuned", "-o", "out")
    assert (done.code, done.err) == (0, "")


def test_a_config_of_another_model_is_named_as_the_fault(refused: Refused) -> None:
    config = json.loads((LLAMA[0] / "config.json").read_text(encoding="utf-8"))
    save("base", weights())
    save("tuned", moved(weights()), config)
    assert "names LlamaForCausalLM, which has none of its tensors" in refused("extract", "base", "tuned")


def test_the_same_change_comes_out_of_any_container(run: Run, pair: tuple[str, str]) -> None:
    """A pair as safetensors, as a pickle and as an old pickle gives the same factors: the wrong-input tests test readers that read."""
    torch.save(load_file("tuned/model.safetensors"), "new.pt")
    torch.save(load_file("tuned/model.safetensors"), "old.pt", _use_new_zipfile_serialization=False)
    for tuned in ("tuned", "new.pt", "old.pt"):
        assert run("extract", "base", tuned, "-o", f"of-{Path(tuned).stem}").code == 0
    results = {
        Path(f"of-{tuned}/adapter_model.safetensors").read_bytes() for tuned in ("tuned", "new", "old")
    }
    assert len(results) == 1


STYLE = FIXTURES / "llama-adapter"
FILMS = FIXTURES / "films.tsv"


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        (["inspect", "{}"], "does not exist"),
        (["inspect", STYLE, "--base", "{}"], "does not exist"),
        (["merge", "{}", STYLE], "does not exist"),
        (["merge", LLAMA[0], "{}"], "does not exist"),
        (["extract", LLAMA[0], "{}"], "does not exist"),
        (["rerank", "{}"], "does not exist"),
        (["fuse", "{}", STYLE], "does not exist"),
        (["convert", "{}"], "does not exist"),
        (["unmerge", "{}"], "does not exist"),
        (["export-onnx", "{}"], "does not exist"),
        (["train", "{}", "--data", FILMS], "does not exist"),
        (["train", BERT[0], "--data", "{}"], "does not exist"),
        (["evaluate", BERT[0], "--data", "{}"], "does not exist"),
    ],
)
def test_the_home_of_an_unknown_user_and_an_empty_path_are_answered_in_one_line(
    refused: Refused, verb: list[object], words: str
) -> None:
    assert words in refused(*[str(each).format("~nobody-of-this-name/x") for each in verb])
    assert "A path is empty" in refused(*[str(each).format("") for each in verb])


def test_an_empty_output_is_refused(refused: Refused) -> None:
    assert "A path is empty" in refused("rerank", STYLE, "--rank", "2", "-o", "")
    assert "A path is empty" in refused("inspect", STYLE, "--svg", "")


def test_a_folder_of_examples_is_not_said_to_be_absent(refused: Refused) -> None:
    assert "is a folder, and a file of examples is expected" in refused(
        "evaluate", BERT[0], "--data", FIXTURES
    )


def test_an_encoder_is_not_trained_as_a_causal_model(refused: Refused) -> None:
    """It sees the token that it is to tell: its loss would fall without anything learnt."""
    for arguments in (["train", BERT[0], "--steps", "1"], ["evaluate", BERT[0]]):
        said = refused(*arguments, "--data", FILMS, "--kind", "causal")
        assert "sees the tokens that follow as well" in said
