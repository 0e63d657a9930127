"""Slips in options and arguments are answered in one line, with the way out."""

from __future__ import annotations

import pytest
from safetensors.torch import load_file

from support.command_line import Run
from support.paths import FIXTURES
from support.wrong_inputs import BERT, LLAMA, Refused

USAGE = 2


def test_a_command_that_is_nearly_one_is_guessed(refused: Refused) -> None:
    assert "Did you mean 'extract'?" in refused("extrct", *BERT, code=USAGE)
    assert "Did you mean" not in refused("xyz", code=USAGE)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--include", "nothing.*"], "--include 'nothing.*' matches no parameter"),
        (["--exclude", "nothing.*"], "--exclude 'nothing.*' matches no parameter"),
        (["--include", ""], "--include '' matches no parameter"),
        (["--include", "["], "--include '[' matches no parameter"),
        (["--exclude", "*"], "is left by --exclude"),
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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["merge", LLAMA[0], FIXTURES / "llama-adapter", "out"],
            (
                "'out' does not exist (an adapter's folder or file is expected, or a Hub name like "
                "org/name). "
                "The output is named with -o."
            ),
        ),
        (["merge", LLAMA[0], FIXTURES / "llama-adapter", "0.5"], "write it behind a colon: ADAPTER:0.5."),
        (["fuse", "style=0.5"], "The weight of an adapter follows a colon: style:0.5."),
        (["merge", LLAMA[0], ":0.5"], "No adapter is named before ':0.5'; write ADAPTER:0.5."),
        (
            ["inspect", r"C:\models\x"],
            (
                "'C:\\models\\x' does not exist (an adapter's folder or file is expected, or a Hub name like "
                "org/name). Paths are written with / here"
            ),
        ),
        (["inspect", "ftp://example.org/x"], "Addresses that can be read begin with s3://"),
        (["inspect", "https://huggingface.co/datasets/a/b"], "not the address of a model"),
        (["inspect", str(FIXTURES / "llama-adaptr")], f"Did you mean '{FIXTURES / 'llama-adapter'}'?"),
        (
            ["rerank", FIXTURES / "llama-adapter", "--size", "2kB"],
            (
                "--size 2KB has no room for a single rank next to what else is in the file; raise it to 6576 "
                "bytes"
            ),
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
        (["extract", "base", "tuned", "out"], "The output is named with -o."),
        (["inspect", "a", "b", "c"], "To inspect each of them, add --each."),
    ],
)
def test_an_argument_too_many_is_told_where_it_belongs(
    refused: Refused, arguments: list[str], said: str
) -> None:
    assert said in refused(*arguments, code=USAGE)


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
