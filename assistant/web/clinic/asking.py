"""Which cases are wanted: what was asked in words, less what was unticked of it, and the filters beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import NamedTuple

from assistant.records.filters import Filters
from assistant.records.query.finding import Found, answer
from assistant.records.query.parts import filters_of
from assistant.records.query.reading import Reading, read_query
from assistant.web.clinic.acting import Acting

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
        """What was read, without the parts that were unticked."""
        reading = self.reading or Reading()
        kept = tuple(part for number, part in enumerate(reading.parts) if number in self.ticked)
        return Reading(kept, reading.language)

    @property
    def filters(self) -> Filters:
        """All of it as filters."""
        parts = self.meant.parts
        named = {part.field for part in parts}
        found = filters_of(parts)
        levels = found.levels if "levels" in named else tuple(self.levels)
        closed = found.closed if "closed" in named else STATUSES.get(self.status, STATUSES[USUAL])
        return found.model_copy(update={"levels": levels, "closed": closed})


def read(query: str) -> Reading | None:
    """What was understood of a query; nothing of an empty one."""
    return read_query(query, datetime.now(UTC)) if query.strip() else None


def choices_of(reading: Reading | None) -> list[tuple[str, int]]:
    """The parts to tick: what each means, and its number."""
    return [(part.shown, number) for number, part in enumerate(reading.parts)] if reading else []
