"""When a case was opened, as clinicians say it: "since Monday", "last 3 days", "in October", "最近三天"; in UTC.

A day or a month without a year is the latest that has begun. What does not exist, like 31 February, is not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from assistant.records.query.vocabulary import either, number, number_pattern, vocabulary

Span = tuple[datetime, datetime]
Bounds = tuple[datetime | None, datetime | None]
Read = Callable[[re.Match[str], datetime], Span | None]
DAY = timedelta(days=1)
LONGEST = timedelta(days=36_500)
UNITS = {"h": DAY / 24, "d": DAY, "w": 7 * DAY, "f": 14 * DAY, "m": 30 * DAY, "y": 365 * DAY}
CHINESE_UNITS = {"小时": "h", "天": "d", "日": "d", "周": "w", "星期": "w", "月": "m", "年": "y"}
UNIT = r"(hours?|hrs?|h|days?|d|weeks?|wks?|fortnights?|months?|mths?|years?|yrs?)\b"
CHINESE_UNIT = r"个?(小时|天|日|周|星期|月|年)"
PERIODS = r"yesterday|(?:last|this|previous) (?:weekend|week|month|year)"  # "from last week" is of that week
HOURS = {"morning": (0, 12), "afternoon": (12, 18), "evening": (18, 24)}
ORDINAL = r"(\d{1,2})(?:st|nd|rd|th)?"
DAY_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)(?:st|nd|rd|th)?")


@dataclass(frozen=True)
class Told:
    """A time in the text, with its place there; `since` is included and `until` is not."""

    start: int
    end: int
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class _When:
    """A way to name a span of time; `alone` where no word like "since" has to stand before it."""

    pattern: str
    read: Read
    alone: bool = True


def read_times(text: str, now: datetime) -> Iterator[Told]:
    """The times in a normalised text."""
    for form, pattern in _forms():
        for match in pattern.finditer(text):
            spans = [] if form == "alone" and match[1] in vocabulary().everyday else _spans(match, now)
            found = _bounds(form, spans, now) if spans else None
            if found and _is_possible(*found, now):
                yield Told(match.start(), match.end(), *found)
                text = text[: match.start()] + " " * len(match.group()) + text[match.end() :]


def _bounds(form: str, spans: list[Span], now: datetime) -> Bounds:
    since, until = spans[0]
    if form == "between":
        return since, spans[1][1]
    if form == "since":
        return since, None
    if form == "after":
        return until, None
    if form == "before":
        return None, since
    return (None, until) if form == "until" else (since, until if until <= now else None)


def _is_possible(since: datetime | None, until: datetime | None, now: datetime) -> bool:
    return since is None or (since <= now and (until is None or since < until))


def _spans(match: re.Match[str], now: datetime) -> list[Span]:
    """What one or two names of times mean; the day in "2 to 9 November" borrows the month."""
    names = list(match.groups())
    if len(names) == 2 and DAY_NUMBER.fullmatch(names[0]):
        names[0] = DAY_NUMBER.sub(names[0], names[1], count=1)
    spans = [_span(name, now) for name in names]
    return [] if None in spans else [span for span in spans if span]


def _span(name: str, now: datetime) -> Span | None:
    for when in _whens():
        match = re.fullmatch(when.pattern, name)
        if match:
            try:
                return when.read(match, now)
            except ValueError:  # no such day
                return None
    return None


# Words around a time ----------------------------------------------------------------------------------


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Sentences with one or two times in them; the longer ones come first."""
    led, alone = (_any(when for when in _whens() if when.alone or not only) for only in (False, True))
    first = rf"{led}|{_plain(ORDINAL)}"
    sentences = (
        ("between", rf"(?:between|from) (?:the )?({first}) (?:and|to|until|till) (?:the )?({led})"),
        ("between", rf"(?:从|自)?({first}) ?(?:-|–|—|to|至|到) ?({led})"),
        ("in", rf"from (?:the )?({PERIODS})"),
        ("since", rf"(?:since|from|starting|as of) (?:the )?({led})(?: on(?:wards?)?)?"),
        ("since", rf"(?:自从?|从)? ?({alone}) ?(?:以来|至今|开始|起|之后|以后)"),
        ("after", rf"after (?:the )?({led})"),
        ("until", rf"(?:until|till|up to|through) (?:the )?({led})"),
        ("before", rf"before (?:the )?({led})"),
        ("before", rf"({alone}) ?(?:之前|以前)"),
        ("in", rf"(?:on|in|during|over|within|of) (?:the )?({led})"),
        ("alone", rf"(?<!for )(?<!for the )({alone})"),
    )
    return tuple((form, re.compile(rf"(?<![a-z0-9]){pattern}(?![a-z0-9])")) for form, pattern in sentences)


def _any(whens: Iterator[_When]) -> str:
    return "|".join(_plain(when.pattern) for when in whens)


def _plain(pattern: str) -> str:
    """A pattern without its groups."""
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)


# Names of times ---------------------------------------------------------------------------------------


@cache
def _whens() -> tuple[_When, ...]:
    own = vocabulary()
    month, day = f"({either(own.months)})", f"({either(own.days)})"
    some, weekday = f"({number_pattern()})", r"(?:周|星期|礼拜)([一二三四五六日天])"
    return (
        _When(r"(\d{4})-(\d{1,2})-(\d{1,2})", lambda m, now: _day(int(m[1]), int(m[2]), int(m[3]))),
        _When(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号]", lambda m, now: _dated(m[3], int(m[2]), m[1], now)),
        _When(rf"{ORDINAL}(?: of)? {month}(?:,? (\d{{4}}))?", lambda m, now: _dated(m[1], own.months[m[2]], m[3], now)),
        _When(rf"{month} {ORDINAL}(?:,? (\d{{4}}))?", lambda m, now: _dated(m[2], own.months[m[1]], m[3], now)),
        _When(rf"{month}(?: (\d{{4}}))?", lambda m, now: _month(own.months[m[1]], m[2], now)),
        _When(r"(?:(\d{4})年)?(\d{1,2})月份?", lambda m, now: _month(int(m[2]), m[1], now)),
        _When(r"(\d{4})年", lambda m, now: _year(int(m[1]))),
        _When(r"(\d{4})", lambda m, now: _year(int(m[1])), alone=False),
        _When(r"today|今天|今日", lambda m, now: _days_ago(0, now)),
        _When(r"the day before yesterday|前天", lambda m, now: _days_ago(2, now)),
        _When(r"yesterday|昨天|昨日", lambda m, now: _days_ago(1, now)),
        _When(r"last night|overnight|昨晚|昨夜", lambda m, now: _hours(18, 30, _midnight(now) - DAY)),
        _When(r"tonight|今晚", lambda m, now: _hours(18, 30, _midnight(now))),
        _When(r"this (morning|afternoon|evening)", lambda m, now: _hours(*HOURS[m[1]], _midnight(now))),
        _When(rf"last {day}", lambda m, now: _weekday(own.days[m[1]], now - DAY)),
        _When(rf"(?:this )?{day}", lambda m, now: _weekday(own.days[m[1]], now)),
        _When(rf"上{weekday}", lambda m, now: _in_week(own.chinese_days[m[1]], _week(1, now))),
        _When(rf"(?:本|这)?{weekday}", lambda m, now: _weekday(own.chinese_days[m[1]], now)),
        _When(r"this weekend|last weekend|the weekend|weekend|周末", lambda m, now: _weekend(now)),
        _When(r"this week|本周|这周|这个?星期|本星期", lambda m, now: _week(0, now)),
        _When(r"last week|previous week|上个?周|上个?星期", lambda m, now: _week(1, now)),
        _When(r"this month|本月|这个?月", lambda m, now: _month(now.month, str(now.year), now)),
        _When(r"last month|previous month|上个?月", lambda m, now: _month_before(now)),
        _When(r"this year|今年", lambda m, now: _year(now.year)),
        _When(r"last year|previous year|去年", lambda m, now: _year(now.year - 1)),
        _When(rf"(?:last|past|previous|within|latest) {some}[\s-]?{UNIT}", lambda m, now: _lasting(m[1], m[2][0], now)),
        _When(
            r"(?:past|last) (hour|day)|past (week|fortnight|month|year)",
            lambda m, now: _lasting("1", (m[1] or m[2])[0], now),
        ),
        _When(
            rf"(?:最近|过去|近|这){some}{CHINESE_UNIT}(?:内|里|中)?",
            lambda m, now: _lasting(m[1], CHINESE_UNITS[m[2]], now),
        ),
        _When(rf"{some}{CHINESE_UNIT}(?:内|之内|以内)", lambda m, now: _lasting(m[1], CHINESE_UNITS[m[2]], now)),
        _When(rf"{some} {UNIT} ago", lambda m, now: _ago(m[1], m[2][0], now), alone=False),
        _When(r"(\d{1,2}):(\d{2})", lambda m, now: _clock(int(m[1]), int(m[2]), now), alone=False),
        _When(r"(\d{1,2}) ?([ap])m", lambda m, now: _clock(int(m[1]) % 12 + 12 * (m[2] == "p"), 0, now), alone=False),
    )


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _day(year: int, month: int, day: int) -> Span:
    start = datetime(year, month, day, tzinfo=UTC)
    return start, start + DAY


def _dated(day: str, month: int, year: str | None, now: datetime) -> Span:
    if year:
        return _day(int(year), month, int(day))
    datetime(2000, month, int(day))  # a leap year: what it does not have, none has
    for latest in range(now.year, now.year - 8, -1):
        if month == 2 and int(day) == 29 and latest % 4:
            continue
        if _day(latest, month, int(day))[0] <= now:
            break
    return _day(latest, month, int(day))


def _month(month: int, year: str | None, now: datetime) -> Span:
    first = datetime(int(year) if year else now.year - (month > now.month), month, 1, tzinfo=UTC)
    return first, (first + 32 * DAY).replace(day=1)


def _month_before(now: datetime) -> Span:
    last = now.replace(day=1) - DAY
    return _month(last.month, str(last.year), now)


def _year(year: int) -> Span:
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)


def _days_ago(days: int, now: datetime) -> Span:
    start = _midnight(now) - days * DAY
    return start, start + DAY


def _hours(first: int, last: int, midnight: datetime) -> Span:
    return midnight + first * UNITS["h"], midnight + last * UNITS["h"]


def _weekday(day: int, now: datetime) -> Span:
    """The latest day of this name that has begun."""
    return _days_ago(0, now - (now.weekday() - day) % 7 * DAY)


def _in_week(day: int, week: Span) -> Span:
    return week[0] + day * DAY, week[0] + (day + 1) * DAY


def _week(weeks_ago: int, now: datetime) -> Span:
    monday = _midnight(now) - (now.weekday() + 7 * weeks_ago) * DAY
    return monday, monday + 7 * DAY


def _weekend(now: datetime) -> Span:
    saturday, _ = _weekday(5, now)
    return saturday, saturday + 2 * DAY


def _lasting(count: str, unit: str, now: datetime) -> Span:
    return now - min(number(count) * UNITS[unit], LONGEST), now + DAY


def _ago(count: str, unit: str, now: datetime) -> Span:
    moment = now - min(number(count) * UNITS[unit], LONGEST)
    return (moment, moment) if unit == "h" else _days_ago(0, moment)


def _clock(hour: int, minute: int, now: datetime) -> Span:
    moment = _midnight(now).replace(hour=hour, minute=minute)
    moment -= DAY if moment > now else 0 * DAY
    return moment, moment
