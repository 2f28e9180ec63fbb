from __future__ import annotations

import threading

import pytest
from sqlalchemy import select, update

from assistant.errors import InputError, RecordsError
from assistant.records.database import Database
from assistant.records.plans import Decision, PlanBook, PlanDraft, PlanLine, Proposal
from assistant.records.tables import plans

LINE = PlanLine(kind="medication", name="Metformin", detail="500 mg by mouth twice a day")
PROPOSAL = Proposal(patient=("Aged 60",), drafts=(PlanDraft(lines=(LINE,)),))


@pytest.fixture
def book(database: Database) -> PlanBook:
    return PlanBook(database)


def test_a_plan_waits_until_it_is_signed(book: PlanBook) -> None:
    plan = book.propose("thread", PROPOSAL)
    assert book.waiting() == [plan] and book.decided(5) == []
    edited = LINE.model_copy(update={"detail": "500 mg once a day"})
    signed = book.decide(plan.id, " Dr Grey ", Decision(lines=(edited,), note="slowly"))
    assert (signed.decided_by, signed.decision) == ("Dr Grey", Decision(lines=(edited,), note="slowly"))
    assert signed.decided_at and signed.decided_at >= plan.drafted_at and book.is_intact(signed)
    assert book.waiting() == [] and book.of_thread("thread") == book.decided(5) == [signed]
    assert signed.proposal == PROPOSAL


def test_plans_come_in_the_order_that_they_are_asked_for(book: PlanBook) -> None:
    first, second, third = (book.propose(thread, PROPOSAL) for thread in ("a", "b", "a"))
    assert book.waiting() == [first, second, third] and book.of_thread("a") == [first, third]
    for plan in (second, first, third):
        book.decide(plan.id, "Dr Grey", Decision(lines=()))
    assert [plan.id for plan in book.decided(2)] == [third.id, first.id]


def test_a_decision_is_made_once(book: PlanBook) -> None:
    plan = book.propose("thread", PROPOSAL)
    wins: list[str] = []
    together = threading.Barrier(8)

    def sign(name: str) -> None:
        together.wait()
        try:
            wins.append(book.decide(plan.id, name, Decision(lines=(LINE,), note=name)).decided_by)
        except InputError as error:
            assert "decided before by Dr" in str(error)

    threads = [threading.Thread(target=sign, args=(f"Dr {number}",)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    signed = book.plan(plan.id)
    assert wins == [signed.decided_by] and signed.decision and signed.decision.note == wins[0]
    assert book.is_intact(signed)


@pytest.mark.parametrize("changed", [{"decided_by": "Dr Who"}, {"digest": "0" * 64}])
def test_who_signed_cannot_be_changed_unseen(book: PlanBook, database: Database, changed: dict[str, str]) -> None:
    signed = book.decide(book.propose("thread", PROPOSAL).id, "Dr Grey", Decision(lines=(LINE,)))
    with database.writing() as connection:
        connection.execute(update(plans).values(changed))
    assert not book.is_intact(book.plan(signed.id))


def test_what_was_signed_cannot_be_changed_at_all(book: PlanBook, database: Database) -> None:
    one = book.decide(book.propose("thread", PROPOSAL).id, "Dr Grey", Decision(lines=(LINE,)))
    two = book.decide(book.propose("thread", PROPOSAL).id, "Dr Grey", Decision(lines=()))
    with database.writing() as connection:
        rejected = connection.execute(select(plans.c.decision).where(plans.c.id == two.id)).scalar()
        connection.execute(update(plans).where(plans.c.id == one.id).values(decision=rejected))
    with pytest.raises(RecordsError, match="unsealed"):
        book.plan(one.id)
    assert not book.is_intact(one) and book.is_intact(two)


def test_an_erased_plan_is_not_intact(book: PlanBook) -> None:
    signed = book.decide(book.propose("thread", PROPOSAL).id, "Dr Grey", Decision(lines=(LINE,)))
    book.erase("thread")
    assert not book.is_intact(signed)


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
    kept, drafted = book.propose("two", PROPOSAL), book.propose("", PROPOSAL)
    book.erase("one")
    assert book.waiting() == [kept, drafted]


def test_no_word_of_a_plan_is_in_clear(book: PlanBook, database: Database) -> None:
    book.decide(book.propose("thread", PROPOSAL).id, "Dr Grey", Decision(lines=(LINE,), note="slowly"))
    with database.reading() as connection:
        shown = str([bytes(part) for part in connection.execute(select(plans.c.proposal, plans.c.decision)).one()])
    assert not any(word in shown for word in ("Metformin", "Aged", "slowly", "lines"))
