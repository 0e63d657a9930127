"""What is made once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

# The folder of a name; the function fills it the first time that anybody asks, and nobody writes to
# it afterwards.
Shared = Callable[[str, Callable[[Path], object]], Path]
