"""Model types that transformers has, known without importing it where it has none of a name.

Importing transformers' table of types imports torch, seconds and 250 MB for a model of unknown class. Its
two source files name every type; what they do not name in quotes is not in the table.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path

# Where transformers 4 and 5 name the types, and some that both have.
FILES = ("configuration_auto.py", "auto_mappings.py")
KNOWN = ("bert", "gpt2", "llama", "t5")


def has_model_type(model_type: object) -> bool:
    """Return whether transformers has a model type."""
    if "transformers" not in sys.modules and all(map(_is_named, KNOWN)) and not _is_named(model_type):
        return False
    from transformers import CONFIG_MAPPING

    return isinstance(model_type, str) and model_type in CONFIG_MAPPING


def _is_named(model_type: object) -> bool:
    return isinstance(model_type, str) and f'"{model_type}"' in _source()


@cache
def _source() -> str:
    """Return the files' text, empty where a release has them elsewhere."""
    found = importlib.util.find_spec("transformers")
    if found is None or found.origin is None:
        return ""
    paths = (Path(found.origin).parent / "models" / "auto" / name for name in FILES)
    return "".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())
