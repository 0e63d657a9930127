"""Names on disk and names at run time, by transformers' own tables, without touching a tensor.

Loading in transformers 5 renames (`WeightRenaming`) and then converts (`WeightConverter`: stack
experts, concatenate, split, transpose). Here each operation acts on a description of a tensor,
shape and origin, in place of the tensor: what comes out says from which rows of which tensors on
disk each run-time parameter is made.

Source: transformers 5, `core_model_loading.convert_and_load_state_dict_in_model`, whose order of
steps this follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lorasurgery.architecture.value import Layout, Parameter, Source

Shape = tuple[int, ...]


class UnreadableError(Exception):
    """A conversion that cannot be followed on descriptions; the text says why."""


@dataclass(frozen=True)
class Conversion:
    """transformers' transforms for one class, in the order in which loading applies them, and its shapes."""

    renamings: tuple[Any, ...]
    converters: tuple[Any, ...]
    prefix: str
    shapes: Mapping[str, Shape]

    @staticmethod
    def of(model: Any, shapes: Mapping[str, Shape]) -> Conversion:
        from transformers.conversion_mapping import get_model_conversion_mapping
        from transformers.core_model_loading import WeightConverter

        transforms = get_model_conversion_mapping(model)
        return Conversion(
            tuple(t for t in transforms if not isinstance(t, WeightConverter)),
            tuple(t for t in transforms if isinstance(t, WeightConverter)),
            model.base_model_prefix,
            dict(shapes),
        )

    def rename(self, name: str) -> tuple[str, str | None]:
        """Return the run-time name of a name on disk, and the pattern of the converter that takes
        it, if any.
        """
        from transformers.core_model_loading import rename_source_key

        renamed: tuple[str, str | None] = rename_source_key(
            name, self.renamings, self.converters, self.prefix, self.shapes
        )
        if renamed[0] in self.shapes or name not in self.shapes:
            return renamed
        plain: tuple[str, None] = rename_source_key(name, [], [], self.prefix, self.shapes)
        return plain

    def converter(self, pattern: str) -> Any:
        # The last one counts where two converters share a pattern, as in loading.
        return {source: c for c in self.converters for source in c.source_patterns}[pattern]


@dataclass(frozen=True)
class Stored:
    """A tensor, described: its shape, the sources of each of its matrices, and the axis along
    which they stack.
    """

    shape: Shape
    experts: tuple[tuple[Source, ...], ...]
    is_fused: bool = False
    axis: int | None = None


def follow(
    operations: Iterable[Any],
    inputs: Mapping[str, list[Stored]],
    targets: Mapping[str, Parameter],
) -> dict[str, Layout]:
    """Run a converter's operations over descriptions of tensors.

    `inputs` are by source pattern, in order; `targets` by target pattern.

    Raises:
        UnreadableError: an operation mixes elements in a way that rows of tensors cannot express.
    """
    values: dict[str, list[Stored]] = dict(inputs)
    for operation in operations:
        step = STEPS.get(type(operation).__name__)
        if step is None:
            raise UnreadableError(f"transformers converts it by {type(operation).__name__}")
        values = step(operation, values, targets)
    if set(values) != set(targets):
        if len(values) != 1 or len(targets) != 1:
            raise UnreadableError("its conversion gives other parameters than its class has")
        values = dict(zip(targets, values.values(), strict=True))
    return {target: _layout(_only(stored), targets[target]) for target, stored in values.items()}


def describe(tensor: str, shape: Shape, *, is_fused: bool) -> Stored:
    """Describe a tensor on disk; `is_fused` where its first dimension counts experts."""
    if not is_fused:
        return Stored(shape, ((Source(tensor),),))
    return Stored(shape, tuple((Source(tensor, expert=i),) for i in range(shape[0])), is_fused=True)


def plain_layout(tensor: str, shape: Shape, parameter: Parameter) -> Layout:
    """Lay out a parameter that lies on disk as it is at run time."""
    return _layout(
        describe(tensor, shape, is_fused=parameter.kind == "experts" and len(shape) == 3), parameter
    )


def _layout(stored: Stored, parameter: Parameter) -> Layout:
    """Turn sources from the axes of the run-time tensor to those of the matrix (out, in)."""
    rows = (1 if parameter.kind == "experts" else 0) + (1 if parameter.transposed else 0)
    if stored.axis not in (None, rows):
        raise UnreadableError(f"its parts are stacked along dimension {stored.axis}, not along its rows")
    if stored.is_fused and len(stored.experts) != parameter.shape[0]:
        raise UnreadableError(f"{len(stored.experts)} of its {parameter.shape[0]} experts are there")
    if not parameter.transposed:
        return Layout(stored.experts)
    return Layout(tuple(tuple(_flip(source) for source in stack) for stack in stored.experts))


def _flip(source: Source) -> Source:
    return replace(source, transposed=not source.transposed)


def _only(stored: list[Stored]) -> Stored:
    if len(stored) != 1:
        raise UnreadableError(f"{len(stored)} tensors on disk claim it")
    return stored[0]


def _merge(operation: Any, values: dict[str, list[Stored]], _: Any) -> dict[str, list[Stored]]:
    """MergeModulelist: stack one matrix per expert along a new first dimension."""
    if operation.dim != 0:
        raise UnreadableError(f"its experts are stacked along dimension {operation.dim}")
    if len({len(matrices) for matrices in values.values()}) > 1:
        raise UnreadableError("some of its experts lack a matrix")
    return {pattern: [_stack(matrices)] for pattern, matrices in values.items()}


def _stack(matrices: list[Stored]) -> Stored:
    shapes = {matrix.shape for matrix in matrices}
    if len(shapes) > 1:
        raise UnreadableError(f"its experts differ in shape: {sorted(shapes)}")
    shape = (len(matrices), *matrices[0].shape)
    return Stored(shape, tuple(stack for matrix in matrices for stack in matrix.experts), is_fused=True)


def _concatenate(operation: Any, values: dict[str, list[Stored]], _: Any) -> dict[str, list[Stored]]:
    """Concatenate: lay tensors side by side along an existing dimension."""
    parts = [stored for many in values.values() for stored in many]
    if len({part.is_fused for part in parts}) > 1 or len({len(part.experts) for part in parts}) > 1:
        raise UnreadableError("its parts do not have the same experts")
    axis = operation.dim % len(parts[0].shape)
    if any(part.axis not in (None, axis) for part in parts):
        raise UnreadableError("its parts are laid side by side along two dimensions")
    size = sum(part.shape[axis] for part in parts)
    shape = (*parts[0].shape[:axis], size, *parts[0].shape[axis + 1 :])
    experts = tuple(
        tuple(s for stack in stacks for s in stack)
        for stacks in zip(*(p.experts for p in parts), strict=True)
    )
    return {next(iter(values)): [Stored(shape, experts, parts[0].is_fused, axis)]}


def _chunk(
    operation: Any, values: dict[str, list[Stored]], targets: Mapping[str, Parameter]
) -> dict[str, list[Stored]]:
    """Chunk: cut one tensor into equal parts, one per target."""
    stored = _only(next(iter(values.values())))
    axis = operation.dim % len(stored.shape)
    size, remainder = divmod(stored.shape[axis], len(targets))
    if remainder or operation.num_shards_attribute is not None:
        raise UnreadableError(
            f"its tensor of shape {stored.shape} is not cut into {len(targets)} equal parts"
        )
    return _cut(stored, axis, dict.fromkeys(targets, size))


def _split(
    operation: Any, values: dict[str, list[Stored]], targets: Mapping[str, Parameter]
) -> dict[str, list[Stored]]:
    """Split: cut one tensor into parts as large as the targets."""
    stored = _only(next(iter(values.values())))
    axis = operation.dim % len(stored.shape)
    return _cut(stored, axis, {target: parameter.shape[axis] for target, parameter in targets.items()})


def _cut(stored: Stored, axis: int, sizes: Mapping[str, int]) -> dict[str, list[Stored]]:
    if any(len(stack) != 1 or stack[0].rows is not None for stack in stored.experts):
        raise UnreadableError("its tensor is put together and cut again")
    parts, start = {}, 0
    for target, size in sizes.items():
        shape = (*stored.shape[:axis], size, *stored.shape[axis + 1 :])
        rows = (start, start + size)
        experts = tuple((replace(stack[0], rows=rows),) for stack in stored.experts)
        parts[target] = [Stored(shape, experts, stored.is_fused, axis)]
        start += size
    return parts


def _transpose(
    operation: Any, values: dict[str, list[Stored]], targets: Mapping[str, Parameter]
) -> dict[str, list[Stored]]:
    """Transpose: swap the last two dimensions, or, if it says so, only where the shape asks for it."""
    pattern, stored = next(iter(values.items()))[0], _only(next(iter(values.values())))
    if operation.check_dims and stored.shape == next(iter(targets.values())).shape:
        return values
    last = len(stored.shape) - 1
    if {operation.dim0 % (last + 1), operation.dim1 % (last + 1)} != {
        last - 1,
        last,
    } or stored.axis is not None:
        raise UnreadableError("its conversion swaps dimensions other than the last two")
    experts = tuple(tuple(_flip(source) for source in stack) for stack in stored.experts)
    shape = (*stored.shape[:-2], stored.shape[-1], stored.shape[-2])
    return {pattern: [Stored(shape, experts, stored.is_fused)]}


STEPS = {
    "MergeModulelist": _merge,
    "Concatenate": _concatenate,
    "Chunk": _chunk,
    "Split": _split,
    "Transpose": _transpose,
}
