"""How much a visitor may ask for, and what is said when it was too much."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import InputError
from assistant.locales import languages, locale
from assistant.settings import Settings
from assistant.web.limits import SHARING, Pace, address_of, waiting_time

WORDS = locale("en").page


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr(time, "time", stopped.time)
    return stopped


def pace(**limits: int) -> Pace:
    return Pace(Settings(**{"messages_per_minute": 3, "messages_per_hour": 5, "uploads_per_hour": 2, **limits}))


def refusal(held: Pace, visitor: str = "ann", address: str = "192.0.2.1", what: str = "message") -> str:
    with pytest.raises(InputError) as error:
        getattr(held, what)(visitor, address, WORDS)
    return str(error.value)


def send(held: Pace, count: int, visitor: str = "ann", address: str = "192.0.2.1") -> None:
    for _ in range(count):
        held.message(visitor, address, WORDS)


def test_who_is_too_quick_hears_how_long_to_wait(clock: Clock) -> None:
    held = pace()
    send(held, 1)
    clock.now += 26
    send(held, 2)
    assert refusal(held) == "You have sent 3 messages within a minute; you can go on in 34 seconds."
    clock.now += 33
    assert refusal(held).endswith("in 1 second.")
    clock.now += 1.5
    send(held, 1)


def test_the_window_moves(clock: Clock) -> None:
    held = pace()
    send(held, 3)
    clock.now += 61
    send(held, 2)
    clock.now += 61
    assert refusal(held) == "You have sent 5 messages within an hour; you can go on in 58 minutes."


def test_what_is_refused_is_not_counted(clock: Clock) -> None:
    held = pace()
    send(held, 3)
    for _ in range(10):
        refusal(held)
    clock.now += 61
    send(held, 2)


def test_visitors_do_not_stand_in_each_others_way(clock: Clock) -> None:
    held = pace()
    send(held, 3, "ann")
    send(held, 3, "bob")
    assert refusal(held, "bob")


def test_a_new_key_for_every_message_does_not_help(clock: Clock) -> None:
    held = pace()
    for number in range(3 * SHARING):
        held.message(f"key {number}", "192.0.2.1", WORDS)
    assert refusal(held, "another").startswith("Too many messages and files came from your network")
    assert refusal(held, "")
    held.message("another", "192.0.2.2", WORDS)


def test_files_are_counted_apart_from_messages(clock: Clock) -> None:
    held = pace()
    send(held, 3)
    held.upload("ann", "192.0.2.1", WORDS)
    held.upload("ann", "192.0.2.1", WORDS)
    assert refusal(held, what="upload") == "You have uploaded 2 files within an hour; you can go on in 60 minutes."


def test_many_at_once_do_not_slip_through() -> None:
    held = pace(messages_per_minute=50, messages_per_hour=50)

    def attempt(_: int) -> bool:
        try:
            held.message("ann", "192.0.2.1", WORDS)
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(200))) == 50


def test_an_address_has_so_many_answers_at_once() -> None:
    held = pace(answers_per_address=2)
    with held.answering("192.0.2.1", WORDS), held.answering("192.0.2.1", WORDS):
        with held.answering("192.0.2.2", WORDS):
            pass
        with pytest.raises(InputError, match="2 answers are being written for your network"):
            held.answering("192.0.2.1", WORDS).__enter__()
    with pytest.raises(RuntimeError), held.answering("192.0.2.1", WORDS):
        raise RuntimeError
    assert not held._answers


@pytest.mark.parametrize("language", languages())
@given(seconds=st.floats(-10, 4000))
def test_a_time_to_wait_is_never_too_short(language: str, seconds: float) -> None:
    told = waiting_time(seconds, locale(language).page)
    number = int("".join(letter for letter in told if letter.isdigit()))
    assert number >= 1
    unit = 60 if told in (locale(language).page["wait_minutes"].format(count=number),) else 1
    assert number * unit >= seconds


@pytest.mark.parametrize(
    ("host", "forwarded", "trusted", "address"),
    [
        ("192.0.2.7", "", False, "192.0.2.7"),
        ("192.0.2.7", "203.0.113.9", False, "192.0.2.7"),
        ("192.0.2.7", "203.0.113.9, 198.51.100.1", True, "203.0.113.9"),
        ("192.0.2.7", "", True, "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "", False, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "", False, "192.0.2.7"),
        ("testclient", "", False, "unknown"),
        ("192.0.2.7", "<script>", True, "unknown"),
    ],
)
def test_the_address_of_a_visitor(host: str, forwarded: str, trusted: bool, address: str) -> None:
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    assert address_of(SimpleNamespace(client=SimpleNamespace(host=host), headers=headers), trusted) == address


def test_a_call_without_a_request_has_an_address_too() -> None:
    assert address_of(None, True) == address_of(SimpleNamespace(client=None, headers={}), False) == "unknown"


@given(st.text(max_size=60))
def test_any_header_gives_an_address(forwarded: str) -> None:
    request = SimpleNamespace(client=SimpleNamespace(host="192.0.2.7"), headers={"x-forwarded-for": forwarded})
    assert 0 < len(address_of(request, True)) < 64


def test_when_it_closes_what_runs_is_waited_for_and_nothing_new_is_taken() -> None:
    held, told = pace(), threading.Event()
    begun = threading.Barrier(2)

    def answer() -> None:
        with held.answering("192.0.2.1", WORDS):
            begun.wait()
            told.wait()

    with ThreadPoolExecutor(2) as pool:
        pool.submit(answer)
        begun.wait()
        assert not held.close(0.05)
        assert held.running == 1
        assert refusal(held) == WORDS["closing"]
        with pytest.raises(InputError, match="being restarted"):
            held.answering("192.0.2.2", WORDS).__enter__()
        ended = pool.submit(held.close, 30)
        told.set()
        assert ended.result()
    assert held.running == 0
    assert held.refused == 2
