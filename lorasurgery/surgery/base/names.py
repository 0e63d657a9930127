"""Find the parameters of a base by the names that an adapter has for them.

An adapter names modules as its model had them at run time, and names change: between versions of
transformers, by a prefix on one side (`bert.encoder` against `encoder`), by fusing experts, by a
wrapper of training. For each name these are tried in order: the run-time name, the name on disk,
transformers' own renamings; all under the one rewriting of `architecture.spelling` that finds most
names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from lorasurgery.architecture import Architecture, Binding, Layout, Source
from lorasurgery.architecture.spelling import Rewriting, best_rewritings, unwrapped
from lorasurgery.architecture.towers import text_model
from lorasurgery.architecture.value import owner
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.errors import AlignmentError

# The names of a module's matrix: of nearly all modules, and of torch's MultiheadAttention.
WEIGHTS = ("weight", "in_proj_weight", "scale")
# The number of a layer, which no head has in its name.
NUMBER = re.compile(r"\.\d+(\.|$)")


# An expert of gpt-oss in 4 bits, as Unsloth stores it for bitsandbytes.
ONE_EXPERT = re.compile(r"(?P<fused>.+\.experts\.(?:gate_up|down)_proj)s\.(?P<expert>\d{1,6})(?:\.weight)?")


# One of a layer's experts, which no class of today has by itself.
OWN_PART = re.compile(r"(?P<experts>(?:.+\.)?experts)\.\d{1,6}\.(?:gate|up|down)_proj")


@dataclass(frozen=True)
class LocatedParameter:
    """A parameter of the base, and where it is stored.

    Attributes:
        name: at run time; on disk where the class has no such parameter.
        tied_to: the parameter whose tensor it shares, because the config ties them.
        expert: the index of one expert, where the name means one of several fused ones.
    """

    name: str
    layout: Layout
    tied_to: str | None = None
    expert: int | None = None

    @property
    def path(self) -> str:
        """What an adapter calls this parameter's module."""
        name = self.name.removesuffix(".weight")
        return name if self.expert is None else f"{name}s.{self.expert}"


@dataclass(frozen=True)
class ParameterFinder:
    """Finds parameters of one base by any name that means one of them."""

    base: Checkpoint
    architecture: Architecture
    binding: Binding

    def find(self, name: str) -> LocatedParameter | None:
        """Return the parameter of that name, if the base has it."""
        located = (
            self._at_run_time(name) or self._on_disk(name) or self._renamed(name) or self._one_expert(name)
        )
        return located or (self.find(self._wrapped[name]) if name in self._wrapped else None)

    def _at_run_time(self, name: str) -> LocatedParameter | None:
        sources = self.binding.sources
        partner = self.architecture.tied.get(name)
        if partner is not None and partner in sources:
            return LocatedParameter(name, sources.get(name, sources[partner]), tied_to=partner)
        return LocatedParameter(name, sources[name]) if name in sources else None

    def _on_disk(self, name: str) -> LocatedParameter | None:
        if name not in self.base.tensors:
            return None
        return self._at_run_time(self._of_class.get(name, "")) or LocatedParameter(
            name, Layout(((Source(name),),))
        )

    def _renamed(self, name: str) -> LocatedParameter | None:
        conversion = self.architecture.conversion
        if conversion is None:
            return None
        renamed, pattern = conversion.rename(name)
        if pattern is not None:
            return None
        return self._at_run_time(renamed) or self._of_file(renamed)

    def _one_expert(self, name: str) -> LocatedParameter | None:
        """Return one of several fused experts, which were separate layers where the model was quantised."""
        called = ONE_EXPERT.fullmatch(name)
        fused = self.find(called["fused"]) if called is not None else None
        if called is None or fused is None or int(called["expert"]) >= len(fused.layout.experts):
            return None
        expert = int(called["expert"])
        return replace(fused, layout=Layout((fused.layout.experts[expert],)), expert=expert)

    def _of_file(self, name: str) -> LocatedParameter | None:
        """Return a tensor that the class lacks, by the name that it would have there."""
        disk = self._outside_class.get(name)
        return LocatedParameter(name, Layout(((Source(disk),),))) if disk is not None else None

    def weight_of(self, path: str) -> LocatedParameter | None:
        """Return the matrix that a module's factors change; a path may be a parameter's own."""
        spellings = [path, *(f"{path}.{leaf}" for leaf in WEIGHTS)]
        as_it_is = filter(None, (self._at_run_time(name) or self._on_disk(name) for name in spellings))
        return next(as_it_is, None) or next(filter(None, map(self.find, spellings)), None)

    @cached_property
    def _of_class(self) -> Mapping[str, str]:
        """Map names on disk to the run-time parameters that they hold, element for element."""
        wholes = {name: layout.whole for name, layout in self.binding.sources.items()}
        return {whole.tensor: name for name, whole in wholes.items() if whole is not None}

    @cached_property
    def _outside_class(self) -> Mapping[str, str]:
        return {name: disk for disk, name in outside_class(self.architecture, self.binding).items()}

    @cached_property
    def _wrapped(self) -> Mapping[str, str]:
        """Map names without wrappers to the names of the base that contain wrappers."""
        names = {**dict.fromkeys(self.base.tensors), **dict.fromkeys(self.architecture.parameters)}
        return {plain: name for name in names if (plain := unwrapped(name)) != name}


def advice_on(strangers: Collection[str], architecture: Architecture) -> str:
    """Say what to do with an adapter some of whose modules a base lacks."""
    stacked = {owner(each.name) for each in architecture.parameters.values() if each.kind == "experts"}
    matches = map(OWN_PART.fullmatch, strangers)
    if any(match is not None and match["experts"] in stacked for match in matches):
        return (
            "The base has all experts of a layer in one parameter; put the adapter's together first, by "
            "convert --pack experts with the base."
        )
    return _advice_on_heads(strangers, architecture) or "Check that the adapter was made for this model."


def _advice_on_heads(strangers: Collection[str], architecture: Architecture) -> str:
    """Say how to leave out heads that are in no file of the base; empty where other modules are lost too."""
    heads = [
        name for name in strangers if architecture.is_beside_base_model(name) and not NUMBER.search(name)
    ]
    if not heads or len(heads) < len(strangers):
        return ""
    patterns = " ".join(f"--exclude '{name}*'" for name in sorted({name.partition(".")[0] for name in heads}))
    return (
        f"The base's file has no such head: leave it out with {patterns}, or give the model that the "
        "adapter was trained on, with its head."
    )


def outside_class(architecture: Architecture, binding: Binding) -> dict[str, str]:
    """Return tensors of the file that its class lacks, with the names they would have there.

    Examples are keys and values of layers that share another layer's, and the layers of a
    multi-token prediction.
    """
    conversion, modules = architecture.conversion, set(architecture.modules)
    names = {}
    for disk in binding.unclaimed:
        renamed = conversion.rename(disk)[0] if conversion is not None else disk
        around = owner(owner(renamed))
        names[disk] = renamed if around in modules else disk
    return names


@dataclass(frozen=True)
class AdapterNames:
    """Finds parameters of one base by the names that one adapter has for them."""

    places: ParameterFinder
    rewriting: Rewriting

    @property
    def note(self) -> str:
        """What was aligned; "" where nothing was."""
        return self.rewriting.note("the adapter's", "the base's")

    def find(self, name: str) -> LocatedParameter | None:
        """Return the parameter that the adapter calls `name`, if the base has it."""
        return self.places.find(self.rewriting(name)) or self.places.find(name)

    def weight_of(self, path: str) -> LocatedParameter | None:
        """Return the matrix that a module's factors change; a path may be a parameter's own."""
        known = self._known_weights
        if path not in known:
            known[path] = self.places.weight_of(self.rewriting(path)) or self.places.weight_of(path)
        return known[path]

    @cached_property
    def _known_weights(self) -> dict[str, LocatedParameter | None]:
        """What was looked up: every module is asked for ten times, and some have tens of thousands."""
        return {}

    def spell(self, name: str) -> str:
        """Return what a name is called in the base's class, whether or not the base has it."""
        located = self.find(name)
        return located.name if located is not None else self.rewriting(name)


def names_of(
    base: Checkpoint,
    architecture: Architecture,
    binding: Binding,
    modules: Iterable[str],
    parameters: Iterable[str] = (),
    fits: Callable[[str, LocatedParameter], bool] = lambda _path, _located: True,
) -> AdapterNames:
    """Find the spelling under which most of the wanted modules and parameters are in the base.

    Args:
        fits: whether a module's factors are for the weight that was found for it.

    Raises:
        AlignmentError: several spellings find all of them, and nothing decides between them.
    """
    modules, places = list(modules), ParameterFinder(base, architecture, binding)
    parameters = list(parameters)
    known = {*architecture.parameters, *base.tensors}
    known |= {owner(name) for name in known}
    best = best_rewritings([*modules, *parameters], known, places.weight_of)
    choices = [AdapterNames(places, rewriting) for rewriting in best]
    whole = [names for names in choices if all(_has(names, path, fits) for path in modules)]
    inner = f"{text_model(architecture)}."
    of_text = [names for names in whole if _leads_into(names, inner, modules)]
    chosen = of_text or whole or choices
    if modules and len(whole) > 1 and len(chosen) > 1:
        one, other = (_places_of(names, modules) for names in chosen[:2])
        path = next((path for path in modules if one[path] != other[path]), modules[0])
        raise AlignmentError(
            f"{path!r} of the adapter may be {one[path]!r} or {other[path]!r} in {base.name}, and both fit. "
            "Rename the adapter's modules to the base's own names."
        )
    return chosen[0]


def _leads_into(names: AdapterNames, inner: str, modules: Iterable[str]) -> bool:
    """Return whether all layers of an adapter are in the text model of the base."""
    layers = [path for path in modules if any(part.isdigit() for part in path.split("."))]
    return all(name.startswith(inner) for name in _places_of(names, layers).values())


def _places_of(names: AdapterNames, modules: Iterable[str]) -> dict[str, str]:
    weights = {path: names.weight_of(path) for path in modules}
    return {path: located.path for path, located in weights.items() if located is not None}


def _has(names: AdapterNames, path: str, fits: Callable[[str, LocatedParameter], bool]) -> bool:
    located = names.weight_of(path)
    return located is not None and fits(path, located)
