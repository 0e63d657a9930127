"""Swappable graphs of two adapters, made once for all tests."""

from __future__ import annotations

import pytest

from support.shared_folders import Shared
from support.swappable_cases import Cases


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory, shared: Shared) -> Cases:
    return Cases(tmp_path_factory.mktemp, shared)
