"""llama.cpp, run through xllamacpp in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import torch
from torch import Tensor

RUN = """
import json, sys
import xllamacpp as llama

base, loras, tokens = json.loads(sys.argv[1])
settings = llama.CommonParams()
settings.model.path = base
settings.n_ctx = settings.n_batch = settings.n_ubatch = 64
settings.n_gpu_layers, settings.n_parallel, settings.verbosity = 0, 1, 0
settings.warmup = settings.fit_params = False
settings.embedding, settings.embd_normalize = True, -1
settings.pooling_type = llama.llama_pooling_type.LLAMA_POOLING_TYPE_LAST
settings.cpuparams.n_threads = 1
settings.lora_adapters = [llama.CommonAdapterLoraInfo(path, 1.0) for path in loras]
answer = llama.Server(settings).handle_embeddings({"input": tokens, "encoding_format": "float"})
print("\\n" + json.dumps(answer["data"][0]["embedding"]), flush=True)
"""


TOKENS = [1, 270, 280, 290, 300, 5]


def last_hidden_state(base: Path, *loras: Path) -> Tensor:
    """What llama.cpp computes for the last token, in a process of its own.

    It ends the process where it does not like a file.
    """
    arguments = json.dumps([str(base), [str(path) for path in loras], TOKENS])
    done = subprocess.run(
        [sys.executable, "-c", RUN, arguments], capture_output=True, text=True, timeout=120, check=True
    )
    return torch.tensor(json.loads(done.stdout.strip().splitlines()[-1]))
