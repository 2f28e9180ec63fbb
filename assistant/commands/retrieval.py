"""Batch forms of the library: documents into an index, questions against it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from tqdm import tqdm

from assistant.consultation.library import open_library
from assistant.errors import InputError
from assistant.settings import settings
from knowledge.corpus import Document
from knowledge.documents import READERS, UnreadableFileError, find_files, read_documents
from knowledge.embedding import SentenceEmbedder
from knowledge.index import MANIFEST, Index, IndexDamagedError
from knowledge.search import Hit, Searcher

Row = dict[str, Any]


class Ingested(BaseModel):
    """What an ingestion did.

    Attributes:
        files: Files read; documents: documents in them; embedded: how many of those were new or changed.
        passages: Passages that the index holds now.
        faults: One sentence for each file that was left out.
    """

    index: str
    files: int
    documents: int
    embedded: int
    passages: int
    faults: list[str]

    def sentence(self) -> str:
        """The report in words."""
        left_out = f", {len(self.faults)} left out" if self.faults else ""
        return (
            f"{self.files} files with {self.documents} documents{left_out}; {self.embedded} were new or changed; "
            f"the index holds {self.passages} passages."
        )


def ingest_paths(paths: list[Path], folder: Path | None) -> Ingested:
    """Bring an index up to date with files; a broken file is reported and the rest goes on."""
    target = folder or settings().guidelines_dir
    faults: list[str] = []
    documents: dict[str, Document] = {}
    read = 0
    for path, name in tqdm(_files(paths, faults), desc="reading", unit="file", disable=None):
        try:
            documents |= {document.id: document for document in read_documents(path, name)}
            read += 1
        except UnreadableFileError as error:
            faults.append(str(error))
    if not read and not faults:
        raise InputError(
            f"There is no file to read in {', '.join(map(str, paths))}; Airmed reads {', '.join(READERS)}."
        )
    embedder = SentenceEmbedder(settings().embedding)
    index = _open_for_update(target, embedder.name, faults)
    try:
        with tqdm(total=len(documents), desc="embedding", unit="doc", disable=None) as bar:
            embedded = index.update(documents.values(), embedder, target, bar.update)
    except OSError as error:
        raise InputError(f"The index folder {target} cannot be written: {error.strerror}.") from error
    return Ingested(
        index=str(target),
        files=read,
        documents=len(documents),
        embedded=embedded,
        passages=len(index.passages),
        faults=faults,
    )


def search_rows(rows: list[Row], folder: Path | None, count: int) -> Iterator[Row]:
    """The best passage of each of the best documents for every text."""
    embedder = SentenceEmbedder(settings().embedding)
    if folder is None:
        search = open_library(settings(), embedder).search
    elif not (folder / MANIFEST).exists():
        raise InputError(f"{folder} holds no index; make one with: airmed ingest PATH --index {folder}")
    else:
        search = Searcher(Index.load(folder, embedder.name), embedder).search
    for row in tqdm(rows, desc="searching", disable=None):
        yield {"id": row["id"], "passages": [_passage(hit) for hit in search(row["text"], count)]}


def _passage(hit: Hit) -> Row:
    return {"doc": hit.passage.id, "score": round(hit.score, 4), "text": hit.passage.text}


def _files(paths: list[Path], faults: list[str]) -> list[tuple[Path, str]]:
    """Each file with its name within the folder that it was found in, so that two folders may hold a README each."""
    found: list[tuple[Path, str]] = []
    for path in paths:
        try:
            found += [(file, file.relative_to(path).as_posix() if path.is_dir() else "") for file in find_files([path])]
        except UnreadableFileError as error:
            faults.append(str(error))
    return found


def _open_for_update(folder: Path, model: str, faults: list[str]) -> Index:
    """The index to update; a damaged one, or one of another model, is made anew and said."""
    if not (folder / MANIFEST).exists():
        return Index(model)
    try:
        return Index.load(folder, model)
    except IndexDamagedError as error:
        faults.append(f"{error}; it is built again")
        return Index(model)
