from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.safety.privacy import Placeholders, Restorer
from tests.benchmarks.privacy import messages

PIECES = (
    "My name is John Smith.", "[name-1]", "[Name 2]", "\\[phone-1\\]", "【id-1】", "[", "]", "\\", "name-1", "[1]",
    "[email", "Call +44 20 7946 0958", "我叫王小明，", "Emily", "[ name - 1 ]", "[name-99]",
)  # fmt: skip
TEXTS = st.text(max_size=80) | st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=10).map("".join)


@pytest.fixture
def placeholders() -> Placeholders:
    return Placeholders()


def test_an_identifier_keeps_its_placeholder(placeholders: Placeholders) -> None:
    assert placeholders.hide("My name is John Smith.") == "My name is [name-1]."
    assert placeholders.hide("I'm John Smith, my wife is Karen Whitfield.") == "I'm [name-1], my wife is [name-2]."
    assert placeholders.hide("Phone 07700 900461") == "Phone [phone-1]"


def test_a_person_is_hidden_wherever_the_name_comes_again(placeholders: Placeholders) -> None:
    placeholders.hide("My name is Ngaire Whitfield.")
    hidden = placeholders.hide("Tell Whitfield and 'Ngaire Whitfield' to rest")
    assert "Whitfield" not in hidden and "Ngaire" not in hidden
    assert placeholders.restore(hidden) == "Tell Whitfield and 'Ngaire Whitfield' to rest"


@pytest.mark.parametrize(
    "said",
    [
        "[name-1]",
        "[Name-1]",
        "[NAME-1]",
        "[ name-1 ]",
        "[name 1]",
        "[name_1]",
        "[name–1]",
        "【name-1】",
        "\\[name-1\\]",
    ],
)
def test_a_placeholder_is_restored_however_the_model_writes_it(placeholders: Placeholders, said: str) -> None:
    placeholders.hide("My name is John Smith.")
    assert placeholders.restore(f"Dear {said}, rest.") == "Dear John Smith, rest."


@pytest.mark.parametrize("said", ["[name-2]", "[phone-1]", "[1]", "[name]", "[title-1]", "name-1"])
def test_what_was_never_hidden_is_not_restored(placeholders: Placeholders, said: str) -> None:
    placeholders.hide("My name is John Smith.")
    assert placeholders.restore(said) == said


def test_a_placeholder_that_a_patient_types_restores_nothing_of_others(placeholders: Placeholders) -> None:
    hidden = placeholders.hide("Who is [name-1]? My name is John Smith.")
    assert placeholders.restore(hidden) == "Who is [name-1]? My name is John Smith."


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=4))
def test_what_is_hidden_comes_back(texts: list[str]) -> None:
    placeholders = Placeholders()
    hidden = [placeholders.hide(text) for text in texts]
    assert [placeholders.restore(each) for each in hidden] == texts


def test_real_messages_come_back() -> None:
    placeholders = Placeholders()
    for message in messages()[::3]:
        assert placeholders.restore(placeholders.hide(message.text)) == message.text


@settings(deadline=None)
@given(TEXTS, st.lists(st.integers(0, 200), max_size=20))
def test_a_text_in_pieces_is_restored_as_the_whole(text: str, cuts: list[int]) -> None:
    placeholders = Placeholders()
    placeholders.hide("My name is John Smith. Phone 07700 900461. 我叫王小明。")
    hidden = placeholders.hide(text) + text
    places = sorted({0, *(cut for cut in cuts if cut < len(hidden)), len(hidden)})
    restorer = Restorer(placeholders)
    pieces = [restorer.feed(hidden[start:end]) for start, end in pairwise(places)]
    assert "".join([*pieces, restorer.rest()]) == placeholders.restore(hidden)


def test_a_text_without_brackets_is_passed_on_at_once(placeholders: Placeholders) -> None:
    restorer = Restorer(placeholders)
    assert restorer.feed("Drink water ") == "Drink water "
    assert (restorer.feed("and rest [na"), restorer.feed("p]."), restorer.rest()) == ("and rest ", "[nap].", "")
