from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

from assistant.consultation.library import Library
from assistant.models.calling import HISTORY_TOOL, answers_a_question, in_context, routed_call
from assistant.models.routing import Router
from assistant.tools import load_tools

TOOLS = [convert_to_openai_tool(tool) for tool in load_tools(Library([]))]
ASKED: list[BaseMessage] = [HumanMessage("I have a headache"), AIMessage("Drink enough.\n\nHow old are you?")]


def called(
    messages: list[BaseMessage], router: Router, tools: list[dict[str, Any]] = TOOLS
) -> tuple[str, dict[str, Any]]:
    call = routed_call(messages, tools, router)
    return (call["name"], call["args"]) if call else ("none", {})


def cited(text: str, *names: str, url: str = "https://www.nhs.uk") -> AIMessage:
    """An answer of the doctor's, as the grounding gate keeps it."""
    cited = [{"id": name, "name": name, "url": url} for name in names]
    return AIMessage(text, additional_kwargs={"airmed": {"citations": cited}})


@pytest.mark.parametrize(
    ("text", "tool", "argument"),
    [
        ("What is a normal blood pressure?", "search_guidance", "question"),
        ("I have had a sore throat for two days", "assess_symptoms", "complaint"),
        ("Summarise what I told you for my doctor", "summarise_case", None),
        ("hello", "none", None),
        ("血压多少算正常？", "search_guidance", "question"),
        ("我嗓子疼、流鼻涕两天了", "assess_symptoms", "complaint"),
        ("你好", "none", None),
    ],
)
def test_the_tool_gets_the_words_of_the_patient(router: Router, text: str, tool: str, argument: str | None) -> None:
    assert called([HumanMessage(text)], router) == (tool, {argument: text} if argument else {})


def test_a_tool_that_is_not_offered_is_not_called(router: Router) -> None:
    asked: list[BaseMessage] = [HumanMessage("What is a normal blood pressure?")]
    only_summary = [tool for tool in TOOLS if tool["function"]["name"] == "summarise_case"]
    assert called(asked, router, only_summary)[0] in ("summarise_case", "none")
    assert called(asked, router, []) == ("none", {})


def test_a_follow_up_brings_its_subject_along(router: Router) -> None:
    answer = cited("120/80. [1]", "Blood pressure values: What is a normal blood pressure", "Stress: Signs")
    told = [HumanMessage("What is a normal blood pressure?"), answer, HumanMessage("and in children?")]
    assert called(told, router) == ("search_guidance", {"question": "and in children? (Blood pressure values)"})


@pytest.mark.parametrize("text", ["why?", "how is it treated?", "what about children?", "那孩子呢"])
def test_a_message_that_leans_on_the_one_before_is_known(text: str) -> None:
    messages = [HumanMessage("What is migraine?"), cited("A headache. [1]", "Migraine: What it is"), HumanMessage(text)]
    assert in_context(messages) == f"{text} (Migraine)"
    assert in_context([HumanMessage(text)]) == text


def test_the_message_that_a_summary_cites_is_no_subject() -> None:
    summary = cited("- “It hurts.” [1]", "message 1", url="")
    assert in_context([HumanMessage("It hurts."), summary, HumanMessage("why?")]) == "why?"


def test_a_message_that_stands_alone_is_passed_on_alone() -> None:
    long = "My little daughter has had an itchy rash since yesterday"
    messages = [HumanMessage("What is migraine?"), cited("A headache. [1]", "Migraine: What it is"), HumanMessage(long)]
    assert in_context(messages) == long


@pytest.mark.parametrize(
    "answer", ["I am 40", "two days", "it is mild", "no", "Yes!", "没有", "An adult, 40 years old.", "40岁"]
)
def test_a_short_answer_to_a_question_goes_back_to_history_taking(router: Router, answer: str) -> None:
    assert called([*ASKED, HumanMessage(answer)], router)[0] == HISTORY_TOOL


def test_an_answer_after_a_tool_and_the_system_message_is_still_one(router: Router) -> None:
    call = {"name": HISTORY_TOOL, "args": {}, "id": "1"}
    before = [
        SystemMessage("You are Airmed."),
        ASKED[0],
        AIMessage("", tool_calls=[call]),
        ToolMessage("x", tool_call_id="1"),
    ]
    assert called([*before, ASKED[1], HumanMessage("no")], router)[0] == HISTORY_TOOL


@pytest.mark.parametrize(
    "messages",
    [
        [*ASKED, HumanMessage("What is a migraine?")],
        [HumanMessage("I am 40")],
        [HumanMessage("hi"), AIMessage("Hello."), HumanMessage("I am 40")],
        [*ASKED, HumanMessage("well, " + "my neighbour next door also has a very loud dog " * 5)],
    ],
)
def test_a_question_back_or_a_long_story_is_no_answer(messages: list[BaseMessage]) -> None:
    assert not answers_a_question(messages, sure=False)
