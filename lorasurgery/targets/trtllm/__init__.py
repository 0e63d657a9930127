"""TensorRT-LLM (its PyTorch backend): what it does with each tensor of a PEFT folder.

It takes a layer's number and a module's last words out of each name, wherever they stand in it, and looks
the words up in one table for all models. A module that the table lacks is left out with a warning, a name
without a number ends loading, and two modules of one number and one word meet in one place.

Source: NVIDIA/TensorRT-LLM, `tensorrt_llm/_torch/peft/lora/loaders.py` (iterate_hf_lora), `manager.py`
(load_from_hf), `config.py` (get_default_trtllm_modules_to_hf_modules).
"""

from __future__ import annotations

from lorasurgery.targets._target import Target
from lorasurgery.targets.trtllm.rules import examine

TARGET = Target(
    "trtllm",
    "TensorRT-LLM",
    ("peft",),
    examine,
    ("tensorrt-llm", "tensorrt_llm", "trt-llm"),
    stacks_experts=lambda *_: False,
    uniform=True,
    only_factors=True,
    only_lora=True,
    names_as_stored=True,
)
