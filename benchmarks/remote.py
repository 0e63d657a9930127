"""Reading by ranges from a store that is far away: how much requests at the same time save, and what travels.

    python benchmarks/make_pair.py /tmp/pair --hidden 768 --layers 6 --intermediate 2112 --vocab 4096
    python benchmarks/make_adapter.py /tmp/pair/base /tmp/pair/adapter
    python benchmarks/remote.py /tmp/pair [--record]

A server of this machine, in a process of its own, speaks as S3 does. Each request takes 200 ms before its
first byte and gets 2 MB/s, whatever the others do, as from a store across an ocean. The first rows read
every tensor of the base with 1, 8 and 24 requests under way, in a process that does nothing else, and are
timed from the open header on. The others are whole commands; *sent* is what the server sent, beside the
bytes of the weights that the command uses.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import record

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE.parent), str(HERE.parent / "tests")]

SECONDS, BYTES_PER_SECOND = 0.2, 2e6
ONE, EIGHT, MANY = 1, 8, 24
COLUMNS = ("", "in flight", "wall", "", "requests", "sent", "sent / used")


@dataclass(frozen=True)
class Sent:
    """What the server has sent: the number of answers, and the bytes of weights."""

    requests: int
    nbytes: int


def serve(folder: Path) -> None:
    """Print the server's address; then answer each line on stdin with what was sent since the last one."""
    from support.range_server import serving

    with serving(folder, seconds=SECONDS, bytes_per_second=BYTES_PER_SECOND) as server:
        print(server.url, flush=True)
        for _ in sys.stdin:
            sent = [each for each in server.answers if each.path.endswith(".safetensors")]
            print(json.dumps([len(server.answers), sum(each.nbytes for each in sent)]), flush=True)
            server.forget()


def read_all(name: str) -> None:
    """Print the seconds that reading every tensor takes, each announced before as the verbs do."""
    from lorasurgery import open_checkpoint
    from lorasurgery.checkpoint.pages import jobs_ahead

    tensors = list(open_checkpoint(name).tensors.values())
    started = time.monotonic()
    for index, tensor in enumerate(tensors):
        for coming in tensors[index : index + jobs_ahead()]:
            if coming.advise:
                coming.advise()
        tensor.raw()
    print(time.monotonic() - started)


class Store:
    """The server's process, and the environment in which it is S3."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.url = process.stdout.readline().strip()

    def run(self, command: Sequence[str], in_flight: int) -> tuple[float, str, Sent]:
        """Run a command with so many requests at once; its wall seconds, what it printed, what was sent."""
        environment = os.environ | {
            "AWS_ENDPOINT": self.url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "LORASURGERY_IN_FLIGHT": str(in_flight),
            "PYTHONPATH": str(HERE.parent),
        }
        started = time.monotonic()
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        wall = time.monotonic() - started
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return wall, done.stdout, Sent(*json.loads(self.process.stdout.readline()))


@contextmanager
def store(folder: Path) -> Iterator[Store]:
    """Run the server while the block does."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(folder), "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(3600, process.kill)
    watchdog.daemon = True
    watchdog.start()
    try:
        yield Store(process)
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()


def size(folder: Path) -> int:
    """The bytes of a model's weights."""
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def sampled(base: Path) -> int:
    """The bytes of the rows that a planned merge looks at, of the weights that the adapter changes."""
    from lorasurgery import open_checkpoint
    from lorasurgery.surgery.base.rounding_noise import sampled_rows

    tensors = open_checkpoint(base).tensors
    changed = [each for name, each in tensors.items() if name.endswith("_proj.weight")]
    return sum(len(sampled_rows(each.shape[0])) * each.nbytes // each.shape[0] for each in changed)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pair", help="a folder with base, tuned and adapter")
    parser.add_argument("--record", action="store_true", help="keep the figures for RESULTS.md")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--read", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(Path(options.pair))
    elif options.read:
        read_all(options.pair)
    else:
        rows = measured(Path(options.pair))
        for row in rows:
            print(" | ".join(row))
        if options.record:
            record.keep("remote", "remote", __doc__.splitlines()[0], COMMAND, COLUMNS, rows)


COMMAND = "python benchmarks/remote.py PAIR --record"


def measured(pair: Path) -> list[tuple[str, ...]]:
    """Every row of the table."""
    base, tuned, adapter = (size(pair / name) for name in ("base", "tuned", "adapter"))
    rows = []
    with store(pair) as there, tempfile.TemporaryDirectory(prefix="remote-") as scratch:
        reading = [sys.executable, __file__, "s3://base", "--read"]
        alone = 0.0
        for in_flight in (ONE, EIGHT, MANY):
            _, printed, sent = there.run(reading, in_flight)
            seconds = float(printed)
            alone = alone or seconds
            rows.append(_row("read the base", in_flight, seconds, alone, sent, base))
        verbs = {
            "extract --rank 8": (["extract", "s3://base", "s3://tuned", "--rank", "8"], base + tuned),
            "merge": (["merge", "s3://base", "s3://adapter"], base + adapter),
            "merge --dry-run": (
                ["merge", "s3://base", "s3://adapter", "--dry-run"],
                adapter + sampled(pair / "base"),
            ),
            "inspect the adapter": (["inspect", "s3://adapter"], adapter),
        }
        for name, (words, used) in verbs.items():
            output = [] if words[0] == "inspect" else ["-o", f"{scratch}/out-{words[0]}-{len(rows)}"]
            command = [sys.executable, "-m", "lorasurgery", *words, *output]
            wall, _, sent = there.run(command, MANY)
            rows.append(_row(name, MANY, wall, 0.0, sent, used))
    return rows


def _row(name: str, in_flight: int, seconds: float, alone: float, sent: Sent, used: int) -> tuple[str, ...]:
    faster = f"{alone / seconds:.1f} × as fast" if alone else ""
    share = f"{sent.nbytes / used:.3f}"
    return (
        name,
        str(in_flight),
        f"{seconds:.1f} s",
        faster,
        str(sent.requests),
        f"{sent.nbytes / 1e6:.1f} MB",
        share,
    )


if __name__ == "__main__":
    main()
