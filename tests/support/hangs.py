"""A guard for tests of inputs that once took hours: they fail then, instead of holding the suite up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

# Not a measure of speed: what the guarded tests take is under a second, what they catch is hours.
CPU_SECONDS = 120


@contextmanager
def never_hangs() -> Iterator[None]:
    """Fail where the block took more CPU time than any machine needs for work that does not explode."""
    began = time.process_time()
    yield
    assert time.process_time() - began < CPU_SECONDS
