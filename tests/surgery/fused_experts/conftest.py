"""An adapter on square experts, by today's PEFT."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.fused_experts import (
    DOWN,
    GATE_UP,
    HIDDEN,
    Trained,
    qwen3_moe,
    trained,
)


@pytest.fixture
def made(tmp_path: Path) -> Trained:
    """Square gate_up, oblong down, by today's PEFT."""
    return trained(qwen3_moe(HIDDEN // 2), [GATE_UP, DOWN], tmp_path)
