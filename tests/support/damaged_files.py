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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.errors import SurgeryError
from support.damage import damaged
from support.good_arguments import (
    any_arguments,
    any_words,
    good_arguments,
    good_inputs,
    read_arguments,
    run_words,
)
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
    good_hydralora,
    good_ia3,
    good_merged,
    good_parallel,
    good_safetensors,
    good_second_index,
    good_sharded,
    read_and_compare_safetensors,
    read_whole_adapter,
    read_whole_checkpoint,
    read_whole_parallel,
    read_whole_record,
    read_whole_second_index,
)
from support.good_folders import good_folders, read_folders
from support.good_gguf_models import good_gguf_models, read_whole_gguf
from support.good_graphs import good_graphs, read_whole_graph
from support.good_image_forms import (
    CLONEOFSIMO,
    COMFYUI,
    DIFFUSERS,
    ONE_FILE,
    good_image_files,
    good_kohya_forms,
    good_methods,
    read_image_file,
    read_numbered,
)
from support.good_others import (
    each_of,
    good_configs,
    good_variants,
    read_config,
    read_file,
)
from support.good_part_runs import good_parts, join_parts
from support.good_pipelines import good_pipelines, read_pipeline
from support.good_quantised import (
    MORE,
    good_layouts,
    good_quantised,
    read_whole_layouts,
    read_whole_quantised,
)
from support.good_remote_files import good_remote, read_remote
from support.good_served import good_served, read_as_served
from support.good_state_dicts import (
    good_loralib_forms,
    good_mistral_forms,
    good_wrapped_forms,
    host_with_kinds,
    read_mistral_form,
    read_one_file,
)
from support.good_trainer_forms import (
    good_litgpt_forms,
    good_torchtune_forms,
    read_litgpt_forms,
    read_torchtune_forms,
)
from support.good_training_files import (
    good_state,
    good_tables,
    good_tokenizer,
    read_state,
    read_whole_tables,
    read_whole_tokenizer,
)
from support.good_undo import good_undone, unmerge_whole
from support.quantised_checkpoints import FP8, Form
from support.unread_quantisations import UNREAD

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


BITSANDBYTES = ("nf4", "nf4, nested", "fp4", "int8")
COMPRESSED = (
    *("int4 with zero points", "int8 by rows", "nvfp4", "mxfp4", "int3 with zero points", "int8"),
    "int8 with zero points",
)
TORCHAO = (
    *("int4", "float8", "mxfp8, tiled scales", "nvfp4", "int4 in bytes", "int8", "int8 by axis", "mxfp4"),
    *("mxfp4, tiled scales", "nvfp4, tiled scales"),
)
QUANTO_AND_OTHERS = (
    *("quanto qint8", "quanto qint4", "bitnet", "comfyui mxfp8", "comfyui nvfp4", "comfyui awq_w4a16"),
    *("quanto qfloat8_e4m3fn", "quanto qint2, integer shifts", "bitnet autobitlinear"),
    "comfyui int8_tensorwise",
)


def _quantised(*forms: str) -> Reader:
    return Reader(good_quantised(*forms), read_whole_layouts, read_whole_quantised)


def _forms_of_layout(forms: Mapping[str, Form]) -> Reader:
    return Reader(good_layouts(forms), read_whole_layouts, read_whole_quantised)


def _image_files(make: Callable[[Path], list[Path]]) -> Reader:
    return _forms(make, read_image_file("x.safetensors"))


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
    "kohya": _image_files(good_kohya_forms),
    "kohya's names of a text model": _of_model(
        "x.safetensors", text=good_adapter_as("kohya", "x.safetensors")
    ),
    "diffusers": _image_files(good_image_files(DIFFUSERS)),
    "comfyui": _image_files(good_image_files(COMFYUI)),
    "loralib": _forms(good_loralib_forms, read_one_file(host_with_kinds)),
    "cloneofsimo": _forms(good_image_files(CLONEOFSIMO), read_numbered),
    "hydralora": Reader(good_hydralora, read_whole_adapter),
    "statedict": _forms(good_wrapped_forms, read_one_file(host)),
    "peft_file": _image_files(good_image_files(ONE_FILE)),
    "undo record": Reader(good_merged, read_whole_record),
    "delta": Reader(good_delta, read_signed_delta),
    "exceptions": Reader(good_exceptions, merge_with_exceptions),
    "parallel": Reader(good_parallel, read_whole_parallel),
    "gguf model": _forms(good_gguf_models, read_whole_gguf),
    "graph": _forms(good_graphs, read_whole_graph),
    "bitsandbytes": _quantised(*(f"bitsandbytes {each}" for each in BITSANDBYTES)),
    "compressed-tensors": _quantised(*(f"compressed-tensors {each}" for each in COMPRESSED)),
    "gptq and awq": _quantised("gptq v1 4 bit", "gptq v2 3 bit", "awq", "autoround auto_gptq 4 bit"),
    "mlx and hqq": _quantised("mlx 4 bit", "mlx 3 bit", "hqq 4 bit, axis 1", "hqq 2 bit, axis 0"),
    "torchao": _quantised(*(f"torchao {each}" for each in TORCHAO)),
    "quanto, bitnet and comfyui": _quantised(*QUANTO_AND_OTHERS),
    "fp8": _forms_of_layout(FP8),
    "other quantisations": _forms_of_layout(UNREAD | MORE),
    "tables": Reader(good_tables, read_whole_tables),
    "tokenizer": _forms(good_tokenizer, read_whole_tokenizer),
    "peft variants": Reader(good_variants, each_of(read_whole_adapter), read_whole_adapter),
    "lycoris": _image_files(good_methods),
    "mistral_finetune": _forms(good_mistral_forms, read_mistral_form),
    "configs": _forms(good_configs, read_config),
    "pipeline": _forms(good_pipelines, read_pipeline),
    "training state": Reader(good_state, read_state),
    "served adapters": _forms(good_served, read_as_served),
    "unmerge": _forms(good_undone, unmerge_whole),
    # The manifests name the inputs by their whole paths, and `assemble` looks whether they changed.
    "parts": Reader(good_parts, join_parts, stays_inside=False),
    "remote index": _forms(good_remote, read_remote),
    "command line": Reader(good_inputs, run_words, inputs=any_words, stays_inside=False),
    "arguments": Reader(good_arguments, read_arguments, inputs=any_arguments, stays_inside=False),
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
