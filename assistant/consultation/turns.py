"""A conversation by its turns, and which of them tell nothing of the patient because they asked for pictures."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from assistant.consultation.pictures import Question, read_request

PICTURE_TOOL = "generate_image"


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
    """The conversation without the messages that asked for pictures; the answers to them stay."""
    kept: list[AnyMessage] = []
    for turn in turns(messages):
        kept += [m for m in turn if not (isinstance(m, HumanMessage) and asks_for_pictures(turn))]
    return kept
