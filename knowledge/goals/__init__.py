"""What treatment of a condition is to reach, by when, and how soon the patient is seen again."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from knowledge.condition import Slug, Text, Value
from knowledge.medicines import read_all
from knowledge.medicines.sources import Source

FOLDER = Path(__file__).parent


class Goal(Value):
    """One goal of a condition.

    Attributes:
        target: The number, or the state, that is to be reached, in words.
        weeks: After which it should be reached.
        least_age: In years; `below_age` is not included.
    """

    name: Text
    target: Text
    weeks: Annotated[int, Field(ge=1, le=260)]
    least_age: float = 0.0
    below_age: float = 120.0


class Course(Value):
    """How a condition is followed.

    Attributes:
        again_in: Days from now to the next visit once treatment has begun, from and to.
        visit: What is looked at then.
    """

    conditions: tuple[Slug, ...] = Field(min_length=1)
    goals: tuple[Goal, ...] = ()
    again_in: tuple[int, int]
    visit: Text
    source: Source


@cache
def courses() -> dict[str, Course]:
    """The course of every condition that has one."""
    return {condition: course for course in read_all(FOLDER, Course) for condition in course.conditions}
