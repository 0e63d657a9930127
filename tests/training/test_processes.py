"""Two processes make what one makes, to rounding."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from support.film_reviews import BASE, write_tsv
from support.paths import ROOT

LAUNCHERS = {
    "torchrun": ["-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", "29641"],
    "accelerate": [
        "-m",
        "accelerate.commands.launch",
        "--cpu",
        "--num_processes",
        "2",
        "--num_machines",
        "1",
        "--mixed_precision",
        "no",
        "--dynamo_backend",
        "no",
        "--main_process_port",
        "29642",
    ],
}


@pytest.fixture
def steady(tmp_path: Path) -> Path:
    """The tiny BERT without dropout, of which each process would have its own."""
    folder = tmp_path / "steady"
    shutil.copytree(BASE, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(
        json.dumps(config | {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0})
    )
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("launcher", "method"), [("torchrun", "adalora"), ("accelerate", "parallel")])
def test_two_processes_make_what_one_makes(launcher: str, method: str, steady: Path, tmp_path: Path) -> None:
    films, other = write_tsv(tmp_path / "films.tsv", 45), write_tsv(tmp_path / "other.tsv", 31, 3)
    data = (
        ["--task", f"a={films}", "--task", f"b={other}", "--dev", f"a={films}"]
        if method == "parallel"
        else ["--data", films, "--dev", films]
    )
    command = [
        "-m",
        "lorasurgery",
        "train",
        str(steady),
        *map(str, data),
        "--method",
        method,
        "--rank",
        "4",
        "--rate",
        "1e-3",
        "--steps",
        "12",
        "--batch-size",
        "7",
    ]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    alone = subprocess.run(
        [sys.executable, *command, "-o", "alone", "--json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    both = subprocess.run(
        [sys.executable, *LAUNCHERS[launcher], *command, "-o", "both", "--json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert both.returncode == 0, both.stderr[-2000:]
    losses = [json.loads(done.stdout)["losses"] for done in (alone, both)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
    files = sorted(
        path.relative_to(tmp_path / "alone") for path in (tmp_path / "alone").rglob("*.safetensors")
    )
    assert files
    for file in files:
        one, two = load_file(tmp_path / "alone" / file), load_file(tmp_path / "both" / file)
        assert one.keys() == two.keys()
        for name in one:
            assert (one[name] - two[name]).norm() <= 1e-3 * one[name].norm() + 1e-6, name
