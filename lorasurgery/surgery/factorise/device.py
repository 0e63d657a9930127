"""Check the device of a computation before any work starts."""

from __future__ import annotations

from lorasurgery.errors import UnsupportedError
from lorasurgery.text import reason_of

# What torch says of a device in more letters than this is a table of its backends.
LONGEST_REASON = 120


def check_device(name: str) -> None:
    """Refuse a device that cannot be used.

    Raises:
        UnsupportedError: torch does not know it, or it is not there.
    """
    if name == "cpu":
        return
    import torch

    try:
        device = torch.device(name)
    except (RuntimeError, TypeError):
        hint = "cuda" if str(name).lower().startswith(("gpu", "nvidia")) else "cpu, cuda or cuda:1"
        raise UnsupportedError(
            f"--device {name!r} cannot be used here: torch has no such device. Write {hint}."
        ) from None
    try:
        # In float64, which not every backend has; and here, because torch sets its linear algebra
        # up at the first call, and fails where that comes from several threads at once.
        torch.linalg.eigh(torch.eye(2, dtype=torch.float64, device=name)).eigenvalues.sum().item()
    except Exception as error:  # each backend of torch fails in its own way
        said = reason_of(error)
        reason = said if len(said) <= LONGEST_REASON else f"{device.type} is not available in this torch"
        raise UnsupportedError(
            f"--device {name!r} cannot be used here: {reason}. Leave it out to use the CPU."
        ) from None
