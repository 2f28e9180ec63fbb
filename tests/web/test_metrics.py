"""What is counted, and that nothing of what was said is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from assistant.errors import InputError, ModelError
from assistant.events import Answered, Event, Said, ToolStarted, UrgencyFound
from assistant.locales import locale
from assistant.records.cases import CaseBook
from assistant.records.database import Database, open_database
from assistant.settings import Settings
from assistant.web.limits import Pace
from assistant.web.metrics import TOOLS, Metrics

SECRET = "zanzibarine"
ANSWER = (
    UrgencyFound(level="urgent", rules=(SECRET,)),
    ToolStarted(tool="assess_symptoms", call=SECRET),
    Said(text=SECRET),
    Said(text=SECRET),
    Answered(text=SECRET),
)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return open_database(Settings(data_dir=tmp_path))


@pytest.fixture
def pace() -> Pace:
    return Pace(Settings(messages_per_minute=1))


@pytest.fixture
def metrics(pace: Pace, database: Database) -> Metrics:
    return Metrics(pace, CaseBook(database))


def counted(metrics: Metrics) -> dict[str, float]:
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value for one in families for sample in one.samples
    }


def breaks(*events: Event, error: Exception) -> Iterator[Event]:
    yield from events
    raise error


def test_an_answer_goes_through_and_is_counted(metrics: Metrics) -> None:
    assert tuple(metrics.watch(ANSWER)) == ANSWER
    found = counted(metrics)
    assert found["airmed_messages_total answered"] == 1
    assert found["airmed_tool_calls_total assess_symptoms"] == 1
    assert found["airmed_urgency_total urgent"] == 1
    assert found["airmed_first_words_seconds_count"] == found["airmed_answer_seconds_count"] == 1


@pytest.mark.parametrize(("error", "outcome"), [(InputError(SECRET), "unfit"), (ModelError(SECRET), "failed")])
def test_what_goes_wrong_is_counted_and_goes_on(metrics: Metrics, error: Exception, outcome: str) -> None:
    with pytest.raises(type(error)):
        list(metrics.watch(breaks(Said(text="a"), error=error)))
    found = counted(metrics)
    assert found[f"airmed_messages_total {outcome}"] == 1
    assert found["airmed_answer_seconds_count"] == 0


def test_an_answer_that_is_stopped_is_no_failure(metrics: Metrics) -> None:
    watched = metrics.watch(ANSWER)
    next(watched)
    watched.close()
    found = counted(metrics)
    assert found["airmed_messages_total stopped"] == 1
    assert "airmed_messages_total failed" not in found


def test_nothing_of_a_conversation_is_in_the_metrics(metrics: Metrics) -> None:
    list(metrics.watch((*ANSWER, ToolStarted(tool=SECRET, call=SECRET))))
    assert SECRET not in metrics.text().decode()
    assert counted(metrics)["airmed_tool_calls_total other"] == 1


def test_the_tools_are_known_by_name() -> None:
    assert {"assess_symptoms", "search_guidance", "check_medicines"} <= TOOLS


def test_what_runs_waits_and_was_refused(metrics: Metrics, pace: Pace) -> None:
    words = locale("en").page
    metrics.waiting(lambda: 7)
    pace.message("ann", "192.0.2.1", words)
    with pytest.raises(InputError):
        pace.message("ann", "192.0.2.1", words)
    with pace.answering("192.0.2.1", words):
        found = counted(metrics)
    assert (found["airmed_answering"], found["airmed_waiting"], found["airmed_refused_total"]) == (1, 7, 1)
    assert counted(metrics)["airmed_answering"] == 0


def test_cases_are_counted_and_a_silent_database_breaks_nothing(
    metrics: Metrics, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert counted(metrics)["airmed_cases_open"] == 0
    with database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE cases")
    assert counted(metrics)["airmed_cases_open"] != 0  # not a number


def test_two_servers_count_apart(metrics: Metrics, pace: Pace, database: Database) -> None:
    list(metrics.watch(ANSWER))
    assert "airmed_messages_total answered" not in counted(Metrics(pace, CaseBook(database)))


def test_it_says_what_runs(metrics: Metrics) -> None:
    assert 'version="' in metrics.text().decode() and "airmed_build_info" in metrics.text().decode()
