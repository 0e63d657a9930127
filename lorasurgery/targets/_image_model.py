"""The diffusion model that a program for images serves: its modules by the authors' names, and its family."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.formats._image.families import families
from lorasurgery.formats._image.families._family import Family, Naming
from lorasurgery.formats._image.flat_names import flattened

# Where checkpoints have the diffusion model; a file of that alone has its names bare.
PREFIXES = ("model.diffusion_model.", "diffusion_model.")

Shape = tuple[int, ...]


@dataclass(frozen=True)
class ImageModel:
    """A diffusion model.

    `matrices` has the shapes of its weights by original names, `family` the table of its names; None
    where no table knows it.
    """

    matrices: Mapping[str, Shape]
    family: Family | None


def image_model(base: Checkpoint, known: Collection[str]) -> ImageModel:
    """Describe a base that is an original checkpoint, or a folder of diffusers.

    Args:
        known: the families that the program has tables for; a model of any other has none.
    """
    weights = {
        name.removesuffix(".weight"): each.shape
        for name, each in base.tensors.items()
        if name.endswith(".weight") and len(each.shape) > 1
    }
    if "_class_name" in base.config:
        family = _family(weights, "diffusers", known)
        return ImageModel(_originals(weights, family) if family is not None else {}, family)
    prefix = next((each for each in PREFIXES if any(name.startswith(each) for name in weights)), "")
    inside = {name.removeprefix(prefix): shape for name, shape in weights.items() if name.startswith(prefix)}
    return ImageModel(inside, _family(inside, "original", known))


def _family(modules: Iterable[str], naming: Naming, known: Collection[str]) -> Family | None:
    """Find the family that knows most of a model's names; None where it is not one of `known`."""
    flat = [flattened(module) for module in modules]
    counts = Counter(
        {each.name: sum(each.find(name, naming) is not None for name in flat) for each in families()}
    )
    name, most = counts.most_common(1)[0]
    best = {each for each, count in counts.items() if count == most}
    if not most or not best <= {*known}:
        return None
    return next(each for each in families() if each.name == name)


def _originals(weights: Mapping[str, Shape], family: Family) -> dict[str, Shape]:
    """Name diffusers' modules as the authors do; parts of one module have their rows together."""
    found: dict[str, Shape] = {}
    for name, shape in weights.items():
        place = family.find(flattened(name), "diffusers")
        if place is not None:
            original = family.originals(place)[0]
            rows = found[original][0] if original in found else 0
            found[original] = (rows + shape[0], *shape[1:])
    return found


def as_matrix(shape: Shape) -> Shape:
    """The shape of a kernel as of a matrix: outputs, and all else."""
    return (shape[0], math.prod(shape[1:]))
