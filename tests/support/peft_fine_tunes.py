"""Invented fine-tunes of models that PEFT adapts, and the whole model after PEFT has loaded what is
written.

Every case invents a fine-tune (base + ΔW on modules, new values for the rest), writes it as an
adapter, and asks of
PEFT: no missing key, no unexpected key, no warning, the fine-tune's outputs while loaded, its
weights when merged, and the base's own bits wherever the adapter says nothing.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
import transformers
from torch import Tensor, nn

from lorasurgery.adapter import Adapter, Host
from lorasurgery.formats import peft
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.lora import LoraFactors

peft_library = pytest.importorskip("peft")
# float32 products summed in another order.
RELATIVE_TOLERANCE = 2e-5
SMALL = {
    "vocab_size": 50,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
TEXT = {"input_ids": torch.arange(12)[None]}
IMAGE = {"pixel_values": torch.linspace(-1, 1, 3 * 32 * 32).reshape(1, 3, 32, 32)}
EXPERTS = {"num_key_value_heads": 1, "num_experts_per_tok": 2}


class Convolutions(nn.Module):
    """Every kind of convolution that PEFT can adapt, and a batch norm, whose buffers change in
    training too.
    """

    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv2d(3, 8, 4, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.point = nn.Conv2d(8, 6, 1, bias=False)
        self.long = nn.Conv1d(6, 5, 3)
        self.pointwise = nn.Conv1d(5, 5, 1)
        self.deep = nn.Conv3d(5, 4, (1, 2, 2))

    def forward(self, pixel_values: Tensor) -> Tensor:
        flat = self.pointwise(self.long(self.point(self.norm(self.wide(pixel_values))).flatten(2)))
        return self.deep(flat[..., :252].unflatten(-1, (7, 6, 6))).flatten(1)


def bert() -> nn.Module:
    config = transformers.BertConfig(**SMALL, max_position_embeddings=16, num_labels=3)
    return transformers.BertForSequenceClassification(config)


def bert_encoder() -> nn.Module:
    return transformers.BertModel(transformers.BertConfig(**SMALL, max_position_embeddings=16))


def llama() -> nn.Module:
    config = transformers.LlamaConfig(
        **SMALL, num_key_value_heads=1, tie_word_embeddings=False, attention_bias=True
    )
    return transformers.LlamaForCausalLM(config)


def llama_trunk() -> nn.Module:
    return transformers.LlamaModel(transformers.LlamaConfig(**SMALL, num_key_value_heads=1))


def gpt2(tied: bool = False) -> nn.Module:
    config = transformers.GPT2Config(
        vocab_size=50,
        n_embd=16,
        n_layer=2,
        n_head=2,
        n_positions=32,
        tie_word_embeddings=tied,
        bos_token_id=1,
        eos_token_id=1,
    )
    return transformers.GPT2LMHeadModel(config)


def vit() -> nn.Module:
    sizes = {key: value for key, value in SMALL.items() if key != "vocab_size"}
    return transformers.ViTForImageClassification(
        transformers.ViTConfig(**sizes, image_size=32, patch_size=8, num_labels=3)
    )


def mixtral() -> nn.Module:
    config = transformers.MixtralConfig(**SMALL, **EXPERTS, num_local_experts=4, tie_word_embeddings=False)
    return transformers.MixtralForCausalLM(config)


def qwen3_moe() -> nn.Module:
    config = transformers.Qwen3MoeConfig(
        **SMALL,
        **EXPERTS,
        num_experts=4,
        moe_intermediate_size=12,
        head_dim=8,
        mlp_only_layers=[0],
        tie_word_embeddings=False,
    )
    return transformers.Qwen3MoeForCausalLM(config)


def gpt_oss() -> nn.Module:
    config = transformers.GptOssConfig(
        **SMALL, **EXPERTS, num_local_experts=4, head_dim=8, tie_word_embeddings=False
    )
    return transformers.GptOssForCausalLM(config)


def convolutions() -> nn.Module:
    return Convolutions()


@dataclass(frozen=True)
class Case:
    make: Callable[[], nn.Module]
    inputs: dict[str, Tensor]
    task_type: str | None = None


CASES = {
    "bert": Case(bert, TEXT, "SEQ_CLS"),
    "bert-encoder": Case(bert_encoder, TEXT, "FEATURE_EXTRACTION"),
    "llama": Case(llama, TEXT, "CAUSAL_LM"),
    "llama-trunk": Case(llama_trunk, TEXT),
    "gpt2": Case(gpt2, TEXT, "CAUSAL_LM"),
    "vit": Case(vit, IMAGE),
    "mixtral": Case(mixtral, TEXT, "CAUSAL_LM"),
    "qwen3-moe": Case(qwen3_moe, TEXT, "CAUSAL_LM"),
    "gpt-oss": Case(gpt_oss, TEXT, "CAUSAL_LM"),
    "convolutions": Case(convolutions, IMAGE),
}


def built(case: Case) -> nn.Module:
    torch.manual_seed(0)
    return case.make().eval()


def kind_of(module: nn.Module, parameter: str, weight: Tensor) -> str | None:
    """The kind of a weight, or None where it is no matrix."""
    if isinstance(module, nn.modules.conv._ConvNd):
        return "conv" if weight.ndim > 2 else None
    if weight.ndim == 3 and parameter.endswith("_proj"):
        return "experts"
    if weight.ndim != 2 or parameter.endswith("bias"):
        return None
    known = {nn.Linear: "linear", nn.Embedding: "embedding", transformers.pytorch_utils.Conv1D: "conv1d"}
    return known.get(type(module), "parameter")


def host_of(model: nn.Module, task_type: str | None) -> Host:
    """Describe a model as the writer wants to know it."""
    kinds, kernels = {}, {}
    for path, module in model.named_modules():
        for name, weight in module.named_parameters(recurse=False):
            kind = kind_of(module, name, weight)
            if kind is not None:
                kinds[f"{path}.{name}" if kind in ("experts", "parameter") else path] = kind
            if kind == "conv":
                kernels[path] = tuple(weight.shape[2:])
    unique = {id(tensor): name for name, tensor in reversed(list(model.state_dict(keep_vars=True).items()))}
    every = model.state_dict(keep_vars=True)
    return Host(
        modules=tuple(name for name, _ in model.named_modules() if name),
        parameters=tuple(name for name, tensor in every.items() if unique[id(tensor)] == name),
        kinds=kinds,
        kernels=kernels,
        class_name=type(model).__name__,
        task_type=task_type,
        tied={name: unique[id(tensor)] for name, tensor in every.items() if unique[id(tensor)] != name},
    )


def is_stored_transposed(model: nn.Module, path: str, kind: str) -> bool:
    owner = model.get_submodule(path.rpartition(".")[0]) if kind == "experts" else None
    return kind == "conv1d" or bool(getattr(owner, "is_transposed", False))


def random_factors(
    weight: Tensor, kind: str, transposed: bool, rank: int, scale: float
) -> tuple[LoraFactors, Tensor]:
    """Make factors for a stored weight, and the change that they are of it."""
    matrix = weight.mT if transposed else weight
    matrix = matrix.flatten(1) if kind == "conv" else matrix
    A = torch.randn(*matrix.shape[:-2], rank, matrix.shape[-1]) * 0.3
    B = torch.randn(*matrix.shape[:-2], matrix.shape[-2], rank) * 0.3
    change = scale * B @ A
    change = (change.mT if transposed else change).reshape(weight.shape)
    return LoraFactors(LazyTensor.of(A), LazyTensor.of(B), scale), change


def invent(
    model: nn.Module, host: Host, factored: list[str], replaced: list[str], ranks: list[int]
) -> tuple[Adapter, nn.Module]:
    """Invent an adapter with these modules and parameters, and the fine-tune that it stands for."""
    tuned = copy.deepcopy(model)
    state = tuned.state_dict()
    modules = {}
    for index, path in enumerate(factored):
        kind = host.kinds[path]
        weight = state[path if kind in ("experts", "parameter") else f"{path}.weight"]
        scale = (1.0, 0.5, 2.0)[index % 3]
        transposed = is_stored_transposed(model, path, kind)
        modules[path], change = random_factors(weight, kind, transposed, ranks[index % len(ranks)], scale)
        weight += change
    for name in replaced:
        if state[name].is_floating_point():
            state[name] += 0.3 * torch.rand_like(state[name])
    lazy = {name: LazyTensor.of(state[name].clone()) for name in replaced}
    return Adapter(host, modules, lazy), tuned


def loaded(adapter: Adapter, model: nn.Module, folder: Path) -> nn.Module:
    """Write the adapter, let PEFT load it, and insist on a quiet and complete load."""
    peft.write(adapter, folder)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", FutureWarning)
        # PEFT only warns, and goes on to get it wrong.
        warnings.filterwarnings("ignore", message="Model has `tie_word_embeddings=True` and a tied layer")
        # PEFT's flag of Conv1D is set per layer, and its check of patterns forgets
        # target_parameters.
        warnings.filterwarnings("ignore", message="fan_in_fan_out is set to True but")
        warnings.filterwarnings("ignore", message=r"The following (rank|alpha)_pattern keys did not match")
        carried = peft_library.PeftModel.from_pretrained(copy.deepcopy(model), folder)
        result = carried.load_adapter(folder, "default")
    assert result.missing_keys == []
    assert result.unexpected_keys == []
    return carried.eval()


@torch.no_grad()
def output(model: nn.Module, inputs: dict[str, Tensor]) -> Tensor:
    result = model(**inputs)
    return result if isinstance(result, Tensor) else result[0]


def assert_close(actual: Tensor, expected: Tensor, what: str) -> None:
    error = (actual.double() - expected.double()).norm() / expected.double().norm().clamp_min(1e-9)
    assert error < RELATIVE_TOLERANCE, f"{what}: relative error {error:.1e}"


def check(
    adapter: Adapter, base: nn.Module, tuned: nn.Module, inputs: dict[str, Tensor], folder: Path
) -> None:
    carried = loaded(adapter, base, folder)
    assert_close(output(carried, inputs), output(tuned, inputs), "outputs while loaded")
    merged = carried.merge_and_unload()
    before, after, expected = base.state_dict(), merged.state_dict(), tuned.state_dict()
    assert after.keys() == expected.keys()
    for name, tensor in expected.items():
        assert_close(after[name], tensor, name)
        if torch.equal(tensor, before[name]):
            assert torch.equal(after[name], before[name]), f"{name} was touched"
    assert_close(output(merged, inputs), output(tuned, inputs), "outputs when merged")


def factorable(host: Host) -> list[str]:
    heads = (
        ("classifier", "score", "qa_outputs")
        if host.task_type in ("SEQ_CLS", "TOKEN_CLS", "QUESTION_ANS")
        else ()
    )
    return [
        p for p in host.kinds if peft.module_refusal(host, p) is None and not (heads and p.endswith(heads))
    ]


def remaining(host: Host, factored: list[str]) -> list[str]:
    weights = {name for path in factored for name in (path, f"{path}.weight")}
    return [name for name in host.parameters if name not in weights]
