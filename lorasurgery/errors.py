"""Every error a user can cause.

SurgeryError                 one line for stderr: what, where, and the way out; exit code 1
├── CheckpointError          a checkpoint cannot be read
│   ├── NotACheckpointError  the path holds no weights we know
│   ├── DamagedFileError     truncated, or its header lies, or its index points outside
│   ├── UnsafePickleError    a pickle that wants to run code
│   ├── HubError             a Hub name that cannot be resolved or fetched
│   └── UnreadableError      a file that its disk or its server does not give now
│       └── RemoteError      a bucket or a web server that refuses, or does not answer
├── AlignmentError           two checkpoints (or a checkpoint and its class) do not belong together
├── NumericError             a NaN or an infinity where a number is needed
├── DataError                a file of examples is not what its task needs (`training/data.py`)
├── NothingToDoError         the request leaves no work: equal models, a filter that matches nothing
├── OutputError              the output cannot be written where it was asked for
│   ├── NameTakenError       something appeared under the output's name during the run; the output
                             is kept beside it
│   ├── PlaceInUseError      another run builds its output there
│   └── NoSpaceError         the disk is too small, found before or while writing
├── PartsError               parts of a run (`--part k/n`) are absent, damaged, or of different runs
├── EngineError              a cluster (`--engine ray`) cannot be reached, or its workers cannot do a part
├── UnsupportedError         understood, and refused: the message says why and what to do instead
└── MissingExtraError        an optional dependency is absent: the message has the command that installs it

Interrupted                  Ctrl-C, where more can be said than that there is no output; a
                             KeyboardInterrupt, so that nothing catches it
"""

from __future__ import annotations

from lorasurgery.option_words import spoken
from lorasurgery.stand_in_names import as_said
from lorasurgery.text import printable

# A message quotes names and values of files, which may have any length.
MAX_MESSAGE_LETTERS = 2000


class SurgeryError(Exception):
    """A problem that the user can act on, shown as one line and without a traceback.

    A message that a file made too long is cut in the middle: what it is about stands at its
    beginning, and the way out at its end. Line breaks, escape codes and whatever else does not print
    are spelled out. A file that is read from elsewhere is called by its address.
    """

    def __init__(self, message: str = "") -> None:
        message = printable(as_said(message))
        if len(message) > MAX_MESSAGE_LETTERS:
            message = f"{message[: MAX_MESSAGE_LETTERS // 2]} ... {message[-MAX_MESSAGE_LETTERS // 2 :]}"
        super().__init__(message)

    def __str__(self) -> str:
        """Return the message, with options for the command line and with arguments for Python."""
        return spoken(super().__str__())


class CheckpointError(SurgeryError):
    """A checkpoint cannot be read."""


class NotACheckpointError(CheckpointError):
    """The path holds no weights in a layout we know."""


class DamagedFileError(CheckpointError):
    """A file is truncated, its header contradicts its bytes, or its index points outside its folder."""


class UnsafePickleError(CheckpointError):
    """A pickle asks for more than tensors, so that loading it would run code."""


class HubError(CheckpointError):
    """A Hub name cannot be resolved or fetched."""


class UnreadableError(CheckpointError):
    """A file cannot be read now: its disk or its server reports an error, and what it holds is not known."""


class RemoteError(UnreadableError):
    """A bucket or a web server refuses, does not answer, or cannot serve ranges of a file."""


class AlignmentError(SurgeryError):
    """Two checkpoints, or a checkpoint and the class that its config names, do not belong together."""


class NumericError(SurgeryError):
    """A NaN or an infinity stands where a number is needed."""


class NothingToDoError(SurgeryError):
    """The request leaves no work: equal models, a filter that matches nothing."""


class OutputError(SurgeryError):
    """The output cannot be written where it was asked for."""


class NameTakenError(OutputError):
    """Something appeared under the output's name during the run; the complete output is kept next to it."""


class PlaceInUseError(OutputError):
    """Another run builds its output there."""


class NoSpaceError(OutputError):
    """The disk is too small for the output."""


class PartsError(SurgeryError):
    """Parts of a run are absent, damaged, or of different runs."""


class EngineError(SurgeryError):
    """A cluster cannot be reached, or its workers cannot do a part."""


class UnsupportedError(SurgeryError):
    """The request is understood and refused; the message says why and what to do instead."""


class MissingExtraError(SurgeryError):
    """An optional dependency is absent; the message has the command that installs it."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C came; the message says what is kept, and how to go on."""
