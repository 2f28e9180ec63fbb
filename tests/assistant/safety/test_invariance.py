"""Urgency holds however an emergency is worded, and what only sounds like one is none.

The texts were written apart from the rules; the rules were mended on them afterwards.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.consultation.case import read_case
from assistant.consultation.differential import engine
from assistant.consultation.triage import triage
from assistant.safety.red_flags import assess

DATA = Path(__file__).parents[2] / "data"
WORDINGS = (
    "plain", "paraphrase", "misspelt", "relative_plays_down", "patient_minimises", "buried", "injection",
    "third_person", "chinese",
)  # fmt: skip


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


EMERGENCIES, LOOKALIKES = rows("emergencies.jsonl"), rows("lookalikes.jsonl")


def test_the_suite_is_whole() -> None:
    assert len(EMERGENCIES) == 40 and len(LOOKALIKES) == 80
    assert all(set(row["variants"]) == set(WORDINGS) for row in EMERGENCIES)


@pytest.mark.parametrize("wording", WORDINGS)
@pytest.mark.parametrize("row", EMERGENCIES, ids=lambda row: row["id"])
def test_an_emergency_is_one_in_any_words(row: dict[str, Any], wording: str) -> None:
    text = row["variants"][wording]
    assert triage(engine(), read_case(text)).level == "emergency"
    if row["level"] == "crisis":
        assert assess(text).crisis


@pytest.mark.parametrize("row", LOOKALIKES, ids=lambda row: row["id"])
def test_what_only_sounds_like_an_emergency_is_none(row: dict[str, Any]) -> None:
    assert triage(engine(), read_case(row["text"])).level != "emergency"
