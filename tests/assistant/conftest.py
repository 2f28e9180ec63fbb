"""What the tests of the application layer share."""

from __future__ import annotations

from functools import partial

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
