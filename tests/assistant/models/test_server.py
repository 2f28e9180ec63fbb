from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from assistant.consultation.library import Library
from assistant.doctor import Doctor
from assistant.errors import ModelError
from assistant.locales import locale
from assistant.models import load_chat_model
from assistant.models.routing import Router
from assistant.models.server import load_server
from assistant.records.keeping import Records
from assistant.settings import Settings
from tests.assistant.hearing import Heard, hear
from tests.assistant.models.openai_server import Script, start

QUESTION = "What is a normal blood pressure?"
NOBODY = "http://127.0.0.1:9/v1"  # the port of "discard", where nobody listens


DoctorOn = Callable[..., Doctor]


@pytest.fixture
def script() -> Script:
    """What the server does; a test changes it."""
    return Script()


@pytest.fixture
def url(script: Script) -> Iterator[str]:
    """The base URL of a running server."""
    server = start(script)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def doctor_on(router: Router, library: Library, records: Records) -> DoctorOn:
    """A doctor whose chat model is on a server: `doctor_on(url, model)`."""
    return lambda url, model="": Doctor(load_server(url, model, "none"), router, library, records, {})


@pytest.fixture
def asked(url: str, doctor_on: DoctorOn) -> Heard:
    """The doctor's answer to the question, over the server."""
    return hear(doctor_on(url), QUESTION)


def said_by(model: BaseChatModel) -> str:
    return "".join(chunk.text for chunk in model.stream([HumanMessage("hi")]))


def test_a_tool_call_and_a_streamed_answer_go_through_the_whole_doctor(asked: Heard, script: Script) -> None:
    assert asked.tools == ["search_guidance"]
    assert "between 90/60 and 120/80 mmHg" in asked.text and "[1]" in asked.text
    assert asked.answer.citations[0].id.startswith("blood-pressure-values")
    assert asked.said == asked.text
    first, second = script.asked
    assert {tool["function"]["name"] for tool in first["tools"]} == {
        "search_guidance",
        "assess_symptoms",
        "summarise_case",
        "generate_image",
        "propose_molecules",
        "check_medicines",
        "draft_plan",
    }
    assert "tools" not in second and second["messages"][-1]["role"] == "tool"
    assert first["stream"] and first["model"] == "tiny"


@pytest.mark.parametrize("preamble", ["", "Let me look that up for you."])
def test_words_before_a_call_are_not_shown(script: Script, url: str, doctor_on: DoctorOn, preamble: str) -> None:
    script.preamble = preamble
    heard = hear(doctor_on(url), QUESTION)
    assert heard.tools == ["search_guidance"]
    assert "look that up" not in heard.text


def test_what_the_server_makes_up_is_not_shown(script: Script, url: str, doctor_on: DoctorOn) -> None:
    script.says = "Take two aspirin every morning. A normal blood pressure is 150/100 mmHg. "
    heard = hear(doctor_on(url), QUESTION)
    assert "aspirin" not in heard.text and "150/100" not in heard.text
    assert "120/80" in heard.text


def test_a_server_that_calls_no_tool_is_answered_for_by_the_router(
    script: Script, url: str, doctor_on: DoctorOn
) -> None:
    script.call, script.says = None, "Blood pressure is always fine. Do not worry. "
    heard = hear(doctor_on(url), QUESTION)
    assert heard.tools == ["search_guidance"]
    assert "always fine" not in heard.text and heard.answer.citations


@pytest.mark.parametrize(
    "call", [("launch_rocket", "{}"), ("search_guidance", "{}"), ("search_guidance", '{"question": ')]
)
def test_a_call_that_cannot_be_made_does_no_harm(
    script: Script, url: str, doctor_on: DoctorOn, call: tuple[str, str]
) -> None:
    script.call = call
    heard = hear(doctor_on(url), QUESTION)
    assert heard.answer.citations or locale("en").doctor.nothing_found in heard.text


def test_the_server_is_not_asked_about_an_emergency(script: Script, url: str, doctor_on: DoctorOn) -> None:
    script.says = "It is not urgent."
    heard = hear(doctor_on(url), "Crushing chest pain down my left arm, I am sweating")
    assert heard.level == "emergency" and "999" in heard.text
    assert script.asked == []


def test_the_first_model_is_taken_unless_one_is_named(script: Script, url: str) -> None:
    for model in (load_server(url, "", "secret"), load_server(f"{url}/", "large", "secret")):
        assert said_by(model) == script.says
    assert [request["model"] for request in script.asked] == ["tiny", "large"]
    assert script.keys == ["Bearer secret"]


def test_the_settings_choose_the_server(script: Script, url: str, router: Router) -> None:
    assert said_by(load_chat_model(Settings(llm=url, llm_model="large"), router)) == script.says
    assert script.asked[0]["model"] == "large"


def one_sentence(error: pytest.ExceptionInfo[ModelError]) -> bool:
    return "\n" not in str(error.value) and "AIRMED_LLM" in str(error.value)


def test_no_server_is_a_model_error_that_names_the_setting() -> None:
    with pytest.raises(ModelError) as error:
        load_server(NOBODY, "", "none")
    assert one_sentence(error) and NOBODY in str(error.value)


@pytest.mark.parametrize("models", [{}, [], {"data": []}, {"data": None}, "text", {"data": [{}]}])
def test_a_server_that_offers_no_model_is_a_model_error(script: Script, url: str, models: object) -> None:
    script.models = models
    with pytest.raises(ModelError) as error:
        load_server(url, "", "none")
    assert one_sentence(error)


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_server_that_refuses_is_a_model_error(script: Script, url: str, status: int) -> None:
    script.status = status
    with pytest.raises(ModelError):
        load_server(url, "", "none")


def test_a_server_that_is_gone_is_a_model_error_in_the_conversation(doctor_on: DoctorOn) -> None:
    with pytest.raises(ModelError) as error:
        hear(doctor_on(NOBODY, "tiny"), QUESTION)
    assert one_sentence(error)


def test_a_server_that_refuses_a_message_is_a_model_error(script: Script, url: str, doctor_on: DoctorOn) -> None:
    doctor = doctor_on(url)
    script.status = 400
    with pytest.raises(ModelError) as error:
        hear(doctor, QUESTION)
    assert one_sentence(error)


def test_an_emergency_is_answered_without_a_server(doctor_on: DoctorOn) -> None:
    heard = hear(doctor_on(NOBODY, "tiny"), "Crushing chest pain, I am sweating")
    assert heard.level == "emergency" and "999" in heard.text


def test_a_stream_that_breaks_off_is_a_model_error(script: Script, url: str, doctor_on: DoctorOn) -> None:
    doctor = doctor_on(url)
    script.breaks_after = 2
    with pytest.raises(ModelError):
        hear(doctor, QUESTION)
