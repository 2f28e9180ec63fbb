from __future__ import annotations

import pytest
from sqlalchemy import select, update

from assistant.errors import InputError, RecordsError
from assistant.records.cases import CaseBook
from assistant.records.database import Database
from assistant.records.judgements import LONGEST_NOTE, VERDICTS, Judgements
from assistant.records.tables import judgements as table
from tests.assistant.records.dossiers import dossier


@pytest.fixture
def judgements(database: Database) -> Judgements:
    return Judgements(database)


@pytest.fixture
def case(database: Database) -> str:
    return CaseBook(database).keep("thread", dossier())


def test_a_judgement_is_read_as_it_was_given(judgements: Judgements, case: str) -> None:
    judgements.give(case, "Dr Grey", "reorder", "angina", " It came with effort. ")
    judgements.give(case, "Dr Who", "agree")
    first, second = judgements.of(case)
    assert (first.case_id, first.clinician, first.verdict) == (case, "Dr Grey", "reorder")
    assert (first.condition, first.note) == ("angina", "It came with effort.")
    assert (second.clinician, second.verdict, second.condition, second.note) == ("Dr Who", "agree", "", "")
    assert first.given_at <= second.given_at and judgements.of("none") == []


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_later_judgement_replaces_the_earlier(judgements: Judgements, case: str, verdict: str) -> None:
    judgements.give(case, "Dr Grey", "missing", "gout", "First thought")
    judgements.give(case, "Dr Grey", verdict, "angina")
    (kept,) = judgements.of(case)
    assert (kept.verdict, kept.condition, kept.note) == (verdict, "angina", "")


@pytest.mark.parametrize(
    ("verdict", "condition", "note", "said"),
    [
        ("perhaps", "", "", "A verdict is one of"),
        ("", "", "", "A verdict is one of"),
        ("reorder", "", "  ", "which condition"),
        ("missing", "", "", "which condition"),
        ("missing", "The patient is Wilhelmina", "", "from the list"),
        ("agree", "", "x" * (LONGEST_NOTE + 1), "1,001 characters"),
    ],
)
def test_what_cannot_be_kept_is_one_sentence(
    judgements: Judgements, case: str, verdict: str, condition: str, note: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        judgements.give(case, "Dr Grey", verdict, condition, note)
    assert judgements.of(case) == []


def test_the_longest_note_is_kept_and_half_a_letter_does_no_harm(judgements: Judgements, case: str) -> None:
    judgements.give(case, "Dr Grey", "missing", note="\ud800" + "长" * (LONGEST_NOTE - 1))
    assert judgements.of(case)[0].note == "?" + "长" * (LONGEST_NOTE - 1)


def test_a_case_that_is_not_there_cannot_be_judged(judgements: Judgements) -> None:
    with pytest.raises(RecordsError, match="no such case"):
        judgements.give("none", "Dr Grey", "agree", note="Wilhelmina")


def test_a_note_belongs_to_its_case_and_its_clinician(judgements: Judgements, database: Database) -> None:
    one, two = (CaseBook(database).keep(thread, dossier()) for thread in ("one", "two"))
    for case, name in ((one, "Dr Grey"), (one, "Dr Who"), (two, "Dr Grey")):
        judgements.give(case, name, "unsafe", note=f"{name} on this case")
    theirs = (table.c.case_id == one) & (table.c.clinician == "Dr Grey")
    with database.writing() as connection:
        moved = connection.execute(select(table.c.note).where(theirs)).scalar()
        assert moved and b"on this case" not in bytes(moved)
        connection.execute(update(table).where(~theirs).values(note=moved))
    for case in (one, two):
        with pytest.raises(RecordsError, match="unsealed"):
            judgements.of(case)
