"""Hints for verbs and options that do not exist: what another tool's word is here, or the nearest one."""

from __future__ import annotations

import difflib
from collections.abc import Collection

# A name as other tools have it -> the command here.
COMMANDS = {
    "bake": "merge",
    "combine": "fuse",
    "compare": "inspect A B --compare",
    "cut": "rerank",
    "decompose": "extract",
    "eval": "evaluate",
    "export": "export-onnx",
    "finetune": "train",
    "info": "inspect",
    "join": "assemble",
    "list": "inspect",
    "ls": "inspect",
    "onnx": "export-onnx",
    "prune": "rerank",
    "resize": "rerank",
    "show": "inspect",
    "spectrum": "inspect",
    "subtract": "unmerge MERGED --adapter ADAPTER",
    "svd": "extract",
    "test": "evaluate",
    "truncate": "rerank",
}

# An option here -> what other tools call it.
OPTIONS = {
    "alpha": ("lora-alpha", "network-alpha"),
    "atol": ("tolerance", "tol"),
    "base": ("base-model", "model"),
    "batch-size": ("batch", "bs", "per-device-train-batch-size", "train-batch-size"),
    "cv": ("cross-validation", "folds", "kfold"),
    "data": ("dataset", "train-data", "train-file"),
    "dev": ("eval-data", "eval-file", "test", "validation", "validation-file"),
    "dropout": ("lora-dropout",),
    "dtype": ("out-dtype", "precision", "save-precision", "torch-dtype"),
    "energy": ("dynamic-param", "fraction", "sv-fro"),
    "epochs": ("max-epochs", "num-epochs", "num-train-epochs"),
    "eval-every": ("eval-steps", "evaluate-every"),
    "exclude": ("skip",),
    "for": ("runtime",),
    "force": ("overwrite", "yes"),
    "format": ("output-format", "to-format"),
    "include": ("layers", "modules", "only", "target", "target-modules", "targets"),
    "int8": ("quantise", "quantize"),
    "keep-every": ("checkpoint-every", "save-every", "save-steps"),
    "max-error": ("max-loss", "tolerance"),
    "max-shard-size": ("shard-size",),
    "max-tokens": ("max-len", "max-length", "max-seq-len", "max-seq-length", "seq-len"),
    "output": ("out", "out-path", "output-dir", "output-path", "save-to"),
    "rank": ("dim", "lora-r", "lora-rank", "network-dim", "new-rank", "r"),
    "rate": ("learning-rate", "lr"),
    "rate-ratio": ("loraplus-lr-ratio", "loraplus-ratio"),
    "seed": ("random-seed",),
    "size": ("budget", "max-size", "target-size"),
    "steps": ("max-steps", "max-train-steps", "num-steps"),
    "target": ("layers", "modules", "target-modules", "targets"),
    "workers": ("jobs", "num-workers", "threads"),
}

# What is not an option here because it is written behind an adapter's name.
WEIGHTS = ("multiplier", "ratio", "ratios", "scale", "strength", "weight", "weights")
# What is said of an option that only some verbs have, where a verb lacks it.
OF_OTHERS = {
    "part": " Done in parts are merge, unmerge, extract, rerank, convert, diff -o and export-onnx; leave it "
    "out here.",
    "resume": " merge, unmerge, extract, rerank, convert, diff -o, export-onnx and train have it; leave it "
    "out here.",
}
# A word that is not as like as this was not meant.
LIKE = 0.7


def for_command(name: str, known: Collection[str]) -> str:
    """A sentence that names the command that was meant; nothing where none is near."""
    meant = COMMANDS.get(name.lower()) or _nearest(name, known)
    return f" Did you mean {meant!r}?" if meant else ""


def for_option(name: str, known: Collection[str], *, takes_adapters: bool) -> str:
    """A sentence that names the option that was meant; nothing where none is near.

    Args:
        known: the options of the command, with their dashes.
        takes_adapters: whether the command's adapters are written with weights.
    """
    word = name.lstrip("-").lower().replace("_", "-")
    if takes_adapters and word in WEIGHTS:
        return " The weight of an adapter follows its name after a colon, as in ADAPTER:0.5."
    if word in OF_OTHERS and f"--{word}" not in known:
        return OF_OTHERS[word]
    own = {option.lstrip("-"): option for option in known if option.startswith("--")}
    renamed = (own[ours] for ours, theirs in OPTIONS.items() if word in theirs and ours in own)
    meant = own.get(word) or next(renamed, None) or own.get(_nearest(word, own) or "")
    return f" Did you mean {meant!r}?" if meant else ""


def _nearest(word: str, known: Collection[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=LIKE)), None)
