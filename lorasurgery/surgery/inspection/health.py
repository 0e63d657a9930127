"""What is wrong with what was seen: one function for each flag, gathered in `CHECKS`.

A flag is raised where a number says so; what cannot be told (without a base, of a variant that is
not plain) raises none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lorasurgery.surgery.base.rounding_noise import LEAST_SNR
from lorasurgery.surgery.inspection.inspect_report import Flag, ModuleSpectrum, OtherParameter

# Of the ranks, this share must be rounding before they count as unused, and at least one must.
UNUSED_SHARE = 0.25
# Casting to float16 costs about 3e-4; beyond this, numbers have fallen out of its range.
HALF_LOSS = 2e-3
# How like a part of W itself a change must be: the cosine, and how far the ratio of norms may be
# from 1.
PART_OF_BASE, PART_RATIO = 0.9, 1.5
# Variants whose factors belong to a base from which their initial value was subtracted.
RELATIVE = {"pissa": "PiSSA", "olora": "OLoRA"}
# Tables of tokens that PEFT saves along when it thinks that they changed.
TABLES = ("embed_tokens", "lm_head", "wte", "word_embeddings", "shared", "embed_out")


@dataclass(frozen=True)
class InspectedSubject:
    """What the checks look at; `kind` is adapter, pair or checkpoint.

    `doubtful_experts` are parameters of fused experts whose order the numbers do not confirm.
    """

    kind: str
    modules: Sequence[ModuleSpectrum]
    others: Sequence[OtherParameter]
    doubtful_experts: Sequence[str] = ()


Check = Callable[[InspectedSubject], Flag | None]


def flags_of(subject: InspectedSubject) -> list[Flag]:
    """All flags, in the order of `CHECKS`."""
    return [flag for check in CHECKS if (flag := check(subject)) is not None]


def not_finite(subject: InspectedSubject) -> Flag | None:
    return _flag(
        "not-finite",
        [each.module for each in subject.modules if not each.finite]
        + [each.name for each in subject.others if not each.finite],
        "a NaN or an infinity is among the numbers; a model with it answers NaN",
        "take an earlier checkpoint of the training",
    )


def empty(subject: InspectedSubject) -> Flag | None:
    return _flag(
        "empty",
        [each.name for each in subject.others if each.shape == (0,)],
        (
            "the tensor has no numbers: DeepSpeed ZeRO-3 leaves such behind where weights are saved without "
            "being gathered"
        ),
        "save it again with stage3_gather_16bit_weights_on_model_save",
    )


def untrained(subject: InspectedSubject) -> Flag | None:
    return _flag(
        "untrained",
        [each.module for each in _of_adapter(subject) if each.has_spectrum and each.energy == 0],
        "ΔW is zero (B is still what it began as): the module does nothing",
        "check that the training reached it, or drop it",
    )


def rank_beyond_dimension(subject: InspectedSubject) -> Flag | None:
    return _flag(
        "rank-beyond-dimension",
        [
            each.module
            for each in _of_adapter(subject)
            if each.rank and each.shape and each.rank > min(each.shape)
        ],
        "the rank is larger than a side of the weight: factors larger than what they stand for",
        "re-rank it; the short side is all that can be used",
    )


def unused_ranks(subject: InspectedSubject) -> Flag | None:
    return _flag(
        "unused-ranks",
        [each.module for each in _of_adapter(subject) if _has_unused(each)],
        "trailing singular values are nothing but rounding: the file holds ranks that do nothing",
        "re-rank it; it loses nothing",
    )


def _has_unused(each: ModuleSpectrum) -> bool:
    if not each.rank or not each.has_spectrum or each.energy == 0:
        return False
    possible = min(each.rank, *each.shape)
    return possible - each.used_rank >= max(1, UNUSED_SHARE * possible)


def copy_of_base(subject: InspectedSubject) -> Flag | None:
    copied = [each.name for each in subject.others if each.copies_base and subject.kind == "adapter"]
    return _flag(
        "copy-of-base",
        copied,
        "the adapter holds a whole tensor of the base unchanged",
        "leave it out: PEFT's save_embedding_layers=False, or convert the adapter",
    )


def possible_copy(subject: InspectedSubject) -> Flag | None:
    tables = [
        each.name
        for each in subject.others
        if subject.kind == "adapter"
        and each.copies_base is None
        and each.form == "replaced"
        and len(each.shape) == 2
        and any(part in TABLES for part in each.name.split("."))
    ]
    return _flag(
        "whole-table",
        tables,
        "the adapter holds a whole table of tokens, often a copy of the base's",
        "give --base to see whether it differs",
    )


def relative_to_changed_base(subject: InspectedSubject) -> Flag | None:
    found = [
        each.module for each in _of_adapter(subject) if each.variant in RELATIVE or _is_part_of_base(each)
    ]
    return _flag(
        "changed-base",
        found,
        (
            "the factors hold a part of the base itself (PiSSA, OLoRA and their like): added to the "
            "unchanged "
            "base it counts twice"
        ),
        (
            "load it on the base that its training saved; with its own config, `merge` takes the part "
            "out "
            "first"
        ),
    )


def _is_part_of_base(each: ModuleSpectrum) -> bool:
    held = each.against
    return held is not None and held.overlap > PART_OF_BASE and 1 / PART_RATIO < held.ratio < PART_RATIO


def below_resolution(subject: InspectedSubject) -> Flag | None:
    return _flag(
        "below-resolution",
        [each.module for each in subject.modules if _is_swallowed(each)],
        (
            f"‖ΔW‖ is less than {LEAST_SNR:g} times what rounding W + ΔW to the base's dtype adds: merged, "
            "much of it is lost"
        ),
        "merge into a wider --dtype, or keep the adapter apart",
    )


def _is_swallowed(each: ModuleSpectrum) -> bool:
    held = each.against
    return bool(held and held.noise and 0 < each.change < LEAST_SNR * held.noise)


def intruders(subject: InspectedSubject) -> Flag | None:
    return _flag(
        "intruder-dimensions",
        [each.module for each in subject.modules if each.against and each.against.intruders],
        (
            "leading singular vectors of W + ΔW match none of W's (Shuttleworth et al., arXiv 2410.21228): "
            "more is forgotten than a full fine-tune would"
        ),
        "a smaller weight in `merge`, a higher rank or a lower learning rate have fewer",
    )


def out_of_half(subject: InspectedSubject) -> Flag | None:
    return _flag(
        "half-precision",
        [each.module for each in _of_adapter(subject) if (each.half_loss or 0) > HALF_LOSS],
        "the factors are so unlike in size that float16 loses numbers of one of them",
        "re-rank it: balanced factors share the scale evenly",
    )


def doubtful_experts(subject: InspectedSubject) -> Flag | None:
    return _flag(
        "experts-order",
        subject.doubtful_experts,
        (
            "which ranks of B belong to which expert is not stated, or the numbers contradict it: in the "
            "wrong order every expert gets the change of others"
        ),
        "find out whether Unsloth trained it before 2026-09-18, and say so with --experts-order",
    )


CHECKS: tuple[Check, ...] = (
    not_finite,
    empty,
    untrained,
    rank_beyond_dimension,
    unused_ranks,
    copy_of_base,
    possible_copy,
    relative_to_changed_base,
    below_resolution,
    intruders,
    out_of_half,
    doubtful_experts,
)


def _of_adapter(subject: InspectedSubject) -> Sequence[ModuleSpectrum]:
    return subject.modules if subject.kind == "adapter" else ()


def _flag(code: str, modules: Iterable[str], meaning: str, advice: str) -> Flag | None:
    found = tuple(modules)
    return Flag(code, found, meaning, advice) if found else None
