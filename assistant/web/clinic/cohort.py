"""The tab of all cases together: how many, how urgent, how old, and what is most frequent; over a span of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Any, NamedTuple

from assistant.errors import InputError
from assistant.records.cases import Cohort
from assistant.records.dossier import RANKS
from assistant.records.exports import heads_to_csv
from assistant.records.filters import Filters
from assistant.web.clinic import charts
from assistant.web.clinic.acting import Acting, acting
from assistant.web.clinic.marks import Words, part
from assistant.web.desk import Desk
from assistant.web.download import cached

USUAL = timedelta(days=30)  # that are shown until others are asked for
MOST_DAYS = 62  # drawn a column each; a longer span is drawn week by week
DECADE, OLDEST = 10, 90  # years
MOST_ROWS = 10_000  # of the worklist as a file
Counts = dict[str, dict[str, int]]
Row = list[str | int]


class Drawn(NamedTuple):
    """What is in the tab."""

    since: Any
    until: Any
    plots: Any


class CohortTab:
    """What happens in the tab."""

    role = "clinician"

    def __init__(self, desk: Desk) -> None:
        """Take the desk that the page stands at."""
        self.desk = desk

    def full(self, who: Acting) -> Drawn:
        """The last month."""
        today = datetime.now(UTC).date()
        since, until = (today - USUAL).isoformat(), today.isoformat()
        return Drawn(since, until, self._plots(who, span(since, until, who.words)))

    def bare(self) -> Drawn:
        """The tab with nothing in it."""
        return Drawn("", "", "")

    @acting("clinician")
    def show(self, who: Acting, since: str, until: str) -> str:
        """The plots of a span of days."""
        return self._plots(who, span(since, until, who.words))

    @acting("clinician")
    def csv(self, who: Acting, since: str, until: str) -> str:
        """The cases of a span of days as a file, which the log notes."""
        filters = span(since, until, who.words)
        heads = self.desk.records.cases.worklist(filters, MOST_ROWS)
        self.desk.records.audit.note(who.name, "exported", "", {"format": "csv", "cases": len(heads)})
        return cached(heads_to_csv(heads).encode("utf-8-sig"), "airmed-cases.csv")  # the mark is what Excel asks for

    def _plots(self, who: Acting, filters: Filters) -> str:
        return plots_html(self.desk.records.cases.tally(filters), who)


def span(since: str, until: str, words: Words) -> Filters:
    """The cases that were opened on days of a span (ISO dates, both included; empty is without end), closed or not.

    Raises:
        InputError: A date is none, or the last is before the first.
    """
    try:
        first, last = (date.fromisoformat(text.strip()) if text and text.strip() else None for text in (since, until))
        begin = datetime.combine(first, datetime.min.time(), UTC) if first else None
        end = datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC) if last else None
    except (ValueError, OverflowError) as error:
        raise InputError(words["no_date"]) from error
    if begin and end and begin >= end:
        raise InputError(words["dates_turned"])
    return Filters(since=begin, until=end, closed=None)


def plots_html(cohort: Cohort, who: Acting) -> str:
    """Every plot with its numbers as a table."""
    words = who.words
    if not cohort.count:
        return f'<p role="status">{escape(words["no_cases"])}</p>'
    told = f'<p role="status">{escape(words["cases_counted"].format(count=cohort.count))}</p>'
    left = _by_day(cohort, words) + _ages(cohort, words)
    return f'{told}<div class="halves"><div>{left}</div><div>{_frequent(cohort, who)}</div></div>'


def _by_day(cohort: Cohort, words: Words) -> str:
    kinds = {level: words[f"level_{level}"] for level in RANKS}
    counts = spread(cohort.by_day)
    rows: list[Row] = [[day, *(held.get(level, 0) for level in RANKS)] for day, held in counts.items() if held]
    legend = "".join(f'<span class="key {level}">{escape(name)}</span>' for level, name in kinds.items())
    drawn = charts.columns(counts, kinds, words["by_day"])
    table = charts.table([words["day"], *kinds.values()], rows, words["as_table"])
    return part(words["by_day"], f'{drawn}<p class="legend">{legend}</p>{table}')


def spread(by_day: Mapping[str, Mapping[str, int]]) -> Counts:
    """The counts with the days between, on which no case was opened; by the Monday of each week over a long span."""
    days = sorted(date.fromisoformat(day) for day in by_day)
    length = (days[-1] - days[0]).days + 1
    week = length > MOST_DAYS
    found: Counts = {}
    for day in (days[0] + timedelta(days=number) for number in range(length)):
        label = (day - timedelta(days=day.weekday()) if week else day).isoformat()
        held = found.setdefault(label, {})
        for level, count in by_day.get(day.isoformat(), {}).items():
            held[level] = held.get(level, 0) + count
    return found


def _ages(cohort: Cohort, words: Words) -> str:
    decades = [min(int(age // DECADE) * DECADE, OLDEST) for age in cohort.ages]
    counts = {_decade(first): {"count": decades.count(first)} for first in range(0, OLDEST + 1, DECADE)}
    drawn = charts.columns(counts, {"count": words["cases"]}, words["ages"])
    rows: list[Row] = [[label, held["count"]] for label, held in counts.items()]
    unknown = cohort.count - len(cohort.ages)
    hint = f'<p class="hint">{escape(words["ages_unknown"].format(count=unknown))}</p>' if unknown else ""
    return part(words["ages"], drawn + hint + charts.table([words["age"], words["cases"]], rows, words["as_table"]))


def _decade(first: int) -> str:
    return f"{first}+" if first == OLDEST else f"{first}–{first + DECADE - 1}"


def _frequent(cohort: Cohort, who: Acting) -> str:
    conditions = [(who.wording.condition(name), count) for name, count in cohort.conditions]
    findings = [(who.finding(name), count) for name, count in cohort.findings]
    return _bars("top_conditions", conditions, who.words) + _bars("top_findings", findings, who.words)


def _bars(title: str, rows: Sequence[tuple[str, int]], words: Words) -> str:
    if not rows:
        return ""
    table = charts.table([words["what"], words["cases"]], rows, words["as_table"])
    return part(words[title], charts.bars(rows, words[title]) + table)
