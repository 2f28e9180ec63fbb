"""What laboratories and bedside measurements tell about a patient, and the states that a value means."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from knowledge.condition import Text, Value
from knowledge.medicines import GroupId, Name, StateId, by_id, read_all

FOLDER = Path(__file__).parent


class Meaning(Value):
    """A state of the patient that a value beyond a limit means; the limit itself does not."""

    state: StateId
    below: float | None = None
    above: float | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> Meaning:
        if (self.below is None) == (self.above is None):
            raise ValueError("give either below or above")
        return self

    def holds(self, value: float) -> bool:
        """Whether the value means it."""
        return value < self.below if self.below is not None else value > (self.above or 0.0)


class Lab(Value):
    """One thing that is measured.

    Attributes:
        also: Other names, such as records write them.
        loinc: Its codes in LOINC.
        unit: Of the values; written as UCUM does where it can be.
        units: Other units, each with the factor and the sum that lead to `unit`.
        possible: From and to; what lies outside is a slip.
        means: States, for adults.
    """

    id: GroupId
    name: Text
    also: tuple[Name, ...] = ()
    loinc: tuple[Annotated[str, Field(pattern=r"^\d{3,5}-\d$")], ...] = ()
    unit: str
    units: dict[str, tuple[float, float]] = Field(default_factory=dict)
    possible: tuple[float, float]
    means: tuple[Meaning, ...] = ()


@cache
def labs() -> dict[str, Lab]:
    """Everything that is measured, by its id.

    Raises:
        MedicineError: A file breaks the format, or two entries have one id.
    """
    return by_id(read_all(FOLDER, Lab))
