"""What a case holds, as a clinician reads it: every line knows the patient's message that it came from.

`assistant.consultation.dossiers` makes it from a conversation; the case store keeps it sealed.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from assistant.opinion import Opinion
from assistant.safety.evidence import Citation, PictureShown
from generators.molecules.proposal import Proposal
from knowledge.condition import Urgency

RANKS: tuple[str, ...] = ("self_care", "routine", "urgent", "emergency", "crisis")


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Entry(_Value):
    """A message of the conversation.

    Attributes:
        by: `patient` or `doctor`.
        turn: Number of the patient's message, from 1; an answer has that of the message it answers.
    """

    by: str
    turn: int
    at: datetime
    text: str
    citations: tuple[Citation, ...] = ()
    pictures: tuple[PictureShown, ...] = ()
    molecules: tuple[Proposal, ...] = ()


class Line(_Value):
    """A line of the summary, and the patient's messages that it came from, from 1; none where it came from rules."""

    text: str
    turns: tuple[int, ...] = ()
    url: str = ""


class Section(_Value):
    """A part of the summary: `subjective`, `objective`, `assessment`, `plan`; or of SBAR."""

    name: str
    title: str
    lines: tuple[Line, ...]


class Finding(_Value):
    """A finding as the patient told it: `present`, `absent` or `past`."""

    id: str
    name: str
    state: str
    turn: int


class Measured(_Value):
    """A vital sign in its usual unit, as told in a message."""

    vital: str
    value: float
    turn: int
    at: datetime


class Flag(_Value):
    """A red flag that held, with why and its source."""

    rule: str
    level: str
    why: str
    source: str
    url: str


class Moment(_Value):
    """What the doctor made of the case after a message."""

    turn: int
    at: datetime
    level: Urgency
    first: str = ""
    probability: float = 0.0


class Dossier(_Value):
    """A case.

    Attributes:
        urgency: One of `RANKS`; it never falls within a conversation.
        age: In years.
        title: The complaint and the person in one line.
        soap, sbar: The summary in two customary orders.
        medicines: Ids of the formulary that the patient takes.
        conditions: Ids of the conditions that the patient told to have.
        medicine_notes: What the rules of medicines say of them together, a sentence each.
        moments: How the opinion moved, message by message.
    """

    language: str
    country: str
    opened_at: datetime
    updated_at: datetime
    urgency: str
    age: float | None
    sex: str
    title: str
    entries: tuple[Entry, ...]
    soap: tuple[Section, ...]
    sbar: tuple[Section, ...]
    findings: tuple[Finding, ...] = ()
    vitals: tuple[Measured, ...] = ()
    flags: tuple[Flag, ...] = ()
    opinion: Opinion | None = None
    medicines: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    medicine_notes: tuple[Line, ...] = ()
    moments: tuple[Moment, ...] = ()

    @property
    def rank(self) -> int:
        """How urgent it is, from 0 to 4."""
        return RANKS.index(self.urgency)

    @property
    def summary(self) -> str:
        """The case in plain text, for the search by meaning."""
        told = [
            line.text for section in self.soap if section.name in ("subjective", "objective") for line in section.lines
        ]
        likely = [one.name for one in self.opinion.likely] if self.opinion else []
        return "\n".join([self.title, *told, *likely])
