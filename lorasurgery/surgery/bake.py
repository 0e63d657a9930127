"""Convert an adapter for a server, and merge what the server cannot take into a base of its own.

    base + adapter  =  (base + rest)  +  (adapter without the rest)

The rest is merged exactly as `merge` does it; the server then loads the new base, and on it the adapter
that is left.
"""

from __future__ import annotations

import dataclasses
import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lorasurgery.errors import NothingToDoError, UnsupportedError
from lorasurgery.paths import StrPath
from lorasurgery.surgery.adapter_input.open_adapter import OpenAdapter, open_for_rewriting
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.base.open_base import open_base
from lorasurgery.surgery.conversion.conversion_forecast import ConversionForecast
from lorasurgery.surgery.conversion.conversion_report import ConversionReport
from lorasurgery.surgery.conversion.packing import Packings
from lorasurgery.surgery.conversion.runtime_profiles import Profile, profile_of
from lorasurgery.surgery.conversion.served_modules import unserved
from lorasurgery.surgery.conversion.stored_names import named_as_served
from lorasurgery.surgery.convert import plan_convert
from lorasurgery.surgery.merge import plan_merge
from lorasurgery.surgery.plan import Plan, at_once
from lorasurgery.surgery.workers import Progress
from lorasurgery.text import counted, listed


@dataclass(frozen=True, repr=False)
class BakePlan:
    """A conversion whose rest goes into a base; nothing but headers is read yet.

    `rest` are the modules and parameters that are merged, by the adapter's own names.
    """

    adapter: StrPath
    output: StrPath | None
    out_base: StrPath
    rest: tuple[str, ...]
    merging: Plan[Any, Any]
    converting: Plan[ConversionForecast, ConversionReport]
    options: dict[str, Any]

    def __repr__(self) -> str:
        return f"<BakePlan: {self.note}>"

    @property
    def note(self) -> str:
        """Which part of the adapter is in the new base."""
        return (
            f"{counted(len(self.rest), 'part')} of the adapter ({listed(self.rest)}) merged into "
            f"{os.fspath(self.out_base)}, which is the base of what is left"
        )

    def forecast(self) -> ConversionForecast:
        """Say what `run` would write, besides the new base."""
        forecast = self.converting.forecast()
        return dataclasses.replace(forecast, notes=[*forecast.notes, self.note])

    def run(self, progress: Progress | None = None) -> ConversionReport:
        """Write the new base, and then the adapter for it."""
        self.merging.run(progress)
        plan = plan_convert(self.adapter, self.output, base=self.out_base, **self.options)
        report = plan.run(progress)
        return dataclasses.replace(report, notes=[*report.notes, self.note])


def plan_convert_and_bake(
    adapter: StrPath,
    output: StrPath | None = None,
    *,
    out_base: StrPath,
    base: StrPath | None = None,
    runtime: str | None = None,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    experts_order: str | None = None,
    alpha: float | None = None,
    force: bool = False,
    **options: Any,
) -> BakePlan:
    """Plan a conversion for a server, with what the server cannot take merged into a new base.

    Args:
        adapter, output, base, runtime, include, exclude, experts_order, alpha, force, options: as for
            `convert`; base and runtime are needed.
        out_base: where the new base is written.

    Raises:
        NothingToDoError: the server takes all of the adapter, or none of it.
        UnsupportedError: no base or no runtime is given.
    """
    profile = profile_of(runtime, options.get("format"))
    if base is None or profile is None:
        raise UnsupportedError("--bake-rest needs --base, the model that is served, and --for.")
    reading = AdapterReading.of(alpha, experts_order, include, exclude)
    opened = open_for_rewriting(adapter, open_base(base), reading)
    rest = _rest(opened, profile)
    if not rest:
        raise NothingToDoError(f"{profile.name} takes all of {opened.name}; leave out --bake-rest.")
    patterns = [glob.escape(name) for name in rest]
    same: dict[str, Any] = {"experts_order": experts_order, "force": force}
    merging = plan_merge(base, adapter, out_base, include=patterns, **same)
    options |= {"runtime": runtime, "include": include, "exclude": [*_several(exclude), *patterns]}
    options |= {"alpha": alpha, **same}
    converting = plan_convert(adapter, output, base=base, **options)
    return BakePlan(adapter, output, out_base, tuple(rest), merging, converting, options)


convert_and_bake = at_once(
    plan_convert_and_bake, "convert_and_bake", "Convert an adapter for a server, the rest merged into a base."
)


def _several(patterns: str | Sequence[str]) -> Sequence[str]:
    return [patterns] if isinstance(patterns, str) else patterns


def _rest(opened: OpenAdapter, profile: Profile) -> list[str]:
    """What the server does not take, by the names of the adapter's file."""
    packings = Packings.of((), ()).for_runtime(opened.adapter, profile, opened.base)
    packed, _ = packings(opened.adapter)
    packed, _ = named_as_served(packed, profile, opened.base, opened.weights)
    found = set(unserved(packed, profile, opened.base))
    weights = opened.weights
    assert weights is not None, "a base is given"
    own = opened.file.adapter
    names = {path: weights.run_time_path(path) for path in own.modules}
    rest = [path for path, run_time in names.items() if run_time in found]
    spelled = {name: weights.names.spell(name) for name in (*own.replaced, *own.token_rows)}
    rest += [name for name, run_time in spelled.items() if {name, run_time} & found]
    if len(rest) == len(own.modules) + len(own.replaced) + len(own.token_rows):
        raise NothingToDoError(f"{profile.name} takes nothing of {opened.name}: merge it into the base.")
    return sorted(rest)
