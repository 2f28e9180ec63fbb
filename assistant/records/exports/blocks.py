"""What a document is made of: blocks of plain text that Markdown and PDF write each in their own way.

Text stands in a block as it was said; whoever writes the block escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.records.exports.plain import web


@dataclass(frozen=True)
class Title:
    """How the document is called, and what the case is about."""

    text: str
    about: str


@dataclass(frozen=True)
class Heading:
    """The title of a part, of level 1, or of a part of a part, of level 2 or 3."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Note:
    """A sentence that stands out: in grey, or in a box that warns or assures."""

    text: str
    tone: Literal["hint", "warning", "assurance"] = "hint"


@dataclass(frozen=True)
class Line:
    """One thing that is said.

    Attributes:
        label: In bold before it.
        turns: The patient's messages that it came from.
        link: An address that may be opened, with its name.
        depth: 0, or 1 for what belongs to the line before.
    """

    text: str
    label: str = ""
    turns: tuple[int, ...] = ()
    link: tuple[str, str] | None = None
    depth: int = 0


@dataclass(frozen=True)
class Bars:
    """Names with a share of 1 each, as a chart."""

    head: tuple[str, str]
    rows: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Message:
    """A message of the conversation, with what it cites."""

    by: str
    head: str
    text: str
    sources: tuple[Line, ...] = ()


Block = Title | Heading | Note | Line | Bars | Message


def link_to(name: str, url: str) -> tuple[str, str] | None:
    """The name under which an address of the web can be opened; None for any other address."""
    address = web(url)
    return (name or address, address) if address else None
