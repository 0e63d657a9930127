"""torchtune's files: factors in the names and the order of rows of torchtune's models, where
transformers has them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml  # type: ignore[import-untyped]
from torch import Tensor

from lorasurgery.adapter import Host
from lorasurgery.architecture import architecture_of
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.formats import find_adapter, read_adapter
from lorasurgery.formats import torchtune as ours
from lorasurgery.surgery.base.host import host_of
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.lora import LoraFactors
from support.hangs import never_hangs
from support.paths import FIXTURES

HIDDEN, HEADS, GROUPS, WIDTH, INNER, RANK, ALPHA = 24, 6, 2, 4, 20, 3, 5
ATTENTION = {"q_proj": HEADS * WIDTH, "k_proj": GROUPS * WIDTH, "v_proj": GROUPS * WIDTH}
OUT = {f"attn.{name}": out for name, out in ATTENTION.items()}
OUT |= {"attn.output_proj": HIDDEN, "mlp.w1": INNER, "mlp.w2": HIDDEN, "mlp.w3": INNER}
NAMES = {
    "attn.q_proj": "self_attn.q_proj",
    "attn.k_proj": "self_attn.k_proj",
    "attn.v_proj": "self_attn.v_proj",
    "attn.output_proj": "self_attn.o_proj",
    "mlp.w1": "mlp.gate_proj",
    "mlp.w2": "mlp.down_proj",
    "mlp.w3": "mlp.up_proj",
}


def host(kind: str = "llama", layers: int = 2, **config: Any) -> Host:
    packed = ("self_attn.qkv_proj", "self_attn.o_proj", "mlp.gate_up_proj", "mlp.down_proj")
    modules = [
        f"model.layers.{i}.{name}"
        for i in range(layers)
        for name in (packed if kind == "phi3" else NAMES.values())
    ]
    about = {
        "model_type": kind,
        "hidden_size": HIDDEN,
        "num_attention_heads": HEADS,
        "num_key_value_heads": GROUPS,
        "intermediate_size": INNER,
    }
    return Host((*modules, "lm_head"), config=about | config)


def module(name: str, *, is_dora: bool = False, rank: int = RANK, seed: int = 0) -> dict[str, Tensor]:
    """One of torchtune's modules in a layer, filled with noise."""
    torch.manual_seed(seed + len(name))
    out, width = OUT[name.split(".", 2)[2]], HEADS * WIDTH if "output_proj" in name else HIDDEN
    found = {
        f"{name}.lora_a.weight": torch.randn(rank, width, dtype=torch.float64),
        f"{name}.lora_b.weight": torch.randn(out, rank, dtype=torch.float64),
    }
    return found | ({f"{name}.magnitude": torch.rand(out, dtype=torch.float64)} if is_dora else {})


def layer(*, is_dora: bool = False) -> dict[str, Tensor]:
    return {key: each for name in OUT for key, each in module(f"layers.1.{name}", is_dora=is_dora).items()}


def saved(folder: Path, tensors: dict[str, Tensor], alpha: float | None = ALPHA) -> Path:
    path = folder / "adapter_model.pt"
    torch.save(tensors, path)
    if alpha is not None:
        config = {"r": RANK, "lora_alpha": alpha, "target_modules": ["q_proj"], "peft_type": "LORA"}
        (folder / "adapter_config.json").write_text(json.dumps(config))
    return path


def halves_first(W: Tensor) -> Tensor:
    """Row by row, in words: of each head its even rows, and then its odd ones."""
    rows = []
    for head in range(len(W) // WIDTH):
        of_head = W[head * WIDTH : (head + 1) * WIDTH]
        rows += [*of_head[0::2], *of_head[1::2]]
    return torch.stack(rows)


def in_order(name: str, tensor: Tensor, kind: str) -> Tensor:
    is_moved = kind in ("llama", "mistral", "gemma", "gemma2") and name in ("attn.q_proj", "attn.k_proj")
    return halves_first(tensor) if is_moved else tensor


KINDS = ["llama", "mistral", "gemma", "gemma2", "qwen2", "qwen3"]


@pytest.mark.parametrize("is_dora", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_names_and_rows_come_out_as_transformers_has_them(kind: str, is_dora: bool, tmp_path: Path) -> None:
    tensors = layer(is_dora=is_dora)
    adapter = ours.read(saved(tmp_path, tensors), host(kind))
    assert adapter.unresolved == ""
    assert adapter.modules.keys() == {f"model.layers.1.{name}" for name in NAMES.values()}
    for name, path in NAMES.items():
        stem, factors = f"layers.1.{name}", adapter.modules[f"model.layers.1.{path}"]
        assert isinstance(factors, DoraFactors if is_dora else LoraFactors)
        assert factors.scale == ALPHA / RANK
        assert torch.equal(factors.A.read(), tensors[f"{stem}.lora_a.weight"])
        assert torch.equal(factors.B.read(), in_order(name, tensors[f"{stem}.lora_b.weight"], kind)), name
        if isinstance(factors, DoraFactors):
            magnitude = in_order(name, tensors[f"{stem}.magnitude"], kind)
            assert torch.equal(factors.magnitude.read(), magnitude), name


@pytest.mark.parametrize("kind", ["llama", "gemma2", "qwen2", "phi3"])
def test_torchtunes_own_conversion_of_the_changed_weights_agrees(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("torchtune", reason="torchtune is not installed")
    from torchtune.models.convert_weights import hf_to_tune, tune_to_hf
    from torchtune.models.gemma2._convert_weights import gemma2_hf_to_tune, gemma2_tune_to_hf
    from torchtune.models.phi3._convert_weights import phi3_hf_to_tune, phi3_tune_to_hf
    from torchtune.models.qwen2._convert_weights import qwen2_hf_to_tune, qwen2_tune_to_hf

    there, back = {
        "llama": (hf_to_tune, tune_to_hf),
        "gemma2": (gemma2_hf_to_tune, gemma2_tune_to_hf),
        "qwen2": (qwen2_hf_to_tune, qwen2_tune_to_hf),
        "phi3": (phi3_hf_to_tune, phi3_tune_to_hf),
    }[kind]
    sizes = {"num_heads": HEADS, "num_kv_heads": GROUPS, "dim": HIDDEN}
    tensors = layer()
    adapter = ours.read(saved(tmp_path, tensors), host(kind))
    torch.manual_seed(1)
    base = {}
    assert adapter.modules
    for path, factors in adapter.modules.items():
        assert isinstance(factors, LoraFactors)
        base[f"{path}.weight"] = torch.randn(factors.shape, dtype=torch.float64)
    changed = there(dict(base), **sizes)
    for name in OUT:
        A, B = (tensors[f"layers.1.{name}.lora_{side}.weight"] for side in "ab")
        changed[f"layers.1.{name}.weight"] = changed[f"layers.1.{name}.weight"] + ALPHA / RANK * B @ A
    expected = back(changed, **({} if kind == "phi3" else sizes))
    for path, factors in adapter.modules.items():
        assert isinstance(factors, LoraFactors)
        delta = factors.scale * factors.B.read() @ factors.A.read()
        W = base[f"{path}.weight"]
        torch.testing.assert_close(W + delta, expected[f"{path}.weight"], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("missing", [(), ("attn.k_proj", "mlp.w1"), ("attn.q_proj", "attn.v_proj", "mlp.w3")])
def test_what_phi3_has_in_one_module_is_put_together(missing: tuple[str, ...], tmp_path: Path) -> None:
    tensors = {
        name: each
        for name, each in layer().items()
        if not name.startswith(tuple(f"layers.1.{m}" for m in missing))
    }
    adapter = ours.read(saved(tmp_path, tensors), host("phi3"))
    packs = {
        "self_attn.qkv_proj": ("attn.q_proj", "attn.k_proj", "attn.v_proj"),
        "mlp.gate_up_proj": ("mlp.w1", "mlp.w3"),
    }
    for whole, parts in packs.items():
        rows = []
        for part in parts:
            A, B = (tensors.get(f"layers.1.{part}.lora_{side}.weight") for side in "ab")
            rows.append(
                torch.zeros(OUT[part], HIDDEN).double() if A is None or B is None else ALPHA / RANK * B @ A
            )
        factors: Any = adapter.modules[f"model.layers.1.{whole}"]
        delta = factors.scale * factors.B.read() @ factors.A.read()
        torch.testing.assert_close(delta, torch.cat(rows), rtol=1e-13, atol=1e-13)


def test_as_many_keys_as_queries_are_assumed_where_the_config_has_no_number_of_them(tmp_path: Path) -> None:
    base = host("phi3", num_key_value_heads=None)
    adapter = ours.read(saved(tmp_path, module("layers.0.attn.q_proj")), base)
    factors: Any = adapter.modules["model.layers.0.self_attn.qkv_proj"]
    assert factors.shape == (3 * HEADS * WIDTH, HIDDEN)


def test_doras_magnitudes_are_put_together_where_all_are_there(tmp_path: Path) -> None:
    tensors = layer(is_dora=True)
    factors = ours.read(saved(tmp_path, tensors), host("phi3")).modules["model.layers.1.mlp.gate_up_proj"]
    assert isinstance(factors, DoraFactors)
    both = [tensors[f"layers.1.mlp.{name}.magnitude"] for name in ("w1", "w3")]
    assert torch.equal(factors.magnitude.read(), torch.cat(both))
    del tensors["layers.1.mlp.w3.lora_a.weight"], tensors["layers.1.mlp.w3.lora_b.weight"]
    del tensors["layers.1.mlp.w3.magnitude"]
    with pytest.raises(UnsupportedError, match="gate_up_proj"):
        ours.read(saved(tmp_path, tensors), host("phi3"))


def test_a_head_dim_in_the_config_goes_before_the_quotient(tmp_path: Path) -> None:
    tensors = module("layers.0.attn.q_proj")
    read: Any = ours.read(saved(tmp_path, tensors), host(head_dim=8)).modules[
        "model.layers.0.self_attn.q_proj"
    ]
    B = tensors["layers.0.attn.q_proj.lora_b.weight"]
    assert torch.equal(read.B.read()[:8], torch.cat([B[0:8:2], B[1:8:2]]))


def test_the_output_is_the_head_that_the_base_has(tmp_path: Path) -> None:
    tensors = {"output.lora_a.weight": torch.ones(RANK, HIDDEN), "output.lora_b.weight": torch.ones(7, RANK)}
    path = saved(tmp_path, tensors)
    assert list(ours.read(path, host()).modules) == ["lm_head"]
    reward = Host(("model.norm", "score"), config={"model_type": "llama"})
    assert list(ours.read(path, reward).modules) == ["score"]


def test_a_real_host_is_understood(tmp_path: Path) -> None:
    base = open_checkpoint(FIXTURES / "llama-base")
    B = torch.arange(64.0).reshape(64, 1).repeat(1, RANK)
    tensors = {
        "layers.0.attn.q_proj.lora_a.weight": torch.ones(RANK, 64),
        "layers.0.attn.q_proj.lora_b.weight": B,
    }
    adapter = ours.read(saved(tmp_path, tensors), host_of(architecture_of(base), base))
    read: Any = adapter.modules["model.layers.0.self_attn.q_proj"]
    assert read.B.read()[:16, 0].tolist() == [*range(0, 16, 2), *range(1, 16, 2)]


def test_without_the_base_the_file_is_read_with_its_own_names(tmp_path: Path) -> None:
    tensors = layer()
    adapter = ours.read(saved(tmp_path, tensors))
    assert "--base" in adapter.unresolved
    factors: Any = adapter.modules["layers.1.attn.q_proj"]
    assert torch.equal(factors.B.read(), tensors["layers.1.attn.q_proj.lora_b.weight"])


def test_the_scale_comes_from_the_config_the_recipe_or_the_user(tmp_path: Path) -> None:
    tensors = module("layers.0.mlp.w2")
    path = saved(tmp_path, tensors, alpha=None)

    def scale(alpha: float | None = None) -> float:
        factors: Any = ours.read(path, host(), alpha=alpha).modules["model.layers.0.mlp.down_proj"]
        return float(factors.scale)

    assert scale() == 1
    assert "--alpha" in ours.read(path, host()).unresolved
    assert scale(6.0) == 2
    assert ours.read(path, host(), alpha=6.0).unresolved == ""
    recipe = {
        "model": {"_component_": "torchtune.models.llama2.lora_llama2_7b", "lora_rank": RANK, "lora_alpha": 9}
    }
    (tmp_path / "torchtune_config.yaml").write_text(yaml.dump(recipe))
    assert scale() == 3
    inner = tmp_path / "epoch_0"
    inner.mkdir()
    assert ours.read(saved(inner, tensors, alpha=None), host()).unresolved == ""
    saved(tmp_path, tensors, alpha=12)
    assert scale() == 4
    with pytest.raises(UnsupportedError, match="leave out alpha="):
        scale(6.0)


def test_it_is_found_by_its_file_and_by_a_folder_without_a_copy_for_peft(tmp_path: Path) -> None:
    path = saved(tmp_path, layer(), alpha=None)
    torch.save(layer(), tmp_path / "adapter_0.pt")
    assert find_adapter(str(path)) == (path, "torchtune")
    assert ours.recognise(tmp_path) == path
    path.unlink()
    torch.save(layer(), tmp_path / "adapter_10.pt")
    torch.save(layer(), tmp_path / "adapter_9.pt")
    assert find_adapter(str(tmp_path)) == (tmp_path / "adapter_10.pt", "torchtune")
    assert list(read_adapter(str(tmp_path), alpha=1.0)[1].modules) == [
        f"layers.1.{name}" for name in sorted(OUT)
    ]
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    assert ours.recognise(tmp_path) is None
    assert ours.recognise(tmp_path / "adapter_9.pt") == tmp_path / "adapter_9.pt"


@pytest.mark.parametrize(
    "names", [["m.lora_a"], ["m.lora_A.weight"], ["m.lora_a.weight", "m.bias"], ["m.lora_A"]]
)
def test_other_files_are_left_to_others(names: list[str], tmp_path: Path) -> None:
    torch.save({name: torch.ones(2, 2) for name in names}, tmp_path / "adapter_model.pt")
    assert ours.recognise(tmp_path / "adapter_model.pt") is None
    assert ours.recognise(tmp_path) is None


Q = module("layers.0.attn.q_proj")
A, B = (f"layers.0.attn.q_proj.lora_{side}.weight" for side in "ab")


@pytest.mark.parametrize(
    ("tensors", "base", "error", "words"),
    [
        ({A: Q[A]}, host(), DamagedFileError, "lora_b.weight is missing"),
        ({A: Q[A], B: Q[B][:, :2]}, host(), DamagedFileError, "do not fit"),
        (module("layers.0.attn.q_proj", rank=4), host(), DamagedFileError, "says rank 3"),
        (Q | {"layers.0.attn.q_proj.magnitude": torch.ones(5)}, host(), DamagedFileError, "do not fit"),
        (Q | {"layers.0.sa_norm.scale": torch.ones(5)}, host(), UnsupportedError, "sa_norm.scale"),
        (module("layers.7.attn.v_proj"), host(), AlignmentError, "model.layers.7.self_attn.v_proj"),
        (
            {A.replace("q_proj", "pos"): Q[A], B.replace("q_proj", "pos"): Q[B]},
            host(),
            AlignmentError,
            "attn.pos",
        ),
        (Q, host(head_dim=5), AlignmentError, "24 rows"),
        (Q, host(head_dim=16), AlignmentError, "24 rows"),
        (Q, host(head_dim=3), AlignmentError, "24 rows"),
        (Q, Host(host().modules, config={"model_type": "llama"}), AlignmentError, "does not state"),
        (Q, host("llama4"), UnsupportedError, "llama4"),
        (Q, Host(host().modules), UnsupportedError, "None"),
        (
            module("layers.0.attn.v_proj"),
            host("phi3", num_attention_heads=None),
            AlignmentError,
            "self_attn.q_proj",
        ),
    ],
)
def test_files_that_contradict_themselves_or_the_base_are_refused(
    tensors: dict[str, Tensor], base: Host, error: type[Exception], words: str, tmp_path: Path
) -> None:
    path = saved(tmp_path, tensors)
    with pytest.raises(error, match=words):
        ours.read(path, base)


@pytest.mark.parametrize("text", ['{"lora_alpha": "much"}', '{"lora_alpha": NaN}', "{"])
def test_a_config_that_is_no_good_is_refused(text: str, tmp_path: Path) -> None:
    path = saved(tmp_path, Q)
    (tmp_path / "adapter_config.json").write_text(text)
    with pytest.raises(DamagedFileError, match=r"adapter_config\.json"):
        ours.read(path, host())


def aliases(levels: int, rank: str = "8", alpha: str = "16") -> str:
    """A few hundred bytes of aliases, the last of which stands for ten to the power of the levels."""
    lists = [
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" if i else "a0: &a0 [x, x]" for i in range(levels)
    ]
    return "\n".join(lists) + f"\nmodel: {{lora_rank: {rank}, lora_alpha: {alpha}}}\n"


@pytest.mark.parametrize(
    "text",
    [
        aliases(9, alpha="*a8"),
        aliases(9, rank="*a8"),
        "a: &a {b: 1}\nmodel:\n  <<: *a\n  lora_alpha: 16\n",
        *(
            (f"model: {{lora_alpha: {value}}}\n")
            for value in (
                "2001-99-99",
                "!!int ''",
                "!!timestamp x",
                "!!bool maybe",
                "9" * 5000,
                "1" + "0" * 400,
                "&b [*b]",
                "!!python/name:os.system ''",
            )
        ),
        "[" * 5000,
        "\x00",
        "x: " + "y" * 1_100_000,
    ],
    ids=lambda text: text[:40],
)
def test_a_recipe_that_is_no_settings_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    path = saved(tmp_path, Q)
    (tmp_path / "adapter_config.json").unlink(missing_ok=True)
    (tmp_path / "torchtune_config.yaml").write_text(text)
    with never_hangs():
        with pytest.raises(DamagedFileError, match=r"torchtune_config\.yaml") as caught:
            ours.read(path, host())
        assert len(str(caught.value)) < 700
