"""Logs without what patients type: every record is scrubbed, and of an exception only its type is kept."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from assistant.errors import AirmedError
from assistant.safety.privacy.finding import scrub

APART = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "gradio", "langgraph", "httpx", "httpcore")
ACCESS = "uvicorn.access"  # whose formatter unpacks the arguments, so that these must stay five


class ScrubbingFilter(logging.Filter):
    """Takes identifiers out of a record's message and arguments, and the texts and traces of exceptions altogether."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Scrub a record; it is always let through."""
        record.args = _scrubbed_all(record.args)
        if record.name != ACCESS:
            record.msg, record.args = scrub(_message(record)), None
        if record.exc_info and record.exc_info[0] and record.name != ACCESS:
            record.msg = f"{record.msg} ({record.exc_info[0].__name__})"
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def scrub_logs() -> None:
    """Have every log scrubbed: the root's handlers, and the loggers of libraries that bring handlers of their own."""
    scrubbing = ScrubbingFilter()
    for place in (*logging.getLogger().handlers, *map(logging.getLogger, APART)):
        if not any(isinstance(one, ScrubbingFilter) for one in place.filters):
            place.addFilter(scrubbing)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.msg % record.args if record.args and isinstance(record.msg, str) else str(_scrubbed(record.msg))
    except (TypeError, ValueError, KeyError):
        return f"a message of {record.name} could not be put together"


def _scrubbed_all(args: Any) -> Any:
    if isinstance(args, Mapping):
        return {key: _scrubbed(value) for key, value in args.items()}
    return tuple(map(_scrubbed, args)) if isinstance(args, tuple) else args


def _scrubbed(value: object) -> object:
    """A value of a message: numbers as they are, our own errors as they read, other exceptions as their types."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, BaseException) and not isinstance(value, AirmedError):
        return type(value).__name__
    return scrub(str(value))
