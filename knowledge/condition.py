"""One condition or general topic: structured front matter and plain prose in one Markdown file.

The front matter is what rules and engines read; the prose is what a patient reads, cited sentence by
sentence. `load_article` reads one file, and a file that breaks the format raises `ArticleError` with the
field that is wrong.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError, model_validator

from knowledge.errors import KnowledgeError

Urgency = Literal["emergency", "urgent", "routine", "self_care"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
FindingId = Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")]
Probability = Annotated[float, Field(gt=0.0, lt=1.0)]
Text = Annotated[str, Field(min_length=3)]

CONDITION_HEADINGS = (
    "What it is",
    "Signs",
    "Causes",
    "What to do at home",
    "When to seek care",
    "How it is diagnosed",
    "How it is treated",
    "Prevention",
)
BRIEF_HEADINGS = ("What it is", "Signs", "When to seek care", "How it is treated")
CHINESE_HEADINGS = ("是什么", "症状", "在家怎么办", "何时就医")


class ArticleError(KnowledgeError):
    """A file of the knowledge base breaks the format; the message names the file and the field."""


class Value(BaseModel):
    """A frozen value that refuses unknown fields, so that a misspelt key is found at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Value):
    """A public page that a statement rests on."""

    publisher: Literal["NHS", "CDC", "NIH", "MedlinePlus", "NICE", "WHO", "CPIC"]
    title: Text
    url: HttpUrl


class Synonyms(Value):
    """What people call it: in lay words, in clinical words, and in Chinese."""

    lay: tuple[Annotated[str, Field(min_length=2)], ...] = Field(min_length=1)
    clinical: tuple[Annotated[str, Field(min_length=2)], ...] = ()
    zh: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)


class Finding(Value):
    """A symptom, sign or context, with how often it is there in people who have the condition.

    Attributes:
        id: Name in the shared vocabulary of findings, for example `sore_throat`.
        p: P(finding | condition), between 0 and 1: a clinical estimate from the sources, not a count. One that is
            lower than the finding's own base rate speaks against the condition.
    """

    id: FindingId
    p: Probability


class Prevalence(Value):
    """How common a condition is, and in whom.

    Attributes:
        per_100k: People of 100,000 who see a doctor with a new episode of it in a year: an order of magnitude.
        ages: How likely it is at 0, 1-5, 6-17, 18-39, 40-64 and 65 years and more, relative to each other; 0 is never.
        female: The share of its patients who are female, 0 to 1.
    """

    per_100k: float = Field(gt=0.0, le=100_000.0)
    ages: tuple[float, float, float, float, float, float]
    female: float = Field(0.5, ge=0.0, le=1.0)

    @model_validator(mode="after")
    def _someone_has_it(self) -> Prevalence:
        if min(self.ages) < 0 or not any(self.ages):
            raise ValueError("the ages need numbers from 0 up, not all of them 0")
        return self


class RedFlag(Value):
    """A finding that makes this condition, or what imitates it, more urgent than usual."""

    finding: Text
    level: Literal["emergency", "urgent"]
    why: Text


class Test(Value):
    """An examination that confirms or excludes the condition."""

    name: Text
    why: Text


class Treatment(Value):
    """One option, and what it is for."""

    name: Text
    kind: Literal["self_care", "medicine", "therapy", "procedure", "specialist"]
    note: Text


class Contraindication(Value):
    """When a treatment of this condition must not be used."""

    treatment: Text
    when: Text
    why: Text


class Topic(Value):
    """Front matter of a general topic, such as vaccines or reading a blood pressure."""

    id: Slug
    name: Text
    synonyms: Synonyms
    sources: tuple[Source, ...] = Field(min_length=2)


class Condition(Topic):
    """Front matter of a condition.

    Attributes:
        icd10cm: ICD-10-CM codes, with the dot; the validator checks them against the code set.
        urgency: How soon an uncomplicated case should be seen.
        audience: Whom it concerns first: `everyone`, `children`, `pregnancy`, `women`, `men`, `older_adults`.
        brief: A less common condition: a few sections of prose, and no Chinese version.
        dangerous: To miss it can kill or maim, even where it is not urgent.
        resembles: Conditions that the findings of a history cannot tell from this one.
    """

    icd10cm: tuple[Annotated[str, Field(pattern=r"^[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?$")], ...] = Field(min_length=1)
    urgency: Urgency
    system: Text
    audience: Literal["everyone", "children", "pregnancy", "women", "men", "older_adults"] = "everyone"
    brief: bool = False
    dangerous: bool = False
    prevalence: Prevalence
    resembles: tuple[Slug, ...] = ()
    findings: tuple[Finding, ...] = Field(min_length=5)
    red_flags: tuple[RedFlag, ...] = Field(min_length=1)
    risk_factors: tuple[Text, ...] = Field(min_length=1)
    tests: tuple[Test, ...] = Field(min_length=1)
    treatments: tuple[Treatment, ...] = Field(min_length=1)
    contraindications: tuple[Contraindication, ...] = ()

    @model_validator(mode="after")
    def _findings_are_named_once(self) -> Condition:
        ids = [finding.id for finding in self.findings]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"findings named twice: {', '.join(twice)}")
        return self


class Article(Value):
    """One file of the knowledge base: its front matter and its prose by heading.

    Attributes:
        language: `en` for `NAME.md`, `zh` for `NAME.zh.md`; a translation carries the id of its original.
        sections: Heading to prose, in the order of the file.
    """

    path: Path
    language: str
    about: Condition | Topic
    sections: dict[str, str]

    @cached_property
    def url(self) -> str:
        """The first source, which a citation opens."""
        return str(self.about.sources[0].url)


def load_article(path: Path) -> Article:
    """Read one Markdown file; a translation (`NAME.zh.md`) takes its front matter from `NAME.md`.

    Raises:
        ArticleError: The file is not UTF-8 Markdown with front matter in the form of this module.
    """
    stem, _, language = path.stem.partition(".")
    front, body = _split(path)
    if language:
        front, _ = _split(path.with_name(f"{stem}.md"))
    kind: type[Topic] = Condition if front.keys() & {"icd10cm", "findings"} else Topic
    try:
        about = kind.model_validate(front)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "front matter"
        raise ArticleError(f"{path.name}: {field}: {first['msg']}") from error
    if about.id != stem:
        raise ArticleError(f"{path.name}: id: {about.id!r} differs from the file's name")
    return Article(path=path, language=language or "en", about=about, sections=_sections(path, body))


def _split(path: Path) -> tuple[dict[str, object], str]:
    """Front matter and body of a file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ArticleError(f"{path.name}: cannot be read as UTF-8 text") from error
    if not text.startswith("---\n"):
        return {}, text
    head, mark, body = text[4:].partition("\n---\n")
    if not mark:
        raise ArticleError(f"{path.name}: the front matter is not closed with a line of ---")
    try:
        front = yaml.load(head, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ArticleError(f"{path.name}: front matter: {str(error).splitlines()[0]}") from error
    if not isinstance(front, dict):
        raise ArticleError(f"{path.name}: front matter: not a mapping of fields")
    return front, body


def _sections(path: Path, body: str) -> dict[str, str]:
    """Prose by its `## heading`."""
    sections: dict[str, str] = {}
    for block in f"\n{body}".split("\n## ")[1:]:
        heading, _, prose = block.partition("\n")
        if not prose.strip():
            raise ArticleError(f"{path.name}: section {heading.strip()!r} is empty")
        sections[heading.strip()] = prose.strip()
    if not sections:
        raise ArticleError(f"{path.name}: no section (a line that starts with '## ')")
    return sections
