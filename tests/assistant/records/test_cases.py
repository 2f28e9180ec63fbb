"""The case store: what is found, in which order, and that nothing typed can be read beside the vault."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from assistant.errors import RecordsError
from assistant.records.cases import MOST_LIKELY, CaseBook
from assistant.records.database import Database
from assistant.records.dossier import RANKS, Dossier, Entry
from assistant.records.filters import ANY, Filters
from assistant.records.judgements import Judgements
from assistant.records.tables import cases, facts, judgements
from assistant.settings import Settings
from tests.assistant.records.dossiers import MORNING, TYPED, dossier, opinion

HOUR = timedelta(hours=1)


@pytest.fixture
def book(database: Database) -> CaseBook:
    return CaseBook(database)


def keep(book: CaseBook, *dossiers: Dossier) -> list[str]:
    """Keep cases of threads "0", "1" and so on: their ids."""
    return [book.keep(str(number), one) for number, one in enumerate(dossiers)]


# What is kept -------------------------------------------------------------------------------------


def test_a_case_is_kept_whole(book: CaseBook) -> None:
    told = dossier(opinion=opinion("angina", "reflux"))
    case = book.case(book.keep("thread", told))
    assert case.dossier == told
    head = case.head
    assert (head.thread, head.urgency, head.age, head.sex, head.title) == ("thread", "routine", 61, "male", told.title)
    assert (head.opened_at, head.closed_at, head.closed_by) == (MORNING, None, "")


texts = st.text(max_size=80)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
names = st.lists(st.from_regex(r"[a-z-]{1,20}", fullmatch=True), max_size=4).map(tuple)
dossiers = st.builds(
    dossier,
    title=texts,
    opened_at=moments,
    updated_at=moments,
    urgency=st.sampled_from(RANKS),
    age=st.none() | st.floats(0, 120),
    sex=st.sampled_from(["", "female", "male"]),
    medicines=names,
    conditions=names,
    entries=st.lists(st.builds(Entry, by=st.just("patient"), turn=st.just(1), at=moments, text=texts)).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(told=dossiers)
def test_what_was_kept_is_what_is_read(book: CaseBook, told: Dossier) -> None:
    case = book.case(book.keep("thread", told))
    assert case.dossier == told
    assert (case.head.title, case.head.urgency, case.head.age) == (told.title, told.urgency, told.age)
    assert (case.head.opened_at, case.head.updated_at) == (told.opened_at, told.updated_at)


def test_a_conversation_has_one_case_which_moves_on(book: CaseBook) -> None:
    first = book.keep("thread", dossier(medicines=("aspirin",)))
    again = book.keep("thread", dossier(urgency="urgent", medicines=("metformin",)))
    assert first == again == book.of_thread("thread") and book.of_thread("another") == ""
    assert [head.urgency for head in book.worklist(Filters())] == ["urgent"]
    assert book.count(Filters(medicines=("aspirin",))) == 0 and book.count(Filters(medicines=("metformin",))) == 1


def test_a_closed_case_comes_back_with_the_next_message(book: CaseBook) -> None:
    one = book.keep("thread", dossier())
    book.close(one, "Dr Grey")
    assert book.worklist(Filters()) == [] and book.case(one).head.closed_by == "Dr Grey"
    book.keep("thread", dossier())
    assert [head.id for head in book.worklist(Filters())] == [one] and book.case(one).head.closed_by == ""


def test_a_closed_case_can_be_opened_again(book: CaseBook) -> None:
    one = book.keep("thread", dossier())
    book.close(one, "Dr Grey")
    book.reopen(one)
    head = book.worklist(Filters())[0]
    assert (head.id, head.closed_at, head.closed_by) == (one, None, "")


@pytest.mark.parametrize("identifier", ["none", "", "' OR 1=1 --"])
def test_a_case_that_is_not_there_is_one_sentence(book: CaseBook, identifier: str) -> None:
    book.keep("thread", dossier())
    for ask in (book.case, book.reopen, lambda one: book.close(one, "Dr Grey")):
        with pytest.raises(RecordsError, match="no such case"):
            ask(identifier)


# What is found ------------------------------------------------------------------------------------


def test_the_most_urgent_comes_first_and_of_these_the_one_that_waits_longest(book: CaseBook) -> None:
    told = [("routine", 0), ("emergency", 2), ("crisis", 3), ("emergency", 1), ("self_care", 0), ("urgent", 9)]
    keep(book, *(dossier(urgency=level, opened_at=MORNING + hours * HOUR) for level, hours in told))
    assert [head.thread for head in book.worklist(Filters())] == ["2", "3", "1", "5", "0", "4"]
    assert [head.thread for head in book.worklist(Filters(), most=2)] == ["2", "3"]
    assert book.count(Filters()) == len(told)


def test_among_some_cases_their_order_is_kept(book: CaseBook) -> None:
    one, two, three = keep(book, dossier(urgency="crisis"), dossier(), dossier(urgency="urgent"))
    assert [head.id for head in book.worklist(Filters(), among=[two, three])] == [two, three]
    assert [head.id for head in book.worklist(Filters(levels=("crisis",)), among=[two, one])] == [one]
    assert book.worklist(Filters(), among=[]) == []


MEANT = dossier(
    urgency="emergency", age=60.5, sex="female", opened_at=MORNING, opinion=opinion("angina", "reflux", "gout", "flu")
)
OTHER = dossier(
    urgency="routine",
    age=30.0,
    opened_at=MORNING - 48 * HOUR,
    findings=(),
    flags=(),
    medicines=("metformin",),
    conditions=("diabetes",),
)


@pytest.mark.parametrize(
    "filters",
    [
        {"levels": ("emergency",)},
        {"levels": ("crisis", "emergency")},
        {"youngest": 60},
        {"youngest": 60, "oldest": 60},
        {"youngest": 60, "oldest": 60.5},
        {"findings": (ANY.join(("cough", "chest-pain")),), "medicines": ("aspirin",)},
        {"youngest": 31},
        {"sex": "female"},
        {"findings": ("chest-pain",)},
        {"absent": ("fever",)},
        {"medicines": ("aspirin",)},
        {"conditions": ("asthma",)},
        {"conditions": ("angina", "asthma")},
        {"conditions": ("gout",)},
        {"rules": ("cardiac-pain",)},
        {"since": MORNING},
        {"since": MORNING - HOUR, "until": MORNING + HOUR},
        {"findings": ("chest-pain",), "medicines": ("aspirin",), "levels": ("emergency",), "sex": "female"},
    ],
    ids=str,
)
def test_every_filter_finds_what_is_meant_alone(book: CaseBook, filters: dict[str, Any]) -> None:
    meant, _ = keep(book, MEANT, OTHER)
    assert book.ids(Filters(**filters)) == [meant] and book.count(Filters(**filters)) == 1
    assert [head.id for head in book.worklist(Filters(**filters))] == [meant]


@pytest.mark.parametrize(
    "filters",
    [
        {"levels": ("urgent",)},
        {"oldest": 29},
        {"youngest": 61},
        {"youngest": 31, "oldest": 60.4},
        {"findings": ("fever",)},
        {"findings": ("cough",)},  # had it in the past
        {"absent": ("chest-pain",)},
        {"findings": ("chest-pain", "cough")},
        {"conditions": ("asthma", "diabetes")},
        {"conditions": ("flu",)},  # the fourth of a differential is not what a case is found by
        {"medicines": ("asthma",)},
        {"rules": ("chest-pain",)},
        {"until": MORNING - 48 * HOUR},
        {"since": MORNING + HOUR},
        {"closed": True},
    ],
    ids=str,
)
def test_a_filter_leaves_out_the_rest(book: CaseBook, filters: dict[str, Any]) -> None:
    keep(book, MEANT, OTHER)
    assert MEANT.opinion and MEANT.opinion.likely[MOST_LIKELY].id == "flu"
    assert book.worklist(Filters(**filters)) == []


def test_unknown_age_meets_no_bound(book: CaseBook) -> None:
    keep(book, dossier(age=None))
    assert book.count(Filters()) == 1
    assert book.count(Filters(youngest=0)) == book.count(Filters(oldest=150)) == 0


def test_closed_cases_are_found_when_they_are_asked_for(book: CaseBook) -> None:
    one, two = keep(book, dossier(), dossier())
    book.close(one, "Dr Grey")
    assert book.ids(Filters(closed=True)) == [one] and book.ids(Filters()) == [two]
    assert set(book.ids(Filters(closed=None))) == {one, two}


def test_vectors_come_back_as_they_were_kept(book: CaseBook) -> None:
    vector = np.linspace(-1, 1, 384, dtype=np.float32)
    one = book.keep("one", dossier(updated_at=MORNING), vector)
    two = book.keep("two", dossier(updated_at=MORNING + HOUR), vector[None, ::-1])
    book.keep("none", dossier())
    found = {name: (at, kept) for name, at, kept in book.vectors()}
    assert set(found) == {one, two} and found[one][0] == MORNING
    assert np.array_equal(found[one][1], vector) and np.array_equal(found[two][1], vector[::-1])
    assert [name for name, _, _ in book.vectors(since=MORNING)] == [two]


def test_a_tally_counts_what_is_meant(book: CaseBook) -> None:
    keep(book, MEANT, OTHER, dossier(age=None, opened_at=MORNING + 24 * HOUR))
    whole, part = book.tally(Filters()), book.tally(Filters(sex="female"))
    assert (whole.count, part.count) == (3, 1)
    assert whole.by_day == {
        "2026-11-18": {"routine": 1},
        "2026-11-20": {"emergency": 1},
        "2026-11-21": {"routine": 1},
    }
    assert sorted(whole.ages) == [30, 60.5] and part.ages == (60.5,)
    assert whole.findings == (("chest-pain", 2),) and whole.conditions[0] == ("asthma", 2)
    assert dict(part.conditions) == {"angina": 1, "reflux": 1, "gout": 1, "asthma": 1}


# What is erased, and what is sealed ---------------------------------------------------------------


def test_erasing_a_case_erases_what_hangs_on_it(book: CaseBook, database: Database) -> None:
    one, two = keep(book, dossier(), dossier())
    for case in (one, two):
        Judgements(database).give(case, "Dr Grey", "unsafe", note="It was an infarction")
    assert book.erase("0") == one and book.erase("nobody") == ""
    with database.reading() as connection:
        for column in (cases.c.id, facts.c.case_id, judgements.c.case_id):
            assert set(connection.execute(select(column)).scalars()) == {two}


@pytest.mark.parametrize(("source", "target"), [("dossier", "dossier"), ("title", "title"), ("title", "dossier")])
def test_content_that_was_moved_is_refused(book: CaseBook, database: Database, source: str, target: str) -> None:
    one, two = keep(book, dossier(title="One"), dossier(title="Two"))
    with database.writing() as connection:
        moved = connection.execute(select(cases.c[source]).where(cases.c.id == one)).scalar()
        connection.execute(update(cases).where(cases.c.id == two).values({target: moved}))
    assert book.case(one).head.title == "One"
    with pytest.raises(RecordsError, match="unsealed"):
        book.case(two)


def test_nothing_that_was_typed_can_be_read_in_the_database(
    book: CaseBook, database: Database, records: Settings
) -> None:
    told = dossier(title="Chest pain of Wilhelmina's nephew")
    identifier = book.keep("thread", told, np.ones(384, np.float32))
    Judgements(database).give(identifier, "Dr Grey", "missing", note="Ask for Wilhelmina")
    with database.reading() as connection:
        rows = [connection.execute(text(f"SELECT * FROM {name}")).all() for name in ("cases", "judgements")]
    held = [part for table in rows for row in table for part in row]
    shown = b"".join(bytes(part) if isinstance(part, bytes | memoryview) else str(part).encode() for part in held)
    files = b"".join(path.read_bytes() for path in records.data_dir.glob("airmed.sqlite*"))
    assert identifier.encode() in shown and (identifier.encode() in files) == bool(files)
    for word in (TYPED, "Wilhelmina", told.title, "Does it spread"):
        assert word.encode() not in shown and word.encode() not in files
