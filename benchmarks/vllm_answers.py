"""The peer: what vLLM answers, in the environment of `tools/vllm_env.sh`; it knows nothing of this project.

    $LORASURGERY_VLLM benchmarks/vllm_answers.py answers OUTPUT MODEL ADAPTER ...
    $LORASURGERY_VLLM benchmarks/vllm_answers.py layers OUTPUT MODEL ADAPTER

`answers` runs a fixed prompt through each pair of a model and an adapter (`-` for none): OUTPUT, a file of
safetensors, gets the log-probabilities of all next tokens, (position, token), as `0`, `1`, ... A model that
sees is also asked about an image, and its rows follow; of a BERT the rows are the vectors of the tokens.
`layers` only loads the adapter: OUTPUT, JSON, gets the layers of the model to which vLLM has given factors.
Prompts are token ids. An adapter that vLLM refuses ends the process with vLLM's message.
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
    from vllm.config import PoolerConfig

    config, more = _config(model), dict[str, Any]()
    if _gives_vectors(config):
        more |= {"runner": "pooling", "pooler_config": PoolerConfig(task="token_embed")}
    elif _sees(config):
        more |= {"max_logprobs": -1, "enable_tower_connector_lora": adapter != NONE}
    else:
        more |= {"max_logprobs": -1, "skip_tokenizer_init": True}
    return vllm.LLM(
        model,
        dtype="float32",
        enable_lora=adapter != NONE,
        max_lora_rank=16 if adapter == NONE else _rank(adapter),
        enforce_eager=True,
        max_model_len=64,
        seed=0,
        **more,
    )


def _config(model: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(model) / "config.json").read_text())
    return found


def _sees(config: dict[str, Any]) -> bool:
    return "vision_config" in config


def _gives_vectors(config: dict[str, Any]) -> bool:
    return config["architectures"] == ["BertModel"]


def answers(output: str, *pairs: str) -> None:
    """Store what each pair of a model and an adapter answers."""
    from safetensors.torch import save_file

    each = zip(pairs[::2], pairs[1::2], strict=True)
    save_file({str(i): _answer(model, adapter) for i, (model, adapter) in enumerate(each)}, output)


def _answer(model: str, adapter: str) -> Any:
    """What a model answers to its prompts: a row for each position."""
    import torch

    engine, config = engine_of(model, adapter), _config(model)
    request = None if adapter == NONE else _request(adapter)
    vocabulary = engine.llm_engine.model_config.get_vocab_size()
    text = [(37 * index + 11) % vocabulary for index in range(LENGTH)]
    if _gives_vectors(config):
        prompts: list[dict[str, Any]] = [{"prompt_token_ids": text}]
        found = engine.encode(prompts, lora_request=request, use_tqdm=False, pooling_task="token_embed")
        return torch.cat([each.outputs.data.float() for each in found])
    prompts = [{"prompt_token_ids": text}]
    if _sees(config):
        # Elsewhere the id of an image would be one without an image.
        image = config["image_token_index"]
        prompts = [{"prompt_token_ids": [each - (each == image) for each in text]}]
        prompts += [
            {
                "prompt_token_ids": [*text[:5], image, *text[5:9]],
                "multi_modal_data": {"image": _image(config)},
            }
        ]
    return torch.cat([_log_probabilities(engine, prompt, request, vocabulary) for prompt in prompts])


def _log_probabilities(engine: Any, prompt: dict[str, Any], request: Any, vocabulary: int) -> Any:
    """Those of the next token at each position of a prompt."""
    import torch
    import vllm

    settings = vllm.SamplingParams(max_tokens=1, temperature=0, prompt_logprobs=-1, detokenize=False)
    (found,) = engine.generate([prompt], settings, lora_request=request, use_tqdm=False)
    rows = [
        [by_token[token].logprob for token in range(vocabulary)]
        for by_token in found.prompt_logprobs
        if by_token is not None
    ]
    return torch.tensor(rows, dtype=torch.float32)


def _image(config: dict[str, Any]) -> Any:
    """An image of random colours, of the size that the model sees."""
    import numpy as np
    from PIL import Image

    side = config["vision_config"]["image_size"]
    colours = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return Image.fromarray(colours)


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
