"""Planning stays linear in the number of names.

A model of unknown class with one tensor an expert has 100,000.
"""

from __future__ import annotations

import json
import math
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lorasurgery import plan_extract
from lorasurgery.adapter import Host
from lorasurgery.architecture.names import kinds_of
from lorasurgery.formats import peft
from lorasurgery.surgery.factorise import matrix_pair
from support.paths import ROOT

LAYERS, EXPERTS = 60, 550
# Where planning is quadratic it takes the better part of an hour; where it is linear, seconds on a
# busy machine.
GIVEN_UP_SECONDS = 900


class Counted(tuple[str, ...]):
    """Names that count how often somebody goes through them."""

    scans = 0

    def __iter__(self) -> Iterator[str]:
        Counted.scans += 1
        return super().__iter__()

    def __contains__(self, name: object) -> bool:
        Counted.scans += 1
        return super().__contains__(name)


def test_what_peft_can_hold_is_asked_without_a_scan_for_each_module() -> None:
    modules = [f"layers.{i}.mlp.experts.{j}.up_proj" for i in range(4) for j in range(50)]
    parameters = [f"{path}.weight" for path in modules]
    bare = [f"layers.{i}.scales" for i in range(50)]
    host = Host(
        Counted(modules),
        Counted(["layers.0.mlp.experts.gate_up_proj", *parameters]),
        kinds=dict.fromkeys(modules, "linear") | dict.fromkeys(bare, "parameter"),
    )
    Counted.scans = 0
    said = [
        peft.module_refusal(host, path) for path in [*modules, *(f"{path}.lost" for path in modules), *bare]
    ]
    assert Counted.scans <= 4
    assert said[:200] == [None] * 200
    assert all(reason and "all experts in one parameter" in reason for reason in said[200:400])


class CountedShapes(dict[str, tuple[int, ...]]):
    """Shapes by name that count how often somebody goes through the names."""

    scans = 0

    def __iter__(self) -> Iterator[str]:
        CountedShapes.scans += 1
        return super().__iter__()


def test_100_000_names_are_classified_in_a_few_passes() -> None:
    """A router's matrix is one beside experts: they are not looked for again in every layer."""
    shapes = names(LAYERS) | {f"model.layers.{i}.mlp.gate.weight": (EXPERTS, 4) for i in range(LAYERS)}
    counted = CountedShapes(shapes)
    CountedShapes.scans = 0
    kinds = kinds_of(counted, frozenset(), None)
    assert CountedShapes.scans <= 4
    assert {kinds[f"model.layers.{i}.mlp.gate.weight"] for i in range(LAYERS)} == {"bare"}
    assert kinds["model.layers.7.mlp.experts.3.up_proj.weight"] == "linear"


def test_a_gate_without_experts_is_a_linear_layer() -> None:
    assert kinds_of({"mlp.gate.weight": (4, 4), "experts.0.up.weight": (4, 4)}, frozenset(), None) == {
        "mlp.gate.weight": "linear",
        "experts.0.up.weight": "linear",
    }


def test_the_plan_of_an_extraction_looks_at_each_parameter_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Matrices are assembled once for the plan, however many figures come of them."""
    sides = [write(tmp_path / side, names(1)) for side in ("base", "tuned")]
    calls = 0
    assemble = matrix_pair.matrices

    def counted(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        return assemble(*arguments)

    monkeypatch.setattr(matrix_pair, "matrices", counted)
    plan = plan_extract(*sides, tmp_path / "out", rank=2)
    plan.forecast()
    plan.forecast()
    # Two sides; tables may get factors, and are compared as well.
    assert calls <= 2 * (len(names(1)) + 2)


def names(layers: int) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (8, 4), "lm_head.weight": (8, 4)}
    for layer in range(layers):
        path = f"model.layers.{layer}"
        found |= {f"{path}.self_attn.q_proj.weight": (4, 4), f"{path}.input_layernorm.weight": (4,)}
        for expert in range(EXPERTS):
            inside = f"{path}.mlp.experts.{expert}"
            found |= {f"{inside}.{name}_proj.weight": (2, 4) for name in ("gate", "up")}
            found[f"{inside}.down_proj.weight"] = (4, 2)
    return found


def write(folder: Path, shapes: dict[str, tuple[int, ...]]) -> Path:
    folder.mkdir()
    config = {"model_type": "nobody_knows", "architectures": ["NobodyKnowsForCausalLM"]}
    (folder / "config.json").write_text(json.dumps(config))
    header, end = {}, 0
    for name, shape in shapes.items():
        start, end = end, end + 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    path = folder / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    os.truncate(path, 8 + len(text) + end)
    return folder


def run(*words: object) -> subprocess.CompletedProcess[Any]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "lorasurgery", *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=GIVEN_UP_SECONDS)


@pytest.mark.slow
def test_an_extraction_of_100_000_tensors_is_planned(tmp_path: Path) -> None:
    base, tuned = (write(tmp_path / side, names(LAYERS)) for side in ("base", "tuned"))
    done = run("extract", base, tuned, "--rank", 2, "-o", tmp_path / "out", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["factored"] >= 99_000


@pytest.mark.slow
def test_layers_that_the_base_lacks_are_found_among_100_000_tensors(tmp_path: Path) -> None:
    base, tuned = write(tmp_path / "base", names(40)), write(tmp_path / "tuned", names(LAYERS))
    done = run("extract", base, tuned, "--rank", 2, "-o", tmp_path / "out", "--dry-run")
    assert done.returncode == 1
    assert "which has the layers" in done.stderr
