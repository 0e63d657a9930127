"""A quantised weight: its tensors on disk, its format's name, and its numbers if the format is read."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation._encoding import Encoding
from lorasurgery.quantisation._module import Module

# Dtypes in which quantisers store codes, or nothing at all.
NO_SCALES = frozenset({Dtype.C64, Dtype.F4, Dtype.F6_E2M3, Dtype.F6_E3M2})


@dataclass(frozen=True)
class QuantisedWeight:
    """`name` is the weight's plain name, `codes` its tensor of quantised values, `tensors` all that
    belong to it.

    `label` is the format in words. `shape` is the weight's own, None where the files do not say it.
    `numbers` is None where the format is not read; `reason` may say why this weight
    of a format that is read is not. `encoding` is None where the format is read only.
    `is_float` says that the codes are numbers themselves, before their scale: 8-bit floats.
    """

    name: str
    codes: str
    tensors: tuple[str, ...]
    label: str
    shape: tuple[int, ...] | None
    numbers: LazyTensor | None = None
    encoding: Encoding | None = None
    is_float: bool = False
    reason: str = ""

    @property
    def is_packed(self) -> bool:
        """Whether the stored tensor is not one of numbers, whose blocks are blocks of the weight."""
        return not self.is_float


def packed(
    module: Module,
    weight: str,
    codes: str,
    others: Sequence[str],
    label: str,
    shape: tuple[int, ...] | None,
    numbers: LazyTensor | None,
    encoding: Encoding | None = None,
) -> QuantisedWeight:
    """Return a weight whose numbers are known, or, where `numbers` is None, one that is recognised
    and not read: also where one of the other tensors is in a dtype that no scale or zero point has.
    """
    found = unread(module, weight, codes, others, label, shape)
    odd = next((leaf for leaf in others if leaf in module.tensors and module.dtype(leaf) in NO_SCALES), None)
    if odd is not None:
        reason = (
            f"{module.full(odd)!r} is stored as {module.dtype(odd)}, which holds no scales or zero points"
        )
        return dataclasses.replace(found, reason=reason)
    if numbers is None:
        return found
    return dataclasses.replace(found, numbers=numbers, encoding=encoding)


def unread(
    module: Module,
    weight: str,
    codes: str,
    others: Sequence[str],
    label: str,
    shape: tuple[int, ...] | None,
) -> QuantisedWeight:
    """Return a weight in a format that is recognised and not read; those of `others` that exist
    belong to it.
    """
    held = [leaf for leaf in dict.fromkeys((codes, *others)) if leaf in module.tensors]
    return QuantisedWeight(
        module.full(weight), module.full(codes), tuple(map(module.full, held)), label, shape
    )


def words(name: str, bits: int | None, group: int | None, whole: int | None = None) -> str:
    """A format with what its settings are: "GPTQ, 4 bit, groups of 128".

    Args:
        whole: the side that groups divide; a group as long as it is a row.
    """
    parts = [name, f"{bits} bit" if bits else "", f"groups of {group}" if group and group != whole else ""]
    return ", ".join(filter(None, parts))
