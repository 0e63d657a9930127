"""Which lines of a reader's files run while it reads damaged files; needs the package coverage.

Functions that write, or plan what is written, do not count: `WRITING` and `PLANNING` name them.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

from support.paths import ROOT

PACKAGE = ROOT / "lorasurgery"
COLUMNS = ["readers", "file", "lines", "that ran", "inputs of each reader", "not reached"]
# What inputs import takes more of their seconds where lines are counted, as does everything.
LIBRARIES = ("torch", "onnx", "gguf", "transformers.models.llama.modeling_llama", "transformers.models.bert")
TIMES_SLOWER = 4
# Of more lines than these that no input reached, the table has the number alone.
MOST_SHOWN = 12
# The readers that read each kind of file, and the files of the package that do it.
FILES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("safetensors",): ("checkpoint/safetensors_file.py",),
    ("index", "folders"): ("checkpoint/folder.py",),
    ("second index",): ("surgery/merging/layout.py",),
    ("pickle", "legacy pickle"): ("checkpoint/pickle_file.py", "checkpoint/torch_archive.py"),
    ("peft", "ia3", "peft variants", "hydralora"): (
        *("formats/peft/config.py", "formats/peft/reader.py", "formats/peft/matching.py"),
        *("formats/peft/variant_readers.py", "formats/peft/module_tensors.py"),
    ),
    ("gguf", "gguf model"): ("formats/gguf/reader.py", "checkpoint/gguf_file.py"),
    ("onnx",): ("formats/onnx/container.py",),
    ("mlx",): ("formats/mlx/reader.py",),
    ("torchtune",): ("formats/torchtune.py",),
    ("litgpt",): ("formats/litgpt.py",),
    ("torchtune", "litgpt"): ("formats/_settings.py",),
    ("kohya", "kohya's names of a text model"): ("formats/kohya.py",),
    ("lycoris", "diffusers", "comfyui", "peft_file"): (
        *("formats/_image/lycoris_reader.py", "formats/_image/lycoris_tensors.py"),
        *("formats/_image/lycoris_multiplied.py", "formats/_image/replaced_norms.py"),
        *("formats/_image/header_alpha.py", "formats/_image/first_rows.py"),
    ),
    ("diffusers",): ("formats/diffusers.py",),
    ("comfyui",): ("formats/comfyui.py",),
    ("cloneofsimo",): ("formats/cloneofsimo.py",),
    ("hydralora",): ("formats/hydralora.py",),
    ("loralib",): ("formats/loralib.py",),
    ("mistral_finetune",): ("formats/mistral_finetune.py",),
    ("statedict",): ("formats/statedict.py",),
    ("peft_file",): ("formats/peft_file.py",),
    ("undo record", "unmerge"): (
        *("surgery/undo/undo_record.py", "surgery/undo/record_checks.py"),
        *("surgery/undo/restore_tensor.py", "surgery/undo/corrections.py"),
    ),
    ("delta",): (
        *("surgery/delta/delta_file.py", "surgery/delta/decode_piece.py", "surgery/delta/byte_planes.py"),
    ),
    ("exceptions",): ("surgery/exceptions.py",),
    ("parts",): ("surgery/parts/manifest.py",),
    ("parallel",): ("surgery/adapter_input/parallel_lora.py",),
    ("graph",): ("onnx/graph/file.py", "onnx/graph/uses.py"),
    ("gguf model",): ("quantisation/_gguf/*.py",),
    ("fp8", "other quantisations", "compressed-tensors", "gptq and awq", "mlx and hqq", "torchao"): (
        *("quantisation/fp8.py", "quantisation/_unknown.py", "quantisation/rarer.py"),
        *("quantisation/nvfp4.py", "quantisation/mxfp4.py", "quantisation/eetq.py", "quantisation/aqlm.py"),
        *("quantisation/_pairs.py", "quantisation/_packed.py", "quantisation/_companions.py"),
        *("quantisation/_model.py", "quantisation/_module.py", "quantisation/_stated.py"),
        *("quantisation/_marks.py", "quantisation/_small.py"),
    ),
    ("bitsandbytes",): ("quantisation/bitsandbytes.py",),
    ("compressed-tensors", "other quantisations"): ("quantisation/compressed_tensors.py",),
    ("gptq and awq",): ("quantisation/gptq.py", "quantisation/awq.py"),
    ("mlx and hqq",): ("quantisation/mlx.py", "quantisation/hqq.py"),
    ("torchao",): ("quantisation/torchao.py",),
    ("quanto, bitnet and comfyui",): (
        *("quantisation/quanto.py", "quantisation/bitnet.py", "quantisation/comfyui.py"),
    ),
    ("tables",): ("training/data.py", "training/kinds/tokens.py"),
    ("tokenizer",): ("training/models.py",),
    ("configs",): (
        *("architecture/__init__.py", "architecture/table.py", "architecture/transformers_class.py"),
        *("architecture/names.py", "architecture/model_types.py", "architecture/config_alone.py"),
        *("architecture/towers.py", "architecture/quantisable.py"),
    ),
    ("pipeline",): ("surgery/pipelines/pipeline_folder.py",),
    ("training state",): ("training/resume.py",),
    ("remote index",): ("remote/listing.py",),
    ("served adapters",): ("surgery/check.py",),
    ("command line", "arguments"): ("arguments.py", "cli/values.py", "cli/rank_list.py"),
}
# What writes or plans what is written, by the name of its function: it does not count, nor do private
# functions that only such ones call.
WRITING = ("write", "_write", "_written", "save", "clear", "refusals", "plan", "writes_again", "name_of")
PLANNING: dict[str, tuple[str, ...]] = {
    "formats/peft/config.py": ("note_of",),
    "formats/peft/matching.py": (
        *("own_suffixes", "target_names", "value_patterns", "ending_in", "keeps_out", "savable"),
    ),
    "formats/kohya.py": ("notes_of",),
    "surgery/pipelines/pipeline_folder.py": ("copy_rest", "write_merges"),
    "surgery/merging/layout.py": ("nbytes", "base_headers", "laid_out", "files_like", "files_anew"),
}


def print_coverage(
    names: Sequence[str] | None, inputs: int, seed: int, jobs: int = 1
) -> tuple[list[list[str]], int]:
    """Run the readers of each kind in a process of their own, and print a table of its files.

    `jobs` processes run at a time.

    Returns the rows of the table, and how many outcomes were wrong.
    """
    chosen = [readers for readers in FILES if not names or set(names) & set(readers)]
    rows: list[list[str]] = []
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch, ThreadPool(min(jobs, len(chosen))) as pool:
        answers = [Path(scratch) / str(number) for number in range(len(chosen))]
        command = [sys.executable, "-P", "-m", "fuzzing.covered", str(inputs), str(seed)]
        run = [[*command, str(answer), *readers] for readers, answer in zip(chosen, answers, strict=True)]
        for answer in pool.imap(_answered, run):
            found, failed = json.loads(answer.read_text())
            for row in found:
                print(" | ".join(row), flush=True)
            rows, wrong = rows + found, wrong + failed
    return rows, wrong


def _answered(command: Sequence[str]) -> Path:
    """Run a process and return the file with its answer."""
    subprocess.run(command, check=True)
    return Path(command[6])


def record_coverage(rows: Sequence[Sequence[str]], inputs: int, seed: int) -> None:
    """Write the table to `benchmarks/results`; rows of readers that have not run stay as they are."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from record import keep, records  # type: ignore[import-not-found]

    new = {row[0] for row in rows}
    before = [row for each in records() if each.name == "fuzzing_lines" for row in each.rows]
    known = {", ".join(readers) for readers in FILES} - new
    kept = [row for row in before if row[0] in known and len(row) == len(COLUMNS)]
    keep(
        "fuzzing_lines",
        "hostile input",
        "Lines of the files that read others' files which ran under fuzzing; what writes is not counted.",
        f"PYTHONPATH=tests python -m fuzzing --coverage --record --inputs {inputs} --seed {seed}",
        COLUMNS,
        sorted([*kept, *rows]),
    )


def modules_of(reader: str) -> list[str]:
    """The modules that read a kind of file; all of the package where none are named."""
    places = [each for readers, files in FILES.items() if reader in readers for each in files]
    return sorted(_module(path) for each in places or ["formats/*.py"] for path in PACKAGE.glob(each))


def _of_one(readers: Sequence[str], inputs: int, seed: int) -> tuple[list[list[str]], int]:
    """The rows of the files of some readers, and how many outcomes were wrong.

    Nothing of the program has been imported before: what runs on import counts as well.
    """
    import coverage

    files = sorted({str(path) for each in FILES[tuple(readers)] for path in PACKAGE.glob(each)})
    for library in LIBRARIES:
        importlib.import_module(library)
    measure = coverage.Coverage(data_file=None, include=files, config_file=False)
    measure.start()
    for file in files:  # also what the first inputs may not get to
        importlib.import_module(_module(Path(file)))
    from fuzzing import trial
    from fuzzing.campaign import opened
    from support.damaged_files import READERS

    trial.MOST_SECONDS *= TIMES_SLOWER

    wrong, place = 0, tempfile.gettempdir()  # each bench has one of its own
    for name in readers:
        with tempfile.TemporaryDirectory(dir=place) as scratch:
            bench = opened(READERS[name], f"{seed} {name}", Path(scratch) / "bench")
            for index in range(inputs):
                found = bench.outcome(bench.input(index))
                if found.is_wrong:
                    wrong += 1
                    print(f"{name} {index}: {found.name} {found.said[:100]}", file=sys.stderr, flush=True)
            os.chdir("/")
    measure.stop()
    return [_row(", ".join(readers), Path(file), inputs, measure) for file in files], wrong


def _row(name: str, path: Path, inputs: int, measure: Any) -> list[str]:
    _, statements, _, missing, _ = measure.analysis2(str(path))
    writing = {line for start, stop in _writing(path) for line in range(start, stop + 1)}
    counted, missed = set(statements) - writing, sorted(set(missing) - writing)
    share = 100 * (1 - len(missed) / max(1, len(counted)))
    shown = ", ".join(map(str, missed)) if len(missed) <= MOST_SHOWN else f"{len(missed)} lines"
    return [name, f"`{path.relative_to(PACKAGE)}`", str(len(counted)), f"{int(share)} %", str(inputs), shown]


def _writing(path: Path) -> Iterator[tuple[int, int]]:
    """First and last line of the functions that write or plan what is written."""
    functions: dict[str, list[ast.FunctionDef]] = {}  # methods of several classes may have one name
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            functions.setdefault(node.name, []).append(node)
    planning = PLANNING.get(str(path.relative_to(PACKAGE)), ())
    assert functions.keys() >= set(planning), f"{path} has not all of {', '.join(planning)}"
    calls = {
        name: functions.keys() & set().union(*map(_names_in, nodes)) for name, nodes in functions.items()
    }
    writing = functions.keys() & {*WRITING, *planning}
    reading = {name for name in functions if not name.startswith("_")} - writing
    for name in _reached(writing, calls) - _reached(reading, calls):
        for node in functions[name]:
            yield node.lineno, node.end_lineno or node.lineno


def _names_in(node: ast.AST) -> set[str]:
    """The names that a function uses: those of other functions are calls, or are handed on."""
    own = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return own | {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def _reached(names: Iterable[str], calls: Mapping[str, set[str]]) -> set[str]:
    """Functions and all that they call, in their file; what another one defines inside is its own."""
    found, new = set(names), set(names)
    while new:
        new = {each for name in new for each in calls[name]} - found
        found |= new
    return found


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


if __name__ == "__main__":
    # Of a process that `print_coverage` starts: inputs, seed, the file for the answer, and readers.
    Path(sys.argv[3]).write_text(json.dumps(_of_one(sys.argv[4:], int(sys.argv[1]), int(sys.argv[2]))))
