"""What an article says to do about its condition, sentence by sentence with its passage."""

from __future__ import annotations

from functools import cache

from assistant.consultation.guidance import by_haste
from assistant.safety.evidence import Citations, Evidence, Statement
from knowledge.condition import Article, Condition, load_article
from knowledge.corpus import HERE, Passage, from_article, passages
from knowledge.text import sentences

HOME = ("What to do at home", "How it is treated", "在家怎么办")
HELP = ("When to seek care", "何时就医")
MOST_HOME, MOST_HELP = 3, 3


def advice_for(condition: Condition, language: str, at_home: bool) -> Evidence:
    """Advice from the condition's own article: what to do meanwhile, and when to get help.

    Args:
        at_home: Whether it can be looked after at home for now.
    """
    pieces = passages(from_article(_article(condition.id, language)))
    citations = Citations([])
    home = [(sentence, p) for p in _under(pieces, HOME)[:1] for sentence in sentences(p.text)][:MOST_HOME]
    urgent = [(sentence, p) for p in _under(pieces, HELP)[:1] for sentence in by_haste(sentences(p.text))][:MOST_HELP]
    statements = tuple(Statement(text=text, citation=citations.number(passage)) for text, passage in home if at_home)
    closing = tuple(Statement(text=text, citation=citations.number(passage)) for text, passage in urgent)
    return Evidence(statements=statements, closing=closing, citations=tuple(citations.found))


def _under(pieces: list[Passage], headings: tuple[str, ...]) -> list[Passage]:
    return [piece for heading in headings for piece in pieces if piece.heading == heading]


@cache
def _article(name: str, language: str) -> Article:
    translated = HERE / "conditions" / f"{name}.{language}.md"
    return load_article(translated if translated.exists() else HERE / "conditions" / f"{name}.md")
