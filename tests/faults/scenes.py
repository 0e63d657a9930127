"""The command lines that are tried, and what they need besides the inputs."""

from __future__ import annotations

from dataclasses import dataclass

INPUTS = ("llama-base", "llama-tuned", "llama-adapter", "bert-base", "bert-tuned", "films.tsv")


@dataclass(frozen=True)
class Scene:
    """A command line, and the name of its output; the output of `before` has that name already."""

    arguments: tuple[str, ...]
    output: str = "out"
    before: tuple[str, ...] = ()
    # What stays beside the output until a run with --resume or --force has ended.
    kept: str = ""
    # What a run takes away when it is complete: laid out anew for each trial.
    consumes: tuple[str, ...] = ()
    # The exit code of a run that could not do its work.
    trouble: int = 1
    # What it makes is what it prints, and its exit code: nothing is written.
    answers: bool = False
    # A trial takes seconds, not tenths: only the random moments try it, or who asks for it by name.
    is_slow: bool = False
    # Its calls are mostly those of another scene: the quick sweep leaves it out.
    is_alike: bool = False


def _conversion(file_format: str, output: str, *, is_alike: bool = False) -> Scene:
    base = ("--base", "llama-base")
    arguments = ("convert", "llama-adapter", "--format", file_format, *base, "-o", output)
    return Scene(arguments, output, is_alike=is_alike)


def _answer(*words: str, trouble: int = 1, is_alike: bool = False, is_slow: bool = False) -> Scene:
    return Scene(words, trouble=trouble, answers=True, is_alike=is_alike, is_slow=is_slow)


PARTED = ("merge", "llama-base", "llama-adapter")
SCENES: dict[str, Scene] = {
    "merge": Scene(("merge", "llama-base", "llama-adapter", "-o", "out")),
    "merge --force": Scene(
        ("merge", "llama-base", "llama-adapter", "-o", "out", "--force"),
        before=("merge", "llama-base", "llama-adapter:-0.5", "-o", "out"),
    ),
    "merge --no-undo": Scene(("merge", "llama-base", "llama-adapter", "--no-undo", "-o", "out")),
    "unmerge": Scene(("unmerge", "merged", "-o", "out")),
    "extract": Scene(("extract", "llama-base", "llama-tuned", "--rank", "2", "-o", "out")),
    "extract --size": Scene(
        ("extract", "llama-base", "llama-tuned", "--size", "20kB", "-o", "out"), is_alike=True
    ),
    "extract --recover": Scene(("extract", "llama-base", "merged", "--recover", "-o", "out")),
    "diff -o": Scene(("diff", "llama-base", "llama-tuned", "-o", "out.delta"), "out.delta", trouble=2),
    "apply": Scene(("apply", "llama-base", "tuned.delta", "-o", "out")),
    "merge --part": Scene((*PARTED, "-o", "out", "--part", "1/2"), "out.parts/1-of-2"),
    "assemble": Scene(("assemble", "parted"), "parted", consumes=("parted.parts",)),
    "rerank": Scene(("rerank", "llama-adapter", "--rank", "1", "-o", "out")),
    "rerank --force": Scene(
        ("rerank", "llama-adapter", "--rank", "1", "-o", "out", "--force"),
        before=("rerank", "llama-adapter", "--rank", "2", "-o", "out"),
    ),
    "fuse": Scene(("fuse", "llama-adapter", "llama-adapter:0.5", "-o", "out")),
    "convert to peft": _conversion("peft", "out"),
    "convert to mlx": _conversion("mlx", "out", is_alike=True),
    "convert to kohya": _conversion("kohya", "out.safetensors", is_alike=True),
    "convert to loralib": _conversion("loralib", "out.pt"),
    "convert to gguf": _conversion("gguf", "out.gguf"),
    "convert to onnx": _conversion("onnx", "out.onnx_adapter"),
    "diff": _answer("diff", "llama-base", "llama-tuned", trouble=2),
    "diff of equals": _answer("diff", "llama-base", "base-again", trouble=2),
    "diff --quick": _answer("diff", "llama-base", "llama-tuned", "--quick", trouble=2, is_alike=True),
    "diff of adapters": _answer(
        "diff", "llama-adapter", "adapter.gguf", "--base", "llama-base", trouble=2, is_alike=True
    ),
    "verify": _answer("verify", "llama-base", "llama-adapter", "merged"),
    "verify of another": _answer("verify", "llama-base", "llama-adapter", "llama-tuned"),
    "check --for peft": _answer("check", "llama-adapter", "--base", "llama-base", "--for", "peft", trouble=2),
    "check --for vllm": _answer(
        *("check", "llama-adapter", "--base", "llama-base", "--for", "vllm"), trouble=2, is_alike=True
    ),
    "inspect": _answer("inspect", "llama-adapter", "--base", "llama-base"),
    "inspect a pair": _answer("inspect", "llama-base", "llama-tuned", is_alike=True),
    "inspect a checkpoint": _answer("inspect", "bert-base", "--by", "kind", is_alike=True),
    "inspect --each": _answer("inspect", "llama-adapter", "adapter.pt", "--each", is_alike=True),
    "evaluate": _answer("evaluate", "bert-base", "trained", "--data", "films.tsv", is_slow=True),
    "export-onnx": Scene(("export-onnx", "bert-base", "--no-verify", "-o", "out"), is_slow=True),
    "export-onnx --part": Scene(
        ("export-onnx", "bert-base", "--no-verify", "-o", "out", "--part", "1/2"),
        "out.parts/1-of-2",
        is_slow=True,
    ),
    "export-onnx --swappable": Scene(
        ("export-onnx", "bert-base", "bert-adapter", "--swappable", "--no-verify", "-o", "out"), is_slow=True
    ),
    "graft": Scene(
        ("export-onnx", "exported/model.onnx", "bert-adapter", "--base", "bert-base", "-o", "out"),
        is_slow=True,
    ),
    "train": Scene(
        (
            *("train", "bert-base", "--data", "films.tsv", "--rank", "2", "--steps", "2"),
            *("--resume", "--keep-every", "1", "-o", "out"),
        ),
        kept="out.training",
        is_slow=True,
    ),
}

# What the scenes read besides the inputs, and how it is made.
SETUP = (
    Scene(("merge", "llama-base", "llama-adapter", "-o", "merged"), "merged"),
    Scene(("diff", "llama-base", "llama-tuned", "-o", "tuned.delta"), "tuned.delta"),
    *(Scene((*PARTED, "-o", "parted", "--part", part), "parted.parts") for part in ("1/2", "2/2")),
    Scene(("unmerge", "merged", "-o", "base-again"), "base-again"),
    _conversion("gguf", "adapter.gguf"),
    _conversion("loralib", "adapter.pt"),
    Scene(
        # Of what a graph can have branches for.
        (
            *("extract", "bert-base", "bert-tuned", "--rank", "2"),
            *("--include", "*.query.weight", "-o", "bert-adapter"),
        ),
        "bert-adapter",
    ),
    Scene(("train", "bert-base", "--data", "films.tsv", "--rank", "2", "-o", "trained"), "trained"),
    Scene(("export-onnx", "bert-base", "--no-verify", "-o", "exported"), "exported"),
)
# What is made for the scenes that consume it, and is no input of the others.
CONSUMED = ("parted.parts",)


def setup_of(scenes: dict[str, Scene]) -> list[Scene]:
    """The command lines that make what some scenes read, in order."""
    read = {
        word.partition("/")[0] for scene in scenes.values() for word in (*scene.arguments, *scene.consumes)
    }
    needed: list[Scene] = []
    for scene in reversed(SETUP):
        if scene.output in read:
            needed.insert(0, scene)
            read |= set(scene.arguments)
    return needed
