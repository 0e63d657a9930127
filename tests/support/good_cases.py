"""Good files of a reader in all their forms, a folder for each, so that damage reaches every line."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from lorasurgery.adapter import Host
from lorasurgery.errors import SurgeryError
from support.paths import FIXTURES

ATTENTION = "base_model.model.model.layers.0.self_attn"


def in_cases(read: Callable[[Path], object]) -> Callable[[Path], None]:
    """Read all forms; some are always refused."""

    def read_all(folder: Path) -> None:
        for path in sorted(path for path in folder.iterdir() if path.is_dir()):
            with suppress(SurgeryError):
                read(path)

    return read_all


@functools.cache
def host(name: str = "llama-base") -> Host:
    """A model that the adapters below are for."""
    from lorasurgery.architecture import architecture_of
    from lorasurgery.checkpoint import open_checkpoint
    from lorasurgery.surgery.base.host import host_of

    base = open_checkpoint(FIXTURES / name)
    return host_of(architecture_of(base), base)


def small() -> dict[str, torch.Tensor]:
    draws = torch.Generator().manual_seed(0)
    weight, bias = torch.randn(4, 3, generator=draws), torch.randn(4, generator=draws).bfloat16()
    return {"a.weight": weight, "a.bias": bias, "steps": torch.tensor(7)}


def good_pickles(*, is_archive: bool) -> Callable[[Path], list[Path]]:
    """State dicts as `torch.save` writes them: wrapped, of views, and of tensors that no model has."""

    def make(folder: Path) -> list[Path]:
        matrix = torch.arange(24.0).reshape(4, 6)
        views = {"turned": matrix.t(), "part": matrix[1:3, 2:], "whole": matrix, "again": matrix}
        cases: dict[str, Any] = {
            "plain": small(),
            "wrapped": {"epoch": 3, "state_dict": small()},
            "twice wrapped": {"model": {"module": small()}},
            "views": views | {"none": matrix[:, :0].t(), "long": torch.ones(2).expand(3, 2)},
            "repeated": {"a": torch.ones(2, 1).expand(2, 1 << 20)},
            "sparse": {"a": torch.eye(3).to_sparse()},
            "complex": {"a": torch.ones(2, dtype=torch.complex128)},
            "nothing": {"epoch": 3},
            "text": {"a": torch.ones(2), "text": "x" * 300},
        }
        for name, content in cases.items():
            (folder / name).mkdir()
            torch.save(content, folder / name / "x.bin", _use_new_zipfile_serialization=is_archive)
        return sorted(folder.rglob("x.bin"))

    return make


def _peft(folder: Path, tensors: dict[str, torch.Tensor], **config: Any) -> None:
    folder.mkdir(parents=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    settings = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj"]} | config
    (folder / "adapter_config.json").write_text(json.dumps(settings))


def pair(name: str, rank: int = 2, out: int = 64, width: int = 64) -> dict[str, torch.Tensor]:
    return {f"{name}.lora_A.weight": torch.ones(rank, width), f"{name}.lora_B.weight": torch.ones(out, rank)}


def good_peft_forms(folder: Path) -> list[Path]:
    """Adapters as PEFT and trainers write them: patterns, embeddings, kernels, tokens, several in one."""
    both = pair(f"{ATTENTION}.q_proj") | pair(f"{ATTENTION}.v_proj")
    head, tokens = "base_model.model.lm_head", "base_model.model.model.embed_tokens"
    patterns = {"layers.0.self_attn.q_proj": 4, r"layers\.\d\.self_attn\.v_proj": 3, "(k|o)_proj": 2}
    saved = {f"{head}.modules_to_save.weight": torch.ones(8, 64)}
    _peft(folder / "patterns", both | saved, target_modules=r".*\.(q|v)_proj", modules_to_save=["lm_head"])
    _peft(folder / "values", both, alpha_pattern=patterns, rank_pattern={".*v_proj": 2}, use_rslora=True)
    _peft(folder / "layers", both, layers_to_transform=[0], layers_pattern="layers")
    of_tokens = {
        f"{tokens}.lora_embedding_A": torch.ones(2, 8),
        f"{tokens}.lora_embedding_B": torch.ones(64, 2),
    }
    _peft(folder / "embedding", both | of_tokens, ensure_weight_tying=True, target_modules="all-linear")
    kernel = {f"{ATTENTION}.conv.lora_A.weight": torch.ones(2, 8, 3, 3)}
    kernel[f"{ATTENTION}.conv.lora_B.weight"] = torch.ones(8, 2, 1, 1)
    _peft(folder / "kernel", kernel, target_modules=["conv"])
    rows = {f"{tokens}.token_adapter.trainable_tokens_delta": torch.ones(2, 64)}
    _peft(folder / "tokens", both | rows, trainable_token_indices={"embed_tokens": [1, 2]})
    norms = {
        f"base_model.model.model.layers.{i}.norm.ln_tuning_layers.weight": torch.ones(64) for i in (0, 1)
    }
    _peft(folder / "norms", norms, peft_type="LN_TUNING")
    note = {"version": 1, "variant": "dyn", "form": "nested", "ranks": [1, 2]}
    _peft(folder / "ranks", both, lorasurgery=note)
    own_bias = {
        f"{ATTENTION}.q_proj.base_layer.bias": torch.ones(64),
        f"{head}.original_module.weight": torch.ones(2),
    }
    _peft(folder / "biases", both | own_bias, bias="all")
    gains = {f"{ATTENTION}.q_proj.lora_magnitude_vector": torch.ones(64)}
    _peft(folder / "dora", pair(f"{ATTENTION}.q_proj") | gains, use_dora=True)
    several = {
        key.replace(".weight", f".{name}.weight"): each.clone()
        for name in ("one", "two")
        for key, each in both.items()
    }
    _peft(folder / "several", several)
    for name in ("one", "two"):
        _peft(folder / "folders" / name, both)
    _peft(folder / "below" / "default", both)
    experts = "base_model.model.model.layers.0.mlp.experts.w1"
    stack = {
        f"{experts}.lora_A.weight": torch.ones(1, 2, 64),
        f"{experts}.lora_B.weight": torch.ones(3, 8, 2),
    }
    _peft(folder / "experts", stack | pair("base_model.model.model.unembed_tokens"))
    packed = pair("base_model.model.model.layers.0.mlp.experts", rank=4)
    _peft(folder / "parameters", packed, target_parameters=["mlp.experts.gate_up_proj"], target_modules=[])
    return _damaged_most(folder, "adapter_config.json", "adapter_model.safetensors")


def _damaged_most(folder: Path, most: str, other: str) -> list[Path]:
    return [*sorted(folder.rglob(most)) * 2, *sorted(folder.rglob(other))]


def read_peft_forms(folder: Path) -> None:
    """Read an adapter alone, then for its model; where a folder holds several, each of them."""
    names = {"several": ("one", "two"), "folders": ("one", "two"), "below": ("default",)}.get(folder.name, ())
    if folder.name != "below":
        with suppress(SurgeryError) if names else nullcontext():
            _read_both(folder)
    for name in names:
        _read_both(folder / name)


def _read_both(path: Path, model: str = "llama-base") -> None:
    read_for(path, host(model))


def read_for(path: Path, model: Host) -> None:
    """Read an adapter alone, then for a model: what one of them refuses is refused."""
    from lorasurgery.formats import read_adapter
    from support.good_files import read_whole_adapter, use

    refused: list[SurgeryError] = []
    try:
        read_whole_adapter(path)
    except SurgeryError as error:
        refused.append(error)
    use(read_adapter(str(path), model)[1])
    if refused:
        raise refused[0]


def good_mlx_forms(folder: Path) -> list[Path]:
    """Adapters as mlx-lm writes them: of each method, on embeddings and on experts."""
    q, tokens, experts = (
        f"model.{name}"
        for name in ("layers.0.self_attn.q_proj", "embed_tokens", "layers.0.block_sparse_moe.switch_mlp")
    )
    low = {f"{q}.lora_a": torch.ones(64, 2), f"{q}.lora_b": torch.ones(2, 64)}
    of_tokens = {f"{tokens}.lora_a": torch.ones(8, 2), f"{tokens}.lora_b": torch.ones(2, 64)}
    of_experts = {
        f"{experts}.gate_proj.lora_b": torch.ones(3, 8, 2),
        f"{experts}.up_proj.lora_b": torch.ones(3, 8, 2),
    }
    cases: dict[str, tuple[dict[str, torch.Tensor], dict[str, Any]]] = {
        "lora": (low, {"model": "org/name"}),
        "dora": (
            low | {f"{q}.m": torch.ones(64)},
            {"fine_tune_type": "dora", "model": "/home/somebody/model"},
        ),
        "tokens": (low | of_tokens, {}),
        "full": (
            {f"{q}.weight": torch.ones(64, 64), "model.norm.weight": torch.ones(64)},
            {"fine_tune_type": "full"},
        ),
        "experts": (
            of_experts
            | {f"{experts}.{half}.lora_a": torch.ones(3, 2, 64) for half in ("gate_proj", "up_proj")},
            {},
        ),
        "stacked": (
            of_experts | {f"{experts}.{half}.lora_a": torch.ones(6, 64) for half in ("gate_proj", "up_proj")},
            {},
        ),
    }
    for name, (tensors, config) in cases.items():
        (folder / name).mkdir()
        save_file(tensors, folder / name / "adapters.safetensors", {"format": "mlx"})
        settings = {"fine_tune_type": "lora", "lora_parameters": {"rank": 2, "scale": 2.0}} | config
        (folder / name / "adapter_config.json").write_text(json.dumps(settings))
    return _damaged_most(folder, "adapters.safetensors", "adapter_config.json")


def read_mlx_forms(folder: Path) -> None:
    _read_both(folder, "mixtral-base" if folder.name in ("experts", "stacked") else "llama-base")


def good_gguf_forms(folder: Path) -> list[Path]:
    """Adapters as llama.cpp has them: for our model, quantised, and with settings of all types."""
    import dataclasses

    from lorasurgery.formats import load, read_adapter
    from support.good_files import good_gguf

    (folder / "alone").mkdir()
    good_gguf(folder / "alone")
    (folder / "for a model").mkdir()
    adapter = read_adapter(str(FIXTURES / "llama-adapter"), host())[1]
    chosen = {
        name: each
        for name, each in adapter.modules.items()
        if name.endswith(("0.self_attn.q_proj", "0.self_attn.k_proj", "0.mlp.down_proj"))
    }
    load("gguf").write(
        dataclasses.replace(adapter, host=host(), modules=chosen, replaced={}, token_rows={}),
        folder / "for a model" / "x.gguf",
    )
    (folder / "quantised").mkdir()
    _write_quantised(folder / "quantised" / "x.gguf")
    return sorted(folder.rglob("x.gguf"))


def _write_quantised(path: Path) -> None:
    import gguf
    import numpy as np

    kinds = gguf.GGMLQuantizationType
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 8.0)
    writer.add_custom_alignment(32)
    writer.add_file_type(7)
    writer.add_bool("general.flag", True)
    writer.add_array("general.tags", ["a", "bc"])
    writer.add_array("general.lists", [[1, 2], [3]])
    rng = np.random.default_rng(0)
    for name in ("blk.0.ffn_down.weight", "blk.0.attn_q.weight"):
        for side, shape in (("lora_a", (4, 64)), ("lora_b", (64, 4))):
            values = rng.standard_normal(shape, np.float32)
            if side == "lora_a":
                writer.add_tensor(
                    f"{name}.{side}", gguf.quants.quantize(values, kinds.Q8_0), raw_dtype=kinds.Q8_0
                )
            else:
                writer.add_tensor(f"{name}.{side}", values)
    writer.add_tensor("token_embd.weight.lora_a", np.ones((64, 2), np.float32))
    writer.add_tensor("token_embd.weight.lora_b", np.ones((8, 2), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_gguf_forms(folder: Path) -> None:
    from lorasurgery.checkpoint.gguf_file import container_of, header_bytes_of, open_container

    path = folder / "x.gguf"
    _read_both(path)
    container = open_container(path)
    again = container_of(header_bytes_of(path, container), path)
    assert again.by_name.keys() == container.by_name.keys()
