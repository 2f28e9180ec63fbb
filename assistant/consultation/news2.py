"""NEWS2, the early warning score of the Royal College of Physicians (2017), from the vital signs that were given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from knowledge.red_flags import Vital

YOUNGEST = 16.0
SPO2 = "spo2"
BANDS: dict[Vital, tuple[tuple[float, int], ...]] = {
    # the score of the first band whose upper end is not below the value (chart 1 of the report; SpO2 scale 1)
    "respiratory_rate": ((8, 3), (11, 1), (20, 0), (24, 2), (999, 3)),
    "spo2": ((91, 3), (93, 2), (95, 1), (100, 0)),
    "systolic": ((90, 3), (100, 2), (110, 1), (219, 0), (999, 3)),
    "heart_rate": ((40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (999, 3)),
    "temperature": ((35.0, 3), (36.0, 1), (38.0, 0), (39.0, 1), (99, 2)),
}
CONFUSED = 3
OXYGEN = 2
FEWEST = 2


@dataclass(frozen=True)
class News2:
    """The score.

    Attributes:
        total: 0 to 20; where not every vital sign was given it is a lower bound.
        highest: The largest score of one part, where 3 alone asks for urgent review.
    """

    total: int
    highest: int


def news2(
    vitals: Mapping[Vital, float], age: float | None = None, confused: bool = False, oxygen: bool = False
) -> News2 | None:
    """The score, or None for a child and where fewer than two vital signs are given.

    Args:
        vitals: In the units of `knowledge.red_flags`.
        age: In years; the score is made for 16 and older.
        confused: New confusion, or less than alert.
        oxygen: The patient is given oxygen.
    """
    given = [vital for vital in BANDS if vital in vitals]
    if len(given) < FEWEST or (age is not None and age < YOUNGEST):
        return None
    parts = [next(score for end, score in BANDS[vital] if vitals[vital] <= end) for vital in given]
    parts += [CONFUSED] if confused else []
    parts += [OXYGEN] if oxygen else []
    return News2(sum(parts), max(parts))
