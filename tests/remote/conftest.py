"""What these tests open from elsewhere is forgotten: plans of a process that reads remotely announce more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lorasurgery.remote import is_any_open, stand_ins


@pytest.fixture(scope="module", autouse=True)
def nothing_stays_open() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stand_ins, "_FILES", {})
        yield
    assert not is_any_open()
