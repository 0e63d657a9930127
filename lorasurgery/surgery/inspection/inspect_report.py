"""What an inspection found: plain values, for the screens and for `--json` (see docs/inspect.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from lorasurgery.linalg import spectrum
from lorasurgery.reports import Report
from lorasurgery.surgery.inspection.layer_position import LayerPosition, place_of
from lorasurgery.text import counted

# Raised when a field changes its meaning or goes; new fields do not raise it.
REPORT_VERSION = 1

# The ranks at which the energy is reported.
RANKS = (4, 8, 16, 32, 64)


@dataclass(frozen=True)
class AgainstBase:
    """What an adapter's module does to the weight of its base.

    `norm` is ‖W‖_F. `edge` is the noise edge of W's stored dtype, a singular value. `noise` is the
    Frobenius norm of what rounding W + ΔW to that dtype would lose, None where W is stored in
    float64. `intruders` counts, of the leading singular vectors of W + ΔW, those that match none of
    W's. `overlap` is the cosine between ΔW and the part of W in ΔW's own singular spaces, `ratio`
    that of their norms: near 1 both, ΔW is a part of W itself.
    """

    norm: float
    edge: float
    noise: float | None
    intruders: int | None
    overlap: float
    ratio: float


@dataclass(frozen=True)
class ModuleSpectrum:
    """The spectrum of one matrix: an adapter's ΔW, a pair's, or a weight.

    Attributes:
        shape: (out, in); empty where neither the factors nor a base have it.
        rank: of the factors as stored; None for pairs and weights.
        sigma: singular values, non-increasing: all where `complete`, otherwise the leading ones.
        energy: the squared Frobenius norm.
        balance: ‖B‖_F / ‖A‖_F of plain factors.
        edge: the noise edge of a pair's tuned weight.
        base_norm: ‖W_base‖_F of a pair.
        half_loss: the relative error that casting the factors to float16 makes; infinite where it
            overflows.
        stored_error: bits of the factors' dtype as a relative spacing: what is below σ₁ times this
            is rounding.
        reason: why there is no spectrum, where there is none.
        quantised: the format of a weight that is quantised.
        noise: the Frobenius norm of what quantising took from such a weight, by its codes' own
            steps; None where these are not known.
    """

    module: str
    variant: str
    dtype: str
    nbytes: int
    shape: tuple[int, ...] = ()
    rank: int | None = None
    sigma: tuple[float, ...] = ()
    energy: float = 0.0
    complete: bool = True
    balance: float | None = None
    edge: float | None = None
    base_norm: float | None = None
    half_loss: float | None = None
    stored_error: float = 0.0
    finite: bool = True
    reason: str = ""
    quantised: str = ""
    noise: float | None = None
    against: AgainstBase | None = None

    @property
    def place(self) -> LayerPosition:
        return place_of(self.module)

    @property
    def has_spectrum(self) -> bool:
        return not self.reason and self.finite

    @property
    def change(self) -> float:
        """‖ΔW‖_F, or ‖W‖_F of a weight."""
        return float(self.energy**0.5)

    @property
    def relative(self) -> float | None:
        """‖ΔW‖_F / ‖W_base‖_F, where a base is given."""
        base = self.against.norm if self.against else self.base_norm
        return self.change / base if base else None

    @property
    def noise_edge(self) -> float | None:
        return self.against.edge if self.against else self.edge

    @property
    def edge_rank(self) -> int | None:
        """Count singular values above the noise edge; None without an edge or where too few are known."""
        edge = self.noise_edge
        return None if edge is None else spectrum.count_above(self.sigma, edge, complete=self.complete)

    @property
    def stable_rank(self) -> float:
        return spectrum.stable_rank(self.sigma, self.energy)

    @property
    def effective_rank(self) -> float | None:
        """None where not all singular values are known."""
        return spectrum.effective_rank(self.sigma) if self.complete else None

    def energy_at(self, rank: int) -> float | None:
        """The share of the energy in the leading `rank` triplets; None where fewer are known."""
        return spectrum.energy_at(self.sigma, self.energy, rank, complete=self.complete)

    def rank_for(self, share: float) -> int | None:
        """The least rank that holds a share of the energy; None where more values would have to be known."""
        return spectrum.rank_for(self.sigma, self.energy, share)

    @property
    def used_rank(self) -> int:
        """Singular values that are more than rounding of the factors' dtype."""
        floor = self.sigma[0] * self.stored_error if self.sigma else 0.0
        return sum(value > floor for value in self.sigma)

    def as_json(self) -> dict[str, Any]:
        """The record with the derived figures spelled out."""
        derived = {
            "layer": self.place.layer,
            "kind": self.place.kind,
            "stable_rank": self.stable_rank,
            "effective_rank": self.effective_rank,
            "edge_rank": self.edge_rank,
            "relative_change": self.relative,
            "energy_at": {str(rank): self.energy_at(rank) for rank in RANKS},
            "rank_for": {str(share): self.rank_for(share) for share in (0.9, 0.99)},
            "half_error": self.half_loss,
        }
        return asdict(self) | (
            derived if self.has_spectrum else {"layer": self.place.layer, "kind": self.place.kind}
        )


@dataclass(frozen=True)
class OtherParameter:
    """A parameter without a low-rank form: replaced, changed in a pair, or a checkpoint's vector.

    `norm` is that of the change in a pair, and of the tensor itself elsewhere.
    """

    name: str
    form: str
    shape: tuple[int, ...]
    dtype: str
    nbytes: int
    norm: float | None = None
    finite: bool = True
    copies_base: bool | None = None


@dataclass(frozen=True)
class Flag:
    """Something wrong: what it is called, which modules have it, what it means and what to do."""

    code: str
    modules: tuple[str, ...]
    meaning: str
    advice: str


@dataclass(frozen=True, repr=False)
class InspectReport(Report):
    """What was seen of an adapter, a pair or a checkpoint: `kind` says which.

    `unchanged` counts a pair's parameters that are equal. Without `spectra`, modules were listed and
    not decomposed.
    """

    kind: str
    name: str
    format: str
    base: str
    modules: Sequence[ModuleSpectrum]
    others: Sequence[OtherParameter] = ()
    flags: Sequence[Flag] = ()
    notes: Sequence[str] = field(default=())
    unchanged: int = 0
    spectra: bool = True

    ROWS: ClassVar[str] = "modules"

    @property
    def summary(self) -> str:
        """What was inspected, and what is wrong with it."""
        flags = ", ".join(flag.code for flag in self.flags) or "nothing to flag"
        return f"{self.kind} {self.name}, {counted(len(self.modules), 'module')}, {flags}"

    @property
    def seen(self) -> list[ModuleSpectrum]:
        """The modules that have a spectrum with something in it."""
        return [each for each in self.modules if each.has_spectrum and each.energy > 0]

    @property
    def energy(self) -> float:
        """Σ ‖ΔW‖² over the modules that have a spectrum."""
        return sum(each.energy for each in self.seen)

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in self.modules) + sum(each.nbytes for each in self.others)

    def rank_for(self, share: float) -> int | None:
        """The least rank that, given to every module, keeps a share of all modules' energy."""
        most = max((len(each.sigma) for each in self.seen), default=0)
        return next((rank for rank in range(1, most + 1) if (self.kept_at(rank) or 0) >= share - 1e-12), None)

    def kept_at(self, rank: int) -> float | None:
        """The share of the energy that a cut to this rank keeps; None where a module's is not known."""
        kept = [each.energy_at(rank) for each in self.seen]
        if not kept or any(share is None for share in kept):
            return None
        return (
            sum((share or 0) * each.energy for share, each in zip(kept, self.seen, strict=True)) / self.energy
        )

    def as_json(self, rank: int | None = None) -> dict[str, Any]:
        """The report as JSON values; with `rank`, also what a cut of every module to it keeps."""
        totals: dict[str, Any] = {
            "nbytes": self.nbytes,
            "energy": self.energy,
            "rank_for": {str(share): self.rank_for(share) for share in (0.9, 0.99)},
            "kept_at": {str(rank): self.kept_at(rank) for rank in RANKS},
        }
        if rank is not None:
            totals["cut"] = {"rank": rank, **_figures(self.kept_at(rank))}
        return {
            "version": REPORT_VERSION,
            "kind": self.kind,
            "name": self.name,
            "format": self.format,
            "base": self.base,
            "totals": totals,
            "modules": [
                module.as_json() | ({} if rank is None else _figures(module.energy_at(rank)))
                for module in self.modules
            ],
            "others": [asdict(other) for other in self.others],
            "flags": [asdict(flag) for flag in self.flags],
            "unchanged": self.unchanged,
            "spectra": self.spectra,
            "notes": list(self.notes),
        }


def _figures(kept: float | None) -> dict[str, float | None]:
    """The share of ‖ΔW‖² that a cut keeps, and its error as a share of ‖ΔW‖; None where it is not known."""
    error = None if kept is None else max(0.0, 1 - kept) ** 0.5
    return {"energy_kept": kept, "relative_error": error}
