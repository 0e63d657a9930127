"""The names of every family, held against diffusers' own models and its converters of single files.

Each module of a small model of diffusers, on the meta device, gets labelled rows; what our table makes
of them, under the original names, goes through diffusers' converter, which must give the labels back.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from lorasurgery.formats._image.families import families
from lorasurgery.formats._image.families._family import Family, Naming
from lorasurgery.formats._image.flat_names import flattened
from lorasurgery.formats._image.image_file import ModuleFactors
from lorasurgery.formats._image.renaming import Reading, readings, renamed
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.lora import LoraFactors
from support.comfyui_names import ORIGINAL
from support.family_cases import CASES, Case

diffusers = pytest.importorskip("diffusers")
single = pytest.importorskip("diffusers.loaders.single_file_utils")

FAMILIES = {family.name: family for family in families()}
CLIP = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2}


IDS = [f"{case.family}-{case.class_name}-{index}" for index, case in enumerate(CASES)]


def matrices(case: Case) -> dict[str, Tensor]:
    """The weight of every module of the class, without any memory."""
    with torch.device("meta"):
        model = getattr(diffusers, case.class_name)(**case.config)
    return weights_of(model)


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    return {
        name: module.weight
        for name, module in model.named_modules()
        if getattr(module, "weight", None) is not None
    }


def labelled(weights: dict[str, Tensor]) -> tuple[dict[str, ModuleFactors], dict[str, Tensor]]:
    """Factors whose product has the labels in every column, and the labels: a number for each row."""
    modules, labels, start = {}, {}, 0
    for name, weight in weights.items():
        rows, width = weight.shape[0], weight[0].numel() if weight.ndim > 1 else 1
        labels[name] = torch.arange(start, start + rows, dtype=torch.float64)
        start += rows
        A = LazyTensor.of(torch.ones(1, width, dtype=torch.float64))
        modules[name] = ModuleFactors(LoraFactors(A, LazyTensor.of(labels[name][:, None])), ())
    return modules, labels


def original_of(family: Family, modules: dict[str, ModuleFactors], spelling: int = -1) -> dict[str, Tensor]:
    """The labels of the rows of original modules, by the names that the authors have."""
    flat = {name: flattened(name) for name in modules}
    strangers = [name for name in flat if family.find(flat[name], "diffusers") is None]
    assert not strangers
    reading = next(each for each in readings(flat) if each.family is family and each.naming == "diffusers")
    found = {}
    for name, module in renamed(modules, reading, "original").items():
        factors = module.factors
        assert isinstance(factors, LoraFactors)
        place = family.find(flattened(name), "original")
        assert place is not None
        found[family.originals(place)[spelling]] = factors.B.read() @ factors.A.read()[:, 0]
    return found


def state_dict(labels: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Weights and biases of original modules; norms of queries and keys call theirs a scale."""
    found: dict[str, Tensor] = {}
    for name, rows in labels.items():
        is_scale = name.endswith(("query_norm", "key_norm")) or "distilled_guidance_layer.norms" in name
        found[f"{prefix}{name}.{'scale' if is_scale else 'weight'}"] = rows[:, None]
        found[f"{prefix}{name}.bias"] = rows
    return found


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_diffusers_converts_our_original_names_back(case: Case) -> None:
    family = FAMILIES[case.family]
    assert case.class_name in family.classes
    modules, labels = labelled(matrices(case))
    original = original_of(family, modules, case.spelling)
    given = state_dict(original, case.prefix)
    if case.family in ADDED:
        given[ADDED[case.family]] = torch.zeros(1)
    converted = case.converter(given, config=case.config)
    for name, rows in labels.items():
        assert torch.equal(converted[f"{name}.weight"].flatten(), rows), name


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_original_names_become_the_modules_again(case: Case) -> None:
    family = FAMILIES[case.family]
    modules, labels = labelled(matrices(case))
    original = renamed(modules, reading_of(family, modules, "diffusers"), "original")
    back = renamed(original, reading_of(family, original, "original"), "diffusers")
    assert set(back) == set(labels)
    for name, rows in labels.items():
        factors = back[name].factors
        assert isinstance(factors, LoraFactors)
        assert torch.equal(factors.B.read() @ factors.A.read()[:, 0], rows), name
        assert factors.rank == 1


# Parameters that a converter wants and that are no module's weight.
ADDED = {"Stable Diffusion 3": "pos_embed", "AuraFlow": "positional_encoding"}
# ComfyUI's models that a family's table is for, where it is not of the family's name.
OTHER_MODELS = {"Chroma": "Flux.1", "Wan VACE": "Wan"}
# No layer of diffusers' models.
NOT_IN_DIFFUSERS = {"norm_final"}


@pytest.mark.parametrize("model", ORIGINAL)
def test_the_first_original_names_are_those_of_comfyuis_models(model: str) -> None:
    family = FAMILIES[OTHER_MODELS.get(model, model)]
    for name in {*ORIGINAL[model]} - NOT_IN_DIFFUSERS:
        place = family.find(flattened(name), "original")
        assert place is not None, name
        assert family.originals(place)[0] == name


def reading_of(family: Family, modules: dict[str, ModuleFactors], naming: Naming) -> Reading:
    places = {name: family.find(flattened(name), naming) for name in modules}
    return Reading(family, naming, {name: place for name, place in places.items() if place is not None})


def test_openclips_names_are_transformers_own() -> None:
    transformers = pytest.importorskip("transformers")
    config = transformers.CLIPTextConfig(**CLIP, vocab_size=64)
    with torch.device("meta"):
        weights = weights_of(transformers.CLIPTextModel(config))
    names = {f"text_model.{name.removeprefix('text_model.')}": each for name, each in weights.items()}
    names = {name: each for name, each in names.items() if "embed" not in name}
    family = FAMILIES["OpenCLIP"]
    modules, labels = labelled(names)
    prefix = "conditioner.embedders.1.model."
    given = {
        f"{prefix}{name}" + ("" if name.endswith("in_proj_weight") else ".weight"): rows[:, None]
        for name, rows in original_of(family, modules).items()
    }

    class TextModel:
        config = transformers.CLIPTextConfig(**CLIP)

    converted = single.convert_open_clip_checkpoint(TextModel(), given, prefix)
    for name, rows in labels.items():
        assert torch.equal(converted[f"{name}.weight"].flatten(), rows), name


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_no_name_of_a_family_has_two_readings(family: Family) -> None:
    original = {rule.original: rule.original for rule in family.rules} | family.also
    parts = {name: name for rule in family.rules for name in rule.diffusers}
    for names in (original, parts):
        found = {(flattened(name), module) for name, module in names.items()}
        assert len({flat for flat, _ in found}) == len(found)
