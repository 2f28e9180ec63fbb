"""The library as it is opened, and behind LangChain's own interface."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.consultation.library import GuidanceRetriever, Library, open_library
from assistant.settings import Settings
from knowledge.embedding import SentenceEmbedder


def test_a_chain_of_others_finds_passages_with_their_source(library: Library) -> None:
    found = GuidanceRetriever(library=library, count=3).invoke("how long does a cold last")
    assert len(found) == 3
    assert found[0].metadata["title"].startswith("Common cold")
    assert found[0].metadata["url"].startswith("https://")
    assert "7 to 10 days" in found[0].page_content


def test_a_damaged_index_is_built_again(
    tmp_path: Path, embedder: SentenceEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(data_dir=tmp_path)
    open_library(settings, embedder)
    vectors = next(settings.index_dir.glob("vectors-*"))
    vectors.write_bytes(b"damaged" + vectors.read_bytes()[7:])
    found = GuidanceRetriever(library=open_library(settings, embedder), count=1).invoke("the symptoms of asthma")
    assert found[0].metadata["title"].startswith("Asthma") and "it is built again" in caplog.text
    caplog.clear()
    open_library(settings, embedder)
    assert not caplog.text
