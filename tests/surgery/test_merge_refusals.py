"""What cannot be merged is refused before anything is written.

Other models, damaged adapters, numbers beyond the dtype.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import merge
from lorasurgery.errors import (
    AlignmentError,
    DamagedFileError,
    NumericError,
    UnsupportedError,
)
from support.merged_models import Q, adapter, base
from support.tiny_models import VOCABULARY


def test_an_adapter_of_another_model_is_refused(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    held = load_file(given / "adapter_model.safetensors")
    key = f"base_model.model.{Q}.lora_A.weight"
    save_file(held | {key: held[key][:, :-1].contiguous()}, given / "adapter_model.safetensors")
    with pytest.raises(AlignmentError, match=r"q_proj.*31.*32"):
        merge(made, [given], tmp_path / "merged")
    save_file(
        {name.replace("layers.0", "layers.7"): t for name, t in held.items()},
        given / "adapter_model.safetensors",
    )
    with pytest.raises(AlignmentError, match="match nothing"):
        merge(made, [given], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_file_that_lacks_a_module_is_refused(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    held = load_file(given / "adapter_model.safetensors")
    save_file({name: t for name, t in held.items() if Q not in name}, given / "adapter_model.safetensors")
    with pytest.raises(AlignmentError, match=r"aims at 'model\.layers\.0\.self_attn\.q_proj'"):
        merge(made, [given], tmp_path / "merged")
    save_file(
        {name: t for name, t in held.items() if f"{Q}.lora_B" not in name},
        given / "adapter_model.safetensors",
    )
    with pytest.raises(DamagedFileError, match="both lora_A and lora_B"):
        merge(made, [given], tmp_path / "merged")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_nan_and_infinity_are_refused(bad: float, tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    whole = load_file(made / "model.safetensors")
    held = load_file(given / "adapter_model.safetensors")
    whole[f"{Q}.weight"][3, 4] = bad
    save_file(whole, made / "model.safetensors", {"format": "pt"})
    with pytest.raises(NumericError, match="of the base"):
        merge(made, [given], tmp_path / "merged")
    held[f"base_model.model.{Q}.lora_B.weight"][0, 0] = bad
    save_file(held, given / "adapter_model.safetensors")
    with pytest.raises(NumericError, match="The adapter's factors"):
        merge(made, [given], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_result_beyond_the_dtype_is_refused(tmp_path: Path) -> None:
    made = base(tmp_path, dtype=torch.float16)
    given = adapter(tmp_path / "a", made)
    with pytest.raises(NumericError, match="beyond the range of float16"):
        merge(made, [f"{given}:1e9"], tmp_path / "merged")


def test_the_place_that_is_named_is_the_one_beyond_the_dtype(tmp_path: Path) -> None:
    """Not one that is beyond a smaller dtype."""
    made = base(tmp_path, dtype=torch.float64)
    given = adapter(tmp_path / "a", made)
    whole = load_file(made / "model.safetensors")
    whole[f"{Q}.weight"][0, 3] = 1e100
    whole[f"{Q}.weight"][20] = 1.79e308
    save_file(whole, made / "model.safetensors", {"format": "pt"})
    held = load_file(given / "adapter_model.safetensors")
    large = {name: torch.full_like(t, 1e153, dtype=torch.float64) for name, t in held.items()}
    save_file(large, given / "adapter_model.safetensors")
    with pytest.raises(NumericError, match=r"beyond the range of float64 after merging \(row 20, column 0\)"):
        merge(made, [given], tmp_path / "merged")


def test_a_signalling_nan_is_refused_without_a_warning(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    whole = load_file(made / "model.safetensors")
    whole[f"{Q}.weight"].view(torch.int32)[3, 4] = 0x7FA00000
    save_file(whole, made / "model.safetensors", {"format": "pt"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(NumericError, match="of the base"):
            merge(made, [given], tmp_path / "merged")


def test_a_weight_that_is_not_a_number_is_refused(tmp_path: Path) -> None:
    made = base(tmp_path)
    with pytest.raises(UnsupportedError, match=r"'x' in .* is not a weight"):
        merge(made, [f"{adapter(tmp_path / 'a', made)}:x"], tmp_path / "merged")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"alora_invocation_tokens": [1]}, "aLoRA"),
        ({"layer_replication": [[0, 2], [1, 2]]}, "layer_replication"),
        ({"init_lora_weights": "pissa_niter_4"}, "pissa_niter"),
        ({"init_lora_weights": "corda"}, "corda"),
        ({"init_lora_weights": "loftq"}, "loftq"),
        ({"peft_type": "XLORA"}, "XLORA"),
        ({"peft_type": "PROMPT_TUNING"}, "PROMPT_TUNING"),
        ({"peft_type": "NEW"}, "does not know"),
    ],
)
def test_what_no_merged_weights_can_express_is_refused(
    settings: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    config = json.loads((given / "adapter_config.json").read_text()) | settings
    (given / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(UnsupportedError, match=reason):
        merge(made, [given], tmp_path / "merged")


def test_a_bias_that_the_base_lacks_is_refused(tmp_path: Path) -> None:
    made = base(tmp_path, "qwen3")
    given = adapter(tmp_path / "a", made, "qwen3", target_modules=["o_proj"], lora_bias=True)
    with pytest.raises(UnsupportedError, match="lora_bias"):
        merge(made, [given], tmp_path / "merged")


def test_a_quantised_weight_is_not_merged_into(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    held = load_file(made / "model.safetensors")
    held[f"{Q}.weight"] = held[f"{Q}.weight"].to(torch.int8)
    save_file(held | {f"{Q}.weight_scale": torch.ones(32)}, made / "model.safetensors", {"format": "pt"})
    with pytest.raises(UnsupportedError, match="int8 codes"):
        merge(made, [given], tmp_path / "merged")


REPLACED = {
    "a norm of another length": ("model.norm.weight", torch.ones(33), "33"),
    "a norm that is a number": ("model.norm.weight", torch.tensor(1.0), "in the base"),
    "a head of another width": ("lm_head.weight", torch.ones(VOCABULARY, 31), "31"),
    "a head for fewer tokens than the embedding has": (
        "lm_head.weight",
        torch.ones(VOCABULARY - 4, 32),
        "different lengths",
    ),
    "a parameter of no model": ("foo", torch.ones(3), "does not have"),
    "a path": ("../../x", torch.ones(3), "does not have"),
    "a layer too many": ("model.layers.9.norm.weight", torch.ones(3), "does not have"),
}


@pytest.mark.parametrize(("name", "value", "reason"), REPLACED.values(), ids=REPLACED)
def test_a_replacement_must_fit(name: str, value: torch.Tensor, reason: str, tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    held = load_file(given / "adapter_model.safetensors")
    save_file(held | {f"base_model.model.{name}": value}, given / "adapter_model.safetensors")
    with pytest.raises(AlignmentError, match=reason):
        merge(made, [given], tmp_path / "merged")


def test_a_replacement_with_nan_is_refused(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    held = load_file(given / "adapter_model.safetensors")
    save_file(
        held | {"base_model.model.model.norm.weight": torch.full((32,), float("nan"))},
        given / "adapter_model.safetensors",
    )
    with pytest.raises(NumericError, match="of the adapter"):
        merge(made, [given], tmp_path / "merged")


@pytest.mark.parametrize("dtype", [torch.bool, torch.complex64])
def test_only_numbers_can_be_added_to(dtype: torch.dtype, tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    held = load_file(made / "model.safetensors")
    save_file(held | {f"{Q}.weight": torch.ones(32, 32, dtype=dtype)}, made / "model.safetensors")
    with pytest.raises(UnsupportedError, match="nothing can be added"):
        merge(made, [given], tmp_path / "merged")


def test_a_row_of_a_token_beyond_the_dtype_is_refused(tmp_path: Path) -> None:
    made = base(tmp_path, "qwen3", torch.float16)
    given = adapter(tmp_path / "a", made, "qwen3", trainable_token_indices={"embed_tokens": [3, 50]})
    held = load_file(given / "adapter_model.safetensors")
    (name,) = (name for name in held if "trainable_tokens_delta" in name)
    held[name][1, 2] = 1e38
    save_file(held, given / "adapter_model.safetensors", {"format": "pt"})
    with pytest.raises(
        NumericError, match=r"embed_tokens.* is beyond the range of float16 .*row 50, column 2"
    ):
        merge(made, [given], tmp_path / "merged")
