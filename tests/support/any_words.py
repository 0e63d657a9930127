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
# By the name of an option's type, what it takes and what is nearly that.
TYPED = {
    "size": ("20kB", "1.5GiB", "2000000", "0", "0B", "9e9", "1e400GB", "1 XB"),
    "ranks": ("1,2,4,8", "4, 2", "0,1", "1,x", ",", "²"),
    "number": ("0.5", "1e-3", "nan", "-inf", "1e400"),
    "count": ("1", "2", "0", "1e3"),
    "dtype": ("float16", "half", "bf16", "int4"),
    "target": ("vllm", "vllm@0.29", "llama.cpp", "next"),
    "format": ("peft", "kohya", "hydralora", "next"),
}


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
            own = getattr(option.type, "choices", TYPED.get(option.type.name, ODD))
            found.append(str(chance.choice(own if chance.random() < 0.5 else ODD)))
    if chance.random() < 0.03:
        found.append("--help")
    if chance.random() < 0.1:
        found.insert(chance.randrange(len(found) + 1), chance.choice(ODD))
    return found


def begun(verb: str, chance: random.Random) -> list[str]:
    """A verb with the beginning of an input, or of what an option takes."""
    command = group.get_command(click.Context(group), verb)
    assert command is not None
    options = [each for each in command.params if isinstance(each, click.Option) and not each.is_flag]
    own = [chance.choice(each.opts) for each in options if each.type.name in TYPED]
    return [verb, *([chance.choice(own)] if own else []), chance.choice(["", "p", "v", "f", "float", *ODD])]
