"""What files of image models hold, read from their keys and headers alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

END = re.compile(r"\.(lora_[AB](?:\.default)?\.weight|lora_(?:down|up)\.weight|alpha)")


def changes(file: Path) -> dict[str, Tensor]:
    """ΔW of every module, by the file's names, from its keys and its header alone."""
    tensors = load_file(file)
    parts: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        end = END.search(key)
        assert end is not None, key
        side = "down" if end[1].startswith(("lora_A", "lora_down")) else end[1].split(".")[0]
        parts.setdefault(key[: end.start()], {})["up" if "lora_B" in side or "up" in side else side] = tensor
    with safe_open(file, "pt") as opened:
        stated = json.loads((opened.metadata() or {}).get("lora_adapter_metadata", "{}"))
    found = {}
    for name, each in parts.items():
        part, rank = name.partition(".")[0], len(each["down"])
        # One number for all modules of a part, since all have one rank here.
        alpha = stated.get(f"{part}.lora_alpha", rank) / stated.get(f"{part}.r", rank) * rank
        scale = float(each.get("alpha", alpha)) / rank
        found[name] = scale * each["up"].double() @ each["down"].double()
    return found
