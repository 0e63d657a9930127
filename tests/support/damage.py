"""Faults that a seed puts into a file's bytes.

In its structure where that is known, and anywhere.
"""

from __future__ import annotations

import io
import json
import pickle
import random
import struct
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from support.damage_binary import damaged_gguf, damaged_protobuf
from support.damage_safetensors import odd_header, other_tensors


def damaged(path: Path, data: bytes, chance: random.Random) -> bytes:
    """A file's bytes with a fault or two: in its structure where that is known, and anywhere."""
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        with suppress(Exception):  # what was damaged already may have no structure any more
            data = _structured(path, data, chance) if chance.random() < 0.7 else _anywhere(data, chance)
    return data


def _structured(path: Path, data: bytes, chance: random.Random) -> bytes:
    if path.name == "adapter_config.json" and chance.random() < 0.2:
        key = chance.choice(list(SETTINGS))
        return json.dumps(json.loads(data) | {key: chance.choice(SETTINGS[key])}).encode()
    if path.suffix == ".json":
        return json.dumps(_changed(json.loads(data), chance)).encode()
    if path.suffix in (".safetensors", ".tensors"):
        if chance.random() < 0.5:
            return other_tensors(data, chance, _changed)
        length = struct.unpack("<Q", data[:8])[0]
        text = data[8 : 8 + length]
        if chance.random() < 0.25:
            text = odd_header(text, chance)
        else:
            text = json.dumps(_changed(json.loads(text), chance)).encode()
        return struct.pack("<Q", len(text)) + text + data[8 + length :]
    if data[:2] == b"PK":
        return _repacked(data, chance)
    if path.suffix == ".onnx" and chance.random() < 0.8:
        return damaged_protobuf(data, chance)
    if path.suffix == ".gguf" and chance.random() < 0.7:
        return damaged_gguf(data, chance)
    if path.suffix == ".yaml" and chance.random() < 0.5:
        return yaml.safe_dump(_changed(yaml.safe_load(data), chance)).encode("utf-8", "replace")
    if data[:1] == pickle.PROTO and chance.random() < 0.6:
        return _other_pickle(data, chance)
    if path.suffix in (".gguf", ".onnx", ".onnx_adapter", ".pth", ".bin"):
        return _with_another_number(data, chance)
    return _with_another_word(data, chance)


ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1,
    2**31,
    2**62,
    2**63 - 1,
    2**64,
    10**400,
    1.5,
    1e308,
    -0.0,
    float("nan"),
    float("inf"),
    "",
    "x",
    "x" * 20_000,
    "\ud800",
    "..",
    "/",
    "a\nb",
    "\x1b[31m",
    [],
    {},
    [[]],
    [1, "a"],
    {"a": 1},
    {"__float__": "Infinity"},
    {"__float__": "x"},
    [2**62] * 400,
    "(((a+)+)+)+$",
    "(",
    "a{99999999999999999999}",
    ["(.*)*x"],
    {"(": 1},
    {"q_proj": None},
    {"a|b": 2},
)


# Settings of adapters' configs that readers look at, with values that mean something to them.
SETTINGS: dict[str, tuple[Any, ...]] = {
    "peft_type": (
        "LORA",
        "ADALORA",
        "VERA",
        "OFT",
        "LN_TUNING",
        "GLORA",
        "PREFIX_TUNING",
        "POLY",
        "XLORA",
        "?",
    ),
    "alora_invocation_tokens": ([1, 2],),
    "arrow_config": ({"top_k": 2},),
    "layer_replication": ([[0, 1]],),
    "target_parameters": (["mlp.experts.gate_up_proj"], ["x"]),
    "target_modules": ("all-linear", ".*q_proj", "(?=x)y", r"(a)\1", ["q_proj", "layers.0.v_proj"], []),
    "feedforward_modules": ("(?=x)y", ".*", r".*\.down_proj"),
    "rank_pattern": ({"(?=x)y": 2}, {".*": 2}, {"q_proj": 1}),
    "alpha_pattern": ({"(?=x)y": 2}, {r"(a)\1": 2}, {".*[qv]_proj": 3.5}),
    "modules_to_save": (["lm_head"], ["embed_tokens"]),
    "exclude_modules": (["v_proj"], "v.*"),
    "layers_to_transform": ([0], 0),
    "trainable_token_indices": ([0, 1], {"embed_tokens": [0, 1]}, [0, 0], {"x": [1]}),
    "ensure_weight_tying": (True,),
    "fan_in_fan_out": (True,),
    "use_dora": (True, False),
    "use_rslora": (True, False),
    "bias": ("none", "all", "lora_only"),
    "save_projection": (False,),
    "save_precomputed_indices": (False,),
    "save_indices": (False,),
    "use_cayley_neumann": (True, False),
    "peft_version": ("0.13.0", "0.17.1", "0.21.0"),
    "decomposition_method": ("relu", "qr", "?"),
    "lorasurgery": (
        {"version": 1, "variant": "dyn", "form": "svd", "ranks": [1, 2]},
        {"version": 1, "variant": "dyn", "form": "?", "ranks": []},
    ),
    "fine_tune_type": ("lora", "dora", "full", "?"),
    "lora_parameters": ({"scale": 2.0}, {}),
}


def _changed(value: Any, chance: random.Random) -> Any:
    """A JSON value with one place in it replaced, left out, doubled or put under another name.

    Half of the texts that are JSON themselves are changed inside.
    """
    if isinstance(value, str) and value[:1] == "{" and chance.random() < 0.5:
        return json.dumps(_changed(json.loads(value), chance))
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


WORDS = (
    "~",
    "!!int ''",
    "!!timestamp x",
    "!!bool maybe",
    "2001-99-99",
    "&a [*a]",
    "<<: {a: 1}",
    "1" * 6000,
    "- ",
    "{",
    '"',
    "\t",
    "\r",
    "\u2028",
    "\x0c",
    ",",
    "\x00",
    "1_000",
    "1:99:99",
    ".inf",
    "-.nan",
    "'",
    "!!python/object:os.system x",
    "[" * 3000,
    "4611686018427387904",
    "1000000000",
    "B-",
    "[",
    "\ufeff",
)


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


# Bytes of the number that follows an opcode.
WIDTHS = {pickle.BININT1: 1, pickle.BININT2: 2, pickle.BININT: 4, pickle.BINUNICODE: 4, pickle.BINPUT: 1}


def _other_pickle(data: bytes, chance: random.Random) -> bytes:
    """A pickle with one of its opcodes' numbers changed: sizes, strides, offsets, keys, lengths of texts."""
    places = [at for at in range(len(data) - 1) if data[at : at + 1] in WIDTHS]
    if not places:
        return _anywhere(data, chance)
    at = chance.choice(places)
    width = WIDTHS[data[at : at + 1]]
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
