"""Check every file of the knowledge base: format, codes, sources, and prose that can be quoted alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from knowledge.condition import (
    BRIEF_HEADINGS,
    CHINESE_HEADINGS,
    CONDITION_HEADINGS,
    Article,
    ArticleError,
    Condition,
    load_article,
)
from knowledge.findings import lexicon

FOLDERS = ("conditions", "topics")
DANGLING = re.compile(r"^(It|They|This|These|Those|He|She|Its|Their|Such)\b")
HOSTS = {
    "NHS": ("nhs.uk",),
    "CDC": ("cdc.gov",),
    "NIH": ("nih.gov",),
    "MedlinePlus": ("medlineplus.gov",),
    "NICE": ("nice.org.uk",),
    "WHO": ("who.int",),
    "CPIC": ("cpicpgx.org",),
}


def check_articles(root: Path) -> list[str]:
    """One sentence for each fault in `root`/conditions and `root`/topics; empty when all is well."""
    faults: list[str] = []
    for folder in FOLDERS:
        for path in sorted((root / folder).glob("*.md")):
            try:
                faults.extend(f"{path.name}: {fault}" for fault in article_faults(load_article(path)))
            except ArticleError as error:
                faults.append(str(error))
    return faults


def article_faults(article: Article) -> Iterator[str]:
    """What is wrong with one article that its schema cannot see."""
    if article.language == "zh":
        yield from _heading_faults(article, CHINESE_HEADINGS)
        return
    about = article.about
    if isinstance(about, Condition):
        yield from _heading_faults(article, BRIEF_HEADINGS if about.brief else CONDITION_HEADINGS)
        yield from _code_faults(about)
        yield from _finding_faults(article, about)
    yield from _source_faults(article)
    yield from _prose_faults(article)
    translated = not (isinstance(about, Condition) and about.brief)
    if translated and not article.path.with_name(f"{about.id}.zh.md").exists():
        yield f"the Chinese version {about.id}.zh.md is missing"


def _heading_faults(article: Article, wanted: tuple[str, ...]) -> Iterator[str]:
    if tuple(article.sections) != wanted:
        yield f"headings are {list(article.sections)}, not {list(wanted)}"


def _code_faults(condition: Condition) -> Iterator[str]:
    import simple_icd_10_cm  # the code set takes a second to load, and only this check needs it

    for code in condition.icd10cm:
        if not simple_icd_10_cm.is_valid_item(code):
            yield f"icd10cm: {code} is not an ICD-10-CM code"


def _finding_faults(article: Article, condition: Condition) -> Iterator[str]:
    for finding in condition.findings:
        lexeme = lexicon().get(finding.id)
        if lexeme is None:
            yield f"findings: {finding.id} is not in the vocabulary"
        elif lexeme.kind == "talk":
            yield f"findings: {finding.id} is a word of the rules and no finding"
    for other in condition.resembles:
        if not article.path.with_name(f"{other}.md").exists():
            yield f"resembles: there is no condition {other}"


def _source_faults(article: Article) -> Iterator[str]:
    for source in article.about.sources:
        host = source.url.host or ""
        if not any(host == end or host.endswith(f".{end}") for end in HOSTS[source.publisher]):
            yield f"sources: {source.url} is not a page of {source.publisher}"
    if len({source.publisher for source in article.about.sources}) < 2:
        yield "sources: two different publishers are needed"


def _prose_faults(article: Article) -> Iterator[str]:
    for heading, prose in article.sections.items():
        for paragraph in prose.split("\n"):
            line = paragraph.strip().removeprefix("- ")
            if DANGLING.match(line):
                yield f"{heading}: a paragraph opens with a pronoun, so it cannot be quoted alone: {line[:50]!r}"
