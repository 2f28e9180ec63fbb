"""What a plan holds beside medicines: measures, tests, monitoring and follow-up, by a small vocabulary."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from knowledge.medicines import StateId
from knowledge.medicines.sources import Source

ACTIVITIES = Path(__file__).with_name("activities.yaml")


class Activity(BaseModel):
    """One kind of care.

    Attributes:
        treats: Ids of the conditions that it is for.
        source: Of that.
        needs: States of which one must be there; none where it is for everybody with the condition.
        never: States with which it is not done; `pregnancy` counts as one.
        recorded: What recorded plans call it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    kind: Literal["measure", "test", "monitoring", "follow_up"]
    treats: tuple[str, ...] = ()
    source: Source | None = None
    needs: tuple[StateId, ...] = ()
    never: tuple[str, ...] = ()
    recorded: tuple[str, ...] = ()

    def fits(self, states: frozenset[str], pregnant: bool) -> bool:
        """Whether it is for a patient in such states."""
        barred = states | ({"pregnancy"} if pregnant else set())
        return (not self.needs or bool(states & set(self.needs))) and not barred & set(self.never)


@cache
def activities() -> dict[str, Activity]:
    """Every kind of care by its id."""
    rows = yaml.safe_load(ACTIVITIES.read_text(encoding="utf-8"))
    return {one.id: one for one in TypeAdapter(list[Activity]).validate_python(rows)}


@cache
def by_recorded_name() -> dict[str, str]:
    """The id of what recorded plans name."""
    return {name.casefold(): one.id for one in activities().values() for name in one.recorded}
