"""PEFT's methods as a whole.

All are known, those that replace parameters replace them, and what cannot be merged says why.
"""

from __future__ import annotations

import json
from pathlib import Path

import peft
import pytest
import torch
from peft import PeftModel
from peft.tuners.delora.layer import DeloraLayer
from peft.tuners.frod.layer import FrodLayer
from peft.tuners.frod.model import _category_from_key
from safetensors.torch import load_file, save_file

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.formats.peft import reader
from lorasurgery.formats.peft.refused_methods import REFUSED
from lorasurgery.formats.peft.variant_readers import VARIANTS, _frod_kind
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.delora import DeloraFactors
from lorasurgery.variants.edit import Dense, Function, Sum, Term, lazy_tensors
from lorasurgery.variants.fourierft import FourierftFactors, drawn_places
from lorasurgery.variants.frod import FrodFactors
from support.dense_edits import applied
from support.peft_methods import Layers, make

LINEAR = ["square", "up", "down"]
IN_FLOAT32 = 1e-5  # what PEFT computes in float32 even for a model in float64


def test_every_method_of_peft_is_merged_or_refused_with_a_reason() -> None:
    assert VARIANTS.keys() | REFUSED.keys() == {method.value for method in peft.PeftType}
    assert not VARIANTS.keys() & REFUSED.keys()


@pytest.mark.parametrize("method", sorted(REFUSED))
def test_a_refused_method_says_what_to_do_instead(method: str, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(f'{{"peft_type": "{method}"}}')
    with pytest.raises(UnsupportedError, match=rf"is a {method} adapter: .*\b(load it|merge)\b"):
        reader.read(tmp_path)


@pytest.mark.parametrize(
    ("config", "setting"),
    [
        (peft.UniLoraConfig(target_modules=LINEAR, theta_d_length=50), "save_indices"),
        (peft.TinyLoraConfig(target_modules=LINEAR, u=6, save_projection=False), "save_projection"),
        (
            peft.SupertuningConfig(target_modules=LINEAR, sparsity=0.9, save_precomputed_indices=False),
            "save_precomputed_indices",
        ),
    ],
)
def test_what_peft_left_out_of_the_file_is_asked_for_and_can_be_had(
    config: peft.PeftConfig, setting: str, tmp_path: Path
) -> None:
    case = make(config, tmp_path)
    with pytest.raises(UnsupportedError, match=f"Set {setting} to true in adapter_config.json"):
        reader.read(tmp_path)
    _change(tmp_path, setting, True)
    model = Layers().double()
    model.load_state_dict(case.before)
    loaded = PeftModel.from_pretrained(model, tmp_path, autocast_adapter_dtype=False)
    loaded.save_pretrained(tmp_path / "again")
    for path, factors in reader.read(tmp_path / "again").modules.items():
        W, expected = case.before[f"{path}.weight"], case.merged[f"{path}.weight"]
        assert not torch.equal(W, expected)
        after = applied(factors.edit(tuple(W.shape)).weight, W)
        torch.testing.assert_close(after, expected, rtol=1e-12, atol=1e-12)


def _change(folder: Path, setting: str, value: object) -> None:
    file = folder / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), setting: value}))


def test_shared_tensors_without_modules_are_damage(tmp_path: Path) -> None:
    make(peft.UniLoraConfig(target_modules=LINEAR, theta_d_length=50), tmp_path)
    _change(tmp_path, "save_indices", True)
    with pytest.raises(DamagedFileError, match="unilora_theta_d"):
        reader.read(tmp_path)


def test_a_shared_tensor_that_is_missing_is_damage(tmp_path: Path) -> None:
    make(peft.VBLoRAConfig(target_modules=LINEAR, num_vectors=10, vector_length=8), tmp_path)
    file = tmp_path / "adapter_model.safetensors"
    save_file({k: v for k, v in load_file(file).items() if "vector_bank" not in k}, file)
    with pytest.raises(DamagedFileError, match="vblora_vector_bank"):
        reader.read(tmp_path)


def test_layer_norms_that_were_tuned_replace_those_of_the_base(tmp_path: Path) -> None:
    case = make(peft.LNTuningConfig(target_modules=["norm"]), tmp_path)
    adapter = reader.read(tmp_path)
    changed = {name for name in case.before if not torch.equal(case.before[name], case.merged[name])}
    assert not adapter.modules
    assert adapter.replaced.keys() == changed == {"norm.weight", "norm.bias"}
    assert all(torch.equal(adapter.replaced[name].read(), case.merged[name]) for name in changed)


def test_trained_tokens_replace_rows_of_the_embedding(tmp_path: Path) -> None:
    case = make(peft.TrainableTokensConfig(target_modules=["table"], token_indices=[7, 3]), tmp_path)
    adapter = reader.read(tmp_path)
    assert not adapter.modules
    assert not adapter.replaced
    (rows,) = adapter.token_rows.values()
    after = case.before["table.weight"].clone()
    after[list(rows.indices)] = rows.rows.read()
    assert not torch.equal(after, case.before["table.weight"])
    assert torch.equal(after, case.merged["table.weight"])


TURNED = {"target_modules": ["turned"]}


@pytest.mark.parametrize(
    ("config", "tolerance"),
    [
        (peft.DeftConfig(r=3, alpha=5, **TURNED), IN_FLOAT32),
        (peft.FourierFTConfig(n_frequency=40, **TURNED), IN_FLOAT32),
        (peft.FrodConfig(progressbar=False, **TURNED), IN_FLOAT32),
        (peft.GraloraConfig(r=4, alpha=6, hybrid_r=2, **TURNED), 1e-12),
        (peft.TinyLoraConfig(u=6, **TURNED), 1e-12),
        (peft.UniLoraConfig(theta_d_length=50, save_indices=True, **TURNED), 1e-12),
        (peft.VBLoRAConfig(num_vectors=10, vector_length=8, topk=3, **TURNED), 1e-12),
        (peft.WaveFTConfig(n_frequency=40, **TURNED), 1e-12),
    ],
    ids=lambda value: getattr(value, "peft_type", None),
)
def test_a_layer_that_stores_its_weight_transposed_is_changed_as_peft_changes_it(
    config: peft.PeftConfig, tolerance: float, tmp_path: Path
) -> None:
    case = make(config, tmp_path)
    W, expected = case.before["turned.weight"].T, case.merged["turned.weight"].T
    after = applied(reader.read(tmp_path).modules["turned"].edit(tuple(W.shape)).weight, W)
    assert not torch.equal(expected, W)
    assert float((after - expected).abs().max() / (expected - W).abs().max()) <= tolerance


def test_a_bias_that_glora_changes_by_its_weight_is_refused(tmp_path: Path) -> None:
    make(peft.GloraConfig(target_modules=["square"], config_C="vector"), tmp_path)
    with pytest.raises(UnsupportedError, match="config_C='none'"):
        reader.read(tmp_path)


def test_glora_without_a_bias_has_no_c_to_refuse(tmp_path: Path) -> None:
    make(peft.GloraConfig(target_modules=["down"]), tmp_path)
    assert reader.read(tmp_path).modules["down"].edit((16, 32)).bias is None


def test_tinylora_refuses_matrices_that_its_seed_does_not_give(tmp_path: Path) -> None:
    make(peft.TinyLoraConfig(target_modules=LINEAR, u=6), tmp_path)
    file = tmp_path / "adapter_model.safetensors"
    tensors = load_file(file)
    tensors["base_model.model.square.tinylora_P"] += 1
    save_file(tensors, file)
    with pytest.raises(UnsupportedError, match="which of its vectors"):
        reader.read(tmp_path).modules["square"].edit((16, 16))


@pytest.mark.parametrize(
    ("config", "setting"),
    [
        (peft.WaveFTConfig(target_modules=["square"], n_frequency=40), "wavelet_family"),
        (peft.PeanutConfig(target_modules=["square"], r=4), "act_fn"),
        (peft.DeftConfig(target_modules=["square"], r=4), "decomposition_method"),
    ],
)
def test_a_setting_of_tomorrow_is_refused_by_its_name(
    config: peft.PeftConfig, setting: str, tmp_path: Path
) -> None:
    make(config, tmp_path)
    _change(tmp_path, setting, "tomorrow's")
    with pytest.raises(UnsupportedError, match=f"{setting} .*tomorrow"):
        reader.read(tmp_path).modules["square"].edit((16, 16))


def test_tensors_of_an_unknown_kind_are_no_part_of_a_method_without_factors(tmp_path: Path) -> None:
    make(peft.LNTuningConfig(target_modules=["norm"]), tmp_path)
    file = tmp_path / "adapter_model.safetensors"
    save_file({"base_model.model.norm.ln_tuning_gate": torch.ones(1)}, file)
    with pytest.raises(DamagedFileError, match="ln_tuning_gate"):
        reader.read(tmp_path)


def test_delora_takes_short_vectors_for_ones_of_the_least_norm() -> None:
    A, B = torch.randn(2, 5).double(), torch.randn(4, 2).double()
    A[0] *= 1e-6
    B[:, 1] *= 1e-7
    strength, norms = torch.tensor([3.0]).double(), torch.rand(5).double()
    change = DeloraFactors(*map(LazyTensor.of, (A, B, strength, norms))).edit((4, 5)).weight
    assert isinstance(change, Sum)
    (term,) = change.terms
    assert isinstance(term, Term)
    torch.testing.assert_close(
        torch.from_numpy(term.left @ term.right),
        DeloraLayer._compute_delta(A, B, strength, 2, norms),
        rtol=1e-12,
        atol=1e-15,
    )


def test_fourierft_gives_the_inverse_transform_to_the_last_digits() -> None:
    """PEFT's own is in float32, and its sizes here are small.

    Angles must not lose digits in a large matrix.
    """
    shape, spectrum = (3001, 7), torch.randn(50)
    change = FourierftFactors(LazyTensor.of(spectrum), 777, 1.0).edit(shape).weight
    assert isinstance(change, Sum)
    (dense,) = change.terms
    assert isinstance(dense, Dense)
    whole = torch.zeros(shape, dtype=torch.float64)
    whole[drawn_places(777, 50, shape)] = spectrum.double()
    expected = torch.fft.ifft2(whole).real
    torch.testing.assert_close(
        dense.rows(2990, 3001), expected[2990:], rtol=0, atol=3e-15 * float(expected.abs().max())
    )


@pytest.mark.parametrize("zeroed", [[], [1], [0, 2]])
def test_frod_takes_a_base_apart_in_a_basis_without_an_inverse_as_peft_does(zeroed: list[int]) -> None:
    torch.manual_seed(0)
    V, W = torch.randn(5, 5).double(), torch.randn(4, 5).double()
    V[:, zeroed] = 0
    U, diagonal = FrodLayer._calculate_frod_u_and_lambda(None, V, W)
    trained = diagonal.double() + torch.rand(5)
    values, places = torch.tensor([0.25, 0.5, -2.0]), torch.tensor([[3, 3, 1], [3, 3, 2]])
    change = FrodFactors(*map(LazyTensor.of, (trained, values, places, V))).edit((4, 5)).weight
    inner = trained.diag() + torch.sparse_coo_tensor(places, values.double(), (5, 5)).to_dense()
    assert isinstance(change, Function)
    torch.testing.assert_close(change.apply(W), U.double() @ inner @ V.T, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "path",
    [
        "head",
        "layers.3",
        "model.layers.0.self_attn.q_proj",
        "encoder.layer.11.attention.output.dense",
        "encoder.layer.11.output.dense",
        "output.dense",
        "h.7.attn",
    ],
)
def test_a_kind_of_modules_is_called_as_frod_calls_it(path: str) -> None:
    assert _frod_kind(path) == _category_from_key(path)


def test_all_tensors_of_factors_are_counted_in_whatever_they_lie(tmp_path: Path) -> None:
    config = peft.VBLoRAConfig(
        target_modules=["up"], num_vectors=10, vector_length=8, save_only_topk_weights=True
    )
    make(config, tmp_path / "mixtures")
    make(peft.PeanutConfig(target_modules=["up"], r=4, depth=2), tmp_path / "network")
    assert len(lazy_tensors(reader.read(tmp_path / "mixtures").modules["up"])) == 5
    assert len(lazy_tensors(reader.read(tmp_path / "network").modules["up"])) == 6
