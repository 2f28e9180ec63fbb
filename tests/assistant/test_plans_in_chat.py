"""A plan in the conversation: drafted, waiting, signed or rejected by a clinician, and seen only then."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from assistant.doctor import Doctor
from assistant.errors import InputError
from assistant.records.consents import thread_of
from assistant.records.plans import Decision, Plan
from assistant.visit import Visit

WISH = "Draft a treatment plan: I am 62, a man, I have type 2 diabetes and high blood pressure, eGFR 40"
WORDS = Visit().words.plans


@pytest.fixture
def thread(doctor: Doctor) -> Iterator[str]:
    key = secrets.token_urlsafe(24)
    doctor.agree(key, Visit())
    yield key
    doctor.erase(key)


def said(doctor: Doctor, message: str, thread: str) -> tuple[list[str], str]:
    events = list(doctor.stream(message, thread, Visit()))
    return [one.tool for one in events if one.kind == "tool_started"], events[-1].text


def waiting(doctor: Doctor, thread: str) -> Plan:
    (plan,) = [one for one in doctor.records.plans.waiting() if one.thread == thread_of(thread)]
    return plan


def told(doctor: Doctor, thread: str) -> list[str]:
    return [turn.text for turn in doctor.conversation(thread).turns if turn.role == "assistant"]


def test_a_draft_waits_and_the_patient_sees_none_of_it(doctor: Doctor, thread: str) -> None:
    tools, answer = said(doctor, WISH, thread)
    assert tools == ["draft_plan"] and answer == WORDS.waiting
    plan = waiting(doctor, thread)
    assert len(plan.proposal.drafts) == 3
    assert any("Type 2 diabetes" in line for line in plan.proposal.patient)
    names = {line.name for one in plan.proposal.drafts for line in one.lines if line.kind == "medication"}
    assert names and not any(name in text for name in names for text in told(doctor, thread))


def test_what_is_signed_is_seen_with_its_sources(doctor: Doctor, thread: str) -> None:
    said(doctor, WISH, thread)
    plan = waiting(doctor, thread)
    first = plan.proposal.drafts[0].lines[0].model_copy(update={"detail": "Half a tablet."})
    doctor.decide(plan.id, "Dr Grey", Decision(lines=(first,), note="Start low."))
    (answer,) = told(doctor, thread)
    assert "Dr Grey checked and signed" in answer and "Half a tablet." in answer and "Start low." in answer
    assert doctor.conversation(thread).turns[-1].answer.citations[0].url.startswith("http")


def test_the_conversation_goes_on_while_a_plan_waits(doctor: Doctor, thread: str) -> None:
    said(doctor, WISH, thread)
    plan = waiting(doctor, thread)
    _, answer = said(doctor, "thank you", thread)
    assert answer and told(doctor, thread)[0] == WORDS.waiting
    doctor.decide(plan.id, "Dr Grey", Decision(lines=(), note="Come and see me."))
    assert "did not sign" in told(doctor, thread)[-1] and "Come and see me." in told(doctor, thread)[-1]
    assert said(doctor, "What is a normal blood pressure?", thread)[0] == ["search_guidance"]


def test_a_plan_is_decided_once(doctor: Doctor, thread: str) -> None:
    said(doctor, WISH, thread)
    plan = waiting(doctor, thread)
    doctor.decide(plan.id, "Dr Grey", Decision(lines=()))
    with pytest.raises(InputError, match="decided before by Dr Grey"):
        doctor.decide(plan.id, "Dr Brown", Decision(lines=()))


def test_without_a_condition_the_doctor_asks_what_for(doctor: Doctor, thread: str) -> None:
    tools, answer = said(doctor, "please draft a treatment plan for me", thread)
    assert tools == ["draft_plan"] and answer == WORDS.wanting
    assert not [one for one in doctor.records.plans.waiting() if one.thread == thread_of(thread)]


def test_erasing_a_conversation_erases_its_plans(doctor: Doctor, thread: str) -> None:
    said(doctor, WISH, thread)
    plan = waiting(doctor, thread)
    doctor.erase(thread)
    with pytest.raises(InputError, match="no such plan"):
        doctor.records.plans.plan(plan.id)


def test_a_medicine_is_checked_with_what_was_told_before(doctor: Doctor, thread: str) -> None:
    said(doctor, "I am a 60 year old man and I take warfarin", thread)
    tools, answer = said(doctor, "can I take ibuprofen for my back?", thread)
    assert tools == ["check_medicines"] and "bleeding" in answer.lower() and "[1]" in answer


def test_without_consent_no_draft_is_kept_for_a_clinician(doctor: Doctor) -> None:
    key = secrets.token_urlsafe(24)
    before = len(doctor.records.plans.waiting())
    tools, answer = said(doctor, WISH, key)
    assert tools == ["draft_plan"] and answer == WORDS.unkept
    assert len(doctor.records.plans.waiting()) == before


def test_a_consent_that_is_withdrawn_takes_the_waiting_draft_along(doctor: Doctor, thread: str) -> None:
    said(doctor, WISH, thread)
    plan = waiting(doctor, thread)
    doctor.withdraw(thread, Visit())
    with pytest.raises(InputError, match="no such plan"):
        doctor.records.plans.plan(plan.id)
    assert told(doctor, thread)[-1] == WORDS.unkept
    assert said(doctor, "thank you", thread)[1]
