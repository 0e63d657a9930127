"""The model that an adapter is for, as formats want to know it; and the paths by which its modules go."""

from __future__ import annotations

from lorasurgery.adapter import Host
from lorasurgery.architecture import LOW_RANK, Architecture, Parameter
from lorasurgery.checkpoint import Checkpoint


def module_path(parameter: Parameter) -> str:
    """What an adapter calls the module of a matrix: fused experts go by their parameter, all others by their module."""
    return parameter.name if parameter.kind == "experts" else parameter.module


def host_of(architecture: Architecture, base: Checkpoint) -> Host:
    """Describe the run-time model, and the base that an adapter for it is loaded on."""
    matrices = [each for each in architecture.parameters.values() if each.kind in LOW_RANK]
    return Host(
        modules=architecture.modules,
        parameters=tuple(architecture.parameters),
        kinds={module_path(each): each.kind for each in matrices},
        kernels={each.module: each.shape[2:] for each in matrices if each.kind == "conv"},
        experts={each.name: each.shape[0] for each in matrices if each.kind == "experts"},
        shapes={each.name: each.shape for each in matrices if each.kind == "experts"},
        transposed=frozenset(module_path(each) for each in matrices if each.transposed),
        class_name=architecture.class_name,
        task_type=architecture.task_type,
        base_name=base.repository or base.name,
        base_revision=base.revision,
        tied=architecture.tied,
        config=base.config,
    )
