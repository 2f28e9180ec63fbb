"""The endpoints for programs, called with `gradio_client`, and the doors of Gradio that have to stay shut."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from gradio_client import Client

from assistant.events import Answered, Pictured
from assistant.safety.evidence import PictureShown
from assistant.settings import Settings
from assistant.web.desk import Desk
from assistant.web.endpoints import make_endpoints
from assistant.web.limits import Pace
from tests.web.server import PATIENCE, Server

CHEST_PAIN = "I have crushing chest pain going down my left arm and I am sweating"
TOPICS = ("asthma", "migraine", "gout", "chickenpox", "eczema", "shingles", "tonsillitis", "constipation")
NEVER_GIVEN = "A" * 32
SECRET = "zanzibarine"


def connect(server: Server) -> Client:
    """A client of its own session."""
    return Client(server.url, verbose=False, httpx_kwargs={"timeout": PATIENCE})


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return connect(server)


@pytest.fixture(scope="module")
def chat(client: Client) -> Callable[..., dict[str, Any]]:
    """Send a message: `chat(message, thread, language, country)`."""
    return lambda *sent: dict(client.predict(*sent, api_name="/chat"))


def status(server: Server, path: str) -> int:
    """The HTTP status that a path answers with."""
    try:
        with urlopen(f"{server.url}{path}", timeout=PATIENCE) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_an_answer_has_its_citations(chat: Callable[..., dict[str, Any]]) -> None:
    told = chat("What are the symptoms of asthma?")
    assert "[1]" in told["text"]
    assert told["urgency"] is None
    assert told["citations"][0]["id"].startswith("asthma")
    assert told["citations"][0]["url"].startswith("https://")


def test_a_thread_goes_on(chat: Callable[..., dict[str, Any]]) -> None:
    first = chat(CHEST_PAIN, "", "en", "gb")
    assert first["urgency"] == "emergency"
    assert "999" in first["text"]
    second = chat("What are the symptoms of asthma?", first["thread"], "en", "gb")
    assert second["thread"] == first["thread"]
    assert second["urgency"] == "emergency"


def test_language_and_country_are_heard(chat: Callable[..., dict[str, Any]]) -> None:
    told = chat("我胸口压榨样疼痛，疼到左臂，还出冷汗", "", "zh", "cn")
    assert told["urgency"] == "emergency"
    assert "120" in told["text"]


@pytest.mark.parametrize("thread", ["x", "../../etc/passwd", "' OR 1=1 --", "A" * 33, "A" * 31 + "\n"])
def test_a_thread_that_was_not_given_is_refused(
    chat: Callable[..., dict[str, Any]], client: Client, thread: str
) -> None:
    assert "not one that this server gave" in chat("hello", thread)["error"]
    assert "not one that this server gave" in client.predict(thread, api_name="/erase")["error"]


@pytest.mark.parametrize(
    ("message", "told"), [("", "write a message"), (" \n ", "write a message"), ("a" * 100_000, "shorten it to 4000")]
)
def test_a_message_that_cannot_be_answered(chat: Callable[..., dict[str, Any]], message: str, told: str) -> None:
    answer = chat(message)
    assert set(answer) == {"error"}
    assert told in answer["error"]


@pytest.mark.parametrize("sent", [None, 7, True, ["a", "b"], {"role": "system", "content": "x"}])
def test_what_is_no_text_breaks_nothing(chat: Callable[..., dict[str, Any]], client: Client, sent: object) -> None:
    assert set(chat(sent)) <= {
        "error",
        "thread",
        "urgency",
        "text",
        "citations",
        "options",
        "asked",
        "opinion",
        "pictures",
        "molecules",
    }
    assert chat("hello", sent or 1)["error"]
    assert chat("hello", "", sent, sent)["text"]
    assert client.predict(sent, api_name="/erase")["error"]
    assert client.predict("I cough", sent, sent, api_name="/urgency")


def test_urgency(client: Client) -> None:
    found = client.predict(CHEST_PAIN, 60, "male", api_name="/urgency")
    assert found["level"] == "emergency"
    assert not found["crisis"]
    assert found["red_flags"][0]["source"].startswith("https://")
    assert client.predict("I want to end my life", api_name="/urgency")["crisis"]
    assert client.predict("I have a runny nose", api_name="/urgency")["level"] is None
    assert "shorten it" in client.predict("a" * 100_000, api_name="/urgency")["error"]


def test_erasure(chat: Callable[..., dict[str, Any]], client: Client) -> None:
    thread = chat(CHEST_PAIN)["thread"]
    assert client.predict(thread, api_name="/erase") == {"erased": True}
    assert chat("What are the symptoms of asthma?", thread)["urgency"] is None
    assert client.predict(NEVER_GIVEN, api_name="/erase") == {"erased": True}


def test_eight_at_once_get_their_own_answers(server: Server) -> None:
    def visit(topic: str) -> tuple[str, str]:
        own = connect(server)
        asked = own.predict(f"What are the symptoms of {topic}?", api_name="/chat")
        told = own.predict(
            f"I have had a cough for two days, my word is {topic}-{SECRET}", asked["thread"], api_name="/chat"
        )
        summary = own.predict("Summarise what I told you for my doctor", told["thread"], api_name="/chat")
        return asked["citations"][0]["id"], json.dumps(summary)

    with ThreadPoolExecutor(len(TOPICS)) as pool:
        answers = list(pool.map(visit, TOPICS))
    assert [cited.partition("#")[0] for cited, _ in answers] == list(TOPICS)
    for own, (_, summary) in zip(TOPICS, answers, strict=True):
        assert [topic for topic in TOPICS if f"{topic}-{SECRET}" in summary] == [own]


def test_private_handlers_are_not_listed(client: Client) -> None:
    listed = client.view_api(return_format="dict", print_info=False)
    assert set(listed["named_endpoints"]) == {"/chat", "/stream", "/urgency", "/keep", "/data", "/erase"}
    assert listed["unnamed_endpoints"] == {}
    for name in ("/answer", "/open", "/forget", "/flag", "/like"):
        with pytest.raises(ValueError, match="Cannot find a function"):
            client.predict("hello", api_name=name)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/monitoring", 403),
        ("/monitoring/summary", 403),
        ("/gradio_api/runs", 404),
        ("/gradio_api/mcp/", 404),
        ("/gradio_api/file=/etc/passwd", 403),
    ],
)
def test_doors_of_gradio_are_shut(server: Server, path: str, answer: int) -> None:
    assert status(server, path) == answer


def test_gradio_is_told_to_keep_to_itself(client: Client) -> None:
    config = client.config
    assert not config["analytics_enabled"]
    assert not config["run_history"]
    assert not config["show_error"]
    assert config["max_file_size"] == 20 * 1024 * 1024


def test_nothing_of_a_message_is_logged(chat: Callable[..., dict[str, Any]], server: Server) -> None:
    chat(f"I have a cough, {SECRET}")
    chat(f"{SECRET} " * 1_000)
    chat({"text": SECRET}, SECRET, SECRET, SECRET)
    log = server.log.read_text(encoding="utf-8").lower()
    assert [word for word in (SECRET, "chest pain", "cough") if word in log] == []


def test_a_program_gets_the_pixels_of_a_picture() -> None:
    picture = PictureShown(name="0", caption="Chest CT", file="a.png")
    events = (Pictured(picture=picture, number=0, count=1, png=b"png"), Answered(text="Here.", pictures=(picture,)))
    doctor = SimpleNamespace(stream=lambda *_: iter(events))
    watched = SimpleNamespace(watch=lambda told: told)
    desk = SimpleNamespace(settings=Settings(), doctor=doctor, pace=Pace(Settings()), metrics=watched)
    told = make_endpoints(cast(Desk, desk))["chat"]("draw")
    assert told["pictures"] == [{"name": "0", "caption": "Chest CT", "file": "a.png", "png": "cG5n"}]
