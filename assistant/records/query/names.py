"""Names in a query: of findings, conditions and rules of urgency, the longest first, as the knowledge base has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from assistant.consultation.differential import is_talk
from assistant.records.query.vocabulary import vocabulary
from knowledge.condition import Condition
from knowledge.corpus import conditions
from knowledge.findings import lexicon
from knowledge.red_flags import Rule, rules
from knowledge.text import CJK

WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
MOST_WORDS = 8
SHORTEST = 3  # letters of a name that need not be in capitals
ANY = "|"  # between ids of which one is enough


@dataclass(frozen=True)
class Name:
    """A name in the text, with its place there and the ids that it can mean."""

    start: int
    end: int
    ids: tuple[str, ...]


class Names:
    """Names and what they mean, found as words in English and as letters in Chinese."""

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        """Index pairs of a name and an id."""
        meant: dict[str, dict[str, None]] = {}
        for name, one in named:
            for form in _forms(name):
                meant.setdefault(form, {})[one] = None
        self._meant: Mapping[str, tuple[str, ...]] = {name: tuple(ids) for name, ids in meant.items()}
        self._longest = max((len(name) for name in self._meant if CJK.search(name)), default=0)

    def find(self, text: str, capitals: frozenset[str] = frozenset()) -> Iterator[Name]:
        """Every name in a normalised text, the longest at each place.

        Args:
            capitals: The words that stand in capitals in the original, where short names are looked for only.
        """
        words = list(WORD.finditer(text))
        for place, first in enumerate(words):
            for last in reversed(words[place : place + MOST_WORDS]):
                name = _plain(text[first.start() : last.end()])
                if name in self._meant and (first is not last or _is_name(name, capitals)):
                    yield Name(first.start(), last.end(), self._meant[name])
                    break
        yield from self._chinese(text)

    def _chinese(self, text: str) -> Iterator[Name]:
        for start in (match.start() for match in CJK.finditer(text)):
            for end in range(min(len(text), start + self._longest), start + 1, -1):
                if text[start:end] in self._meant:
                    yield Name(start, end, self._meant[text[start:end]])
                    break


def _is_name(word: str, capitals: frozenset[str]) -> bool:
    return word in capitals or (len(word) >= SHORTEST and word not in vocabulary().capitals)


def _plain(text: str) -> str:
    return " ".join(WORD.findall(text.replace("'", "")))


def _forms(name: str) -> list[str]:
    """A name as it is compared, in the singular and the plural."""
    if CJK.search(name):
        return [name] if len(name) > 1 else []
    plain = _plain(name.lower())
    singular = (
        plain[:-1] if plain.endswith("s") and not plain.endswith(("ss", "is", "us")) and len(plain) > 4 else plain
    )
    return list(dict.fromkeys((plain, singular, plain if plain.endswith("s") else f"{plain}s")))


@cache
def finding_names() -> Names:
    """What findings are called on the page and by clinicians."""
    known = (
        (name, one) for one, lexeme in lexicon().items() if not is_talk(one) for name in (lexeme.name, lexeme.name_zh)
    )
    also = ((name, one) for one, names in vocabulary().findings.items() for name in names)
    return Names((*known, *also))


@cache
def condition_names() -> Names:
    """What conditions are called by clinicians, and in Chinese; of lay names those in capitals."""
    return Names((name, one.id) for one in conditions() for name in _called(one))


def _called(one: Condition) -> Iterator[str]:
    yield from (one.id.replace("-", " "), one.name, *one.synonyms.clinical, *one.synonyms.zh)
    yield from (name for name in one.synonyms.lay if name.isupper())


@cache
def condition_titles() -> dict[str, tuple[str, str]]:
    """The English and the Chinese name of every condition by its id."""
    return {one.id: (one.name, one.synonyms.zh[0]) for one in conditions()}


@cache
def titles(condition: str) -> frozenset[str]:
    """What a condition itself is called, in lower case: its names, and the parts of "Urinary tract infection (UTI)"."""
    english, chinese = condition_titles()[condition]
    return frozenset(
        part.strip().lower() for name in (english, chinese) for part in (name, *re.split(r"[()（）]", name))
    )


def rules_about(subject: str) -> tuple[str, ...]:
    """The rules of urgency about something: by the title of their source, or the beginning of their own name."""
    written = subject.strip(" 的")
    named = [
        one for name in condition_names().find(written) if name.end - name.start == len(written) for one in name.ids
    ]
    about = {_plain(written), *(_plain(condition_titles()[one][0].lower()) for one in named)}
    return tuple(rule.id for rule in rules() if any(_is_about(rule, name) for name in about if len(name) >= SHORTEST))


def _is_about(rule: Rule, subject: str) -> bool:
    title, name = _plain(rule.source.title.lower()), rule.id.replace("-", " ")
    return (
        re.search(rf"\b{re.escape(subject)}\b", title) is not None
        or re.match(rf"{re.escape(subject)}\b", name) is not None
    )
