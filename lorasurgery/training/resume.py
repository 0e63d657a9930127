"""The state of a run beside its output, from which it goes on after a kill to the same result.

OUT.training/state.pt       step, parameters, moments of AdamW, what the method keeps; written whole or not at all
OUT.training/run.json       what was asked for: another run is not continued by mistake
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.errors import DamagedFileError, OutputError, UnsupportedError

STATE_FILE, RUN_FILE = "state.pt", "run.json"
# What may differ in a run that goes on: how fast it learns, how often it is saved and looked at.
MAY_DIFFER = ("rate",)


@dataclass(frozen=True)
class Keeper:
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
            (self.folder / RUN_FILE).write_text(json.dumps(self.asked, indent=2) + "\n", encoding="utf-8")
            partial = self.folder / f"{STATE_FILE}.partial"
            torch.save(dict(state), partial)
            partial.replace(self.folder / STATE_FILE)
        except OSError as error:
            raise OutputError(f"{self.folder} cannot be written: {error.strerror or error}.") from None

    def load(self) -> dict[str, Any] | None:
        """The state that is kept, if any.

        Raises:
            UnsupportedError: it is that of another run.
            DamagedFileError: it cannot be read.
        """
        import torch

        if not (self.folder / STATE_FILE).is_file():
            return None
        differing = _differing(self._run(), self.asked)
        if differing:
            name, (old, new) = next(iter(differing.items()))
            raise UnsupportedError(
                f"{self.folder} is the state of another run: {name} was {old!r} there and is {new!r} now. Ask for the same, or start anew with --force."
            )
        try:
            state: dict[str, Any] = torch.load(
                self.folder / STATE_FILE, map_location="cpu", weights_only=True
            )
        except Exception as error:  # torch and pickle raise what they like
            raise DamagedFileError(
                f"{self.folder / STATE_FILE} cannot be read ({type(error).__name__}); start anew with --force."
            ) from None
        return state

    def refuse_unfinished(self) -> None:
        """Refuse to lose a state that could go on.

        Raises:
            OutputError: there is one.
        """
        if (self.folder / STATE_FILE).is_file():
            raise OutputError(
                f"{self.folder} holds the state of an unfinished run; go on with --resume, or start anew with --force."
            )

    def clear(self) -> None:
        """Remove the state, once the output is in place."""
        if (self.folder / RUN_FILE).is_file():
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self) -> dict[str, Any]:
        try:
            run: dict[str, Any] = json.loads((self.folder / RUN_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise DamagedFileError(
                f"{self.folder / RUN_FILE} cannot be read; start anew with --force."
            ) from None
        return run


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    new = json.loads(json.dumps(new))
    return {
        key: (old.get(key), new.get(key))
        for key in dict.fromkeys([*new, *old])
        if key not in MAY_DIFFER and old.get(key) != new.get(key)
    }
