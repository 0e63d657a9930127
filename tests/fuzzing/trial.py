"""One input: a file of a good folder is damaged, the folder is read, and the outcome has a name."""

from __future__ import annotations

import hashlib
import random
import resource
import signal
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from fuzzing.outside import Watch
from lorasurgery.errors import SurgeryError
from support.damage import damaged
from support.damaged_files import Reader, made

RIGHT, REFUSED, MEMORY, TOO_LONG = "right", "refused", "memory", "too long"
CHANGED = "a file was changed or left"
# Of the processor, beyond which an input is a hang.
MOST_SECONDS = 5
# A line that people read; what is longer was quoted whole from a file.
MOST_LETTERS = 2100
# Memory that an input may take: so many times its bytes, and what libraries take for anything.
TIMES_THE_FILE, CONSTANT_NBYTES = 10, 96 << 20


class TooLong(BaseException):
    """The processor was busy with one input for too long; nothing may catch this."""


@dataclass(frozen=True)
class Outcome:
    """How an input ended: `RIGHT`, `REFUSED`, or what is wrong and where."""

    name: str
    said: str = ""

    @property
    def is_wrong(self) -> bool:
        return self.name not in (RIGHT, REFUSED)


class Bench:
    """A good folder of a reader, in which one input after the other is laid and read."""

    def __init__(self, reader: Reader, folder: Path, seed: str) -> None:
        self.reader, self.seed = reader, seed
        self.folder, self.scratch = folder / "good", folder / "scratch"
        self.scratch.mkdir()
        made(reader, self.folder)
        names = (self.folder / "damaged.txt").read_text().split("\n")
        (self.folder / "damaged.txt").unlink()
        self.targets = names
        self.good = {name: (self.folder / name).read_bytes() for name in names}
        self.before = self.state()
        self._bytes = {name: (folder / name).read_bytes() for name in self.before}
        self.watch = Watch()

    def input(self, index: int) -> dict[str, bytes]:
        """The damaged files of an input, by its number: one file, and now and then two."""
        chance = random.Random(f"{self.seed} {index}")
        if self.reader.inputs:
            return self.reader.inputs(chance)
        chosen = {chance.choice(self.targets) for _ in range(1 if chance.random() < 0.9 else 2)}
        return {name: damaged(Path(name), self.good[name], chance) for name in sorted(chosen)}

    def outcome(self, files: Mapping[str, bytes]) -> Outcome:
        """Read the folder with some of its files damaged.

        Time and memory count where they are taken twice: the first time may have imported something.
        """
        found = self._tried(files)
        return self._tried(files) if found.name in (MEMORY, TOO_LONG) else found

    def _tried(self, files: Mapping[str, bytes]) -> Outcome:
        for name, data in files.items():
            (self.folder / name).write_bytes(data)
        nbytes = sum(map(len, files.values()))
        forget_peak()
        before, began = peak_nbytes(), time.process_time()
        with self.watch.on([self.folder, self.scratch]) as reached:
            found = self._read(files)
        seconds, grown = time.process_time() - began, peak_nbytes() - before
        for name in files:
            (self.folder / name).write_bytes(self.good[name])
        if reached and self.reader.stays_inside and not found.is_wrong:
            return Outcome("outside of the folder", ", ".join(reached[:3]))
        if seconds > MOST_SECONDS and not found.is_wrong:
            return Outcome(TOO_LONG, f"{seconds:.1f} s, then {found.name}: {found.said}")
        if grown > TIMES_THE_FILE * nbytes + CONSTANT_NBYTES:
            return Outcome(MEMORY, f"{grown >> 20} MiB for {nbytes} bytes, then {found.name}")
        return found

    def _read(self, files: Mapping[str, bytes]) -> Outcome:
        one, folders = self.reader.read_one, {name.partition("/")[0] for name in files}
        try:
            with _limited(), warnings.catch_warnings():
                # numpy's, which a user would find between the lines of the program
                warnings.simplefilter("error", RuntimeWarning)
                if one and folders:
                    for name in sorted(folders):
                        one(self.folder / name)
                else:
                    self.reader.read(self.folder)
        except SurgeryError as error:
            return judged(str(error))
        except TooLong as error:
            return Outcome(f"too long in {_place(error)}")
        except Exception as error:
            return Outcome(f"{type(error).__name__} in {_place(error)}", str(error)[:300])
        return Outcome(RIGHT)

    def strange(self) -> list[str]:
        """The files that are other than before the first input, or that were not there."""
        now = self.state()
        return sorted(name for name in now | self.before if now.get(name) != self.before.get(name))

    def restore(self) -> None:
        """Put every file back, and take away what was not there before the first input."""
        for name in self.strange():
            path = self.folder.parent / name
            if name in self._bytes:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self._bytes[name])
            else:
                path.unlink()

    def state(self) -> dict[str, str]:
        """The hash of every file, to see that reading changes none and leaves none."""
        return {
            str(path.relative_to(self.folder.parent)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.folder.parent.rglob("*"))
            if path.is_file()
        }


def inputs_of(reader: Reader, seed: str, index: int) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The damaged files of an input, and the good ones."""
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(reader, Path(scratch), seed)
        return bench.input(index), bench.good


def judged(message: str) -> Outcome:
    """What a refusal is worth: a line that a person can read, without anything that a terminal obeys."""
    if len(message) > MOST_LETTERS:
        return Outcome("a long line", message[:300])
    if not message.strip():
        return Outcome("an empty line")
    if not message.isprintable():
        return Outcome("a line with control characters", repr(message)[:300])
    return Outcome(REFUSED, message)


def peak_nbytes() -> int:
    """The most memory that this process had since its peak was forgotten."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def forget_peak() -> None:
    """Let the peak be what there is now (proc(5), clear_refs)."""
    with suppress(OSError), open("/proc/self/clear_refs", "w") as file:  # noqa: PTH123 - a thousand times a second
        file.write("5")


@contextmanager
def _limited() -> Iterator[None]:
    """Stop the block after some seconds of the processor."""

    def stop(_: int, __: FrameType | None) -> None:
        raise TooLong

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _place(error: BaseException) -> str:
    """The innermost line of the program that an error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/lorasurgery/" in frame.filename]
    last = (own or frames)[-1]
    return f"{last.filename.rpartition('/lorasurgery/')[2]}:{last.lineno}"
