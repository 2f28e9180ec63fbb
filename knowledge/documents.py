"""Files of the user's own as documents: Markdown, plain text, PDF, JSON lines and XML, plain or gzipped.

A row of JSON lines is `{"id", "title"?, "text", "url"?}`; `question` and `answer` are read as title and text. Rows
that share an id are sections of one document.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from knowledge.corpus import Document
from knowledge.errors import KnowledgeError

BROKEN = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    RecursionError,
    zlib.error,
    ElementTree.ParseError,
    DefusedXmlException,
)
WRAPPED = re.compile(r"(?<![.!?:;])[ \t]*\n[ \t]*(?=[a-z])")
TITLES = ("title", "question", "name", "heading", "h1", "h2", "h3")


class UnreadableFileError(KnowledgeError):
    """A file is not what its ending says; the message names the file and the fault."""


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Every readable file under the paths, folders entered, in a stable order.

    Raises:
        UnreadableFileError: A path does not exist, or a file named outright has an ending that is not read.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*") if file.is_file() and _reader(file))
        elif not path.exists():
            raise UnreadableFileError(f"{path} does not exist")
        elif not _reader(path):
            raise UnreadableFileError(f"{path.name} is not one of {', '.join(READERS)} (or one of them with .gz)")
        else:
            found.append(path)
    return found


def read_documents(path: Path, name: str = "") -> list[Document]:
    """The documents of one file; ids are the rows' own, or made from `name`, by default the file's.

    Raises:
        UnreadableFileError: The file is broken, empty or in another form.
    """
    reader = _reader(path)
    if reader is None:
        raise UnreadableFileError(f"{path.name} is not one of {', '.join(READERS)} (or one of them with .gz)")
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        documents = [_named(document, path, name) for document in reader(path, content) if document.sections]
    except UnreadableFileError:
        raise
    except BROKEN as error:
        fault = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnreadableFileError(f"{path.name} cannot be read: {fault}") from error
    if not documents:
        raise UnreadableFileError(f"{path.name} holds no text")
    return documents


def _named(document: Document, path: Path, name: str) -> Document:
    """A document whose id was made from the file's name, with the name that was asked for in its place."""
    made_from_file = document.id == path.name or document.id.startswith(f"{path.name}/")
    return replace(document, id=name + document.id.removeprefix(path.name)) if name and made_from_file else document


def _reader(path: Path) -> Callable[[Path, bytes], Iterator[Document]] | None:
    return READERS.get(Path(path.stem).suffix.lower() if path.suffix == ".gz" else path.suffix.lower())


def _markdown(path: Path, content: bytes) -> Iterator[Document]:
    text = content.decode("utf-8-sig")
    if text.startswith("---\n"):
        text = text[4:].partition("\n---\n")[2]
    title = heading = ""
    sections: list[tuple[str, str]] = []
    lines: list[str] = []
    for line in [*text.splitlines(), "# "]:
        if not line.startswith("#"):
            lines.append(line)
            continue
        if "".join(lines).strip():
            sections.append((heading, "\n".join(lines).strip()))
        heading, lines = line.lstrip("#").strip(), []
        title = title or heading
    sections = [("" if name == title else name, body) for name, body in sections]
    yield Document(path.name, title or path.stem, tuple(sections))


def _plain(path: Path, content: bytes) -> Iterator[Document]:
    text = WRAPPED.sub(" ", content.decode("utf-8-sig").strip())
    yield Document(path.name, path.stem, (("", text),) if text else ())


def _pdf(path: Path, content: bytes) -> Iterator[Document]:
    import io

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        pages = [WRAPPED.sub(" ", page.extract_text().strip()) for page in PdfReader(io.BytesIO(content)).pages]
    except PyPdfError as error:
        raise UnreadableFileError(f"{path.name} cannot be read as PDF: {error}") from error
    sections = [(f"page {number}", text) for number, text in enumerate(pages, start=1) if text]
    if not sections:
        raise UnreadableFileError(f"{path.name} holds pictures of pages and no text; run OCR over it first")
    yield Document(path.name, path.stem, tuple(sections))


def _json_lines(path: Path, content: bytes) -> Iterator[Document]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for number, line in enumerate(content.decode("utf-8-sig").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(json.dumps(json.loads(line), ensure_ascii=False).encode(errors="replace"))  # half letters
            text = row.get("text") or row.get("answer")
            if not isinstance(text, str) or "id" not in row:
                raise ValueError("a row needs `id` and `text`")
        except (ValueError, AttributeError) as error:
            raise UnreadableFileError(f"{path.name}, line {number}: {error}") from error
        rows.setdefault(str(row["id"]), []).append({**row, "text": text})
    for name, parts in rows.items():
        first = parts[0]
        titles = [str(part.get("title") or part.get("question") or "") for part in parts]
        sections = tuple(
            ("" if title == titles[0] else title, part["text"]) for title, part in zip(titles, parts, strict=True)
        )
        yield Document(name, titles[0], sections, str(first.get("source") or ""), str(first.get("url") or ""))


def _xml(path: Path, content: bytes) -> Iterator[Document]:
    """One document for each child of the root when the root is a list of alike elements, else one for the file."""
    root = ElementTree.fromstring(content)
    alike = len(root) > 1 and len({child.tag for child in root}) == 1
    for number, element in enumerate(root if alike else [root], start=1):
        name = element.get("id") or (f"{path.name}/{number}" if alike else path.name)
        sections, title, heading = [], element.get("title") or "", ""
        for tag, text in _blocks(element):
            if tag in TITLES:
                title, heading = title or text, text
            else:
                sections.append(("" if heading == title else heading, text))
        yield Document(name, title or path.stem, tuple(sections), url=element.get("url") or "")


def _blocks(node: Element) -> Iterator[tuple[str, str]]:
    """Tag and whole text of each element that holds text of its own, in order; `<b>` within a sentence stays there."""
    if any((text or "").strip() for text in (node.text, *(child.tail for child in node))):
        yield _local(node.tag), " ".join("".join(node.itertext()).split())
    else:
        for child in node:
            yield from _blocks(child)


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2].lower()


READERS: dict[str, Callable[[Path, bytes], Iterator[Document]]] = {
    ".md": _markdown,
    ".txt": _plain,
    ".pdf": _pdf,
    ".jsonl": _json_lines,
    ".xml": _xml,
}
