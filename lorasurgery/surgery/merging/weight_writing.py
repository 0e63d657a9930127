"""How the weights of a merged model are written: their dtype, their shards, what becomes of codes."""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.arguments import nbytes_of
from lorasurgery.dtypes import Dtype, chosen

DTYPES = ("float32", "float16", "bfloat16")


@dataclass(frozen=True)
class WeightWriting:
    """How the weights of the output are written.

    Attributes:
        dtype: of all weights; None where each keeps its own.
        max_shard_bytes: the largest size of a shard; None where the base's files are kept.
        requantise: the rule by which quantised weights are quantised again, None where they are not.
        size: with `requantise`, of all tensors, in bytes: within it, weights that would lose most are
            written in 16 bits.
        base_as: as what training quantised the base, one of `IN_TRAINING`; None where it did not.
    """

    dtype: Dtype | None = None
    max_shard_bytes: int | None = None
    requantise: str | None = None
    base_as: str | None = None
    size: int | None = None

    @staticmethod
    def of(
        dtype: str | None,
        max_shard_size: int | str | None = None,
        *,
        requantise: str | None = None,
        base_as: str | None = None,
        size: int | str | None = None,
    ) -> WeightWriting:
        """Read the user's words."""
        return WeightWriting(
            None if dtype is None else Dtype.named(chosen(dtype, DTYPES)),
            nbytes_of(max_shard_size, "max_shard_size"),
            requantise,
            base_as,
            nbytes_of(size, "size"),
        )
