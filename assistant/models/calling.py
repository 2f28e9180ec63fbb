"""The call of a tool that a conversation asks for: the router's choice, and the patient's words as its argument.

The embedded model calls tools by it alone; for larger models it is the net under a model that answers without looking.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall

from assistant.consultation.case import replies
from assistant.consultation.history import topics
from assistant.models.routing import NONE, Router
from assistant.safety.evidence import RULE
from knowledge.text import terms

HISTORY_TOOL = "assess_symptoms"
SURE = 0.8  # below this probability a short answer to the doctor's question goes back to history taking
SHORT_ANSWER = 12
TOO_SHORT_TO_STAND_ALONE = 1
SHORT_QUESTION = 4
LEANS = re.compile(
    r"^(?:and|but|also|what about|how about)\b|\b(?:it|them|this|that|they|these|those)\b|^(?:那|还有|另外)", re.I
)


def routed_call(messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]], router: Router) -> ToolCall | None:
    """The call for the patient's last message, or None; `tools` are in OpenAI's form."""
    offered = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools}
    told = [message for message in messages if isinstance(message, HumanMessage)]
    choice = router.choose(told[-1].text, list(offered))
    name = choice.tool
    if HISTORY_TOOL in offered and answers_a_question(messages, sure=choice.probability >= SURE):
        name = HISTORY_TOOL
    if name == NONE:
        return None
    required = offered[name].get("required", [])[:1]
    return ToolCall(name=name, args=dict.fromkeys(required, in_context(messages)), id=f"call_{uuid.uuid4().hex[:12]}")


def answers_a_question(messages: Sequence[BaseMessage], sure: bool) -> bool:
    """Whether the patient's last message is a short answer to a question of the doctor's.

    Args:
        sure: Whether the router is sure of another tool; then only yes, no, and what tells of the history counts.
    """
    asked = next((m.text for m in reversed(messages[:-1]) if isinstance(m, AIMessage) and m.text), "")
    text = messages[-1].text
    short = len(terms(text)) <= SHORT_ANSWER and not text.rstrip().endswith(("?", "？"))
    told = bool(topics(text)) or replies(text)
    return asked.rstrip().endswith(("?", "？")) and short and (not sure or told)


def in_context(messages: Sequence[BaseMessage]) -> str:
    """The patient's last message; one that is too short to stand alone brings along what was spoken of before."""
    last = str(messages[-1].text)
    answers = [message.additional_kwargs.get("airmed", {}) for message in messages]
    made = ("pictures", "molecules")  # whose sources are datasets, and no subject
    cited = [answer.get("citations") for answer in answers if not any(map(answer.get, made))]
    first = [citations[0] for citations in reversed(cited) if citations]
    sources = [one for one in first if one["url"] and not one["id"].startswith(RULE)]
    subject = sources[0]["name"].partition(":")[0] if sources else ""
    words = len(terms(last))
    leaning = words <= TOO_SHORT_TO_STAND_ALONE or (words <= SHORT_QUESTION and LEANS.search(last))
    return f"{last} ({subject})" if subject and leaning else last
