"""A base of which only the config is there: adapters are checked and converted by the names of its class."""

from __future__ import annotations

import json
import shutil
from errno import EACCES
from pathlib import Path
from typing import NoReturn

import pytest
import transformers
from safetensors import safe_open
from safetensors.torch import load_file

from lorasurgery import check, convert, merge, open_checkpoint, rerank
from lorasurgery.architecture import architecture_of
from lorasurgery.architecture.config_alone import open_or_describe
from lorasurgery.checkpoint import open as checkpoint_open
from lorasurgery.checkpoint.root import KEY
from lorasurgery.errors import CheckpointError, NotACheckpointError
from lorasurgery.surgery.workers import transformers_bytes
from support.fused_experts import GATE_UP, qwen3_moe, trained
from support.paths import FIXTURES

BASE, ADAPTER = FIXTURES / "llama-base", FIXTURES / "llama-adapter"


@pytest.fixture
def config_alone(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    shutil.copy(BASE / "config.json", tmp_path / "config")
    return tmp_path / "config"


def saved_by_transformers(config: transformers.PreTrainedConfig, folder: Path) -> Path:
    model = getattr(transformers, config.architectures[0])(config)
    model.save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    "config",
    [
        transformers.LlamaConfig(
            hidden_size=16,
            intermediate_size=24,
            num_hidden_layers=2,
            num_attention_heads=2,
            vocab_size=32,
            tie_word_embeddings=True,
            architectures=["LlamaForCausalLM"],
        ),
        transformers.MixtralConfig(
            hidden_size=16,
            intermediate_size=24,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=1,
            num_local_experts=4,
            vocab_size=32,
            architectures=["MixtralForCausalLM"],
        ),
        transformers.BertConfig(
            hidden_size=16,
            intermediate_size=24,
            num_hidden_layers=1,
            num_attention_heads=2,
            vocab_size=32,
            architectures=["BertForSequenceClassification"],
        ),
        transformers.GPT2Config(n_embd=16, n_layer=1, n_head=2, architectures=["GPT2LMHeadModel"]),
    ],
    ids=lambda config: config.model_type,
)
def test_names_and_shapes_are_those_that_transformers_saves(
    config: transformers.PreTrainedConfig, tmp_path: Path
) -> None:
    folder = saved_by_transformers(config, tmp_path / "whole")
    (tmp_path / "config").mkdir()
    shutil.copy(folder / "config.json", tmp_path / "config")
    described = open_or_describe(tmp_path / "config").tensors
    stored = open_checkpoint(folder).tensors
    assert {name: each.shape for name, each in described.items()} == {
        name: each.shape for name, each in stored.items()
    }


@pytest.mark.parametrize("runtime", ["vllm", "sglang", "peft"])
def test_check_answers_as_with_the_weights(runtime: str, config_alone: Path) -> None:
    alone, whole = (check(ADAPTER, base=base, runtime=runtime) for base in (config_alone, BASE))
    assert alone.modules == whole.modules
    assert alone.all_land
    assert any("has no weights: names and shapes are those of" in note for note in alone.notes)
    assert not any("has no weights" in note for note in whole.notes)


def test_the_config_itself_can_be_named(config_alone: Path) -> None:
    assert check(ADAPTER, base=config_alone / "config.json", runtime="vllm").all_land


@pytest.mark.parametrize("runtime", ["llamacpp", "mlx", "vllm"])
def test_convert_writes_the_same_tensors(runtime: str, config_alone: Path, tmp_path: Path) -> None:
    suffix = ".gguf" if runtime == "llamacpp" else ""
    outputs = [tmp_path / f"alone{suffix}", tmp_path / f"whole{suffix}"]
    report = convert(ADAPTER, outputs[0], base=config_alone, runtime=runtime)
    assert any("has no weights" in note for note in report.notes)
    convert(ADAPTER, outputs[1], base=BASE, runtime=runtime)
    if runtime == "llamacpp":
        gguf = pytest.importorskip("gguf")
        alone, whole = (
            {each.name: each.data.tobytes() for each in gguf.GGUFReader(path).tensors} for path in outputs
        )
        assert alone == whole
    else:
        names = {path: next(path.glob("*.safetensors")) for path in outputs}
        alone, whole = (
            {name: each.numpy().tobytes() for name, each in load_file(names[path]).items()}
            for path in outputs
        )
        assert alone == whole


def test_experts_are_split_by_the_names_of_the_files(tmp_path: Path) -> None:
    case = trained(qwen3_moe(4), [GATE_UP], tmp_path)
    (tmp_path / "config").mkdir()
    shutil.copy(case.base / "config.json", tmp_path / "config")
    convert(case.adapter, tmp_path / "out", base=tmp_path / "config", runtime="vllm")
    assert check(tmp_path / "out", base=case.base, runtime="vllm").all_land


def test_a_rerank_asks_for_the_weights_since_it_compares_with_them(
    config_alone: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotACheckpointError, match="this needs them: name a base that has its weights"):
        rerank(ADAPTER, tmp_path / "out", rank=2, base=config_alone)
    assert not (tmp_path / "out").exists()


def test_a_merge_says_that_the_weights_are_missing(config_alone: Path, tmp_path: Path) -> None:
    with pytest.raises(NotACheckpointError, match="holds no weights"):
        merge(config_alone, ADAPTER, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"architectures": None}, "names no class"),
        ({"architectures": ["NoSuchModel"]}, "has no class NoSuchModel"),
        ({"model_type": "no-such-type"}, "has no model type"),
        ({"num_hidden_layers": 10**6}, "more than any model has"),
        ({"hidden_size": "many"}, "does not build from this config"),
    ],
)
def test_a_config_of_an_unknown_class_is_refused_by_name(
    change: dict[str, object], reason: str, config_alone: Path
) -> None:
    path = config_alone / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(NotACheckpointError, match=reason):
        check(ADAPTER, base=config_alone, runtime="vllm")


def test_an_adapter_in_place_of_the_base_is_still_told_from_a_config() -> None:
    with pytest.raises(NotACheckpointError, match="holds an adapter, and a full checkpoint is needed"):
        check(ADAPTER, base=ADAPTER, runtime="vllm")


def test_no_root_hash_is_made_up_for_weights_that_are_not_there(config_alone: Path, tmp_path: Path) -> None:
    for base, states_root in ((config_alone, False), (BASE, True)):
        convert(ADAPTER, tmp_path / f"for {base.name}", base=base, runtime="peft")
        with safe_open(tmp_path / f"for {base.name}" / "adapter_model.safetensors", "pt") as file:
            assert (KEY in file.metadata()) == states_root


def test_the_class_that_transformers_builds_is_in_the_announced_memory() -> None:
    by_class = architecture_of(open_checkpoint(FIXTURES / "mixtral-base"))
    by_table = architecture_of(open_checkpoint(BASE))
    assert (by_class.origin, by_table.origin) == ("transformers", "table")
    assert transformers_bytes(by_class) > transformers_bytes(by_table) == transformers_bytes(None) == 0


@pytest.mark.parametrize("names", [("a.safetensors", "b.safetensors"), ("flax_model.msgpack",)])
def test_weights_that_cannot_be_taken_are_not_passed_over_for_the_config(
    names: tuple[str, ...], config_alone: Path
) -> None:
    for name in names:
        shutil.copy(BASE / "model-00001-of-00003.safetensors", config_alone / name)
    with pytest.raises(NotACheckpointError, match=names[0]):
        open_or_describe(config_alone)


def test_weights_that_may_not_be_read_are_not_passed_over_for_the_config(
    config_alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> NoReturn:
        raise PermissionError(EACCES, "Permission denied", str(path))

    shutil.copy(BASE / "model-00001-of-00003.safetensors", config_alone / "model.safetensors")
    monkeypatch.setattr(checkpoint_open, "open_binary", refuse)
    with pytest.raises(CheckpointError, match=r"model\.safetensors cannot be read: permission denied"):
        open_or_describe(config_alone)
