"""A clinician's words become filters; what is not understood is said, and every part can be taken away."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.errors import InputError
from assistant.records.filters import ANY, Filters
from assistant.records.query import Reading, read_query, without
from assistant.records.query.reading import LONGEST
from knowledge.red_flags import rules

NOW = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)  # a Wednesday
FOLDER = Path(__file__).parent
FACTS = ("findings", "absent", "medicines", "conditions", "rules")
LEAST_UNSEEN = 0.92  # of the queries that the reader was not written with


def queries(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load((FOLDER / f"queries_{name}.yaml").read_text(encoding="utf-8")))


def read(words: str) -> Reading:
    return read_query(words, NOW)


def shown(words: str) -> list[str]:
    return [part.shown for part in read(words).parts]


# What is meant --------------------------------------------------------------------------------------


def is_right(asked: dict[str, Any]) -> bool:
    reading = read(asked["query"])
    found, wanted = reading.filters.model_dump(), dict(asked)
    about = wanted.pop("rules", [])
    if isinstance(about, str):
        ids = {one for choice in found["rules"] for one in choice.split(ANY)}
        chosen = [rule for rule in rules() if rule.id in ids]
        named = about == "all" or all(about in rule.id or about in rule.source.title.lower() for rule in chosen)
        if not (chosen and named and (about != "all" or len(chosen) == len(rules()))):
            return False
        about = list(found["rules"])
    left = wanted.pop("left", "")
    del wanted["query"]
    meant = Filters.model_validate(wanted | {"closed": closed(wanted), "rules": about} | moments(wanted)).model_dump()
    return reading.left == left and comparable(found) == comparable(meant)


def closed(wanted: dict[str, Any]) -> bool | None:
    told = wanted.get("closed", False)
    return None if told == "both" else bool(told)


def moments(wanted: dict[str, Any]) -> dict[str, datetime]:
    """Days and hours of the file as moments in UTC."""
    given = {name: wanted[name] for name in ("since", "until") if name in wanted}
    return {
        name: datetime.fromisoformat(told.isoformat() if isinstance(told, date) else told).replace(tzinfo=UTC)
        for name, told in given.items()
    }


def comparable(filters: dict[str, Any]) -> dict[str, Any]:
    """Filters without the order of their ids."""
    sets = {name: {frozenset(one.split(ANY)) for one in filters[name]} for name in (*FACTS, "levels")}
    return filters | sets


@pytest.mark.parametrize("asked", queries("dev"), ids=lambda asked: asked["query"])
def test_what_is_asked_is_understood(asked: dict[str, Any]) -> None:
    assert is_right(asked), read(asked["query"])


def test_most_queries_that_were_never_seen_are_understood() -> None:
    unseen = queries("test")
    wrong = [asked["query"] for asked in unseen if not is_right(asked)]
    assert 1 - len(wrong) / len(unseen) >= LEAST_UNSEEN, f"{len(wrong)} of {len(unseen)} are misunderstood"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "over 60 with chest pain on warfarin since Monday",
            ["age 60 and over", "chest pain", "takes warfarin", "since Monday 23 November"],
        ),
        ("under 5, women", ["under 5", "women and girls"]),
        ("babies under 3 months", ["under 1", "under 3 months"]),
        ("aged 70", ["age 70"]),
        ("40-65 today", ["age 40 to 65", "today"]),
        ("yesterday", ["on Tuesday 24 November"]),
        ("last week", ["from Monday 16 November to Sunday 22 November"]),
        ("before 1 October", ["before Thursday 1 October"]),
        ("in December 2025", ["from Monday 1 December 2025 to Wednesday 31 December 2025"]),
        ("last 24 hours", ["since Tuesday 24 November, 15:30"]),
        ("fever or cough, no rash", ["fever or cough", "no rash"]),
        ("closed emergencies", ["closed", "emergency"]),
        ("pneumonia", ["Pneumonia, told or likely"]),
        ("any red flag", ["any red flag"]),
        ("not on warfarin", ["not understood: “not on warfarin”"]),
        ("as if walking on cotton wool", ["like “if walking on cotton wool”"]),
        ("最近三天 60岁以上 胸痛", ["11月22日（星期日） 15:30以来", "60岁及以上", "胸痛"]),
        ("服用华法林的男性", ["服用华法林", "男性"]),
    ],
)
def test_the_reading_is_told_in_plain_words_of_its_language(words: str, told: list[str]) -> None:
    assert shown(words) == told


def test_every_part_knows_the_words_that_it_comes_from() -> None:
    reading = read("Women over 60 with chest pain but NO fever, on warfarin this week")
    words = {part.field: part.words for part in reading.parts}
    assert words["sex"] == "women" and words["age"] == "over 60" and words["findings"] == "chest pain"
    assert words["absent"] == "no fever" and words["medicines"] == "warfarin" and words["opened"] == "this week"


@pytest.mark.parametrize(
    "words",
    [
        "not on warfarin",
        "without pneumonia",
        "no asthma",
        "not over 60",
        "not today",
        "no women",
        "not urgent",
        "stopped metformin",
    ],
)
def test_what_is_denied_is_not_turned_around(words: str) -> None:
    reading = read(words)
    assert reading.filters == Filters() and reading.left == words


def test_either_of_two_facts_is_enough_and_an_or_between_others_is_said_to_be_not_understood() -> None:
    assert read("nausea, vomiting or diarrhoea").filters.findings == ("nausea|vomiting|diarrhoea",)
    assert read("warfarin or apixaban").filters.medicines == ("warfarin|apixaban",)
    mixed = read("pneumonia or cough")
    assert mixed.filters.conditions == ("pneumonia",) and mixed.filters.findings == ("cough",) and mixed.left == "or"


def test_ages_that_exclude_each_other_are_not_both_asked_for() -> None:
    reading = read("under 5 or over 65")
    assert reading.filters == Filters(oldest=4) and "over 65" in reading.left


def test_what_somebody_is_allergic_to_is_not_what_they_take() -> None:
    for words in ("allergic to penicillin", "aspirin allergy", "对青霉素过敏"):
        assert read(words).filters.medicines == ()


def test_short_names_are_names_in_capitals_alone() -> None:
    assert read("PE").filters.conditions == ("pulmonary-embolism",)
    assert read("men").filters == Filters(sex="male") and read("all").filters.conditions == ()


@pytest.mark.parametrize("day", range(7))
def test_since_monday_is_never_in_the_future(day: int) -> None:
    now = NOW + timedelta(days=day)
    since = read_query("since Monday", now).filters.since
    assert since and since.weekday() == 0 and timedelta(0) <= now - since < timedelta(days=7)


def test_days_are_those_of_utc() -> None:
    now = datetime.fromisoformat("2026-11-26T01:00:00+09:00")
    assert read_query("today", now).filters.since == datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize("words", ["on 31 February", "in 0000", "since 45 May", "since 2026-13-01"])
def test_a_day_that_does_not_exist_is_not_asked_for(words: str) -> None:
    filters = read(words).filters
    assert (filters.since, filters.until) == (None, None)


# What is shown can be taken away --------------------------------------------------------------------


PIECES = [word for asked in (*queries("dev"), *queries("test")) for word in asked["query"].split()]
mixed = st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)


@given(words=mixed | st.text(max_size=LONGEST))
@example(words="İİİ over 60 ﬁ ß")
@example(words="last 9999 years since 9999 over 9999")
@example(words="no not without never or or or")
@example(words="²³ ①岁以下 十十 零")
def test_any_text_is_read_and_without_its_parts_nothing_is_asked(words: str) -> None:
    reading = read(words[:LONGEST])
    for part in reading.parts:
        assert part.shown and part.words
        assert part not in without(reading, part).parts
        reading = without(reading, part)
    assert reading.filters == Filters() and reading.left == ""


def test_one_part_less_leaves_the_others() -> None:
    reading = read("children under 5 with fever, no rash")
    age = next(part for part in reading.parts if part.words == "under 5")
    assert without(reading, age).filters == Filters(oldest=17, findings=("fever",), absent=("rash",))


def test_a_query_that_is_too_long_is_refused() -> None:
    assert read("fever " * (LONGEST // 6)).filters.findings == ("fever",)
    with pytest.raises(InputError, match="300 characters"):
        read("x" * (LONGEST + 1))
