"""What the tests of the application layer share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from assistant.doctor import Doctor
from tests.assistant.hearing import Ask, hear

settings.register_profile("airmed", deadline=None, max_examples=60)
settings.load_profile("airmed")


@pytest.fixture
def ask(doctor: Doctor) -> Ask:
    """One turn with the session's doctor."""
    return partial(hear, doctor)


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every model knows every label and paints grey pictures at once: no trained weights are needed."""
    from generators.images import synthesis, trained
    from generators.images.atlas import Label
    from generators.images.catalogue import known

    labels = tuple(Label(name, finding) for name, described in known().items() for finding in described.labels)

    def paint(request: synthesis.Request) -> Iterator[Any]:
        yield from (np.full((1, 128, 128), 10 * number, np.uint8) for number in range(request.count))

    monkeypatch.setattr(synthesis, "family", lambda *_: SimpleNamespace(labels=labels))
    monkeypatch.setattr(synthesis, "generate", paint)
    monkeypatch.setattr(trained, "folder_of", lambda *_: tmp_path)
