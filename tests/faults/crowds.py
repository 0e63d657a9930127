"""Two and three runs to one output at the same time, of which one may be killed."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator

from faults.laboratory import state
from faults.scenes import SCENES
from faults.trials import INTERRUPTED, Ended, Laboratory, Violation

NAMES = {2: "two runs at once", 3: "three runs at once"}
KILLED = "two runs at once, one of them killed"


def crowd(
    laboratory: Laboratory, name: str, count: int, chance: random.Random, *, kill: bool
) -> list[Violation]:
    """Start some runs of a scene at almost the same time, and look at what they leave."""
    scene, fault = SCENES[name], KILLED if kill else NAMES[count]
    laboratory.lay_earlier(name, scene)
    ended = _ended(laboratory, name, count, chance, kill=kill)
    found = state(laboratory.folder / scene.output)
    broken = list(_broken(laboratory, name, ended, found, kill=kill))
    if laboratory.inputs_now() != laboratory.inputs:
        broken.append("an input was changed")
    if not broken and found != laboratory.wanted[name]:
        again = laboratory.run(scene.arguments)
        if again.code or state(laboratory.folder / scene.output) != laboratory.wanted[name]:
            broken.append(f"a run afterwards ended with {again.code}: {again.said[-300:]}")
    if not broken and laboratory.left(scene):
        laboratory.run(scene.arguments)
        if left := laboratory.left(scene):
            broken.append(f"left behind: {', '.join(left)}")
    laboratory.clear()
    return [Violation(name, fault, count, what) for what in broken]


def _ended(
    laboratory: Laboratory, name: str, count: int, chance: random.Random, *, kill: bool
) -> list[Ended]:
    said = [laboratory.scratch / f"said {number}" for number in range(count)]
    children = []
    for each in said:
        children.append(laboratory.begun(SCENES[name].arguments, each, laboratory.scratch / "journal"))
        time.sleep(chance.choice([0, 0.02, 0.2]) * laboratory.seconds[name])
    if kill:
        time.sleep(chance.random() * laboratory.seconds[name])
        os.kill(children[0], signal.SIGKILL)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    return [Ended(code, each.read_text(errors="replace"), 0) for code, each in zip(codes, said, strict=True)]


def _broken(
    laboratory: Laboratory, name: str, ended: list[Ended], found: dict[str, str], *, kill: bool
) -> Iterator[str]:
    scene, is_whole = SCENES[name], found == laboratory.wanted[name]
    if not is_whole and found not in ({}, laboratory.earlier[name]):
        yield f"the output is neither whole nor absent: {sorted(found)}"
    if not any(each.code == 0 for each in ended) and not kill:
        yield f"no run succeeded: {[each.said[-200:] for each in ended]}"
    if any(each.code == 0 for each in ended) and not is_whole:
        yield "a run said that it succeeded, and the output is not there"
    for each in ended:
        if "Traceback" in each.said:
            yield f"a traceback: {each.said[-600:]}"
        if each.code in (scene.trouble, INTERRUPTED):
            yield from laboratory.false_sentences(each, is_whole=False)
        elif each.code not in (0, -signal.SIGKILL if kill else 0):
            yield f"ended with {each.code}: {each.said[-300:]}"
