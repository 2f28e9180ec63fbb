"""Vectors of our own articles, embedded beforehand, so that a first start need not wait for minutes.

    python -m knowledge.shipped        writes them anew after an article changed; a test fails where they are old

Each row is a unit vector in whole numbers from -127 to 127, found by the sha256 of its text; a text that is not there
is embedded as usual.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from knowledge.corpus import own_documents, passages
from knowledge.embedding import BUNDLED, Embedder, SentenceEmbedder, Vectors

FILE = Path(__file__).with_name("shipped.safetensors")
STEPS = 127


class ShippedVectors:
    """An embedder that remembers the texts of our own articles; another model than the bundled one has no memory."""

    def __init__(self, embedder: Embedder) -> None:
        """Take the embedder that encodes what is not remembered."""
        self.name = embedder.name
        self._embedder = embedder

    def encode(self, texts: list[str]) -> Vectors:
        """Unit vectors of shape [texts, dimensions]."""
        known = self._known
        missing = [text for text in dict.fromkeys(texts) if _key(text) not in known]
        new = dict(zip(missing, self._embedder.encode(missing), strict=True)) if missing else {}
        rows = [new[text] if text in new else known[_key(text)] for text in texts]
        return np.array(rows, dtype=np.float32)

    @cached_property
    def _known(self) -> dict[int, Vectors]:
        """By the keys of their texts; they go with this embedder, as a server has no use for them later."""
        return _remembered() if self.name == BUNDLED else {}


def missing_texts() -> list[str]:
    """The texts of our own articles that have no vector yet."""
    known = _remembered()
    return [text for text in own_texts() if _key(text) not in known]


def own_texts() -> list[str]:
    """What an index of our own articles embeds, each once."""
    found = [passage for document in own_documents() for passage in passages(document)]
    return list(dict.fromkeys([*(passage.name for passage in found), *(passage.searched_text for passage in found)]))


def _key(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little", signed=True)


def _remembered() -> dict[int, Vectors]:
    if not FILE.exists():
        return {}
    stored = load_file(FILE)
    vectors = stored["vectors"].astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return dict(zip(stored["keys"].tolist(), vectors, strict=True))


def ship() -> int:
    """Write the vectors of every text of our own articles; gives their number."""
    texts = own_texts()
    vectors = ShippedVectors(SentenceEmbedder()).encode(texts)
    steps = np.round(vectors / np.abs(vectors).max(axis=1, keepdims=True) * STEPS).astype(np.int8)
    save_file({"keys": np.array([_key(text) for text in texts], dtype=np.int64), "vectors": steps}, FILE)
    return len(texts)


if __name__ == "__main__":
    ship()
