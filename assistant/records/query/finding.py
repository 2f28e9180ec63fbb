"""The cases that meet a query, by their facts in the database and by the meaning of its other words; and the answer.

The vectors of the summaries stand unsealed in memory only, in a FAISS index that follows the case store: each search
first drops what was erased and takes in what changed.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.records.cases import CaseBook, Head
from assistant.records.filters import Filters
from assistant.records.query.reading import Reading
from assistant.records.query.vocabulary import Phrases, phrases
from knowledge.embedding import Embedder, Vectors

LEAST_LIKENESS = 0.25  # of a summary to the words, as a cosine; nonsense comes to 0.2 (300 made summaries)
LEAST_SHARE = 0.7  # of the likeness of the nearest
FIRST = 3  # cases that an answer names


@dataclass(frozen=True)
class Found:
    """The cases that meet filters.

    Attributes:
        heads: As many as were asked for, in the order of the worklist, or the nearest in meaning first.
        total: How many there are.
        by_meaning: Whether words were looked for by meaning.
        all: How many cases are open, closed or both, as the filters have it.
    """

    heads: tuple[Head, ...]
    total: int
    by_meaning: bool
    all: int


class Finder:
    """Finds cases; safe to call from several threads."""

    def __init__(self, casebook: CaseBook, embedder: Embedder) -> None:
        """Take the case store, and the model that its vectors are of."""
        self._casebook = casebook
        self._embedder = embedder
        self._vectors: _Index | None = None
        self._lock = threading.Lock()

    def find(self, filters: Filters, most: int = 50) -> Found:
        """The cases that meet the filters, at most so many of them.

        Where facts are asked for and no case comes near the words besides, the words are left out.

        Raises:
            WeightsError: Words are looked for, and the weights of the embedder are missing or altered.
        """
        everything = self._casebook.count(Filters(closed=filters.closed))
        near = self._near(filters.words, self._casebook.ids(filters)) if filters.words.strip() else []
        if near:
            heads = self._casebook.worklist(filters, most, near)
            return Found(tuple(heads), len(near), by_meaning=True, all=everything)
        if filters.words.strip() and not _asks_for_facts(filters):
            return Found((), 0, by_meaning=True, all=everything)
        heads = self._casebook.worklist(filters, most)
        total = len(heads) if len(heads) < most else self._casebook.count(filters)
        return Found(tuple(heads), total, by_meaning=False, all=everything)

    def _near(self, words: str, among: Sequence[str]) -> list[str]:
        """Those of some cases whose summary is like the words, the nearest first."""
        vector = self._embedder.encode([words])[0]
        with self._lock:
            self._vectors = self._vectors or _Index(len(vector))
            self._vectors.follow(self._casebook)
            return self._vectors.nearest(vector, among)


def _asks_for_facts(filters: Filters) -> bool:
    """Whether more is asked for than words and who or when: a stray word must not hide the cases that have it."""
    return any((filters.findings, filters.absent, filters.medicines, filters.conditions, filters.rules))


class _Index:
    """The unit vectors of summaries by the ids of their cases."""

    def __init__(self, dimensions: int) -> None:
        import faiss

        self._faiss = faiss
        self._dimensions = dimensions
        self._index: Any = faiss.IndexIDMap(faiss.IndexFlatIP(dimensions))
        self._numbers: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._changed: dict[str, Hashable] = {}
        self._next = 0

    def follow(self, casebook: CaseBook) -> None:
        """Drop what is no longer in the case store, and take in what is new or was changed."""
        now = casebook.changes()  # before the vectors: what changes in between is taken in once more
        self._drop([name for name, changed in self._changed.items() if now.get(name) != changed])
        new = [name for name in now if name not in self._changed]
        self._add(
            [(name, vector) for name, _, vector in casebook.vectors(among=new) if len(vector) == self._dimensions]
        )
        self._changed.update((name, now[name]) for name in new)

    def _drop(self, names: Sequence[str]) -> None:
        for name in names:
            del self._changed[name]
        numbers = [self._numbers.pop(name) for name in names if name in self._numbers]
        if numbers:
            self._index.remove_ids(np.array(numbers, np.int64))
        for number in numbers:
            del self._names[number]

    def _add(self, found: Sequence[tuple[str, Vectors]]) -> None:
        if not found:
            return
        numbers = range(self._next, self._next + len(found))
        self._index.add_with_ids(_unit(np.stack([vector for _, vector in found])), np.array(numbers, np.int64))
        for (name, _), number in zip(found, numbers, strict=True):
            self._numbers[name], self._names[number] = number, name
        self._next += len(found)

    def nearest(self, vector: Vectors, among: Sequence[str]) -> list[str]:
        """Those of some cases that are near enough, the nearest first."""
        numbers = np.array([self._numbers[name] for name in among if name in self._numbers], np.int64)
        if not len(numbers):
            return []
        chosen = self._faiss.SearchParameters(sel=self._faiss.IDSelectorBatch(numbers))
        _, likeness, found = self._index.range_search(_unit(vector[None, :]), LEAST_LIKENESS, params=chosen)
        order = np.argsort(-likeness, kind="stable")
        order = order[likeness[order] >= LEAST_SHARE * likeness.max(initial=0.0)]
        return [self._names[number] for number in found[order].tolist()]


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.maximum(lengths, 1e-12), np.float32)


# The answer -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What was found, in plain sentences.

    Attributes:
        sentence: How many cases, and what was asked for: "3 of 120 open cases: age 60 and over, chest pain."
        lead: What stands before the first cases: "Most urgent:"; empty where there is none.
        heads: The first cases.
        missing: What of the words was not understood, or is near to no case, in a sentence; empty where nothing is.
    """

    sentence: str
    lead: str
    heads: tuple[Head, ...]
    missing: str


def answer(reading: Reading, found: Found) -> Answer:
    """The answer to a query, in the language in which it was asked."""
    say, heads = phrases(reading.language), found.heads[:FIRST]
    lead = (say.nearest if found.by_meaning else say.first) if heads else ""
    strange = [reading.left] + ([] if found.by_meaning else [reading.filters.words])
    missing = "; ".join(filter(None, strange))
    return Answer(_sentence(reading, found, say), lead, heads, say.missing.format(words=missing) if missing else "")


def _sentence(reading: Reading, found: Found, say: Phrases) -> str:
    kind = {None: "both", True: "closed", False: "open"}[reading.filters.closed]
    noun = say.nouns[kind][found.all != 1]
    silent = ("closed", "left") if found.by_meaning else ("closed", "left", "words")
    told = [part.shown for part in reading.parts if part.field not in silent]
    if not found.all:
        return say.empty.format(noun=say.nouns[kind][1]) + say.stop
    counted = (say.found if found.total else say.none) if told else say.every
    asked = say.that_are.format(parts=say.comma.join(told)) if told else ""
    return counted.format(total=found.total, all=found.all, noun=noun) + asked + say.stop
