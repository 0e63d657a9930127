"""Results of jobs as plain values and tensors, for another process to go on with.

A result is what `measure` or a factoriser returns, a hash, or the recipe of a piece of a delta. Numbers come
back as they were: JSON keeps all digits of a float, and tensors are stored as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from lorasurgery.errors import DamagedFileError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.delta.recipe import METHODS, Recipe
from lorasurgery.surgery.factorise.factorised import Factorised
from lorasurgery.surgery.factorise.measure import Difference
from lorasurgery.surgery.factorise.noise_edge import ModuleEdge

Values = Mapping[str, Any]
Result = Difference | Factorised[Any] | Recipe | str


def stored(result: Result) -> tuple[dict[str, Any], dict[str, LazyTensor]]:
    """Return a result as JSON values, and the tensors in it by name."""
    if isinstance(result, str):
        return {"hash": result}, {}
    if isinstance(result, Recipe):
        made = {"method": result.method, "piece": result.hash, "source": result.source_hash}
        return {**made, "parts": dict(result.part_hashes)}, dict(result.parts)
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


def restored(values: Values, tensor: Callable[[str], LazyTensor], job: Any) -> Result:
    """Return the result that `stored` made values of.

    Args:
        tensor: finds one of the result's tensors by its name.
        job: that it is of.

    Raises:
        DamagedFileError: the values are not such a result's.
    """
    try:
        if "hash" in values:
            return str(values["hash"])
        if "method" in values:
            return _recipe(values, tensor, job)
        if "rows" in values:
            return Difference(values["energy"], tuple(values["rows"]), values["is_new"])
        edge = values["edge"]
        return Factorised(
            job,
            tuple(values["sigma"]),
            values["energy"],
            values["error_energy"],
            tensor("A"),
            tensor("B_rows"),
            values["base_energy"],
            None if edge is None else ModuleEdge(**{**edge, "sigma": tuple(edge["sigma"])}),
        )
    except (KeyError, TypeError) as error:
        raise DamagedFileError(f"A stored result is not one: {error!r}.") from None


def _recipe(values: Values, tensor: Callable[[str], LazyTensor], job: Any) -> Recipe:
    known = METHODS[values["method"]]
    hashes = {name: str(each) for name, each in values["parts"].items() if name in known}
    hashed = job.hashed(str(values["source"]), str(values["piece"]))
    bare: Recipe = hashed.recipe(values["method"], {name: tensor(name) for name in hashes}, hashes)
    return bare
