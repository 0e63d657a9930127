"""Damaged and hostile files, made from good ones by what a seed says.

The only outcomes are a result or one line.

`PYTHONPATH=tests python -m support.damaged_files READER COUNT [FIRST]` tries many more than the
tests do.
"""

from __future__ import annotations

import dataclasses
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.errors import SurgeryError
from support.damage import damaged
from support.good_cases import (
    good_gguf_forms,
    good_mlx_forms,
    good_peft_forms,
    good_pickles,
    host,
    in_cases,
    read_for,
    read_gguf_forms,
    read_mlx_forms,
    read_peft_forms,
)
from support.good_deltas import good_delta, good_exceptions, merge_with_exceptions, read_signed_delta
from support.good_files import (
    good_adapter_as,
    good_cloneofsimo,
    good_diffusers,
    good_gguf_model,
    good_graph,
    good_hydralora,
    good_ia3,
    good_kohya,
    good_merged,
    good_one_file,
    good_parallel,
    good_quantised,
    good_safetensors,
    good_second_index,
    good_sharded,
    good_tables,
    good_tokenizer,
    good_wrapped,
    read_and_compare_safetensors,
    read_whole_adapter,
    read_whole_checkpoint,
    read_whole_folders,
    read_whole_graph,
    read_whole_parallel,
    read_whole_record,
    read_whole_second_index,
    read_whole_tables,
    read_whole_tokenizer,
)
from support.good_folders import good_folders, read_folders
from support.good_others import (
    any_words,
    each_of,
    good_configs,
    good_inputs,
    good_lycoris,
    good_mistral,
    good_pipeline,
    good_remote,
    good_served,
    good_state,
    good_undone,
    good_variants,
    read_as_served,
    read_config,
    read_file,
    read_pipeline,
    read_remote_index,
    read_state,
    run_words,
    unmerge_whole,
)
from support.good_part_runs import good_parts, join_parts
from support.good_trainer_forms import (
    good_litgpt_forms,
    good_torchtune_forms,
    read_litgpt_forms,
    read_torchtune_forms,
)

# Longer lines are quoted whole from a file.
MOST_LETTERS = 2100


@dataclass(frozen=True)
class Reader:
    """`make` writes good files into a folder and gives those to damage.

    `read` reads what the folder holds.
    """

    make: Callable[[Path], list[Path]]
    read: Callable[[Path], object]
    # Where the files are in folders of their own: reads one of these folders.
    read_one: Callable[[Path], object] | None = None
    # Makes files by chance instead of damaging good ones.
    inputs: Callable[[random.Random], dict[str, bytes]] | None = None
    # Whether what is opened has to be in the folder: a person, or a run before, may name files anywhere.
    stays_inside: bool = True


def outcome(reader: Reader, seed: int, good: Path, folder: Path) -> str:
    """Damage one file of a copy of `good` as a seed says, and read it.

    "right", "refused", or what is wrong.
    """
    chance = random.Random(seed)
    shutil.copytree(good, folder, dirs_exist_ok=True)
    if reader.inputs:
        files = reader.inputs(chance)
    else:
        path = good / chance.choice((good / "damaged.txt").read_text().split("\n"))
        files = {str(path.relative_to(good)): damaged(path, path.read_bytes(), chance)}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    try:
        if reader.read_one:
            reader.read_one(folder / next(iter(files)).partition("/")[0])
        else:
            reader.read(folder)
    except SurgeryError as error:
        is_long = len(str(error)) > MOST_LETTERS or "\n" in str(error)
        return f"a long line: {str(error)[:200]}" if is_long else "refused"
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:300]
    return "right"


def made(reader: Reader, folder: Path) -> Path:
    folder.mkdir()
    files = reader.make(folder)
    reader.read(folder)
    (folder / "damaged.txt").write_text("\n".join(str(file.relative_to(folder)) for file in files))
    return folder


def _in(name: str, read: Callable[[Path], None]) -> Callable[[Path], None]:
    return lambda folder: read(folder / name)


def _forms(make: Callable[[Path], list[Path]], read: Callable[[Path], None]) -> Reader:
    """Of a folder for each form, the one whose files are damaged is read."""
    return Reader(make, in_cases(read), read)


def _of_model(file: str, model_type: str = "llama", **makes: Callable[[Path], list[Path]]) -> Reader:
    """An adapter in one file, alone and for a model; a folder for each way to make one."""

    def make(folder: Path) -> list[Path]:
        for name in makes:
            (folder / name).mkdir()
        return [path for name, each in makes.items() for path in each(folder / name)]

    def read(folder: Path) -> None:
        model = host()
        config = {**model.config, "model_type": model_type}
        read_for(folder / file, dataclasses.replace(model, config=config))

    return _forms(make, read)


READERS: dict[str, Reader] = {
    "safetensors": Reader(good_safetensors, read_and_compare_safetensors),
    "index": Reader(good_sharded, read_whole_checkpoint),
    "folders": Reader(good_folders, read_folders, read_whole_checkpoint),
    "second index": Reader(good_second_index, read_whole_second_index),
    "pickle": _forms(good_pickles(is_archive=True), read_file("x.bin", read_whole_checkpoint)),
    "legacy pickle": _forms(good_pickles(is_archive=False), read_file("x.bin", read_whole_checkpoint)),
    "peft": _forms(good_peft_forms, read_peft_forms),
    "ia3": Reader(good_ia3, read_whole_adapter),
    "gguf": _forms(good_gguf_forms, read_gguf_forms),
    "onnx": Reader(good_adapter_as("onnx", "x.onnx_adapter"), _in("x.onnx_adapter", read_whole_adapter)),
    "mlx": _forms(good_mlx_forms, read_mlx_forms),
    "torchtune": _forms(good_torchtune_forms, read_torchtune_forms),
    "litgpt": _forms(good_litgpt_forms, read_litgpt_forms),
    "kohya": _of_model("x.safetensors", image=good_kohya, text=good_adapter_as("kohya", "x.safetensors")),
    "diffusers": Reader(good_diffusers, _in("pytorch_lora_weights.safetensors", read_whole_adapter)),
    "comfyui": _of_model("x.safetensors", text=good_adapter_as("comfyui", "x.safetensors")),
    "loralib": _of_model("lora.pt", text=good_adapter_as("loralib", "lora.pt")),
    "cloneofsimo": Reader(good_cloneofsimo, _in("x.safetensors", read_whole_adapter)),
    "hydralora": Reader(good_hydralora, read_whole_adapter),
    "statedict": _of_model("x.safetensors", wrapped=good_wrapped),
    "peft_file": _of_model("x.safetensors", one=good_one_file),
    "undo record": Reader(good_merged, read_whole_record),
    "delta": Reader(good_delta, read_signed_delta),
    "exceptions": Reader(good_exceptions, merge_with_exceptions),
    "parallel": Reader(good_parallel, read_whole_parallel),
    "gguf model": Reader(good_gguf_model, _in("x.gguf", read_whole_checkpoint)),
    "graph": Reader(good_graph, _in("x.onnx", read_whole_graph)),
    "bitsandbytes": Reader(
        good_quantised(*(f"bitsandbytes {each}" for each in ("nf4", "nf4, nested", "fp4", "int8"))),
        read_whole_folders,
        read_whole_checkpoint,
    ),
    "compressed-tensors": Reader(
        good_quantised(
            *(
                f"compressed-tensors {each}"
                for each in ("int4 with zero points", "int8 by rows", "nvfp4", "mxfp4")
            )
        ),
        read_whole_folders,
        read_whole_checkpoint,
    ),
    "gptq and awq": Reader(
        good_quantised("gptq v1 4 bit", "gptq v2 3 bit", "awq", "autoround auto_gptq 4 bit"),
        read_whole_folders,
        read_whole_checkpoint,
    ),
    "mlx and hqq": Reader(
        good_quantised("mlx 4 bit", "mlx 3 bit", "hqq 4 bit, axis 1", "hqq 2 bit, axis 0"),
        read_whole_folders,
        read_whole_checkpoint,
    ),
    "torchao": Reader(
        good_quantised("torchao int4", "torchao float8", "torchao mxfp8, tiled scales", "torchao nvfp4"),
        read_whole_folders,
        read_whole_checkpoint,
    ),
    "quanto, bitnet and comfyui": Reader(
        good_quantised(
            "quanto qint8", "quanto qint4", "bitnet", "comfyui mxfp8", "comfyui nvfp4", "comfyui awq_w4a16"
        ),
        read_whole_folders,
        read_whole_checkpoint,
    ),
    "tables": Reader(good_tables, read_whole_tables),
    "tokenizer": Reader(good_tokenizer, read_whole_tokenizer),
    "peft variants": Reader(good_variants, each_of(read_whole_adapter), read_whole_adapter),
    "lycoris": Reader(good_lycoris, each_of(read_file("x.safetensors")), read_file("x.safetensors")),
    "mistral_finetune": _of_model("lora.safetensors", "mistral", one=good_mistral),
    "configs": Reader(good_configs, each_of(read_config), read_config),
    "pipeline": Reader(good_pipeline, read_pipeline),
    "training state": Reader(good_state, read_state),
    "served adapters": Reader(good_served, read_as_served),
    "unmerge": Reader(good_undone, unmerge_whole),
    # The manifests name the inputs by their whole paths, and `assemble` looks whether they changed.
    "parts": Reader(good_parts, join_parts, stays_inside=False),
    "remote index": Reader(good_remote, read_remote_index),
    "command line": Reader(good_inputs, run_words, inputs=any_words, stays_inside=False),
}


def main(name: str, count: int, first: int = 0) -> None:
    reader = READERS[name]
    totals: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as scratch:
        good = made(reader, Path(scratch) / "good")
        for seed in range(first, first + count):
            folder = Path(scratch) / "trial"
            began = time.process_time()
            found = outcome(reader, seed, good, folder)
            seconds = time.process_time() - began
            if seconds > 5:
                print(f"{name} {seed}: {seconds:.0f} s, {found}", flush=True)
            if found not in ("right", "refused"):
                print(f"{name} {seed}: {found}", flush=True)
                found = "wrong"
            totals[found] = totals.get(found, 0) + 1
            shutil.rmtree(folder)
    print(name, totals)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
