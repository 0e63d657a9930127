"""Faults in the structure of protobuf and GGUF: one field is changed, and all lengths around it fit."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass

NUMBERS = (0, 1, 2, 3, 7, 8, 9, 12, 13, 16, 255, 2**16, 2**31, 2**32 - 1, 2**40, 2**62, 2**63, 2**64 - 1)
TEXTS = (
    *(b"", b"x", b"\xff\xfe", b"\x1b[31m", b"a\nb", b"..", b"../x", b"/etc/passwd", b"x" * 5000, b"\x00"),
    *(b"9" * 400, b"-1", b"1e999", "\u202e".encode(), b"blk.0.ffn_down.weight.lora_a", b"bert.a.weight"),
)
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


@dataclass
class Field:
    """A field of a message: its number, how it is written, and an integer, bytes or fields."""

    number: int
    wire: int
    value: int | bytes | list[Field]


def damaged_protobuf(data: bytes, chance: random.Random) -> bytes:
    """A message with one field, at any depth, changed, dropped, doubled, moved or renumbered."""
    fields = parsed(data)
    if not fields:
        raise ValueError("no message")
    owners = _messages(fields)
    owner = chance.choice(owners)
    at = chance.randrange(len(owner))
    kind = chance.randrange(8)
    if kind == 0:
        del owner[at]
    elif kind == 1:
        owner.insert(chance.randrange(len(owner) + 1), owner[at])
    elif kind == 2:
        owner[at] = Field(chance.randrange(1, 30), owner[at].wire, owner[at].value)
    elif kind == 3:
        owner.append(chance.choice(chance.choice(owners)))
    else:
        owner[at] = _changed(owner[at], chance)
    return written(fields)


def _changed(field: Field, chance: random.Random) -> Field:
    if isinstance(field.value, int):
        near = (field.value + chance.choice([-1, 1, 8])) % 2**64
        return Field(field.number, field.wire, chance.choice([*NUMBERS, near, near, near]))
    value = written(field.value) if isinstance(field.value, list) else field.value
    cut = value[: chance.randrange(len(value) + 1)]
    return Field(field.number, BYTES, chance.choice([cut, value + b"\x00", value * 2, *TEXTS]))


def _messages(fields: list[Field]) -> list[list[Field]]:
    """All messages, those inside others included, which have fields."""
    inner = [each.value for each in fields if isinstance(each.value, list)]
    return [fields, *(message for each in inner for message in _messages(each))]


def parsed(data: bytes, depth: int = 0) -> list[Field]:
    """The fields of a message; bytes that are a message themselves are parsed too.

    Raises:
        ValueError: it is none.
    """
    fields, at = [], 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if not 0 < number < 1000:
            raise ValueError("no field has this number")
        value: int | bytes | list[Field]
        if wire == VARINT:
            value, at = _varint(data, at)
        elif wire == BYTES:
            length, at = _varint(data, at)
            if at + length > len(data):
                raise ValueError("cut off")
            value, at = data[at : at + length], at + length
            value = _inside(value, depth)
        elif wire in (FIXED32, FIXED64):
            width = 4 if wire == FIXED32 else 8
            value, at = int.from_bytes(data[at : at + width], "little"), at + width
        else:
            raise ValueError("no such wire type")
        fields.append(Field(number, wire, value))
    return fields


def _inside(value: bytes, depth: int) -> bytes | list[Field]:
    if not value or depth > 8 or (value.isascii() and value.decode().isprintable()):
        return value
    try:
        return parsed(value, depth + 1)
    except (ValueError, IndexError):
        return value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number, at, shift = number | (byte & 0x7F) << shift, at + 1, shift + 7
        if byte < 0x80:
            return number, at
        if shift > 63:
            raise ValueError("no varint is so long")


def written(fields: list[Field]) -> bytes:
    """The message of some fields."""
    out = bytearray()
    for field in fields:
        out += _as_varint(field.number << 3 | field.wire)
        if isinstance(field.value, int):
            widths = {FIXED32: 4, FIXED64: 8}
            width = widths.get(field.wire)
            out += (field.value % 256**width).to_bytes(width, "little") if width else _as_varint(field.value)
        else:
            inner = written(field.value) if isinstance(field.value, list) else field.value
            out += _as_varint(len(inner)) + inner
    return bytes(out)


def _as_varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def damaged_gguf(data: bytes, chance: random.Random) -> bytes:
    """A GGUF file with one number or one text of its header changed; the length of the text fits."""
    slots = list(_slots(data))
    at, width = chance.choice(slots)
    if chance.random() < 0.05:
        last, last_width = slots[-1]
        return data[: last + (last_width or 0)]  # a whole header, and nothing behind it
    if width is None:
        length = struct.unpack_from("<Q", data, at)[0]
        cut = data[at + 8 : at + 8 + length][: chance.randrange(length + 1)]
        others = [_text_at(data, other) for other, other_width in slots if other_width is None]
        text = chance.choice([chance.choice(TEXTS), cut, chance.choice(others)])
        return data[:at] + struct.pack("<Q", len(text)) + text + data[at + 8 + length :]
    number = int.from_bytes(data[at : at + width], "little")
    new = chance.choice([*NUMBERS, number + 1, number - 1, number * 2, *range(number)[:15]])
    return data[:at] + (new % 256**width).to_bytes(width, "little") + data[at + width :]


def _text_at(data: bytes, at: int) -> bytes:
    return data[at + 8 : at + 8 + struct.unpack_from("<Q", data, at)[0]]


# Bytes of GGUF's types of settings by number; 8 is a text and 9 a list.
WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
TEXT, LIST = 8, 9


def _slots(data: bytes) -> list[tuple[int, int | None]]:
    """Where the numbers of a header are and how wide; and where its texts are, with None."""
    tensors, settings = struct.unpack_from("<QQ", data, 8)
    found: list[tuple[int, int | None]] = [(0, 4), (4, 4), (8, 8), (16, 8)]
    at = 24

    def text() -> None:
        nonlocal at
        found.append((at, None))
        at += 8 + struct.unpack_from("<Q", data, at)[0]

    def number(width: int) -> int:
        nonlocal at
        if at + width > len(data):
            raise ValueError("cut off, or damaged before")
        found.append((at, width))
        at += width
        return int.from_bytes(data[at - width : at], "little")

    def value(kind: int) -> None:
        if kind == TEXT:
            text()
        elif kind == LIST:
            inner, count = number(4), number(8)
            for _ in range(min(count, 8)):
                value(inner)
            for _ in range(count - 8):
                value(inner)
                found.pop()
        else:
            number(WIDTHS[kind])

    for _ in range(settings):
        text()
        value(number(4))
    for _ in range(tensors):
        text()
        for width in (*(8,) * min(number(4), 8), 4, 8):
            number(width)
    return found
