"""The rules of urgency as data: what is found, how urgent it makes the case, why, and who says so."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from knowledge.condition import Slug, Source, Text, Value
from knowledge.findings import lexicon

Level = Literal["crisis", "emergency", "urgent"]
Vital = Literal["temperature", "spo2", "heart_rate", "systolic", "diastolic", "respiratory_rate", "glucose"]


class Range(Value):
    """Bounds of a number, both included; a missing bound is open."""

    least: float | None = None
    most: float | None = None

    def __contains__(self, value: float) -> bool:
        """Whether `value` lies between the bounds."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


class Pattern(Value):
    """What must be found. Every field that is given must hold; `unless` must not.

    Attributes:
        all_of: Every one of these findings is present.
        any_of: At least one of them is.
        two_of: At least two of them are.
        unless: None of them is.
        age: In years.
        vitals: Every named vital sign was given and lies in its range: temperature in °C, spo2 in %,
            heart and respiratory rate per minute, blood pressure in mmHg, glucose in mmol/L.
    """

    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    two_of: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    age: Range | None = None
    vitals: dict[Vital, Range] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _asks_for_something(self) -> Pattern:
        if not (self.all_of or self.any_of or self.two_of or self.vitals):
            raise ValueError("a pattern needs all_of, any_of, two_of or vitals")
        return self

    @property
    def findings(self) -> set[str]:
        """Every finding that the pattern names."""
        return {*self.all_of, *self.any_of, *self.two_of, *self.unless}


class Saying(Value):
    """A sentence in the languages of the page."""

    en: Text
    zh: Text


class Rule(Value):
    """One red flag: any of its patterns is enough.

    Attributes:
        why: One plain sentence for the patient that gives the reason.
        act: What to do until help comes, where there is more to say than the level says.
    """

    id: Slug
    level: Level
    when: tuple[Pattern, ...] = Field(min_length=1)
    why: Saying
    act: Saying | None = None
    source: Source


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of the `*.yaml` files beside this module.

    Raises:
        ValueError: A rule breaks the form, repeats an id, or names a finding that the lexicon does not hold.
    """
    found: dict[str, Rule] = {}
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
            try:
                rule = Rule.model_validate(entry)
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in first["loc"])
                raise ValueError(f"{path.name}: rule {entry.get('id')!r}: {where}: {first['msg']}") from error
            unknown = {name for pattern in rule.when for name in pattern.findings} - lexicon().keys()
            if rule.id in found or unknown:
                fault = f"unknown findings {sorted(unknown)}" if unknown else "the id is used twice"
                raise ValueError(f"{path.name}: rule {rule.id!r}: {fault}")
            found[rule.id] = rule
    return tuple(found.values())
