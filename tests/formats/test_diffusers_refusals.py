"""diffusers' files that are wrong, or that cannot carry an adapter, are refused in sentences."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel

from lorasurgery.adapter import Adapter, Host, TokenRows
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.formats import diffusers
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.dora import DoraFactors
from support.image_adapters import (
    TINY_CLIP,
    adapter_for,
    factors_of,
    layers_of,
    same,
    saved,
    written,
)

PAIR = {"unet.x.lora_A.weight": torch.ones(2, 6), "unet.x.lora_B.weight": torch.ones(4, 2)}
WRONG: list[tuple[dict[str, Tensor], str, type[Exception], str]] = [
    (
        PAIR | {"unet.x.lora_B.weight": torch.ones(4, 3)},
        "",
        DamagedFileError,
        r"ranks differ: lora_A.weight \[2, 6\]",
    ),
    (
        {"unet.x.lora_A.weight": torch.ones(2, 6)},
        "",
        DamagedFileError,
        "has lora_A.weight, and no lora_B.weight",
    ),
    (
        PAIR | {"unet.x.lora.up.weight": torch.ones(4, 2)},
        "",
        DamagedFileError,
        "two tensors that are lora_up.weight",
    ),
    (PAIR | {"unet.x.lora_B.bias": torch.ones(5)}, "", DamagedFileError, "bias is not as long"),
    (PAIR | {"unet.x.lora_magnitude_vector": torch.ones(5)}, "", DamagedFileError, "neither for each row"),
    (
        PAIR | {"unet.x.lora_embedding_A": torch.ones(5)},
        "",
        UnsupportedError,
        "'unet.x.lora_embedding_A' of no method",
    ),
    (
        PAIR | {"y.z.lora_A.weight": torch.ones(2, 6)},
        "",
        UnsupportedError,
        "'y.z.lora_A.weight' of no method",
    ),
    (PAIR, "{", DamagedFileError, "is not valid JSON"),
    (PAIR, "[]", DamagedFileError, "is not a JSON object"),
    (PAIR, '{"unet.lora_alpha": "8"}', DamagedFileError, "has an alpha that is not a number"),
    (
        PAIR,
        '{"unet.lora_alpha": 8, "unet.alpha_pattern": {"(": 4}}',
        DamagedFileError,
        "should be an object of numbers",
    ),
    (
        PAIR,
        '{"unet.lora_alpha": 8, "unet.alpha_pattern": 4}',
        DamagedFileError,
        "should be an object of numbers",
    ),
    (PAIR, '{"unet.peft_type": "LOHA"}', UnsupportedError, "'unet.x' has the method LOHA"),
    (PAIR, '{"unet.use_dora": true}', DamagedFileError, "the header says that it is DoRA"),
]


@pytest.mark.parametrize(("tensors", "header", "error", "reason"), WRONG)
def test_wrong_files_are_refused(
    tensors: dict[str, Tensor], header: str, error: type[Exception], reason: str, tmp_path: Path
) -> None:
    file = saved(tmp_path / "a.safetensors", tensors, {diffusers.METADATA: header} if header else None)
    assert diffusers.recognise(file) == file
    with pytest.raises(error, match=f"a.safetensors.*{reason}"):
        diffusers.read(file)


def test_the_scale_follows_the_header(tmp_path: Path) -> None:
    config = {"unet.r": 2, "unet.lora_alpha": 8, "unet.alpha_pattern": {"x": 3}, "text_encoder.lora_alpha": 1}
    tensors = {
        key: each
        for name in ("unet.x", "unet.y", "text_encoder.x", "transformer.x")
        for key, each in {
            f"{name}.lora_A.weight": torch.ones(2, 6),
            f"{name}.lora_B.weight": torch.ones(4, 2),
        }.items()
    }
    for is_root, (x, y) in ((False, (1.5, 4.0)), (True, (3 / math.sqrt(2), 8 / math.sqrt(2)))):
        header = {diffusers.METADATA: json.dumps(config | {"unet.use_rslora": is_root})}
        adapter = diffusers.read(saved(tmp_path / f"{is_root}.safetensors", tensors, header))
        scales = {path: each.scale for path, each in adapter.modules.items()}  # type: ignore[attr-defined]
        assert scales == {"unet.x": x, "unet.y": y, "text_encoder.x": 0.5, "transformer.x": 1.0}


def test_a_host_gives_its_own_names_or_the_file_is_refused(tmp_path: Path) -> None:
    encoder = CLIPTextModel(CLIPTextConfig(**TINY_CLIP))
    file = written(diffusers, adapter_for("text_encoder.text_model", encoder), tmp_path / "a.safetensors")
    host = Host(modules=tuple(name for name, _ in encoder.named_modules()), class_name="CLIPTextModel")
    adapter = diffusers.read(file, host)
    assert sorted(adapter.modules) == sorted(layers_of(encoder))
    assert same(diffusers.read(written(diffusers, adapter, tmp_path / "b.safetensors")), diffusers.read(file))
    stranger = saved(tmp_path / "c.safetensors", PAIR)
    with pytest.raises(AlignmentError, match=r"1 of its 1 modules are not in the base: 'unet\.x'"):
        diffusers.read(stranger, host)


def test_what_a_file_cannot_carry_is_refused_in_sentences() -> None:
    plain = Adapter(Host(modules=()), {"unet.a": factors_of(4, 6)})
    A, B = LazyTensor.of(torch.ones(2, 6)), LazyTensor.of(torch.ones(4, 2))
    dora, column = (
        DoraFactors(A, B, LazyTensor.of(torch.ones(size)), 1.0, by_column=by_column)
        for size, by_column in ((4, False), (6, True))
    )
    tensor = LazyTensor.of(torch.ones(4))
    cases = [
        (replace(plain, replaced={"norm.weight": tensor}), "replaces 'norm.weight'"),
        (replace(plain, token_rows={"embed": TokenRows((1,), tensor)}), "rows of tokens"),
        (replace(plain, modules={"lora_unet_x": factors_of(4, 6)}), "'lora_unet_x' are not by the names"),
        (
            replace(plain, modules={"diffusion_model.x": factors_of(4, 6)}),
            "are not by the names of a pipeline's parts",
        ),
        (replace(plain, host=Host(modules=(), class_name="GPT2LMHeadModel")), "are not by the names"),
        (replace(plain, modules={"unet.a": column}), "a magnitude for each column"),
        (
            replace(plain, modules={"unet.a": dora, "unet.b": factors_of(4, 6)}),
            "DoRA for all modules of a part or for none",
        ),
        (replace(plain, host=Host(modules=(), kernels={"unet.a": (5, 5)})), "not a multiple of the kernel"),
        (replace(plain, modules={"unet.a": factors_of(4, 6, 0)}), "its rank is 0"),
    ]
    assert diffusers.refusals(plain) == []
    assert diffusers.refusals(replace(plain, modules={"unet.a": dora, "prior.b": factors_of(4, 6)})) == []
    for adapter, reason in cases:
        (sentence,) = diffusers.refusals(adapter)
        assert reason in sentence
