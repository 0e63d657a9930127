"""A router that is adapted as a parameter, next to fused experts, goes through every verb that writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers

from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.fuse import fuse
from lorasurgery.surgery.merge import merge
from lorasurgery.surgery.rerank import rerank
from support.fused_experts import DOWN, EXPERTS, GATE_UP, RANK, SIZES, check, qwen3_moe, trained


def mixtral(width: int) -> Any:
    sizes = SIZES | {"intermediate_size": width, "num_local_experts": EXPERTS}
    return transformers.MixtralForCausalLM(transformers.MixtralConfig(**sizes))


VERBS: dict[str, Callable[..., Any]] = {
    "convert": lambda made, out: convert(made.adapter, out, base=made.base, runtime="peft"),
    "fuse": lambda made, out: fuse([made.adapter], out, base=made.base),
    "rerank": lambda made, out: rerank(made.adapter, out, base=made.base, rank=RANK),
}


@pytest.mark.parametrize("build", [mixtral, qwen3_moe])
@pytest.mark.parametrize("verb", VERBS)
def test_what_is_written_merges_as_peft_merges_the_input(
    verb: str, build: Callable[[int], Any], tmp_path: Path
) -> None:
    made = trained(build(24), ["mlp.gate.weight", GATE_UP, DOWN], tmp_path)
    VERBS[verb](made, tmp_path / "out")
    merge(made.base, [tmp_path / "out"], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)
