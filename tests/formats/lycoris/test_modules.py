"""What one module has in a kohya file.

LyCORIS's own modules do what is read of them, and load what is written.
"""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from lycoris import create_lycoris_from_weights
from lycoris.modules.base import LycorisBaseModule
from lycoris.modules.full import FullModule
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from torch import Tensor, nn

from lorasurgery.adapter import Adapter, Host
from lorasurgery.formats import kohya
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import own_shape
from lorasurgery.variants.lokr import LokrFactors
from lorasurgery.variants.lora import LoraFactors
from support.image_adapters import changed, changed_bias, random, same, saved, written
from support.lycoris_modules import LAYERS, LORA, NAME, PATH

# Both sides compute in float64; LyCORIS adds 2.2e-16 to norms.
IN_FLOAT64 = 1e-12
INPUTS = {
    "linear": (5, 24),
    "square": (5, 24),
    "wide": (5, 40),
    "conv": (2, 12, 7, 7),
    "conv1x1": (2, 12, 7, 7),
    "conv1d": (2, 12, 7),
}
BY_COLUMN = {"weight_decompose": True, "wd_on_out": False}
Case = tuple[str, type[LycorisBaseModule], dict[str, Any]]
CASES: list[Case] = [
    *((layer, LoConModule, {}) for layer in LAYERS),
    ("linear", LoConModule, {"rs_lora": True}),
    ("conv", LoConModule, {"use_tucker": True}),
    ("conv1d", LoConModule, {"use_tucker": True}),
    *((layer, LoConModule, {"weight_decompose": True}) for layer in LAYERS),
    *((layer, LoConModule, BY_COLUMN) for layer in ("linear", "square", "conv1x1")),
    *((layer, LohaModule, {}) for layer in LAYERS),
    ("conv", LohaModule, {"use_tucker": True}),
    ("conv1d", LohaModule, {"use_tucker": True}),
    *((layer, LokrModule, {"lora_dim": 2}) for layer in LAYERS),
    *((layer, LokrModule, {"full_matrix": True}) for layer in LAYERS),
    ("linear", LokrModule, {"lora_dim": 1, "decompose_both": True}),
    ("conv", LokrModule, {"lora_dim": 1, "use_tucker": True}),
    *((layer, LohaModule, {"weight_decompose": True}) for layer in ("linear", "conv")),
    *((layer, LokrModule, {"lora_dim": 2, "weight_decompose": True}) for layer in ("linear", "conv")),
    ("square", LokrModule, {"full_matrix": True, **BY_COLUMN}),
    *((layer, FullModule, {}) for layer in LAYERS),
]
# The forms that are multiplied out when they are read.
READ_ONLY = [
    case for case in CASES if case[1] is FullModule or (case[1] is LoConModule and "use_tucker" in case[2])
]


def trained(base: nn.Module, kind: type[LycorisBaseModule], settings: dict[str, Any]) -> LycorisBaseModule:
    """A module of LyCORIS around a layer, with random numbers in it.

    Its magnitudes stay near the norms.
    """
    module = kind(NAME, base, **{"lora_dim": 4, "alpha": 3.0, **settings}).double()
    with torch.no_grad():
        for seed, (name, parameter) in enumerate(module.named_parameters()):
            noise = 0.3 * random(*parameter.shape, seed=seed, dtype=torch.float64)
            parameter.copy_(parameter * (1 + noise) if name == "dora_scale" else noise)
    return module


def contents(module: LycorisBaseModule) -> dict[str, Tensor]:
    if isinstance(module, FullModule):
        tensors = {"diff": module.weight, "diff_b": module.bias}
    else:
        tensors = module.custom_state_dict() or dict(module.named_parameters())
    return {f"{NAME}.{part}": tensor.detach().clone() for part, tensor in tensors.items()}


def read_one(path: Path) -> Any:
    (factors,) = kohya.read(path).modules.values()
    return factors


@pytest.mark.parametrize(("layer", "kind", "settings"), CASES)
def test_a_module_does_what_lycoris_does(
    layer: str, kind: type[LycorisBaseModule], settings: dict[str, Any], tmp_path: Path
) -> None:
    base = LAYERS[layer]().double()
    module = trained(base, kind, settings)
    factors = read_one(saved(tmp_path / "a.safetensors", contents(module)))
    ours = copy.deepcopy(base)
    x = random(*INPUTS[layer], dtype=torch.float64)
    with torch.no_grad():
        ours.weight.copy_(changed(factors, base.weight))
        ours.bias.copy_(changed_bias(factors, base.bias, base.weight.shape))
        torch.testing.assert_close(ours(x), module(x), rtol=IN_FLOAT64, atol=IN_FLOAT64)
        assert not torch.allclose(ours(x), base(x), rtol=0.1)
    assert own_shape(factors) in (None, (base.weight.shape[0], math.prod(base.weight.shape[1:])))


@pytest.mark.parametrize(("layer", "kind", "settings"), [case for case in CASES if case not in READ_ONLY])
def test_what_is_read_is_written_again(
    layer: str, kind: type[LycorisBaseModule], settings: dict[str, Any], tmp_path: Path
) -> None:
    base = LAYERS[layer]()
    tensors = contents(trained(base, kind, settings))
    adapter = kohya.read(saved(tmp_path / "a.safetensors", tensors))
    again = kohya.read(written(kohya, adapter, tmp_path / "b.safetensors"))
    assert same(adapter, again)
    assert (
        written(kohya, again, tmp_path / "c.safetensors").read_bytes()
        == (tmp_path / "b.safetensors").read_bytes()
    )


def loaded_does_what_is_meant(base: Any, factors: Any, x: Tensor, file: Path) -> None:
    """Write one module's factors, and see that LyCORIS's loader makes a module of them that does
    what they say.
    """
    model = nn.Module()
    model.inner = nn.Sequential(base)
    kernel = tuple(base.weight.shape[2:])
    host = Host(modules=("inner.0",), kernels={"inner.0": kernel} if kernel else {})
    written(kohya, Adapter(host, {"inner.0": factors}), file)
    network, _ = create_lycoris_from_weights(1.0, str(file), model)
    (module,) = network.loras
    ours = copy.deepcopy(base).double()
    with torch.no_grad():
        ours.weight.copy_(changed(factors, base.weight))
        base.double()
        torch.testing.assert_close(ours(x), module.double()(x), rtol=IN_FLOAT64, atol=IN_FLOAT64)
        assert not torch.allclose(ours(x), base(x), rtol=0.1)


def is_loaded_by_lycoris(case: Case) -> bool:
    """Its loader takes the rank of a Tucker form of LoKr from the wrong side, and has magnitudes of
    rows only.
    """
    _, kind, settings = case
    return (
        case not in READ_ONLY
        and settings.get("wd_on_out", True)
        and not (kind is LokrModule and "use_tucker" in settings)
    )


@pytest.mark.parametrize(("layer", "kind", "settings"), [*filter(is_loaded_by_lycoris, CASES)])
def test_lycoris_loads_what_is_written(
    layer: str, kind: type[LycorisBaseModule], settings: dict[str, Any], tmp_path: Path
) -> None:
    # Its loader copies all into float32.
    tensors = {key: each.float() for key, each in contents(trained(LAYERS[layer](), kind, settings)).items()}
    factors = read_one(saved(tmp_path / "a.safetensors", tensors))
    x = random(*INPUTS[layer], dtype=torch.float64)
    loaded_does_what_is_meant(LAYERS[layer](), factors, x, tmp_path / "b.safetensors")


def test_the_scale_of_two_whole_factors_goes_into_their_numbers(tmp_path: Path) -> None:
    """PEFT has one there, and LyCORIS reads none.

    (By a power of two, since its loader rounds to float32.)
    """
    w1, w2 = LazyTensor.of(random(5, 4)), LazyTensor.of(random(8, 6, seed=1))
    x = random(3, 24, dtype=torch.float64)
    loaded_does_what_is_meant(
        nn.Linear(24, 40), LokrFactors(0.25, w1=w1, w2=w2), x, tmp_path / "a.safetensors"
    )


def test_two_whole_factors_have_the_scale_1_whatever_alpha_says(tmp_path: Path) -> None:
    tensors = {"lokr_w1": random(5, 4), "lokr_w2": random(8, 6), "alpha": torch.tensor(7.0)}
    file = saved(tmp_path / "a.safetensors", {f"{NAME}.{part}": each for part, each in tensors.items()})
    assert read_one(file).scale == 1


def test_alpha_gives_the_scale_back(tmp_path: Path) -> None:
    alphas = (0.1, 1 / 3, 1.0, 3.0, 16.0, 27.0, 7 * math.sqrt(2))
    scales = {(rank, alpha / rank): f"{rank}-{i}" for rank in range(1, 65) for i, alpha in enumerate(alphas)}
    adapter = Adapter(
        Host(modules=(PATH,)),
        {
            f"unet.conv_in_{name}": LoraFactors(
                LazyTensor.of(torch.ones(rank, 2)), LazyTensor.of(torch.ones(1, rank)), scale
            )
            for (rank, scale), name in scales.items()
        },
    )
    read = kohya.read(written(kohya, adapter, tmp_path / "a.safetensors"))
    found: Any = {path.removeprefix("lora_unet_"): each for path, each in read.modules.items()}
    assert len(found) == len(scales)
    for (_, scale), name in scales.items():
        assert found[f"conv_in_{name}"].scale == scale


def test_alpha_is_stored_as_all_store_it_where_that_is_enough(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    A, B = LazyTensor.of(torch.ones(3, 6)), LazyTensor.of(torch.ones(4, 3))
    for scale, dtype in ((2 / 3, torch.float32), (0.1 / 3, torch.float64)):
        adapter = Adapter(Host(modules=(PATH,)), {PATH: LoraFactors(A, B, scale)})
        file = written(kohya, adapter, tmp_path / f"{scale}.safetensors")
        assert load_file(file)[f"{NAME}.alpha"].dtype == dtype


def test_a_bias_beside_lora_is_not_scaled(tmp_path: Path) -> None:
    parts = LORA | {"alpha": torch.tensor(3.0), "diff_b": random(4)}
    factors = read_one(
        saved(tmp_path / "a.safetensors", {f"{NAME}.{part}": each for part, each in parts.items()})
    )
    torch.testing.assert_close(
        changed_bias(factors, torch.zeros(4), (4, 6)), parts["diff_b"].double(), rtol=1e-15, atol=0
    )


def test_lokr_of_a_convolution_as_peft_has_it_is_the_same_product(tmp_path: Path) -> None:
    """PEFT keeps a kernel in w2 (b, d, k, k); here it is a matrix until it is written."""
    w1, w2 = random(2, 2), random(3, 2, 3, 3, seed=1)
    factors = LokrFactors(1.0, w1=LazyTensor.of(w1), w2=LazyTensor.of(w2))
    adapter = Adapter(Host(modules=(PATH,), kernels={PATH: (3, 3)}), {PATH: factors})
    again = read_one(written(kohya, adapter, tmp_path / "a.safetensors"))
    W = random(6, 4, 3, 3, seed=2)
    assert torch.equal(changed(again, W), changed(factors, W))
