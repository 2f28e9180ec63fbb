"""The words by which identifiers are told from the rest: names, what stands around them, and ordinary English."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
LATIN = re.compile(rb"[a-z]{3,}")
APOSTROPHES = re.compile("['’`.]")


@cache
def wording(file: str = "words.yaml") -> dict[str, Any]:
    """The lists of a file, key to text or mapping."""
    content: dict[str, Any] = yaml.load((HERE / file).read_text(encoding="utf-8"), yaml.CSafeLoader)
    return content


@cache
def listed(key: str) -> frozenset[str]:
    """The plain words of a list."""
    return frozenset(_parts(wording()[key]))


@cache
def alternatives(key: str) -> str:
    """A pattern that matches any entry of a list, the longest first."""
    parts = sorted(_parts(wording()[key]), key=len, reverse=True)
    return "(?:" + "|".join(part.replace(" ", r"\s+") for part in parts) + ")"


def _parts(entries: str | list[str]) -> list[str]:
    if isinstance(entries, list):
        return entries
    split = entries.split("|") if "|" in entries else entries.split()
    return [part.strip() for part in split if part.strip()]


@cache
def named(key: str) -> frozenset[str]:
    """Given names, given names that are words as well, surnames or syllables of pinyin, folded."""
    return frozenset(wording("names.yaml")[key].split())


@lru_cache(maxsize=20_000)
def folded(word: str) -> str:
    """A word in small letters, without accents and apostrophes, as the lists of names hold it."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))
    return APOSTROPHES.sub("", plain.lower().translate({0xDF: "ss", 0xF8: "o", 0x142: "l", 0x111: "d", 0xE6: "ae"}))


@cache
def _frequencies() -> dict[str, int]:
    """How often English has a word, from the list that symspellpy carries."""
    listing = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8-sig")
    return {word: int(count) for word, count in (line.split() for line in listing.splitlines())}


def frequency(word: str) -> int:
    """How often English has a word, in its list of a trillion; 0 for one that is not English."""
    return _frequencies().get(word.lower(), 0)


@cache
def _medical_words() -> frozenset[bytes]:
    """The Latin words of our formulary, our lexicon and the names of our articles, in small letters."""
    folders = [files("knowledge") / "medicines" / "formulary", files("knowledge") / "findings"]
    paths = [path for folder in folders for path in folder.iterdir() if path.name.endswith(".yaml")]
    texts = [path.read_bytes().lower() for path in paths]
    texts += [article.name.encode() for article in (files("knowledge") / "conditions").iterdir()]
    return frozenset(word for text in texts for word in LATIN.findall(text))


def medical(word: str) -> bool:
    """Whether our knowledge base speaks of a word, be it a disease or a brand, so that it is hardly a person's name."""
    return folded(word).encode() in _medical_words()
