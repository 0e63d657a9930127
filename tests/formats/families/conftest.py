"""One model of every family."""

from __future__ import annotations

import pytest

from support.dialects import Family, family_in
from support.image_dialects import MODELS


@pytest.fixture(scope="module", params=MODELS)
def family(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Family:
    return family_in(tmp_path_factory.mktemp("family"), request.param)
