"""Operations on descriptions of tensors give what transformers' operations give on the tensors."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers.core_model_loading import Chunk, Concatenate, Interleave, MergeModulelist, Transpose

from lorasurgery.architecture.conversion import UnreadableError, describe, follow
from lorasurgery.architecture.value import Parameter
from support.expert_stacks import matrix_of

Inputs = dict[str, list[torch.Tensor]]


def tensors(*shapes: tuple[int, ...]) -> list[torch.Tensor]:
    return [torch.randn(shape, generator=torch.Generator().manual_seed(i)) for i, shape in enumerate(shapes)]


def apply(operations: list[Any], inputs: Inputs, targets: list[str]) -> dict[str, torch.Tensor]:
    values: dict[str, Any] = dict(inputs)
    for operation in operations:
        values = operation.convert(values, source_patterns=list(inputs), target_patterns=targets)
    return values


CASES = [
    ([MergeModulelist(0)], {"a": tensors((3, 2), (3, 2))}, {"t": (2, 3, 2)}, "experts"),
    (
        [MergeModulelist(0), Concatenate(1)],
        {"a": tensors((3, 2), (3, 2)), "b": tensors((4, 2), (4, 2))},
        {"t": (2, 7, 2)},
        "experts",
    ),
    ([Concatenate(0)], {"a": tensors((3, 2)), "b": tensors((5, 2))}, {"t": (8, 2)}, "linear"),
    ([Chunk(0)], {"a": tensors((6, 2))}, {"t": (3, 2), "u": (3, 2)}, "linear"),
    ([Chunk(0)], {"a": tensors((6,))}, {"t": (2,), "u": (2,), "v": (2,)}, "bias"),
    ([Transpose(0, 1)], {"a": tensors((3, 2))}, {"t": (2, 3)}, "linear"),
    ([Transpose(1, 2)], {"a": tensors((4, 3, 2))}, {"t": (4, 2, 3)}, "experts"),
]


@pytest.mark.parametrize(("operations", "inputs", "targets", "kind"), CASES)
def test_following_a_conversion_finds_the_rows_that_it_makes(
    operations: list[Any], inputs: Inputs, targets: dict[str, tuple[int, ...]], kind: Any
) -> None:
    stored = {f"{key}.{i}": t for key, many in inputs.items() for i, t in enumerate(many)}
    is_fused = kind == "experts" and not isinstance(operations[0], MergeModulelist)
    described = {
        key: [describe(f"{key}.{i}", tuple(t.shape), is_fused=is_fused) for i, t in enumerate(many)]
        for key, many in inputs.items()
    }
    wanted = {name: Parameter(name, "", kind, shape) for name, shape in targets.items()}
    layouts = follow(operations, described, wanted)
    expected = apply(operations, inputs, list(targets))
    assert layouts
    for name, layout in layouts.items():
        matrices = [matrix_of(stack, stored.__getitem__) for stack in layout.experts]
        assert torch.equal(torch.stack(matrices) if kind == "experts" else matrices[0], expected[name])


@pytest.mark.parametrize(
    ("operations", "kind", "shape", "reason"),
    [
        ([Interleave(0)], "linear", (4, 2), "by Interleave"),
        ([Concatenate(1)], "linear", (4, 4), "not along its rows"),
        ([Chunk(0)], "experts", (2, 2, 2), "not along its rows"),
    ],
)
def test_what_rows_cannot_express_is_refused(
    operations: list[Any], kind: Any, shape: tuple[int, ...], reason: str
) -> None:
    inputs = {
        key: [describe(key, (4, 2), is_fused=False)]
        for key in ("a", "b")[: 1 + isinstance(operations[0], Concatenate)]
    }
    with pytest.raises(UnreadableError, match=reason):
        follow(operations, inputs, {"t": Parameter("t", "", kind, shape)})
