"""Which cases are wanted: what was asked in words, less what was unticked of it, and the filters beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import NamedTuple

from assistant.records.dossier import RANKS
from assistant.records.filters import Filters
from assistant.records.query import Found, Part, Reading, answer, read_query
from assistant.records.query.parts import shown
from assistant.web.clinic.marks import Words
from assistant.web.clinic.worklist import case_button

STATUSES = {"open": False, "closed": True, "both": None}
USUAL = "open"


class Asked(NamedTuple):
    """What is asked for on the page.

    Attributes:
        ticked: Numbers of the parts of the reading that are meant.
        levels: Urgencies; where the words name some, theirs count.
        status: One of `STATUSES`; where the words say whether a case is closed, theirs counts.
    """

    reading: Reading | None = None
    ticked: Sequence[int] = ()
    levels: Sequence[str] = ()
    status: str = USUAL

    @property
    def meant(self) -> Reading:
        """What was read, without the parts that were unticked, and the filters as if they had been said too."""
        reading = self.reading or Reading()
        kept = [part for number, part in enumerate(reading.parts) if number in self.ticked]
        named = {part.field for part in kept}
        levels = tuple(level for level in RANKS if level in self.levels)
        beside = {"closed": STATUSES.get(self.status, STATUSES[USUAL])} | ({"levels": levels} if levels else {})
        kept += [_part(field, value, reading.language) for field, value in beside.items() if field not in named]
        return Reading(tuple(kept), reading.language)

    @property
    def filters(self) -> Filters:
        """All of it as the database takes it."""
        return self.meant.filters


def _part(field: str, value: object, language: str) -> Part:
    return Part(field, value, shown(field, value, language, datetime.now(UTC)), "")


def read(query: str) -> Reading | None:
    """What was understood of a query; nothing of an empty one."""
    return read_query(query, datetime.now(UTC)) if query.strip() else None


def parts_of(reading: Reading | None) -> list[tuple[str, int]]:
    """The parts to tick: what each means, and its number."""
    return [(part.shown, number) for number, part in enumerate(reading.parts)] if reading else []


def answer_html(asked: Asked, found: Found, words: Words) -> str:
    """What was found in plain sentences, with the first cases to open; nothing where nothing was asked in words."""
    if asked.reading is None:
        return ""
    told = answer(asked.meant, found)
    lead = f"<p>{escape(told.lead)}</p>" if told.lead else ""
    first = "".join(f"<li>{case_button(head, words)}</li>" for head in told.heads)
    missing = f'<p class="hint">{escape(told.missing)}</p>' if told.missing else ""
    return f'<div role="status"><p>{escape(told.sentence)}</p>{lead}<ul>{first}</ul>{missing}</div>'
