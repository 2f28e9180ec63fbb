"""What happens while the doctor answers one message, in the order in which it happens."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from assistant.opinion import Opinion
from assistant.safety.evidence import Citation, PictureShown
from generators.molecules.proposal import Proposal


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)


class UrgencyFound(_Event):
    """The red-flag gate found how urgent the conversation is; it never falls within a conversation."""

    kind: Literal["urgency"] = "urgency"
    level: Literal["crisis", "emergency", "urgent"]
    rules: tuple[str, ...]


class ToolStarted(_Event):
    """The agent called a tool."""

    kind: Literal["tool_started"] = "tool_started"
    tool: str
    call: str


class ToolFinished(_Event):
    """A tool answered, with what it found in a few words."""

    kind: Literal["tool_finished"] = "tool_finished"
    tool: str
    call: str
    seconds: float
    found: tuple[str, ...] = ()


class Pictured(_Event):
    """A picture was made, of `count` that are being made, `number` counted from 0; the doctor keeps it in the album."""

    kind: Literal["pictured"] = "pictured"
    picture: PictureShown
    number: int
    count: int
    png: bytes


class Searched(_Event):
    """A search for molecules scored `done` of `calls`, the best of which meets the goal to `best` of 1."""

    kind: Literal["searched"] = "searched"
    done: int
    calls: int
    best: float


class Proposed(_Event):
    """A search is over, and these are its best molecules."""

    kind: Literal["proposed"] = "proposed"
    molecules: tuple[Proposal, ...]


class Said(_Event):
    """The next piece of the answer, as it stands."""

    kind: Literal["said"] = "said"
    text: str


class Answered(_Event):
    """The answer is complete.

    Attributes:
        citations: What the numbers in the answer stand for, [1] first.
        options: Answers to the doctor's question that can be clicked: label to message.
        asked: What that question asks for, as in `Evidence`.
    """

    kind: Literal["answered"] = "answered"
    text: str
    citations: tuple[Citation, ...] = ()
    options: dict[str, str] = {}
    asked: str = ""
    opinion: Opinion | None = None
    pictures: tuple[PictureShown, ...] = ()
    molecules: tuple[Proposal, ...] = ()


Event = UrgencyFound | ToolStarted | ToolFinished | Pictured | Searched | Proposed | Said | Answered
_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def event_from(data: Any) -> Event:
    """An event from the plain data that travels through the graph's stream."""
    return _ADAPTER.validate_python(data)
