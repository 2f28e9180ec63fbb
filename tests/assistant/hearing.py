"""Ask the doctor, and hear everything that happens until the answer is complete."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Protocol

from assistant.doctor import Doctor
from assistant.events import Answered, Event, Said, ToolStarted, UrgencyFound
from assistant.visit import Visit

BRITISH = Visit("en", "gb")


@dataclass(frozen=True)
class Heard:
    """One turn: its thread, and its events in order."""

    thread: str
    events: tuple[Event, ...]

    @property
    def answer(self) -> Answered:
        """The complete answer, which is always the last event."""
        last = self.events[-1]
        assert isinstance(last, Answered)
        return last

    @property
    def text(self) -> str:
        """The answer's text."""
        return self.answer.text

    @property
    def said(self) -> str:
        """The pieces of the stream, put together."""
        return "".join(event.text for event in self.events if isinstance(event, Said))

    @property
    def level(self) -> str | None:
        """The urgency that the gate found."""
        return next((event.level for event in self.events if isinstance(event, UrgencyFound)), None)

    @property
    def tools(self) -> list[str]:
        """The tools that were called."""
        return [event.tool for event in self.events if isinstance(event, ToolStarted)]


class Ask(Protocol):
    """Send a message, in a new thread unless one is given."""

    def __call__(self, message: str, thread: str = "", visit: Visit = BRITISH) -> Heard: ...


def hear(doctor: Doctor, message: str, thread: str = "", visit: Visit = BRITISH) -> Heard:
    """One turn with a doctor."""
    thread = thread or secrets.token_hex(16)
    return Heard(thread, tuple(doctor.stream(message, thread, visit)))
