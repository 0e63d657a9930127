"""Words that a reader who has never met us reads twice; docs/glossary.md has better ones."""

from __future__ import annotations

import re

RIDDLES = re.compile(
    r"\b(to the bit|lies|beside|told|of which|no sum|turned|upright|swallow\w*|that is none|put away|by "
    r"itself)\b",
    re.IGNORECASE,
)
