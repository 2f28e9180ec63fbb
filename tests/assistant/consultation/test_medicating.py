from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.consultation.medicating import check_medicines
from assistant.consultation.patient import record_of
from assistant.safety.evidence import Evidence
from assistant.visit import Visit

WORDS = Visit().words.medicines


def asked(question: str, *earlier: str) -> Evidence:
    return check_medicines(question, earlier, Visit())


def judged(evidence: Evidence) -> str:
    first = evidence.opening[0].text
    sentences = {name: getattr(WORDS, name).split("}")[1][:25] for name in ("avoid", "caution", "ok")}
    return next((name for name, told in sentences.items() if told in first), "unknown")


@pytest.mark.parametrize(
    ("question", "earlier", "told"),
    [
        ("can I take ibuprofen with warfarin?", (), "avoid"),
        ("can I take ibuprofin with warfrin?", (), "avoid"),
        ("is paracetamol ok?", ("I'm 34 and pregnant",), "ok"),
        ("is ibuprofen ok?", ("I'm 34 and pregnant",), "avoid"),
        ("can I take propranolol", ("I have asthma",), "avoid"),
        ("I have no asthma, is propranolol ok?", (), "ok"),
        ("I'm allergic to penicillin, is amoxicillin ok", (), "avoid"),
        ("I'm allergic to penicillin, is cephalexin ok", (), "caution"),
        ("I'm CYP2C19 poor metaboliser, is clopidogrel right for me", (), "avoid"),
        ("I take simvastatin, can I eat grapefruit", (), "avoid"),
        ("aspirin for my 8 year old boy?", (), "avoid"),
        ("my eGFR is 25. can I use metformin?", (), "avoid"),
        ("is amoxicillin fine for a 40 year old man", (), "ok"),
        ("can I take it with food and ibuprofen?", ("I take warfarin",), "avoid"),
        ("can I take that blue pill", (), "unknown"),
    ],
)
def test_a_question_gets_the_verdict_of_the_rules(question: str, earlier: tuple[str, ...], told: str) -> None:
    assert judged(asked(question, *earlier)) == told


def test_every_rule_that_fires_is_cited() -> None:
    evidence = asked("can I take ibuprofen with warfarin?")
    assert evidence.statements and evidence.complete and evidence.closing
    for statement in evidence.statements:
        assert statement.citation is not None
        assert evidence.citations[statement.citation].url.startswith("https://")


def test_a_mended_name_and_what_was_looked_at_are_told() -> None:
    told = " ".join(one.text for one in asked("can I take ibuprofin?", "I take warfarin and have asthma").opening)
    assert "I read a name as Ibuprofen" in told and "Warfarin" in told and "Asthma" in told


def test_a_possible_pregnancy_is_asked_for_where_it_matters() -> None:
    told = " ".join(one.text for one in asked("can I take isotretinoin", "I am a 25 year old woman").opening)
    assert "pregnant" in told
    assert "pregnant" not in " ".join(
        one.text for one in asked("can I take isotretinoin", "I am a 25 year old man").opening
    )


def test_a_question_without_a_medicine_offers_some() -> None:
    evidence = asked("is it safe")
    assert judged(evidence) == "unknown" and evidence.options


def test_a_record_is_read_from_words() -> None:
    record = record_of(
        [
            "I am a 34 year old woman, 20 weeks pregnant and I take levothyroxine",
            "I'm allergic to penicillin and sulfa. I have high blood pressure but no asthma",
            "CYP2D6 *4/*4, eGFR 55",
        ]
    )
    assert (record.age, record.sex, record.pregnant) == (34, "female", True)
    assert [named.id for taken in record.medicines for named in taken.named] == ["levothyroxine"]
    assert {group for allergy in record.allergies for group in allergy.groups} >= {
        "penicillin_allergy",
        "sulfonamide_allergy",
    }
    assert "hypertension" in record.states and "asthma" not in record.states
    assert record.genes == {"CYP2D6": {"0.0"}} and record.labs == {"egfr": 55.0}


@pytest.mark.parametrize(
    ("text", "pregnant"), [("I am not pregnant", False), ("I'm pregnant", True), ("I am 30", None), ("我怀孕了", True)]
)
def test_pregnancy_is_what_was_said(text: str, pregnant: bool | None) -> None:
    assert record_of([text]).pregnant is pregnant


@settings(max_examples=50)
@given(st.text(max_size=80), st.text(max_size=40))
def test_any_words_are_answered(question: str, before: str) -> None:
    assert asked(question, before).opening
