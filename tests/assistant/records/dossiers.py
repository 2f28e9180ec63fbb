"""A case to be kept, with everything that one can hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from assistant.opinion import Likely, Opinion
from assistant.records.dossier import Dossier, Entry, Finding, Flag, Line, Section

MORNING = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
TYPED = "My chest hurts since I carried Aunt Wilhelmina upstairs"


def dossier(**changes: Any) -> Dossier:
    """The case of a man of 61 with chest pain, but for what is changed of it."""
    told: dict[str, Any] = {
        "language": "en",
        "country": "GB",
        "opened_at": MORNING,
        "updated_at": MORNING,
        "urgency": "routine",
        "age": 61.0,
        "sex": "male",
        "title": "Chest pain, a man of 61",
        "entries": (
            Entry(by="patient", turn=1, at=MORNING, text=TYPED),
            Entry(by="doctor", turn=1, at=MORNING, text="Does it spread to your arm?"),
        ),
        "soap": (Section(name="subjective", title="Subjective", lines=(Line(text=TYPED, turns=(1,)),)),),
        "sbar": (Section(name="situation", title="Situation", lines=(Line(text="Chest pain"),)),),
        "findings": (
            Finding(id="chest-pain", name="Chest pain", state="present", turn=1),
            Finding(id="fever", name="Fever", state="absent", turn=1),
            Finding(id="cough", name="Cough", state="past", turn=1),
        ),
        "flags": (
            Flag(rule="cardiac-pain", level="emergency", why="Pain in the chest", source="NICE", url="https://x"),
        ),
        "medicines": ("aspirin",),
        "conditions": ("asthma",),
    }
    return Dossier.model_validate(told | changes)


def opinion(*likely: str) -> Opinion:
    """A differential of these conditions, the likeliest first."""
    return Opinion(
        level="routine",
        because="No alarm sign was told.",
        likely=tuple(
            Likely(
                id=name,
                name=name.title(),
                probability=0.9 / place,
                urgency="routine",
                prior=0.0,
                wording=0.0,
                movers=(),
                url="https://example.org",
            )
            for place, name in enumerate(likely, 1)
        ),
        grave=(),
        told=(),
        together=(),
        change=(),
        settled=False,
    )
