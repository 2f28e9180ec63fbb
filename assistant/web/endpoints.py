"""The endpoints for programs (`gradio_client`): one message, one assessment, erasure."""

from __future__ import annotations

import base64
import logging
from typing import Any

from assistant.doctor import check_message
from assistant.errors import AirmedError, InputError
from assistant.events import Answered, Pictured, UrgencyFound
from assistant.safety.red_flags import assess
from assistant.visit import Visit, answer_language
from assistant.web.desk import Desk, is_key, new_key

UNKNOWN_THREAD = "The thread is not one that this server gave; leave it empty to start a conversation."
BROKEN = "Something went wrong on the server; please send the message again."
log = logging.getLogger(__name__)


def make_endpoints(desk: Desk) -> dict[str, Any]:
    """The functions behind the public endpoints, by name; each tells what is wrong as `{"error": sentence}`."""

    def chat(message: str, thread: str = "", language: str = "en", country: str = "") -> dict[str, Any]:
        """Send one message and get the whole answer; pass the thread back to go on with the conversation."""
        try:
            return _answer(desk, _text(message), thread, _text(language), _text(country))
        except AirmedError as error:
            return {"error": str(error)}
        except Exception as error:
            log.error("a message could not be answered: %s", type(error).__name__)
            return {"error": BROKEN}

    def urgency(text: str, age: float = -1, sex: str = "") -> dict[str, Any]:
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

    def erase(thread: str) -> dict[str, Any]:
        """Forget a conversation for good."""
        if not is_key(thread):
            return {"error": UNKNOWN_THREAD}
        desk.erase(thread)
        return {"erased": True}

    return {"chat": chat, "urgency": urgency, "erase": erase}


def _answer(desk: Desk, message: str, thread: str, language: str, country: str) -> dict[str, Any]:
    if thread and not is_key(thread):
        raise InputError(UNKNOWN_THREAD)
    key = thread or new_key()
    visit = Visit(answer_language(message, language), country or desk.settings.region)
    answer, level = Answered(text=""), None
    pictures: list[dict[str, str]] = []
    for event in desk.doctor.stream(message, key, visit):
        if isinstance(event, Answered):
            answer = event
        elif isinstance(event, UrgencyFound):
            level = event.level
        elif isinstance(event, Pictured):
            pictures.append({**event.picture.model_dump(), "png": base64.b64encode(event.png).decode()})
    told = answer.model_dump(mode="json", exclude={"kind"})
    return {"thread": key, "urgency": level, **told, "pictures": pictures}


def _text(value: object) -> str:
    """What a caller sent, as text: nothing checks the types of a JSON call."""
    return "" if value is None else str(value)
