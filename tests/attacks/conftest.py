"""The doctor that is attacked."""

from __future__ import annotations

import pytest

from assistant.consultation.library import Library
from assistant.doctor import Doctor
from assistant.models.routing import Router
from assistant.records.keeping import Records
from tests.benchmarks.crash import SilentModel


@pytest.fixture(scope="session")
def attacked(router: Router, library: Library, records: Records) -> Doctor:
    """The agent with its gates, tools and records; what a chat model says more is held to the same evidence."""
    return Doctor(SilentModel(), router, library, records, {})
