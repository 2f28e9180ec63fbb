"""The library behind LangChain's own interface."""

from __future__ import annotations

from assistant.consultation.library import GuidanceRetriever, Library


def test_a_chain_of_others_finds_passages_with_their_source(library: Library) -> None:
    found = GuidanceRetriever(library=library, count=3).invoke("how long does a cold last")
    assert len(found) == 3
    assert found[0].metadata["title"].startswith("Common cold")
    assert found[0].metadata["url"].startswith("https://")
    assert "7 to 10 days" in found[0].page_content
