"""Ages as clinicians ask for them: "over 60", "40-65", "in their 50s", "under 6 months", "children", "60岁以上".

Who is 60 counts as over 60, for in doubt a case is shown; who is 5 is not under 5. Ages are whole years, and a fraction
of `oldest` is an upper bound itself, as `assistant.records.filters` has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from assistant.records.query.vocabulary import Group, either, number, number_pattern, vocabulary

PER_YEAR = {"y": 1.0, "m": 12.0, "w": 52.18, "d": 365.25, "岁": 1.0, "周岁": 1.0, "个月": 12.0, "月龄": 12.0}
OLDEST = 120
LEAST = 0.001  # of a year; what keeps a fraction below a bound that is not included
UNIT = r"(?:[\s-]*(y(?:ea)?rs?|y/?o|months?|mths?|weeks?|wks?|days?|周岁|岁|个月|月龄)(?![a-z]))?"
OLD = r"(?:[\s-]*(?:of age|olds?)(?![a-z]))?"
NO_BOUND = r"(?<!over )(?<!over-)(?<!under )(?<!under-)"
LEAD = r"(?:(?:aged?|ages|who are|the age of|age of|年龄)[\s:]*)?"
NO_BOUND = r"(?<!over )(?<!over-)(?<!under )(?<!under-)"
NO_AGE = re.compile(
    r"(?:\b(?:bp|pressure|temp(?:erature)?|fever|febrile|pulse|hr|rate|sats?|spo2|oxygen|glucose|sugar|egfr|gfr|hba1c"
    r"|inr|score|news2?|bmi|crp|weight|dose|day|week|grade|stage|type|top|first|体温|血压|心率|血糖|血氧)"
    r"\W{0,3}(?:of|is|was|at|up to|over|above|under|below|between)?|[\d/.:])\s*$"
)
NO_UNIT = re.compile(
    r"\s*(?:mg|g|ml|mmol|mmhg|°|º|degrees?|celsius|c\b|f\b|%|bpm|kg|cm|lb|h\b|hrs?\b|hours?|min|times|x\b|tablets?|cases"
    r"|patients|people|minutes|[/:.]\d|\d|度|次|分钟|小时|毫克)"
)
LASTING = re.compile(r"\b(?:for|last|past|since)\s*$")
ADULT = 13  # a smaller number that something follows counts that: "more than 3 seizures"
SIGN = re.compile(r"[<>≤≥+]")
ENDS = re.compile(r"\s*(?:$|[,;.)，；、。]|(?:with|who|and|on|in|or|from|but|taking)\b|[㐀-鿿])")
CHILD = re.compile(r"\b(?:bab(?:y|ies)|infants?|newborns?|neonates?|child|children|fives|old|age)\b|婴|宝宝|龄|儿|大")


@dataclass(frozen=True)
class Aged:
    """An age in the text, with its place there, in years; `sex` where the words tell it too."""

    start: int
    end: int
    youngest: float | None
    oldest: float | None
    sex: str = ""


def read_ages(text: str) -> Iterator[Aged]:
    """The ages in a normalised text: with numbers."""
    for form, pattern in _forms():
        for match in pattern.finditer(text):
            bounds = _bounds(form, match) if _is_age(form, match, text) else None
            if bounds:
                yield Aged(*match.span(), *bounds)
                text = text[: match.start()] + " " * len(match.group()) + text[match.end() :]


def read_groups(text: str) -> Iterator[Aged]:
    """The ages in a normalised text: by name, as children or the elderly."""
    for pattern, group in _groups():
        for match in pattern.finditer(text):
            yield Aged(*match.span(), group.youngest, group.oldest, group.sex)
            text = text[: match.start()] + " " * len(match.group()) + text[match.end() :]


def upper_bound(oldest: float) -> float:
    """The age in years that a case must not reach: 18 for 17, as who is 17 and a half is 17."""
    return oldest + 1 if oldest == int(oldest) else oldest


# Ages with numbers ------------------------------------------------------------------------------------


def _is_age(form: str, match: re.Match[str], text: str) -> bool:
    """Whether nothing around a number says that it counts or measures something else, or how long something lasts."""
    before, after = text[: match.start()], text[match.end() :]
    if LASTING.search(before) or NO_AGE.search(before) or NO_UNIT.match(after):
        return False
    units = [unit for unit in match.groups()[1::2] if unit]
    if any(PER_YEAR[_unit(unit)] > 1 for unit in units):
        return bool(CHILD.search(text))
    if units or form in ("decade", "between") or number(match[1]) >= ADULT or SIGN.search(match.group()):
        return True
    return bool(CHILD.search(text) if match[1].isalpha() else ENDS.match(after))


def _bounds(form: str, match: re.Match[str]) -> tuple[float | None, float | None] | None:
    if form == "decade":
        ten = vocabulary().decades.get(match[1]) or number(match[1][:2])
        return float(ten), ten + 9.0
    first, unit = number(match[1]), _unit(match[2] or (match[4] if form == "between" else None))
    if max(first, number(match[3]) if form == "between" else 0) / PER_YEAR[unit] > OLDEST:
        return None
    if form == "between":
        last = number(match[3])
        return (_years(first, unit), _last(last, unit)) if first < last else None
    if form in ("over", "above"):
        return _years(first + (form == "above"), unit), None
    if form == "under":
        return (None, _last(first - 1, unit)) if first else None
    if form == "at_most":
        return None, _last(first, unit)
    return _years(first, unit), _last(first, unit)


def _years(count: int, unit: str) -> float:
    return float(count) if PER_YEAR[unit] == 1 else round(count / PER_YEAR[unit] - LEAST, 3)


def _last(count: int, unit: str) -> float:
    """The oldest in years who are `count` units old."""
    bound = (count + 1) / PER_YEAR[unit]
    return bound - 1 if bound == int(bound) else round(bound - LEAST, 3)


def _unit(written: str | None) -> str:
    return written if written in PER_YEAR else (written or "y")[0]


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What is said of one or two numbers, the longer forms first; every number has its unit in the group behind it."""
    own = vocabulary()
    one = rf"({number_pattern()})(?:s(?![a-z]))?{UNIT}{OLD}"
    ten = (
        rf"([1-9]0(?:'?s)|{either(own.decades)}|[1-9]0(?=[多来几]岁)|[二三四五六七八九]十(?=[多来几]岁))(?:[多来几]岁)?"
    )
    of = rf"(?: the)?[\s-]?{LEAD}{one}"
    forms = (
        ("between", rf"(?:between|aged?|ages|from)[\s:]+(?:the ages of )?{one} ?(?:-|–|—|to|and) ?{one}"),
        ("between", rf"{LEAD}{one} ?(?:-|–|—|~|to|至|到) ?{one}"),
        ("decade", rf"{NO_BOUND}(?:in )?(?:(?:their|his|her|the) )?(?:(?:early|mid|late)[\s-])?{ten}"),
        ("at_most", rf"{LEAD}{one} ?(?:{either(own.or_younger)})"),
        ("over", rf"{LEAD}{one} ?(?:\+|{either(own.or_older)})"),
        ("under", rf"{LEAD}{one} ?(?:以下|以内|以里)"),
        ("above", rf"{LEAD}> ?{one}"),
        ("at_most", rf"{LEAD}(?:<=|≤|{either(own.at_most)}){of}"),
        ("over", rf"{LEAD}(?:>=|≥|{either(own.over)}){of}"),
        ("under", rf"{LEAD}(?:<|{either(own.under)}){of}"),
        ("one", rf"(?:aged?|年龄)[\s:]*{one}"),
        ("one", rf"({number_pattern()})[\s-]*((?:years?|yrs?|months?|weeks?)[\s-]olds?|y/?o|周岁|岁|月龄)"),
    )
    return tuple((form, re.compile(rf"(?<![a-z0-9]){pattern}(?![a-z0-9])")) for form, pattern in forms)


# Ages by name -----------------------------------------------------------------------------------------


@cache
def _groups() -> tuple[tuple[re.Pattern[str], Group], ...]:
    return tuple((re.compile(either(group.words)), group) for group in vocabulary().groups)
