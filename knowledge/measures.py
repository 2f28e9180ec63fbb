"""The measures that become findings: vital signs and laboratory values, with the limits beyond which they count."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import Field, model_validator

from knowledge.condition import FindingId, Value
from knowledge.red_flags import Vital


class Below(Value):
    """A value below a limit is a finding."""

    below: float
    finding: FindingId


class Above(Value):
    """A value above a limit is a finding."""

    above: float
    finding: FindingId


class Measure(Value):
    """One measure, and what a low or a high value of it is called.

    Attributes:
        vital: The vital sign that it is, in the units of `knowledge.red_flags`.
        words: Else what a laboratory value is called.
        adults: Whether the limits hold from 12 years on only.
        over, per: A number above `over` is in another unit: divided by `per` it is in ours.
        possible: Bounds of what a living person can have, after the division.
    """

    vital: Vital | None = None
    words: tuple[str, ...] = ()
    adults: bool = False
    over: float | None = None
    per: float = 1.0
    possible: tuple[float, float] = (0.0, 1e9)
    low: Below | None = None
    high: Above | None = None

    @model_validator(mode="after")
    def _is_named(self) -> Measure:
        if bool(self.vital) == bool(self.words) or not (self.low or self.high):
            raise ValueError("a measure needs either a vital or words, and a limit")
        return self

    def findings(self, value: float) -> dict[str, bool]:
        """Each finding that the value speaks of, and whether it is there."""
        ours = value / self.per if self.over is not None and value > self.over else value
        if not self.possible[0] <= ours <= self.possible[1]:
            return {}
        found = {self.low.finding: ours < self.low.below} if self.low else {}
        return found | ({self.high.finding: ours > self.high.above} if self.high else {})


class _Listing(Value):
    measures: tuple[Measure, ...] = Field(min_length=1)


@cache
def measures() -> tuple[Measure, ...]:
    """Every measure of `measures.yaml`.

    Raises:
        ValueError: The file breaks the form.
    """
    listed = yaml.safe_load(Path(__file__).with_name("measures.yaml").read_text(encoding="utf-8"))
    return _Listing(measures=listed).measures
