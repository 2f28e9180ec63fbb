"""Courses of conditions: each condition has at most one, and every one that they name is known."""

from __future__ import annotations

from collections import Counter

from knowledge.corpus import conditions
from knowledge.goals import FOLDER, Course, courses
from knowledge.medicines import read_all

ENTRIES = tuple(read_all(FOLDER, Course))


def test_no_condition_has_two_courses() -> None:
    named = Counter(condition for course in ENTRIES for condition in course.conditions)
    assert [condition for condition, times in named.items() if times > 1] == []
    assert len(courses()) == len(named)


def test_every_condition_of_a_course_is_known() -> None:
    assert set(courses()) <= {condition.id for condition in conditions()}


def test_visits_and_ages_run_forwards() -> None:
    for course in ENTRIES:
        first, last = course.again_in
        assert 1 <= first <= last, course.conditions
        assert course.visit.endswith("."), course.conditions
        for goal in course.goals:
            assert goal.least_age < goal.below_age, (course.conditions, goal.name)
