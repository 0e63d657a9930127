"""mlx-lm: what it does with each tensor of its folder of an adapter.

It puts low-rank layers where the config says, in the last `num_layers` layers and under `keys`, and then
loads the file into them. Until 0.31 what had no place was dropped without a word; since 0.32 it is an
error.

Source: `mlx_lm/tuner/utils.py` (load_adapters, linear_to_lora_layers).
"""

from __future__ import annotations

from lorasurgery.targets._target import Target
from lorasurgery.targets.mlx.rules import examine

TARGET = Target("mlx", "mlx-lm", ("mlx",), examine, ("mlx-lm",))
