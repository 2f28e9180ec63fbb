from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.consultation.reading import Mention, present, read_findings
from assistant.consultation.words import normalise
from knowledge.findings import context_cues, lexicon
from tests.assistant.saying import say

HOLDS_A_CUE = re.compile(r"\b(?:no|not|never|none|nor|neither|without|nothing|can't|if|absent|but|still)\b")
ENGLISH_SCRAPS = "no not denies pain chest my dad had if what is ago since 3 38.5 . , ; ? n't can't 's # | +"
SCRAPS = st.sampled_from([*ENGLISH_SCRAPS.split(), "\n", "\x00", "没有", "胸痛", "头", "。"])


def state_of(finding: str, text: str) -> set[str]:
    return {mention.state for mention in read_findings(text) if mention.finding == finding}


def first_phrases() -> dict[str, str]:
    """Each finding and the first way to say it, where "no" can stand before it and no word in it turns it round."""
    opened = {cue.split()[1] for cue in context_cues()["en"].not_negation if cue.startswith("no ")}
    said = {name: say(lexeme.en[0]) for name, lexeme in lexicon().items()}
    return {n: t for n, t in said.items() if not HOLDS_A_CUE.search(t) and t.split()[0] not in opened | {"better"}}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("I have chest pain", "present"),
        ("chest pain since lunch", "present"),
        ("my dad has chest pain now", "present"),
        ("not only chest pain but sweating", "present"),
        ("no fever but chest pain", "present"),
        ("no chest pain", "absent"),
        ("I don't have chest pain", "absent"),
        ("denies chest pain", "absent"),
        ("no cough, fever or chest pain", "absent"),
        ("chest pain was ruled out", "absent"),
        ("the chest pain is gone now", "resolved"),
        ("I had chest pain 3 years ago", "past"),
        ("past medical history of chest pain", "past"),
        ("family history of chest pain", "relative"),
        ("what causes chest pain?", "hypothetical"),
        ("if I get chest pain what should I do", "hypothetical"),
        ("我现在胸痛", "present"),
        ("没有发烧，但是胸痛", "present"),
        ("没有胸痛", "absent"),
        ("胸痛消失了", "resolved"),
        ("以前有过胸痛", "past"),
        ("胸痛是什么原因", "hypothetical"),
        ("如果胸痛怎么办", "hypothetical"),
    ],
)
def test_the_words_around_a_finding_decide(text: str, state: str) -> None:
    assert state_of("chest_pain", text) == {state}


@pytest.mark.parametrize(
    "text",
    [
        "this job is killing me",
        "that film nearly gave me a heart attack",
        "breaststroke is a stroke of luck",
        "想死你了",
    ],
)
def test_a_figure_of_speech_is_no_finding(text: str) -> None:
    assert present(read_findings(text)) == set()


@pytest.mark.parametrize(
    ("text", "finding", "there"),
    [
        ("I have had a cough for three weeks", "many_births", False),
        ("I gave birth to four children", "many_births", True),
        ("eight weeks pregnant", "late_pregnancy", False),
        ("I am eight and a half months pregnant", "late_pregnancy", True),
        ("I gave birth last Tuesday", "postpartum_first_two_weeks", True),
        ("my left face is weak", "one_sided_weakness", True),
        ("paranoid for the past few months", "psychosis_one_to_six_months", True),
    ],
)
def test_a_number_counts_with_what_it_counts(text: str, finding: str, there: bool) -> None:
    assert (finding in {mention.finding for mention in read_findings(text)}) == there


def test_word_order_and_forms_of_a_word_do_not_matter() -> None:
    said = ["my chest hurts", "hurting in my chest", "pain in the chest", "CHEST PAINS", "chest is really painful"]
    assert all("chest_pain" in present(read_findings(text)) for text in said)


def test_a_cue_ends_with_its_sentence() -> None:
    assert state_of("chest_pain", "No fever. Chest pain.") == {"present"}
    assert state_of("chest_pain", "没有发烧。胸痛。") == {"present"}


def test_a_finding_that_has_just_passed_counts_only_where_that_matters() -> None:
    passed = {state: Mention("fainting", state, 0, 1) for state in ("resolved", "absent")}
    assert lexicon()["fainting"].past_counts and not lexicon()["cough"].past_counts
    assert present(passed.values()) == {"fainting"}
    assert present([Mention("cough", "resolved", 0, 1)]) == set()


@pytest.mark.parametrize(("finding", "phrase"), first_phrases().items(), ids=first_phrases())
def test_a_finding_is_read_and_no_before_it_makes_it_absent(finding: str, phrase: str) -> None:
    assert finding in present(read_findings(phrase))
    assert finding not in present(read_findings(f"no {phrase}"))
    assert "absent" in state_of(finding, f"no {phrase}")


@pytest.mark.parametrize("finding", [name for name, lexeme in lexicon().items() if lexeme.zh])
def test_a_finding_is_read_in_chinese(finding: str) -> None:
    phrase = "".join(part.split("|")[0].strip() for part in lexicon()[finding].zh[0].split("+"))
    assert finding in present(read_findings(f"{phrase}。"))


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    length = len(normalise(text))
    assert all(0 <= mention.start < mention.end <= length for mention in read_findings(text))


@given(st.lists(SCRAPS, max_size=25).map(" ".join))
def test_any_scraps_of_cues_and_findings_can_be_read(text: str) -> None:
    found = read_findings(text)
    assert all(mention.finding in lexicon() for mention in found)
    assert [mention.start for mention in found] == sorted(mention.start for mention in found)
