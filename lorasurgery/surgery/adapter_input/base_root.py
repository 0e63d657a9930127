"""Whether an adapter is read for the base that it was written for, by the root hash that it carries.

Another root is a note and not a refusal: an adapter that was trained on a 4-bit copy of a base is rightly
merged into the base, and one for a base often helps a model that was tuned from it.
"""

from __future__ import annotations

from lorasurgery.adapter import Host
from lorasurgery.foreign import quoted

# Of a root hash, as many digits as tell two models apart in a sentence.
SHOWN_DIGITS = 12


def notes_on_base(name: str, stated: Host, base: Host) -> tuple[str, ...]:
    """Name both models where an adapter states the root hash of another one than its base has.

    Args:
        name: what to call the adapter.
        stated: the model that the adapter says it is for.
        base: the model that it is read for.
    """
    if stated.base_root is None or base.base_root is None:
        return ()
    meant, found = stated.base_root(), base.base_root()
    if meant == found:
        return ()
    return (
        f"{name} was made for {_model(stated.base_name, stated.base_revision, meant)}, and is read for "
        f"{_model(base.base_name, base.base_revision, found)}: another model, or the same one in another "
        "dtype or quantisation; its answers there may be others than those that it was made for.",
    )


def _model(name: str | None, revision: str | None, root: str) -> str:
    at = f" at {quoted(revision)}" if revision else ""
    return f"{quoted(name or 'a model without a name')}{at} (root hash {root[:SHOWN_DIGITS]})"
