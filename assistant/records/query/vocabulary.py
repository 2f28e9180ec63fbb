"""The words of queries (`words.yaml`) and of what is said about them (`phrases.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from knowledge.text import CJK

HERE = Path(__file__).parent
Named = dict[str, tuple[str, ...]]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Group(_Value):
    """Ages by name, in years; a fraction of `oldest` is an upper bound itself."""

    words: tuple[str, ...]
    youngest: float | None = None
    oldest: float | None = None
    sex: str = ""


class Vocabulary(_Value):
    """The words that a query is read by.

    Attributes:
        levels, sexes, closed, findings: What is meant, and what it is called; `findings` only what the lexicon lacks.
        and_above: Words behind a level that take in all that are more urgent.
        order: Words that ask for the order that a worklist has anyway.
        over, under, at_most, or_older, or_younger: Words before or behind an age.
        capitals: Names of conditions that are everyday words unless in capitals.
        flags: What the rules of urgency are called.
        negations, either: Words that deny what follows, or that let one of two be enough.
        allergies, harm: Words beside a medicine that nobody takes for it to help.
        fillers, chinese_fillers: Words that only hold a query together.
        everyday: Names of days and months that are other words too.
    """

    levels: Named
    and_above: tuple[str, ...]
    order: tuple[str, ...]
    sexes: Named
    groups: tuple[Group, ...]
    over: tuple[str, ...]
    under: tuple[str, ...]
    at_most: tuple[str, ...]
    or_older: tuple[str, ...]
    or_younger: tuple[str, ...]
    closed: Named
    findings: Named
    capitals: frozenset[str]
    flags: tuple[str, ...]
    negations: tuple[str, ...]
    either: tuple[str, ...]
    allergies: tuple[str, ...]
    harm: tuple[str, ...]
    fillers: frozenset[str]
    chinese_fillers: tuple[str, ...]
    numbers: dict[str, int]
    decades: dict[str, int]
    chinese_numbers: dict[str, int]
    days: dict[str, int]
    chinese_days: dict[str, int]
    months: dict[str, int]
    everyday: frozenset[str]


class Phrases(_Value):
    """What is said of a query in one language; braces are filled in."""

    levels: dict[str, str]
    sexes: dict[str, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    day: str
    year: str
    clock: str
    today: str
    at: str
    since: str
    before: str
    span: str
    from_age: str
    under_age: str
    under_months: str
    under_weeks: str
    ages: str
    one_age: str
    absent: str
    medicines: str
    conditions: str
    rules: str
    any_rule: str
    words: str
    left: str
    closed: dict[str, str]
    alternative: str
    comma: str
    stop: str
    nouns: dict[str, tuple[str, str]]
    found: str
    none: str
    every: str
    empty: str
    that_are: str
    first: str
    nearest: str
    missing: str


@cache
def vocabulary() -> Vocabulary:
    """The words that queries are read by."""
    return Vocabulary.model_validate(_read("words.yaml"))


@cache
def phrases(language: str) -> Phrases:
    """What is said of a query in `en` or `zh`."""
    return Phrases.model_validate(_read("phrases.yaml")[language])


def _read(name: str) -> Any:
    return yaml.load((HERE / name).read_text(encoding="utf-8"), yaml.CSafeLoader)


def either(words: Iterable[str]) -> str:
    """A pattern of any of some words, the longest first: English ones whole, Chinese ones wherever they stand."""
    return "|".join(map(_pattern, sorted(words, key=len, reverse=True)))


def _pattern(word: str) -> str:
    if CJK.search(word):
        return re.escape(word)
    return rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])".replace(r"\ ", r"[\s-]+")


# Numbers --------------------------------------------------------------------------------------------

CHINESE_NUMBER = r"[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九几]"


@cache
def number_pattern() -> str:
    """A pattern of a number from 1 to 9999 in digits, or of a smaller one in words."""
    ones = r"(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine)\b)?"
    return rf"(?:\d{{1,4}}|(?:{either(vocabulary().numbers)}){ones}|{CHINESE_NUMBER})"


def number(text: str) -> int:
    """The value of what `number_pattern` found: "sixty-five", "六十五" and "65" are 65."""
    if text.isdigit():
        return int(text)
    if CJK.search(text):
        return _chinese_number(text)
    own = vocabulary().numbers
    words = re.sub(r"[\s-]+", " ", text)
    return own[words] if words in own else sum(own[word] for word in words.split())


def _chinese_number(text: str) -> int:
    own = vocabulary().chinese_numbers
    tens, ten, ones = text.rpartition("十")
    return (own.get(tens, 1) * 10 if ten else 0) + own.get(ones, 0)
