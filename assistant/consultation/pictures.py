"""From someone's words to a request for synthetic pictures, by word lists alone (`pictures.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict
from rapidfuzz.distance import OSA

from assistant.consultation.counting import either, first_number, seed_in, without_measures
from assistant.consultation.words import normalise
from generators.images.controls import USUAL_FAMILY

WORDS = Path(__file__).with_name("pictures.yaml")
MOST = 12
USUAL = 4
FAST = "fast"
SHORTEST_MENDED = 6


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Kind(_Value):
    modality: str
    part: str


class _Finding(_Value):
    labels: tuple[str, ...]
    words: tuple[str, ...]
    loose: bool = False


class _Words(_Value):
    modalities: dict[str, tuple[str, ...]]
    parts: dict[str, tuple[str, ...]]
    kinds: dict[str, _Kind]
    findings: dict[str, tuple[_Finding, ...]]
    elsewhere: tuple[str, ...]
    models: dict[str, tuple[str, ...]]
    one: tuple[str, ...]
    many: tuple[str, ...]


@dataclass(frozen=True)
class PictureRequest:
    """What was asked for, with what was not said filled in.

    Attributes:
        findings: Labels of the dataset; all of them where none was named.
        asked: Pictures wanted, which may be more than are made.
        seed: None where none was named.
        other_kinds: A second kind of picture was named, which is left out.
    """

    dataset: str
    findings: tuple[str, ...] = ()
    model: str = USUAL_FAMILY
    asked: int = USUAL
    seed: int | None = None
    other_kinds: bool = False

    @property
    def count(self) -> int:
        """Pictures to make, 1 to `MOST`."""
        return max(1, min(self.asked, MOST))


@dataclass(frozen=True)
class Question:
    """What has to be cleared up: `which` picture, or that no model knows the `kind` or the `finding` of a dataset."""

    about: Literal["which", "kind", "finding"]
    dataset: str = ""


class Lexicon:
    """Names, by the phrases that stand for them; of phrases that begin at one place the longest counts."""

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        """Take the phrases of each name."""
        pairs = sorted(((p, name) for name, phrases in names.items() for p in phrases), key=lambda pair: -len(pair[0]))
        self._names = [name for _, name in pairs]
        self._pattern = re.compile("|".join(f"({_pattern(phrase)})" for phrase, _ in pairs))

    def find(self, text: str) -> list[str]:
        """The names in a text, in the order of their first mention."""
        found = (match.lastindex for match in self._pattern.finditer(text))
        return list(dict.fromkeys(self._names[place - 1] for place in found if place))


def read_request(text: str) -> PictureRequest | Question:
    """The request in a text of any language and length, or what is to be said in its place."""
    plain = _mended(normalise(text).replace("_", " "))
    kinds = _kinds(plain)
    if not kinds:
        strange = _lexicon("parts").find(plain) or _lexicon("modalities").find(plain) or _elsewhere().find(plain)
        return Question("kind" if strange else "which")
    dataset = kinds[0]
    findings = _findings(dataset, plain)
    if not findings and (_elsewhere().find(plain) or any(_findings(other, plain) for other in words().kinds)):
        return Question("finding", dataset)
    return PictureRequest(
        dataset,
        findings,
        _model(plain),
        _count(plain),
        seed_in(plain),
        len(kinds) > 1,
    )


@cache
def words() -> _Words:
    """The word lists, read once and checked."""
    return _Words.model_validate(yaml.safe_load(WORDS.read_text(encoding="utf-8")))


# What is shown ------------------------------------------------------------------------------------


def _kinds(text: str) -> list[str]:
    """Datasets that the words name: by the kind of picture, else by a finding, else by the part of the body."""
    modalities, parts = _lexicon("modalities").find(text), _lexicon("parts").find(text)
    fitting = {kind.modality: name for name, kind in words().kinds.items() if not parts or kind.part in parts}
    if modalities:
        return [fitting[modality] for modality in modalities if modality in fitting]
    by_finding = [name for name in fitting.values() if _findings(name, text)]
    return by_finding[:1] or (list(fitting.values())[:1] if parts else [])


def _findings(dataset: str, text: str) -> tuple[str, ...]:
    rows = words().findings[dataset]
    named = [rows[int(place)] for place in _finding_lexicon(dataset).find(text)]
    exact = [row for row in named if not row.loose]
    return tuple(dict.fromkeys(label for row in exact or named[:1] for label in row.labels))


def _model(text: str) -> str:
    """The family that was named; "quick" alone, or with diffusion, is the fast one."""
    named = _lexicon("models").find(text)
    families = [name for name in named if name != FAST]
    if FAST in named and families[:1] in ([], [USUAL_FAMILY]):
        return FAST
    return families[0] if families else USUAL_FAMILY


# How many -----------------------------------------------------------------------------------------


def _count(text: str) -> int:
    """The first number that counts pictures; 1 for "a chest X-ray"."""
    counted = without_measures(text)
    number = first_number(counted)
    if number is None:
        return 1 if _one().search(counted) else USUAL
    return number


@cache
def _one() -> re.Pattern[str]:
    """One picture by its article; "on a chest X-ray" says where, not how many."""
    nouns = "|".join(phrase.replace(" ", r"[\s-]*") for phrase in words().one)
    article = rf"(?<!\bon )(?<!\bin )(?<!\bof )\b(?:a|an|another)\s+(?!(?:{either(words().many)})\b)"
    return re.compile(rf"{article}(?:(?!(?:on|in|of|with|by|from|for)\b)[a-z-]+\s+){{0,4}}?(?:{nouns})(?![a-z'])")


# Words --------------------------------------------------------------------------------------------


@cache
def _lexicon(field: Literal["modalities", "parts", "models"]) -> Lexicon:
    return Lexicon(getattr(words(), field))


@cache
def _finding_lexicon(dataset: str) -> Lexicon:
    return Lexicon({str(place): row.words for place, row in enumerate(words().findings[dataset])})


@cache
def _elsewhere() -> Lexicon:
    return Lexicon({"elsewhere": words().elsewhere})


def _pattern(phrase: str) -> str:
    if not phrase.isascii():
        return re.escape(phrase)
    spaced = r"[\s-]*".join(map(re.escape, phrase.split()))
    return rf"(?<![a-z0-9]){spaced}(?:e?s|'s)?(?![a-z0-9])"


def _mended(text: str) -> str:
    """The text with long words that are nearly one of ours spelt as ours."""
    return re.sub(rf"[a-z]{{{SHORTEST_MENDED},}}", lambda match: _spelt(match.group()), text)


@lru_cache(maxsize=10_000)
def _spelt(word: str) -> str:
    most = 1 if len(word) < 8 else 2
    near = [(OSA.distance(word, own, score_cutoff=most), own) for own in _vocabulary() if own[0] == word[0]]
    distance, own = min(near, default=(most + 1, word))
    return own if distance <= most else word


@cache
def _vocabulary() -> tuple[str, ...]:
    """Our own long English words."""
    own = words()
    phrases = [
        *own.elsewhere,
        *(p for field in (own.modalities, own.parts, own.models) for ps in field.values() for p in ps),
    ]
    phrases += [phrase for rows in own.findings.values() for row in rows for phrase in row.words]
    found = {word for phrase in phrases for word in phrase.split() if word.isascii() and len(word) >= SHORTEST_MENDED}
    return tuple(sorted(found))
