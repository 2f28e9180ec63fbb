from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool

from assistant.doctor import SYSTEM_PROMPT
from assistant.models import load_chat_model
from assistant.models.routing import Router
from assistant.models.server import load_server
from assistant.settings import Settings
from tests.assistant.models.openai_server import Delta, Handler, Script, start

SECRETS = ("Karen", "Whitfield", "07700 900461", "943 476 5919", "12/03/1985", "42 Acacia", "Tom", "王小明")
TOLD = (
    "My name is Karen Whitfield, born 12/03/1985, NHS number 943 476 5919. Call 07700 900461. "
    "I live at 42 Acacia Avenue,\nLeeds LS6 3AB. My son Tom has a rash and 38.5 °C."
)


@dataclass
class Echo(Script):
    """A server that says what it is told to, in pieces of a few letters; or, when tools are offered, calls one."""

    says: str = "Dear [name-1], [Name 2] needs rest at [address-1]. Ring [phone-1] [1]."
    step: int = 3

    def deltas(self, request: dict[str, Any]) -> Iterator[Delta]:
        yield {"role": "assistant", "content": ""}
        if request.get("tools") and self.call:
            name, arguments = self.call
            yield {
                "tool_calls": [
                    {"index": 0, "id": "c1", "type": "function", "function": {"name": name, "arguments": ""}}
                ]
            }
            for piece in self._pieces(arguments):
                yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
        else:
            yield from ({"content": piece} for piece in self._pieces(self.says))

    def _pieces(self, text: str) -> list[str]:
        return [text[at : at + self.step] for at in range(0, len(text), self.step)]


class Whole(Handler):
    """Answers in one piece where no stream is wanted."""

    def do_POST(self) -> None:
        """Answer."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if request.get("stream"):
            self.rfile = io.BytesIO(json.dumps(request).encode())
            self.headers.replace_header("Content-Length", str(len(json.dumps(request).encode())))
            super().do_POST()
            return
        self.script.asked.append(request)
        message: dict[str, Any] = {"role": "assistant", "content": self.script.says}
        if request.get("tools") and self.script.call:
            name, arguments = self.script.call
            call = {"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        body = {"id": "1", "object": "chat.completion", "created": 0, "model": "tiny", "choices": [choice]}
        self._send(json.dumps(body).encode(), "application/json")


@tool
def book(patient: str, address: str) -> str:
    """Book a visit."""
    return f"{patient} at {address}"


@pytest.fixture
def script() -> Echo:
    return Echo(call=("book", '{"patient": "[name-1]", "address": "[ADDRESS-1]"}'))


@pytest.fixture
def url(script: Echo) -> Iterator[str]:
    server = start(script)
    server.RequestHandlerClass = type("Scripted", (Whole,), {"script": script})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def model(url: str) -> BaseChatModel:
    return load_server(url, "tiny", "none")


def reached(script: Script) -> str:
    return json.dumps(script.asked, ensure_ascii=False)


def unseen(script: Script) -> bool:
    return bool(script.asked) and not any(secret in reached(script) for secret in SECRETS)


RESTORED = "Dear Karen Whitfield, Tom needs rest at 42 Acacia Avenue,\nLeeds LS6 3AB. Ring 07700 900461 [1]."


@pytest.mark.parametrize("step", [1, 2, 3, 7, 500])
def test_a_streamed_answer_is_restored_and_no_identifier_reaches_the_server(
    script: Echo, model: BaseChatModel, step: int
) -> None:
    script.step = step
    assert "".join(chunk.text for chunk in model.stream([HumanMessage(TOLD)])) == RESTORED
    assert unseen(script) and "38.5 °C" in reached(script)


def test_a_whole_answer_is_restored(script: Echo, model: BaseChatModel) -> None:
    assert model.invoke([HumanMessage(TOLD)]).text == RESTORED
    assert unseen(script)


def test_what_is_asked_in_the_event_loop_is_hidden_and_restored_too(script: Echo, model: BaseChatModel) -> None:
    async def streamed() -> str:
        return "".join([chunk.text async for chunk in model.astream([HumanMessage(TOLD)])])

    assert asyncio.run(model.ainvoke([HumanMessage(TOLD)])).text == asyncio.run(streamed()) == RESTORED
    assert unseen(script)


def test_the_arguments_of_a_whole_call_are_restored(script: Echo, model: BaseChatModel) -> None:
    answer = model.bind_tools([book]).invoke([HumanMessage(TOLD)])
    assert isinstance(answer, AIMessage)
    assert answer.tool_calls[0]["args"] == {"patient": "Karen Whitfield", "address": "42 Acacia Avenue,\nLeeds LS6 3AB"}
    assert unseen(script)


@pytest.mark.parametrize("step", [1, 4, 500])
def test_the_arguments_of_a_streamed_call_are_restored(script: Echo, model: BaseChatModel, step: int) -> None:
    script.step = step
    whole: AIMessageChunk | None = None
    for chunk in model.bind_tools([book]).stream([HumanMessage(TOLD)]):
        assert isinstance(chunk, AIMessageChunk)
        whole = chunk if whole is None else whole + chunk
    assert whole is not None and len(whole.tool_calls) == 1
    assert whole.tool_calls[0]["args"] == {"patient": "Karen Whitfield", "address": "42 Acacia Avenue,\nLeeds LS6 3AB"}
    assert unseen(script)


def test_callbacks_hear_the_restored_words(model: BaseChatModel) -> None:
    class Listener(BaseCallbackHandler):
        heard = ""

        def on_llm_new_token(self, token: str, **_: Any) -> None:
            self.heard += token

    listener = Listener()
    list(model.stream([HumanMessage(TOLD)], config={"callbacks": [listener]}))
    assert listener.heard == RESTORED


def test_calls_and_results_in_the_history_are_hidden_too(script: Echo, model: BaseChatModel) -> None:
    call = {"name": "book", "args": {"patient": "Karen Whitfield", "note": "Thanks,\nTom"}, "id": "c1"}
    history: list[BaseMessage] = [
        SystemMessage(SYSTEM_PROMPT),
        HumanMessage("Whitfield speaking; Tom is ill"),  # said before anybody is told whose names these are
        HumanMessage(content=[{"type": "text", "text": TOLD}]),
        AIMessage(content="", tool_calls=[call]),
        ToolMessage("Karen Whitfield is seen on Monday", tool_call_id="c1"),
        AIMessage("Dear Karen Whitfield, you are seen on Monday."),
        HumanMessage("我叫王小明，Whitfield是我妻子"),
    ]
    answer = model.invoke(history)
    assert unseen(script) and answer.text.startswith("Dear ")
    sent = script.asked[0]["messages"]
    assert sent[0]["content"] == SYSTEM_PROMPT
    assert sent[3]["tool_calls"][0]["id"] == sent[4]["tool_call_id"] == "c1"
    assert json.loads(sent[3]["tool_calls"][0]["function"]["arguments"])["note"].startswith("Thanks,\n[name-")


def test_placeholders_stay_the_same_from_turn_to_turn(script: Echo, model: BaseChatModel) -> None:
    first = [HumanMessage(TOLD)]
    model.invoke(first)
    model.invoke([*first, AIMessage(RESTORED), HumanMessage("My sister Ngozi has it too.")])
    before, after = (request["messages"] for request in script.asked)
    assert after[0] == before[0]


@pytest.mark.parametrize("scrub", [True, False])
def test_the_settings_choose_whether_identifiers_are_hidden(
    script: Echo, url: str, router: Router, scrub: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not scrub:
        monkeypatch.setenv("AIRMED_LLM_SCRUB", "false")
    load_chat_model(Settings(llm=url, llm_model="tiny"), router).invoke([HumanMessage(TOLD)])
    assert unseen(script) is scrub
