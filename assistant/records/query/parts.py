"""The parts of a query: what each means, how it is told, and the filters that they come to together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from assistant.records.dossier import RANKS
from assistant.records.filters import ANY, Filters
from assistant.records.query.ages import upper_bound
from assistant.records.query.names import condition_titles
from assistant.records.query.vocabulary import Phrases, phrases
from knowledge.findings import lexicon
from knowledge.medicines.names import chinese_name, name_of
from knowledge.red_flags import rules

FACTS = ("findings", "absent", "medicines", "conditions", "rules")
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Part:
    """A part of a query that can be taken away.

    Attributes:
        field: What it is of: `levels`, `age`, `sex`, `findings`, `absent`, `medicines`, `conditions`, `rules`,
            `opened`, `closed`, `words`, or `left` for what was not understood.
        value: Levels as a tuple; the youngest and the oldest; since and until; whether closed, None for both; the ids
            of a fact with `ANY` between them; or the words themselves.
        shown: What it means, as a piece of a sentence.
        words: Where it comes from.
    """

    field: str
    value: Any
    shown: str
    words: str


def filters_of(parts: Sequence[Part]) -> Filters:
    """The filters that parts come to together."""
    values = {part.field: [one.value for one in parts if one.field == part.field] for part in parts}
    ages, opened = values.get("age", []), values.get("opened", [])
    sexes, closed = set(values.get("sex", [])), set(values.get("closed", [False]))
    return Filters(
        levels=tuple(level for level in RANKS if any(level in told for told in values.get("levels", []))),
        youngest=max((age for age, _ in ages if age is not None), default=None),
        oldest=min((age for _, age in ages if age is not None), key=upper_bound, default=None),
        sex=sexes.pop() if len(sexes) == 1 else "",
        since=max((since for since, _ in opened if since), default=None),
        until=min((until for _, until in opened if until), default=None),
        closed=closed.pop() if len(closed) == 1 else None,
        words=" ".join(values.get("words", [])),
        **{field: tuple(dict.fromkeys(values.get(field, []))) for field in FACTS},
    )


def is_possible(parts: Sequence[Part]) -> bool:
    """Whether any case can meet the ages and the times of all parts."""
    found = filters_of(parts)
    ages = found.youngest is None or found.oldest is None or found.youngest < upper_bound(found.oldest)
    return ages and (found.since is None or found.until is None or found.since < found.until)


# How parts are told -----------------------------------------------------------------------------------


def shown(field: str, value: Any, language: str, now: datetime) -> str:
    """A part as a piece of a sentence: "age 60 and over", "takes warfarin", "since Monday 23 November"."""
    say = phrases(language)
    if field == "age":
        youngest, oldest = value
        return _age(youngest, oldest, say)
    if field == "opened":
        since, until = value
        return _opened(since, until, say, now)
    if field == "levels":
        return say.alternative.join(say.levels[level] for level in value)
    if field == "sex":
        return say.sexes[value]
    if field == "closed":
        return say.closed[{None: "both", True: "closed", False: "open"}[value]]
    if field in ("words", "left"):
        return str(getattr(say, field)).format(words=value)
    return _fact(field, value, say, language)


def _fact(field: str, value: str, say: Phrases, language: str) -> str:
    ids = value.split(ANY)
    if field == "rules" and len(ids) == len(rules()):
        return say.any_rule
    names = dict.fromkeys(_name(field, one, language) for one in ids)
    named = say.alternative.join(names)
    return named if field == "findings" else str(getattr(say, field)).format(name=named)


def _name(field: str, one: str, language: str) -> str:
    chinese = language == "zh"
    if field == "medicines":
        return chinese_name(one) if chinese else _within(name_of(one))
    if field == "conditions":
        return condition_titles()[one][chinese]
    if field == "rules":
        return one.replace("-", " ")
    return lexicon()[one].name_zh if chinese else lexicon()[one].name


def _within(name: str) -> str:
    """A generic name within a sentence: warfarin, but NPH insulin."""
    return name[0].lower() + name[1:] if name[1:].islower() else name


def _age(youngest: float | None, oldest: float | None, say: Phrases) -> str:
    if oldest is None:
        return say.from_age.format(youngest=_years(youngest or 0))
    bound = upper_bound(oldest)
    if youngest is None:
        months, weeks = round(bound * 12), round(bound * 52.18)
        if bound == int(bound):
            return say.under_age.format(years=int(bound))
        return say.under_weeks.format(weeks=weeks) if months < 2 else say.under_months.format(months=months)
    if youngest == oldest:
        return say.one_age.format(youngest=_years(youngest))
    return say.ages.format(youngest=_years(youngest), oldest=_years(oldest))


def _years(age: float) -> str:
    return f"{age:.2g}" if age < 2 else f"{age:.3g}"


def _opened(since: datetime | None, until: datetime | None, say: Phrases, now: datetime) -> str:
    if since and until:
        ends = _midnight(until - MOMENT) if until == _midnight(until) else until
        first, last = _day(since, say, now), _day(ends, say, now)
        return say.at.format(day=first) if first == last else say.span.format(since=first, last=last)
    if until:
        return say.before.format(until=_day(until, say, now))
    assert since is not None
    return say.today if since == _midnight(now) else say.since.format(since=_day(since, say, now))


def _day(moment: datetime, say: Phrases, now: datetime) -> str:
    """A day with its name, with the hour where it is not whole, and with the year where it is another."""
    names = {"weekday": say.weekdays[moment.weekday()], "month": say.months[moment.month - 1]}
    year = say.year.format(year=moment.year) if moment.year != now.year else ""
    clock = "" if moment == _midnight(moment) else say.clock.format(hour=moment.hour, minute=moment.minute)
    return say.day.format(day=moment.day, **names) + year + clock


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
