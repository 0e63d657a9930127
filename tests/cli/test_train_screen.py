"""What train and evaluate print, at several widths, and how slips are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command_line import Run
from support.film_reviews import write_tsv
from support.paths import FIXTURES
from support.slow import slow_but

pytestmark = pytest.mark.slow

BASE = FIXTURES / "bert-base"
LLAMA, ADAPTER = (BASE.with_name(f"llama-{name}") for name in ("base", "adapter"))


@pytest.fixture
def films(work: Path) -> Path:
    return write_tsv(work.parent / "films.tsv", 64)


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def few(*more: object) -> list[object]:
    return ["--rank", 2, "--steps", 6, "--rate", 0.01, *more]


@pytest.mark.parametrize("columns", slow_but({60}, [60, 80, 200]))
def test_no_line_is_wider_than_the_screen(
    run: Run, films: Path, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for arguments in (
        ["train", BASE, "--data", films, "--dev", films, "-o", "out", *few()],
        ["evaluate", BASE, "out", "--data", films, "--ranks", "1,2"],
    ):
        done = run(*arguments)
        assert (done.code, done.err) == (0, "")
        assert max(map(len, lines(done.out))) <= columns


def test_a_run_tells_its_losses_scores_and_size(
    run: Run, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "88")
    shown = lines(
        run("train", BASE, "--data", films, "--dev", films, *few("--target", "layer.*.output.dense")).out
    )
    assert shown[0].strip() == "loss"
    table = next(index for index, line in enumerate(shown) if "examples" in line)
    assert shown[table].split() == ["examples", "score", "±", "accuracy", "f1", "matthews", "loss"]
    assert shown[table + 2].split()[:2] == ["held", "out"]
    assert shown[-2] == "lora on 2 modules: 898 of 91,970 parameters trained (1.0 %); 6 steps"
    assert shown[-1].startswith("wrote  bert-base-lora/")
    assert (Path("bert-base-lora") / "adapter_config.json").is_file()


def test_a_dry_run_says_what_would_be_trained_and_writes_nothing(
    run: Run, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "88")
    arguments = ["train", BASE, "--data", films, "--dev", films, *few("--target", "layer.*.output.dense")]
    done = run(*arguments, "--dry-run")
    assert (done.code, done.err) == (0, "")
    shown = lines(done.out)
    assert shown[0].split() == ["task", "kind", "labels", "examples", "held", "out", "longest"]
    assert shown[2].split() == ["examples", "classification", "2", "64", "64", "11", "tokens"]
    assert shown[4] == "lora on 2 modules and 1 head: 898 of 91,970 parameters would be trained (1.0 %)"
    assert shown[5] == "6 steps of 32 examples, 1 to warm up, evaluated every 2; state kept every 500"
    assert shown[7] == "would write bert-base-lora/  3.59 kB"
    assert not any(Path().iterdir())
    content = json.loads(run(*arguments, "--dry-run", "--json").out)
    assert (content["verb"], content["dry_run"], content["steps"]) == ("train", True, 6)
    slip = run("train", BASE, "--data", films, "--cv", 2, "--dry-run")
    assert (slip.code, "--dry-run would do nothing: --cv writes nothing" in slip.err) == (2, True)


def test_json_is_the_whole_report(run: Run, films: Path) -> None:
    report = json.loads(run("train", BASE, "--data", films, "--method", "dyn", "--json", *few()).out)
    assert (report["version"], report["verb"], report["output"]) == (1, "train", "bert-base-dyn")
    assert len(report["losses"]) == 6
    scored = json.loads(
        run("evaluate", BASE, "bert-base-dyn", "--data", films, "--ranks", "2,1", "--json").out
    )
    assert [row["rank"] for row in scored["rows"]] == [1, 2]
    assert scored["rows"][0]["examples"] == 64


def test_parallel_trains_several_tasks_and_evaluate_asks_for_one(run: Run, films: Path) -> None:
    tasks = ["--task", f"one={films}", "--task", f"two={films}", "--dev", f"two={films}"]
    done = run("train", BASE, "--method", "parallel", *tasks, "-o", "out", *few())
    assert done.code == 0
    assert any(line.split()[:2] == ["two", "64"] for line in lines(done.out))
    assert "two during training: " in done.out
    assert "one during training" not in done.out  # nothing was held back of it
    assert run("evaluate", BASE, "out", "--data", films, "--task", "two").code == 0
    asked = run("evaluate", BASE, "out", "--data", films)
    assert asked.code == 1
    assert "choose with --task" in asked.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["train", BASE], 2, "Give --data FILE"),
        (["train", BASE, "--data", "FILMS", "--task", "a=FILMS"], 2, "Give --data FILE"),
        (["train", BASE, "--data", "nothing.tsv"], 1, "does not exist"),
        (["train", BASE, "--data", "FILMS", "--label", "answer"], 1, "no column 'answer'"),
        (["train", BASE, "--data", "FILMS", "--target", "layers.*.output.dense"], 1, "The closest are"),
        (
            ["train", BASE, "--data", "FILMS", "--method", "full", "--target", "*.dense"],
            1,
            "--target applies to adapters",
        ),
        (["train", BASE, "--data", "FILMS", "--ranks", "1,2"], 1, "--method dyn"),
        (["train", BASE, "--data", "FILMS", "--ranks", "1,x"], 2, "not a list of ranks"),
        (["train", BASE, "--data", "FILMS", "--method", "dyn", "--rank", "4", "--ranks", "8"], 1, "--rank 4"),
        (["train", BASE, "--data", "FILMS", "--max-tokens", "65"], 1, "room for: 64"),
        (["train", BASE, "--data", "FILMS", "--dev", "a=FILMS"], 1, "does not exist"),
        (["train", BASE, "--method", "parallel", "--task", "FILMS"], 2, "NAME=FILE"),
        (["train", BASE, "--data", "FILMS", "--rate", "-1"], 1, "--rate is -1, and must be above 0"),
        (["train", "nothing", "--data", "FILMS"], 1, "does not exist"),
        (["train", "FILMS", "--data", "FILMS"], 1, "loads no model"),
        (["evaluate", BASE, "--data", "FILMS"], 1, "classifier"),
        (["evaluate", BASE, "--data", "FILMS", "--ranks", "1"], 1, "--ranks is about an adapter"),
        (["evaluate", BASE, "nothing", "--data", "FILMS"], 1, "does not exist"),
        (["train", BASE, "--data", "FILMS", "--alpha", "0"], 1, "--alpha is 0, and must be above 0"),
        (["train", BASE, "--data", "FILMS", "--alpha", "-1"], 1, "--alpha is -1, and must be above 0"),
        (
            ["train", BASE, "--data", "FILMS", "--rate-ratio", "0"],
            1,
            "--rate-ratio is 0, and must be above 0",
        ),
        (["train", BASE, "--data", "FILMS", "--dropout", "2"], 1, "--dropout is 2,"),
        (["train", BASE, "--data", "FILMS", "--rate", "nan"], 2, "not a finite number"),
        (
            ["train", BASE, "--data", "FILMS", "--steps", "2", "--epochs", "3"],
            2,
            "--steps takes the place of --epochs",
        ),
        (["train", BASE, "--data", "FILMS", "--eval-every", "3"], 2, "give --dev as well"),
        (
            ["train", BASE, "--data", "FILMS", "--method", "full", "--rank", "4"],
            2,
            "--rank applies to adapters",
        ),
        (
            ["train", BASE, "--data", "FILMS", "--method", "full", "--alpha", "4"],
            1,
            "--alpha applies to adapters",
        ),
        (
            ["train", BASE, "--data", "FILMS", "--method", "adalora", "--steps", "5"],
            1,
            "--method adalora needs 10 steps",
        ),
        (
            ["train", BASE, "--data", "FILMS", "--cv", "2", "-o", "out"],
            2,
            "--output would do nothing: --cv writes nothing",
        ),
        (
            ["train", BASE, "--data", "FILMS", "--cv", "2", "--ranks", "1,2", "--rank", "4"],
            2,
            "--rank would do nothing",
        ),
        (["train", BASE, "--data", "FILMS", "--cv", "2", "--rank", "1"], 1, "two ranks"),
        (["train", BASE, "--data", "FILMS", "--kind", "tokens"], 1, "line 1 looks like a header"),
        (
            ["train", ADAPTER, "--data", "FILMS"],
            1,
            "is an adapter, and the model comes first, for example llama-base",
        ),
        (
            ["evaluate", ADAPTER, "--data", "FILMS"],
            1,
            "is an adapter, and the model comes first, for example llama-base",
        ),
        (["evaluate", LLAMA, "--data", "FILMS"], 1, "has no tokenizer (tokenizer.json"),
        (
            ["evaluate", BASE, ADAPTER, "--data", "FILMS"],
            1,
            "None of the 21 modules that the adapter changes is in",
        ),
        (["evaluate", BASE, ADAPTER, "--data", "FILMS", "--ranks", "1,99"], 1, "--ranks 99 is more than"),
        (["evaluate", BASE, ADAPTER, "--data", "FILMS", "--alpha", "8"], 1, "leave out --alpha"),
        (["evaluate", BASE, "--data", "FILMS", "--alpha", "8"], 1, "--alpha is about an adapter"),
        (["evaluate", BASE, "--data", "FILMS", "--task", "sst2"], 1, "--task chooses among the tasks"),
        (
            ["evaluate", BASE, ADAPTER, "--data", "FILMS", "--task", "sst2"],
            1,
            "--task chooses among the tasks",
        ),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line(
    run: Run, work: Path, films: Path, arguments: list[object], code: int, words: str
) -> None:
    done = run(*(str(each).replace("FILMS", str(films)) for each in arguments))
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert "Traceback" not in done.err
    assert not list(work.iterdir())


def test_labels_that_the_model_has_no_room_for_are_told(run: Run, work: Path, films: Path) -> None:
    run("train", BASE, "--data", films, "-o", "out", "--method", "full", "--steps", "6")
    more = work.parent / "more.tsv"
    more.write_text(films.read_text() + "a film\t2\n")
    for arguments in (["evaluate", "out", "--data", more], ["train", "out", "--data", more, "-o", "again"]):
        done = run(*arguments)
        assert done.code == 1
        assert "no room for: '2'; its labels are '0', '1'" in done.err
