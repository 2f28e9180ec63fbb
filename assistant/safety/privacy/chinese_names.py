"""Names of people in Chinese letters: behind the words that announce one, before a title, and where they come again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain

from assistant.safety.privacy.identifier import Identifier
from assistant.safety.privacy.wording import alternatives, listed, wording

Span = tuple[int, int]

HAN = "一-龥"
STOP = r"(?:[\s，,。.！!？?；;、：:（()）】\]\d]|$)"
BEGIN = r"(?:^|[\n，,。；;！!？?：:\s])"
ANNOUNCED = re.compile(
    rf"{alternatives('introductions_chinese')}\s?[:：]?\s?|{alternatives('labels_chinese')}\s*[:：]\s*"
    rf"|姓名\s?(?=[{HAN}]{{2}})|(?:患者|病人|联系人)(?=[{HAN}]{{2,4}}[，,（(])"
)
WHOLE = re.compile(rf"(?!什么|了|做|不)[{HAN}]{{2,4}}(?={STOP})")
RELATED = re.compile(rf"{alternatives('relations_chinese')}(?:叫|是|名叫)?")
AGED = re.compile(rf"[{HAN}]{{2,3}}(?=今年|[，,（( ]?\s*(?:男|女|\d{{1,3}}岁))")
PET = re.compile(rf"[小老阿大]([{HAN}])(?:\1)?|([{HAN}])\2")
SELF = re.compile(alternatives("self_chinese"))
SELF_ENDS = re.compile(rf"{STOP}|的|[，,]?今年|想|女|男|有|最近|刚|来")
MENTIONED = re.compile(
    rf"{alternatives('company_chinese')}(?=[{HAN}]{{2}})"
    rf"|{BEGIN}(?=[{HAN}]{{2,3}}(?:的{alternatives('belongings_chinese')}|昨|今天|已经))"
)
TITLED = re.compile(rf"([{HAN}]{{1,5}})(?={alternatives('titles_chinese')})")
TITLE = re.compile(alternatives("titles_chinese"))
SURNAMED = re.compile(rf"(?:我|免贵|他|她|本人)姓([{HAN}]{{1,2}})(?={STOP}|的|今)")
SIGNED = re.compile(rf"(?:\n|——|—|[。！!？?]\s?)\s*([{HAN}]{{2,4}})\s*(?=\n|$)")
HEADED = re.compile(rf"{BEGIN}([{HAN}]{{2,4}})(?=[，,\s]{{0,2}}(?:男|女|今年|\d{{1,3}}岁|性别|年龄))")
DOTTED = re.compile(rf"[{HAN}]{{2,8}}(?:[·•・][{HAN}]{{1,8}}){{1,3}}")
LONGEST = 4


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
    for start, end in chain(_told(text), _kin(text), _mentioned(text), _titled(text), _signed(text)):
        spans[start] = max(end, spans.get(start, 0))
    for name in {text[start:end] for start, end in spans.items() if end - start > 1}:
        spans.update(match.span() for match in re.finditer(re.escape(name), text))
    return [Identifier("name", start, end, text[start:end]) for start, end in sorted(spans.items())]


def _told(text: str) -> Iterator[Span]:
    """Names behind `我叫` and its like: any up to a stop, else as long as the letters are those of names."""
    for match in ANNOUNCED.finditer(text):
        whole = WHOLE.match(text, match.end())
        if whole and not _word(whole.group()):
            yield whole.span()
        elif span := _full_name(text, match.end(), rare=True):
            yield span
    yield from (match.span(1) for match in SURNAMED.finditer(text) if not _word(match[1]))
    yield from (match.span() for match in DOTTED.finditer(text))


def _kin(text: str) -> Iterator[Span]:
    """Names behind `我女儿`, whose letters are all those of names, and pet names."""
    for match in RELATED.finditer(text):
        pet, aged = PET.match(text, match.end()), AGED.match(text, match.end())
        if aged and aged.group()[0] in _letters("surnames") and not _word(aged.group()):
            yield aged.span()
        elif span := _full_name(text, match.end()):
            yield span
        elif pet and not _word(pet.group()) and (pet[1] or pet[2]) in _letters("given"):
            yield pet.span()


def _mentioned(text: str) -> Iterator[Span]:
    """Names behind `我是` or `我和`, and at the head of a sentence about something of a person's."""
    for match in SELF.finditer(text):
        if (span := _full_name(text, match.end())) and SELF_ENDS.match(text, span[1]):
            yield span
    for match in MENTIONED.finditer(text):
        if span := _full_name(text, match.end()):
            yield span


def _titled(text: str) -> Iterator[Span]:
    """Names before `医生`, `女士` and their like; a surname alone will do."""
    for match in TITLED.finditer(text):
        for start in range(max(match.start(), match.end() - LONGEST), match.end()):
            if _is_titled(text[start : match.end()], text[max(0, start - 1) : start]):
                yield start, match.end()
                break


def _is_titled(name: str, before: str) -> bool:
    surname = _surname(name)
    given = name[len(surname) :]
    blocked = before and before in wording()["blocked_before"].get(surname, "")
    if not surname or len(given) > 2 or blocked or _word(name):
        return False
    return all(letter in _letters("given") for letter in given)


def _signed(text: str) -> Iterator[Span]:
    """A name alone on the last line, and one at the head of a record before age and sex."""
    for match in chain(SIGNED.finditer(text), HEADED.finditer(text)):
        span = _full_name(text, match.start(1))
        if span == match.span(1):
            yield span


def _surname(text: str) -> str:
    """The surname with which a text begins; empty where it does with none."""
    return text[:2] if text[:2] in _compounds() else text[:1] if text[:1] in _letters("surnames") else ""


def _full_name(text: str, at: int, rare: bool = False) -> Span | None:
    """The surname and the given name that begin here; its one or two letters are rare ones only where that is asked."""
    surname = _surname(text[at : at + 2])
    begin = end = at + len(surname)
    if not surname or _word(text[at : at + LONGEST]) or TITLE.match(text, begin):
        return None
    while end < len(text) and end - begin < 2 and text[end] in _letters("given"):
        end += 1
    if end == begin and rare and re.match(rf"[{HAN}]", text[end : end + 1]):
        end += 1
    return (at, end) if end > begin and not _word(text[at:end]) else None


def _word(text: str) -> bool:
    """Whether a text begins with a word that only looks like a name."""
    return any(text[:length] in listed("not_names_chinese") for length in (2, 3, 4, 5))
