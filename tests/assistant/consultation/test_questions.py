from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.consultation.case import read_case
from assistant.consultation.differential import Case, engine
from assistant.consultation.questions import MOST_QUESTIONS, answered, candidates, information, next_question
from assistant.consultation.triage import triage
from knowledge.findings import lexicon


def level(case: Case) -> object:
    return triage(engine(), case).level


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=6), st.data())
def test_information_is_what_the_entropy_is_expected_to_fall_by(weights: list[float], data: st.DataObject) -> None:
    belief = np.array(weights) / sum(weights)
    yes = np.array([data.draw(st.floats(0.01, 0.99)) for _ in weights])

    def entropy(p: np.ndarray) -> float:
        return float(-(p * np.log(p)).sum())

    there, absent = belief * yes, belief * (1 - yes)
    left = there.sum() * entropy(there / there.sum()) + absent.sum() * entropy(absent / absent.sum())
    assert information(belief, yes[:, None])[0] == pytest.approx(entropy(belief) - left, abs=1e-6)


def test_what_is_known_or_follows_is_not_asked() -> None:
    case = read_case("throbbing headache, no fever", 30, "female")
    found = {question.finding for question in candidates(engine(), case, most=400)}
    assert found.isdisjoint({"throbbing_headache", "headache", "fever"})
    under_fever = {name for name, lexeme in lexicon().items() if lexeme.parent == "fever"}
    assert found.isdisjoint(under_fever)


def test_every_question_has_words() -> None:
    case = read_case("stomach ache", 30, "female")
    assert all(lexicon()[question.finding].ask for question in candidates(engine(), case, most=400))


def test_a_dangerous_possibility_is_asked_for() -> None:
    case = read_case("headache since this morning", 45, "male")
    asked: list[str] = []
    while (question := next_question(engine(), case, asked, level)) and len(asked) < MOST_QUESTIONS:
        asked.append(question.finding)
        case = answered(case, question.finding, there=False)
    assert {"thunderclap_headache", "stiff_neck", "sudden_headache", "fever"} & set(asked)


def test_no_more_than_the_limit_is_asked() -> None:
    case = read_case("I feel tired", 40, "female")
    assert next_question(engine(), case, [f"q{n}" for n in range(MOST_QUESTIONS)], level) is None


def test_it_stops_when_nothing_would_change_what_to_do() -> None:
    text = "itchy eyes, sneezing and a runny, itchy nose every spring when the pollen is high"
    case, asked = read_case(text, 25, "female"), []
    while question := next_question(engine(), case, asked, level):
        asked.append(question.finding)
        case = answered(case, question.finding, there=False)
    assert len(asked) < MOST_QUESTIONS
