"""Inputs that atheris chooses by the lines that they reach; needs the package atheris, for long runs.

Half of the changes are ours, in a file's structure, and half atheris' own. The run ends at the first
input that is wrong, which is saved.
"""

from __future__ import annotations

import importlib
import os
import random
import sys
import tempfile
import traceback
from pathlib import Path

from fuzzing.covered import modules_of
from support.damage import damaged

# Of an input, whose first byte chooses the file.
MOST_BYTES = 1 << 20


def run_guided(name: str, inputs: int, seed: int, failures: Path | None) -> int:
    """Read so many inputs of a reader in a process of its own; 1 where one was wrong."""
    with tempfile.TemporaryDirectory() as place:
        child = os.fork()
        if not child:
            code: object = 70
            try:
                _guide(name, inputs, seed, failures, Path(place))
                code = 0
            except SystemExit as ended:
                code = ended.code or 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code if isinstance(code, int) else 1)
        return int(os.waitpid(child, 0)[1] != 0)


def _guide(name: str, inputs: int, seed: int, failures: Path | None, place: Path) -> None:
    import atheris  # type: ignore[import-not-found]

    with atheris.instrument_imports(include=["lorasurgery"]):
        for each in modules_of(name):
            importlib.import_module(each)
        from fuzzing.campaign import opened
        from support.damaged_files import READERS
    bench = opened(READERS[name], f"{seed} {name}", place / "bench")
    names = sorted(set(bench.targets))[:256]
    corpus = place / "corpus"
    corpus.mkdir()
    for number, target in enumerate(names):
        (corpus / str(number)).write_bytes(bytes([number]) + bench.good[target])

    def one(data: bytes) -> None:
        target = names[data[0] % len(names)] if data else names[0]
        found = bench.outcome({target: data[1:]})
        if found.is_wrong:
            if failures:
                (failures / name).mkdir(parents=True, exist_ok=True)
                (failures / name / Path(target).name).write_bytes(data[1:])
            raise AssertionError(f"{target}: {found.name} {found.said}")

    def changed(data: bytes, most: int, number: int) -> bytes:
        chance = random.Random(number)
        if chance.random() < 0.5 or not data:
            mutated: bytes = atheris.Mutate(data, most)
            return mutated
        return (data[:1] + damaged(Path(names[data[0] % len(names)]), data[1:], chance))[:most]

    flags = [f"-atheris_runs={inputs}", f"-seed={seed + 1}", f"-max_len={MOST_BYTES}", "-rss_limit_mb=0"]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], one, custom_mutator=changed)
    atheris.Fuzz()
