"""What a tool found, in the form that the gates, the page and a checkpoint share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.opinion import Opinion
from generators.molecules.proposal import Proposal
from knowledge.corpus import Passage

RULE = "rule:"  # begins the id of a citation behind a rule of medicines, which is no subject to talk about


class Citation(BaseModel):
    """A source that an answer rests on.

    Attributes:
        id: Passage or rule id.
        name: For example "Migraine: How it is treated".
        text: The passage as it stands in the knowledge base.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    text: str
    publisher: str
    url: str


class Statement(BaseModel):
    """One sentence of the evidence, and the place of its citation in `Evidence.citations`; None is our own word."""

    model_config = ConfigDict(frozen=True)

    text: str
    citation: int | None = None


class PictureShown(BaseModel):
    """A generated picture in an answer; the album keeps its pixels.

    Attributes:
        name: Its name in the album of the conversation: 128 random bits.
        caption: What it shows, and that it is synthetic.
        file: What a copy of it is called.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    caption: str
    file: str


class Evidence(BaseModel):
    """What a tool found, the most fitting first.

    Attributes:
        opening: Said first and as it stands: the level of urgency, or that nothing was found.
        statements: What an answer may rest on.
        closing: Said last and as it stands: when to get help.
        question: The doctor's next question, with answers to click.
        complete: Nothing is to be worded: opening, statements and closing are the whole answer.
        alarms: The opening itself calls for help at once.
        asked: What the question asks for: the id of a finding, or `history:` and a topic.
        opinion: What the doctor makes of the case, where a case was told.
        pictures: Generated pictures; they show nobody, and are evidence of nothing.
        molecules: Proposed molecules, best first; nobody has made one.
    """

    model_config = ConfigDict(frozen=True)

    opening: tuple[Statement, ...] = ()
    statements: tuple[Statement, ...] = ()
    closing: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    question: str = ""
    options: dict[str, str] = {}
    complete: bool = False
    alarms: bool = False
    asked: str = ""
    opinion: Opinion | None = None
    pictures: tuple[PictureShown, ...] = ()
    molecules: tuple[Proposal, ...] = ()

    def notes(self) -> str:
        """The statements for the chat model, one a line, each with the number of its citation."""
        lines = []
        for statement in self.statements:
            mark = "" if statement.citation is None else f" [{statement.citation + 1}]"
            lines.append(f"- {statement.text}{mark}")
        return "\n".join(lines)


@dataclass
class Citations:
    """Citations as they are gathered, each passage once."""

    found: list[Citation]

    def number(self, passage: Passage) -> int:
        """The place of a passage, added at the end when it is new."""
        for place, citation in enumerate(self.found):
            if citation.id == passage.id:
                return place
        self.found.append(
            Citation(id=passage.id, name=passage.name, text=passage.text, publisher=passage.publisher, url=passage.url)
        )
        return len(self.found) - 1


def evidence_of(artifact: Any) -> Evidence | None:
    """The evidence in a tool message's artifact, which a checkpoint keeps as plain data."""
    return Evidence.model_validate(artifact) if artifact else None
