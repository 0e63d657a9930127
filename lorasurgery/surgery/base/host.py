"""Describe the model that an adapter is for, as formats need it, with the paths of its modules."""

from __future__ import annotations

from lorasurgery.adapter import Host
from lorasurgery.architecture import LOW_RANK, Architecture, Binding, Parameter
from lorasurgery.architecture.names import parameters_of
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.surgery.base.names import outside_class


def module_path(parameter: Parameter) -> str:
    """Return what an adapter calls the module of a matrix; fused experts are called by their parameter."""
    return parameter.name if parameter.kind == "experts" else parameter.module


def host_of(architecture: Architecture, base: Checkpoint, binding: Binding | None = None) -> Host:
    """Describe the run-time model, and the base that an adapter for it is loaded on.

    Args:
        binding: where the base has what; with it, the host has the matrices that only the base's
            file has, too.
    """
    file_only = matrices_outside_class(architecture, base, binding) if binding is not None else {}
    matrices = [each for each in architecture.parameters.values() if each.kind in LOW_RANK]
    matrices += file_only.values()
    return Host(
        modules=(*architecture.modules, *(each.module for each in file_only.values())),
        parameters=(*architecture.parameters, *file_only),
        kinds={module_path(each): each.kind for each in matrices},
        kernels={each.module: each.shape[2:] for each in matrices if each.kind == "conv"},
        experts={each.name: each.shape[0] for each in matrices if each.kind == "experts"},
        shapes={each.name: each.shape for each in matrices if each.kind == "experts"},
        transposed=frozenset(module_path(each) for each in matrices if each.transposed),
        class_name=architecture.class_name,
        task_type=architecture.task_type,
        base_name=base.repository or base.name,
        base_revision=base.revision,
        base_root=(lambda: base.root) if base.files else None,
        tied=architecture.tied,
        config=base.config,
    )


def matrices_outside_class(
    architecture: Architecture, base: Checkpoint, binding: Binding
) -> dict[str, Parameter]:
    """Return the matrices of the base's file that its class lacks, by the names they would have there."""
    names = {
        name: base.tensors[disk]
        for disk, name in outside_class(architecture, binding).items()
        if base.tensors[disk].dtype.is_floating_point
    }
    parameters = parameters_of({name: tensor.shape for name, tensor in names.items()})
    return {name: each for name, each in sorted(parameters.items()) if each.kind in ("linear", "embedding")}
