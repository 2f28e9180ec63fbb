from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.consultation.words import normalise, stem, stems, tokens


def words_of(text: str) -> list[str]:
    return [token.stem for token in tokens(normalise(text))]


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("CAN’T Breathe", "can't breathe"),
        ("ｃｈｅｓｔ　ｐａｉｎ", "chest pain"),
        ("体温３８．５", "体温38.5"),
        ("“heavy”", '"heavy"'),
    ],
)
def test_letters_of_every_width_and_curly_quotes_become_plain(written: str, folded: str) -> None:
    assert normalise(written) == folded


@pytest.mark.parametrize(
    ("short", "spelt_out"),
    [("can't", "can not"), ("cannot", "can not"), ("cant", "can not"), ("wasn't", "was not"), ("w/o", "w o")],
)
def test_contractions_are_spelt_out(short: str, spelt_out: str) -> None:
    assert words_of(short) == words_of(spelt_out)


def test_a_possessive_is_the_word_itself() -> None:
    assert words_of("my baby's chest") == words_of("my baby chest")


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("headahce", "headache"), ("diarrhoae", "diarrhoea"), ("breatheing", "breathing"), ("vomitting", "vomiting")],
)
def test_a_slip_of_the_pen_is_mended(slip: str, meant: str) -> None:
    assert stem(slip) == stem(meant)


@pytest.mark.parametrize("word", ["house", "letter", "train", "chess", "pan"])
def test_common_and_short_words_are_left_as_they_are(word: str) -> None:
    assert stem(word) == stems(word)[0]


def test_a_sentence_ends_at_its_mark_in_both_languages() -> None:
    assert [token.sentence for token in tokens("a b. c d。好")] == [0, 0, 0, 1, 1, 1, 2]


def test_decimals_and_ratios_stay_one_token() -> None:
    assert words_of("38.5 and 120/80") == ["38.5", "and", "120/80"]


@given(st.text(max_size=300))
def test_every_token_has_a_stem_and_a_place_in_the_text(text: str) -> None:
    plain = normalise(text)
    found = tokens(plain)
    assert all(token.stem and 0 <= token.start < token.end <= len(plain) for token in found)
    assert [token.sentence for token in found] == sorted(token.sentence for token in found)


@given(st.lists(st.sampled_from(["n't", "'", "don't", "N'T", "o'clock", "w/o", ".", "12/", "#", "\x00"]), max_size=8))
def test_stray_apostrophes_and_marks_do_no_harm(pieces: list[str]) -> None:
    assert all(token.stem for token in tokens(normalise(" ".join(pieces))))
