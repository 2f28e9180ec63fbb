"""How many are wanted, and with which seed: numbers in someone's words (`counting.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

WORDS = Path(__file__).with_name("counting.yaml")
LARGEST_SEED = 2**31 - 1
SEED = re.compile(r"(?:seed|种子)\W{0,3}(?:number|no|is|of|为|是|用)?\W{0,3}(\d{1,12})")
NO_COUNT = re.compile(
    r"\b(?:stage|grade|type|level|version|day|week|aged?|guidance|truncation)\W{0,3}\d+"
    r"|\d+[\s-]*(?:y(?:ea)?rs?\b|y/?o\b|months?\b|weeks?\b|days?\b|hours?\b|min(?:ute)?s?\b|sec(?:ond)?s?\b|mm\b|cm\b"
    r"|px\b|pixels?\b|steps?\b|%|岁|个月|年|天|周|毫米|厘米|步)"
)


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    numbers: dict[str, int]
    times: dict[str, int]
    chinese_numbers: dict[str, int]
    counters: tuple[str, ...]


def seed_in(text: str) -> int | None:
    """The seed that a normalised text names."""
    seed = SEED.search(text)
    return min(int(seed.group(1)), LARGEST_SEED) if seed else None


def without_measures(text: str) -> str:
    """The text without seeds, ages, sizes and other numbers that count nothing."""
    return NO_COUNT.sub(" ", SEED.sub(" ", text))


def first_number(text: str) -> int | None:
    """The first number of a normalised text that can count things."""
    number = _numbers().search(text)
    if number is None:
        return None
    digits, word, times, chinese = number.groups()
    if digits:
        return int(digits.replace(",", ""))
    return _words().chinese_numbers[chinese] if chinese else _words().numbers[word] * _words().times.get(times, 1)


def either(names: Iterable[str]) -> str:
    """A pattern for any of some names, the longest first."""
    return "|".join(sorted(names, key=len, reverse=True))


@cache
def _words() -> _Words:
    return _Words.model_validate(yaml.safe_load(WORDS.read_text(encoding="utf-8")))


@cache
def _numbers() -> re.Pattern[str]:
    """Digits, a word with what multiplies it, or a Chinese number before a counting word."""
    own = _words()
    counters = "".join(own.counters)
    return re.compile(
        rf"(?<![a-z0-9.第-])x?(\d{{1,3}}(?:,\d{{3}})+|\d{{1,9}})(?=x?(?!\w|\.\d|-\w)|[{counters}])"
        rf"|(?<![a-z-])({either(own.numbers)})(?:\s+({either(own.times)}))?(?![a-z-])"
        rf"|(?<![第十百])({either(own.chinese_numbers)})\s*[{counters}]"
    )
