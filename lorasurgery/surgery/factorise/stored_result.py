"""Results of work on single matrices as plain values and tensors, for another process to go on with.

A result is what `measure` or a factoriser returns. Numbers come back as they were: JSON keeps all digits
of a float, and factors are stored as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lorasurgery.errors import DamagedFileError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.factorise.factorised import Factorised
from lorasurgery.surgery.factorise.measure import Difference
from lorasurgery.surgery.factorise.noise_edge import ModuleEdge

Values = Mapping[str, Any]


def stored(result: Difference | Factorised[Any]) -> tuple[dict[str, Any], dict[str, LazyTensor]]:
    """Return a result as JSON values, and the tensors in it by name."""
    if isinstance(result, Difference):
        return asdict(result), {}
    values = {
        "sigma": list(result.sigma),
        "energy": result.energy,
        "error_energy": result.error_energy,
        "base_energy": result.base_energy,
        "edge": None if result.edge is None else {**asdict(result.edge), "sigma": list(result.edge.sigma)},
    }
    return values, {"A": result.A, "B_rows": result.B_rows}


def restored(values: Values, tensors: Mapping[str, LazyTensor], matrix: Any) -> Difference | Factorised[Any]:
    """Return the result that `stored` made values of.

    Args:
        matrix: that it is of.

    Raises:
        DamagedFileError: the values are not such a result's.
    """
    try:
        if "rows" in values:
            return Difference(values["energy"], tuple(values["rows"]), values["is_new"])
        edge = values["edge"]
        return Factorised(
            matrix,
            tuple(values["sigma"]),
            values["energy"],
            values["error_energy"],
            tensors["A"],
            tensors["B_rows"],
            values["base_energy"],
            None if edge is None else ModuleEdge(**{**edge, "sigma": tuple(edge["sigma"])}),
        )
    except (KeyError, TypeError) as error:
        raise DamagedFileError(f"A stored result is not one: {error!r}.") from None
