"""Damaged and hostile files, made from good ones by what a seed says: the only outcomes are a result or one line.

`PYTHONPATH=tests python -m support.damaged_files READER COUNT [FIRST]` tries many more than the tests do.
"""

from __future__ import annotations

import io
import json
import pickle
import random
import shutil
import struct
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from lorasurgery.adapter import Adapter
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import SurgeryError
from lorasurgery.formats import load, read_adapter
from lorasurgery.lazy import LazyTensor
from support.paths import FIXTURES

# Longer lines are quoted whole from a file.
MOST_LETTERS = 2100


@dataclass(frozen=True)
class Reader:
    """`make` writes good files into a folder and gives those to damage; `read` reads what the folder holds."""

    make: Callable[[Path], list[Path]]
    read: Callable[[Path], object]


def outcome(reader: Reader, seed: int, good: Path, folder: Path) -> str:
    """Damage one file of a copy of `good` as a seed says, and read it: "right", "refused", or what is wrong."""
    chance = random.Random(seed)
    shutil.copytree(good, folder, dirs_exist_ok=True)
    path = folder / chance.choice((good / "damaged.txt").read_text().split("\n"))
    path.write_bytes(damaged(path, path.read_bytes(), chance))
    try:
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


def damaged(path: Path, data: bytes, chance: random.Random) -> bytes:
    """A file's bytes with a fault or two: in its structure where that is known, and anywhere."""
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        with suppress(Exception):  # what was damaged already may have no structure any more
            data = _structured(path, data, chance) if chance.random() < 0.7 else _anywhere(data, chance)
    return data


def _structured(path: Path, data: bytes, chance: random.Random) -> bytes:
    if path.suffix == ".json":
        return json.dumps(_changed(json.loads(data), chance)).encode()
    if path.suffix == ".safetensors":
        length = struct.unpack("<Q", data[:8])[0]
        text = json.dumps(_changed(json.loads(data[8 : 8 + length]), chance)).encode()
        return struct.pack("<Q", len(text)) + text + data[8 + length :]
    if data[:2] == b"PK":
        return _repacked(data, chance)
    if path.suffix in (".gguf", ".onnx_adapter", ".pth", ".bin"):
        return _with_another_number(data, chance)
    return _with_another_word(data, chance)


ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2**31, 2**62, 2**63 - 1, 2**64, 10**400, 1.5, 1e308, -0.0, float("nan"), float("inf"), "", "x", "x" * 20_000,
    "\ud800", "..", "/", "a\nb", "\x1b[31m", [], {}, [[]], [1, "a"], {"a": 1}, {"__float__": "Infinity"}, {"__float__": "x"}, [2**62] * 400,
    "(((a+)+)+)+$", "(", "a{99999999999999999999}", ["(.*)*x"], {"(": 1}, {"q_proj": None}, {"a|b": 2},
)  # fmt: skip


def _changed(value: Any, chance: random.Random) -> Any:
    """A JSON value with one place in it replaced, left out, doubled or put under another name."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        key = chance.choice(list(value))
        kind = chance.randrange(8)
        if kind == 0:
            return {name: each for name, each in value.items() if name != key}
        if kind == 1:
            return {(_name(chance) if name == key else name): each for name, each in value.items()}
        if kind == 2:
            return value | {_name(chance): value[key]}
        return value | {key: _changed(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        return [
            *value[:at],
            *chance.choice([[], [_changed(value[at], chance)], [value[at]] * 2]),
            *value[at + 1 :],
        ]
    if isinstance(value, int) and chance.random() < 0.3:
        return value + chance.choice([-1, 1, 8, -8])
    if chance.random() < 0.03:
        return json.loads("[" * 200 + "]" * 200)
    return chance.choice(ODD)


def _name(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return f"layers.{chance.choice(['9' * 5000, '²', '١', '-1', str(2**40)])}.q_proj.lora_A.weight"
    return str(chance.choice([each for each in ODD if isinstance(each, str)]))


def _with_another_number(data: bytes, chance: random.Random) -> bytes:
    """Another integer of 1, 4 or 8 bytes, small or huge, mostly where headers are."""
    at = chance.randrange(min(len(data), chance.choice([64, 1024, len(data)])))
    number = chance.choice([0, 1, 2, 7, 8, 9, 12, 13, 255, 2**16, 2**31, 2**32 - 1, 2**62, 2**63, 2**64 - 1])
    packed = struct.pack("<Q", number)[: chance.choice([1, 4, 8])]
    return data[:at] + packed + data[at + len(packed) :]


WORDS = ("~", "!!int ''", "!!timestamp x", "!!bool maybe", "2001-99-99", "&a [*a]", "<<: {a: 1}", "1" * 6000, "- ", "{", "\"", "\t", "\r", "\u2028", "\x0c", ",", "\x00", "1_000", "1:99:99", ".inf", "-.nan", "'", "!!python/object:os.system x", "[" * 3000, "4611686018427387904", "1000000000", "B-", "[", "\ufeff")  # fmt: skip


def _with_another_word(data: bytes, chance: random.Random) -> bytes:
    """Another word in a text."""
    words = data.decode("utf-8", "replace").split(" ")
    at = chance.randrange(len(words))
    words[at] = chance.choice([chance.choice(WORDS), words[at] + chance.choice(WORDS), ""])
    return " ".join(words).encode("utf-8", "replace")


def _repacked(data: bytes, chance: random.Random) -> bytes:
    """An archive with one of its records changed, compressed, renamed or left out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        chosen = chance.choice(old.namelist())
        compression = chance.choice([zipfile.ZIP_STORED] * 3 + [zipfile.ZIP_DEFLATED])
        with zipfile.ZipFile(buffer, "w", compression) as new:
            for name in old.namelist():
                content = old.read(name)
                if name == chosen:
                    kind = chance.randrange(5)
                    if kind == 0:
                        continue
                    name = name + "x" if kind == 1 else name
                    content = _other_pickle(content, chance) if kind > 2 else _anywhere(content, chance)
                new.writestr(name, content)
    return buffer.getvalue()


def _other_pickle(data: bytes, chance: random.Random) -> bytes:
    """A pickle with one of its opcodes' small numbers changed: sizes, strides, offsets, keys."""
    places = [
        at
        for at in range(len(data) - 1)
        if data[at : at + 1] in (pickle.BININT1, pickle.BININT2, pickle.BININT)
    ]
    if not places:
        return _anywhere(data, chance)
    at = chance.choice(places)
    width = {pickle.BININT1: 1, pickle.BININT2: 2, pickle.BININT: 4}[data[at : at + 1]]
    number = chance.choice([0, 1, 2, 255, 65_535, 2**31 - 1, 2**32 - 1]) % 256**width
    new = chance.choice([number.to_bytes(width, "little"), number.to_bytes(width, "little")[:-1]])
    return data[: at + 1] + new + data[at + 1 + width :]


def _anywhere(data: bytes, chance: random.Random) -> bytes:
    """Bytes changed, dropped, doubled or put in anywhere, or the end cut off."""
    at = chance.randrange(max(1, len(data)))
    kind = chance.randrange(5)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + data[at + chance.choice([1, 4, 8]) :]
    if kind == 2:
        return data[:at] + data[max(0, at - 8) : at] + data[at:]
    other = bytes(
        chance.choices([*b'{}[]",:\\0a\xff\x80\x00', chance.randrange(256)], k=chance.choice([1, 1, 2]))
    )
    return data[:at] + other + data[at + (len(other) if kind == 3 else 0) :]


def _read_all(tensors: Iterator[LazyTensor]) -> None:
    for tensor in tensors:
        # What is larger than the file is the reader's fault.
        assert tensor.nbytes < 1 << 24, tensor.shape
        tensor.read()
        tensor.raw()


def _read_checkpoint(path: Path) -> None:
    from lorasurgery.architecture import architecture_of

    opened = open_checkpoint(path)
    architecture_of(opened)
    _read_all(iter(opened.tensors.values()))


def _read_adapter(path: Path) -> None:
    _use(read_adapter(str(path))[1])


def _use(adapter: Adapter) -> None:
    from lorasurgery.variants.edit import lazy_tensors

    if adapter.aims:
        adapter.aims(list(adapter.modules))
    for factors in adapter.modules.values():
        _read_all(iter(lazy_tensors(factors)))
    _read_all(iter(adapter.replaced.values()))


def _small() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {"a.weight": torch.randn(4, 3), "a.bias": torch.randn(4).bfloat16(), "steps": torch.tensor(7)}


def _safetensors(folder: Path) -> list[Path]:
    save_file(_small(), folder / "x.safetensors", metadata={"format": "pt"})
    return [folder / "x.safetensors"]


def _judged(folder: Path) -> None:
    """Read a file, and hold what was refused or read against the library."""
    from safetensors import SafetensorError, safe_open

    path = folder / "x.safetensors"
    try:
        _read_checkpoint(path)
    except SurgeryError as error:
        if (
            "stands twice" not in str(error)
            and "no array can have" not in str(error)
            and "no tensors" not in str(error)
        ):
            with suppress(SafetensorError), safe_open(path, "pt"):
                raise AssertionError(f"the library opens it: {error}") from None
        raise
    with safe_open(path, "pt") as theirs:
        assert set(theirs.keys()) == set(open_checkpoint(path).tensors)


def _sharded(folder: Path) -> list[Path]:
    small = _small()
    save_file({"a.weight": small["a.weight"]}, folder / "model-00001-of-00002.safetensors")
    save_file({"a.bias": small["a.bias"]}, folder / "model-00002-of-00002.safetensors")
    index = {"metadata": {"total_size": 56}, "weight_map": {"a.weight": "model-00001-of-00002.safetensors", "a.bias": "model-00002-of-00002.safetensors"}}  # fmt: skip
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "config.json").write_text((FIXTURES / "llama-base" / "config.json").read_text())
    return [folder / "model.safetensors.index.json", folder / "config.json"]


def _second_index(folder: Path) -> list[Path]:
    _sharded(folder)
    (folder / "other.safetensors.index.json").write_bytes(
        (folder / "model.safetensors.index.json").read_bytes()
    )
    return [folder / "other.safetensors.index.json"]


def _read_second_index(folder: Path) -> None:
    from lorasurgery.surgery.merging.layout import index_files

    index_files(open_checkpoint(folder))


def _pickled(folder: Path) -> list[Path]:
    torch.save(_small(), folder / "x.bin")
    return [folder / "x.bin"]


def _legacy_pickled(folder: Path) -> list[Path]:
    torch.save(_small(), folder / "x.bin", _use_new_zipfile_serialization=False)
    return [folder / "x.bin"]


def _peft(folder: Path) -> list[Path]:
    shutil.copytree(FIXTURES / "llama-adapter", folder, dirs_exist_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text())
    config |= {"alpha_pattern": {"layers.0.self_attn.q_proj": 4}, "modules_to_save": ["lm_head"]}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    tensors = dict(list(load_file(folder / "adapter_model.safetensors").items())[:8])
    save_file(tensors, folder / "adapter_model.safetensors")
    return [
        folder / "adapter_config.json",
        folder / "adapter_config.json",
        folder / "adapter_model.safetensors",
    ]


def _ia3(folder: Path) -> list[Path]:
    tensors = {f"base_model.model.layers.0.{name}.ia3_l": torch.randn(*shape) for name, shape in (("k_proj", (8, 1)), ("down_proj", (1, 8)))}  # fmt: skip
    save_file(tensors, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "IA3",
        "target_modules": ["k_proj", "down_proj"],
        "feedforward_modules": ["down_proj"],
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return [folder / "adapter_config.json"]


def _as(form: str, file: str) -> Callable[[Path], list[Path]]:
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


def _gguf(folder: Path) -> list[Path]:
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


def _torchtune(folder: Path) -> list[Path]:
    pair = {"layers.0.attn.q_proj.lora_a.weight": torch.randn(3, 24), "layers.0.attn.q_proj.lora_b.weight": torch.randn(24, 3)}  # fmt: skip
    torch.save(pair, folder / "adapter_0.pt")
    recipe = folder / "torchtune_config.yaml"
    recipe.write_text(
        "model:\n  _component_: torchtune.models.llama3.lora_llama3_8b\n  lora_alpha: 16\n  lora_rank: 3\nepochs: 1\n"
    )
    return [recipe]


def _litgpt(folder: Path) -> list[Path]:
    tensors = {"transformer.h.0.attn.proj.lora_A": torch.randn(3, 24), "transformer.h.0.attn.proj.lora_B": torch.randn(24, 3)}  # fmt: skip
    torch.save(tensors, folder / "lit_model.pth.lora")
    (folder / "hyperparameters.yaml").write_text(
        "lora_r: 3\nlora_alpha: 16\nlora_query: true\nlora_key: false\nlora_value: true\nprecision: null\n"
    )
    (folder / "model_config.yaml").write_text(
        "name: Llama-3-8B\nmlp_class_name: LLaMAMLP\nn_embd: 24\nn_head: 6\nn_query_groups: 2\nhead_size: 4\n"
    )
    return [folder / "hyperparameters.yaml", folder / "model_config.yaml"]


def _kohya(folder: Path) -> list[Path]:
    name = "lora_unet_down_blocks_0_attentions_0_proj_in"
    tensors = {f"{name}.lora_down.weight": torch.randn(3, 8), f"{name}.lora_up.weight": torch.randn(8, 3), f"{name}.alpha": torch.tensor(4.0)}  # fmt: skip
    save_file(tensors, folder / "x.safetensors", metadata={"ss_network_alpha": "4"})
    return [folder / "x.safetensors"]


def _diffusers(folder: Path) -> list[Path]:
    tensors = {"unet.x.lora_A.weight": torch.randn(3, 8), "unet.x.lora_B.weight": torch.randn(8, 3)}
    text = json.dumps(
        {"unet.lora_alpha": 8, "unet.r": 3, "unet.alpha_pattern": {"x": 4}, "unet.peft_type": "LORA"}
    )
    save_file(tensors, folder / "pytorch_lora_weights.safetensors", metadata={"lora_adapter_metadata": text})
    return [folder / "pytorch_lora_weights.safetensors"]


def _cloneofsimo(folder: Path) -> list[Path]:
    tensors = {f"unet:{i}:{side}": torch.ones(*shape) for i in (0, 1) for side, shape in (("down", (2, 6)), ("up", (4, 2)))}  # fmt: skip
    save_file(
        tensors, folder / "x.safetensors", metadata={"unet": '["CrossAttention", "Attention", "GEGLU"]'}
    )
    return [folder / "x.safetensors"]


def _hydralora(folder: Path) -> list[Path]:
    name = "base_model.model.layers.0.q_proj"
    tensors = {f"{name}.lora_A.weight": torch.ones(2, 6), f"{name}.lora_route.weight": torch.zeros(2, 6)}
    tensors |= {f"{name}.lora_B{i}.weight": torch.ones(4, 2) for i in (0, 1)}
    save_file(tensors, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "lora_alpha": 4, "target_modules": ["q_proj"]}))  # fmt: skip
    return [folder / "adapter_model.safetensors", folder / "adapter_config.json"]


def _wrapped(folder: Path) -> list[Path]:
    tensors = {"layers.0.q.layer.weight": torch.ones(4, 6), "layers.0.q.A": torch.ones(2, 6), "layers.0.q.B": torch.ones(4, 2), "norm": torch.ones(4)}  # fmt: skip
    save_file(tensors, folder / "x.safetensors")
    return [folder / "x.safetensors"]


def _one_file(folder: Path) -> list[Path]:
    name = "layers.0.self_attn.q_proj"
    tensors = {
        f"{name}.lora_A.default.weight": torch.ones(2, 6),
        f"{name}.lora_B.default.weight": torch.ones(4, 2),
    }
    save_file(tensors, folder / "x.safetensors", metadata={"lora_alpha": "4"})
    return [folder / "x.safetensors"]


def _merged(folder: Path) -> list[Path]:
    from lorasurgery import merge

    merge(FIXTURES / "llama-base", [FIXTURES / "llama-adapter"], output=folder / "merged")
    return [folder / "merged" / "undo.json", folder / "merged" / "undo.safetensors"]


def _read_record(folder: Path) -> None:
    from lorasurgery.surgery.undo.undo_record import read_record

    path = folder / "merged" / "undo.json"
    read_record(path).last(path)


def _parallel(folder: Path) -> list[Path]:
    for name in ("shared", "one"):
        (folder / name).mkdir()
    branches = {"shared": {"weight": 1.0, "tasks": "all"}, "one": {"weight": 0.5, "tasks": ["sst2"]}}
    (folder / "parallel.json").write_text(json.dumps({"version": 1, "branches": branches}))
    return [folder / "parallel.json"]


def _read_parallel(folder: Path) -> None:
    from lorasurgery.surgery.adapter_input.parallel_lora import branches_of

    for branch in branches_of(folder, "sst2"):
        assert branch.folder.resolve().parent == folder.resolve()


TABLES = {
    "a.tsv": "sentence\tlabel\nThe film is good\t1\nThe \u2028film is bad\t0\n",
    "a.csv": 'sentence,label\n"The film, is good",1\nThe film is bad,0\n',
    "a.jsonl": '{"sentence": "The film is good", "label": 1}\n{"sentence": "The film is bad", "label": 0}\n',
    "a.json": '[{"sentence": "The film is good", "label": 1}, {"sentence": "The film is bad", "label": 0}]',
    "a.conll": "The O\nfilm B-X\n\nis O\nbad I-X\n",
}


def _tables(folder: Path) -> list[Path]:
    for name, text in TABLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in TABLES]


def _read_tables(folder: Path) -> None:
    from lorasurgery.training.data import columns_of, read_table
    from lorasurgery.training.kinds.tokens import open_task, read

    errors = []
    for name in TABLES:
        try:
            if name == "a.conll":
                open_task(read(str(folder / name)))
            else:
                columns_of(read_table(folder / name))
        except SurgeryError as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _tokenizer(folder: Path) -> list[Path]:
    shutil.copytree(FIXTURES / "bert-base", folder, dirs_exist_ok=True)
    return [
        folder / name
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
    ]


def _read_tokenizer(folder: Path) -> None:
    from lorasurgery.training.models import known_labels, load_tokenizer, longest

    known_labels(str(folder))
    longest(str(folder), load_tokenizer(str(folder)), None)


def _in(name: str, read: Callable[[Path], None]) -> Callable[[Path], None]:
    return lambda folder: read(folder / name)


READERS: dict[str, Reader] = {
    "safetensors": Reader(_safetensors, _judged),
    "index": Reader(_sharded, _read_checkpoint),
    "second index": Reader(_second_index, _read_second_index),
    "pickle": Reader(_pickled, _in("x.bin", _read_checkpoint)),
    "legacy pickle": Reader(_legacy_pickled, _in("x.bin", _read_checkpoint)),
    "peft": Reader(_peft, _read_adapter),
    "ia3": Reader(_ia3, _read_adapter),
    "gguf": Reader(_gguf, _in("x.gguf", _read_adapter)),
    "onnx": Reader(_as("onnx", "x.onnx_adapter"), _in("x.onnx_adapter", _read_adapter)),
    "mlx": Reader(_as("mlx", ""), _read_adapter),
    "torchtune": Reader(_torchtune, _read_adapter),
    "litgpt": Reader(_litgpt, _read_adapter),
    "kohya": Reader(_kohya, _in("x.safetensors", _read_adapter)),
    "diffusers": Reader(_diffusers, _in("pytorch_lora_weights.safetensors", _read_adapter)),
    "comfyui": Reader(_as("comfyui", "x.safetensors"), _in("x.safetensors", _read_adapter)),
    "loralib": Reader(_as("loralib", "lora.pt"), _in("lora.pt", _read_adapter)),
    "cloneofsimo": Reader(_cloneofsimo, _in("x.safetensors", _read_adapter)),
    "hydralora": Reader(_hydralora, _read_adapter),
    "statedict": Reader(_wrapped, _in("x.safetensors", _read_adapter)),
    "peft_file": Reader(_one_file, _in("x.safetensors", _read_adapter)),
    "undo record": Reader(_merged, _read_record),
    "parallel": Reader(_parallel, _read_parallel),
    "tables": Reader(_tables, _read_tables),
    "tokenizer": Reader(_tokenizer, _read_tokenizer),
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
