"""Two checkpoints of one model rarely have the same names.

A prefix, a head, old spellings, extra buffers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lorasurgery.architecture import Architecture, architecture_of, bind
from lorasurgery.architecture.names import architecture_by_names
from lorasurgery.architecture.transformers_class import architecture_by_class
from lorasurgery.checkpoint.value import Checkpoint

Saved = Callable[[str], tuple[Any, Checkpoint]]
CHARGPT = {
    "tok.weight": (7, 4),
    "blocks.0.proj.weight": (4, 4),
    "blocks.0.proj.bias": (4,),
    "ln_f.weight": (4,),
}


@pytest.fixture(params=["table", "transformers", "names"])
def tuned(request: pytest.FixtureRequest, saved: Saved) -> tuple[Architecture, Checkpoint]:
    """The same BERT classifier, described in each of the three ways."""
    _, checkpoint = saved("BertForSequenceClassification")
    architecture = {
        "table": architecture_of(checkpoint),
        "transformers": architecture_by_class(checkpoint.config),
        "names": architecture_by_names(checkpoint),
    }[request.param]
    assert architecture.origin == request.param
    return architecture, checkpoint


def renamed(checkpoint: Checkpoint, rename: Callable[[str], str | None]) -> Checkpoint:
    names = {name: rename(name) for name in checkpoint.tensors}
    return replace(checkpoint, tensors={new: checkpoint.tensors[old] for old, new in names.items() if new})


def without_head(name: str) -> str | None:
    return name.removeprefix("bert.") if name.startswith("bert.") else None


def test_a_base_model_without_prefix_and_head_fits_its_classifier(
    tuned: tuple[Architecture, Checkpoint],
) -> None:
    architecture, checkpoint = tuned
    binding = bind(architecture, renamed(checkpoint, without_head))
    assert set(binding.missing) == {"classifier.weight", "classifier.bias"}
    assert binding.unclaimed == ()
    assert binding.notes == ("names on disk lack the prefix 'bert.'",)
    query = "bert.encoder.layer.1.attention.self.query.weight"
    assert binding.sources[query].tensors == ("encoder.layer.1.attention.self.query.weight",)


def test_a_classifier_fits_its_base_model(saved: Saved) -> None:
    _, checkpoint = saved("BertForSequenceClassification")
    base = renamed(checkpoint, without_head)
    base = replace(base, config=dict(checkpoint.config) | {"architectures": ["BertModel"]})
    for architecture in (
        architecture_of(base),
        architecture_by_class(base.config),
        architecture_by_names(base),
    ):
        binding = bind(architecture, checkpoint)
        assert binding.missing == ()
        assert binding.unclaimed == ("classifier.bias", "classifier.weight")
        assert binding.notes == ("names on disk have the prefix 'bert.'",)


def test_a_wrapper_of_training_is_taken_off(tuned: tuple[Architecture, Checkpoint]) -> None:
    architecture, checkpoint = tuned
    binding = bind(architecture, renamed(checkpoint, lambda name: f"_orig_mod.module.{name}"))
    assert (binding.missing, binding.unclaimed) == ((), ())
    assert binding.notes == ("names on disk have the prefix '_orig_mod.module.'",)


def test_old_names_of_norms_are_known(tuned: tuple[Architecture, Checkpoint]) -> None:
    architecture, checkpoint = tuned
    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}

    def aged(name: str) -> str:
        return next((name.replace(new, was) for new, was in old.items() if name.endswith(new)), name)

    binding = bind(architecture, renamed(checkpoint, aged))
    assert (binding.missing, binding.unclaimed) == ((), ())
    assert binding.sources["bert.embeddings.LayerNorm.weight"].tensors == ("bert.embeddings.LayerNorm.gamma",)


def test_extra_buffers_are_left_unclaimed(
    tuned: tuple[Architecture, Checkpoint], checkpoint: Callable[..., Checkpoint]
) -> None:
    architecture, whole = tuned
    extra = checkpoint({"bert.embeddings.position_ids": (1, 16)}).tensors
    binding = bind(architecture, replace(whole, tensors={**whole.tensors, **extra}))
    assert binding.unclaimed == ("bert.embeddings.position_ids",)


def test_gpt2_as_the_hub_has_it_fits(saved: Saved, checkpoint: Callable[..., Checkpoint]) -> None:
    """No prefix though the class has one, a mask as buffer, and the head only as another name of
    the embedding.
    """
    _, whole = saved("GPT2LMHeadModel")
    bare = renamed(whole, lambda name: name.removeprefix("transformer."))
    bare = replace(bare, tensors={**bare.tensors, **checkpoint({"h.0.attn.bias": (1, 1, 16, 16)}).tensors})
    architecture = architecture_of(bare)
    assert architecture.origin == "transformers"  # the table wants the names of the class itself
    binding = bind(architecture, bare)
    assert (binding.missing, binding.unclaimed) == ((), ("h.0.attn.bias",))
    source = binding.sources["transformer.h.0.attn.c_attn.weight"].whole
    assert source is not None
    assert source.tensor == "h.0.attn.c_attn.weight"
    assert source.transposed


def test_a_tied_head_on_disk_stands_in_for_a_missing_embedding(saved: Saved) -> None:
    _, checkpoint = saved("GemmaForCausalLM")
    head_only = renamed(checkpoint, lambda name: "lm_head.weight" if "embed_tokens" in name else name)
    binding = bind(architecture_of(checkpoint), head_only)
    assert binding.missing == ()
    assert binding.sources["lm_head.weight"].tensors == ("lm_head.weight",)


def test_another_model_fits_hardly_at_all(tuned: tuple[Architecture, Checkpoint], saved: Saved) -> None:
    architecture, _ = tuned
    _, other = saved("GPT2LMHeadModel")
    binding = bind(architecture, other)
    assert len(binding.sources) <= 1
    assert len(binding.unclaimed) >= len(other.tensors) - 1


def test_unknown_models_align_by_any_common_prefix(checkpoint: Callable[..., Checkpoint]) -> None:
    architecture = architecture_of(checkpoint(CHARGPT))
    binding = bind(architecture, checkpoint({f"net.inner.{name}": shape for name, shape in CHARGPT.items()}))
    assert (binding.missing, binding.unclaimed) == ((), ())
    nested = architecture_of(checkpoint({f"net.{name}": shape for name, shape in CHARGPT.items()}))
    assert bind(nested, checkpoint(CHARGPT)).notes == ("names on disk lack the prefix 'net.'",)


def test_a_head_keeps_its_name_while_the_rest_gains_a_prefix(checkpoint: Callable[..., Checkpoint]) -> None:
    head = {"lm_head.weight": (7, 4)}
    tuned = architecture_of(checkpoint({f"net.{name}": shape for name, shape in CHARGPT.items()} | head))
    binding = bind(tuned, checkpoint(CHARGPT | head))
    assert (binding.missing, binding.unclaimed) == ((), ())
