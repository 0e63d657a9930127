"""PEFT's files as they come: every key is something, or the file is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery.errors import DamagedFileError, NotACheckpointError, UnsupportedError
from lorasurgery.formats import read_adapter
from lorasurgery.variants.edit import nbytes
from support.paths import FIXTURES

ADAPTER = FIXTURES / "llama-adapter"
MODULE = "base_model.model.model.layers.0.mlp.down_proj"


def copy(
    folder: Path, config: dict[str, Any] | None = None, tensors: dict[str, Tensor | None] | None = None
) -> str:
    """The fixture with other settings and other tensors; None takes one out."""
    folder.mkdir(exist_ok=True)
    settings = json.loads((ADAPTER / "adapter_config.json").read_text()) | (config or {})
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    held = {**load_file(ADAPTER / "adapter_model.safetensors"), **(tensors or {})}
    save_file(
        {name: tensor for name, tensor in held.items() if tensor is not None},
        folder / "adapter_model.safetensors",
    )
    return str(folder)


WRONG = [
    ("target_modules", 8),
    ("target_modules", [[1]]),
    ("target_modules", "("),
    ("modules_to_save", "classifier"),
    ("target_parameters", True),
    ("auto_mapping", "BertModel"),
    ("alpha_pattern", ["q_proj"]),
    ("alpha_pattern", {"(": 4}),
    ("alpha_pattern", {"q_proj": None}),
    ("lora_alpha", "16"),
    ("lora_alpha", float("nan")),
    ("lora_alpha", 10**400),
    ("lora_alpha", None),
    ("r", True),
]


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_a_setting_of_the_wrong_type_is_named(key: str, value: Any, tmp_path: Path) -> None:
    with pytest.raises(DamagedFileError, match=key):
        read_adapter(copy(tmp_path / "a", {key: value}))


STRAY: dict[str, tuple[dict[str, Tensor | None], str]] = {
    "half a pair": ({f"{MODULE}.lora_B.weight": None}, "both lora_A and lora_B"),
    "two ranks": ({f"{MODULE}.lora_B.weight": torch.ones(64, 3)}, "rank 4 by its lora_A and 3"),
    "a single number": ({f"{MODULE}.lora_A.weight": torch.tensor(1.0)}, "should be matrices"),
    "complex numbers": ({f"{MODULE}.lora_A.weight": torch.ones(4, 160, dtype=torch.complex64)}, "complex"),
    "a tensor of no module": ({"base_model.lora_x": torch.ones(2)}, "no module"),
    "the adapter's name in a key besides": (
        {f"{MODULE}.lora_A.default.weight": torch.ones(4, 160)},
        r"two tensors.*selected_adapters",
    ),
}


@pytest.mark.parametrize(("tensors", "reason"), STRAY.values(), ids=STRAY)
def test_a_tensor_that_makes_no_sense_is_refused(
    tensors: dict[str, Tensor | None], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(DamagedFileError, match=reason):
        read_adapter(copy(tmp_path / "a", tensors=tensors))


def test_an_unknown_relative_of_lora_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="relative of LoRA"):
        read_adapter(copy(tmp_path / "a", tensors={f"{MODULE}.lora_new": torch.ones(2)}))


def test_dora_without_its_magnitudes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedFileError, match="lora_magnitude_vector"):
        read_adapter(copy(tmp_path / "a", {"use_dora": True}))


def test_rows_of_tokens_need_an_index_each(tmp_path: Path) -> None:
    key = "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta"
    for given in (None, [1], [1, 1], [1, -2], {"embed_tokens": 3}):
        with pytest.raises(DamagedFileError, match="indices"):
            read_adapter(copy(tmp_path / "a", {"trainable_token_indices": given}, {key: torch.ones(2, 64)}))
    _, adapter = read_adapter(
        copy(tmp_path / "a", {"trainable_token_indices": {"embed_tokens": [5, 1]}}, {key: torch.ones(2, 64)})
    )
    assert adapter.token_rows["model.embed_tokens"].indices == (5, 1)


def test_the_adapters_name_in_the_keys_is_taken_off(tmp_path: Path) -> None:
    held = load_file(ADAPTER / "adapter_model.safetensors")
    named = {name.replace(".weight", ".default.weight"): tensor for name, tensor in held.items()}
    _, adapter = read_adapter(copy(tmp_path / "a", tensors={**dict.fromkeys(held), **named}))
    _, plain = read_adapter(str(ADAPTER))
    assert adapter.modules.keys() == plain.modules.keys()
    assert sum(map(nbytes, adapter.modules.values())) == sum(tensor.nbytes for tensor in held.values())


def test_a_file_that_is_not_an_adapter_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotACheckpointError, match="does not exist"):
        read_adapter(str(tmp_path / "nothing"))
    with pytest.raises(NotACheckpointError, match="no adapter in a format"):
        read_adapter(str(tmp_path))
    (tmp_path / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    with pytest.raises(NotACheckpointError, match="no weights"):
        read_adapter(str(tmp_path))
    for name in ("one", "two"):
        copy(tmp_path / name)
    (tmp_path / "adapter_config.json").unlink()
    with pytest.raises(UnsupportedError, match="holds 2 adapters"):
        read_adapter(str(tmp_path))
