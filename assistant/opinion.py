"""The doctor's opinion of a case as it stands, in the form that a checkpoint keeps and the page draws.

Names and sentences are in the language of the answer that the opinion belongs to.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from knowledge.condition import Urgency


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Told(_Value):
    """A finding as it was understood from the patient."""

    id: str
    name: str
    there: bool


class Mover(_Value):
    """A finding that moved a condition up (positive) or down (negative), in units of log-odds."""

    name: str
    there: bool
    weight: float


class Likely(_Value):
    """A condition of the differential.

    Attributes:
        prior: Log of how common it is at this age and sex, against the mean of all conditions.
        wording: What the likeness of the patient's words to its description adds.
    """

    id: str
    name: str
    probability: float
    urgency: Urgency
    prior: float
    wording: float
    movers: tuple[Mover, ...]
    url: str


class Opinion(_Value):
    """What the doctor makes of the case so far.

    Attributes:
        because: Why the case is as urgent as `level` says, in one plain sentence.
        likely: The most probable conditions.
        grave: What must not be missed and is not among the likely, though not excluded.
        together: Two conditions that explain the findings better together than any alone; else empty.
        change: What would make the case more urgent, or point elsewhere.
        settled: No further question would change what to do.
    """

    level: Urgency
    because: str
    told: tuple[Told, ...]
    likely: tuple[Likely, ...] = ()
    grave: tuple[Likely, ...] = ()
    together: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    settled: bool = False
