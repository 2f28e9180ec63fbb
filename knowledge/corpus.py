"""Documents and their passages: the pieces of text that are searched, shown and cited.

A passage never crosses a heading, keeps its heading and its source, and holds at most `PASSAGE_WORDS` words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from knowledge.condition import Article, Condition, load_article
from knowledge.text import CJK, sentences

HERE = Path(__file__).parent
FOLDERS = ("conditions", "topics")
PASSAGE_WORDS = 150


@dataclass(frozen=True, slots=True)
class Document:
    """A text with a name and a source.

    Attributes:
        sections: Pairs of heading and text; the heading may be empty.
        aliases: Other names, which search reads and nobody sees.
    """

    id: str
    title: str
    sections: tuple[tuple[str, str], ...]
    publisher: str = ""
    url: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Changes when anything that is indexed changes."""
        return hashlib.sha256(written(self).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of one section of a document.

    Attributes:
        id: The document's id, with `#n` behind it when the document has more than one passage.
    """

    id: str
    document: str
    title: str
    heading: str
    text: str
    publisher: str
    url: str
    aliases: tuple[str, ...] = ()

    @property
    def searched_text(self) -> str:
        """What is embedded: the text behind its title and heading."""
        return ". ".join(part for part in (self.title, self.heading, self.text) if part)

    @property
    def name(self) -> str:
        """What a citation is called, for example "Migraine: How it is treated"."""
        return f"{self.title}: {self.heading}" if self.heading else self.title


def written(piece: Document | Passage) -> str:
    """A document or a passage as one line of JSON; the fields are plain, which `asdict` would copy for seconds."""
    return json.dumps({field.name: getattr(piece, field.name) for field in fields(piece)}, ensure_ascii=False)


def own_documents(root: Path = HERE) -> list[Document]:
    """The articles that Airmed ships, in both languages."""
    paths = [path for folder in FOLDERS for path in sorted((root / folder).glob("*.md"))]
    known = {article.path: article for article in condition_articles()}  # to read a thousand again takes seconds
    return [from_article(known.get(path) or load_article(path)) for path in paths]


@cache
def condition_articles() -> tuple[Article, ...]:
    """The article of every condition that Airmed ships, in English, by id."""
    articles = (load_article(path) for path in sorted((HERE / "conditions").glob("*.md")) if "." not in path.stem)
    return tuple(article for article in articles if isinstance(article.about, Condition))


@cache
def conditions() -> tuple[Condition, ...]:
    """Every condition that Airmed ships, by id."""
    return tuple(article.about for article in condition_articles() if isinstance(article.about, Condition))


def translated(article: Article, language: str) -> Article | None:
    """The same article in another language, or None where there is none."""
    path = article.path.with_name(f"{article.path.stem}.{language}.md")
    return load_article(path) if path.exists() else None


def from_article(article: Article) -> Document:
    """An article as a document; a translation has its language behind the id."""
    about = article.about
    names = about.synonyms
    chinese = article.language == "zh"
    title = names.zh[0] if chinese else about.name
    return Document(
        id=f"{about.id}.zh" if chinese else about.id,
        title=title,
        sections=tuple(article.sections.items()),
        publisher=about.sources[0].publisher,
        url=article.url,
        aliases=(*names.zh, about.name, *names.clinical) if chinese else (*names.lay, *names.clinical),
    )


def passages(document: Document) -> list[Passage]:
    """The passages of a document, in its order."""
    pieces = [(heading, piece) for heading, text in document.sections for piece in _pieces(text)]
    many = len(pieces) > 1
    return [
        Passage(
            id=f"{document.id}#{number}" if many else document.id,
            document=document.id,
            title=document.title,
            heading=heading,
            text=piece,
            publisher=document.publisher,
            url=document.url,
            aliases=document.aliases,
        )
        for number, (heading, piece) in enumerate(pieces, start=1)
    ]


def _pieces(text: str) -> Iterator[str]:
    """Whole sentences packed up to the limit, one on a line; a sentence over the limit is cut at words."""
    return _pack((part for sentence in sentences(text) for part in _pack(_words(sentence), " ")), "\n")


def _pack(parts: Iterable[str], glue: str) -> Iterator[str]:
    packed: list[str] = []
    length = 0.0
    for part in parts:
        words = _length(part)
        if packed and length + words > PASSAGE_WORDS:
            yield glue.join(packed)
            packed, length = [], 0.0
        packed.append(part)
        length += words
    if packed:
        yield glue.join(packed)


def _words(sentence: str) -> Iterator[str]:
    """Words; a run of Chinese over the limit in pieces, since it has no spaces."""
    most = 2 * (PASSAGE_WORDS - 1)
    for word in sentence.split():
        yield from (word[start : start + most] for start in range(0, len(word), most))


def _length(text: str) -> float:
    """Words; two Chinese letters count as one more."""
    return len(text.split()) + len(CJK.findall(text)) / 2
