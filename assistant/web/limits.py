"""How much one visitor may ask for, and how long to wait when it was too much. It is counted in memory alone."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import ceil
from typing import Any, NoReturn

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from assistant.errors import InputError
from assistant.settings import Settings

SHARING = 5  # visitors who may stand behind one address: a household, a practice
NETWORK = 64  # bits of an IPv6 address that one connection to the internet has; the rest it makes up as it likes
LONGEST_IN_SECONDS = 90
Words = Mapping[str, str]


class Pace:
    """Holds visitors to the limits of the settings, each visitor and each address over a moving window.

    Attributes:
        shut: Whether nothing new is taken, because the server is about to end.
        refused: Messages and files that were refused so far.
    """

    def __init__(self, settings: Settings) -> None:
        """Begin with nothing counted."""
        minute, hour, files = settings.messages_per_minute, settings.messages_per_hour, settings.uploads_per_hour
        self._messages = {
            "too_many_messages_a_minute": RateLimitItemPerMinute(minute, namespace="messages"),
            "too_many_messages_an_hour": RateLimitItemPerHour(hour, namespace="messages"),
        }
        self._uploads = {"too_many_uploads": RateLimitItemPerHour(files, namespace="uploads")}
        self._most_answers = settings.answers_per_address
        self._windows = MovingWindowRateLimiter(MemoryStorage())
        self._answers: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._an_answer_ended = threading.Condition(self._lock)
        self.shut = False
        self.refused = 0

    @property
    def running(self) -> int:
        """Answers being written now."""
        return self._answers.total()

    def close(self, seconds: float) -> bool:
        """Take nothing new, and wait until the answers being written are there: whether they are, in so many seconds.

        What comes later is refused before anything of it is kept, so that no turn is lost.
        """
        with self._lock:
            self.shut = True
            return self._an_answer_ended.wait_for(lambda: not self.running, seconds)

    def message(self, visitor: str, address: str, words: Words) -> None:
        """Count a message; one that is refused is not counted.

        Args:
            visitor: The thread or session; empty where there is none yet, so that the address alone counts.
            address: As `address_of` gives it.
            words: The words of the patient's page.

        Raises:
            InputError: It was too much, and the sentence tells how long to wait; or the server is about to end.
        """
        self._count(self._messages, visitor, address, words)

    def upload(self, visitor: str, address: str, words: Words) -> None:
        """Count a file that is uploaded, as `message` counts a message.

        Raises:
            InputError: It was too much; the sentence tells how long to wait.
        """
        self._count(self._uploads, visitor, address, words)

    @contextmanager
    def answering(self, address: str, words: Words) -> Iterator[None]:
        """While an answer is being written for an address.

        Raises:
            InputError: As many as may be are being written for it, or the server is about to end.
        """
        with self._lock:
            self._refuse_when_shut(words)
            if self._answers[address] >= self._most_answers:
                self._refuse(words["too_many_answers"].format(count=self._most_answers))
            self._answers[address] += 1
        try:
            yield
        finally:
            with self._lock:
                self._answers[address] -= 1
                self._answers += Counter()  # drops who has none
                self._an_answer_ended.notify_all()

    def _count(self, limits: Mapping[str, RateLimitItem], visitor: str, address: str, words: Words) -> None:
        own = [(limit, ("visitor", visitor), sentence) for sentence, limit in limits.items() if visitor]
        shared = [(_shared(limit), ("address", address), "too_many_from_network") for limit in limits.values()]
        with self._lock:
            self._refuse_when_shut(words)
            self._refuse_when_full([*own, *shared], words)
            for limit, key, _ in (*own, *shared):
                self._windows.hit(limit, *key)

    def _refuse_when_shut(self, words: Words) -> None:
        if self.shut:
            self._refuse(words["closing"])

    def _refuse_when_full(self, counted: Sequence[tuple[RateLimitItem, tuple[str, str], str]], words: Words) -> None:
        """Refuse what is over a limit, for as long as the last of those limits takes."""
        full = [(self._wait(limit, key), sentence, limit) for limit, key, sentence in counted if self._full(limit, key)]
        if full:
            seconds, sentence, limit = max(full, key=lambda one: one[0])
            self._refuse(words[sentence].format(count=limit.amount, wait=waiting_time(seconds, words)))

    def _refuse(self, sentence: str) -> NoReturn:
        self.refused += 1
        raise InputError(sentence)

    def _full(self, limit: RateLimitItem, key: tuple[str, str]) -> bool:
        return not self._windows.test(limit, *key)

    def _wait(self, limit: RateLimitItem, key: tuple[str, str]) -> float:
        return self._windows.get_window_stats(limit, *key).reset_time - time.time()


def _shared(limit: RateLimitItem) -> RateLimitItem:
    return type(limit)(SHARING * limit.amount, namespace=limit.namespace)


def waiting_time(seconds: float, words: Words) -> str:
    """A time to wait as it is said: "34 seconds", "12 minutes"."""
    whole = max(1, ceil(seconds))
    if whole > LONGEST_IN_SECONDS:
        return words["wait_minutes"].format(count=ceil(whole / 60))
    return words["wait_seconds"].format(count=whole) if whole > 1 else words["wait_second"]


def address_of(request: Any, trust_proxy: bool) -> str:
    """What counts as one address: an IPv4 address, or the network of an IPv6 address.

    Args:
        request: Gradio's or Starlette's, or None where a call comes without one.
        trust_proxy: Whether the first address in `X-Forwarded-For` is the visitor's.
    """
    told = str(request.client.host) if request and request.client else ""
    if request and trust_proxy:
        told = request.headers.get("x-forwarded-for", "").partition(",")[0].strip() or told
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, NETWORK), strict=False))
