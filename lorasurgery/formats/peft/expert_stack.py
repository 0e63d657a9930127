"""The stacked factors of one parameter of fused experts, as PEFT's file has them."""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.variants.lora import LoraFactors


@dataclass(frozen=True)
class ExpertStack:
    """The factors of one parameter of fused experts, as the file has them.

    A is (experts·r, width) and B (height, r·experts). `shape` is the parameter's (experts, rows,
    columns), and states with `is_transposed` whether that is (in, out), where the model shows it.
    """

    name: str
    experts: int
    shape: tuple[int, ...] | None
    transposed: bool
    factors: LoraFactors

    @property
    def rank(self) -> int:
        return self.factors.A.shape[0] // self.experts

    @property
    def has_one_order(self) -> bool:
        """Whether both orders of B are the same."""
        return self.rank == 1 or self.experts == 1

    @property
    def by_rows(self) -> bool | None:
        """Whether A is as wide as the parameter's rows, not columns; None where shapes leave it open."""
        if self.shape is None:
            return None
        _, rows, columns = self.shape
        found = (self.factors.A.shape[1], self.factors.B.shape[0])
        fits = found == (rows, columns), found == (columns, rows)
        return None if fits[0] == fits[1] else fits[0]
