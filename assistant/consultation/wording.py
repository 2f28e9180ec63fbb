"""How much a patient's own words are like the description of each condition.

Findings are what the engine reasons with; what they do not catch ("like a curtain coming down") often stands in the
article in the same words. The likeness is BM25 (Robertson and Zaragoza 2009) over the description of each condition,
divided by the square root of the number of words that were told, so that a long account does not outweigh a short one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.condition import Article, Condition
from knowledge.findings import lexicon
from knowledge.text import terms

SATURATION, LENGTH = 1.2, 0.6
Floats = NDArray[np.float64]


class Wording:
    """The words of the descriptions, each with its weight in each."""

    def __init__(self, descriptions: Sequence[str]) -> None:
        """Index one description for each condition, in their order."""
        self._count = len(descriptions)
        counts = [Counter(terms(text)) for text in descriptions]
        lengths = np.array([sum(count.values()) for count in counts], dtype=float)
        usual = lengths.mean() if len(lengths) else 1.0
        self._rows: dict[str, tuple[NDArray[np.int64], Floats]] = {}
        holders: dict[str, list[tuple[int, int]]] = {}
        for place, count in enumerate(counts):
            for word, times in count.items():
                holders.setdefault(word, []).append((place, times))
        for word, held in holders.items():
            places, often = (np.array(column) for column in zip(*held, strict=True))
            rare = math.log(1 + (self._count - len(held) + 0.5) / (len(held) + 0.5))
            damp = SATURATION * (1 - LENGTH + LENGTH * lengths[places] / usual)
            self._rows[word] = places, rare * often * (SATURATION + 1) / (often + damp)

    def likeness(self, words: Collection[str]) -> Floats:
        """How much the words are like each description, in units of no meaning but their order; 0 for no words."""
        found = [self._rows[word] for word in words if word in self._rows]
        total = np.zeros(self._count)
        for places, weights in found:
            total[places] += weights
        return total / math.sqrt(max(1, len(found)))


def description(article: Article, condition: Condition, translation: Article | None = None) -> str:
    """Everything that an article says of its condition, in both languages."""
    names = condition.synonyms
    parts = [
        condition.name,
        *names.lay,
        *names.clinical,
        *names.zh,
        *(lexicon()[finding.id].name for finding in condition.findings if finding.id in lexicon()),
        *condition.risk_factors,
        *(f"{test.name} {test.why}" for test in condition.tests),
        *(flag.finding for flag in condition.red_flags),
        *article.sections.values(),
        *(translation.sections.values() if translation else ()),
    ]
    return "\n".join(parts)
