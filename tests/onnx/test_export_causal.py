"""Exports of causal language models beside PEFT and `generate`: the same graph for a prompt, a
piece of one, and single tokens.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch

from lorasurgery.onnx.export import export
from support.onnx_models import FAMILIES, adapted, answer, apart, built, opened, rim, saved, text

pytestmark = pytest.mark.slow

TOLERANCE = 1e-4
CACHED = ["llama", "llama-deep", "gpt2", "llama-tied", "mistral", "qwen3"]


@pytest.fixture(scope="module", params=CACHED)
def merged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any, Path]:
    """A family's name, PEFT's model, and our export of the same."""
    name, folder = request.param, tmp_path_factory.mktemp(request.param)
    peft_model = adapted(name, saved(name, folder / "base"), folder / "adapter")
    export(folder / "base", [folder / "adapter"], folder / "out", verify=False)
    return name, peft_model, folder / "out" / "model.onnx"


def positions(mask: torch.Tensor) -> torch.Tensor:
    return (mask.cumsum(-1) - 1).clamp(min=0)


def empty(path: Path, batch: int) -> dict[str, torch.Tensor]:
    """A past of no tokens, as the graph says that it is shaped."""
    return {
        name: torch.empty(batch, axes[1], 0, axes[3])
        for name, axes in rim(path)[0].items()
        if name.startswith("past_key_values.")
    }


def test_cached_steps_answer_as_peft_does_on_the_whole_text(merged: tuple[str, Any, Path]) -> None:
    name, peft_model, path = merged
    given = text(3, 12)
    given["attention_mask"][1, :2] = 0
    given["position_ids"] = positions(given["attention_mask"])
    with torch.inference_mode():
        said = peft_model(**given, use_cache=False).logits
        assert apart(built(name)(**given, use_cache=False).logits, said) > 100 * TOLERANCE
    past, done, got = empty(path, 3), 0, []
    for new in (5, 4, 1, 1, 1):
        ids, place = (given[key][:, done : done + new] for key in ("input_ids", "position_ids"))
        mask = given["attention_mask"][:, : done + new]
        found = answer(path, {"input_ids": ids, "attention_mask": mask, "position_ids": place, **past})
        got.append(found["logits"])
        past = {key: found[key.replace("past_key_values", "present")] for key in past}
        done += new
    counts = given["attention_mask"] == 1
    assert apart(torch.cat(got, 1)[counts], said[counts]) < TOLERANCE


def test_the_deep_model_has_copied_layers(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    saved("llama-deep", tmp_path / "base")
    with caplog.at_level(logging.INFO, "lorasurgery"):
        export(tmp_path / "base", [], tmp_path / "out", verify=False)
    assert "2 layers of model.layers traced, 4 copied" in caplog.text


def test_the_cache_is_named_and_shaped_as_optimum_does_it(merged: tuple[str, Any, Path]) -> None:
    name, peft_model, path = merged
    inputs, outputs = rim(path)
    config = peft_model.config
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    layers = range(config.num_hidden_layers)
    cache = [f"{index}.{kind}" for index in layers for kind in ("key", "value")]
    new = ["batch_size", "sequence_length"]
    assert inputs == {
        "input_ids": new,
        "attention_mask": ["batch_size", "total_sequence_length"],
        "position_ids": new,
        **{f"past_key_values.{key}": ["batch_size", heads, "past_sequence_length", width] for key in cache},
    }
    assert list(outputs) == ["logits", *(f"present.{key}" for key in cache)]
    assert FAMILIES[name].settings["vocab_size"] == outputs["logits"][-1]
    onnx.checker.check_model(path, full_check=True)


def test_greedy_text_is_that_of_generate(merged: tuple[str, Any, Path]) -> None:
    _, peft_model, path = merged
    given = text(2, 4)
    with torch.inference_mode():
        said = peft_model.generate(
            **given, max_new_tokens=8, min_new_tokens=8, do_sample=False, pad_token_id=0
        )
    session, past, ids = opened(path), empty(path, 2), given["input_ids"]
    new, stop = ids, peft_model.generation_config.eos_token_id
    names = [each.name for each in session.get_outputs()]
    for _ in range(8):
        mask = torch.ones_like(ids)
        place = positions(mask)[:, -new.shape[1] :]
        feed = {"input_ids": new, "attention_mask": mask, "position_ids": place, **past}
        found = dict(zip(names, session.run(names, {k: v.numpy() for k, v in feed.items()}), strict=True))
        logits = torch.from_numpy(found["logits"])[:, -1]
        if stop is not None:  # `min_new_tokens` leaves out what stops a text
            logits[:, stop] = -torch.inf
        new = logits.argmax(-1, keepdim=True)
        past = {key: torch.from_numpy(found[key.replace("past_key_values", "present")]) for key in past}
        ids = torch.cat([ids, new], 1)
    assert torch.equal(ids, said)


def test_without_a_cache_there_is_one_output(tmp_path: Path) -> None:
    model = saved("llama", tmp_path / "base")
    report = export(tmp_path / "base", (), tmp_path / "out", task="text-generation")
    assert report.check is not None
    path = tmp_path / "out" / "model.onnx"
    assert list(rim(path)[1]) == ["logits"]
    given = text(2, 6)
    given["position_ids"] = positions(given["attention_mask"])
    with torch.inference_mode():
        said = model(**given).logits
    assert apart(answer(path, given)["logits"], said) < TOLERANCE


@pytest.mark.parametrize(("dtype", "tolerance"), [("fp32", 1e-4), ("fp16", 2e-2)])
def test_a_bfloat16_base_is_merged_in_one_rounding(tmp_path: Path, dtype: str, tolerance: float) -> None:
    """The graph has W + ΔW in its own dtype.

    Not what a bfloat16 merge would have rounded it to before.
    """
    saved("llama-tied", tmp_path / "base", torch.bfloat16)
    import transformers

    base = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "base", dtype=torch.float32).eval()
    peft_model = adapted("llama-tied", base, tmp_path / "adapter")
    report = export(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "out", dtype=dtype)
    assert report.check is not None
    assert report.check.graphs[0].relative < tolerance
    assert report.check.graphs[0].steps == 5
    graph = onnx.load(tmp_path / "out" / "model.onnx").graph
    name = "model.layers.0.self_attn.q_proj.weight"
    ours = next(onnx.numpy_helper.to_array(each) for each in graph.initializer if each.name == name)
    theirs = peft_model.merge_and_unload().get_parameter(name).detach().T
    epsilon = torch.finfo(torch.float32 if dtype == "fp32" else torch.float16).eps
    assert apart(torch.from_numpy(ours.copy()), theirs) < 2 * epsilon
