"""Say of every tensor of an adapter where it will land in the program that is to serve it, or why not.

The adapter is looked at as it lies on disk, by its own names, since that is what the program reads.
What the program does is in `targets`: rules and facts from its own code. Headers alone are read,
and nothing of the program is imported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from lorasurgery import formats, targets
from lorasurgery.adapter import Host
from lorasurgery.architecture.config_alone import note_on_missing_weights
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.errors import NotACheckpointError
from lorasurgery.foreign import reading
from lorasurgery.formats._stated_base import stated_base
from lorasurgery.paths import StrPath
from lorasurgery.quantisation import as_numbers
from lorasurgery.reports import Report
from lorasurgery.surgery.adapter_input.base_root import notes_on_base
from lorasurgery.surgery.adapter_input.header import adapter_header
from lorasurgery.targets import AdapterHeader, FileRefusal, Findings, Landing, Target
from lorasurgery.targets.onnx.graph import GraphBase
from lorasurgery.text import counted

REPORT_VERSION = 1


@dataclass(frozen=True, repr=False)
class CheckReport(Report):
    """What a target does with an adapter.

    `modules` has the fate of each module, `refusals` why the target takes nothing of the file, and
    `options` what it must be started with. `source` is where the facts are from.
    """

    ROWS: ClassVar[str] = "modules"

    adapter: str
    base: str
    target: str
    target_version: str
    source: Mapping[str, Any]
    modules: Sequence[Landing]
    refusals: Sequence[FileRefusal]
    options: Sequence[str]
    notes: Sequence[str]

    @property
    def all_land(self) -> bool:
        """Whether the target applies all of the adapter, as it was trained."""
        return bool(self.modules) and not self.refusals and self.fates.keys() == {"lands"}

    @property
    def fates(self) -> Mapping[str, int]:
        """How many modules have which fate."""
        return Counter(each.fate for each in self.modules)

    @property
    def served_by(self) -> str:
        return f"{self.target} {self.target_version}"

    @property
    def verdict(self) -> str:
        """What to expect, in one sentence."""
        total, fates = counted(len(self.modules), "module"), self.fates
        silently = f"{self.served_by} loads this adapter without a word"
        if self.refusals:
            reasons = "; ".join(each.reason for each in self.refusals)
            return f"{self.served_by} refuses this adapter: {reasons}."
        if not self.modules:
            return "The adapter has nothing that could land."
        if self.all_land:
            return f"All of it lands: {self.served_by} applies {total} as trained."
        if fates.keys() == {"unknown"}:
            first = self.modules[0]
            why = f"{first.reason}; {first.way_out}" if first.way_out else first.reason
            return f"There are no facts on what {self.served_by} does with {total}: {why}."
        if fates.get("refused"):
            return f"{self.served_by} refuses this adapter: it takes {fates.get('lands', 0)} of {total}."
        if fates.keys() == {"ignored"}:
            return f"{silently} and serves the bare base: none of {total} lands."
        missing = ", ".join(f"{number} {fate}" for fate, number in sorted(fates.items()) if fate != "lands")
        return f"{silently}, and of {total} {missing}."

    @property
    def summary(self) -> str:
        """The verdict."""
        return self.verdict

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "version": REPORT_VERSION,
            "all_land": self.all_land,
            "verdict": self.verdict,
            "fates": dict(self.fates),
            **asdict(self),
        }


def check(adapter: StrPath, *, base: StrPath, runtime: str) -> CheckReport:
    """Look where every module of an adapter lands in the program that is to serve it.

    Args:
        adapter: in the format that the program is to read.
        base: the model that is served; only its headers are read. A config without weights will do.
        runtime: the program, and its version where the rules of versions differ: `vllm`,
            `vllm@0.29`.

    Raises:
        CheckpointError: adapter or base cannot be read.
        UnsupportedError: no facts on the program, or on a version that old.
    """
    target, version = targets.named(runtime)
    facts = targets.facts_of(target.name, version)
    found = formats.find_adapter(str(adapter))
    if found is None:
        raise NotACheckpointError(f"{adapter} holds no adapter in a format that can be read.")
    header = adapter_header(*found)
    opened = target.open_base(base)
    findings = _findings(target, header, opened, facts)
    return CheckReport(
        adapter=str(adapter),
        base=opened.name,
        target=target.title,
        target_version=str(facts["source"]["version"]),
        source=facts["source"],
        modules=tuple(findings.landings),
        refusals=tuple(findings.refusals),
        options=tuple(findings.options),
        notes=(
            *_version_notes(target, version, facts),
            *filter(None, [note_on_missing_weights(opened)]),
            *_base_notes(str(adapter), header, opened),
            *findings.notes,
        ),
    )


def _findings(target: Target, header: AdapterHeader, base: Checkpoint, facts: Mapping[str, Any]) -> Findings:
    if header.format in target.formats:
        # Programs fall over a config with a text for a number, and so may what speaks for them.
        with reading(header.path, f"an adapter for {target.title}"):
            return target.examine(header, base, facts)
    *others, last = target.formats
    reads = f"the formats {', '.join(others)} and {last}" if others else f"the format {last}"
    reason = f"{header.path.name} is in the format {header.format}, and {target.title} reads {reads} only"
    way_out = f"run `lorasurgery convert ADAPTER --base BASE --for {target.name}`"
    return Findings(refusals=[FileRefusal(reason, way_out)])


def _base_notes(name: str, header: AdapterHeader, base: Checkpoint) -> tuple[str, ...]:
    """Name both models where the adapter was made for another base."""
    config, found = header.config, stated_base(header.path)
    given = _host_of(base)
    if found is None or given is None:
        return ()
    stated = Host(
        (),
        base_root=lambda: found.root,
        base_name=found.name or config.get("base_model_name_or_path"),
        base_revision=found.revision or config.get("revision"),
    )
    return notes_on_base(name, stated, given)


def _host_of(base: Checkpoint) -> Host | None:
    """What is known of the model that is served; None of one without weights that does not say it."""
    if isinstance(base, GraphBase):
        said = base.stated
        if said is None:
            return None
        name = said.name or base.name
        return Host((), base_root=lambda: said.root, base_name=name, base_revision=said.revision)
    if not base.tensors or not base.files:
        return None
    return Host(
        (),
        base_root=lambda: as_numbers(base).root,
        base_name=base.repository or base.name,
        base_revision=base.revision,
    )


def _version_notes(target: Target, asked: str | None, facts: Mapping[str, Any]) -> list[str]:
    known = str(facts["source"]["version"])
    if asked is None or known == asked or known.startswith(f"{asked}."):
        return []
    return [f"There are no facts on {target.title} {asked}; those of {known} are used."]
