"""One trial: a run in which one call goes wrong, what it left, and what a second run makes of that."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from faults import shim
from faults.disturbances import DISTURBANCES
from faults.flushes import unflushed
from faults.laboratory import state
from faults.scenes import Scene, setup_of

# Of a child; the runs take tenths of a second, training and tracing a few.
CPU_SECONDS = 60
# After which a run is taken to wait for itself, and ended by SIGALRM; longer where the machine is busy.
SECONDS = 300
INTERRUPTED = 130


@dataclass(frozen=True)
class Fault:
    """What happens at the n-th call: the word for it is an action of `shim.py` and a value."""

    name: str
    action: str
    value: int = 0
    copies_alone: bool = False
    # The calls that it can befall, where these are not all.
    calls: tuple[str, ...] = ()
    # One of DISTURBANCES, done to an input while the run is stopped at the call.
    disturbance: str = ""
    # The number is no call but a moment: so many thousandths of the time that a run takes.
    is_at_a_moment: bool = False

    def places(self, journal: list[str], different: list[int] | None = None) -> list[int]:
        """The numbers of the calls of a run that it can befall; only of those that differ, if given."""
        if self.copies_alone:  # and counted alone
            return list(range(1, journal.count("copy_file_range") + 1))
        numbers = different or range(1, len(journal) + 1)
        return [number for number in numbers if not self.calls or journal[number - 1] in self.calls]

    @property
    def kills(self) -> bool:
        return self.action.startswith("signal") and self.value in (signal.SIGKILL, signal.SIGTERM)


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit code, or minus the signal that killed it, and what it printed."""

    code: int
    said: str
    calls: int
    answer: str = ""

    def refused(self, scene: Scene) -> bool:
        """Whether it says, or shows by how it ended, that it has no answer."""
        is_trouble = self.code == scene.trouble and "error:" in self.said
        return is_trouble or self.code < 0 or self.code == INTERRUPTED


@dataclass(frozen=True)
class Violation:
    """A promise that a trial found broken."""

    scene: str
    fault: str
    nth: int
    what: str

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


class Laboratory:
    """A folder with the inputs, and for each scene the bytes of an undisturbed run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scratch = folder.with_name(f"{folder.name}-said")
        self.scratch.mkdir(exist_ok=True)
        self.inputs: dict[str, str] = {}
        self.earlier: dict[str, dict[str, str]] = {}
        self.wanted: dict[str, dict[str, str]] = {}
        self.calls: dict[str, int] = {}
        self.different: dict[str, list[int]] = {}
        self.names: dict[str, list[str]] = {}
        self.seconds: dict[str, float] = {}
        self.unflushed: dict[str, list[str]] = {}
        self._disturbed: Path | None = None

    def prepare(self, scenes: dict[str, Scene]) -> None:
        """Run every scene once, undisturbed."""
        for scene in setup_of(scenes):
            self._done(scene)
        for name in {name for scene in scenes.values() for name in scene.consumes}:
            shutil.move(self.folder / name, self.scratch / name)
        self.inputs = state(self.folder)
        for name, scene in scenes.items():
            if scene.before:
                self._done(Scene(scene.before))
                shutil.copytree(self.folder / scene.output, self.scratch / name)
            self._lay_consumed(scene)
            self.earlier[name] = state(self.folder / scene.output)
            began = time.monotonic()
            done = self.run(scene.arguments) if scene.answers else self._done(scene)
            self.seconds[name] = time.monotonic() - began
            self.calls[name], self.different[name] = done.calls, different(self.journal())
            self.names[name] = [call for call, *_ in self.journal()]
            self.wanted[name] = self._made(scene, done)
            out = str(self.folder / scene.output)
            self.unflushed[name] = [] if scene.answers else unflushed(self.journal(), out, self.wanted[name])
            self.clear()

    def tried(self, name: str, scene: Scene, fault: Fault, nth: int) -> list[Violation]:
        """Let the n-th call of a run go wrong, look at what is there, and run again."""
        self.lay_earlier(name, scene)
        first = self.run(scene.arguments, fault, nth, moment=self.seconds[name] * nth / 1000)
        found, wanted = self._made(scene, first), self.wanted[name]
        if fault.disturbance and found not in (wanted, {}, self.earlier[name]):
            wanted = self._made_of_the_other_input(name, scene)
        inputs = self._restored()
        broken = list(self._broken_after(name, scene, found, wanted, first, fault))
        if inputs != self.inputs:
            broken.append("an input was changed")
        if not broken and found in ({}, self.earlier[name]):
            second = self.run(scene.arguments)
            if self._made(scene, second) != self.wanted[name] or (second.code and not scene.answers):
                broken.append(f"the second run ended with {second.code}: {second.said[-300:]}")
        if not broken and self.left(scene):
            self.run(scene.arguments)  # which finds a whole output, and clears what the first left beside it
            if left := self.left(scene):
                broken.append(f"left behind after a second run: {', '.join(left)}")
        self.clear()
        return [Violation(name, fault.name, nth, what) for what in broken]

    def left(self, scene: Scene) -> list[str]:
        output = self.folder / scene.output
        may_be_there = {output.parent, *(self.folder / name for name in (scene.kept, *scene.consumes))}
        may_be_there |= {output, *(self.folder / name for name in self._names())}
        there = {*self.folder.iterdir(), *(output.parent.iterdir() if output.parent.is_dir() else ())}
        return sorted(path.name for path in there - may_be_there)

    def _made_of_the_other_input(self, name: str, scene: Scene) -> dict[str, str]:
        """What an undisturbed run makes of the input as it is now: right where the change came first."""
        self.clear()
        self.lay_earlier(name, scene)
        return self._made(scene, self.run(scene.arguments))

    def _made(self, scene: Scene, ended: Ended) -> dict[str, str]:
        """What a run made: the files of its output by hash, or its answer; nothing where there is none."""
        if not scene.answers:
            return state(self.folder / scene.output)
        return {} if ended.refused(scene) else {"answer": ended.answer, "exit code": str(ended.code)}

    def lay_earlier(self, name: str, scene: Scene) -> None:
        if scene.before:
            shutil.copytree(self.scratch / name, self.folder / scene.output)
        self._lay_consumed(scene)

    def _lay_consumed(self, scene: Scene) -> None:
        for name in scene.consumes:
            shutil.copytree(self.scratch / name, self.folder / name)

    def _broken_after(
        self,
        name: str,
        scene: Scene,
        found: dict[str, str],
        wanted: dict[str, str],
        ended: Ended,
        fault: Fault,
    ) -> Iterator[str]:
        is_whole = found == wanted
        if not is_whole and found not in ({}, self.earlier[name]):
            what = (
                f"another answer: {found}"[:900]
                if scene.answers
                else f"neither whole nor absent: {sorted(found)}"
            )
            yield what
        if "Traceback" in ended.said:
            yield f"a traceback: {ended.said[-600:]}"
        if scene.answers and is_whole:
            return
        if ended.code == 0 and not is_whole:
            yield "the run said that it succeeded, and the output is not there"
        if ended.code not in (0, scene.trouble, INTERRUPTED) and not (
            fault.kills and ended.code == -fault.value
        ):
            yield f"ended with {ended.code}: {ended.said[-300:]}"
        if ended.code in (scene.trouble, INTERRUPTED):
            yield from self.false_sentences(ended, is_whole)

    @staticmethod
    def false_sentences(ended: Ended, is_whole: bool) -> Iterator[str]:
        lines = [
            line for line in re.split(r"[\r\n]+", ended.said) if line.startswith(("error:", "interrupted"))
        ]
        if len(lines) != 1 or len(lines[0]) > 1000:
            yield f"not one line of error: {ended.said[-300:]}"
        elif "no output was written" in lines[0] and is_whole:
            yield "it says that no output was written, and it is there"
        elif re.search(r"\bout(\.\w+)? was written", lines[0]) and not is_whole:
            yield "it says that the output was written, and it is not there"

    def run(
        self, arguments: tuple[str, ...], fault: Fault | None = None, nth: int = 0, moment: float = 0
    ) -> Ended:
        """Run a command line in a child."""
        said, journal = self.scratch / "said", self.scratch / "journal"
        child = self.begun(arguments, said, journal, fault, nth)
        if fault is not None and fault.is_at_a_moment:
            time.sleep(moment)
            os.kill(child, fault.value)
        _, status = os.waitpid(child, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            assert fault is not None
            self._disturb(fault.disturbance, arguments, nth)
            os.kill(child, signal.SIGCONT)
            _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        calls = journal.read_text(errors="replace").count("\n")
        return Ended(code, said.read_text(errors="replace"), calls, _screen(said).read_text(errors="replace"))

    def begun(
        self, arguments: tuple[str, ...], said: Path, journal: Path, fault: Fault | None = None, nth: int = 0
    ) -> int:
        """Start a command line in a child, and return its number."""
        for path in (said, _screen(said)):
            path.write_text("")
        child = os.fork()
        if not child:
            _be(self.folder, arguments, fault, nth, said, journal)
        return child

    def journal(self) -> list[list[str]]:
        """The calls of the last run: name, path, second path."""
        return [line.split("\t") for line in (self.scratch / "journal").read_text().splitlines()]

    def _done(self, scene: Scene) -> Ended:
        ended = self.run(scene.arguments)
        if ended.code:
            raise RuntimeError(f"{' '.join(scene.arguments)} ended with {ended.code}: {ended.said}")
        return ended

    def _disturb(self, name: str, arguments: tuple[str, ...], nth: int) -> None:
        """Change one of the weight files that a command line names."""
        folders = {each.partition(":")[0] for each in arguments if each.partition(":")[0] in self._names()}
        files = sorted(path for each in folders for path in (self.folder / each).glob("*.safetensors"))
        if not files:
            return  # it reads no inputs of others
        path = files[nth % len(files)]
        shutil.copy2(path, self.scratch / "kept")
        self._disturbed = path
        DISTURBANCES[name](path)

    def _restored(self) -> dict[str, str]:
        """Put back the input that was disturbed, and look at all of them."""
        if self._disturbed is not None:
            shutil.copy2(self.scratch / "kept", self._disturbed)
            self._disturbed = None
        return self.inputs_now()

    def clear(self) -> None:
        for path in self.folder.iterdir():
            if path.name not in self._names():
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _names(self) -> set[str]:
        return {place.partition("/")[0] for place in self.inputs}

    def inputs_now(self) -> dict[str, str]:
        return {
            place: found
            for place, found in state(self.folder).items()
            if place.partition("/")[0] in self._names()
        }


def _screen(said: Path) -> Path:
    """The file with what a run printed on stdout, beside that with what it said on stderr."""
    return said.with_name(f"{said.name} on the screen")


def different(journal: list[list[str]]) -> list[int]:
    """The numbers of calls that differ from all before: in what is done, with which file, or after what."""
    seen, found, last = set(), [], ""
    for number, (call, path, _) in enumerate(journal, 1):
        # What a run makes on the way has a name by chance.
        own = f"{call} {re.sub(r'[0-9a-z_]{8}(?=[/.]|$)', '*', path)}"
        if (last, own) not in seen:
            found.append(number)
        seen.add((last, own))
        last = own
    return found


def _be(
    folder: Path, arguments: tuple[str, ...], fault: Fault | None, nth: int, said: Path, journal: Path
) -> None:
    """Become the command line, in a child: never returns."""
    code = 70
    try:
        os.chdir(folder)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
        signal.alarm(int(SECONDS * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))))
        for descriptor, path in ((1, _screen(said)), (2, said)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND), descriptor)
        log = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv = ["lorasurgery", *arguments]
        from lorasurgery.cli.main import main

        shim.arm(
            folder,
            nth,
            fault.action if fault and not fault.is_at_a_moment else "nothing",
            fault.value if fault else 0,
            copies_alone=fault.copies_alone if fault else False,
            journal=log,
        )
        main()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
