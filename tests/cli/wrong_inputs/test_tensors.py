"""Odd tensors are copied or refused by name, and names of tensors and files do nothing to the terminal."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from support.command_line import Run
from support.wrong_inputs import BERT, LLAMA, Refused, moved, save, weights

ODD = {
    "a single number": torch.tensor(1.5),
    "a single integer": torch.tensor(3),
    "no rows": torch.zeros(0, 6),
    "no columns": torch.zeros(6, 0),
    "an empty vector": torch.zeros(0),
    "five dimensions": torch.ones(4, 3, 2, 2, 2),
    "indices": torch.arange(5)[None],
    "a mask": torch.ones(1, 1, 4, 4, dtype=torch.bool),
    "an infinite mask": torch.tensor([-float("inf"), 1.0]),
    "complex numbers": torch.ones(4, dtype=torch.complex64),
    **{
        str(dtype): torch.ones(8, 6).to(dtype)
        for dtype in (torch.float8_e4m3fn, torch.float8_e5m2, torch.float16, torch.float64)
    },
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_tensors_do_not_stand_in_the_way(run: Run, kind: str) -> None:
    base = weights(**{"m.odd": ODD[kind], "m.odd.weight": ODD[kind].clone()})
    save("base", base)
    save("tuned", moved(base) if "inf" not in kind else moved(weights()) | {"m.odd": ODD[kind]})
    done = run("extract", "base", "tuned", "-o", "out")
    assert (done.code, done.err) == (0, "")
    assert "2 modules adapted" in done.out or "3 modules adapted" in done.out


@pytest.mark.parametrize("kind", ["a single number", "indices", "complex numbers", "an empty vector"])
def test_an_odd_tensor_that_changed_travels_whole(run: Run, kind: str) -> None:
    changed = ODD[kind] + 1
    save("base", weights(**{"m.odd.bias": ODD[kind]}))
    save("tuned", moved(weights()) | {"m.odd.bias": changed})
    report = json.loads(run("extract", "base", "tuned", "-o", "out", "--json").out)
    told = [each["name"] for each in [*report["kept"], *report["lost"]]]
    assert ("m.odd.bias" in told) == bool(changed.numel())


NUMBERS = {
    "a NaN in a matrix": ("m.b.weight", float("nan"), "m.b.weight"),
    "an infinity in a matrix": ("m.b.weight", float("inf"), "m.b.weight"),
    "a NaN in a bias": ("m.a.bias", float("nan"), "m.a.bias"),
    "an infinity in a bias": ("m.a.bias", -float("inf"), "m.a.bias"),
}


@pytest.mark.parametrize("kind", NUMBERS)
@pytest.mark.parametrize("side", ["base", "tuned"])
def test_nan_and_infinity_are_refused_with_their_tensor_and_side(
    refused: Refused, kind: str, side: str
) -> None:
    name, value, said = NUMBERS[kind]
    both = {"base": weights(), "tuned": moved(weights())}
    both[side][name].view(-1)[3] = value
    for folder, tensors in both.items():
        save(folder, tensors)
    line = refused("extract", "base", "tuned")
    assert f"'{said}' of the {side} checkpoint has a NaN or an infinity" in line


def test_a_change_beyond_float32_is_refused_by_name(refused: Refused) -> None:
    far = torch.full((4, 4), 3e38)
    save("base", weights(**{"m.far.weight": far}))
    save("tuned", weights(**{"m.far.weight": -far}))
    assert "'m.far.weight' moves further than float32 reaches" in refused("extract", "base", "tuned")


CODES = {
    "int8": ({"m.q.weight": torch.ones(4, 4, dtype=torch.int8)}, "holds int8 codes"),
    "int32": ({"m.qweight": torch.ones(4, 4, dtype=torch.int32)}, "holds int32 codes"),
    "float8 with scales of an unknown name": (
        {"m.q.weight": torch.ones(4, 4).to(torch.float8_e4m3fn), "m.q.weight_scale_3": torch.ones(1, 1)},
        "is quantised (FP8), and it comes with 'm.q.weight_scale_3', whose meaning is not known",
    ),
    "float4": (
        {"m.q.weight": torch.zeros(4, 4, dtype=torch.uint8).view(torch.float4_e2m1fn_x2)},
        "is quantised (float4_e2m1fn_x2 codes)",
    ),
    "complex": ({"m.q.weight": torch.ones(4, 4, dtype=torch.complex64)}, "is complex64"),
}


@pytest.mark.parametrize("kind", CODES)
def test_quantised_integers_are_not_read_as_numbers(refused: Refused, kind: str) -> None:
    codes, said = CODES[kind]
    save("base", weights(**codes))
    save("tuned", moved(weights()) | codes)
    assert said in refused("extract", "base", "tuned")


EVIL = [
    "x\n\x1b[31mred.weight",
    "[bold]y[/].weight",
    "..weight",
    ".weight",
    "名.weight",
    "a b.weight",
    "x\x00.weight",
]


def test_names_of_tensors_do_nothing_to_the_terminal(run: Run) -> None:
    base = weights(**{name: torch.ones(6, 6) for name in EVIL})
    save("base", base)
    save("tuned", moved(base))
    done = run("extract", "base", "tuned", "-o", "out")
    assert (done.code, done.err) == (0, "")
    assert all(line.isprintable() for line in done.out.split("\n"))
    assert "\\x1b[31mred" in done.out
    assert "[bold]y[/]" in done.out


def test_names_of_tensors_do_nothing_to_the_line_of_an_error(refused: Refused) -> None:
    for name, value in (("base", 4), ("tuned", 5)):
        save(name, weights(**{EVIL[0]: torch.ones(6, value)}))
    assert "x\\n\\x1b[31mred.weight" in refused("extract", "base", "tuned")


@pytest.mark.usefixtures("pair")
def test_names_of_files_need_not_be_text(run: Run) -> None:
    odd = os.fsdecode(b"inv\xffalid")
    Path("tuned").rename(odd)
    for options in ([], ["-o", odd + "-out"], ["-o", "json", "--json"]):
        done = run("extract", "base", odd, *options)
        assert (done.code, done.err) == (0, "")


def test_names_of_files_do_nothing_to_the_line_of_an_error(refused: Refused) -> None:
    Path("two\nlines\x1b[31m").mkdir()
    assert "two\\nlines\\x1b[31m holds no weights" in refused("extract", "two\nlines\x1b[31m", BERT[1])


@pytest.mark.parametrize(
    "config",
    [
        {"architectures": ["LlamaForCausalLM"], "model_type": "unheard-of"},
        {"architectures": ["UnheardOf"], "model_type": "llama"},
        {"architectures": ["PreTrainedModel"], "model_type": "llama"},
        {"architectures": ["AutoModel"], "model_type": "llama"},
        {"architectures": ["os"], "model_type": "llama"},
        {"architectures": None, "model_type": None},
        {"auto_map": {"AutoModel": "evil--code.Model"}, "trust_remote_code": True},
        {"vocab_size": [], "is_encoder_decoder": "maybe", "text_config": 5},
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "num_hidden_layers": "two"},
    ],
    ids=str,
)
def test_a_config_that_says_nothing_useful_is_no_obstacle(run: Run, config: object) -> None:
    save("base", weights(), config)
    save("tuned", moved(weights()), config)
    done = run("extract", "base", "tuned", "-o", "out")
    assert (done.code, done.err) == (0, "")


def test_a_config_of_another_model_is_named_as_the_fault(refused: Refused) -> None:
    config = json.loads((LLAMA[0] / "config.json").read_text(encoding="utf-8"))
    save("base", weights())
    save("tuned", moved(weights()), config)
    assert "names LlamaForCausalLM, which has none of its tensors" in refused("extract", "base", "tuned")


@pytest.mark.usefixtures("pair")
def test_the_same_change_comes_out_of_any_container(run: Run) -> None:
    """A pair as safetensors, pickle or old pickle gives the same factors, so the readers do read."""
    torch.save(load_file("tuned/model.safetensors"), "new.pt")
    torch.save(load_file("tuned/model.safetensors"), "old.pt", _use_new_zipfile_serialization=False)
    for tuned in ("tuned", "new.pt", "old.pt"):
        assert run("extract", "base", tuned, "-o", f"of-{Path(tuned).stem}").code == 0
    results = {
        Path(f"of-{tuned}/adapter_model.safetensors").read_bytes() for tuned in ("tuned", "new", "old")
    }
    assert len(results) == 1
