"""What several test packages share."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from knowledge.embedding import SentenceEmbedder, Vectors
from knowledge.text import terms

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


class HashEmbedder:
    """A tiny embedder: each term is a fixed random direction, and every text that it was given is remembered."""

    name = "hash"
    dimensions = 64

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: list[str]) -> Vectors:
        self.encoded += texts
        sums = np.array([np.sum([self._direction(term) for term in ["", *terms(text)]], axis=0) for text in texts])
        return (sums / np.linalg.norm(sums, axis=1, keepdims=True)).astype(np.float32)

    def _direction(self, term: str) -> Vectors:
        seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:8])
        return np.random.default_rng(seed).standard_normal(self.dimensions).astype(np.float32)


@pytest.fixture
def hash_embedder() -> HashEmbedder:
    """A deterministic embedder that needs no weights."""
    return HashEmbedder()


@pytest.fixture(scope="session")
def embedder() -> SentenceEmbedder:
    """The sentence-embedding model that Airmed ships with."""
    return SentenceEmbedder()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets beside the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the public data sets in {SHARED_DATA}")
    return SHARED_DATA
