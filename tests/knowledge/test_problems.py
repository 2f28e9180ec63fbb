from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.corpus import conditions
from knowledge.medicines import states
from knowledge.problems import read_problem, states_of_codes


@pytest.mark.parametrize(
    ("text", "condition", "state"),
    [
        ("J45.909", "asthma", "asthma"),
        ("J45909", "asthma", "asthma"),
        ("Asthma (disorder)", "asthma", "asthma"),
        ("type 2 diabetes", "type-2-diabetes", "diabetes"),
        ("E11.9", "type-2-diabetes", "diabetes"),
        ("chronic kidney disease", "chronic-kidney-disease", "chronic_kidney_disease"),
        ("N18.4", "chronic-kidney-disease", "chronic_kidney_disease"),
        ("history of peptic ulcer", "peptic-ulcer", "peptic_ulcer"),
        ("severe heart failure", "heart-failure", "heart_failure"),
        ("G6PD deficiency", "g6pd-deficiency", "g6pd_deficiency"),
    ],
)
def test_codes_and_words_mean_conditions_and_states(text: str, condition: str, state: str) -> None:
    found = read_problem(text)
    assert condition in found.conditions and state in found.states and found.written == text


@pytest.mark.parametrize("text", ["no history of asthma", "denies asthma", "family history of asthma", "blorbitis", ""])
def test_what_is_not_there_means_nothing(text: str) -> None:
    assert not read_problem(text).understood


def test_every_condition_is_found_by_its_name_and_first_code() -> None:
    for one in conditions():
        assert one.id in read_problem(one.name).conditions
        assert one.id in read_problem(one.icd10cm[0]).conditions


def test_every_state_is_found_by_its_names_and_codes() -> None:
    for state in states().values():
        unread = [name for name in (state.name, *state.also) if state.id not in read_problem(name).states]
        assert not unread, state.id
        assert all(state.id in states_of_codes([code]) for code in state.icd10cm)


def test_a_code_means_its_beginnings_and_no_other() -> None:
    assert "chronic_kidney_disease" in states_of_codes(["N18.31"])
    assert "chronic_kidney_disease" not in states_of_codes(["N1.8"])


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    found = read_problem(text)
    assert set(found.states) <= states().keys()
