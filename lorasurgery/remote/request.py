"""One request for a range of a file, sent again with growing pauses until the right bytes have come.

Every answer is held against what was asked for and against the file's mark (its ETag, or else its size
and time) from when it was opened. What a store says in an error is never passed on: it has the whole
address in it, signatures included.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from lorasurgery.errors import DamagedFileError, RemoteError, SurgeryError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

# How often a request is sent before the file is given up, the longest pause between two, and how often
# an answer of another state of the file is asked for again: one server of many may lag behind.
ATTEMPTS, LONGEST_PAUSE_S, ATTEMPTS_AT_CHANGED = 7, 10.0, 3
# And how often where answers began and stood still: each of these takes as long as `stores.py` waits.
ATTEMPTS_AT_STILL = 3
FIRST_PAUSE_S = 0.2
STATUS = re.compile(r"status code: (\d{3})")
# What obstore says of its HTTP client's error; an address has no spaces.
REDIRECTED = re.compile(r"kind: Redirect\b")
# What is worth another try: the server's own trouble, and "too many requests" or "too early".
PASSING = frozenset({408, 425, 429})

Result = TypeVar("Result")
Locate = Callable[[bool], tuple["ObjectStore", str]]


@dataclass(frozen=True)
class Mark:
    """The state of a file when it was opened: what every later answer must be of."""

    size: int
    e_tag: str | None
    modified: float | None = None

    @property
    def tag(self) -> str:
        """The ETag bare: answers of one store may call it weak, and Azure's lists leave out the quotes."""
        return (self.e_tag or "").removeprefix("W/").strip('"')

    def agrees(self, other: Mark) -> bool:
        """Whether an answer is of this state; an ETag decides where both have one."""
        if self.size != other.size:
            return False
        if self.e_tag and other.e_tag:
            return self.tag == other.tag
        return self.modified == other.modified or None in (self.modified, other.modified)


@dataclass(frozen=True)
class Answer:
    """The bytes of a range, the mark of the file that they are of, and the name that the server gives it."""

    data: memoryview
    mark: Mark
    file_name: str | None = None


class PassingError(Exception):
    """A failure that another try may not have; the text says what it was."""


class StillError(PassingError):
    """An answer began and never ended."""


class AbsentError(Exception):
    """There is nothing under this key."""


class ChangedError(Exception):
    """The answer is of another state of the file."""


class RefusedError(Exception):
    """The store knows the request and does not allow it."""


class NoRangesError(Exception):
    """The server sends whole files only."""


OURS = (PassingError, AbsentError, ChangedError, RefusedError, NoRangesError)


def fetch_range(shown: str, locate: Locate, start: int, stop: int, mark: Mark | None = None) -> Answer:
    """Fetch bytes `start` to `stop` (exclusive), or up to the end of a shorter file while it has no mark.

    Args:
        shown: what the file is called.
        locate: gives its store and key; told whether the last answer was a refusal, since a signed
            address runs out.

    Raises:
        AbsentError: there is nothing of that name.
        DamagedFileError: the file is another one than when it was opened.
        RemoteError: it is refused, or no right answer came.
    """
    return patiently(
        f"{shown} (bytes {start}-{stop - 1})",
        lambda was_refused: _asked(*locate(was_refused), start, stop, mark),
    )


def patiently(shown: str, ask: Callable[[bool], Result]) -> Result:
    """Ask until an answer comes that is right, or that another try would not change.

    Args:
        ask: told whether the store has refused the request before; raises the errors of this file, or
            those of obstore.

    Raises:
        AbsentError, DamagedFileError, RemoteError: see `fetch_range`.
    """
    changed, still, was_refused, reason = 0, 0, False, ""
    for attempt in range(ATTEMPTS):
        if attempt:
            pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (attempt - 1))
            time.sleep(pause * random.uniform(0.5, 1))
        try:
            return ask(was_refused)
        except SurgeryError:
            raise
        except Exception as error:
            failure = error if isinstance(error, OURS) else _sorted_out(error)
        if isinstance(failure, AbsentError):
            raise failure from None
        if isinstance(failure, NoRangesError):
            raise RemoteError(
                f"{shown} is on a server that does not serve ranges of files; download it, and give its path."
            )
        if isinstance(failure, RefusedError):
            if was_refused:
                raise _refusal(shown, str(failure))
            was_refused = True
        changed += isinstance(failure, ChangedError)
        still += isinstance(failure, StillError)
        reason = str(failure)
        if changed == ATTEMPTS_AT_CHANGED or still == ATTEMPTS_AT_STILL:
            break
    if changed:
        raise DamagedFileError(
            f"{shown} was changed while it was being read; run the command again once it is still."
        )
    raise RemoteError(
        f"{shown} could not be read: {reason}, {attempt + 1} times in a row. Run the command again; on a "
        "slow line, with LORASURGERY_IN_FLIGHT=4 in the environment. Where a verb has --resume, it keeps "
        "what is finished."
    )


def _refusal(shown: str, status: str) -> RemoteError:
    return RemoteError(
        f"{shown} is refused ({status}). Check the address, and that the credentials of this environment may "
        "read it; docs/remote.md lists where they come from."
    )


def _asked(store: ObjectStore, key: str, start: int, stop: int, mark: Mark | None) -> Answer:
    """Send one request and hold the answer against what was asked."""
    import obstore

    result = obstore.get(store, key, options={"range": (start, stop)})
    answered = mark_of(result.meta)
    if mark is not None and not mark.agrees(answered):
        raise ChangedError
    expected = min(stop, answered.size) - start
    first, end = result.range
    if (first, end) != (start, start + expected):
        raise PassingError(f"an answer had bytes {first}-{end - 1} where others were asked for")
    name = _name_in(result.attributes)
    # Not to the end of the answer, which a server may say is further than it ever sends.
    data = next(iter(result.stream(min_chunk_size=max(1, expected))), b"")
    if len(data) < expected:
        raise PassingError(f"an answer had {len(data)} bytes where {expected} were asked for")
    return Answer(memoryview(data)[:expected], answered, name)


def mark_of(meta: Any) -> Mark:
    """The mark in what a store says of a file."""
    modified = meta["last_modified"].timestamp()
    # A server that states no time is given the beginning of time by obstore.
    return Mark(meta["size"], meta["e_tag"], modified or None)


def _name_in(attributes: Any) -> str | None:
    """The file's name in a Content-Disposition, for addresses that have a number in its place."""
    found = re.search(r'filename="?([^";/\\.][^";/\\]*)', str(attributes.get("Content-Disposition", "")))
    return found[1].strip() if found else None


def _sorted_out(error: Exception) -> Exception:
    """What an error of obstore means for the next step."""
    from obstore import exceptions

    text = str(error)
    found = STATUS.search(text)
    status = int(found[1]) if found else None
    if isinstance(error, FileNotFoundError):
        return AbsentError()
    if isinstance(error, exceptions.NotSupportedError):
        return NoRangesError()
    if isinstance(error, exceptions.PreconditionError):
        return ChangedError()
    if status is not None and status < 500 and status not in PASSING:
        return AbsentError() if status in (404, 410) else RefusedError(f"status {status}")
    if REDIRECTED.search(text):
        return RefusedError("it redirects from one address to the next without end")
    if isinstance(error, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError):
        return RefusedError("not allowed")
    if status is not None:
        return PassingError(f"the server answered with status {status}")
    if re.search("TimedOut|timed out|operation timed", text):
        if re.search(r"kind: Body\b", text):
            return StillError("an answer stopped half way")
        return PassingError("no answer came in time")
    return PassingError("the connection broke")
