from __future__ import annotations

from pathlib import Path

import pytest

from generators.molecules.notation import Notation
from tests.generators.molecules.small import small_notation, write_models


@pytest.fixture(scope="session")
def notation() -> Notation:
    return small_notation()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_models(tmp_path_factory.mktemp("models"))
