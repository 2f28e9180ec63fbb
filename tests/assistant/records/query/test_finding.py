"""The cases that meet a query: by their facts, by meaning, as they are now, and never one that was erased."""

from __future__ import annotations

import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from assistant.records.cases import CaseBook
from assistant.records.database import Database
from assistant.records.dossier import Finding
from assistant.records.filters import Filters
from assistant.records.query import Finder, Found, Reading, answer, read_query, without
from knowledge.embedding import Vectors
from knowledge.text import terms
from tests.assistant.records.dossiers import MORNING, dossier

NOW = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)


class Axes:
    """An embedder whose words are as far from each other as can be."""

    name = "axes"

    def encode(self, texts: list[str]) -> Vectors:
        counted = np.zeros((len(texts), 384), np.float32)
        for row, text in zip(counted, texts, strict=True):
            for term in terms(text):
                row[zlib.crc32(term.encode()) % len(row)] += 1
        return np.asarray(counted / np.linalg.norm(counted, axis=1, keepdims=True), np.float32)


EMBEDDER = Axes()


@pytest.fixture
def book(database: Database) -> CaseBook:
    return CaseBook(database)


@pytest.fixture
def finder(book: CaseBook) -> Finder:
    return Finder(book, EMBEDDER)


def keep(book: CaseBook, thread: str, summary: str, **changes: Any) -> str:
    """Keep a case whose title and vector are of this summary."""
    return book.keep(thread, dossier(title=summary, **changes), EMBEDDER.encode([summary])[0])


def ids(found: Found) -> list[str]:
    return [head.id for head in found.heads]


def fever(name: str = "fever", state: str = "present") -> tuple[Finding, ...]:
    return (Finding(id=name, name=name, state=state, turn=1),)


# By facts -------------------------------------------------------------------------------------------


def test_without_words_cases_come_in_the_order_of_the_worklist(book: CaseBook, finder: Finder) -> None:
    later = keep(book, "a", "Fever", urgency="urgent", opened_at=MORNING + timedelta(hours=1))
    calm = keep(book, "b", "Cough")
    first = keep(book, "c", "Rash", urgency="urgent")
    found = finder.find(Filters())
    assert ids(found) == [first, later, calm] and (found.total, found.all, found.by_meaning) == (3, 3, False)
    some = finder.find(Filters(), most=2)
    assert ids(some) == [first, later] and some.total == 3


def test_of_two_facts_either_is_enough_and_all_of_several_are_needed(book: CaseBook, finder: Finder) -> None:
    one = keep(book, "a", "Fever", findings=fever())
    two = keep(book, "b", "Cough", findings=fever("cough"), medicines=("warfarin",))
    keep(book, "c", "Rash", findings=fever("fever", "absent"))
    assert set(ids(finder.find(Filters(findings=("fever|cough",))))) == {one, two}
    assert ids(finder.find(Filters(findings=("fever|cough",), medicines=("warfarin",)))) == [two]
    assert finder.find(Filters(findings=("fever", "cough"))).total == 0


def test_a_finding_is_found_by_the_more_general_one_that_it_implies(book: CaseBook, finder: Finder) -> None:
    one = keep(book, "a", "Worst headache ever", findings=fever("thunderclap_headache"))
    keep(book, "b", "No such headache", findings=fever("thunderclap_headache", "absent"))
    assert ids(finder.find(Filters(findings=("headache",)))) == [one]
    assert finder.find(Filters(absent=("headache",))).total == 0


@pytest.mark.parametrize(
    ("words", "ages"),
    [
        ("under 6 months", {0.1, 0.4}),
        ("babies", {0.1, 0.4, 0.5, 0.9}),
        ("under 2", {0.1, 0.4, 0.5, 0.9, 1.5}),
        ("60 and over", {60.5}),
    ],
)
def test_ages_are_whole_years_but_for_babies(book: CaseBook, finder: Finder, words: str, ages: set[float]) -> None:
    for age in (0.1, 0.4, 0.5, 0.9, 1.5, 2.0, 60.5):
        keep(book, str(age), "Fever", age=age)
    found = finder.find(read_query(f"children aged {words}" if "months" in words else words, NOW).filters)
    assert {head.age for head in found.heads} == ages


# By meaning -----------------------------------------------------------------------------------------


def test_words_rank_by_meaning_among_those_that_meet_the_filters(book: CaseBook, finder: Finder) -> None:
    near = keep(book, "a", "curtain eye dark", sex="female")
    nearest = keep(book, "b", "curtain eye", sex="female", urgency="self_care")
    keep(book, "c", "curtain eye", sex="male", urgency="crisis")
    keep(book, "d", "swollen ankle knee", sex="female", urgency="crisis")
    found = finder.find(Filters(sex="female", words="curtain eye"))
    assert ids(found) == [nearest, near] and (found.total, found.by_meaning) == (2, True)


def test_nonsense_finds_nothing(book: CaseBook, finder: Finder) -> None:
    keep(book, "a", "curtain eye dark")
    found = finder.find(Filters(words="zxcv qwer"))
    assert found.heads == () and (found.total, found.all, found.by_meaning) == (0, 1, True)


def test_a_stray_word_hides_no_case_that_has_the_facts(book: CaseBook, finder: Finder) -> None:
    one = keep(book, "a", "curtain eye dark", medicines=("warfarin",))
    reading = read_query("warfarin zxcvb", NOW)
    found = finder.find(reading.filters)
    assert ids(found) == [one] and not found.by_meaning
    assert "zxcvb" in answer(reading, found).missing and "zxcvb" not in answer(reading, found).sentence


def test_a_case_without_a_vector_is_not_found_by_meaning(book: CaseBook, finder: Finder) -> None:
    book.keep("a", dossier())
    book.keep("b", dossier(), np.ones(3, np.float32))  # another model's
    assert finder.find(Filters(words="curtain")).heads == () and finder.find(Filters()).total == 2


def test_the_index_follows_what_is_kept_changed_and_erased(book: CaseBook, finder: Finder) -> None:
    words = Filters(words="curtain eye")
    assert finder.find(words).heads == ()
    one, two = keep(book, "a", "curtain eye"), keep(book, "b", "curtain eye dark")
    assert ids(finder.find(words)) == [one, two]
    keep(book, "a", "swollen ankle knee", updated_at=MORNING + timedelta(minutes=1))
    assert ids(finder.find(words)) == [two]
    assert book.erase("b") == two
    assert finder.find(words).heads == () and two not in finder._vectors._changed  # type: ignore[union-attr]
    late = keep(book, "c", "curtain eye", updated_at=MORNING - timedelta(days=9))  # written late, of an earlier time
    assert ids(finder.find(words)) == [late]


def test_only_what_changed_is_unsealed_again(book: CaseBook, finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        keep(book, name, "curtain eye")
    finder.find(Filters(words="curtain"))
    keep(book, "b", "curtain eye", updated_at=MORNING + timedelta(minutes=1))
    fetched: list[str] = []
    vectors = book.vectors
    monkeypatch.setattr(book, "vectors", lambda among: vectors(among=fetched.extend(among) or list(fetched)))
    assert finder.find(Filters(words="curtain")).total == 3 and fetched == [book.of_thread("b")]


def test_many_ask_while_cases_come_and_go(book: CaseBook, finder: Finder) -> None:
    kept = {keep(book, f"kept {number}", "curtain eye") for number in range(5)}
    over, gone = threading.Event(), set[str]()

    def change() -> None:
        for number in range(15):
            keep(book, f"passing {number}", "curtain eye")
            gone.add(book.erase(f"passing {number}"))
        over.set()

    def ask(_: int) -> None:
        while not over.is_set():
            before = set(gone)
            found = ids(finder.find(Filters(words="curtain eye")))
            assert kept <= set(found) and not before & set(found) and len(set(found)) == len(found)

    with ThreadPoolExecutor(5) as pool:
        changing = pool.submit(change)
        list(pool.map(ask, range(4)))
        changing.result()
    assert set(ids(finder.find(Filters(words="curtain eye")))) == kept


# The answer -----------------------------------------------------------------------------------------


def told(words: str, finder: Finder) -> tuple[Reading, str]:
    reading = read_query(words, NOW)
    return reading, answer(reading, finder.find(reading.filters)).sentence


def test_the_answer_is_a_plain_sentence_with_the_first_cases(book: CaseBook, finder: Finder) -> None:
    since = NOW - timedelta(days=1)
    one = keep(book, "a", "Fever", age=70, findings=fever(), medicines=("warfarin",), opened_at=since)
    keep(book, "b", "Cough", age=30)
    words = "over 60 with fever on warfarin since Monday, not on aspirin"
    reading, sentence = told(words, finder)
    assert sentence == "1 of 2 open cases: age 60 and over, fever, takes warfarin, since Monday 23 November."
    found = answer(reading, finder.find(reading.filters))
    assert (
        found.lead == "Most urgent:"
        and [head.id for head in found.heads] == [one]
        and "not on aspirin" in found.missing
    )
    fewer = without(reading, reading.parts[0])
    assert answer(fewer, finder.find(fewer.filters)).sentence.startswith("1 of 2 open cases: fever")


def test_the_answer_says_when_there_is_none(book: CaseBook, finder: Finder) -> None:
    assert told("fever", finder)[1] == "No open cases."
    keep(book, "a", "Cough", findings=())
    assert told("fever", finder)[1] == "None of 1 open case: fever."
    assert told("all cases", finder)[1] == "1 case." and told("closed cases", finder)[1] == "No closed cases."
    assert told("发烧", finder)[1] == "1个未关闭的病例中没有符合的：发烧。"
