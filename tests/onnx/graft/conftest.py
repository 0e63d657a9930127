"""Graphs with an adapter grafted into them, made once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import exported_graphs as g
from support.graft_cases import EXPORTERS, Case, copied
from support.shared_folders import Shared


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory, shared: Shared) -> dict[str, Case]:
    """One of every family, made when it is first asked for."""

    class Made(dict[str, Case]):
        def __missing__(self, name: str) -> Case:
            self[name] = _case(name, tmp_path_factory.mktemp(name), shared)
            return self[name]

    return Made()


def _case(name: str, folder: Path, shared: Shared) -> Case:
    model = g.built(name)
    model.save_pretrained(folder / "base")

    class Graphs(dict[str, Path]):
        """The graph of each exporter, made when it is first asked for."""

        def __missing__(self, key: str) -> Path:
            self[key] = copied(g.exported_once(name, shared, dynamo=EXPORTERS[key]), folder / key)
            return self[key]

    return Case(
        name,
        model,
        g.adapted(name, model, folder / "adapter"),
        folder / "base",
        folder / "adapter",
        Graphs(),
    )
