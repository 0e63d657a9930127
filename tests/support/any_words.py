"""Command lines of random words: a verb, inputs and options, some of them right and some anything."""

from __future__ import annotations

import random

import click

from lorasurgery.cli.main import group

# Training and evaluating begin to work at once where the words happen to be right.
VERBS = sorted(set(group.list_commands(click.Context(group))) - {"train", "evaluate", "export-onnx"})
INPUTS = ("base", "tuned", "adapter")
ODD = (
    *("", " ", "-", "--", "-1", "0", "1", "2", "16", "1e999", "nan", "inf", "0.5", "9" * 400, "1_000", "٣"),
    *("*", "**", "[", "(", "*.q_proj", "a=b", "=", "*=", "*=x", "*.q_proj=0.5", "a:b:c", "adapter:", ":0.5"),
    *(
        "adapter:nan",
        "adapter:1e308",
        "20kB",
        "1 GB",
        "-5GB",
        "5XB",
        ".",
        "..",
        "/proc/self/fd",
        "out/",
        "base/out",
    ),
    *("nowhere", "org/name", "hf://", "hf://a/b@c", "a\nb", "\x1b[31m", "\udcff", "é" * 200, "a" * 5000),
    *("~", "~nobody", "file://x", "vllm@", "vllm@9", "@", "base/config.json", "base/model.safetensors"),
    *("cuda", "float32", "bfloat16", "int4", "peft", "kohya", "gguf", "exact", "feedback", "nf4", "auto"),
)


def words(verb: str, chance: random.Random) -> list[str]:
    """A verb with inputs and options, of which some are right and some are anything."""
    command = group.get_command(click.Context(group), verb)
    assert command is not None
    found = [verb]
    for _ in range(chance.choice([0, 1, 2, 2, 2, 3])):
        found.append(chance.choice(INPUTS) if chance.random() < 0.85 else chance.choice(ODD))
    options = [each for each in command.params if isinstance(each, click.Option) and each.name != "help"]
    for option in chance.sample(options, chance.randrange(4)):
        found.append(chance.choice(option.opts))
        if not option.is_flag:
            is_choice = isinstance(option.type, click.Choice) and chance.random() < 0.5
            found.append(str(chance.choice(option.type.choices if is_choice else ODD)))  # type: ignore[attr-defined]
    if chance.random() < 0.1:
        found.insert(chance.randrange(len(found) + 1), chance.choice(ODD))
    return found
