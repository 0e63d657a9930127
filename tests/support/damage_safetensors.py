"""Safetensors files that are odd in one entry or in one tensor, and fit their bytes otherwise."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from typing import Any

from lorasurgery.dtypes import Dtype


def odd_header(text: bytes, chance: random.Random) -> bytes:
    """A header with a name twice, or an entry of another dtype or shape that takes as many bytes or none."""
    content: dict[str, Any] = json.loads(text)
    name = chance.choice([each for each in content if each != "__metadata__"])
    entry = content[name]
    if chance.random() < 0.2:
        other = chance.choice([name, "__metadata__"])
        twice = json.dumps({other: content.get(other, {})})[1:-1]
        return f"{{{twice}, {json.dumps(content)[1:]}".encode()
    if chance.random() < 0.4:
        start = chance.choice([entry["data_offsets"][0], entry["data_offsets"][1]])
        content["empty"] = {
            "dtype": chance.choice(list(Dtype.__members__)),
            "shape": chance.choice(
                [[0], [0] * 70, [1] * 70 + [0], [0, 2**62, 2**62], [2**62, 0], [0, 1], [1, 0, 3]]
            ),
            "data_offsets": [start, start],
        }
        return json.dumps(content).encode()
    dtype = chance.choice(list(Dtype))
    numel = (entry["data_offsets"][1] - entry["data_offsets"][0]) * 8 // dtype.bits
    shapes = [[numel], [numel, 1], [1, numel], [numel // 2, 2], [1] * 70 + [numel], [2**62] * 3]
    content[name] = entry | {"dtype": dtype.name, "shape": chance.choice(shapes)}
    return json.dumps(content).encode()


# Ends of names by which readers tell what a tensor is: put at the end of another name.
ENDS = (
    *("lora_A.weight", "lora_B.weight", "lora_A.default.weight", "lora_B.bias", "lora_magnitude_vector"),
    *("lora_down.weight", "lora_up.weight", "lora_mid.weight", "alpha", "dora_scale", "diff", "diff_b"),
    *("set_weight", "reshape_weight", "w_norm", "b_norm", "hada_t1", "lokr_w1", "lokr_w2", "lokr_t2"),
    *("oft_blocks", "oft_blocks.0", "rescale", "on_input", "bias_values", "scalar", "q_layer.weight"),
    *("lora_A", "lora_B", "A", "B", "layer.weight", "lora_embedding_A", "weight", "bias", "scales", "qzeros"),
)
# The bits of what fills a tensor: zeros, ones of small integers, NaN and infinity in float32 and bfloat16.
FILLS = (
    b"\x00",
    b"\x01",
    b"\xff",
    b"\x00\x00\xc0\x7f",
    b"\x00\x00\x80\x7f",
    b"\xc0\x7f",
    b"\x00\x00\x80\x3f",
)


def other_tensors(data: bytes, chance: random.Random, changed: Callable[[Any, random.Random], Any]) -> bytes:
    """A file that is whole, with one tensor left out, renamed, repeated, reshaped, cut off or filled.

    `changed` changes a JSON value: some tensors spell one.
    """
    length = int.from_bytes(data[:8], "little")
    content: dict[str, Any] = json.loads(data[8 : 8 + length])
    metadata = content.pop("__metadata__", None)
    body = data[8 + length :]
    held = {
        name: (each["dtype"], each["shape"], body[each["data_offsets"][0] : each["data_offsets"][1]])
        for name, each in content.items()
    }
    spelled = sorted(name for name, (_, _, bits) in held.items() if bits[:1] == b"{")
    if spelled and chance.random() < 0.2:
        name = chance.choice(spelled)
        text = json.dumps(changed(json.loads(held[name][2]), chance)).encode()
        held[name] = held[name][0], [len(text)], text
    else:
        for _ in range(chance.choice([1, 1, 1, 2])):
            _alter(held, chance.choice(sorted(held)), chance)
    if chance.random() < 0.15:
        metadata = _other_words(metadata or {}, chance)
    return _packed(held, metadata)


def _alter(held: dict[str, tuple[str, list[int], bytes]], name: str, chance: random.Random) -> None:
    dtype, shape, bits = held[name]
    kind = chance.randrange(9)
    if kind == 0 and len(held) > 1:
        del held[name]
    elif kind == 1:
        held[_other_name(name, held, chance)] = held.pop(name)
    elif kind == 2:
        held[_other_name(name, held, chance)] = held[name]
    elif kind == 3:
        held[name] = held[chance.choice(sorted(held))]
    elif kind == 4:
        held[name] = dtype, chance.choice([shape[::-1], [*shape, 1], [1, *shape], [math.prod(shape)]]), bits
    elif kind == 5 and shape and math.prod(shape):
        at, less = chance.randrange(len(shape)), chance.choice([1, shape[0] // 2])
        smaller = [max(0, size - less) if index == at else size for index, size in enumerate(shape)]
        held[name] = dtype, smaller, bits[: len(bits) * math.prod(smaller) // math.prod(shape)]
    elif kind == 6 and bits:
        fill = chance.choice(FILLS)
        held[name] = dtype, shape, (fill * (len(bits) // len(fill) + 1))[: len(bits)]
    elif kind == 8 and bits:  # counts and lengths are mostly where a tensor of bytes begins
        at = chance.randrange(min(len(bits), chance.choice([8, 32, len(bits)])))
        held[name] = dtype, shape, bits[:at] + chance.choice(FILLS[:3]) + bits[at + 1 :]
    else:
        same = [each.name for each in Dtype if each.bits == Dtype[dtype].bits]
        held[name] = chance.choice(same), shape, bits


def _other_name(name: str, held: dict[str, Any], chance: random.Random) -> str:
    """A name with the end, or the front, of another one of the file, or an end that readers know."""
    other = chance.choice(sorted(held))
    count = chance.choice([1, 1, 2, 3])
    front, back = name.rsplit(".", count)[0], other.split(".")[-count:]
    if chance.random() < 0.5:
        return f"{front}.{chance.choice(ENDS)}"
    return ".".join([front, *back])


def _other_words(metadata: dict[str, str], chance: random.Random) -> dict[str, str]:
    key = chance.choice(
        [*sorted(metadata), "lora_alpha", "alpha", "ss_network_alpha", "lora_adapter_metadata"]
    )
    parts = ("transformer", "unet", "text_encoder")
    config = {
        f"{part}.{name}": value
        for part in parts[: chance.randrange(1, 4)]
        for name, value in (
            ("lora_alpha", chance.choice([4, "x", None])),
            ("use_dora", chance.random() < 0.2),
        )
    }
    config |= chance.choice(
        [{}, {}, {f"{parts[0]}.peft_type": "LOHA"}, {f"{parts[0]}.alpha_pattern": {"x": 2}}]
    )
    return metadata | {
        key: chance.choice(["4", "0", "nan", "x", "", "[]", json.dumps(config), json.dumps(config)])
    }


def _packed(held: dict[str, tuple[str, list[int], bytes]], metadata: dict[str, str] | None) -> bytes:
    content: dict[str, Any] = {} if metadata is None else {"__metadata__": metadata}
    at = 0
    for name, (dtype, shape, bits) in held.items():
        content[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(bits)]}
        at += len(bits)
    text = json.dumps(content).encode()
    return len(text).to_bytes(8, "little") + text + b"".join(bits for *_, bits in held.values())
