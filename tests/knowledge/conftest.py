"""The search over the shipped articles, embedded once and kept in pytest's cache."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from knowledge.corpus import own_documents
from knowledge.embedding import SentenceEmbedder
from knowledge.index import Index, IndexDamagedError
from knowledge.search import Searcher
from knowledge.shipped import ShippedVectors

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
MADE_BY = ("corpus.py", "embedding.py", "index.py", "text.py")  # a change in these makes the kept index stale


@pytest.fixture(scope="session")
def articles(embedder: SentenceEmbedder, pytestconfig: pytest.Config) -> Searcher:
    """Search over everything that Airmed ships."""
    code = hashlib.sha256(b"".join((KNOWLEDGE / name).read_bytes() for name in MADE_BY)).hexdigest()[:16]
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir(f"articles-{code}")
    try:
        index = Index.load(folder, embedder.name)
    except IndexDamagedError:
        index = Index(embedder.name)
    documents = own_documents()
    index.remove(index.digests.keys() - {document.id for document in documents})
    index.update(documents, ShippedVectors(embedder), folder)
    return Searcher(index, embedder)
