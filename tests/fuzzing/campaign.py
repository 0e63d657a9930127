"""Many inputs for a reader, in a child that may die: what killed it is an outcome, and the next goes on."""

from __future__ import annotations

import json
import mmap
import os
import resource
import signal
import struct
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fuzzing.trial import CHANGED, REFUSED, RIGHT, Bench, Outcome
from support.damaged_files import Reader

# Inputs of one child, so that what a library leaks ends with it.
INPUTS_OF_A_CHILD = 5000
# The folder is looked at after so many inputs: reading has changed nothing, and left nothing.
INPUTS_BETWEEN_LOOKS = 500
# Seconds of the processor that a child may spend in one input, if no signal reaches Python meanwhile.
MOST_SECONDS_IN_C = 20
# More than all libraries reserve, and less than a machine has.
ADDRESS_NBYTES = 4 << 30


@dataclass
class Totals:
    """How the inputs of a reader ended, and the first inputs of every wrong kind."""

    right: int = 0
    refused: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    examples: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    @property
    def inputs(self) -> int:
        return self.right + self.refused + sum(self.wrong.values())

    def add(self, index: int, outcome: Outcome) -> None:
        self.wrong[outcome.name] += 1
        self.examples.setdefault(outcome.name, []).append((index, outcome.said))


class _Shared:
    """What a child has done so far, in memory that its parent sees: counts, and the input at hand."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, 64)

    def write(self, index: int, right: int, refused: int, seconds: float) -> None:
        struct.pack_into("<qqqd", self.memory, 0, index, right, refused, seconds)

    def read(self) -> tuple[int, int, int, float]:
        found: tuple[int, int, int, float] = struct.unpack_from("<qqqd", self.memory)
        return found


def run(reader: Reader, count: int, seed: str, first: int = 0) -> Totals:
    """Try the inputs from `first` on."""
    totals, at = Totals(), first
    while at < first + count:
        stop = min(at + INPUTS_OF_A_CHILD, first + count)
        at = _in_a_child(reader, seed, at, stop, totals)
    return totals


def _in_a_child(reader: Reader, seed: str, start: int, stop: int, totals: Totals) -> int:
    """Try some inputs; return where to go on."""
    shared = _Shared()
    shared.write(start, 0, 0, 0.0)
    with tempfile.TemporaryDirectory(dir=_memory()) as scratch:
        log = Path(scratch) / "wrong.jsonl"
        child = os.fork()
        if not child:
            _be(lambda: _try_all(reader, seed, start, stop, Path(scratch), shared), Path(scratch) / "failed")
        code = _waited(child, shared)
        index, right, refused, seconds = shared.read()
        totals.right, totals.refused = totals.right + right, totals.refused + refused
        totals.seconds += seconds
        for line in log.read_text().splitlines() if log.exists() else ():
            number, name, said = json.loads(line)
            totals.add(number, Outcome(name, said))
        if (Path(scratch) / "failed").exists():
            raise RuntimeError((Path(scratch) / "failed").read_text())
    if code == 0:
        return stop
    totals.add(index, Outcome(f"the process ended with {code}"))
    return index + 1


def _try_all(reader: Reader, seed: str, start: int, stop: int, scratch: Path, shared: _Shared) -> None:
    bench = opened(reader, seed, scratch / "bench")
    right = refused = 0
    began = time.process_time()
    with (scratch / "wrong.jsonl").open("w", buffering=1) as log:
        for index in range(start, stop):
            shared.write(index, right, refused, time.process_time() - began)
            found = bench.outcome(bench.input(index))
            if index % INPUTS_BETWEEN_LOOKS == 0 and bench.strange():
                number, blamed = _blamed(bench, max(start, index - INPUTS_BETWEEN_LOOKS + 1), index)
                log.write(json.dumps([number, blamed.name, blamed.said]) + "\n")
                continue
            right, refused = right + (found.name == RIGHT), refused + (found.name == REFUSED)
            if found.is_wrong:
                log.write(json.dumps([index, found.name, found.said]) + "\n")
        shared.write(stop, right, refused, time.process_time() - began)


def _blamed(bench: Bench, first: int, last: int) -> tuple[int, Outcome]:
    """The input that changed a file or left one: they are all tried again, with a look after each."""
    strange = bench.strange()
    bench.restore()
    for index in range(first, last + 1):
        found = outcome_with_a_look(bench, bench.input(index))
        if found.name == CHANGED:
            return index, found
    return last, Outcome(CHANGED, f"{', '.join(strange[:5])}, after the inputs from {first} on")


def outcome_with_a_look(bench: Bench, files: Mapping[str, bytes]) -> Outcome:
    """What becomes of an input; and where it changed a file or left one, which, and all are put back."""
    found = bench.outcome(files)
    if strange := bench.strange():
        bench.restore()
        return found if found.is_wrong else Outcome(CHANGED, ", ".join(strange[:5]))
    return found


def opened(reader: Reader, seed: str, folder: Path) -> Bench:
    """A bench in a folder, from where relative paths lead nowhere, and under a limit of memory."""
    (folder / "elsewhere").mkdir(parents=True)
    bench = Bench(reader, folder, seed)
    os.chdir(folder / "elsewhere")
    os.environ["TMPDIR"] = str(bench.scratch)
    tempfile.tempdir = str(bench.scratch)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + ADDRESS_NBYTES, resource.RLIM_INFINITY))
    bench.outcome({})  # imports and compiles what the first input would
    return bench


def outcome_in_a_child(reader: Reader, seed: str, files: dict[str, bytes]) -> str:
    """The name of what becomes of some damaged files, whatever it does to the process."""
    with tempfile.TemporaryDirectory(dir=_memory()) as scratch:
        answer = Path(scratch) / "answer"

        def answered() -> None:
            bench = opened(reader, seed, Path(scratch) / "bench")
            answer.write_text(outcome_with_a_look(bench, files).name)

        child = os.fork()
        if not child:
            _be(answered, Path(scratch) / "failed")
        code = _waited(child, _Shared())
        return answer.read_text() if code == 0 else f"the process ended with {code}"


def _be(work: Callable[[], None], failed: Path) -> None:
    """Do the work in a child: never returns."""
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        work()
        code = 0
    except BaseException:
        failed.write_text(traceback.format_exc())
    finally:
        os._exit(code)


def _waited(child: int, shared: _Shared) -> int:
    """Wait for a child, and kill it where one input keeps the processor busy for too long."""
    at, since = -1, 0.0
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        index, seconds = shared.read()[0], _seconds_of(child)
        if index != at:
            at, since = index, seconds
        elif seconds - since > MOST_SECONDS_IN_C + (40 if index == -1 else 0):
            os.kill(child, signal.SIGKILL)
        time.sleep(0.05)


def _seconds_of(child: int) -> float:
    """The processor's seconds of a process."""
    try:
        parts = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def _memory() -> str | None:
    """A folder in memory, where there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
