from __future__ import annotations

import io
import logging
import logging.config
from collections.abc import Iterator

import pytest
import uvicorn.config

from assistant.errors import InputError
from assistant.safety.privacy import ScrubbingFilter, scrub_logs

SECRETS = ("John", "Smith", "943 476 5919", "j.smith@example.org", "82.14.203.77")
TOLD = "My name is John Smith, NHS number 943 476 5919"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the root's handler writes, scrubbed; everything is as before afterwards."""
    monkeypatch.setattr(logging.getLogger("uvicorn"), "propagate", True)  # a server that a test ran turns it off
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    scrub_logs()
    yield stream
    root.handlers = kept
    root.setLevel(level)


def clean(text: str) -> bool:
    return not any(secret in text for secret in SECRETS)


@pytest.mark.parametrize(
    "name", ["assistant.web.patient", "uvicorn.error", "gradio", "langgraph.pregel", "openai._base"]
)
def test_no_message_or_argument_tells_who_a_patient_is(written: io.StringIO, name: str) -> None:
    log = logging.getLogger(name)
    log.warning(TOLD)
    log.warning("my name is %s (%d of %.1f)", "John Smith", 3, 4.5)
    log.warning("%(who)s wrote", {"who": "j.smith@example.org"})
    log.warning([TOLD])
    assert clean(written.getvalue())
    assert "my name is [name] (3 of 4.5)" in written.getvalue()
    assert "[email] wrote" in written.getvalue()


def test_of_an_exception_only_its_type_is_kept(written: io.StringIO) -> None:
    log = logging.getLogger("assistant.doctor")
    try:
        raise ValueError(TOLD)
    except ValueError as error:
        log.exception("a message could not be answered")
        log.error("failed: %s", error, stack_info=True)
        log.error(error)
    assert clean(written.getvalue()) and "Traceback" not in written.getvalue()
    assert written.getvalue().splitlines() == [
        "assistant.doctor a message could not be answered (ValueError)",
        "assistant.doctor failed: ValueError",
        "assistant.doctor ValueError",
    ]


def test_our_own_sentences_are_kept(written: io.StringIO) -> None:
    logging.getLogger("assistant.library").warning("%s; it is built again", InputError("The index is damaged"))
    assert "The index is damaged; it is built again" in written.getvalue()


def test_a_url_that_httpx_logs_is_scrubbed(written: io.StringIO) -> None:
    url = "https://j.smith:secret@clinic.example/patients/1?name=Smith"
    logging.getLogger("httpx").info('HTTP Request: %s %s "%s"', "GET", url, "HTTP/1.1 200 OK")
    assert 'HTTP Request: GET [link] "HTTP/1.1 200 OK"' in written.getvalue()


def test_a_record_that_cannot_be_put_together_raises_nothing(written: io.StringIO) -> None:
    logging.getLogger("assistant").warning("%d %s", TOLD)
    assert written.getvalue() == "assistant a message of assistant could not be put together\n"


def test_uvicorn_is_scrubbed_though_it_brings_its_own_handlers(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.config.dictConfig(uvicorn.config.LOGGING_CONFIG)
    asked = ("82.14.203.77:5000", "GET", "/users?email=j.smith@example.org", "1.1", 200)
    logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', *asked)
    logging.getLogger("uvicorn.error").error(TOLD)
    out = "".join(capsys.readouterr())
    for name in ("uvicorn", "uvicorn.access"):
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
    assert clean(out) and "[ip]" in out and "200" in out and "[name]" in out


def test_a_place_is_scrubbed_once(written: io.StringIO) -> None:
    scrub_logs()
    filters = logging.getLogger().handlers[0].filters
    assert len([one for one in filters if isinstance(one, ScrubbingFilter)]) == 1
