from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from assistant.consultation.consult import MOST_REASONS, consult
from assistant.consultation.library import Library
from assistant.locales import locale
from assistant.safety.evidence import Evidence
from assistant.safety.red_flags import assess
from assistant.visit import Visit
from knowledge.red_flags import Level

BRITISH = Visit("en", "gb")
HEART_ATTACK = "I am sweating and have crushing chest pain that spreads to my left arm"
URGENT = "I am 72, and my leg is swollen, red and painful since yesterday"
COLD = "I have had a sore throat and a runny nose for two days"
SUICIDAL = "I want to kill myself"


def about(library: Library, text: str, visit: Visit = BRITISH) -> Evidence:
    return consult(library, text, [HumanMessage(text)], visit)


def answered(library: Library, first: str, replies: dict[str, str], visit: Visit = BRITISH) -> list[Evidence]:
    """A consultation from the first message to its end; a question that `replies` does not name is answered by no."""
    messages: list[AnyMessage] = [HumanMessage(first)]
    found = [consult(library, first, messages, visit)]
    while found[-1].asked:
        last = found[-1]
        assert len(found) < 25, "the consultation does not end"
        kept = {"asked": last.asked, "opinion": last.opinion.model_dump() if last.opinion else None}
        default = "No" if "No" in last.options else next(iter(last.options.values()))
        reply = replies.get(last.asked, default)
        messages += [AIMessage(last.question, additional_kwargs={"airmed": kept}), HumanMessage(reply)]
        found.append(consult(library, reply, messages, visit, "emergency" if last.alarms else None))
    return found


def test_an_emergency_is_complete_calls_the_number_and_says_why(library: Library) -> None:
    found = about(library, HEART_ATTACK)
    assert found.complete
    assert "999" in found.opening[0].text
    assert 1 <= len(found.citations) <= MOST_REASONS
    assert all(citation.id.startswith("rule:") and citation.url.startswith("https") for citation in found.citations)
    assert [s.citation for s in found.opening[1:]] == list(range(len(found.citations)))


def test_history_taking_goes_on_in_an_emergency(library: Library) -> None:
    found = about(library, HEART_ATTACK)
    assert found.question == locale("en").doctor.history["age"].ask
    assert found.options


def test_the_number_is_that_of_the_country(library: Library) -> None:
    assert "911" in about(library, HEART_ATTACK, Visit("en", "us")).opening[0].text
    assert "120" in about(library, "我胸口压榨样疼痛，出大汗", Visit("zh", "cn")).opening[0].text


def test_a_crisis_supports_names_the_line_and_does_not_refuse(library: Library) -> None:
    found = about(library, SUICIDAL)
    said = " ".join(statement.text for statement in found.opening)
    assert found.complete
    assert "glad that you told me" in said and "116 123" in said and "999" in said
    assert found.question == locale("en").doctor.crisis_goes_on
    assert "can't help" not in said and "cannot help" not in said


def test_a_crisis_with_an_overdose_also_says_why_it_is_an_emergency(library: Library) -> None:
    found = about(library, f"{SUICIDAL}, I have just taken 30 paracetamol tablets")
    assert "glad that you told me" in found.opening[0].text
    assert found.statements and found.citations


def test_an_urgent_complaint_says_today_and_why(library: Library) -> None:
    found = about(library, URGENT)
    assert assess(URGENT).level == "urgent"
    assert "today" in found.opening[0].text
    reason = found.opening[1]
    assert reason.citation is not None and found.citations[reason.citation].id.startswith("rule:")


def test_a_mild_complaint_is_answered_from_articles_and_asks_on(library: Library) -> None:
    found = about(library, COLD)
    assert found.opening[0].text in (locale("en").doctor.self_care, locale("en").doctor.routine)
    assert found.statements and not found.complete
    assert found.question


def test_what_was_told_before_counts(library: Library) -> None:
    told = [HumanMessage("I have pain in my chest"), HumanMessage("it goes down my left arm and I am sweating")]
    assert consult(library, told[1].text, told, BRITISH).complete


@pytest.mark.parametrize("earlier", ["urgent", "emergency", "crisis"])
def test_no_complaint_is_called_mild_after_a_red_flag(library: Library, earlier: Level) -> None:
    words = locale("en").doctor
    calls = {"urgent": words.urgent, "emergency": words.emergency_reminder, "crisis": words.crisis_reminder}
    found = consult(library, COLD, [HumanMessage(COLD)], BRITISH, earlier)
    assert found.opening[0].text == BRITISH.say(calls[earlier])
    assert found.alarms == (earlier != "urgent")
    assert found.statements and found.question


def test_a_consultation_ends_with_what_fits_best_and_why(library: Library) -> None:
    replies = {"history:age": "An adult, 34 years old.", "noise_sensitivity": "Yes", "throbbing_headache": "Yes"}
    last = answered(library, "bad headache on one side since this morning, light hurts and I feel sick", replies)[-1]
    said = " ".join(statement.text for statement in last.opening)
    assert last.opinion is not None and last.opinion.settled
    assert last.opinion.likely[0].id == "migraine" and "Migraine" in said and "light hurts" in said
    assert last.closing and last.citations and not last.question
    assert "no diagnosis" in said


def test_the_answers_to_questions_move_the_differential(library: Library) -> None:
    found = answered(library, "I cough and have a fever since yesterday", {"history:age": "I am 30 years old"})
    first, last = found[0].opinion, found[-1].opinion
    assert first is not None and last is not None
    assert len(last.told) > len(first.told)
    assert any(not entry.there for entry in last.told)


def test_an_answer_that_is_a_warning_sign_makes_the_case_an_emergency(library: Library) -> None:
    messages: list[AnyMessage] = [
        HumanMessage("I have had a headache since this morning, I am 40"),
        AIMessage("Sudden?", additional_kwargs={"airmed": {"asked": "thunderclap_headache", "opinion": None}}),
        HumanMessage("Yes"),
    ]
    found = consult(library, "Yes", messages, BRITISH)
    assert found.alarms and "999" in found.opening[0].text


def test_a_question_is_asked_once_even_where_nobody_knows(library: Library) -> None:
    found = answered(library, "I cough", {name: "I don't know" for name in ("fever", "breathlessness", "wheeze")})
    asked = [entry.asked for entry in found if entry.asked]
    assert len(asked) == len(set(asked))


def test_the_patient_can_end_the_questions(library: Library) -> None:
    enough = list(locale("en").doctor.answers.values())[-1]
    found = answered(library, COLD, {"history:age": enough})
    assert len(found) == 2 and found[-1].opinion is not None and found[-1].opinion.settled


def test_what_the_patient_puts_right_counts(library: Library) -> None:
    wrong = HumanMessage("I have a sore throat and a rash")
    right = HumanMessage("Correction: rash: no.", additional_kwargs={"corrections": {"rash": False}})
    opinion = consult(library, right.text, [wrong, right], BRITISH).opinion
    assert opinion is not None
    assert {entry.id: entry.there for entry in opinion.told}["rash"] is False


@pytest.mark.parametrize("text", ["", "?", "hello"])
def test_nothing_told_is_routine(library: Library, text: str) -> None:
    assert about(library, text).opening[0].text == locale("en").doctor.routine
