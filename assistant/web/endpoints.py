"""The endpoints for programs (`gradio_client`): one message, one assessment, erasure."""

from __future__ import annotations

from typing import Any

from assistant.errors import AirmedError, InputError
from assistant.events import Answered, UrgencyFound
from assistant.safety.red_flags import assess
from assistant.visit import Visit, answer_language
from assistant.web.desk import Desk, is_key, new_key


def make_endpoints(desk: Desk) -> dict[str, Any]:
    """The functions behind the public endpoints, by name."""

    def chat(message: str, thread: str = "", language: str = "en", country: str = "") -> dict[str, Any]:
        """Send one message and get the whole answer; pass the thread back to go on with the conversation."""
        if thread and not is_key(thread):
            return {"error": "The thread is not one that this server gave; leave it empty to start a conversation."}
        key = thread or new_key()
        visit = Visit(answer_language(message, language), country or desk.settings.region)
        answer, level = Answered(text=""), None
        try:
            for event in desk.doctor.stream(message, key, visit):
                if isinstance(event, Answered):
                    answer = event
                elif isinstance(event, UrgencyFound):
                    level = event.level
        except AirmedError as error:
            return {"error": str(error)}
        return {"thread": key, "urgency": level, **answer.model_dump(mode="json", exclude={"kind"})}

    def urgency(text: str, age: float = -1, sex: str = "") -> dict[str, Any]:
        """Hold the red-flag rules against a text, without a conversation; age in years, -1 when unknown."""
        known_sex = sex if sex in ("female", "male") else None
        found = assess(text, age if age >= 0 else None, known_sex)  # type: ignore[arg-type]
        flags = [
            {"rule": rule.id, "level": rule.level, "why": rule.why.en, "source": str(rule.source.url)}
            for rule in found.flags
        ]
        return {"level": found.level, "crisis": found.crisis, "red_flags": flags}

    def erase(thread: str) -> dict[str, Any]:
        """Forget a conversation for good."""
        if not is_key(thread):
            return {"error": str(InputError("The thread is not one that this server gave."))}
        desk.erase(thread)
        return {"erased": True}

    return {"chat": chat, "urgency": urgency, "erase": erase}
