"""Exit codes of verbs that answer a question: 1 is the answer no, and trouble has a code of its own.

As in `grep`, `diff` and `cmp`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from lorasurgery.cli.failure import message_of, print_error

TROUBLE = 2


@contextmanager
def trouble_is_no_verdict() -> Iterator[None]:
    """End with 2 where an error that a user can cause left the question without an answer.

    That the answer could not be printed is such an error too, so printing belongs into the block.
    """
    try:
        yield
    except Exception as error:
        message = message_of(error)
        if message is None:
            raise
        print_error(message)
        sys.exit(TROUBLE)
