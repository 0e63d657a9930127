"""The facts on vLLM and SGLang are what their source says: excerpts of it are read again, offline."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from lorasurgery import targets

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "tools"))

import read_sglang  # noqa: E402 - tools are scripts, next to the package
from excerpt import parted  # noqa: E402
from read_vllm import MODELS, adapter_facts, facts_of_class  # noqa: E402
from static_python import ComputedError, SourceTree  # noqa: E402

VERSION = "0.33.0"
CLASSES = {
    "LlamaForCausalLM": "llama",
    "Qwen3MoeForCausalLM": "qwen3_moe",
    "Qwen2VLForConditionalGeneration": "qwen2_vl",
    "GptOssForCausalLM": "gpt_oss",
    "BertModel": "bert",
}
# What the registry calls a class otherwise than its module.
BY_ANOTHER_NAME = {"BertModel": "BertEmbeddingModel"}


def tree_of(files: dict[str, str]) -> SourceTree:
    names = {path.removesuffix(".py").replace("/", "."): path for path in files}
    return SourceTree(files.__getitem__, names)


@pytest.fixture(scope="module")
def source() -> SourceTree:
    return tree_of(parted((HERE / f"vllm-{VERSION}.txt").read_text()))


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return targets.facts_of("vllm", VERSION)


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_says_in_the_source_what_the_facts_say(
    name: str, source: SourceTree, facts: dict[str, Any]
) -> None:
    model = source.find_class(f"{MODELS}.{CLASSES[name]}", BY_ANOTHER_NAME.get(name, name))
    assert model is not None
    found = facts_of_class(source, model)
    stated = dict(facts["classes"][name])
    # The text models that a class builds stand in its constructor, which the excerpt leaves out.
    stated.pop("text_models", None)
    assert found == stated


def test_what_is_read_of_an_adapter_is_what_the_facts_say(source: SourceTree, facts: dict[str, Any]) -> None:
    assert adapter_facts(source) == facts["adapter"]


SGLANG = {
    "Qwen2_5_VLForConditionalGeneration": "qwen2_5_vl",
    "Gemma3ForConditionalGeneration": "gemma3_mm",
}


def test_sglang_says_in_the_source_what_the_facts_say() -> None:
    tree, facts = (
        tree_of(parted((HERE / "sglang-0.5.23.txt").read_text())),
        targets.facts_of("sglang", "0.5.23"),
    )
    assert read_sglang.adapter_facts(tree) == facts["adapter"]
    for name, module in SGLANG.items():
        model = tree.find_class(f"{read_sglang.MODELS}.{module}", name)
        assert model is not None
        assert read_sglang.facts_of_class(tree, model) == facts["classes"][name]


def test_every_fact_has_a_source() -> None:
    for version in targets.versions("vllm"):
        found = targets.facts_of("vllm", version)
        source = found["source"]
        assert source["version"] == version
        assert {"repository", "wheel", "sha256", "date", "commit"} <= source.keys()
        assert all(each["path"].startswith("vllm/") for each in found["classes"].values())


@pytest.mark.parametrize("name", targets.names())
def test_every_file_of_facts_names_its_repository_and_state_and_day(name: str) -> None:
    for version in targets.versions(name):
        facts = targets.facts_of(name, version)
        source = facts["source"]
        assert source["repository"].startswith("https://github.com/")
        assert source["version"] == version
        # A commit, or a wheel by its hash.
        assert re.fullmatch(r"[0-9a-f]{9,64}", source.get("commit", source.get("sha256", "")))
        assert re.match(r"20\d\d-\d\d-\d\d", source["date"])
        assert source.get("path") or facts["adapter"]["path"]


def test_tables_are_read_along_bases_imports_and_joins() -> None:
    tree = tree_of(
        {
            "a/one.py": "class Base:\n    packed = {'qkv': ['q', *REST]}\nREST = ['k', 'v']\n",
            "a/two.py": "from .one import Base as Other\nclass Own(Other):\n    table = WeightsMapper("
            "orig_to_new_prefix={'a.': 'b.'}) | Other.more\n",
        }
    )
    own = tree.find_class("a.two", "Own")
    assert own is not None
    assert tree.attribute(own, "packed") == {"qkv": ["q", "k", "v"]}
    with pytest.raises(ComputedError):
        tree.value(__import__("ast").parse("made()").body[0].value, own)
