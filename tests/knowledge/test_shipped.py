from __future__ import annotations

import numpy as np

from knowledge.embedding import BUNDLED, Vectors
from knowledge.shipped import ShippedVectors, missing_texts, own_texts


class Refusing:
    """An embedder under the bundled model's name that must not be asked."""

    name = BUNDLED

    def encode(self, texts: list[str]) -> Vectors:
        raise AssertionError(f"{len(texts)} texts are not remembered")


def test_every_text_of_our_articles_has_its_vector() -> None:
    assert missing_texts() == [], "run: python -m knowledge.shipped"


def test_a_remembered_text_is_not_embedded_again() -> None:
    vectors = ShippedVectors(Refusing()).encode(own_texts()[:5])
    assert vectors.shape == (5, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
