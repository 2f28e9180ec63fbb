from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage

from assistant.consultation.case import hear, read_case, read_measures, read_reply, replies
from knowledge.findings import lexicon
from knowledge.measures import measures


def test_a_later_message_overrules_an_earlier_one() -> None:
    case = hear([HumanMessage("I have no fever"), HumanMessage("now the fever started")]).case
    assert "fever" in case.present and "fever" not in case.absent


def test_within_one_message_present_overrules_absent() -> None:
    assert "cough" in read_case("no cough yesterday, but I cough now").present


def test_age_and_sex_are_read_or_given() -> None:
    assert (read_case("my 3 year old son coughs").age, read_case("my 3 year old son coughs").sex) == (3.0, "male")
    assert read_case("I cough", 50, "female").age == 50


@pytest.mark.parametrize(
    ("text", "reply", "rest"),
    [
        ("Yes", True, ""),
        ("no.", False, ""),
        ("I don't know", None, ""),
        ("Yes, and I vomit", True, "and I vomit"),
        ("No but my leg hurts", False, "but my leg hurts"),
        ("没有", False, ""),
        ("不知道", None, ""),
        ("No fever", None, "No fever"),
        ("I don't have a fever", None, "I don't have a fever"),
        ("nothing else", None, "nothing else"),
    ],
)
def test_a_reply_is_told_from_a_sentence_that_only_begins_like_one(text: str, reply: bool | None, rest: str) -> None:
    assert read_reply(text) == (reply, rest)


@given(st.text(max_size=60))
def test_any_text_is_a_reply_or_is_read_whole(text: str) -> None:
    _, rest = read_reply(text)
    assert text.endswith(rest)
    if replies(text):
        assert not rest


def test_the_answer_counts_for_the_question_that_was_asked() -> None:
    def asked(finding: str) -> AIMessage:
        return AIMessage("?", additional_kwargs={"airmed": {"asked": finding}})

    heard = hear(
        [
            HumanMessage("I have a headache"),
            asked("fever"),
            HumanMessage("Yes"),
            asked("stiff_neck"),
            HumanMessage("No"),
            asked("rash"),
            HumanMessage("I don't know"),
        ]
    )
    assert {"headache", "fever"} <= heard.case.present
    assert "stiff_neck" in heard.case.absent
    assert "rash" not in heard.case.there | heard.case.absent
    assert heard.asked == ("fever", "stiff_neck", "rash")


@pytest.mark.parametrize(
    ("text", "there", "absent"),
    [
        ("temperature 38.9 C", {"fever"}, {"low_body_temperature"}),
        ("T 36.8", set(), {"fever"}),
        ("hemoglobin 8.2 g/dL", {"low_haemoglobin"}, {"high_haemoglobin"}),
        ("Hb 82 g/L", {"low_haemoglobin"}, set()),
        ("WBC count is 15,200/mm3", {"high_white_cells"}, {"low_white_cells"}),
        ("platelets 90,000", {"low_platelets"}, set()),
        ("TSH of 0.01 mIU/L", {"low_tsh"}, {"high_tsh"}),
        ("calcium 11.8 mg/dL", {"high_calcium"}, {"low_calcium"}),
        ("calcium 2.3 mmol/L", set(), {"high_calcium", "low_calcium"}),
        ("potassium 6.1", {"high_potassium"}, {"low_potassium"}),
        ("lipase 900 U/L", {"high_lipase_amylase"}, set()),
        ("platelets for 3 weeks", set(), set()),
    ],
)
def test_measures_become_findings(text: str, there: set[str], absent: set[str]) -> None:
    found = read_measures(text, 40)
    assert there <= {name for name, yes in found.items() if yes}
    assert absent <= {name for name, yes in found.items() if not yes}


def test_a_child_has_no_adult_heart_rate() -> None:
    assert "fast_heartbeat" not in read_measures("heart rate 130", 1)


def test_every_measure_names_findings_of_the_vocabulary() -> None:
    named = {limit.finding for measure in measures() for limit in (measure.low, measure.high) if limit}
    assert named <= lexicon().keys()
