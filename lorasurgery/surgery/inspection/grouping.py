"""Group modules for a table or a map by layer, kind or module; figures are pooled or medians."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lorasurgery.surgery.inspection.inspect_report import InspectReport, ModuleSpectrum
from lorasurgery.surgery.inspection.layer_position import LayerPosition, short_names

# What the modules of no layer are called.
OUTSIDE = "outside layers"


@dataclass(frozen=True)
class ModuleGroup:
    """Modules of one row. `share` is their part of the energy of all that is shown."""

    label: str
    modules: tuple[ModuleSpectrum, ...]
    share: float

    @property
    def seen(self) -> list[ModuleSpectrum]:
        return [each for each in self.modules if each.has_spectrum and each.energy > 0]

    @property
    def energy(self) -> float:
        return sum(each.energy for each in self.seen)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return list(dict.fromkeys(each.shape for each in self.modules if each.shape))

    @property
    def ranks(self) -> list[int]:
        return sorted({each.rank for each in self.modules if each.rank is not None})

    @property
    def relative(self) -> float | None:
        """‖ΔW‖/‖W‖ of all of them together."""
        pairs = [(each.energy, each.change / each.relative) for each in self.seen if each.relative]
        return (
            (sum(pair[0] for pair in pairs) / sum(pair[1] ** 2 for pair in pairs)) ** 0.5 if pairs else None
        )

    def kept_at(self, rank: int) -> float | None:
        """The share of their energy in the leading triplets of each; None where it is not known of one."""
        kept = [each.energy_at(rank) for each in self.seen]
        if not kept or any(share is None for share in kept):
            return None
        return (
            sum((share or 0) * each.energy for share, each in zip(kept, self.seen, strict=True)) / self.energy
        )

    def median(self, figure: Callable[[ModuleSpectrum], float | None]) -> float | None:
        """The median of a figure over the modules that have it."""
        known = [value for each in self.seen if (value := figure(each)) is not None]
        return statistics.median(known) if known else None

    @property
    def spectrum(self) -> list[float]:
        """σᵢ/σ₁, averaged over the modules that have an i-th value."""
        if not self.seen:
            return []
        scaled = [[value / each.sigma[0] for value in each.sigma] for each in self.seen]
        length = max(map(len, scaled))
        columns = ([row[i] for row in scaled if i < len(row)] for i in range(length))
        return [sum(column) / len(column) for column in columns]


def grouped(report: InspectReport, by: str) -> list[ModuleGroup]:
    """The rows of a table, in the order of the model."""
    labels = _labels(report.modules, by)
    rows: dict[str, list[ModuleSpectrum]] = {}
    for module in report.modules:
        rows.setdefault(labels[module.module], []).append(module)
    total = report.energy
    groups = [ModuleGroup(label, tuple(found), 0.0) for label, found in rows.items()]
    return [ModuleGroup(each.label, each.modules, each.energy / total if total else 0.0) for each in groups]


def _labels(modules: Iterable[ModuleSpectrum], by: str) -> dict[str, str]:
    modules = list(modules)
    if by == "module":
        return {each.module: each.module for each in modules}
    if by == "layer":
        names = layer_names(each.place for each in modules)
        return {each.module: names[each.place.layer] for each in modules}
    kinds = short_names(each.place.kind for each in modules)
    return {each.module: kinds[each.place.kind] for each in modules}


def layer_names(places: Iterable[LayerPosition]) -> dict[str, str]:
    """Name layers by number, with as much of the path as tells lists of layers apart.

    A layer is `0`, or `encoder.layer.0` where there is a `decoder.layer.0` too.
    """
    layers = list(dict.fromkeys(place.layer for place in places))
    lists = short_names(layer.rpartition(".")[0] for layer in layers if layer)
    names = {}
    for layer in layers:
        stem, _, number = layer.rpartition(".")
        names[layer] = OUTSIDE if not layer else number if len(lists) == 1 else f"{lists[stem]}.{number}"
    return names


def brief_names(modules: Sequence[ModuleSpectrum]) -> dict[str, str]:
    """Name every module by its layer and the end of its path that tells kinds apart.

    `bert.encoder.layer.0.output.dense` is `0.output.dense`.
    """
    layers, kinds = (
        layer_names(each.place for each in modules),
        short_names(each.place.kind for each in modules),
    )
    brief = {}
    for each in modules:
        index = each.module[each.module.rindex("[") :] if each.module.endswith("]") else ""
        kind = kinds[each.place.kind].removesuffix("[*]") + index
        brief[each.module] = f"{layers[each.place.layer]}.{kind}" if each.place.layer else kind
    return brief if len(set(brief.values())) == len(brief) else {each.module: each.module for each in modules}


@dataclass(frozen=True)
class LayerMap:
    """A figure for layers (down) and kinds (across); None where a layer has no such module."""

    layers: tuple[str, ...]
    kinds: tuple[str, ...]
    cells: tuple[tuple[float | None, ...], ...]


def heat_map(report: InspectReport, figure: str) -> LayerMap | None:
    """Map where the change is, by layer and kind.

    `energy` is its share of everything in percent, `rank` the largest rank that 90 % of a module's
    energy takes.

    None where there are no two layers and kinds to compare.
    """
    inside = [each for each in report.seen if each.place.layer]
    layers, kinds = (
        layer_names(each.place for each in inside),
        short_names(each.place.kind for each in inside),
    )
    if len(layers) < 2 or len(kinds) < 2:
        return None
    cells: dict[tuple[str, str], list[ModuleSpectrum]] = {}
    for each in inside:
        cells.setdefault((each.place.layer, each.place.kind), []).append(each)
    rows = (
        tuple(_figure(cells.get((layer, kind), ()), figure, report.energy) for kind in kinds)
        for layer in layers
    )
    return LayerMap(tuple(layers.values()), tuple(kinds.values()), tuple(rows))


def _figure(modules: Sequence[ModuleSpectrum], figure: str, total: float) -> float | None:
    if not modules:
        return None
    if figure == "energy":
        return 100 * sum(each.energy for each in modules) / total
    ranks = [each.rank_for(0.9) for each in modules]
    return max(
        (len(each.sigma) if rank is None else rank for rank, each in zip(ranks, modules, strict=True)),
        default=0,
    )
