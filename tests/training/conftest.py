"""Files of examples."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.film_reviews import write_tsv


@pytest.fixture
def films(tmp_path: Path) -> Path:
    return write_tsv(tmp_path / "films.tsv", 96)


@pytest.fixture
def held(tmp_path: Path) -> Path:
    return write_tsv(tmp_path / "held.tsv", 40, seed=1)


@pytest.fixture(scope="session")
def sst2() -> Path:
    """SST-2, where LORASURGERY_DATA says that it is."""
    data = os.environ.get("LORASURGERY_DATA")
    if not data or not (Path(data) / "glue" / "SST-2").is_dir():
        pytest.skip("LORASURGERY_DATA is unset, or holds no glue/SST-2")
    return Path(data) / "glue" / "SST-2"
