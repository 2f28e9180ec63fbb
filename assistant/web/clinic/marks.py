"""What the parts of the clinician's page are made of: urgency marks, times, headings, links to messages and sources."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape

from assistant.records.exports.plain import web

MINUTE, HOUR, DAY = 60, 3600, 86400  # seconds
Words = Mapping[str, str]


def level_mark(level: str, words: Words) -> str:
    """An urgency as a coloured word."""
    return f'<span class="level {escape(level)}">{escape(words[f"level_{level}"])}</span>'


def part(title: str, inside: str, kind: str = "part") -> str:
    """A part of the page under its title."""
    return f'<section class="{kind}"><h3>{escape(title)}</h3>{inside}</section>'


def moment(at: datetime) -> str:
    """A moment as the page writes it, in UTC."""
    return f"{at.astimezone(UTC):%d %b %H:%M}"


def waiting(since: datetime, words: Words, now: datetime | None = None) -> str:
    """How long somebody waits, in a unit that one can take in."""
    seconds = max(((now or datetime.now(UTC)) - since).total_seconds(), 0)
    if seconds < HOUR:
        return words["minutes"].format(number=int(seconds // MINUTE))
    if seconds < 2 * DAY:
        return words["hours"].format(number=int(seconds // HOUR))
    return words["days"].format(number=int(seconds // DAY))


def message_link(turn: int, words: Words) -> str:
    """The number of a patient's message, which opens it in the transcript."""
    label = escape(words["to_message"].format(turn=turn))
    return f'<a class="turn" href="#turn-{turn}" aria-label="{label}" title="{label}">{turn}</a>'


def outward(text: str, url: str) -> str:
    """A text as a link to its source; as text where its address is none of the web."""
    address = web(url)
    if not address:
        return escape(text)
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>'
