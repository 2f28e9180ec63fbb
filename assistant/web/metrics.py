"""What is counted for the people who run Airmed: how much, how fast and how urgent, and nothing of what anybody said.

Every label has a fixed set of values; a metric never holds a text, an id or an address.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pkgutil import iter_modules

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from assistant import tools
from assistant.errors import InputError
from assistant.events import Event, Said, ToolStarted, UrgencyFound
from assistant.records.cases import CaseBook
from assistant.records.filters import Filters
from assistant.web.limits import Pace

FIRST_WORDS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60)  # seconds
ANSWERS = (0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300)
TOOLS = frozenset(found.name for found in iter_modules(tools.__path__))


class Metrics:
    """The counts of one server, in a registry of their own."""

    def __init__(self, pace: Pace, cases: CaseBook) -> None:
        """Begin at zero."""
        self.registry = CollectorRegistry()
        self._messages = self._counter("messages", "Messages that came to an end, by how.", "outcome")
        self._tools = self._counter("tool_calls", "Calls of tools.", "tool")
        self._urgency = self._counter("urgency", "Messages after which a conversation was found urgent.", "level")
        self._first = self._histogram("first_words_seconds", "From a message to the first words.", FIRST_WORDS)
        self._whole = self._histogram("answer_seconds", "From a message to its whole answer.", ANSWERS)
        self._gauge("answering", "Answers being written now.", lambda: pace.running)
        self._gauge("cases_open", "Cases that are open.", lambda: _number_of(cases))
        self.registry.register(_Refusals(pace))
        build = Info("airmed_build", "What runs.", registry=self.registry)
        build.info({"version": version("airmed"), "python": platform.python_version(), "gradio": version("gradio")})

    def waiting(self, count: Callable[[], int]) -> None:
        """Count messages in the queue with this function from now on."""
        self._gauge("waiting", "Messages in the queue.", count)

    def watch(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events of an answer, counted as they go by."""
        begun, outcome, silent = time.monotonic(), "stopped", True
        try:
            for event in events:
                if silent and isinstance(event, Said):
                    silent = False
                    self._first.observe(time.monotonic() - begun)
                self._note(event)
                yield event
            outcome = "answered"
            self._whole.observe(time.monotonic() - begun)
        except InputError:
            outcome = "unfit"
            raise
        except Exception:
            outcome = "failed"
            raise
        finally:
            self._messages.labels(outcome).inc()

    def text(self) -> bytes:
        """Everything that was counted, in the text format of Prometheus."""
        return generate_latest(self.registry)

    def _note(self, event: Event) -> None:
        if isinstance(event, ToolStarted):
            self._tools.labels(event.tool if event.tool in TOOLS else "other").inc()
        elif isinstance(event, UrgencyFound):
            self._urgency.labels(event.level).inc()

    def _counter(self, name: str, what: str, label: str) -> Counter:
        return Counter(f"airmed_{name}", what, [label], registry=self.registry)

    def _histogram(self, name: str, what: str, buckets: Iterable[float]) -> Histogram:
        return Histogram(f"airmed_{name}", what, buckets=tuple(buckets), registry=self.registry)

    def _gauge(self, name: str, what: str, count: Callable[[], float]) -> None:
        Gauge(f"airmed_{name}", what, registry=self.registry).set_function(count)


class _Refusals(Collector):
    """What a limit refused, as the pace counts it."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    def collect(self) -> Iterator[Metric]:
        """See the base class."""
        yield CounterMetricFamily(
            "airmed_refused", "Messages and files that a limit refused.", value=self._pace.refused
        )


def _number_of(cases: CaseBook) -> float:
    try:
        return cases.count(Filters())
    except SQLAlchemyError:
        return float("nan")  # /ready tells that the database does not answer
