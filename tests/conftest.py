"""What several test packages share."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from knowledge.embedding import SentenceEmbedder, Vectors
from knowledge.text import terms

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from assistant.consultation.library import Library
    from assistant.doctor import Doctor
    from assistant.models.routing import Router
    from assistant.records.keeping import Records
    from assistant.settings import Settings

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


def pytest_configure() -> None:
    """Test what Airmed does by default, whatever the developer's own settings are; beside another run on one core."""
    from assistant import PRIVATE_BY_DEFAULT

    if "PYTEST_XDIST_WORKER" in os.environ:  # threads that wait for each other take all cores from who works
        os.environ["OMP_NUM_THREADS"] = "1"
    for name in [name for name in os.environ if name.startswith("AIRMED_")]:
        del os.environ[name]
    os.environ.update(PRIVATE_BY_DEFAULT)


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


@pytest.fixture(scope="session")
def airmed(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The default settings with a data folder of this run's own, and one thread: tests run side by side."""
    from assistant.settings import Settings

    return Settings(data_dir=tmp_path_factory.mktemp("airmed"), threads=1)


@pytest.fixture(scope="session")
def library(airmed: Settings, embedder: SentenceEmbedder) -> Library:
    """The shipped articles."""
    from assistant.consultation.library import open_library

    return open_library(airmed, embedder)


@pytest.fixture(scope="session")
def router(embedder: SentenceEmbedder) -> Router:
    """The shipped router."""
    from assistant.models.routing import Router

    return Router.load(embedder)


@pytest.fixture(scope="session")
def chat_model(airmed: Settings, router: Router) -> BaseChatModel:
    """The embedded chat model, loaded once."""
    from assistant.models import load_chat_model

    return load_chat_model(airmed, router)


@pytest.fixture(scope="session")
def records(airmed: Settings) -> Records:
    """The records of this run."""
    from assistant.records.keeping import open_records

    return open_records(airmed)


@pytest.fixture(scope="session")
def doctor(library: Library, router: Router, chat_model: BaseChatModel, records: Records) -> Doctor:
    """The doctor as `open_doctor` builds it, out of the parts that are loaded already."""
    from assistant.doctor import Doctor

    return Doctor(chat_model, router, library, records, {"model": "test"})
