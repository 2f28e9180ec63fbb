"""Search: the article that answers a question is among the first three, in the language of the question."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.corpus import Document
from knowledge.index import Index
from knowledge.search import Searcher
from knowledge.text import is_chinese

QUESTIONS = {
    "how do I stop a throbbing headache on one side with flashing lights": "migraine",
    "my kid barks like a seal when he coughs at night": "croup",
    "it stings when I wee and I have to go all the time": "urinary-tract-infection",
    "elephant sitting on my chest and my left arm hurts": "heart-attack",
    "heartburn after eating, what can I take": "acid-reflux",
    "my big toe is red, hot and very painful since last night": "gout",
    "can't poo for five days": "constipation",
    "ringworm between my toes": "fungal-skin-infection",
    "pink eye with sticky gunk, is it contagious?": "conjunctivitis",
    "am I too old for the flu jab": "adult-vaccines",
    "throwing up and the runs since yesterday, how do I stay hydrated": "gastroenteritis",
    "one calf is swollen and sore after a long flight": "deep-vein-thrombosis",
    "which painkillers are safe when pregnant": "medicines-in-pregnancy",
    "room spins when I roll over in bed": "benign-positional-vertigo",
    "what is a normal blood pressure": "blood-pressure-values",
    "can I take ibuprofen and paracetamol together": "pain-relief-medicines",
    "how to give up cigarettes": "stopping-smoking",
    "I feel low all the time and nothing interests me": "depression",
    "what does an HbA1c of 6.3 mean": "blood-sugar-values",
    "warning signs of a stroke": "stroke",
    "偏头痛怎么办": "migraine.zh",
    "孩子发烧39度要不要去医院": "fever-in-children.zh",
    "小便刺痛，总想上厕所": "urinary-tract-infection.zh",
    "血压多少算正常": "blood-pressure-values.zh",
    "胸口压着痛，左胳膊也痛，是心梗吗": "heart-attack.zh",
    "脚气怎么治": "fungal-skin-infection.zh",
    "晚上睡不着": "insomnia.zh",
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_article_that_answers_is_among_the_first_three(articles: Searcher, question: str) -> None:
    assert QUESTIONS[question] in [hit.passage.document for hit in articles.search(question, 3)]


@pytest.mark.parametrize("question", QUESTIONS)
def test_passages_are_in_the_language_of_the_question(articles: Searcher, question: str) -> None:
    hits = articles.search(question, 30, per_document=8)
    assert len(hits) >= 10
    assert {is_chinese(hit.passage.text) for hit in hits} == {is_chinese(question)}


def test_a_question_in_both_scripts_counts_as_chinese(articles: Searcher) -> None:
    assert articles.search("我有 migraine 怎么办", 1)[0].passage.document == "migraine.zh"


@pytest.mark.parametrize("text", ["", "  ", "?!", "\n", "what is it and how do I"])
def test_a_text_without_content_finds_nothing(articles: Searcher, text: str) -> None:
    assert articles.search(text, 5) == []


def test_an_empty_index_finds_nothing(hash_embedder: Any) -> None:
    assert Searcher(Index("hash"), hash_embedder).search("fever", 5) == []


@pytest.mark.parametrize("most", [1, 2, 8])
def test_at_most_so_many_passages_of_each_document(articles: Searcher, most: int) -> None:
    hits = articles.search("migraine", 20, per_document=most)
    documents = [hit.passage.document for hit in hits]
    assert max(map(documents.count, documents)) == most
    assert len({hit.passage.id for hit in hits}) == len(hits) == 20


def test_hits_are_best_first_and_a_longer_list_begins_with_the_shorter(articles: Searcher) -> None:
    hits = articles.search("my child has a fever and a rash", 20)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert articles.search("my child has a fever and a rash", 5) == hits[:5]


def test_similarity_and_overlap_say_how_near_a_passage_is(articles: Searcher) -> None:
    near = articles.search("What can prevent a migraine?", 1)[0]
    far = articles.search("how do I change the oil of my car", 1)[0]
    assert near.similarity > 0.6 > 0.4 > far.similarity
    assert near.overlap > far.overlap
    assert articles.search("migraine", 1)[0].overlap == pytest.approx(1)
    assert articles.search("xyzzyq", 1)[0].overlap == 0


def test_similarity_is_the_mean_cosine_with_text_and_title(articles: Searcher) -> None:
    question = "what triggers asthma"
    for hit in articles.search(question, 5):
        query, text, title = articles.embedder.encode([question, hit.passage.searched_text, hit.passage.name])
        assert hit.similarity == pytest.approx(float(query @ text + query @ title) / 2, abs=2e-3)


def test_threads_get_the_same_answers(articles: Searcher) -> None:
    searcher = Searcher(articles.index, articles.embedder)  # with its word index still to build
    questions = list(QUESTIONS)[:8] * 2
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda question: searcher.search(question, 3), questions))
    assert found == [articles.search(question, 3) for question in questions]


def searcher_over(embedder: Any, *texts: tuple[str, str], aliases: tuple[str, ...] = ()) -> Searcher:
    index = Index("hash")
    documents = [Document(f"d{n}", title, (("", text),), aliases=aliases) for n, (title, text) in enumerate(texts)]
    index.update(documents, embedder)
    return Searcher(index, embedder)


def test_words_are_found_without_meaning(hash_embedder: Any) -> None:
    searcher = searcher_over(hash_embedder, ("Gout", "Big toe."), ("Croup", "Barking cough."), ("Hives", "Welts."))
    hits = searcher.rank("barking", None, 3)
    assert [hit.passage.title for hit in hits] == ["Croup"]
    assert hits[0].similarity == 0


def test_meaning_is_found_without_words(hash_embedder: Any) -> None:
    searcher = searcher_over(hash_embedder, ("Gout", "Big toe."), ("Croup", "Barking cough."), ("Hives", "Welts."))
    hits = searcher.rank("unheard", hash_embedder.encode(["Croup. Barking cough."]), 1)
    assert [hit.passage.title for hit in hits] == ["Croup"]


def test_aliases_are_searched(hash_embedder: Any) -> None:
    searcher = searcher_over(hash_embedder, ("Gout", "Big toe."), aliases=("gouty arthritis",))
    assert searcher.rank("arthritis", None, 1)[0].overlap == pytest.approx(1)


def test_a_word_in_the_title_counts_more_than_the_same_word_in_the_text(hash_embedder: Any) -> None:
    searcher = searcher_over(
        hash_embedder, ("Croup", "A cough like gout."), ("Gout", "A sore toe that hurts."), ("Hives", "Welts.")
    )
    assert searcher.rank("gout", None, 2)[0].passage.title == "Gout"


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_can_be_searched(text: str) -> None:
    for hit in _small().rank(text, None, 5):
        assert 0 <= hit.overlap <= 1 + 1e-6
        assert np.isfinite(hit.score)


def _small() -> Searcher:
    index = Index("hash")
    index.update(
        [Document("a", "Fever", (("", "Drink 2 litres."),)), Document("b", "发烧", (("", "多喝水。"),))], _Ones()
    )
    return Searcher(index, _Ones())


class _Ones:
    name = "hash"

    def encode(self, texts: list[str]) -> Any:
        return np.ones((len(texts), 1), np.float32)
