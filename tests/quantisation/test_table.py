"""The table of formats and verbs in docs/formats/quantised.md: each cell is tried on files of that format."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import convert, extract, inspect, merge, unmerge
from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.export import export_onnx, plan_export_onnx
from lorasurgery.quantisation import open_model
from support.paths import ROOT
from support.quantised_checkpoints import FP8, Form
from support.quantised_checkpoints import config as llama
from support.quantised_checkpoints import write as write_form
from support.quantised_forms import configs, headers, made
from support.unread_quantisations import UNREAD

TABLE = re.search(
    r"^\| format \| files made by \|(.*)\n\|[-|]+\n((?:\|.*\n)+)",
    (ROOT / "docs" / "formats" / "quantised.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)
assert TABLE is not None
VERBS = [each.strip() for each in TABLE[1].strip(" |").split("|")]
ROWS = {
    cells[0]: dict(zip(VERBS, cells[2:], strict=True))
    for line in TABLE[2].splitlines()
    for cells in [[each.strip() for each in line.strip("|").split("|")]]
}
# The forms of fixtures/quantised.safetensors that each row stands for.
MADE_BY_PACKAGES = {
    "GPTQ": "gptq *",
    "AutoRound": "autoround *",
    "AWQ": "awq",
    "compressed-tensors": "compressed-tensors *",
    "bitsandbytes": "bitsandbytes *",
    "MLX": "mlx *",
    "HQQ": "hqq *",
    "quanto": "quanto *",
    "torchao": "torchao *",
    "ComfyUI": "comfyui *",
    "BitNet": "bitnet*",
}


def nvfp4_of_modelopt(W: Tensor) -> tuple[dict[str, Tensor], None]:
    """NVFP4 with a second scale that multiplies, as ModelOpt writes it."""
    whole = W.abs().max() / (448 * 6)
    blocks = W.reshape(len(W), -1, 16)
    scales = (blocks.abs().amax(-1) / 6 / whole).to(torch.float8_e4m3fn)
    levels = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6])
    scaled = blocks / (scales.float() * whole)[..., None]
    codes = (scaled.abs()[..., None] - levels).abs().argmin(-1) + 8 * (scaled < 0)
    codes = codes.reshape(W.shape)
    pairs = (codes[:, ::2] | codes[:, 1::2] << 4).to(torch.uint8)
    return {"weight": pairs, "weight_scale": scales, "weight_scale_2": whole}, None


SIDE_FILE = {"hf_quant_config.json": {"quantization": {"quant_algo": "NVFP4"}}}
MODELOPT = {"NVFP4": Form(nvfp4_of_modelopt, "NVFP4, 4 bit, groups of 16", files=SIDE_FILE)}
BY_HAND = {"FP8": FP8, "ModelOpt's NVFP4": MODELOPT, "not read": UNREAD}
GATE = "model.layers.0.mlp.gate_proj"


def forms_of(row: str) -> list[str]:
    if row in BY_HAND:
        return list(BY_HAND[row])
    return [form for form in configs() if fnmatch(form, MADE_BY_PACKAGES[row])]


def test_every_form_is_in_one_row() -> None:
    assert set(ROWS) == {*MADE_BY_PACKAGES, *BY_HAND}
    assert sorted(form for row in MADE_BY_PACKAGES for form in forms_of(row)) == sorted(configs())


def write(folder: Path, row: str, form: str) -> str:
    """Write a Llama of one layer in this form, and give a module of it that is quantised."""
    if row in BY_HAND:
        write_form(folder, BY_HAND[row][form])
        return GATE
    out, width = made()[f"{form}/expected"].shape
    sizes = {"hidden_size": width, "intermediate_size": out, "head_dim": width // 4}
    held = {
        f"{GATE}{name.removeprefix(f'{form}/m')}": each
        for name, each in made().items()
        if name.startswith(f"{form}/m.")
    }
    shapes = {
        "model.embed_tokens": (40, width),
        "lm_head": (40, width),
        **{f"model.layers.0.self_attn.{side}_proj": (width, width) for side in "qkvo"},
        "model.layers.0.mlp.up_proj": (out, width),
        "model.layers.0.mlp.down_proj": (width, out),
    }
    generator = torch.Generator().manual_seed(0)
    held |= {
        f"{name}.weight": (torch.randn(shape, generator=generator) * 0.05).bfloat16()
        for name, shape in shapes.items()
    }
    norms = ("model.norm", "model.layers.0.input_layernorm", "model.layers.0.post_attention_layernorm")
    held |= {f"{name}.weight": torch.ones(width).bfloat16() for name in norms}
    has_bias = {"mlp_bias": True} if f"{GATE}.bias" in held else {}
    if has_bias:
        biases = {"model.layers.0.mlp.up_proj": out, "model.layers.0.mlp.down_proj": width}
        held |= {f"{name}.bias": torch.zeros(size) for name, size in biases.items()}
    folder.mkdir()
    said = {key.replace("m.weight", f"{GATE}.weight"): text for key, text in headers().get(form, {}).items()}
    save_file(held, folder / "model.safetensors", {"format": "pt", **said})
    settings = llama(**sizes, **has_bias, quantization_config=configs()[form])
    (folder / "config.json").write_text(json.dumps(settings))
    return GATE


def write_adapter(folder: Path, base: Path) -> None:
    out, width = open_model(base).tensors[f"{GATE}.weight"].shape
    generator = torch.Generator().manual_seed(3)
    A, B = (torch.randn(shape, generator=generator) * 0.05 for shape in ((2, width), (out, 2)))
    folder.mkdir()
    path = f"base_model.model.{GATE}"
    factors = {f"{path}.lora_A.weight": A, f"{path}.lora_B.weight": B}
    save_file(factors, folder / "adapter_model.safetensors", {"format": "pt"})
    settings = {"peft_type": "LORA", "r": 2, "lora_alpha": 2, "target_modules": ["gate_proj"]}
    (folder / "adapter_config.json").write_text(json.dumps(settings | {"task_type": "CAUSAL_LM"}))


def read(base: Path, _adapter: Path, _out: Path) -> None:
    assert open_model(base).tensors[f"{GATE}.weight"].read().isfinite().all()


def look(base: Path, _adapter: Path, _out: Path) -> None:
    (seen,) = [each for each in inspect(base).modules if each.module == GATE]
    assert seen.quantised
    assert seen.has_spectrum or seen.quantised in seen.reason


def merged(base: Path, adapter: Path, out: Path) -> None:
    merge(base, adapter, out)
    assert load_file(out / "model.safetensors")[f"{GATE}.weight"].dtype == torch.bfloat16


def merged_and_undone(base: Path, adapter: Path, out: Path) -> None:
    merged(base, adapter, out / "merged")
    unmerge(out / "merged", out / "back")
    for path in base.iterdir():
        assert (out / "back" / path.name).read_bytes() == path.read_bytes()


def extracted(base: Path, adapter: Path, out: Path) -> None:
    merged(base, adapter, out / "merged")
    report = extract(base, out / "merged", out / "adapter", rank=2)
    assert GATE in [each.module for each in report.modules]


def converted(base: Path, adapter: Path, out: Path) -> None:
    convert(adapter, out / "adapter.gguf", format="gguf", base=base)


def exported(base: Path, adapter: Path, out: Path) -> None:
    plan_export_onnx(base, [adapter], out / "graph")


def requantised(base: Path, adapter: Path, out: Path) -> None:
    merge(base, adapter, out, requantise=True)
    stored = open_model(out).tensors[f"{GATE}.weight"].quantised
    assert stored is not None
    assert not stored.refusal


CELLS: dict[str, Callable[[Path, Path, Path], None]] = {
    "read": read,
    "inspect": look,
    "merge": merged,
    "unmerge": merged_and_undone,
    "extract": extracted,
    "convert --base": converted,
    "export-onnx": exported,
    "--requantise": requantised,
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("row", ROWS)
def test_a_cell_says_what_the_verb_does(row: str, verb: str, tmp_path: Path) -> None:
    for index, form in enumerate(forms_of(row)):
        folder = tmp_path / str(index)
        folder.mkdir()
        write(folder / "base", row, form)
        write_adapter(folder / "adapter", folder / "base")
        try:
            CELLS[verb](folder / "base", folder / "adapter", folder / "out")
        except UnsupportedError:
            assert ROWS[row][verb] == "no", form
        else:
            assert ROWS[row][verb] == "yes", form


@pytest.mark.slow
@pytest.mark.parametrize("row", ["GPTQ", "quanto"])
def test_a_graph_of_a_quantised_base_answers_as_its_numbers_do(row: str, tmp_path: Path) -> None:
    """Planning an export, as the table does, opens the numbers and builds no graph."""
    write(tmp_path / "base", row, forms_of(row)[-1])
    write_adapter(tmp_path / "adapter", tmp_path / "base")
    report = export_onnx(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "graph")
    assert report.check is not None
    assert report.check.effect
