"""The two gates of the agent, as middleware: red flags before the model, grounding on every sentence after it.

LangChain's own output guards do not guard a stream (langchain issue 35011), so the grounding gate reads the model's
stream itself and passes on only what it has checked; nobody listens to the raw tokens.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any, NotRequired

from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.runtime import Runtime

from assistant.consultation.case import corrections_of, hear, replies
from assistant.consultation.consult import rules_of
from assistant.consultation.courtesy import courtesy
from assistant.consultation.library import Library
from assistant.consultation.turns import patient_words
from assistant.events import Answered, Said, UrgencyFound
from assistant.models.calling import routed_call
from assistant.models.routing import Router
from assistant.safety.evidence import Evidence, Statement, evidence_of
from assistant.safety.red_flags import RANK, most_urgent
from assistant.safety.writer import write
from assistant.visit import Visit
from knowledge.red_flags import Level

REMEMBERED_MESSAGES = 16
KEPT = ("citations", "options", "asked", "opinion", "pictures", "molecules")  # of the evidence, for page and next turn
LONGEST_PREAMBLE = 64  # pieces of text, none of them shown, in which a model may come to its tool call


class Consultation(AgentState[Any]):
    """What a conversation keeps besides its messages.

    Attributes:
        urgency: The highest level found so far; it never falls.
        flags: Ids of the rules that fired so far.
        alarm: Whether the last message raised a rule that had not fired before, of level emergency or crisis.
    """

    urgency: NotRequired[Level | None]
    flags: NotRequired[list[str]]
    alarm: NotRequired[bool]


class RedFlagGate(AgentMiddleware[Consultation, Visit]):
    """Reads everything the patient has said by rules before any model does."""

    state_schema = Consultation

    def before_agent(self, state: Consultation, runtime: Runtime[Visit]) -> dict[str, Any]:
        """Find the red flags, raise the urgency, and tell the page."""
        flags = rules_of(hear(state["messages"], runtime.context.background), runtime.context)
        known = set(state.get("flags", []))
        new = [rule for rule in flags if rule.id not in known]
        urgency = most_urgent([state.get("urgency"), *(rule.level for rule in flags)])
        if urgency:
            runtime.stream_writer(UrgencyFound(level=urgency, rules=tuple(rule.id for rule in flags)).model_dump())
        alarm = any(RANK[rule.level] >= RANK["emergency"] for rule in new)
        return {"urgency": urgency, "flags": sorted(known | {rule.id for rule in new}), "alarm": alarm}

    def wrap_model_call(
        self, request: ModelRequest[Visit], handler: Callable[[ModelRequest[Visit]], ModelResponse[Any]]
    ) -> ModelResponse[Any] | AIMessage:
        """An alarm, and an answer to the doctor's question, go straight to the assessment: no model is asked first."""
        last = request.messages[-1]
        if isinstance(last, HumanMessage) and (request.state.get("alarm") or answers_doctor(request.messages)):
            call = {"name": "assess_symptoms", "args": {"complaint": last.text}, "id": f"call_{uuid.uuid4().hex[:12]}"}
            return AIMessage(content="", tool_calls=[call])
        return handler(request)


class GroundingGate(AgentMiddleware[Consultation, Visit]):
    """Lets through only sentences that the evidence supports, and writes the answer from the evidence where not."""

    state_schema = Consultation

    def __init__(self, library: Library, router: Router) -> None:
        """Take the library, whose embedding model judges nearness, and the router for a model that calls no tool."""
        super().__init__()
        self._library = library
        self._router = router

    def wrap_model_call(
        self, request: ModelRequest[Visit], handler: Callable[[ModelRequest[Visit]], ModelResponse[Any]]
    ) -> ModelResponse[Any] | AIMessage:
        """Stream the model, hold every sentence to the evidence, and keep what was said.

        What a model says without having called a tool is not shown: the router calls the tool in its place.
        """
        visit = request.runtime.context
        evidence = latest_evidence(request.messages)
        if evidence is None:
            tools = [convert_to_openai_tool(tool) for tool in request.tools]
            call = _called(_stream(request, with_tools=True)) or routed_call(request.messages, tools, self._router)
            if call:
                return AIMessage(content="", tool_calls=[call])
            evidence = courtesy(patient_words(request.messages)[-1], visit, self._library.embedder)
        if not evidence.complete and not evidence.statements and not evidence.opening:
            told = (visit.words.nothing_found, visit.words.nothing_found_instead)
            evidence = Evidence(opening=tuple(Statement(text=line) for line in told), complete=True)
        words = iter(()) if evidence.complete else (chunk.text for chunk in _stream(request, with_tools=False))
        return self._answer(words, evidence, request)

    def _answer(self, pieces: Iterator[str], evidence: Evidence, request: ModelRequest[Visit]) -> AIMessage:
        visit = request.runtime.context
        tell = request.runtime.stream_writer
        urgency = request.state.get("urgency")
        written = ""
        for piece in self._with_reminder(write(pieces, evidence, visit, self._library.embedder, not urgency), request):
            written += piece
            tell(Said(text=piece).model_dump())
        answer = Answered(text=written, **{field: getattr(evidence, field) for field in KEPT})
        tell(answer.model_dump())
        return AIMessage(content=written, additional_kwargs={"airmed": answer.model_dump(mode="json")})

    def _with_reminder(self, pieces: Iterator[str], request: ModelRequest[Visit]) -> Iterator[str]:
        """The answer, behind the call for help where an earlier message was an emergency or a crisis."""
        visit, urgency = request.runtime.context, request.state.get("urgency")
        reminders = {"emergency": visit.words.emergency_reminder, "crisis": visit.words.crisis_reminder}
        evidence = latest_evidence(request.messages)
        if urgency in reminders and not (evidence and evidence.alarms):
            yield f"{visit.say(reminders[urgency])}\n\n"
        yield from pieces


def answers_doctor(messages: list[AnyMessage]) -> bool:
    """Whether the last message is a correction, or a bare reply to the question that the doctor asked last."""
    last = messages[-1]
    if corrections_of(last):
        return True
    kept = next((m.additional_kwargs.get("airmed") for m in reversed(messages[:-1]) if isinstance(m, AIMessage)), None)
    if not kept or not kept.get("asked"):
        return False
    return replies(last.text) or last.text in kept.get("options", {}).values()


def latest_evidence(messages: list[AnyMessage]) -> Evidence | None:
    """What the tools found since the patient's last message."""
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            return None
        if isinstance(message, ToolMessage):
            return evidence_of(message.artifact) or Evidence()
    return None


def recent(messages: list[AnyMessage]) -> list[AnyMessage]:
    """The end of the conversation, from a message of the patient's on, without calls that were never answered."""
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    whole = [
        message
        for message in messages
        if not (isinstance(message, AIMessage) and any(call["id"] not in answered for call in message.tool_calls))
    ]
    kept = whole[-REMEMBERED_MESSAGES:]
    start = next((place for place, message in enumerate(kept) if isinstance(message, HumanMessage)), 0)
    return kept[start:]


def _stream(request: ModelRequest[Visit], with_tools: bool) -> Iterator[AIMessageChunk]:
    """The model's stream; tools are offered until one has answered this message."""
    messages = recent(request.messages)
    model: Any = request.model.bind_tools(request.tools) if with_tools and request.tools else request.model
    prompt = [request.system_message, *messages] if request.system_message else messages
    yield from model.stream(prompt)


def _called(stream: Iterator[AIMessageChunk]) -> ToolCall | None:
    """The first tool call of a model's stream."""
    whole = AIMessageChunk(content="")
    for place, chunk in enumerate(stream):
        whole = whole + chunk
        if place > LONGEST_PREAMBLE and not whole.tool_call_chunks:
            return None
    return whole.tool_calls[0] if whole.tool_calls else None
