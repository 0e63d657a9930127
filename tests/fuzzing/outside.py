"""What a trial reaches for outside of its folder: files, and the network."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from support.paths import ROOT

# What Python says of a path that is opened, listed, made, moved or removed (`sys.addaudithook`); the
# places of the path among the arguments.
PATHS = {
    "open": (0,),
    "os.listdir": (0,),
    "os.scandir": (0,),
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.rmdir": (0,),
    "os.rename": (0, 1),
    "os.link": (0, 1),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.chmod": (0,),
}
CALLS = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")
# The program's own files, and those of the system and its packages.
OWN = (str(ROOT), sys.prefix, sys.base_prefix, "/usr", "/proc", "/sys", "/dev/null", "/dev/urandom", "/etc")


class Watch:
    """Notes what is reached for while `on`; Python never lets go of a hook, so there is one a process."""

    def __init__(self) -> None:
        self._allowed: tuple[str, ...] | None = None
        self._found: list[str] = []
        sys.addaudithook(self._note)

    @contextmanager
    def on(self, allowed: Sequence[Path]) -> Iterator[list[str]]:
        """Collect what is reached for outside of some folders and of the program."""
        self._found = found = []
        self._allowed = tuple(f"{each}/" for each in (*OWN, *sys.path[1:], *allowed) if str(each))
        try:
            yield found
        finally:
            self._allowed = None

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        allowed = self._allowed
        if allowed is None:
            return
        if event in CALLS:
            self._found.append(f"{event} {arguments[:2]!r}"[:200])
        if event == "open" and arguments[1] is None and "/" not in str(arguments[0]):
            return  # below a folder that is open, of which Python does not say which one
        if event in ("os.remove", "os.rmdir", "os.mkdir") and arguments[-1] != -1:
            return  # likewise
        for at in PATHS.get(event, ()):
            path = arguments[at]
            if isinstance(path, str | bytes | os.PathLike):
                # A link is followed: what is opened is what it leads to.
                found = os.path.realpath(os.fsdecode(path))
                if not f"{found}/".startswith(allowed):
                    self._found.append(f"{event} {found}"[:200])
