"""The endpoints for programs (`gradio_client`): a message, an assessment, and what is kept of a conversation."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from assistant.doctor import check_message
from assistant.errors import AirmedError, InputError
from assistant.events import Answered, Event, Pictured, Said, UrgencyFound
from assistant.locales import DEFAULT, languages, locale
from assistant.safety.red_flags import assess
from assistant.visit import Visit, answer_language
from assistant.web.desk import Desk, is_key, new_key
from assistant.web.limits import address_of

UNKNOWN_THREAD = "The thread is not one that this server gave; leave it empty to start a conversation."
BROKEN = "Something went wrong on the server; please send the message again."
log = logging.getLogger(__name__)


Told = dict[str, Any]


def make_endpoints(desk: Desk) -> dict[str, Any]:
    """The functions behind the public endpoints, by name; each tells what is wrong as `{"error": sentence}`."""

    def chat(
        message: str, thread: str = "", language: str = "en", country: str = "", request: gr.Request = None
    ) -> Told:
        """Send one message and get the whole answer; pass the thread back to go on with the conversation."""
        *_, told = stream(message, thread, language, country, request)
        return told

    def stream(
        message: str,
        thread: str = "",
        language: str = "en",
        country: str = "",
        request: gr.Request = None,
    ) -> Iterator[Told]:
        """Send one message and get the answer as it grows, `{"thread","text"}`; the last is the whole answer."""
        try:
            yield from _answer(desk, _text(message), thread, _text(language), _text(country), request)
        except AirmedError as error:
            yield {"error": str(error)}
        except Exception as error:
            log.error("a message could not be answered: %s", type(error).__name__)
            yield {"error": BROKEN}

    def urgency(text: str, age: float = -1, sex: str = "") -> Told:
        """Hold the red-flag rules against a text, without a conversation; age in years, -1 when unknown."""
        try:
            known_age = float(age) if float(age) >= 0 else None
            found = assess(check_message(_text(text), Visit()), known_age, sex if sex in ("female", "male") else None)  # type: ignore[arg-type]
        except AirmedError as error:
            return {"error": str(error)}
        except (TypeError, ValueError):
            return {"error": "The age has to be a number of years, or -1 when it is not known."}
        flags = [
            {"rule": rule.id, "level": rule.level, "why": rule.why.en, "source": str(rule.source.url)}
            for rule in found.flags
        ]
        return {"level": found.level, "crisis": found.crisis, "red_flags": flags}

    def keep(thread: str, agree: bool = True, language: str = "en", country: str = "") -> Told:
        """Keep a conversation, so that it can be gone back to and clinicians can read it; or no longer."""
        return _of_thread(
            thread, lambda: _keep(desk, thread, agree is True, Visit(_language(language), _text(country)))
        )

    def data(thread: str) -> Told:
        """Everything that is known of a conversation."""
        return _of_thread(thread, lambda: desk.doctor.data(thread))

    def erase(thread: str) -> Told:
        """Forget a conversation for good."""
        return _of_thread(thread, lambda: _erase(desk, thread))

    return {"chat": chat, "stream": stream, "urgency": urgency, "keep": keep, "data": data, "erase": erase}


def _of_thread(thread: str, what: Callable[[], Told]) -> Told:
    """What is done with a conversation by who holds its key."""
    if not is_key(thread):
        return {"error": UNKNOWN_THREAD}
    try:
        return what()
    except AirmedError as error:
        return {"error": str(error)}


def _keep(desk: Desk, thread: str, agrees: bool, visit: Visit) -> Told:
    if agrees:
        desk.doctor.agree(thread, visit)
    else:
        desk.doctor.withdraw(thread, visit)
    return {"kept": agrees}


def _erase(desk: Desk, thread: str) -> Told:
    desk.erase(thread)
    return {"erased": True}


def _answer(
    desk: Desk, message: str, thread: str, language: str, country: str, request: gr.Request | None
) -> Iterator[Told]:
    if thread and not is_key(thread):
        raise InputError(UNKNOWN_THREAD)
    key, words = thread or new_key(), locale(_language(language)).page
    visit = Visit(answer_language(message, language), country or desk.settings.region)
    address = address_of(request, desk.settings.trust_proxy)
    desk.pace.message(thread, address, words)
    with desk.pace.answering(address, words):
        yield from _told(desk.metrics.watch(desk.doctor.stream(message, key, visit)), key)


def _told(events: Iterator[Event], key: str) -> Iterator[Told]:
    """An answer as it grows, and whole."""
    answer, level, said = Answered(text=""), None, ""
    pictures: list[dict[str, str]] = []
    for event in events:
        if isinstance(event, Said):
            said += event.text
            yield {"thread": key, "text": said}
        elif isinstance(event, Answered):
            answer = event
        elif isinstance(event, UrgencyFound):
            level = event.level
        elif isinstance(event, Pictured):
            pictures.append({**event.picture.model_dump(), "png": base64.b64encode(event.png).decode()})
    told = answer.model_dump(mode="json", exclude={"kind"})
    yield {"thread": key, "urgency": level, **told, "pictures": pictures}


def _language(language: object) -> str:
    return language if isinstance(language, str) and language in languages() else DEFAULT


def _text(value: object) -> str:
    """What a caller sent, as text: nothing checks the types of a JSON call."""
    return "" if value is None else str(value)
