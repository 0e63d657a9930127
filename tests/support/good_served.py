"""Adapters of every format beside the bases that programs serve them with: models, configs and a graph."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

from support.paths import FIXTURES

# Programs by the names that people give them, with versions whose facts are there and with others.
NAMES = (
    *("comfyui", "diffusers", "kohya", "llamacpp", "lorax", "mlx", "onnx", "peft", "sglang", "trtllm"),
    *("vllm", "vllm@0.20", "vllm@0.99", "vllm@0.1", "sglang@0.5.15", "mlx@0.31", "next"),
)
# The file or folder of an adapter in each format, and those who read it.
FORMATS = {
    "peft": ("adapter", ("vllm", "sglang", "peft", "lorax", "trtllm", "vllm@0.99")),
    "mlx": ("adapter", ("mlx", "mlx@0.31")),
    "gguf": ("adapter.gguf", ("llamacpp",)),
    "kohya": ("adapter.safetensors", ("kohya", "comfyui")),
    "onnx": ("adapter.onnx_adapter", ("onnx",)),
}


def good_served(folder: Path) -> list[Path]:
    """A folder for each format and base; configs are damaged most."""
    for form in FORMATS:
        own = folder / form
        shutil.copytree(FIXTURES / "llama-base", own / "base")
        _write(form, own)
    for name in ("config alone", "another base", "nothing"):
        shutil.copytree(folder / "peft", folder / name)
    for path in (folder / "config alone" / "base").glob("model*"):
        path.unlink()
    _say(folder / "another base" / "adapter" / "adapter_config.json", "nobody/model")
    (folder / "nothing" / "adapter" / "adapter_model.safetensors").unlink()
    shutil.copytree(folder / "onnx", folder / "graph")
    shutil.rmtree(folder / "graph" / "base")
    _graph(folder / "graph" / "base")
    configs = sorted(folder.rglob("config.json")) + sorted(folder.rglob("adapter_config.json")) * 2
    files = [path for path in sorted(folder.rglob("adapter*")) if path.is_file() and path.suffix != ".md"]
    return [*configs, *files, *sorted(folder.rglob("*.onnx"))]


def _write(form: str, folder: Path) -> None:
    """Our small adapter in a format; of each part of a model one module."""
    from lorasurgery.formats import load, read_adapter
    from support.good_cases import host

    if form == "peft":
        shutil.copytree(FIXTURES / "llama-adapter", folder / "adapter")
        return
    adapter = read_adapter(str(FIXTURES / "llama-adapter"), host())[1]
    modules = dict(sorted(adapter.modules.items())[:3])
    small = dataclasses.replace(adapter, host=host(), modules=modules, replaced={}, token_rows={})
    target = folder / FORMATS[form][0]
    if not target.suffix:
        target.mkdir()
    load(form).write(small, target)


def _say(path: Path, base: str) -> None:
    """Let a config say another base."""
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"base_model_name_or_path": base}))


def _graph(folder: Path) -> None:
    """A graph with the inputs of an adapter, which says of which model it was made."""
    import onnx
    from onnx import helper

    folder.mkdir()
    inputs = [helper.make_tensor_value_info("x", 1, ["batch", 8])]
    inputs += [helper.make_tensor_value_info(f"m.lora_{side}", 1, [None, 8]) for side in "AB"]
    outputs = [helper.make_tensor_value_info("y", 1, ["batch", 8])]
    model = helper.make_model(
        helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", inputs, outputs)
    )
    for key, value in {"base_root": "0" * 64, "base_name": "org/model", "base_revision": "main"}.items():
        model.metadata_props.add(key=f"lorasurgery.{key}", value=value)
    onnx.save(model, folder / "model.onnx")


def read_as_served(folder: Path) -> None:
    """Ask programs what they do with an adapter: one of its format, and any."""
    from contextlib import suppress

    from lorasurgery.errors import SurgeryError
    from lorasurgery.surgery.check import check

    form = folder.name if folder.name in FORMATS else "onnx" if folder.name == "graph" else "peft"
    file, programs = FORMATS[form]
    chance = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    with suppress(SurgeryError):
        str(check(folder / file, base=folder / "base", runtime=NAMES[chance % len(NAMES)]).as_json())
    program = programs[chance % len(programs)]
    report = check(folder / file, base=folder / "base", runtime=program)
    assert report.verdict in report.summary
    assert report.all_land == (report.as_json()["fates"].keys() == {"lands"} and not report.refusals)
