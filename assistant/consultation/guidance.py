"""From a question to evidence: the passages that answer it, their sentences in order of fit, and when to get help."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from assistant.consultation.library import Library
from assistant.safety.evidence import Citations, Evidence, Statement
from knowledge.corpus import Passage
from knowledge.search import Hit
from knowledge.text import is_chinese, sentences, terms

PASSAGES = 6
PER_DOCUMENT = 3
STATEMENTS = 8
CLOSING = 3
RANK_COST = 0.04  # what a sentence loses for each place of its passage behind the best
ALIKE = 0.85  # two sentences nearer than this say the same
# A passage answers when it is near in meaning, or fairly near and holds the question's rare words; in Chinese, which
# the embedding model does not know, when it holds the rare words or its article is named. Set on every other pair of
# tests/benchmarks/data/answerable.jsonl; `tests/benchmarks/answering.py` prints both halves.
NEAR = 0.5
FAIRLY_NEAR = 0.35
RARE_WORDS = 0.6
CHINESE_RARE_WORDS = 0.3
BESIDE_THE_BEST = 0.75
NEXT_QUESTION = re.compile(
    r"[?？]|,? and (?=(?:how|what|when|why|which|who|do|does|did|can|could|should|is|are|will)\b)", re.IGNORECASE
)
LEANS = re.compile(r"\b(?:it|its|them|they|this|that|these|those|one)\b", re.IGNORECASE)
FEWEST_TERMS = 2
HELP_HEADINGS = ("when to seek", "when should", "get help", "get medical help", "何时就医")


def find_guidance(library: Library, question: str) -> Evidence:
    """The evidence that answers a question; empty when nothing in the library does."""
    return evidence_from(library, question, answering_hits(library, question))


def answering_hits(library: Library, question: str) -> list[Hit]:
    """The passages that answer a question, or one of several asked at once, and are not far behind the best of them."""
    found = (
        hit for part in asked(question) for hit in library.search(part, PASSAGES, PER_DOCUMENT) if answers(hit, part)
    )
    hits = sorted({hit.passage.id: hit for hit in found}.values(), key=lambda hit: -hit.score)[:PASSAGES]
    return [hit for hit in hits if hit.score >= BESIDE_THE_BEST * hits[0].score]


def asked(text: str) -> list[str]:
    """The questions that a text asks; the whole text for one that leans on another ("what makes it worse")."""
    parts = [part.strip() for part in NEXT_QUESTION.split(text) if len(terms(part)) >= FEWEST_TERMS]
    alone = [text if LEANS.search(part) else part for part in parts]
    return list(dict.fromkeys(alone)) if len(parts) > 1 else [text]


def answers(hit: Hit, question: str) -> bool:
    """Whether a passage is near enough to the question to be evidence for an answer."""
    if is_chinese(question):
        return hit.overlap >= CHINESE_RARE_WORDS or _is_named(hit.passage, question)
    return hit.similarity >= NEAR or (hit.similarity >= FAIRLY_NEAR and hit.overlap >= RARE_WORDS)


def _is_named(passage: Passage, question: str) -> bool:
    """Whether the question holds a name of the passage's article, letter by letter."""
    return any(len(name) > 1 and name in question for name in (passage.title, *passage.aliases))


def evidence_from(library: Library, question: str, hits: Sequence[Hit]) -> Evidence:
    """Order the sentences of the passages by their fit to the question; close with when to get help."""
    if not hits:
        return Evidence()
    citations = Citations([])
    ranked = _ranked_sentences(library, question, [hit.passage for hit in hits])
    statements = tuple(
        Statement(text=sentence, citation=citations.number(passage)) for sentence, passage in ranked[:STATEMENTS]
    )
    closing = tuple(
        Statement(text=sentence, citation=citations.number(passage))
        for sentence, passage in help_sentences(library, hits[0].passage)
    )
    return Evidence(statements=statements, closing=closing, citations=tuple(citations.found))


def help_sentences(library: Library, passage: Passage) -> list[tuple[str, Passage]]:
    """When to get help, from the article that a passage is from: the first sentence of each degree of haste."""
    query = f"{passage.title} {'何时就医' if is_chinese(passage.text) else 'When to seek care'}"
    for hit in library.search(query, PASSAGES, per_document=PASSAGES):
        found = hit.passage
        if found.document == passage.document and found.heading.lower().startswith(HELP_HEADINGS):
            return [(sentence, found) for sentence in by_haste(sentences(found.text))][:CLOSING]
    return []


def by_haste(calls: Sequence[str]) -> list[str]:
    """The first sentence of each degree of haste, which its first two words tell ("Call the", "See a")."""
    first = {" ".join(sentence.split()[:2]): sentence for sentence in reversed(calls)}
    return list(reversed(first.values()))


def _ranked_sentences(library: Library, question: str, passages: list[Passage]) -> list[tuple[str, Passage]]:
    """Each sentence by its nearness to the question and the rank of its passage; calls for help are left to the end."""
    pairs = [
        (sentence, passage, place)
        for place, passage in enumerate(passages)
        if not passage.heading.lower().startswith(HELP_HEADINGS) or place == 0
        for sentence in sentences(passage.text)
    ]
    if is_chinese(question):
        asked = set(terms(question))
        vectors = None
        nearness = np.array([len(asked & set(terms(sentence))) / max(1, len(asked)) for sentence, _, _ in pairs])
    else:
        encoded = library.embedder.encode([question, *(f"{p.title}: {sentence}" for sentence, p, _ in pairs)])
        vectors = encoded[1:]
        nearness = vectors @ encoded[0]
    order = sorted(range(len(pairs)), key=lambda i: -(float(nearness[i]) - RANK_COST * pairs[i][2]))
    chosen: list[int] = []
    for i in order:
        if vectors is None or all(float(vectors[i] @ vectors[j]) < ALIKE for j in chosen):
            chosen.append(i)
    return [(pairs[i][0], pairs[i][1]) for i in chosen]
