"""The doctor's library: the shipped articles and the user's own guidelines, indexed and searchable."""

from __future__ import annotations

import logging
from pathlib import Path

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from assistant.settings import Settings
from knowledge.corpus import own_documents
from knowledge.embedding import Embedder
from knowledge.index import MANIFEST, Index, IndexDamagedError
from knowledge.search import Hit, Searcher
from knowledge.shipped import ShippedVectors

log = logging.getLogger(__name__)


class Library:
    """What the doctor may cite."""

    def __init__(self, searchers: list[Searcher]) -> None:
        """Take searchers over indices of one embedding model."""
        self._searchers = searchers

    @property
    def embedder(self) -> Embedder:
        """The embedding model that all parts share."""
        return self._searchers[0].embedder

    def search(self, text: str, count: int, per_document: int = 1) -> list[Hit]:
        """The best passages of all parts together, best first."""
        hits = [hit for searcher in self._searchers for hit in searcher.search(text, count, per_document)]
        return sorted(hits, key=lambda hit: -hit.score)[:count]


class GuidanceRetriever(BaseRetriever):
    """The library behind LangChain's retriever interface, for chains and agents of others.

    Attributes:
        count: How many documents are found.
    """

    library: Library
    count: int = 4

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [
            Document(
                page_content=hit.passage.text,
                id=hit.passage.id,
                metadata={
                    "title": hit.passage.name,
                    "publisher": hit.passage.publisher,
                    "url": hit.passage.url,
                    "similarity": hit.similarity,
                },
            )
            for hit in self.library.search(query, self.count)
        ]


def open_library(settings: Settings, embedder: Embedder) -> Library:
    """Open the library; the index of our own articles is built where it is missing, old or damaged.

    Raises:
        SettingsError: The data folder cannot be written.
    """
    settings.prepare_data_dir()
    searchers = [Searcher(_own_index(settings.index_dir, embedder), embedder)]
    if (settings.guidelines_dir / MANIFEST).exists():
        try:
            searchers.append(Searcher(Index.load(settings.guidelines_dir, embedder.name), embedder))
        except IndexDamagedError as error:
            log.warning("%s; your own documents are left out until you run `airmed ingest` again", error)
    return Library(searchers)


def _own_index(folder: Path, embedder: Embedder) -> Index:
    try:
        index = Index.load(folder, embedder.name)
    except IndexDamagedError as error:
        if (folder / MANIFEST).exists():
            log.warning("%s; it is built again", error)
        else:
            log.info("building the index of the articles, once")
        index = Index(embedder.name)
    documents = own_documents()
    before = dict(index.digests)
    index.remove(before.keys() - {document.id for document in documents})
    if before != {document.id: document.digest for document in documents}:
        index.update(documents, ShippedVectors(embedder))
        index.save(folder)  # once: with the vectors that we ship there is little to lose on the way
    return index
