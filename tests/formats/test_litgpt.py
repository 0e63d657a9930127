"""LitGPT's folders: the change that its layers make to the packed projection, where transformers has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml  # type: ignore[import-untyped]
from torch import Tensor

from lorasurgery.adapter import Host
from lorasurgery.errors import (
    AlignmentError,
    DamagedFileError,
    NotACheckpointError,
    SurgeryError,
    UnsafePickleError,
    UnsupportedError,
)
from lorasurgery.formats import find_adapter, read_adapter
from lorasurgery.formats import litgpt as ours
from lorasurgery.variants.lora import LoraFactors
from support.hangs import never_hangs
from support.in_memory_adapters import delta
from support.paths import FIXTURES

WIDTH, HEAD, RANK, ALPHA = 12, 4, 2, 5
THIRDS = ("lora_query", "lora_key", "lora_value")
LLAMA_QKV = [f"model.layers.0.self_attn.{part}_proj" for part in "qkv"]
NEOX_QKV = "gpt_neox.layers.0.attention.query_key_value"


def config(family: str = "llama", heads: int = 4, groups: int = 2, **more: Any) -> dict[str, Any]:
    """model_config.yaml, as far as it is read."""
    name, mlp = {
        "llama": ("Llama-3.2-1B", "LLaMAMLP"),
        "neox": ("pythia-14m", "GptNeoxMLP"),
    }[family]
    source = {"org": "someone", "name": name}
    found = {
        "name": name,
        "hf_config": source,
        "mlp_class_name": mlp,
        "n_head": heads,
        "n_query_groups": groups,
    }
    return found | {"head_size": HEAD} | more


def settings(enabled: tuple[bool, ...] = (True, False, True), **more: Any) -> dict[str, Any]:
    """hyperparameters.yaml, as far as it is read, and a little of the rest."""
    found: dict[str, Any] = {"lora_r": RANK, "lora_alpha": ALPHA, "precision": "bf16-true"}
    return found | dict(zip(THIRDS, enabled, strict=True)) | {"train": {"epochs": 5}} | more


def saved(
    folder: Path, tensors: dict[str, Tensor], about: dict[str, Any], given: dict[str, Any] | None = None
) -> Path:
    torch.save({"model": tensors}, folder / "lit_model.pth.lora")
    (folder / "model_config.yaml").write_text(yaml.dump(about))
    (folder / "hyperparameters.yaml").write_text(yaml.dump(settings() if given is None else given))
    return folder


def packed(enabled: tuple[bool, ...], heads: int, groups: int, layer: str = "attn.qkv") -> dict[str, Tensor]:
    torch.manual_seed(8)
    rows = sum(height for height, is_on in zip(heights(heads, groups), enabled, strict=True) if is_on)
    stem = f"transformer.h.0.{layer}"
    return {
        f"{stem}.lora_A": torch.randn(RANK * sum(enabled), WIDTH, dtype=torch.float64),
        f"{stem}.lora_B": torch.randn(rows, RANK, dtype=torch.float64),
    }


def heights(heads: int, groups: int) -> tuple[int, int, int]:
    return heads * HEAD, groups * HEAD, groups * HEAD


def products(
    tensors: dict[str, Tensor], enabled: tuple[bool, ...], heads: int, groups: int
) -> list[Tensor | None]:
    """ΔW of queries, keys and values by themselves; None where there is none."""
    A, B = tensors.values()
    found: list[Tensor | None] = []
    for height, is_on in zip(heights(heads, groups), enabled, strict=True):
        found.append(ALPHA / RANK * B[:height] @ A[:RANK] if is_on else None)
        if is_on:
            A, B = A[RANK:], B[height:]
    return found


def by_group(parts: list[Tensor | None], heads: int, groups: int) -> Tensor:
    """Some heads of queries, one of keys, one of values, and the next group."""
    whole = [
        torch.zeros(height, WIDTH, dtype=torch.float64) if part is None else part
        for part, height in zip(parts, heights(heads, groups), strict=True)
    ]
    queries = heads // groups * HEAD
    rows = []
    for group in range(groups):
        rows.append(whole[0][group * queries : (group + 1) * queries])
        rows += [part[group * HEAD : (group + 1) * HEAD] for part in whole[1:]]
    return torch.cat(rows)


def parted(W: Tensor, heads: int, groups: int) -> list[Tensor]:
    """Queries, keys and values of a W that goes group by group."""
    found: tuple[list[Tensor], ...] = ([], [], [])
    for group in W.chunk(groups):
        for part, rows in zip(found, group.split([heads // groups * HEAD, HEAD, HEAD]), strict=True):
            part.append(rows)
    return [torch.cat(part) for part in found]


SOME = [(True, False, True), (False, True, False), (True, True, False)]
ALL = (True, True, True)
GROUPS = [(4, 4), (4, 2), (6, 2), (4, 1)]


@pytest.mark.parametrize(("heads", "groups"), GROUPS)
@pytest.mark.parametrize("layer", ["attn.qkv", "attn.attn"])
@pytest.mark.parametrize("enabled", [*SOME, ALL], ids=str)
def test_the_packed_projection_of_a_llama_becomes_three(
    enabled: tuple[bool, ...], layer: str, heads: int, groups: int, tmp_path: Path
) -> None:
    tensors = packed(enabled, heads, groups, layer)
    adapter = ours.read(saved(tmp_path, tensors, config("llama", heads, groups), settings(enabled)))
    parts = products(tensors, enabled, heads, groups)
    if layer == "attn.attn" and all(enabled):
        # Added to rows that go group by group, as they lie.
        parts = [*parted(torch.cat([part for part in parts if part is not None]), heads, groups)]
    expected = {name: part for name, part in zip(LLAMA_QKV, parts, strict=True) if part is not None}
    assert adapter.modules.keys() == expected.keys()
    for name, part in expected.items():
        torch.testing.assert_close(delta(adapter.modules[name]), part, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(("heads", "groups"), GROUPS)
@pytest.mark.parametrize("layer", ["attn.qkv", "attn.attn"])
@pytest.mark.parametrize("enabled", [*SOME, ALL], ids=str)
def test_the_packed_projection_of_a_neox_goes_head_by_head(
    enabled: tuple[bool, ...], layer: str, heads: int, groups: int, tmp_path: Path
) -> None:
    tensors = packed(enabled, heads, groups, layer)
    adapter = ours.read(saved(tmp_path, tensors, config("neox", heads, groups), settings(enabled)))
    parts = products(tensors, enabled, heads, groups)
    as_they_lie = layer == "attn.attn" and all(enabled)
    expected = (
        torch.cat([part for part in parts if part is not None])
        if as_they_lie
        else by_group(parts, heads, groups)
    )
    assert list(adapter.modules) == [NEOX_QKV]
    torch.testing.assert_close(delta(adapter.modules[NEOX_QKV]), expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(("heads", "groups"), GROUPS)
@pytest.mark.parametrize("enabled", [*SOME, ALL], ids=str)
def test_litgpts_own_layer_makes_the_same_change(
    enabled: tuple[bool, ...], heads: int, groups: int, tmp_path: Path
) -> None:
    peer = pytest.importorskip("litgpt.lora", reason="litgpt is not installed")
    tensors = packed(enabled, heads, groups)
    rows = (heads + 2 * groups) * HEAD
    layer = peer.LoRAQKVLinear(WIDTH, rows, HEAD, heads, groups, RANK, ALPHA, enable_lora=enabled).double()
    with torch.no_grad():
        layer.lora_A.copy_(tensors["transformer.h.0.attn.qkv.lora_A"])
        layer.lora_B.copy_(tensors["transformer.h.0.attn.qkv.lora_B"])
    saved(tmp_path, tensors, config("llama", heads, groups), settings(enabled))
    adapter = ours.read(tmp_path)
    sizes = heights(heads, groups)
    for name, part in zip(LLAMA_QKV, layer.get_lora_AB().split(sizes), strict=True):
        if name in adapter.modules:
            torch.testing.assert_close(delta(adapter.modules[name]), part, rtol=1e-12, atol=1e-12)
        else:
            assert not part.any()


def plain(*names: str, rank: int = RANK) -> dict[str, Tensor]:
    found = {}
    for seed, name in enumerate(names):
        found[f"{name}.lora_A"] = torch.full((rank, 3), float(seed + 1))
        found[f"{name}.lora_B"] = torch.full((5, rank), float(seed + 1))
    return found


LAYER = "transformer.h.3"


@pytest.mark.parametrize(
    ("family", "names"),
    [
        (
            "llama",
            {
                f"{LAYER}.attn.proj": "model.layers.3.self_attn.o_proj",
                f"{LAYER}.mlp.fc_1": "model.layers.3.mlp.gate_proj",
                f"{LAYER}.mlp.fc_2": "model.layers.3.mlp.up_proj",
                f"{LAYER}.mlp.proj": "model.layers.3.mlp.down_proj",
                "lm_head": "lm_head",
            },
        ),
        (
            "neox",
            {
                f"{LAYER}.attn.proj": "gpt_neox.layers.3.attention.dense",
                f"{LAYER}.mlp.fc": "gpt_neox.layers.3.mlp.dense_h_to_4h",
                f"{LAYER}.mlp.proj": "gpt_neox.layers.3.mlp.dense_4h_to_h",
                "lm_head": "lm_head",
            },
        ),
    ],
)
def test_all_other_modules_are_called_as_in_transformers(
    family: str, names: dict[str, str], tmp_path: Path
) -> None:
    tensors = plain(*names)
    adapter = ours.read(saved(tmp_path, tensors, config(family)))
    assert adapter.unresolved == ""
    assert adapter.host.base_name is not None
    assert adapter.host.base_name.startswith("someone/")
    assert adapter.modules.keys() == set(names.values())
    for name, path in names.items():
        factors = adapter.modules[path]
        assert isinstance(factors, LoraFactors)
        assert factors.scale == ALPHA / RANK
        assert torch.equal(factors.A.read(), tensors[f"{name}.lora_A"])
        assert torch.equal(factors.B.read(), tensors[f"{name}.lora_B"])


def test_neox_heads_have_the_name_of_the_base(tmp_path: Path) -> None:
    saved(tmp_path, plain("lm_head"), config("neox"))
    assert list(ours.read(tmp_path, Host(("embed_out",))).modules) == ["embed_out"]
    assert list(ours.read(tmp_path, Host(("lm_head",))).modules) == ["lm_head"]


def test_names_with_another_prefix_are_found_in_the_base(tmp_path: Path) -> None:
    saved(tmp_path, plain(f"{LAYER}.attn.proj"), config())
    bare = Host(("layers.3.self_attn.o_proj",))
    assert list(ours.read(tmp_path, bare).modules) == ["layers.3.self_attn.o_proj"]


def test_the_folder_is_recognised_by_either_name_and_by_nothing_less(tmp_path: Path) -> None:
    assert ours.recognise(tmp_path) is None
    saved(tmp_path, plain("lm_head"), config())
    for path in (tmp_path, tmp_path / "lit_model.pth.lora"):
        assert find_adapter(str(path)) == (tmp_path, "litgpt")
    assert list(read_adapter(str(tmp_path))[1].modules) == ["lm_head"]
    (tmp_path / "hyperparameters.yaml").unlink()
    assert ours.recognise(tmp_path) is None


@pytest.mark.parametrize(
    ("name", "mlp"),
    [
        ("phi-2", "GptNeoxMLP"),
        ("Phi-3-mini-4k-instruct", "LLaMAMLP"),
        ("phi-4", "LLaMAMLP"),
        ("falcon-7b", "GptNeoxMLP"),
        ("Mixtral-8x7B-v0.1", "LLaMAMoE"),
        ("other", None),
    ],
)
def test_models_of_other_kinds_are_refused_by_name(name: str, mlp: str | None, tmp_path: Path) -> None:
    saved(tmp_path, plain("lm_head"), config(name=name, mlp_class_name=mlp))
    with pytest.raises(UnsupportedError, match=name):
        ours.read(tmp_path)


QKV = packed((True, False, True), 4, 2)
PROJ = f"{LAYER}.attn.proj"


@pytest.mark.parametrize(
    ("tensors", "about", "given", "error", "words"),
    [
        (plain(f"{LAYER}.mlp.fc"), {}, {}, UnsupportedError, "mlp.fc"),
        (plain(f"{LAYER}.mlp.gate"), {}, {}, UnsupportedError, "mlp.gate"),
        ({f"{PROJ}.bias": torch.ones(3)}, {}, {}, UnsupportedError, "attn.proj.bias"),
        ({f"{PROJ}.lora_A": torch.ones(2, 3)}, {}, {}, DamagedFileError, "lora_B is missing"),
        (plain(PROJ, rank=3), {}, {}, DamagedFileError, "do not fit"),
        (plain(PROJ), {}, {"lora_r": 4}, DamagedFileError, "do not fit"),
        (QKV, {}, {"lora_key": True}, DamagedFileError, "lora_query and lora_key and lora_value"),
        (QKV, {}, {"lora_value": False, "lora_query": False}, DamagedFileError, "none of the thirds"),
        (QKV, {"n_query_groups": 4}, {}, DamagedFileError, "lora_query and lora_value"),
        (QKV, {"n_query_groups": 3}, {}, DamagedFileError, "does not divide"),
        (QKV, {"head_size": None}, {}, DamagedFileError, "head_size"),
        (QKV, {"n_head": 0}, {}, DamagedFileError, "n_head"),
        (QKV, {}, {"lora_alpha": "much"}, DamagedFileError, "lora_alpha"),
        (QKV, {}, {"lora_alpha": float("nan")}, DamagedFileError, "lora_alpha"),
        (QKV, {}, {"lora_r": True}, DamagedFileError, "lora_r"),
        (QKV, {}, {"lora_r": 10**400}, DamagedFileError, "lora_r"),
    ],
)
def test_folders_that_contradict_themselves_are_refused(
    tensors: dict[str, Tensor],
    about: dict[str, Any],
    given: dict[str, Any],
    error: type[Exception],
    words: str,
    tmp_path: Path,
) -> None:
    saved(tmp_path, tensors, config(**about), settings(**given))
    with pytest.raises(error, match=words):
        ours.read(tmp_path)


def test_a_base_without_the_modules_is_refused(tmp_path: Path) -> None:
    saved(tmp_path, QKV, config())
    phi = Host(("model.layers.0.self_attn.qkv_proj",))
    with pytest.raises(AlignmentError, match=r"self_attn\.q_proj"):
        ours.read(tmp_path, phi)


@pytest.mark.parametrize("text", ["a: [", "- 1", "!!python/object/apply:os.getcwd []", "\x00"])
def test_settings_that_are_no_plain_mapping_are_refused(text: str, tmp_path: Path) -> None:
    saved(tmp_path, QKV, config())
    (tmp_path / "hyperparameters.yaml").write_text(text)
    with pytest.raises(DamagedFileError, match=r"hyperparameters\.yaml"):
        ours.read(tmp_path)


def test_a_folder_without_the_models_config_says_what_is_missing(tmp_path: Path) -> None:
    saved(tmp_path, QKV, config())
    (tmp_path / "model_config.yaml").unlink()
    with pytest.raises(NotACheckpointError, match=r"model_config\.yaml"):
        ours.read(tmp_path)


def test_code_in_the_pickle_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    saved(tmp_path, QKV, config())
    evil = FIXTURES / "broken" / "pickle-with-code.bin"
    (tmp_path / "lit_model.pth.lora").write_bytes(evil.read_bytes())
    with pytest.raises(UnsafePickleError):
        ours.read(tmp_path)
    assert not (tmp_path / "pickle-was-run").exists()


@pytest.mark.parametrize("key", ["name", "mlp_class_name", "n_head"])
def test_aliases_that_stand_for_more_than_memory_holds_are_never_written_out(
    key: str, tmp_path: Path
) -> None:
    path = saved(tmp_path, QKV, config())
    lists = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" if i else "a0: &a0 [x]" for i in range(10)]
    about = yaml.dump({name: value for name, value in config().items() if name != key})
    (path / "model_config.yaml").write_text("\n".join(lists) + f"\n{about}\n{key}: *a9\n")
    with never_hangs():
        with pytest.raises(SurgeryError, match=r"model_config|names in transformers") as caught:
            ours.read(path)
        assert len(str(caught.value)) < 700
