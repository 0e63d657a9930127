"""The committed fixtures are what fixtures/make.py makes, and are what their README says."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from support.paths import FIXTURES

HAND_WRITTEN = {"README.md", "make.py", "make_quantised.py", "quantised.safetensors"}
WEAKEST_PLANTED_OVER_NOISE = 3.0
# `secret` is sound; of two entries of one name the library keeps the last without a word.
OPENED_BY_SAFETENSORS = {"secret", "duplicate-key"}


def files_below(folder: Path) -> dict[str, Path]:
    """List files by their path below `folder`, those that Python leaves behind aside."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path for path in files}


def tensors(name: str) -> dict[str, torch.Tensor]:
    """Read a fixture with the libraries alone."""
    pickled = FIXTURES / name / "pytorch_model.bin"
    if pickled.exists():
        return dict(torch.load(pickled, weights_only=True))
    shards = sorted((FIXTURES / name).glob("*.safetensors"))
    return {key: tensor for shard in shards for key, tensor in load_file(shard).items()}


def change(base: str, tuned: str, name: str) -> torch.Tensor:
    """Return tuned − base in float64."""
    return tensors(tuned)[name].double() - tensors(base)[name].double()


@pytest.fixture(scope="module")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("fixtures")
    runpy.run_path(str(FIXTURES / "make.py"))["main"](out)
    return out


def test_the_committed_files_are_those_that_make_writes(remade: Path) -> None:
    assert files_below(remade).keys() == files_below(FIXTURES).keys() - HAND_WRITTEN


def test_every_file_is_remade_byte_for_byte(remade: Path) -> None:
    committed = files_below(FIXTURES)
    # torch.save's container belongs to torch's version; its tensors are compared below.
    stable = {name: file for name, file in files_below(remade).items() if file.suffix not in (".bin", ".pt")}
    differing = [name for name, file in stable.items() if file.read_bytes() != committed[name].read_bytes()]
    assert differing == []


def test_the_pickled_base_is_remade_tensor_for_tensor(remade: Path) -> None:
    again = torch.load(remade / "gpt2-base" / "pytorch_model.bin", weights_only=True)
    committed = tensors("gpt2-base")
    assert again.keys() == committed.keys()
    assert all(torch.equal(again[name], committed[name]) for name in committed)


def test_the_readme_has_a_line_for_every_fixture() -> None:
    text = (FIXTURES / "README.md").read_text(encoding="utf-8")
    tops = {path for folder in (FIXTURES, FIXTURES / "broken") for path in folder.iterdir()}
    names = {path.name for path in tops} - HAND_WRITTEN - {"broken", "__pycache__"}
    assert [name for name in sorted(names) if f"`{name}" not in text] == []


def test_the_fixtures_stay_small() -> None:
    assert sum(file.stat().st_size for file in files_below(FIXTURES).values()) < 4_500_000


@pytest.mark.parametrize(
    ("folder", "auto_class"),
    [
        ("bert-base", "AutoModel"),
        ("bert-tuned", "AutoModelForSequenceClassification"),
        *[
            (f"{family}-{side}", "AutoModelForCausalLM")
            for family in ("llama", "gpt2", "mixtral")
            for side in ("base", "tuned")
        ],
        ("llama-resized", "AutoModelForCausalLM"),
        ("llama-merged", "AutoModelForCausalLM"),
        ("broken/nan", "AutoModelForCausalLM"),
    ],
)
def test_transformers_loads_every_tensor(folder: str, auto_class: str) -> None:
    import transformers

    loader = getattr(transformers, auto_class)
    _, loading = loader.from_pretrained(FIXTURES / folder, output_loading_info=True)
    assert {kind: names for kind, names in loading.items() if names} == {}


def test_the_tokenizer_knows_words_and_spells_out_the_rest() -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(FIXTURES / "bert-tuned")
    assert tokenizer.tokenize("The film is zany") == ["the", "film", "is", "z", "##a", "##n", "##y"]
    assert len(tokenizer) == 256


def test_the_bert_pair_differs_in_prefix_head_and_buffer() -> None:
    base, tuned = tensors("bert-base"), tensors("bert-tuned")
    assert {f"bert.{name}" for name in base} - tuned.keys() == {"bert.embeddings.position_ids"}
    assert tuned.keys() - {f"bert.{name}" for name in base} == {"classifier.weight", "classifier.bias"}


def test_five_rows_of_the_word_embedding_moved() -> None:
    name = "embeddings.word_embeddings.weight"
    delta = tensors("bert-tuned")[f"bert.{name}"] - tensors("bert-base")[name]
    assert delta.any(dim=1).nonzero().flatten().tolist() == [7, 40, 41, 99, 200]


def test_llama_is_sharded_in_three_and_two() -> None:
    counts = [len(list((FIXTURES / name).glob("*.safetensors"))) for name in ("llama-base", "llama-tuned")]
    assert counts == [3, 2]


def test_what_llama_tuned_leaves_alone_is_byte_identical() -> None:
    base, tuned = tensors("llama-base"), tensors("llama-tuned")
    same = {name for name in base if torch.equal(base[name], tuned[name])}
    layer_norms = {name for name in base if name.endswith("layernorm.weight")}
    assert same == layer_norms | {"model.embed_tokens.weight", "model.layers.1.self_attn.k_proj.weight"}


@pytest.mark.parametrize("name", [key for key in tensors("llama-base") if "_proj" in key])
def test_merged_llama_hides_rank_four_above_the_rounding_noise(name: str) -> None:
    singular_values = torch.linalg.svdvals(change("llama-base", "llama-merged", name))
    assert singular_values[3] > WEAKEST_PLANTED_OVER_NOISE * singular_values[4]


def test_merged_llama_changes_nothing_else() -> None:
    base, merged = tensors("llama-base"), tensors("llama-merged")
    changed = {name for name in base if not torch.equal(base[name], merged[name])}
    assert changed == {name for name in base if "_proj" in name}


def test_resized_llama_has_five_more_rows_on_both_ends() -> None:
    base, resized = tensors("llama-base"), tensors("llama-resized")
    longer = {name: resized[name].shape[0] - base[name].shape[0] for name in base}
    assert {name: rows for name, rows in longer.items() if rows} == {
        "model.embed_tokens.weight": 5,
        "lm_head.weight": 5,
    }


def test_gpt2_ties_its_head_by_storage() -> None:
    base = tensors("gpt2-base")
    assert base["lm_head.weight"].data_ptr() == base["transformer.wte.weight"].data_ptr()
    assert tensors("gpt2-tuned").keys() == base.keys() - {"lm_head.weight"}


@pytest.mark.parametrize(
    "file",
    [
        file
        for file in sorted((FIXTURES / "broken").glob("*.safetensors"))
        if file.stem not in OPENED_BY_SAFETENSORS
    ],
    ids=lambda file: file.stem,
)
def test_the_format_s_own_library_refuses_it(file: Path) -> None:
    with pytest.raises(SafetensorError), safe_open(file, "pt"):
        pass


def test_the_pickle_would_run_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.load(FIXTURES / "broken" / "pickle-with-code.bin", weights_only=False)
    assert (tmp_path / "pickle-was-run").exists()


def test_nan_is_one_element_of_one_weight() -> None:
    counts = {name: int(tensor.isnan().sum()) for name, tensor in tensors("broken/nan").items()}
    assert {name: count for name, count in counts.items() if count} == {
        "model.layers.0.mlp.up_proj.weight": 1
    }
