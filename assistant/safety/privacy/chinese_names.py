"""Names of people in Chinese letters: behind the words that announce one, before a title, and where they come again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain

from assistant.safety.privacy.identifier import Identifier
from assistant.safety.privacy.wording import alternatives, listed, wording

HAN = "一-龥"
STOPS = r"[\s，,。.！!？?；;、：:（()）】\]\d]|$"
ANNOUNCED = re.compile(rf"{alternatives('introductions_chinese')}\s?[:：]?\s?")
LABELLED = re.compile(rf"{alternatives('labels_chinese')}\s*[:：]\s*|姓名\s?(?=[{HAN}]{{2}})|(?:患者|病人|联系人)(?=[{HAN}]{{2,4}}[，,（(])")
RELATED = re.compile(rf"{alternatives('relations_chinese')}(?:叫|是|名叫)?")
SELF = re.compile(rf"{alternatives('self_chinese')}")
WITH = re.compile(rf"(?:我和|我跟|我陪|我替|帮我给|陪着|听说)(?=[{HAN}]{{2}})|(?:^|[\n，,。；;！!？?])(?=[{HAN}]{{2,3}}(?:的(?:检|报|化|病|药|家|妈|爸|女|儿|妻|丈|母|父|片|手|结)|昨|今天|已经))")
TITLED = re.compile(rf"([{HAN}]{{1,5}})(?={alternatives('titles_chinese')})")
TITLE = re.compile(alternatives("titles_chinese"))
SURNAMED = re.compile(rf"(?:我|免贵|他|她|本人)姓([{HAN}]{{1,2}})(?={STOPS}|的|今)")
SIGNED = re.compile(rf"(?:\n|——|—|[。！!？?]\s?)\s*([{HAN}]{{2,4}})\s*(?=\n|$)")
HEADED = re.compile(rf"(?:^|[\n，,。；;：:\s])([{HAN}]{{2,4}})(?=[，,\s]{{0,2}}(?:男|女|今年|\d{{1,3}}岁|性别|年龄))")
DOTTED = re.compile(rf"[{HAN}]{{2,8}}(?:[·•・][{HAN}]{{1,8}}){{1,3}}")
AGED = re.compile(rf"[{HAN}]{{2,3}}(?=今年|[，,（( ]?\s*(?:男|女|\d{{1,3}}岁))")
FAMILIAR = re.compile(rf"[小老阿大]([{HAN}])(?:\1)?|([{HAN}])\2")


@cache
def _letters(part: str) -> frozenset[str]:
    return frozenset(wording("names.yaml")["chinese"][part])


@cache
def _compounds() -> frozenset[str]:
    return frozenset(wording("names.yaml")["chinese"]["compound"].split())


def find_chinese_names(text: str) -> list[Identifier]:
    """The names of people in the Chinese parts of a text, wherever they are mentioned."""
    if not re.search(rf"[{HAN}]", text):
        return []
    spans: dict[int, int] = {}
    for start, end in chain(_told(text), _kin(text), _titled(text), _signed(text)):
        spans[start] = max(end, spans.get(start, 0))
    spans.update((match.start(), match.end()) for match in DOTTED.finditer(text))
    for name in {text[start:end] for start, end in spans.items() if end - start > 1}:
        spans.update((match.start(), match.end()) for match in re.finditer(re.escape(name), text))
    return [Identifier("name", start, end, text[start:end]) for start, end in sorted(spans.items())]


def _told(text: str) -> Iterator[tuple[int, int]]:
    """Names behind `我叫` and its like: any up to a stop, else as long as the letters are those of names."""
    for match in chain(ANNOUNCED.finditer(text), LABELLED.finditer(text)):
        whole = re.compile(rf"[{HAN}]{{2,4}}(?={STOPS})").match(text, match.end())
        if whole and not _word(whole.group()) and not re.match("什么|了|做|不", whole.group()):
            yield whole.span()
        elif span := full_name(text, match.end(), rare=True):
            yield span
    yield from (match.span(1) for match in SURNAMED.finditer(text) if not _word(match[1]))


def _kin(text: str) -> Iterator[tuple[int, int]]:
    """Names behind `我女儿` and `我是`, whose letters are all those of names, and pet names."""
    for match in RELATED.finditer(text):
        pet, aged = FAMILIAR.match(text, match.end()), AGED.match(text, match.end())
        if aged and aged.group()[0] in _letters("surnames") and not _word(aged.group()):
            yield aged.span()
        elif span := full_name(text, match.end(), rare=False):
            yield span
        elif pet and not _word(pet.group()) and (pet[1] or pet[2]) in _letters("given"):
            yield pet.span()
    for match in WITH.finditer(text):
        if span := full_name(text, match.end(), rare=False):
            yield span
    for match in SELF.finditer(text):
        span = full_name(text, match.end(), rare=False)
        if span and re.compile(rf"{STOPS}|的|[，,]?今年|想|女|男|有|最近|刚|来").match(text, span[1]):
            yield span


def _titled(text: str) -> Iterator[tuple[int, int]]:
    """Names before `医生`, `女士` and their like; a surname alone will do."""
    for match in TITLED.finditer(text):
        for length in (4, 3, 2, 1):
            start = match.end() - length
            if start >= match.start() and _is_titled(text[start : match.end()], text[start - 1 : start]):
                yield start, match.end()
                break


def _is_titled(name: str, before: str) -> bool:
    surname = name[:2] if name[:2] in _compounds() else name[:1]
    if surname not in _compounds() and surname not in _letters("surnames"):
        return False
    given = name[len(surname) :]
    if len(given) > 2 or _word(name) or before in wording()["blocked_before"].get(surname, "") and before:
        return False
    return all(letter in _letters("given") for letter in given)


def _signed(text: str) -> Iterator[tuple[int, int]]:
    """A name alone on the last line, and one at the head of a record before age and sex."""
    for match in chain(SIGNED.finditer(text), HEADED.finditer(text)):
        span = full_name(text, match.start(1), rare=False)
        if span == match.span(1):
            yield span


def full_name(text: str, at: int, rare: bool) -> tuple[int, int] | None:
    """The surname and the given name of one or two letters that begin here; rare letters only where asked."""
    surname = text[at : at + 2] if text[at : at + 2] in _compounds() else text[at : at + 1]
    if surname not in _compounds() and surname not in _letters("surnames"):
        return None
    end = at + len(surname)
    if TITLE.match(text, end):
        return None
    while end < len(text) and end - at - len(surname) < 2 and text[end] in _letters("given"):
        end += 1
    if end == at + len(surname) and rare and re.match(rf"[{HAN}]", text[end : end + 1]):
        end += 1
    name = text[at:end]
    return (at, end) if end > at + len(surname) and not _word(text[at : at + 4]) and not _word(name) else None


def _word(text: str) -> bool:
    """Whether a text begins with a word that only looks like a name."""
    return any(text[:length] in listed("not_names_chinese") for length in (2, 3, 4, 5))
