"""Each engine that runs here answers with a converted adapter as it does with our merge.

    ‖served − merged‖ ≤ 0.05 ‖merged − base‖     of log-probabilities, or of a BERT's vectors, in float32

The models and adapters are those of `benchmarks/served.py`, which asks vLLM the same (marker `engine`).
docs/check.md has the table of models and engines.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import peft
import pytest
import torch
import transformers
from numpy.typing import NDArray

from lorasurgery import check, convert, merge
from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.swappable import export_swappable
from support.gguf_architectures import ARCHITECTURES, write_model
from support.llama_cpp import last_hidden_state
from support.swappable_graphs import Served

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "benchmarks"))

from served_models import IMAGE, MIXTURES, MODELS, SIDE, make

pytestmark = pytest.mark.slow
MOST = 0.05
# What merging must change at least, so that an adapter that does nothing cannot pass.
LEAST_CHANGE = 1.0
IDS = [(37 * index + 11) % 299 for index in range(24)]

# Keys of configs that mlx-lm reads of Gemma 3 and Qwen3-MoE, and transformers no longer writes.
OLDER_KEYS = {"sliding_window_pattern": 2, "rope_theta": 1e4, "num_experts": 4}

Answer = NDArray[np.float32]
Made = Callable[[str], tuple[Path, Path]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Give the base and the adapter of a model, made once."""
    return cache(lambda name: make(name, tmp_path_factory.mktemp(name)))


def in_torch(base: Path, adapter: Path | None) -> Answer:
    """What transformers answers, with an adapter that PEFT loads."""
    config = transformers.AutoConfig.from_pretrained(base)
    model = getattr(transformers, config.architectures[0]).from_pretrained(base, dtype=torch.float32).eval()
    if adapter is not None:
        model = peft.PeftModel.from_pretrained(model, adapter).eval()
    ids, more = [IDS], {}
    if "vision_config" in config.to_dict():
        ids = [[*IDS[:5], *[IMAGE] * 4, *IDS[5:]]]
        more["pixel_values"] = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found = model(input_ids=torch.tensor(ids), **more)
    if hasattr(found, "logits"):
        return np.asarray(found.logits.float().log_softmax(-1))
    return np.asarray(found.last_hidden_state)


def in_mlx(base: Path, adapter: Path | None) -> Answer:
    """What mlx-lm answers on a processor."""
    mx = pytest.importorskip("mlx.core", reason="mlx-lm is not installed")
    utils = pytest.importorskip("mlx_lm.tuner.utils", reason="mlx-lm is not installed")
    from mlx_lm.utils import load_model

    mx.set_default_device(mx.cpu)
    model, _ = load_model(base, model_config=OLDER_KEYS)
    if adapter is not None:
        model = utils.load_adapters(model, str(adapter))
    logits = np.array(model(mx.array([IDS])).astype(mx.float32))
    return log_softmax(logits)


def log_softmax(logits: Answer) -> Answer:
    return np.asarray(torch.tensor(logits).log_softmax(-1))


ENGINES: Mapping[str, Callable[[Path, Path | None], Answer]] = {"peft": in_torch, "mlx": in_mlx}
SERVED = {
    "peft": [*MODELS, *MIXTURES],
    "mlx": [name for name in (*MODELS, *MIXTURES) if name not in ("bert", "llava", "gpt_oss")],
}


@pytest.mark.parametrize(("engine", "name"), [(each, name) for each in SERVED for name in SERVED[each]])
def test_an_engine_answers_with_an_adapter_as_with_our_merge(
    engine: str, name: str, made: Made, tmp_path: Path
) -> None:
    base, adapter = made(name)
    convert(adapter, tmp_path / "served", base=base, runtime=engine)
    assert check(tmp_path / "served", base=base, runtime=engine).all_land
    merge(base, adapter, tmp_path / "merged", undo=False)
    answer = ENGINES[engine]
    bare, served, merged = (
        answer(base, None),
        answer(base, tmp_path / "served"),
        answer(tmp_path / "merged", None),
    )
    change = float(np.linalg.norm(merged - bare))
    assert change > LEAST_CHANGE
    assert np.linalg.norm(served - merged) <= MOST * change


# Of Llama, GPT-2, BERT and ViT `tests/onnx/swappable` asks the same of two adapters each.
@pytest.mark.parametrize("name", ["qwen2", "qwen3", "gemma3", "phi3"])
def test_onnx_runtime_answers_with_an_adapter_as_with_our_merge(
    name: str, made: Made, tmp_path: Path
) -> None:
    base, adapter = made(name)
    export_swappable(base, [adapter], tmp_path / "out", verify=False)
    assert check(tmp_path / "out" / "adapter.onnx_adapter", base=tmp_path / "out", runtime="onnx").all_land
    merge(base, adapter, tmp_path / "merged", undo=False)
    served = Served(tmp_path / "out")
    bare, adapted = (log_softmax(served(feed_of(served), each)) for each in (None, "adapter"))
    merged = in_torch(tmp_path / "merged", None)
    change = float(np.linalg.norm(merged - bare))
    assert change > LEAST_CHANGE
    assert np.linalg.norm(adapted - merged) <= MOST * change


# Of Llama and Mixtral `tests/formats/gguf/test_llama_cpp.py` asks the same.
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_llama_cpp_answers_with_an_adapter_as_with_our_merge(name: str, made: Made, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="xllamacpp is llama.cpp")
    base, adapter = made(name)
    merge(base, adapter, tmp_path / "merged", undo=False)
    bare, merged = (
        write_model(
            transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32),
            tmp_path / f"{folder.name}.gguf",
            ARCHITECTURES[name],
        )
        for folder in (base, tmp_path / "merged")
    )
    convert(adapter, tmp_path / "adapter.gguf", base=base, runtime="llamacpp")
    assert check(tmp_path / "adapter.gguf", base=bare, runtime="llamacpp").all_land
    wanted, served = last_hidden_state(merged), last_hidden_state(bare, tmp_path / "adapter.gguf")
    change = (wanted - last_hidden_state(bare)).norm()
    assert change > 0.05 * wanted.norm()
    assert (served - wanted).norm() <= MOST * change


def feed_of(served: Served) -> dict[str, torch.Tensor]:
    """A prompt without a past, for a graph that keeps one."""
    steps = torch.arange(len(IDS))[None]
    feed = {"input_ids": torch.tensor([IDS]), "attention_mask": torch.ones_like(steps), "position_ids": steps}
    for value in served.session.get_inputs():
        if value.name.startswith("past_key_values"):
            heads, width = value.shape[1], value.shape[3]
            feed[value.name] = torch.zeros(1, heads, 0, width)
    return feed


# Of a file that has each expert by itself, which is how transformers saves both.
@pytest.mark.parametrize("name", ["qwen3_moe", "mixtral"])
def test_llama_cpps_stacks_of_experts_are_known_from_the_bases_folder(
    name: str, made: Made, tmp_path: Path
) -> None:
    base, adapter = made(name)
    convert(adapter, tmp_path / "adapter.gguf", base=base, runtime="llamacpp")
    assert check(tmp_path / "adapter.gguf", base=base, runtime="llamacpp").all_land


def test_mlx_lm_has_no_bert() -> None:
    utils = pytest.importorskip("mlx_lm.utils", reason="mlx-lm is not installed")
    with pytest.raises(ValueError, match="not supported"):
        utils._get_classes({"model_type": "bert"})


def test_experts_that_mlx_lm_lays_out_otherwise_are_refused(made: Made, tmp_path: Path) -> None:
    base, adapter = made("gpt_oss")
    with pytest.raises(UnsupportedError, match="otherwise than transformers"):
        convert(adapter, tmp_path / "out", base=base, runtime="mlx")
