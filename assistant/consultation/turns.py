"""A conversation by its turns, and what in them tells nothing of the patient because it asked for pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from assistant.consultation.pictures import Question, read_request
from knowledge.text import sentences

PICTURE_TOOL = "generate_image"
OF_ONESELF = re.compile(r"\b(?:I|my)\b|我", re.IGNORECASE)


def turns(messages: Sequence[AnyMessage]) -> list[list[AnyMessage]]:
    """Each message of the patient's with all that answers it; what comes before the first is a turn of its own."""
    found: list[list[AnyMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage) or not found:
            found.append([])
        found[-1].append(message)
    return found


def asks_for_pictures(turn: Sequence[AnyMessage]) -> bool:
    """Whether a turn's message describes a picture: the tool for them was called, and its words name one.

    A model that calls the tool for words that name no picture takes nothing out of the case.
    """
    called = any(call["name"] == PICTURE_TOOL for m in turn if isinstance(m, AIMessage) for call in m.tool_calls)
    return called and read_request(turn[0].text) != Question("which")


def of_the_patient(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The conversation without what asked for pictures; what else such a message told, and the answers, stay."""
    kept: list[AnyMessage] = []
    for turn in turns(messages):
        asked = asks_for_pictures(turn)
        heard = [_besides(m) if asked and isinstance(m, HumanMessage) else m for m in turn]
        kept += [message for message in heard if message.text or not isinstance(message, HumanMessage)]
    return kept


def _besides(message: AnyMessage) -> HumanMessage:
    """The sentences in which someone speaks of themselves and names no picture."""
    told = (s for s in sentences(message.text) if OF_ONESELF.search(s) and read_request(s) == Question("which"))
    return HumanMessage(" ".join(told))
