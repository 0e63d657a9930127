"""llama.cpp, and what serves by it (Ollama's ADAPTER): what it does with each tensor of a GGUF adapter.

It is strict: a pair without a tensor of the base, or with another shape, ends loading, and so does a file
for another architecture. Only tensors of norms are left out without a word.

Source: llama.cpp, `src/llama-adapter.cpp` (llama_adapter_lora_init_impl).
"""

from __future__ import annotations

from lorasurgery.targets._target import Target
from lorasurgery.targets.llamacpp.rules import examine

TARGET = Target("llamacpp", "llama.cpp", ("gguf",), examine, ("llama.cpp", "llama-cpp", "ollama"))
