"""Find the passages that answer a question: words and meaning together, title and text apart.

A passage scores BM25 over its whole text, plus half the BM25 of its title alone (each divided by the best passage's),
the sum times 0.6, plus the cosine of the question with its text and with its title. Chosen on the development half of
LiveQA-Med, on short questions and on whole messages, against either method alone, reciprocal rank fusion, and other
weights: `tests/benchmarks/retrieval.py` prints the methods side by side.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import bm25s
import numpy as np
import numpy.typing as npt

from knowledge.corpus import Passage
from knowledge.embedding import Embedder
from knowledge.index import Index
from knowledge.text import is_chinese, terms

WORDS_WEIGHT = 0.6  # more helps a short question and harms a long message, where many words are beside the point
TITLE_WEIGHT = 0.5
Scores = npt.NDArray[np.float32]
logging.getLogger("bm25s").setLevel(logging.WARNING)  # it reports every step otherwise


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found.

    Attributes:
        score: What it was ranked by; comparable within one search only.
        similarity: Mean cosine of the question with the text and the title, -1 to 1; comparable between searches.
        overlap: Share of the question's terms that the passage holds, each weighted by its rarity, 0 to 1.
    """

    passage: Passage
    score: float
    similarity: float
    overlap: float


class Searcher:
    """Search over one index; built once, safe to call from several threads."""

    def __init__(self, index: Index, embedder: Embedder) -> None:
        """Take an index made with the same embedding model."""
        self.index = index
        self.embedder = embedder

    def search(self, text: str, count: int, per_document: int = 1) -> list[Hit]:
        """The best passages, at most `per_document` of each document, best first."""
        if not self.index.passages or not terms(text):
            return []
        query = None if is_chinese(text) else self.embedder.encode([text])
        return self.rank(text, query, count, per_document)

    def rank(self, text: str, query: npt.NDArray[np.float32] | None, count: int, per_document: int = 1) -> list[Hit]:
        """As `search`, with the question's vector of shape [1, dimensions] given; None leaves meaning out."""
        asked = terms(text)
        lexical = _scaled(self._words.scores(asked)) + TITLE_WEIGHT * _scaled(self._titles.scores(asked))
        meaning = np.zeros_like(lexical) if query is None else self.index.similarities(query[0])
        totals = np.where(self._chinese == is_chinese(text), WORDS_WEIGHT * lexical + meaning, 0)
        shares = self._words.overlap(asked)
        hits: list[Hit] = []
        taken: dict[str, int] = {}
        for row in np.argsort(-totals).tolist():
            passage = self.index.passages[row]
            if totals[row] <= 0:
                break
            if taken.get(passage.document, 0) == per_document:
                continue
            taken[passage.document] = taken.get(passage.document, 0) + 1
            hits.append(Hit(passage, float(totals[row]), float(meaning[row]) / 2, float(shares[row])))
            if len(hits) == count:
                break
        return hits

    @cached_property
    def _chinese(self) -> npt.NDArray[np.bool_]:
        return np.array([is_chinese(passage.text) for passage in self.index.passages])

    @cached_property
    def _words(self) -> Lexical:
        return Lexical(
            terms(" ".join((passage.title, passage.heading, passage.text, *passage.aliases)))
            for passage in self.index.passages
        )

    @cached_property
    def _titles(self) -> Lexical:
        return Lexical(
            terms(" ".join((passage.title, passage.heading, *passage.aliases))) for passage in self.index.passages
        )


class Lexical:
    """BM25 over one field of the passages."""

    def __init__(self, fields: Iterable[list[str]]) -> None:
        """Count the terms of every passage."""
        documents = [words or [""] for words in fields]
        self._bm25 = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        self._bm25.index(documents, show_progress=False)
        self._size = len(documents)

    def scores(self, query: list[str]) -> Scores:
        """BM25 of every passage."""
        known = [word for word in query if word in self._vocabulary]
        if not known:
            return np.zeros(self._size, np.float32)
        return np.asarray(self._bm25.get_scores(known), np.float32)

    def overlap(self, query: list[str]) -> Scores:
        """For every passage the share of the query's terms, weighted by rarity, that it holds."""
        held = np.zeros(self._size, np.float32)
        total = 0.0
        for word in dict.fromkeys(query):
            if word not in self._vocabulary:
                total += float(np.log(1 + 2 * self._size))
                continue
            there = np.asarray(self._bm25.get_scores([word]), np.float32) > 0
            weight = float(np.log(1 + (self._size - there.sum() + 0.5) / (there.sum() + 0.5)))
            held += weight * there
            total += weight
        return held / total if total else held

    @property
    def _vocabulary(self) -> dict[str, Any]:
        vocabulary: dict[str, Any] = self._bm25.vocab_dict
        return vocabulary


def _scaled(scores: Scores) -> Scores:
    best = float(scores.max(initial=0.0))
    return scores / best if best > 0 else scores
