"""Sentences and terms."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text import is_chinese, sentences, terms

LETTERS = re.compile(r"[a-z]+|[㐀-鿿]", re.IGNORECASE)
WORDS = st.sampled_from(
    ["Take", "two", "Dr", "e.g", "vitamin", "D", "(early)", '"stop"', "发烧", "头痛", "pain", "Call"]
)
ENDS = st.sampled_from(["", ".", "!", "?", '."', ".)", "。", "！", "。”", ","])
GAPS = st.sampled_from([" ", "  ", "\n", "\n\n", "\n- ", "\n* ", "\n2. ", "\r\n", "\t"])
PROSE = st.lists(st.tuples(WORDS, ENDS, GAPS), max_size=60).map(lambda parts: "".join(map("".join, parts)))


@given(PROSE)
def test_sentences_keep_every_word_in_order(text: str) -> None:
    assert LETTERS.findall(" ".join(sentences(text))) == LETTERS.findall(text)


@given(PROSE)
def test_sentences_keep_closing_quotes_and_brackets(text: str) -> None:
    together = "".join(sentences(text))
    assert [together.count(mark) for mark in '"()”'] == [text.count(mark) for mark in '"()”']


@given(st.text(max_size=200))
def test_no_sentence_is_blank_or_spans_lines(text: str) -> None:
    for sentence in sentences(text):
        assert sentence == sentence.strip() != ""
        assert "\n" not in sentence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rest well. Drink water! Is it bad? Yes.", ["Rest well.", "Drink water!", "Is it bad?", "Yes."]),
        ("See Dr. Smith about 3.5 mg. Then rest.", ["See Dr. Smith about 3.5 mg.", "Then rest."]),
        ("Use e.g. Ibuprofen vs. Aspirin.", ["Use e.g. Ibuprofen vs. Aspirin."]),
        ("- Rest.\n* Drink\n• Sleep\n1. Wash hands. Dry them.\n2) Go", None),
        ("- Take vitamin D.\n- Sleep well", ["Take vitamin D.", "Sleep well"]),
        (
            'He said "stop." Then he left. (This is it.) End.',
            ['He said "stop."', "Then he left.", "(This is it.)", "End."],
        ),
        ("头痛三天。发烧吗？请就医！", ["头痛三天。", "发烧吗？", "请就医！"]),
        ("他说：“好。”然后走了。", ["他说：“好。”", "然后走了。"]),
        ("  \n\n ", []),
    ],
)
def test_sentences(text: str, expected: list[str] | None) -> None:
    assert sentences(text) == (
        expected or (["Rest.", "Drink", "Sleep", "Wash hands.", "Dry them.", "Go"] if text.strip() else [])
    )


def test_terms_are_stems_without_stop_words() -> None:
    assert terms("What are the symptoms of my Headaches?") == terms("symptom headache")
    assert terms("is it the what of my") == []


def test_an_apostrophe_makes_no_term_of_its_own() -> None:
    assert terms("I don't have Parkinson's") == terms("Parkinson’s") == terms("Parkinson")


def test_numbers_stay_whole() -> None:
    assert {"38.5", "120/80"} <= set(terms("38.5 degrees, pressure 120/80"))


def test_chinese_terms_are_pairs_of_letters() -> None:
    assert terms("偏头痛") == ["偏头", "头痛"]
    assert terms("痛") == ["痛"]
    assert terms("吃 ibuprofen 止痛") == ["吃", *terms("ibuprofen"), "止痛"]


@given(st.text(alphabet="头痛发烧咳嗽", min_size=2, max_size=30))
def test_a_chinese_run_has_one_pair_fewer_than_letters(run: str) -> None:
    found = terms(run)
    assert len(found) == len(run) - 1
    assert "".join(pair[0] for pair in found) + run[-1] == run


@pytest.mark.parametrize(
    ("text", "expected"), [("头痛", True), ("my 头 hurts", True), ("headache…！", False), ("", False)]
)
def test_is_chinese(text: str, expected: bool) -> None:
    assert is_chinese(text) is expected
