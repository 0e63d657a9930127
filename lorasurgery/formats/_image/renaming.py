"""Give the modules of an adapter the names of the other naming of their family, or of a base.

A file's family is the one whose table knows every name. Where several do, they must agree on both
names of each; Flux and HunyuanVideo do for what is in both.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import AlignmentError
from lorasurgery.formats._image.families import families
from lorasurgery.formats._image.families._family import Family, Naming, Place, Rule
from lorasurgery.formats._image.flat_names import flattened, located, owners_in, spellings
from lorasurgery.formats._image.image_file import ModuleFactors, adapter_of, renamed_host
from lorasurgery.formats._image.packing import apart, halves_swapped, is_divisible, is_nothing, together
from lorasurgery.formats._image.pipeline import NOT_DIFFUSERS, class_of, in_pipeline, stated_class
from lorasurgery.variants.edit import Factors, own_shape

# What the names of text encoders' modules begin with in LoRA files, and those of diffusion models'.
OF_TEXT = re.compile(r"text_encoders?(_\d)?\.")
MODELS = ("diffusion_model.", "unet.", "transformer.")


@dataclass(frozen=True)
class FileName:
    """What a file calls a module: the parts of a pipeline that it may mean, and the name inside of them."""

    parts: tuple[str, ...]
    rest: str


@dataclass(frozen=True)
class Reading:
    """A family and a naming that know every name of a file, and what each name is there."""

    family: Family
    naming: Naming
    places: Mapping[str, Place]

    @property
    def other(self) -> Naming:
        return "original" if self.naming == "diffusers" else "diffusers"

    def path(self, name: str) -> str:
        """Return the dotted path of a module, with its part of the pipeline in front."""
        place = self.places[name]
        if self.naming == "diffusers":
            return f"{self.family.part}.{place.path('diffusers', place.part)}"
        name = place.path("original") if self.family.keeps_also else self.family.originals(place)[0]
        return f"{self.family.original_part}.{name}"

    @property
    def outcome(self) -> frozenset[tuple[str, str]]:
        """Both names of all modules, by which two readings are held against each other."""
        return frozenset(
            (place.path("diffusers", index), self.family.originals(place)[0])
            for place in self.places.values()
            for index in _parts_of(place, self.naming)
        )


def _parts_of(place: Place, naming: Naming) -> Iterable[int]:
    return range(len(place.rule.diffusers)) if naming == "original" else (place.part,)


def readings(
    flat_names: Mapping[str, str],
    factors: Mapping[str, Factors] | None = None,
    usual: Naming | None = None,
) -> list[Reading]:
    """List the families and namings that know all names.

    Args:
        flat_names: without their part of the pipeline and without dots.
        factors: of the same modules; families to whose packed modules they do not fit are left out.
        usual: the naming that is meant wherever a family knows the names in it.
    """
    found = []
    for family in families():
        for naming in ("diffusers", "original"):
            places = _places(family, naming, flat_names)
            if places and (naming == "diffusers" or _fit(family, places, factors or {})):
                found.append(Reading(family, naming, places))
    found = [each for each in found if each.naming == usual] or found
    return [each for each in found if _is_published(each, factors or {})] or found


def _is_published(reading: Reading, factors: Mapping[str, Factors]) -> bool:
    """Whether all modules have widths that published models of the family have, as far as these are known."""
    return all(
        reading.family.is_published(place, own_shape(factors[name]))
        for name, place in reading.places.items()
        if name in factors
    )


def _places(family: Family, naming: Naming, flat_names: Mapping[str, str]) -> dict[str, Place]:
    places: dict[str, Place] = {}
    for name, flat in flat_names.items():
        if (place := family.find(flat, naming)) is None:
            return {}
        places[name] = place
    is_marked = any(family.mark in place.rule.diffusers[0] for place in places.values())
    return places if is_marked or naming == "diffusers" else {}


def _fit(family: Family, places: Mapping[str, Place], factors: Mapping[str, Factors]) -> bool:
    return all(
        family.is_like(place, own_shape(factors[name]))
        and (not place.rule.is_fused or is_divisible(factors[name], place.rule))
        for name, place in places.items()
        if name in factors
    )


def one_reading(
    flat_names: Mapping[str, str],
    factors: Mapping[str, Factors] | None = None,
    class_name: str = "",
    usual: Naming | None = None,
) -> Reading | None:
    """Find the family of a file; None where none or several that disagree know all its names.

    Args:
        flat_names, factors, usual: see `readings`.
        class_name: the class that the base states, whose family is taken where it knows all names.
    """
    found = readings(flat_names, factors, usual)
    found = [each for each in found if class_name in each.family.classes] or found
    return found[0] if found and len({each.outcome for each in found}) == 1 else None


def renamed(modules: Mapping[str, ModuleFactors], reading: Reading, to: Naming) -> dict[str, ModuleFactors]:
    """Give modules their names in a naming, without the part of the pipeline, and take apart or pack.

    Raises:
        AlignmentError, UnsupportedError: see `packing`.
    """
    if to == reading.naming:
        return {
            reading.places[name].path(to, reading.places[name].part): each for name, each in modules.items()
        }
    if to == "diffusers":
        return dict(
            pair for name, each in modules.items() for pair in _apart(name, each, reading.places[name])
        )
    groups: dict[tuple[Rule, tuple[str, ...]], dict[int, ModuleFactors]] = defaultdict(dict)
    for name, each in modules.items():
        place = reading.places[name]
        groups[place.rule, place.numbers][place.part] = each
    return {reading.family.originals(Place(*key))[0]: _packed(key[0], group) for key, group in groups.items()}


def _apart(name: str, module: ModuleFactors, place: Place) -> list[tuple[str, ModuleFactors]]:
    if place.rule.is_fused:
        parts = apart(name, module.factors, place.rule)
        changed = [not is_nothing(part) for part in parts]
        wanted = [index for index, is_any in enumerate(changed) if is_any or not any(changed)]
        return [(place.path("diffusers", i), dataclasses.replace(module, factors=parts[i])) for i in wanted]
    if place.rule.swaps(own_shape(module.factors)):
        parts = [halves_swapped(name, module.factors)]
    else:
        parts = [module.factors]
    return [
        (place.path("diffusers", index), dataclasses.replace(module, factors=factors))
        for index, factors in enumerate(parts)
    ]


def _packed(rule: Rule, group: Mapping[int, ModuleFactors]) -> ModuleFactors:
    first = group[min(group)]
    if rule.swaps(own_shape(first.factors)):
        return dataclasses.replace(first, factors=halves_swapped(rule.original, first.factors))
    if not rule.is_fused:
        return first
    parts = [group[index].factors if index in group else None for index in range(len(rule.diffusers))]
    return dataclasses.replace(first, factors=together(parts, rule))


def placed(
    path: Path, modules: Mapping[str, ModuleFactors], names: Mapping[str, FileName], host: Host
) -> dict[str, ModuleFactors]:
    """Give modules the paths of a base, which may have them by the other naming of their family.

    Args:
        path: the file.
        names: how the file calls each module.

    Raises:
        AlignmentError: see `flat_names.located`.
        UnsupportedError: see `packing`.
    """
    flats = {name: spellings(each.parts, each.rest) for name, each in names.items()}
    owners = owners_in(host)
    strangers = {name for name, spelled in flats.items() if not any(flat in owners for flat in spelled)}
    groups: dict[tuple[str, ...], dict[str, ModuleFactors]] = defaultdict(dict)
    for name in sorted(strangers):
        groups[names[name].parts][name] = modules[name]
    found: dict[str, ModuleFactors] = {}
    for parts, group in groups.items():
        moved = _in_other_naming(group, names, parts, owners)
        if not moved:
            located(path, flats, host)  # which names the strangers
        found |= moved
    direct = {name: spelled for name, spelled in flats.items() if name not in strangers}
    paths = located(path, direct, host) if direct else {}
    if doubles := sorted(set(paths.values()) & set(found)):
        raise AlignmentError(
            f"{path}: {doubles[0]!r} of the base has factors under two names. Keep one of them in the file."
        )
    return found | {paths[name]: modules[name] for name in direct}


def _in_other_naming(
    modules: Mapping[str, ModuleFactors],
    names: Mapping[str, FileName],
    parts: Sequence[str],
    owners: Mapping[str, Sequence[str]],
) -> dict[str, ModuleFactors]:
    """Find the modules in a base by other names of their family; {} where it lacks one."""
    flat = {name: flattened(names[name].rest) for name in modules}
    for reading in readings(flat, {name: each.factors for name, each in modules.items()}):
        places = {
            names[0]: _owner(names, parts, owners)
            for place in reading.places.values()
            for names in _names_in(place, reading)
        }
        if all(places.values()):
            moved = renamed(modules, reading, reading.other)
            return {str(places[name]): each for name, each in moved.items()}
        if reading.naming == "original":
            # By another original name, as the authors of HunyuanVideo and ComfyUI have.
            same = {
                name: _owner(reading.family.originals(place), parts, owners)
                for name, place in reading.places.items()
            }
            if all(same.values()):
                return {str(same[name]): each for name, each in modules.items()}
    return {}


def _owner(names: Sequence[str], parts: Sequence[str], owners: Mapping[str, Sequence[str]]) -> str | None:
    flats = (flat for name in names for flat in spellings(parts, name))
    return next((owners[flat][0] for flat in flats if flat in owners), None)


def _names_in(place: Place, reading: Reading) -> list[list[str]]:
    """Return what each part of a module is called in the other naming, the usual name first."""
    if reading.other == "original":
        return [reading.family.originals(place)]
    return [[place.path("diffusers", index)] for index in range(len(place.rule.diffusers))]


def family_of(adapter: Adapter) -> str:
    """Name the families that may have the modules of a diffusion model; "" where none has all of them."""
    inside = {
        path: flattened(whole.partition(".")[2])
        for path in adapter.modules
        if (whole := in_pipeline(path, adapter.host) or "").startswith(MODELS)
    }
    if not inside:
        is_text = adapter.modules and all(map(OF_TEXT.match, adapter.modules))
        return "text encoders" if is_text else ""
    known = sorted({each.family.name for each in readings(inside, adapter.modules, usual_naming(adapter))})
    return " or ".join(filter(None, (", ".join(known[:-1]), *known[-1:])))


def family_without_diffusers_files(adapter: Adapter) -> str:
    """Name the family of an adapter with diffusers' names that no program reads in a file; "" for others."""
    inside = {
        path: flattened((in_pipeline(path, adapter.host) or path).partition(".")[2])
        for path in adapter.modules
    }
    class_name = class_of(adapter.host)
    known = [each.family for each in readings(inside, adapter.modules, "diffusers")]
    known = [each for each in known if class_name in each.classes] or known
    return known[0].name if known and not any(each.has_diffusers_files for each in known) else ""


def usual_naming(adapter: Adapter) -> Naming | None:
    """Return the naming that the parts of a pipeline in an adapter's names speak for; None for neither."""
    owners = {(in_pipeline(path, adapter.host) or "").partition(".")[0] for path in adapter.modules}
    if "diffusion_model" in owners:
        return "original"
    return "diffusers" if owners & {"unet", "transformer"} else None


def in_naming(adapter: Adapter, naming: Naming) -> Adapter:
    """Give the modules of a diffusion model the names of a naming, where they have the other one's.

    An adapter whose family is not known stays as it is.
    """
    chosen = {
        path: rest
        for path in adapter.modules
        if (rest := _to_rename(in_pipeline(path, adapter.host), naming)) is not None
    }
    factors = {path: adapter.modules[path] for path in chosen}
    flat_names = {path: flattened(rest) for path, rest in chosen.items()}
    usual: Naming = "diffusers" if naming == "original" else "original"
    reading = one_reading(flat_names, factors, stated_class(adapter.host), usual)
    if not chosen or reading is None or (naming == "diffusers" and not reading.family.has_diffusers_files):
        return adapter
    old = {
        path: ModuleFactors(factors, None if adapter.is_vector(path) else adapter.host.kernels.get(path, ()))
        for path, factors in adapter.modules.items()
    }
    part = reading.family.part if naming == "diffusers" else reading.family.original_part
    moved = renamed({path: old[path] for path in chosen}, reading, naming)
    kept = {path: in_pipeline(path, adapter.host) or path for path in old if path not in chosen}
    modules = {new: old[path] for path, new in kept.items()}
    built = adapter_of(modules | {f"{part}.{path}": each for path, each in moved.items()}, None, "")
    return dataclasses.replace(
        adapter,
        host=renamed_host(built, adapter, kept),
        modules=built.modules,
        widens=built.widens,
        nested=None,
        source=None,
    )


def _to_rename(whole: str | None, naming: Naming) -> str | None:
    """Return the name inside of its part, if the part's modules may have the other naming."""
    part, _, rest = (whole or "").partition(".")
    if naming == "original":
        return rest if part in ("unet", "transformer") else None
    is_original = part == "diffusion_model" or (whole and NOT_DIFFUSERS.match(whole))
    return rest if is_original else None
