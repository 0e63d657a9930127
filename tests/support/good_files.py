"""Small good files of every kind that is read, and the reading of all that is in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import torch
from safetensors.torch import save_file

from lorasurgery.adapter import Adapter
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.checkpoint.safetensors_file import header_text
from lorasurgery.errors import SurgeryError
from lorasurgery.formats import load, read_adapter
from lorasurgery.lazy import LazyTensor
from support.paths import FIXTURES


def read_all(tensors: Iterable[LazyTensor]) -> None:
    for tensor in tensors:
        # What is larger than the file is the reader's fault.
        assert tensor.nbytes < 1 << 24, tensor.shape
        tensor.read()
        tensor.raw()
        if tensor.shape and tensor.shape[0]:
            tensor.read_rows(0, 1)


def read_whole_checkpoint(path: Path) -> None:
    from lorasurgery.architecture import architecture_of

    opened = open_checkpoint(path)
    architecture_of(opened)
    read_all(opened.tensors.values())


def read_whole_adapter(path: Path) -> None:
    use(read_adapter(str(path))[1])


def use(adapter: Adapter) -> None:
    from lorasurgery.variants.edit import lazy_tensors

    if adapter.aims:
        adapter.aims(list(adapter.modules))
    for factors in adapter.modules.values():
        read_all(lazy_tensors(factors))
    read_all(adapter.replaced.values())
    read_all(rows.rows for rows in adapter.token_rows.values())


def _small() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {"a.weight": torch.randn(4, 3), "a.bias": torch.randn(4).bfloat16(), "steps": torch.tensor(7)}


def good_safetensors(folder: Path) -> list[Path]:
    save_file(_small(), folder / "x.safetensors", metadata={"format": "pt"})
    return [folder / "x.safetensors"]


# Why a file is refused that the library opens.
STRICTER = (
    *("stands twice", "no array can have", "no tensors", "torch has no dtype", "torch cannot hold"),
    "with its LoRA unmerged",
)


def read_and_compare_safetensors(folder: Path) -> None:
    """Read a file, and hold what was refused or read against the library."""
    from safetensors import SafetensorError, safe_open

    path = folder / "x.safetensors"
    try:
        read_whole_checkpoint(path)
    except SurgeryError as error:
        if not any(reason in str(error) for reason in STRICTER):
            with suppress(SafetensorError), safe_open(path, "pt"):
                raise AssertionError(f"the library opens it: {error}") from None
        raise
    with safe_open(path, "pt") as theirs:
        assert set(theirs.keys()) == set(open_checkpoint(path).tensors)
    assert path.read_bytes().startswith(header_text(path))


def good_sharded(folder: Path) -> list[Path]:
    small = _small()
    save_file({"a.weight": small["a.weight"]}, folder / "model-00001-of-00002.safetensors")
    save_file({"a.bias": small["a.bias"]}, folder / "model-00002-of-00002.safetensors")
    index = {
        "metadata": {"total_size": 56},
        "weight_map": {
            "a.weight": "model-00001-of-00002.safetensors",
            "a.bias": "model-00002-of-00002.safetensors",
        },
    }
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "config.json").write_text((FIXTURES / "llama-base" / "config.json").read_text())
    return [folder / "model.safetensors.index.json", folder / "config.json"]


def good_second_index(folder: Path) -> list[Path]:
    good_sharded(folder)
    (folder / "other.safetensors.index.json").write_bytes(
        (folder / "model.safetensors.index.json").read_bytes()
    )
    return [folder / "other.safetensors.index.json"]


def read_whole_second_index(folder: Path) -> None:
    from lorasurgery.surgery.merging.layout import index_files

    index_files(open_checkpoint(folder))


def good_ia3(folder: Path) -> list[Path]:
    tensors = {
        f"base_model.model.layers.0.{name}.ia3_l": torch.randn(*shape)
        for name, shape in (("k_proj", (8, 1)), ("down_proj", (1, 8)))
    }
    save_file(tensors, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "IA3",
        "target_modules": ["k_proj", "down_proj"],
        "feedforward_modules": ["down_proj"],
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return [folder / "adapter_config.json"]


def good_adapter_as(form: str, file: str) -> Callable[[Path], list[Path]]:
    """Our small adapter in another format."""

    def make(folder: Path) -> list[Path]:
        from lorasurgery.architecture import architecture_of
        from lorasurgery.surgery.base.host import host_of

        base = open_checkpoint(FIXTURES / "llama-base")
        host = host_of(architecture_of(base), base)
        _, adapter = read_adapter(str(FIXTURES / "llama-adapter"), host)
        kept = dict(sorted(adapter.modules.items())[:2])
        import dataclasses

        small = dataclasses.replace(adapter, modules=kept, replaced={}, token_rows={})
        load(form).write(small, folder / file if "." in file else folder)
        return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".md"]

    return make


def good_gguf(folder: Path) -> list[Path]:
    import gguf
    import numpy

    writer = gguf.GGUFWriter(folder / "x.gguf", "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 8.0)
    writer.add_array("general.tags", ["a", "bc"])
    writer.add_array("general.numbers", [1, 2, 3])
    writer.add_tensor("blk.0.ffn_down.weight.lora_a", numpy.ones((4, 64), numpy.float32))
    writer.add_tensor("blk.0.ffn_down.weight.lora_b", numpy.ones((64, 4), numpy.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return [folder / "x.gguf"]


def good_hydralora(folder: Path) -> list[Path]:
    name = "base_model.model.layers.0.q_proj"
    tensors = {f"{name}.lora_A.weight": torch.ones(2, 6), f"{name}.lora_route.weight": torch.zeros(2, 6)}
    tensors |= {f"{name}.lora_B{i}.weight": torch.ones(4, 2) for i in (0, 1)}
    save_file(tensors, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(
        json.dumps({"peft_type": "LORA", "lora_alpha": 4, "target_modules": ["q_proj"]})
    )
    return [folder / "adapter_model.safetensors", folder / "adapter_config.json"]


def good_merged(folder: Path) -> list[Path]:
    from lorasurgery import merge

    merge(FIXTURES / "llama-base", [FIXTURES / "llama-adapter"], output=folder / "merged")
    return [folder / "merged" / "undo.json", folder / "merged" / "undo.tensors"]


def read_whole_record(folder: Path) -> None:
    from lorasurgery.surgery.undo.undo_record import read_record

    path = folder / "merged" / "undo.json"
    read_record(path).last(path)


def good_parallel(folder: Path) -> list[Path]:
    for name in ("shared", "one"):
        (folder / name).mkdir()
    branches = {"shared": {"weight": 1.0, "tasks": "all"}, "one": {"weight": 0.5, "tasks": ["sst2"]}}
    (folder / "parallel.json").write_text(json.dumps({"version": 1, "branches": branches}))
    return [folder / "parallel.json"]


def read_whole_parallel(folder: Path) -> None:
    from lorasurgery.surgery.adapter_input.parallel_lora import branches_of

    for branch in branches_of(folder, "sst2"):
        assert branch.folder.resolve().parent == folder.resolve()
