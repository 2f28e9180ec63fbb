"""Chunking: small passages that never cross a heading and together hold the whole document."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.corpus import PASSAGE_WORDS, Document, passages
from knowledge.text import CJK

WORD = st.from_regex(r"[a-z]{1,12}", fullmatch=True)
CHINESE = st.text(alphabet="头痛发烧咳嗽三天", min_size=1, max_size=700)
SENTENCE = st.one_of(
    st.tuples(st.lists(WORD, min_size=1, max_size=320), st.sampled_from([". ", "? ", "\n", "\n- "])).map(
        lambda parts: " ".join(parts[0]).capitalize() + parts[1]
    ),
    st.tuples(CHINESE, st.sampled_from(["。", "", "\n"])).map("".join),
)
SECTIONS = st.lists(
    st.tuples(st.from_regex(r"[A-Z][a-z]{0,9}", fullmatch=True), st.lists(SENTENCE, max_size=8).map("".join)),
    max_size=4,
).map(tuple)


def letters(text: str) -> str:
    """The text without spaces, bullets and stops."""
    return "".join(letter for letter in text if letter.isalnum())


@given(SECTIONS)
def test_passages_keep_to_their_heading_and_hold_every_word_in_order(sections: tuple[tuple[str, str], ...]) -> None:
    # Headings are numbered, so that passages of equal headings are told apart.
    named = tuple((f"{number} {heading}", text) for number, (heading, text) in enumerate(sections))
    found = passages(Document("doc", "Title", named))
    for heading, text in named:
        assert letters("".join(passage.text for passage in found if passage.heading == heading)) == letters(text)
    order = [name for name, _ in named]
    assert [order.index(passage.heading) for passage in found] == sorted(
        order.index(passage.heading) for passage in found
    )


@given(SECTIONS)
def test_no_passage_is_over_the_limit(sections: tuple[tuple[str, str], ...]) -> None:
    for passage in passages(Document("doc", "Title", sections)):
        assert passage.text.strip()
        assert len(passage.text.split()) <= PASSAGE_WORDS
        assert len(passage.text.split()) + len(CJK.findall(passage.text)) / 2 <= PASSAGE_WORDS


def test_sentences_are_packed_and_not_cut() -> None:
    text = " ".join(f"Sentence {number} has exactly seven short words." for number in range(50))
    found = passages(Document("doc", "Title", (("", text),)))
    assert [len(passage.text.split()) for passage in found] == [147, 147, 56]
    assert all(line.startswith("Sentence") and line.endswith("words.") for p in found for line in p.text.split("\n"))


def test_ids_are_numbered_only_when_there_are_several() -> None:
    one = Document("doc", "Title", (("A", "First."),))
    two = dataclasses.replace(one, sections=(("A", "First."), ("B", "Second.")))
    assert [passage.id for passage in passages(one)] == ["doc"]
    assert [passage.id for passage in passages(two)] == ["doc#1", "doc#2"]
    assert passages(dataclasses.replace(one, sections=())) == []


def test_a_passage_carries_its_source_and_names() -> None:
    document = Document(
        "doc", "Migraine", (("Signs", "It throbs."),), "NHS", "https://www.nhs.uk/x", ("sick headache",)
    )
    passage = passages(document)[0]
    assert (passage.document, passage.publisher, passage.url) == ("doc", "NHS", "https://www.nhs.uk/x")
    assert passage.aliases == ("sick headache",)
    assert passage.name == "Migraine: Signs"
    assert passage.searched_text == "Migraine. Signs. It throbs."
    assert dataclasses.replace(passage, heading="").name == "Migraine"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Other"),
        ("sections", (("Signs", "It throbs!"),)),
        ("sections", (("Sign", "It throbs."),)),
        ("publisher", "CDC"),
        ("url", "https://www.cdc.gov/x"),
        ("aliases", ()),
    ],
)
def test_the_digest_changes_with_whatever_is_indexed(field: str, value: object) -> None:
    document = Document("doc", "Migraine", (("Signs", "It throbs."),), "NHS", "https://www.nhs.uk/x", ("headache",))
    assert dataclasses.replace(document).digest == document.digest
    assert dataclasses.replace(document, **{field: value}).digest != document.digest
