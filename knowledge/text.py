"""Sentences and terms of English and Chinese text, as search and grounding count them."""

from __future__ import annotations

import re
from functools import lru_cache

import Stemmer

BREAK = re.compile(
    r"(?:(?<=[.!?])|(?<=[.!?][\"')\]]))\s+(?=[\"'(\[]?[A-Z0-9])|(?<=[。！？])(?![”’」』）])\s*|(?<=[。！？][”’」』）])\s*"
)
ABBREVIATION = re.compile(r"(?:\b(?:Dr|Mr|Mrs|Ms|Prof|St|vs|e\.g|i\.e|etc|approx|No|Fig)|\b[A-Z])\.$")
BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
CJK = re.compile(r"[㐀-鿿]")
WORD = re.compile(r"[a-z]+|\d+(?:[.,/]\d+)*|[㐀-鿿]+")
APOSTROPHE = re.compile(r"['’]")
_stem = lru_cache(maxsize=200_000)(Stemmer.Stemmer("english").stemWord)
STOPWORDS = frozenset(
    "a about above after again all also am an and any are as at be because been before being below between both but by"  # noqa: SIM905
    " can could did do does doing down during each few for from further had has have having he her here hers him his"
    " how i if in into is it its itself just may me might more most must my no nor not of off on once only or other our"
    " out over own same shall she should so some such than that the their them then there these they this those"
    " through to too under until up very was we were what when where which while who whom why will with would you your"
    " yes please thank thanks hi hello dear get got im ive dont know want need like tell cant wont didnt"
    " doesnt isnt".split()
)


def is_chinese(text: str) -> bool:
    """Whether the text holds Chinese letters."""
    return CJK.search(text) is not None


def sentences(text: str) -> list[str]:
    """The sentences of a prose text or bullet list, bullets stripped, in order."""
    return [sentence for line in text.splitlines() for sentence in _line_sentences(BULLET.sub("", line))]


def _line_sentences(line: str) -> list[str]:
    found: list[str] = []
    for piece in filter(None, map(str.strip, BREAK.split(line))):
        if found and ABBREVIATION.search(found[-1]):
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(piece)
    return found


def terms(text: str) -> list[str]:
    """Stems without stop words; Chinese runs as pairs of letters."""
    found: list[str] = []
    for word in WORD.findall(APOSTROPHE.sub("", text.lower())):
        if CJK.match(word):
            found += [word[i : i + 2] for i in range(max(1, len(word) - 1))]
        elif word not in STOPWORDS:
            found.append(_stem(word))
    return found
