"""The peer: what vLLM answers, in the environment of `tools/vllm_env.sh`; it knows nothing of this project.

    $LORASURGERY_VLLM benchmarks/vllm_answers.py answers OUTPUT MODEL ADAPTER ...
    $LORASURGERY_VLLM benchmarks/vllm_answers.py layers OUTPUT MODEL ADAPTER

`answers` runs a fixed prompt through each pair of a model and an adapter (`-` for none): OUTPUT, a file of
safetensors, gets the log-probabilities of all next tokens, (position, token), as `0`, `1`, ... `layers`
only loads the adapter: OUTPUT, JSON, gets the layers of the model to which vLLM has given factors. Models
need no tokenizer, since the prompt is token ids. An adapter that vLLM refuses ends the process with vLLM's
message.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

# Before vLLM is imported, which reads them.
os.environ |= {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "HF_HUB_OFFLINE": "1",
}
LENGTH, NONE = 31, "-"


def engine_of(model: str, adapter: str) -> Any:
    """Start vLLM in this process, in float32."""
    import vllm

    return vllm.LLM(
        model,
        dtype="float32",
        enable_lora=adapter != NONE,
        max_lora_rank=16 if adapter == NONE else _rank(adapter),
        enforce_eager=True,
        skip_tokenizer_init=True,
        max_logprobs=-1,
        max_model_len=64,
        seed=0,
    )


def answers(output: str, *pairs: str) -> None:
    """Store what each pair of a model and an adapter answers."""
    from safetensors.torch import save_file

    each = zip(pairs[::2], pairs[1::2], strict=True)
    save_file({str(i): _answer(model, adapter) for i, (model, adapter) in enumerate(each)}, output)


def _answer(model: str, adapter: str) -> Any:
    """The log-probabilities of the next token at each position of a fixed prompt."""
    import torch
    import vllm

    engine = engine_of(model, adapter)
    vocabulary = engine.llm_engine.model_config.get_vocab_size()
    prompt = {"prompt_token_ids": [(37 * index + 11) % vocabulary for index in range(LENGTH)]}
    settings = vllm.SamplingParams(max_tokens=1, temperature=0, prompt_logprobs=-1, detokenize=False)
    request = None if adapter == NONE else _request(adapter)
    (found,) = engine.generate([prompt], settings, lora_request=request, use_tqdm=False)
    rows = [
        [by_token[token].logprob for token in range(vocabulary)]
        for by_token in found.prompt_logprobs
        if by_token is not None
    ]
    return torch.tensor(rows, dtype=torch.float32)


def layers(output: str, model: str, adapter: str) -> None:
    """Store the names of the layers that have factors once the adapter is loaded."""
    engine = engine_of(model, adapter).llm_engine
    engine.add_lora(_request(adapter))
    runner = engine.engine_core.engine_core.model_executor.driver_worker.worker.model_runner
    manager = runner.lora_manager._adapter_manager
    held = [name for name in manager._registered_adapters[1].loras if name in manager.modules]
    Path(output).write_text(json.dumps(sorted(held)))


def _request(adapter: str) -> Any:
    from vllm.lora.request import LoRARequest

    return LoRARequest("adapter", 1, adapter)


def _rank(adapter: str) -> int:
    """The rank that the adapter's config states, to which `convert --for vllm` has padded all modules."""
    return int(json.loads((Path(adapter) / "adapter_config.json").read_text())["r"])


if __name__ == "__main__":
    {"answers": answers, "layers": layers}[sys.argv[1]](*sys.argv[2:])
