"""A conversation by its turns, and what in them tells nothing of the patient: it asked for pictures or molecules."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from assistant.consultation.pictures import Question, read_request
from assistant.consultation.reading import read_findings
from knowledge.text import sentences

OF_MOLECULES = re.compile(
    r"molecul|compound|analog|derivativ|scaffold|smiles|\bqed\b|\blogp\b|\btpsa\b|soluble|分子|化合物|类似|衍生物",
    re.IGNORECASE,
)
Wish = Callable[[str], bool]
OF_ONESELF = re.compile(r"\b(?:I|my)\b|我", re.IGNORECASE)


def turns(messages: Sequence[AnyMessage]) -> list[list[AnyMessage]]:
    """Each message of the patient's with all that answers it; what comes before the first is a turn of its own."""
    found: list[list[AnyMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage) or not found:
            found.append([])
        found[-1].append(message)
    return found


def of_the_patient(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The conversation without what asked for pictures and molecules; what else such a message told stays."""
    kept: list[AnyMessage] = []
    for turn in turns(messages):
        wished = made_for(turn)
        heard = [_besides(m, wished) if wished and isinstance(m, HumanMessage) else m for m in turn]
        kept += [message for message in heard if message.text or not isinstance(message, HumanMessage)]
    return kept


def made_for(turn: Sequence[AnyMessage]) -> Wish | None:
    """What a turn's message asked to be made, if anything: the tool for it was called, and its words name it.

    A model that calls a tool for words that name nothing of the kind takes nothing out of the case.
    """
    called = {call["name"] for m in turn if isinstance(m, AIMessage) for call in m.tool_calls}
    return next((named for tool, named in WISHES.items() if tool in called and named(turn[0].text)), None)


def patient_words(messages: Sequence[AnyMessage]) -> list[str]:
    """What the patient said, message by message."""
    return [str(message.text) for message in messages if isinstance(message, HumanMessage)]


def turns_about_health(messages: Sequence[AnyMessage]) -> list[int]:
    """Numbers, from 1, of the messages that led to an assessment or hold a finding, and asked for no picture."""
    told = [turn for turn in turns(messages) if isinstance(turn[0], HumanMessage)]
    return [
        number
        for number, turn in enumerate(told, start=1)
        if not made_for(turn) and (read_findings(turn[0].text) or _assessed(turn))
    ]


def _assessed(turn: Sequence[AnyMessage]) -> bool:
    calls = [call for message in turn if isinstance(message, AIMessage) for call in message.tool_calls]
    return any(call["name"] == "assess_symptoms" for call in calls)


def _besides(message: AnyMessage, names: Wish) -> HumanMessage:
    """The sentences in which someone speaks of themselves and names nothing to be made."""
    told = (s for s in sentences(message.text) if OF_ONESELF.search(s) and not names(s))
    return HumanMessage(" ".join(told))


def _names_picture(text: str) -> bool:
    return read_request(text) != Question("which")


def _names_molecule(text: str) -> bool:
    return bool(OF_MOLECULES.search(text))


WISHES: dict[str, Wish] = {"generate_image": _names_picture, "propose_molecules": _names_molecule}
