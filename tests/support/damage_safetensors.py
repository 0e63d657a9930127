"""Headers of safetensors files that are odd in one entry, and fit their bytes otherwise."""

from __future__ import annotations

import json
import random
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
