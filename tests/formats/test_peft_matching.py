"""Names written for PEFT hit what they were written for, by PEFT's own matching functions."""

from __future__ import annotations

import random
import re
from types import SimpleNamespace

import pytest

from lorasurgery.formats.peft.matching import (
    MAX_SINGLE_PATTERNS,
    keeps_out,
    read_patterns,
    savable,
    target_names,
    value_patterns,
)
from support.hangs import never_hangs

peft_matching = pytest.importorskip("peft.tuners.tuners_utils")

LLAMA = [
    f"model.layers.{i}.{name}"
    for i in range(12)
    for name in (
        "input_layernorm",
        "mlp",
        "mlp.up_proj",
        "mlp.down_proj",
        "self_attn",
        "self_attn.q_proj",
        "self_attn.k_proj",
    )
] + ["lm_head", "model", "model.embed_tokens", "model.layers", "model.norm"]

AWKWARD = [
    "lin",
    "zblk",
    "zblk.lin",
    "blk",
    "a.zblk.lin",
    "layers.1",
    "layers.11",
    "x.layers.1",
    "layers.1.lin",
    "layersX1",
]
METACHARACTERS = [
    "a+b",
    "x.a+b",
    "(c",
    "x.(c",
    "d[0]",
    "x.d[0]",
    "e|f",
    "e",
    "f",
    "x.e",
    "x.f",
    "a*b.lin",
    "lin",
]
MODELS = {"llama": LLAMA, "awkward": AWKWARD, "metacharacters": METACHARACTERS}


def hits(target_modules, names, modules_to_save=None):
    """What PEFT itself finds."""
    config = SimpleNamespace(
        target_modules=target_modules, modules_to_save=modules_to_save, target_parameters=None
    )
    return {name for name in names if peft_matching.check_target_module_exists(config, name)}


def random_subsets(names, count):
    draw = random.Random(0)
    return [draw.sample(names, draw.randint(1, len(names))) for _ in range(count)]


@pytest.mark.parametrize("model", MODELS)
def test_target_modules_hit_exactly_the_wanted_modules(model):
    for wanted in random_subsets(MODELS[model], 200):
        assert hits(target_names(wanted, MODELS[model]), MODELS[model]) == set(wanted)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([name for name in LLAMA if name.endswith("_proj")], ["down_proj", "k_proj", "q_proj", "up_proj"]),
        (
            [name for name in LLAMA if "layers.3." in name and name.endswith("q_proj")],
            ["layers.3.self_attn.q_proj"],
        ),
        (["lm_head"], ["lm_head"]),
        (["model.norm"], ["norm"]),
    ],
)
def test_target_modules_are_as_short_as_can_be(wanted, expected):
    assert target_names(wanted, LLAMA) == expected


def test_a_name_that_ends_an_unwanted_one_becomes_an_expression():
    assert target_names(["lin"], ["lin", "zblk.lin"]) == "lin"
    assert target_names(["layers.1"], ["layers.1", "x.layers.1", "layers.11", "layersX1"]) == r"layers\.1"


def test_adding_the_same_suffix_elsewhere_lengthens_the_name():
    assert target_names(["a.b.q"], ["a.b.q", "a.c.q"]) == ["b.q"]
    assert target_names(["a.b.q", "a.c.q"], ["a.b.q", "a.c.q"]) == ["q"]


def peft_value(patterns, default, name):
    """What PEFT itself reads, from a config as it lies on disk: keys sorted."""
    from peft.utils.other import get_pattern_key

    ordered = {key: patterns[key] for key in sorted(patterns)}
    return ordered.get(get_pattern_key(ordered, name), default)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("number_of_values", [1, 2, 5])
def test_patterns_give_every_module_its_own_value(model, number_of_values):
    draw = random.Random(1)
    for names in random_subsets(MODELS[model], 60):
        values = {name: draw.randint(1, number_of_values) for name in names}
        default, patterns = value_patterns(values)
        assert {name: peft_value(patterns, default, name) for name in names} == values
        read = read_patterns(patterns, default)
        assert {name: read(name) for name in names} == values
        assert not any(value == default for value in patterns.values())


def test_the_commonest_value_needs_no_pattern_and_others_are_suffixes():
    values = {name: 16 if name.endswith("q_proj") else 8 for name in LLAMA if name.endswith("_proj")}
    assert value_patterns(values) == (8, {"q_proj": 16})


def test_many_patterns_are_joined_and_mean_the_same():
    draw = random.Random(2)
    values = {
        f"model.layers.{i}.mlp.{name}_proj": draw.randint(1, 6) for i in range(200) for name in ("up", "down")
    }
    default, patterns = value_patterns(values)
    assert len(patterns) < 6 < MAX_SINGLE_PATTERNS < len(values)
    assert {name: peft_value(patterns, default, name) for name in values} == values


def wrapped(entries, names):
    """What PEFT itself saves whole, by the line that decides it in `_set_trainable`."""
    return {key for key in names if any(key.endswith(entry) for entry in entries)}


@pytest.mark.parametrize("model", MODELS)
def test_savable_modules_are_hit_and_no_others(model):
    names = MODELS[model]
    for wanted in random_subsets(names, 100):
        kept = savable(wanted, names, [])
        assert kept <= set(wanted)
        assert wrapped(kept, names) == kept
        refused = set(wanted) - kept
        assert all(not re.fullmatch(r"[\w.]+", name) or wrapped([name], names) - kept for name in refused)


def test_a_top_level_norm_cannot_be_saved_beside_other_norms():
    names = ["norm", "layers.0.input_layernorm", "layers.0.mlp"]
    assert savable(["norm"], names, []) == set()
    assert savable(["norm", "layers.0.input_layernorm"], names, []) == {"norm", "layers.0.input_layernorm"}


def test_a_saved_module_never_keeps_lora_out_of_an_adapted_one():
    names = ["classifier", "classifier.dense", "x.classifier.q", "pooler"]
    assert savable(["classifier", "pooler"], names, ["x.classifier.q"]) == {"pooler"}
    for entry in ("classifier", "pooler"):
        kept = hits(["q"], names, [entry]) == {"x.classifier.q"}
        assert kept is not keeps_out(entry, "x.classifier.q")


@pytest.mark.slow
def test_matching_stays_fast_for_twenty_thousand_modules():
    names = [
        f"model.layers.{i}.mlp.experts.{e}.{w}"
        for i in range(52)
        for e in range(128)
        for w in ("w1", "w2", "w3")
    ]
    draw = random.Random(3)
    wanted = draw.sample(names, 15000)
    norms = [f"model.layers.{i}.input_layernorm" for i in range(52)]
    # About 3 s; anything quadratic takes minutes.
    with never_hangs():
        target_names(wanted, names + norms)
        value_patterns({name: draw.randint(1, 32) for name in wanted})
        savable(norms, names + norms, wanted)


def test_patterns_of_every_kind_say_what_peft_says():
    names = [f"model.layers.{i}.{kind}" for i in (1, 11, 21) for kind in ("q_proj", "mlp.up", "1")]
    names += ["q_proj", "xq_proj", "layers_1_q", "layers.1"]
    keys = [
        "q_proj",
        "layers.1.q_proj",
        r"layers\.1\.q_proj",
        "^q_proj",
        "q_proj$",
        ".*q_proj",
        ".*1",
        "layers.1",
        "^model.layers.1.mlp.up$",
        "(q_proj|mlp.up)",
        "q_proj|up",
        "(?:layers.)?1",
        "[qx]q?_proj",
        r"\d+",
        "1+.q_proj",
        r"layers\.(1|21)\..*",
        "(^q_proj|1)",
        "",
        ".",
        "a)|(up",
    ]
    random_ = random.Random(0)
    for _ in range(200):
        chosen = random_.sample(keys, 4)
        patterns = {key: float(i) for i, key in enumerate(chosen)}
        read = read_patterns(patterns, 9.0)
        assert {name: read(name) for name in names} == {
            name: peft_value(patterns, 9.0, name) for name in names
        }


@pytest.mark.parametrize(
    "spelled",
    [str, re.escape, lambda name: f"^{re.escape(name)}$", lambda name: name.replace("mod", "m[op]d")],
)
def test_a_pattern_for_every_module_takes_a_time_that_grows_with_the_modules(spelled):
    names = [f"model.layers.{i}.mlp.experts.{j}.up_proj" for i in range(40) for j in range(50)]
    with never_hangs():
        read = read_patterns({spelled(name): float(i) for i, name in enumerate(names)}, 0.0)
        assert [read(name) for name in names] == list(range(2000))
