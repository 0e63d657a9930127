"""Worker nodes of a Ray cluster that are killed at random while it works: does one byte change?

    python benchmarks/ray_kills.py [--kills 50] [--record]

Four nodes of one core each, and a head without cores, run on this machine. While `merge`, `extract` and
`extract --size` do their parts by `--engine ray`, up to two nodes are killed in each run, without a
warning, and replaced (`tests/support/ray_clusters.py`). Every file of every output is compared with that
of a run in one process. Needs `lorasurgery[ray]`.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import record

sys.path.append(str(Path(__file__).resolve().parent.parent))
sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

import lorasurgery
from support.merged_models import files
from support.ray_clusters import RayNodes, ray_nodes

ROOT = Path(__file__).resolve().parent.parent
BASE, TUNED, ADAPTER = (str(ROOT / "fixtures" / f"llama-{name}") for name in ("base", "tuned", "adapter"))
VERBS: dict[str, Callable[..., Any]] = {
    "merge": lambda **engine: lorasurgery.merge(BASE, ADAPTER, "out", **engine),
    "extract --rank 2": lambda **engine: lorasurgery.extract(BASE, TUNED, "out", rank=2, **engine),
    "extract --size 20kB": lambda **engine: lorasurgery.extract(BASE, TUNED, "out", size="20kB", **engine),
}
TITLE = (
    "Nodes of a Ray cluster that were killed without a warning while `--engine ray` was at work, and "
    "outputs with another byte than those of one process."
)
COLUMNS = ["", "runs", "nodes killed", "parts lost and done again", "outputs that differ"]


class LostParts(logging.Handler):
    """Counts what the driver says of lost parts."""

    count = 0

    def emit(self, said: logging.LogRecord) -> None:
        self.count += "was lost" in said.msg


def listening() -> LostParts:
    """Return what hears the driver from now on."""
    log, lost = logging.getLogger("lorasurgery.surgery.engines.ray_driver"), LostParts()
    log.setLevel(logging.INFO)
    log.addHandler(lost)
    log.propagate = False
    return lost


def output_of(name: str, **engine: str) -> dict[str, bytes]:
    """Return the files that a verb writes, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="ray-kills-") as folder:
        os.chdir(folder)
        VERBS[name](**engine)
        found = files(Path(folder))
        os.chdir(ROOT)
    return found


def measured(kills: int) -> list[list[str]]:
    """Return a row for each verb, and one for all."""
    expected = {name: output_of(name) for name in VERBS}
    counts = {name: Counter[str]() for name in VERBS}
    lost, seed = listening(), 0
    with ray_nodes() as nodes:
        while nodes.killed < kills:
            name = [*VERBS][seed % len(VERBS)]
            before = nodes.killed, lost.count
            differs = run_while_killed(nodes, name, seed) != expected[name]
            counts[name].update(
                runs=1, killed=nodes.killed - before[0], lost=lost.count - before[1], differ=differs
            )
            seed += 1
            print(name, seed, nodes.killed, lost.count, differs, sep=" | ", flush=True)
    counts["all"] = sum(counts.values(), Counter[str]())
    wanted = ("runs", "killed", "lost", "differ")
    return [
        [f"`{name}`" if name in VERBS else name, *(str(each[key]) for key in wanted)]
        for name, each in counts.items()
    ]


def run_while_killed(nodes: RayNodes, name: str, seed: int) -> dict[str, bytes]:
    """Return the files that a verb writes while nodes are killed."""
    found: dict[str, bytes] = nodes.while_killed(lambda: output_of(name, engine="ray"), seed)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--record", action="store_true", help="keep the figures for RESULTS.md")
    options = parser.parse_args()
    rows = measured(options.kills)
    for row in rows:
        print(*row, sep=" | ")
    if options.record:
        record.keep("ray-kills", "ray", TITLE, "python benchmarks/ray_kills.py --record", COLUMNS, rows)


if __name__ == "__main__":
    main()
