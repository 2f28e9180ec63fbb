from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from assistant.errors import InputError
from assistant.records.plans import Decision, PlanBook, PlanDraft, PlanLine, Proposal

LINE = PlanLine(kind="medication", name="Metformin", detail="500 mg by mouth twice a day")
PROPOSAL = Proposal(patient=("Aged 60",), drafts=(PlanDraft(lines=(LINE,)),))


@pytest.fixture
def book(tmp_path: Path) -> PlanBook:
    return PlanBook(tmp_path / "airmed.sqlite")


def test_a_plan_waits_until_it_is_signed(book: PlanBook) -> None:
    plan = book.propose("thread", PROPOSAL)
    assert [one.id for one in book.waiting()] == [plan.id]
    edited = LINE.model_copy(update={"detail": "500 mg once a day"})
    signed = book.decide(plan.id, "Dr Grey", Decision(lines=(edited,), note="slowly"))
    assert (signed.decided_by, signed.decision) == ("Dr Grey", Decision(lines=(edited,), note="slowly"))
    assert signed.decided_at and signed.decided_at >= plan.drafted_at and book.is_intact(signed)
    assert book.waiting() == [] and book.of_thread("thread") == [signed]


def test_a_decision_is_made_once(book: PlanBook) -> None:
    plan = book.propose("thread", PROPOSAL)
    wins: list[str] = []

    def sign(name: str) -> None:
        try:
            wins.append(book.decide(plan.id, name, Decision(lines=(LINE,))).decided_by)
        except InputError as error:
            assert "decided before" in str(error)

    threads = [threading.Thread(target=sign, args=(f"Dr {number}",)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(wins) == 1 and book.plan(plan.id).decided_by == wins[0]


def test_what_was_signed_cannot_be_changed_unseen(book: PlanBook, tmp_path: Path) -> None:
    plan = book.propose("thread", PROPOSAL)
    signed = book.decide(plan.id, "Dr Grey", Decision(lines=(LINE,)))
    with sqlite3.connect(tmp_path / "airmed.sqlite") as connection:
        connection.execute("UPDATE plans SET decision = replace(decision, '500', '5000')")
    assert not book.is_intact(book.plan(signed.id))


def test_what_cannot_be_decided_is_one_sentence(book: PlanBook) -> None:
    plan = book.propose("thread", PROPOSAL)
    with pytest.raises(InputError, match="Give your name"):
        book.decide(plan.id, "  ", Decision(lines=()))
    with pytest.raises(InputError, match="nothing was changed"):
        book.decide("none", "Dr Grey", Decision(lines=()))
    with pytest.raises(InputError, match="There is no such plan"):
        book.plan("none")


def test_erasing_a_thread_erases_its_plans_alone(book: PlanBook) -> None:
    book.propose("one", PROPOSAL)
    kept = book.propose("two", PROPOSAL)
    book.erase("one")
    assert book.waiting() == [kept]
