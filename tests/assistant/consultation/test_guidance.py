from __future__ import annotations

import pytest

from assistant.consultation.guidance import CLOSING, FAIRLY_NEAR, NEAR, RARE_WORDS, answers, find_guidance
from assistant.consultation.library import Library
from knowledge.corpus import Passage
from knowledge.search import Hit
from knowledge.text import sentences

PASSAGE = Passage("cold#1", "cold", "Cold", "What it is", "A cold is mild.", "NHS", "https://www.nhs.uk")
QUESTIONS = {
    "What is a normal blood pressure?": "blood-pressure-values",
    "What are the signs of migraine?": "migraine",
    "How is shingles treated?": "shingles",
    "How can I stop smoking?": "stopping-smoking",
    "偏头痛有哪些症状": "migraine.zh",
    "血压多少算正常？": "blood-pressure-values.zh",
    "感冒怎么治疗": "common-cold.zh",
}


@pytest.mark.parametrize(("question", "document"), QUESTIONS.items())
def test_the_right_article_answers(library: Library, question: str, document: str) -> None:
    found = find_guidance(library, question)
    assert found.citations[0].id.partition("#")[0] == document
    assert found.citations[0].url.startswith("https://")
    assert not found.complete


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_statement_stands_word_for_word_in_the_passage_that_it_cites(library: Library, question: str) -> None:
    found = find_guidance(library, question)
    for statement in (*found.statements, *found.closing):
        assert statement.citation is not None
        assert statement.text in sentences(found.citations[statement.citation].text)


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_passage_is_cited_twice_and_no_statement_made_twice(library: Library, question: str) -> None:
    found = find_guidance(library, question)
    ids, texts = [citation.id for citation in found.citations], [statement.text for statement in found.statements]
    assert len(set(ids)) == len(ids)
    assert len(set(texts)) == len(texts)


def test_when_to_get_help_comes_last_from_the_same_article(library: Library) -> None:
    found = find_guidance(library, "What are the signs of migraine?")
    assert 1 <= len(found.closing) <= CLOSING
    assert {found.citations[s.citation or 0].id.partition("#")[0] for s in found.closing} == {"migraine"}


@pytest.mark.parametrize(
    "question",
    [
        "How tall is the Eiffel Tower?",
        "best treatment for zorblax syndrome of the flimflam gland",
        "which stocks should I buy",
        "紫禁城是哪一年建成的",
        "怎么炒股票",
        "",
        "???",
    ],
)
def test_nothing_is_found_where_nothing_answers(library: Library, question: str) -> None:
    found = find_guidance(library, question)
    assert (found.statements, found.citations, found.closing) == ((), (), ())


@pytest.mark.parametrize(
    ("similarity", "overlap", "expected"),
    [(NEAR, 0.0, True), (FAIRLY_NEAR, RARE_WORDS, True), (FAIRLY_NEAR, RARE_WORDS - 0.1, False), (0.1, 1.0, False)],
)
def test_a_passage_answers_when_it_is_near_or_holds_the_rare_words(
    similarity: float, overlap: float, expected: bool
) -> None:
    assert answers(Hit(PASSAGE, 1.0, similarity, overlap), "what is a cold") is expected
