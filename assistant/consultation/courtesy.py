"""Replies to messages that ask for no tool: greetings, what Airmed is, what it will not do."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.safety.evidence import Evidence, Statement
from assistant.visit import Visit
from knowledge.embedding import Embedder
from knowledge.text import is_chinese, terms

UNCLEAR = "unclear"
LEAST_LIKENESS = 0.3


def courtesy(message: str, visit: Visit, embedder: Embedder) -> Evidence:
    """The reply whose examples are nearest to the message."""
    likeness = _by_letters(message, visit) if is_chinese(message) else _by_meaning(message, visit, embedder)
    best = max(likeness, key=likeness.__getitem__)
    name = best if likeness[best] >= LEAST_LIKENESS else UNCLEAR
    return Evidence(opening=(Statement(text=visit.words.courtesies[name].reply),), complete=True)


def _by_meaning(message: str, visit: Visit, embedder: Embedder) -> dict[str, float]:
    vector = embedder.encode([message])[0]
    hashable: Any = embedder
    return {name: float((examples @ vector).max()) for name, examples in _vectors(visit.language, hashable).items()}


def _by_letters(message: str, visit: Visit) -> dict[str, float]:
    """Shared pairs of Chinese letters, over the pairs of the shorter text."""
    pairs = set(terms(message))
    return {
        name: max(
            len(pairs & set(terms(example))) / max(1, min(len(pairs), len(set(terms(example)))))
            for example in reply.examples
        )
        for name, reply in visit.words.courtesies.items()
    }


@cache
def _vectors(language: str, embedder: Any) -> dict[str, npt.NDArray[np.float32]]:
    return {name: embedder.encode(list(reply.examples)) for name, reply in Visit(language).words.courtesies.items()}
