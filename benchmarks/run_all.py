"""Run the benchmarks one after the other, and write RESULTS.md from their records.

    python benchmarks/run_all.py                  everything, some hours on two cores
    python benchmarks/run_all.py --quick          small inputs and one round, to see that all of it runs
    python benchmarks/run_all.py --only extract   some: extract, extract_flux, merge, convert, ...
    python benchmarks/run_all.py --capped         only as on a processor with AVX2 alone
    python benchmarks/run_all.py --rounds 2       fewer rounds of each: half an hour for the first five
    python benchmarks/run_all.py --render         RESULTS.md alone, from the records that are there

Each benchmark runs as the machine is and, right after it, capped to AVX2 (README.md says what that
cannot cap). Every ratio that became worse by more than 20 % against the last table is named below
the new one.

Inputs are made in a scratch folder and removed; `--inputs FOLDER` keeps them there, for another run to
take. mergekit and optimum are measured where their
programs are named: `--mergekit PATH/mergekit-extract-lora`, `--optimum PATH/python`. A quick run is
printed and recorded nowhere. `train.py` and `real_finetune.py` take hours and real data, and are
run by hand.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import groupby
from pathlib import Path

from record import CAP, Record, records

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
HEAD = """# Benchmarks

Written by `python benchmarks/run_all.py` from the records in `benchmarks/results/`, and by nothing
else. Each table names its command, its commit and its machine; tables of different machines cannot
be compared with each other. *wall* is the time of a whole process, its start included, as the median
over interleaved rounds. Ratios are medians of the ratios within each round.

A figure is that of its commit, not of today's code. Records from before 2026-11-29 were entered from
what the run of that commit printed.
"""
# Sizes of the made models: the whole benchmark's, and the quick one's.
LLAMA = (
    ["--hidden", "2048", "--layers", "16"],
    ["--hidden", "256", "--layers", "2", "--intermediate", "512", "--vocab", "512", "--heads", "4"],
)
SMALLER_LLAMA = (
    ["--hidden", "1024", "--layers", "20", "--intermediate", "2816", "--vocab", "8192"],
    LLAMA[1],
)
# 0.55 GB.
HALF = (["--hidden", "2048", "--layers", "4", "--vocab", "16384"], LLAMA[1])
WIDE = (["--modules", "28", "--width", "2048"], ["--modules", "4", "--width", "256"])


def python(script: str, *arguments: str | Path) -> str:
    """Run a script of this folder, show what it prints, and return it."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    print("$", script, *arguments, file=sys.stderr, flush=True)
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    print(printed, flush=True)
    return printed


def made(script: str, out: Path, *arguments: str | Path) -> Path:
    """Run a script that makes an input, unless an earlier benchmark of this run has made it."""
    if not out.exists():
        python(script, out, *arguments)
    return out


@contextmanager
def capped() -> Iterator[None]:
    """Cap the programs that are started inside at AVX2."""
    before = dict(os.environ)
    os.environ.update(CAP)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def pair_and_adapter(scratch: Path, name: str, size: Sequence[str], *adapter: str) -> tuple[Path, Path]:
    """A Llama pair's base of one of the sizes above, and an adapter for it."""
    base = made("make_pair.py", scratch / name, *size) / "base"
    out = scratch / f"{name}-adapter"
    if not out.exists():
        python("make_adapter.py", base, out, *adapter)
    return base, out


def start(_: Path, options: argparse.Namespace) -> None:
    """`--help`, small verbs, and the first run compared with the second."""
    python("start.py", *_rounds(options, 9))


def extract(scratch: Path, options: argparse.Namespace) -> None:
    """`extract` compared with reading and subtracting, and with mergekit."""
    pair = made("make_pair.py", scratch / "pair", *LLAMA[options.quick])
    peer = ["--mergekit", options.mergekit] if options.mergekit else []
    rank = ["--rank", "8"] if options.quick else []
    python("extract.py", pair, *peer, *rank, *_rounds(options, 5))


def extract_flux(scratch: Path, options: argparse.Namespace) -> None:
    """`extract` of a pair of Flux's shape compared with kohya's steps."""
    pair = made("make_flux_pair.py", scratch / "flux", *(["--width", "128"] if options.quick else []))
    python("extract.py", pair, "--flux", *_rounds(options, 5))


def merge(scratch: Path, options: argparse.Namespace) -> None:
    """`merge` and `unmerge` compared with copying the base, and with PEFT."""
    inputs = pair_and_adapter(scratch, "pair", LLAMA[options.quick])
    python("merge.py", *inputs, *_rounds(options, 7))


def merge_half(scratch: Path, options: argparse.Namespace) -> None:
    """`merge` of a rank-32 adapter in float16 compared with copying the base."""
    inputs = pair_and_adapter(scratch, "half", HALF[options.quick], "--rank", "32", "--dtype", "float16")
    python("merge.py", *inputs, "--half", *_rounds(options, 7))


def convert(scratch: Path, options: argparse.Namespace) -> None:
    """`rerank`, `fuse` and `convert` compared with dense decompositions."""
    size = WIDE[options.quick]
    inputs = [
        made("make_wide_adapter.py", scratch / name, *size, "--rank", rank, "--seed", seed)
        for name, rank, seed in (("a64", "64", "0"), ("a16", "16", "0"), ("b16", "16", "1"))
    ]
    python("convert.py", *inputs, *_rounds(options, 3))


def inspect(scratch: Path, options: argparse.Namespace) -> None:
    """`inspect` compared with dense decompositions."""
    wide = made("make_wide_adapter.py", scratch / "wide", *(WIDE[1] if options.quick else []))
    python("spectra.py", wide, *_rounds(options, 4))


def diff(scratch: Path, options: argparse.Namespace) -> None:
    """Deltas compared with zstd and BitX."""
    size = ["--tensors", "1", "--pairs", "rl"] if options.quick else ["--tensors", "6"]
    python("diff.py", "--folder", scratch, *size, *_rounds(options, 2))


def export(scratch: Path, options: argparse.Namespace) -> None:
    """`export-onnx` compared with torch's exporter, and with optimum."""
    inputs = pair_and_adapter(scratch, "smaller", SMALLER_LLAMA[options.quick])
    peer = ["--optimum", options.optimum] if options.optimum else []
    python("export.py", *inputs, *peer, *_rounds(options, 3))


def scale(scratch: Path, options: argparse.Namespace) -> None:
    """Planning on models of 70 B to 671 B, and the time a byte of some of their matrices."""
    quick = ["--only", "llama-70b", "--rounds", "0"]
    python("scale.py", "--scratch", scratch, *(quick if options.quick else _rounds(options, 2)))


BENCHMARKS: dict[str, Callable[[Path, argparse.Namespace], None]] = {
    each.__name__: each
    for each in (start, extract, extract_flux, merge, merge_half, convert, inspect, diff, export, scale)
}


def _rounds(options: argparse.Namespace, count: int) -> Sequence[str]:
    return ["--rounds", "1"] if options.quick else ["--rounds", str(options.rounds or count), "--record"]


def rendered() -> str:
    """RESULTS.md as the records say it."""
    parts = [HEAD]
    in_order = sorted(records(), key=lambda each: (each.verb, each.name))
    for verb, found in groupby(in_order, lambda each: each.verb):
        parts += [f"## {verb}\n", *map(_section, found)]
    return "\n".join(parts)


def _section(record: Record) -> str:
    head = f"| {' | '.join(record.columns)} |\n|{'---|' * len(record.columns)}\n"
    rows = "".join(f"| {' | '.join(row)} |\n" for row in record.rows)
    where = f"`{record.command}`; {record.date}, commit {record.commit}; {record.machine}."
    notes = "".join(f"\n{_wrapped(note)}\n" for note in record.notes)
    return f"{_wrapped(record.title)}\n\n{head}{rows}\n{_wrapped(where)}\n{notes}"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


@contextmanager
def _inputs(kept: Path | None) -> Iterator[str]:
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
            yield scratch
    else:
        kept.mkdir(parents=True, exist_ok=True)
        yield str(kept)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small inputs, one round, nothing recorded")
    parser.add_argument("--capped", action="store_true", help="only as on a processor with AVX2 alone")
    parser.add_argument("--rounds", type=int, help="rounds of each benchmark, instead of its own count")
    parser.add_argument("--only", nargs="*", choices=BENCHMARKS, default=list(BENCHMARKS))
    parser.add_argument(
        "--render", action="store_true", help="write RESULTS.md from the records that are there"
    )
    parser.add_argument("--inputs", type=Path, help="where inputs are made, or lie already, and stay")
    parser.add_argument("--mergekit", help="the program mergekit-extract-lora")
    parser.add_argument(
        "--optimum", metavar="PYTHON", help="the interpreter of an environment with optimum-onnx"
    )
    options = parser.parse_args()
    as_is = () if options.capped else (nullcontext,)
    as_on_avx2 = () if options.quick and not options.capped else (capped,)
    with _inputs(options.inputs) as scratch:
        for name in () if options.render else options.only:
            for cap in (*as_is, *as_on_avx2):
                with cap():
                    BENCHMARKS[name](Path(scratch), options)
    if not options.quick:
        RESULTS.write_text(rendered(), encoding="utf-8")


if __name__ == "__main__":
    main()
