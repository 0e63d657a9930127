"""What a base tells a format, and the products of factors, for adapters that are in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from lorasurgery.adapter import Host
from lorasurgery.architecture import architecture_of
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.surgery.base.host import host_of


def host(base: Path) -> Host:
    checkpoint = open_checkpoint(base)
    return host_of(architecture_of(checkpoint), checkpoint)


def delta(factors: Any) -> Tensor:
    """ΔW = scale · B A, in float64."""
    product: Tensor = factors.scale * (factors.B.read().double() @ factors.A.read().double())
    return product
