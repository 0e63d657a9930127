"""Warnings of LyCORIS that no test is about."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.WARNING)
    torch.manual_seed(0)
    yield
    logging.disable(logging.NOTSET)
