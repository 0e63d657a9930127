"""How messages name options: `--max-rank 4` on the command line, `max_rank=4` where a function was called.

Messages are written with the command line's options. An error translates its message when it is
read as text, so that whoever called a function reads of arguments; the command line says once that
it wants its own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

# Options without a value: Python gives them True.
FLAGS = frozenset(
    [
        "answers",
        "dry_run",
        "force",
        "int8",
        "nested",
        "noise_edge",
        "quick",
        "requantise",
        "resume",
        "reuse_shards",
        "revert",
        "undo",
        "verify",
        "full",
    ]
)
# What has another name in Python.
NAMES = {"for": "runtime", "o": "output", "target": "targets", "cv": "folds"}
# Options that are functions of their own in Python.
FUNCTIONS = {
    "adapter": "subtract()",
    "bake-rest": "convert_and_bake()",
    "compare": "compare()",
    "cv": "cross_validate()",
    "recover": "recover()",
    "swappable": "export_swappable()",
}
# Values that messages write after an option without quotes; other words after an option belong to
# the sentence.
WORDS = (
    "adalora|auto|bfloat16|causal|cat|comfyui|dare|diffusers|dora|drop|dyn|eager|exact|experts|"
    "float16|float32|fp16|fp32|full|gate_up|gguf|grouped-by-expert|keep|knots|kohya|llamacpp|lora|"
    "loralib|lorax|magnitude|mlx|nan|onnx|parallel|peft|pissa|prefix|"
    "qkv|rslora|sdpa|sglang|seq2seq|svd|text-generation|ties|tokens|trtllm|vllm"
)
OPTION = re.compile(
    r"(?<![\w-])(?:--(?P<no>no-)?(?P<name>[a-z][a-z0-9]*(?:-[a-z0-9]+)*)|-(?P<short>o)(?= ))"
    rf"(?:[ =](?P<value>'[^']*'|[0-9][\w.,]*|[A-Z]{{2,}}(?:=[A-Z]+)?|(?:{WORDS})\b(?!-)))?"
)

_speaks_of_options = False


@contextmanager
def options_in_messages() -> Iterator[None]:
    """Leave messages as they are written, with options, while the command line runs in this process."""
    global _speaks_of_options
    before, _speaks_of_options = _speaks_of_options, True
    try:
        yield
    finally:
        _speaks_of_options = before


def spoken(message: str) -> str:
    """Return a message in the words of whoever reads it: the command line's, or Python's."""
    return message if _speaks_of_options or "-" not in message else in_arguments(message)


def in_arguments(message: str) -> str:
    """Return a message with arguments for options; commands in backticks stay."""
    parts = message.split("`")
    parts[::2] = [OPTION.sub(_argument, part) for part in parts[::2]]
    return "`".join(parts)


def _argument(match: re.Match[str]) -> str:
    option, value = match["name"] or match["short"], match["value"]
    if option in FUNCTIONS and value is None:
        return FUNCTIONS[option]
    name = NAMES.get(option, option).replace("-", "_")
    if name == "task" and value == "NAME=FILE":
        return "data={NAME: FILE}"
    if value is None:
        return f"{name}={not match['no']}" if name in FLAGS or match["no"] else f"{name}="
    is_word = re.fullmatch(WORDS, value) is not None
    if name in FLAGS:
        return f"{name}=True {value}"
    return f"{name}={value!r}" if is_word and value != "nan" else f"{name}={value}"
