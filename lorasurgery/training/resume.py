"""The state of a run beside its output, from which it goes on after a kill to the same result.

OUT.training/state.pt       step, parameters, moments of AdamW, what the method keeps
OUT.training/run.json       what was asked for: another run is not continued by mistake

Both are written whole or not at all, and are on the disk before the next step; `run.json` first,
and not again while it is true.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint.disk import write_failed
from lorasurgery.checkpoint.folder import read_json
from lorasurgery.checkpoint.replace import replaced_whole
from lorasurgery.errors import DamagedFileError, OutputError, UnsupportedError

STATE_FILE, RUN_FILE = "state.pt", "run.json"
# What may differ in a run that goes on: how fast it learns, how often it is saved and looked at.
MAY_DIFFER = ("rate",)


@dataclass(frozen=True)
class StateKeeper:
    """Keeps the state of one run, which `asked` describes."""

    folder: Path
    asked: Mapping[str, Any]

    def save(self, state: Mapping[str, Any]) -> None:
        """Replace the state that is kept.

        Raises:
            OutputError: it cannot be written.
        """
        import torch

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write_run()
            with replaced_whole(self.folder / STATE_FILE) as file:
                torch.save(dict(state), file)
        except OSError as error:
            raise _failed(self.folder, error) from None
        except (
            RuntimeError
        ) as error:  # torch ends an archive that could not be written by an error of its own
            if isinstance(error.__context__, OSError):
                raise _failed(self.folder, error.__context__) from None
            raise

    def load(self) -> dict[str, Any] | None:
        """The state that is kept, if any.

        Raises:
            UnsupportedError: it is that of another run.
            DamagedFileError: it cannot be read.
        """
        import torch

        if not self.has_state():
            return None
        self.refuse_other_run()
        try:
            state: dict[str, Any] = torch.load(
                self.folder / STATE_FILE, map_location="cpu", weights_only=True
            )
        except Exception as error:  # torch and pickle raise what they like
            raise DamagedFileError(
                f"{self.folder / STATE_FILE} cannot be read ({type(error).__name__}); start anew with "
                "--force."
            ) from None
        return state

    def refuse_other_run(self) -> None:
        """Refuse to go on from the state of another run, if there is a state.

        Raises:
            UnsupportedError: something else was asked for then.
        """
        differing = _differing(self._run(), self.asked) if self.has_state() else {}
        if differing:
            name, (old, new) = next(iter(differing.items()))
            raise UnsupportedError(
                f"{self.folder} is the state of another run: {name} was {old!r} there and is {new!r} now. "
                "Ask for the same, or start anew with --force."
            )

    def refuse_unfinished(self) -> None:
        """Refuse to lose a state that could go on.

        Raises:
            OutputError: there is one.
        """
        if self.has_state():
            raise OutputError(
                f"{self.folder} holds the state of an unfinished run; go on with --resume, or start anew "
                "with --force."
            )

    def clear(self) -> None:
        """Remove the state, once the output is in place; what tells that it is ours goes last, and
        what is not ours stays.
        """
        if (self.folder / RUN_FILE).is_file():
            with suppress(OSError):
                for name in (STATE_FILE, f"{STATE_FILE}.partial", f"{RUN_FILE}.partial", RUN_FILE):
                    (self.folder / name).unlink(missing_ok=True)
                self.folder.rmdir()

    @property
    def way_on(self) -> str:
        """What to say of a state that is kept."""
        return f"the last state is kept in {self.folder}: go on with --resume"

    def has_state(self) -> bool:
        """Whether there is a state to go on from."""
        return (self.folder / STATE_FILE).is_file()

    def _write_run(self) -> None:
        text = (json.dumps(self.asked, indent=2) + "\n").encode("utf-8")
        path = self.folder / RUN_FILE
        if not path.is_file() or path.read_bytes() != text:
            with replaced_whole(path) as file:
                file.write(text)

    def _run(self) -> dict[str, Any]:
        try:
            run = read_json(self.folder / RUN_FILE)
        except (OSError, DamagedFileError):
            raise DamagedFileError(
                f"{self.folder / RUN_FILE} cannot be read; start anew with --force."
            ) from None
        return run


def _failed(folder: Path, error: OSError) -> Exception:
    """A failed write, by the name of the folder that the user knows."""
    return write_failed(folder, OSError(error.errno, error.strerror))


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    new = json.loads(json.dumps(new))
    return {
        key: (old.get(key), new.get(key))
        for key in dict.fromkeys([*new, *old])
        if key not in MAY_DIFFER and old.get(key) != new.get(key)
    }
