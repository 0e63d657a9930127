"""Norms, biases and bare parameters as changes, for formats whose files have what is added to them.

    norm (n), or a bare parameter     a change of its own
    bias of a module with factors     along with these
    bias alone                        alone, where the format has a place for that

diffusers' files have no change of a norm, but a norm's new weight, which replaces the old one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from lorasurgery.adapter import Adapter
from lorasurgery.dtypes import Dtype
from lorasurgery.formats import Format
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import run_time_tensor
from lorasurgery.surgery.base.names import WEIGHTS
from lorasurgery.surgery.base.pair import CheckpointPair, PairedParameter
from lorasurgery.variants.beft import BeftFactors
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors
from lorasurgery.variants.replaced_vector import ReplacedVectorFactors


@dataclass(frozen=True)
class AddedChanges:
    """What a format stores as changes: factors and changes of biases by module path, and all else whole.

    `whole` are the new values of these biases, where the format has none without factors.
    """

    factors: Mapping[str, Factors]
    biases: Mapping[str, LazyTensor]
    replaced: Mapping[str, LazyTensor]
    whole: Mapping[str, LazyTensor]

    def added_to(self, adapter: Adapter) -> Adapter:
        """Return the adapter with these changes."""
        modules, replaced = {**adapter.modules, **self.factors}, dict(self.replaced)
        for path, bias in self.biases.items():
            factors = modules.get(path)
            if isinstance(factors, LoraFactors):
                modules[path] = dataclasses.replace(factors, bias=_over(bias, factors.scale))
            elif path in self.whole:
                replaced[f"{path}.bias"] = self.whole[path]
            else:
                modules[path] = BeftFactors(bias.viewed((1, bias.numel)))
        return dataclasses.replace(adapter, modules=modules, replaced=replaced)


def added_changes(form: Format, pair: CheckpointPair, whole: Mapping[str, LazyTensor]) -> AddedChanges:
    """Divide what an extraction stores beside its factors into changes and new values.

    Args:
        whole: the new values, by the parameter's name.
    """
    factors: dict[str, Factors] = {}
    biases: dict[str, LazyTensor] = {}
    replaced: dict[str, LazyTensor] = {}
    norms = {
        pair.parameters[name].parameter.module
        for name in whole
        if len(pair.parameters[name].shape) == 1 and not name.endswith(".bias")
    }
    for name, value in whole.items():
        each = pair.parameters[name]
        path, _, end = name.rpartition(".")
        if not form.adds_changes or each.base is None or each.shape != each.base_shape:
            replaced[name] = value
        elif end == "bias" and (form.holds_vectors or pair.parameters[name].parameter.module not in norms):
            biases[path] = _difference(pair, each)
        elif (found := _factors(form, pair, each, value)) is not None:
            factors[path if end in WEIGHTS else name] = found
        else:
            replaced[name] = value
    alone = {} if BeftFactors in form.holds else {path: whole[f"{path}.bias"] for path in biases}
    return AddedChanges(factors, biases, replaced, alone)


def _factors(form: Format, pair: CheckpointPair, each: PairedParameter, value: LazyTensor) -> Factors | None:
    """Return a change of a vector, or of a parameter that no layer owns; None where the format has none."""
    is_layer = each.name.rpartition(".")[2] in WEIGHTS
    if len(each.shape) == 1 and not form.holds_vectors:
        if f"{each.parameter.module}.bias" in pair.parameters:
            return None
        return ReplacedVectorFactors(value.viewed((value.numel, 1)))
    if not each.shape or (is_layer and len(each.shape) > 1) or not form.holds_vectors:
        return None
    change = _difference(pair, each)
    if len(each.shape) == 1:
        return LoraFactors(_identity(1), change.viewed((change.numel, 1)))
    rows = each.shape[0]
    width = change.numel // rows
    return LoraFactors(change.viewed((rows, width)), _identity(rows)) if rows <= width else None


def _difference(pair: CheckpointPair, each: PairedParameter) -> LazyTensor:
    """Return tuned − base, rounded once to float32 (float64 where one of them has that)."""
    assert each.base is not None, "a change is that of something"
    tuned, base = run_time_tensor(pair.tuned, each.tuned), run_time_tensor(pair.base, each.base)
    dtype = Dtype.F64 if Dtype.F64 in (tuned.dtype, base.dtype) else Dtype.F32

    def stored() -> StoredArray:
        from lorasurgery.linalg.ordered import round_once

        return round_once(tuned.raw().double() - base.raw().double(), dtype)

    return LazyTensor.of_whole(each.shape, dtype, stored)


def _over(bias: LazyTensor, scale: float) -> LazyTensor:
    """Return a bias over the scale by which its factors multiply it."""
    return bias if scale == 1 else bias.map(lambda t: t.double() / scale, dtype=Dtype.F64)


def _identity(size: int) -> LazyTensor:
    def stored() -> StoredArray:
        import numpy as np

        return StoredArray.of_array(np.eye(size, dtype=np.float32))

    return LazyTensor.of_whole((size, size), Dtype.F32, stored)
