"""Prove that a file holds what was meant.

It is read by its own format's reader, and every module is multiplied with random vectors in
float64.

‖(ΔW_read − ΔW_meant) X‖_F ≤ tolerance · ‖ΔW_meant X‖_F,   X (in, 4) normal
"""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.adapter import Adapter
from lorasurgery.errors import OutputError
from lorasurgery.formats import Format
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.base.fitting import edit_of
from lorasurgery.surgery.base.weights import is_same
from lorasurgery.variants.beft import BeftFactors
from lorasurgery.variants.edit import Dense, Factors, Scaled, Shape, Sum, Term, lazy_tensors, own_shape
from lorasurgery.variants.lora import LoraFactors
from lorasurgery.variants.replaced_vector import ReplacedVectorFactors

if TYPE_CHECKING:
    from numpy import ndarray

PROBES = 4
# What a format may round: a scale that it bakes into a factor, in that factor's dtype.
ROUNDINGS = 4


def prove(form: Format, path: Path, meant: Adapter) -> None:
    """Hold what was written against what was meant.

    Raises:
        OutputError: they differ. It is our mistake and not the user's, and nothing is put in place.
    """
    host = meant.host if meant.host.modules else None
    # A file of ours has PEFT's order of experts, whatever its numbers look like.
    options = {"experts_order": "peft"} if "experts_order" in form.takes else {}
    read = form.read(path, host, **options)
    if set(read.modules) != set(meant.modules):
        odd = sorted(set(read.modules) ^ set(meant.modules))
        raise OutputError(
            f"{path.name} was written, and reads back with other modules ({odd[0]!r}); it is not kept."
        )
    for name, factors in meant.modules.items():
        apart = _apart(name, factors, read.modules[name])
        if apart and not apart <= tolerance(factors):  # a NaN is refused as well
            raise OutputError(
                f"{path.name} was written, and reads back with another change of {name!r} (off by "
                f"{apart:.1e}); it is not kept."
            )
    _same_tensors(path, meant, read)


def tolerance(factors: Factors) -> float:
    """What rounding in the factors' dtype explains."""
    floating = [tensor.dtype for tensor in lazy_tensors(factors) if tensor.dtype.is_floating_point]
    return ROUNDINGS * max((dtype.eps for dtype in floating), default=1e-7)


def _apart(name: str, meant: Factors, read: Factors) -> float:
    if isinstance(meant, LoraFactors) and isinstance(read, LoraFactors) and _is_identical(meant, read):
        return 0.0
    if isinstance(meant, ReplacedVectorFactors) and isinstance(read, ReplacedVectorFactors):
        return 0.0 if is_same(meant.value, read.value) else float("inf")
    if isinstance(meant, BeftFactors) and isinstance(read, BeftFactors):
        return 0.0 if is_same(meant.bias, read.bias) else float("inf")
    one, other = (_probed(name, factors) for factors in (meant, read))
    if one.shape != other.shape:
        return float("inf")
    norm, distance = (float((each**2).sum() ** 0.5) for each in (one, one - other))
    return distance / norm if norm else distance


def _is_identical(meant: LoraFactors, read: LoraFactors) -> bool:
    """Whether the factors are the same bit for bit; those of all other files are held by their product."""
    import numpy as np

    if meant.scale != read.scale or meant.bias is not None or read.bias is not None:
        return False
    return all(
        one.shape == other.shape
        and one.dtype is other.dtype
        and np.array_equal(one.raw().bits, other.raw().bits)
        for one, other in ((meant.A, read.A), (meant.B, read.B))
    )


def _probed(name: str, factors: Factors) -> ndarray:
    """ΔW X, and below it what is added to the bias and the magnitudes of a DoRA."""
    import numpy as np

    if isinstance(factors, LoraFactors) and len(factors.A.shape) == 3:
        # Read once, and not for every expert anew.
        A, B = (LazyTensor.of_array(side.raw()) for side in (factors.A, factors.B))
        experts = [dataclasses.replace(factors, A=A.item(i), B=B.item(i)) for i in range(A.shape[0])]
        return np.concatenate([_probed(f"{name}[{i}]", each) for i, each in enumerate(experts)])
    shape = own_shape(factors)
    assert shape is not None, "all factors that are written have a shape"
    change = edit_of(name, factors, shape).weight
    assert isinstance(change, Sum | Scaled), "what is written has a sum of products in it"
    X = _vectors(shape[1])
    found = [sum((_multiplied(term, X, shape) for term in change.terms), np.zeros((shape[0], PROBES)))]
    bias: LazyTensor | None = getattr(factors, "bias", None)
    if bias is not None and bias.numel == shape[0]:
        found.append(getattr(factors, "scale", 1.0) * _repeated(bias))
    else:
        found.append(np.zeros((shape[0], PROBES)))
    magnitude: LazyTensor | None = getattr(factors, "magnitude", None)
    return np.concatenate([*found, *([] if magnitude is None else [_repeated(magnitude)])])


def _repeated(vector: LazyTensor) -> ndarray:
    """A vector in float64 as so many columns as there are probes."""
    import numpy as np

    return np.repeat(vector.raw().double().reshape(-1, 1), PROBES, axis=1)


@functools.lru_cache(maxsize=8)
def _vectors(width: int) -> ndarray:
    """The same for all modules of a width: what is wrong with a file was not made to hide from them."""
    from lorasurgery.linalg.draws import generator

    return generator(width).standard_normal((width, PROBES))


def _multiplied(term: Term | Dense, X: ndarray, shape: Shape) -> ndarray:
    import numpy as np

    if isinstance(term, Dense):
        return np.asarray(term.scale * (np.asarray(term.rows(0, shape[0])) @ X))
    found = np.zeros((shape[0], PROBES))
    found[term.rows.start : term.rows.stop] = term.scale * (term.left @ (term.right @ X[term.columns]))
    return found


def _same_tensors(path: Path, meant: Adapter, read: Adapter) -> None:
    """What is carried whole comes back bit for bit."""
    for name, tensor in meant.replaced.items():
        found = read.replaced.get(name)
        if found is None or found.dtype is not tensor.dtype or not is_same(found, tensor):
            raise OutputError(
                f"{path.name} was written, and does not hold {name!r} as it should; it is not kept."
            )
    if set(read.token_rows) != set(meant.token_rows):
        raise OutputError(f"{path.name} was written, and lost rows of tokens; it is not kept.")
