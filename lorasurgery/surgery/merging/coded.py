"""A base whose weights are 8-bit codes with scales: read as numbers, written as numbers in bfloat16 or as codes again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.codes import quantiser
from lorasurgery.surgery.float8 import Scaled8, dequantised, leftovers, scaled_weights
from lorasurgery.surgery.merging.job import Job, Requantise


@dataclass(frozen=True)
class Coded:
    """`numbers` is the base as everything but its files sees it: of a base without codes, the base itself.

    `requantise` says that what changes becomes codes again, and what does not stays as it is.
    """

    base: Checkpoint
    numbers: Checkpoint
    weights: Mapping[str, Scaled8]
    requantise: bool

    @staticmethod
    def of(base: Checkpoint, dtype: Dtype | None, *, requantise: bool) -> Coded:
        """Find the codes of a base.

        Raises:
            UnsupportedError: there are none to write again, or a dtype is asked for as well.
        """
        weights = scaled_weights(base)
        _refuse_unknown(base, weights)
        if requantise and not weights:
            raise UnsupportedError(f"--requantise: {base.name} holds no 8-bit codes with scales.")
        if requantise and dtype is not None:
            raise UnsupportedError(
                "--requantise writes 8-bit codes again, and --dtype asks for numbers; choose one."
            )
        return Coded(base, _as_numbers(base, weights), weights, requantise)

    @property
    def removed(self) -> frozenset[str]:
        """Tensors that the output has no use for: scales, where the codes become numbers."""
        return frozenset() if self.requantise else frozenset(leftovers(self.base, self.weights))

    def jobs(self, found: Mapping[str, Job], dtype: Dtype | None) -> dict[str, Job]:
        """The jobs that were found for the numbers, as they are for the files."""
        made = dict(found)
        for name, weight in self.weights.items():
            stored, number = self.base.tensors[name], self.numbers.tensors[name]
            job = found.get(name) or Job(name, stored, stored.shape, Dtype.BF16)
            job = dataclasses.replace(job, base=stored, replaced=job.replaced or number)
            if not self.requantise:
                made[name] = dataclasses.replace(job, dtype=dtype or Dtype.BF16)
            elif name in found:
                made |= _as_codes(job, weight, stored, self.base.tensors[weight.scale])
        return dict(sorted(made.items()))


def _refuse_unknown(base: Checkpoint, weights: Mapping[str, Scaled8]) -> None:
    """Where the config says that weights are quantised, 8-bit floats without scales that are known are no numbers."""
    method = quantiser(base.config)
    unknown = [
        name
        for name, tensor in base.tensors.items()
        if "float8" in str(tensor.dtype) and len(tensor.shape) > 1 and name not in weights
    ]
    scales = {weight.scale for weight in weights.values()}
    unknown = [name for name in unknown if name not in scales]
    if method and unknown:
        raise UnsupportedError(
            f"{unknown[0]!r} of {base.name} holds 8-bit codes ({method}), and its scales are not where this program looks for them "
            f"(weight_scale, weight_scale_inv). {len(unknown)} tensors are like that; merge into the unquantised base, and quantise the result."
        )


def _as_numbers(base: Checkpoint, weights: Mapping[str, Scaled8]) -> Checkpoint:
    if not weights:
        return base
    gone = {*leftovers(base, weights)}
    tensors = {name: tensor for name, tensor in base.tensors.items() if name not in gone}
    tensors |= {name: dequantised(base, weight) for name, weight in weights.items()}
    config = {key: value for key, value in base.config.items() if key != "quantization_config"}
    return dataclasses.replace(base, tensors=tensors, config=config)


def _as_codes(job: Job, weight: Scaled8, stored: LazyTensor, scales: LazyTensor) -> dict[str, Job]:
    """Two jobs of one weight: its codes, and the scales that belong to them."""
    wanted = Requantise(weight.block, scales, stored.dtype)
    of_scales = dataclasses.replace(wanted, of_scales=True)
    codes = dataclasses.replace(job, dtype=stored.dtype, requantise=wanted)
    return {
        weight.name: codes,
        weight.scale: dataclasses.replace(
            codes,
            name=weight.scale,
            base=scales,
            shape=scales.shape,
            dtype=scales.dtype,
            requantise=of_scales,
        ),
    }
