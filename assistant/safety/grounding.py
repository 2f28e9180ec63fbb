"""The grounding gate's judgement: does the evidence support a sentence, and which part of it?

A sentence passes when one statement (or two neighbours) of the evidence holds its numbers, its negations, its guarded
words and nearly all its terms, in the same order, and is near in meaning. The bounds were set on the development half
of `tests/benchmarks/data/grounding.jsonl`, for no unsupported sentence first and supported ones second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from rapidfuzz.distance import LCSseq

from knowledge.embedding import Embedder
from knowledge.text import WORD, is_chinese, terms

MARK = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
NUMBER_WORDS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "twice": "2", "half": "0.5",
}  # fmt: skip
NEGATIONS = frozenset("no not never none without cannot nor neither unless avoid stop t except".split())
# Words that turn a sentence round or reach beyond the evidence; each must stand in the evidence as it stands here.
GUARDED = frozenset(
    "more less higher lower before after above below over under only always all every any safe safely cure cures cured"
    " increase decrease raise reduce worse better adult child children baby babies infant pregnant pregnancy first last"
    " day days week weeks month months year years hour hours minute minutes mg g ml kg daily weekly often rarely usually"
    " sometimes most must may might can should will immediately now same emergency urgent unless until instead left right"
    " guarantee guaranteed certainly definitely completely permanently harmless normal dangerous contagious wait".split()
)
LEAST_COVERAGE = 0.85
LEAST_ORDER = 0.7
LEAST_SIMILARITY = 0.72
FEWEST_TERMS = 2


def clean(sentence: str) -> str:
    """A model's sentence without the citation marks that it made up or copied."""
    return MARK.sub("", sentence).strip().strip('"').strip()


def supporting(sentence: str, statements: Sequence[str], embedder: Embedder) -> int | None:
    """The place of the statement that supports a sentence, or None."""
    if len(terms(sentence)) < FEWEST_TERMS or sentence.rstrip().endswith("?"):
        return None
    fitting = [place for place, statement in enumerate(statements) if _says_the_same(sentence, statement)]
    if not fitting:
        return None
    if is_chinese(sentence):
        return fitting[0]
    vectors = embedder.encode([sentence, *(statements[place] for place in fitting)])
    near = vectors[1:] @ vectors[0]
    best = int(near.argmax())
    return fitting[best] if near[best] >= LEAST_SIMILARITY else None


def repeats(sentence: str, said: Sequence[str]) -> bool:
    """Whether nearly all of a sentence has been said."""
    words = set(terms(sentence))
    return any(len(words & set(terms(earlier))) >= 0.7 * len(words) for earlier in said) if words else True


def _says_the_same(sentence: str, statement: str) -> bool:
    mine, theirs = terms(sentence), terms(statement)
    held = set(theirs)
    covered = [word for word in mine if word in held]
    ordered = [word for word in theirs if word in set(mine)]
    return (
        numbers(sentence) <= numbers(statement)
        and guarded(sentence) <= guarded(statement)
        and negations(sentence) == negations_near(statement, set(mine))
        and len(covered) >= LEAST_COVERAGE * len(mine)
        and LCSseq.similarity(covered, ordered) >= LEAST_ORDER * len(covered)
    )


@cache
def numbers(text: str) -> frozenset[str]:
    """Every number of a text, number words included."""
    words = (NUMBER_WORDS[word] for word in WORD.findall(text.lower()) if word in NUMBER_WORDS)
    return frozenset({number.replace(",", ".") for number in NUMBER.findall(text)} | set(words))


@cache
def guarded(text: str) -> frozenset[str]:
    """The guarded words of a text."""
    return frozenset(WORD.findall(text.lower())) & GUARDED


def negations(text: str) -> bool:
    """Whether a text negates anything."""
    return bool(NEGATIONS & set(WORD.findall(text.lower().replace("n't", " not"))))


def negations_near(statement: str, words: set[str]) -> bool:
    """Whether the clauses of a statement that share terms with `words` negate anything."""
    clauses = [clause for clause in re.split(r"[;:,]| but | because | and ", statement) if words & set(terms(clause))]
    return any(negations(clause) for clause in clauses)
