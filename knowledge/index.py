"""A FAISS index on disk: passages and documents as JSON, vectors as FAISS writes them, a manifest with their sha256.

Nothing is pickled. Files are named by their content and the manifest is replaced last, so that a process killed at
any moment leaves either the old index or the new one. Updating embeds only documents whose content changed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from knowledge.corpus import Document, Passage, passages, written
from knowledge.embedding import Embedder, Vectors
from knowledge.errors import KnowledgeError

FORMAT = 2
MANIFEST = "manifest.json"
SAVE_EVERY = 1_000
ENCODE_AT_ONCE = 8


class IndexDamagedError(KnowledgeError):
    """The files of an index are missing, altered, or of another format or embedding model."""


@dataclass
class Index:
    """Passages with their vectors, in step: row i of the vectors is passage i.

    Attributes:
        model: Name of the embedding model that made the vectors.
        digests: Document id to digest of what was indexed.
    """

    model: str
    passages: list[Passage] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    vectors: Any = None

    def update(
        self,
        documents: Iterable[Document],
        embedder: Embedder,
        folder: Path | None = None,
        advance: Callable[[int], object] = lambda count: None,
    ) -> int:
        """Bring documents up to date, embedding only what is new or changed; saves to `folder` as it goes.

        Args:
            documents: Of two with one id the later counts.
            embedder: The model that this index was made with.
            folder: Where to save; None keeps the index in memory.
            advance: Told the number of documents done since the last call.

        Returns:
            How many documents were embedded.
        """
        waiting: dict[str, Document] = {}
        changed = unsaved = 0
        for document in documents:
            if self.digests.get(document.id) == document.digest:
                advance(1)
                continue
            waiting[document.id] = document
            if len(waiting) == ENCODE_AT_ONCE:
                unsaved += self._embed(list(waiting.values()), embedder)
                changed += len(waiting)
                advance(len(waiting))
                waiting = {}
            if folder and unsaved >= SAVE_EVERY:
                self.save(folder)
                unsaved = 0
        if waiting:
            self._embed(list(waiting.values()), embedder)
            advance(len(waiting))
        if folder:
            self.save(folder)
        return changed + len(waiting)

    def remove(self, ids: set[str]) -> None:
        """Forget documents."""
        kept = [row for row, passage in enumerate(self.passages) if passage.document not in ids]
        if len(kept) < len(self.passages):
            matrix = self.vectors.reconstruct_n(0, self.vectors.ntotal)[kept]
            self.passages = [self.passages[row] for row in kept]
            self.vectors = _flat(matrix)
        for name in ids:
            self.digests.pop(name, None)

    def similarities(self, query: Vectors) -> Vectors:
        """Cosine with the text plus cosine with the title, -2 to 2, of every passage; `query` is one unit vector.

        All of them, because words and meaning are added up per passage; one product over the whole matrix takes less
        time than FAISS's own search for the nearest.
        """
        size = (self.vectors.ntotal, self.vectors.d)
        matrix = faiss.rev_swig_ptr(self.vectors.get_xb(), size[0] * size[1]).reshape(size)  # a view, not a copy
        found: Vectors = matrix @ query
        return found

    def save(self, folder: Path) -> None:
        """Write the index; the old one stays whole until the new one is.

        Raises:
            OSError: The folder cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{written(passage)}\n" for passage in self.passages)
        vectors = faiss.serialize_index(self.vectors).tobytes() if self.vectors is not None else b""
        files = {
            "passages": _store(folder, "passages", ".jsonl", lines.encode()),
            "vectors": _store(folder, "vectors", ".faiss", vectors),
            "documents": _store(folder, "documents", ".json", json.dumps(self.digests).encode()),
        }
        manifest = {"format": FORMAT, "model": self.model, "files": files}
        draft = folder / f"{MANIFEST}.{os.getpid()}"
        draft.write_text(json.dumps(manifest, separators=(",", ":")), encoding="utf-8")
        draft.replace(folder / MANIFEST)
        current = {entry["name"] for entry in files.values()}
        for path in (path for kind in files for path in folder.glob(f"{kind}-*")):
            if path.name not in current:
                path.unlink(missing_ok=True)

    @classmethod
    def load(cls, folder: Path, model: str) -> Index:
        """Read an index and check every byte of it.

        Raises:
            IndexDamagedError: It is not whole, or was made by another model.
        """
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if (manifest["format"], manifest["model"]) != (FORMAT, model):
                raise IndexDamagedError(f"it was made with {manifest['model']}, not with {model}")
            stored = {kind: _fetch(folder, entry) for kind, entry in manifest["files"].items()}
            digests = json.loads(stored["documents"])
            rows = [json.loads(line) for line in stored["passages"].decode().split("\n") if line]
            found = [Passage(**{**row, "aliases": tuple(row["aliases"])}) for row in rows]
            vectors = faiss.deserialize_index(np.frombuffer(stored["vectors"], np.uint8)) if found else None
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, IndexDamagedError) as error:
            raise IndexDamagedError(f"the index in {folder.name} cannot be used: {error}") from error
        return cls(model, found, digests, vectors)

    def _embed(self, documents: list[Document], embedder: Embedder) -> int:
        self.remove({document.id for document in documents} & self.digests.keys())
        added = [passage for document in documents for passage in passages(document)]
        if added:
            matrix = _vectors(added, embedder)
            if self.vectors is None:
                self.vectors = _flat(matrix)
            else:
                self.vectors.add(matrix)
            self.passages += added
        self.digests |= {document.id: document.digest for document in documents}
        return len(added)


def _vectors(added: list[Passage], embedder: Embedder) -> Vectors:
    """Text and title of each passage in one vector: a dot product with it is the sum of the two cosines."""
    names = list(dict.fromkeys(passage.name for passage in added))
    by_name = dict(zip(names, embedder.encode(names), strict=True))
    texts = embedder.encode([passage.searched_text for passage in added])
    titles = np.stack([by_name[passage.name] for passage in added])
    return np.asarray(texts + titles, dtype=np.float32)


def _flat(matrix: np.ndarray[Any, Any]) -> Any:
    """An exact index: under 50,000 passages it answers in milliseconds, and nothing is approximated."""
    flat = faiss.IndexFlatIP(matrix.shape[1])
    flat.add(np.ascontiguousarray(matrix))
    return flat


def _store(folder: Path, kind: str, ending: str, content: bytes) -> dict[str, str]:
    digest = hashlib.sha256(content).hexdigest()
    path = folder / f"{kind}-{digest[:16]}{ending}"
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)  # in place, too, of a file of that name that was damaged
    return {"name": path.name, "sha256": digest}


def _fetch(folder: Path, entry: dict[str, str]) -> bytes:
    content = (folder / entry["name"]).read_bytes()
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise IndexDamagedError(f"{entry['name']} was altered")
    return content
