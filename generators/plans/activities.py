"""What a plan holds beside medicines: measures, tests, monitoring and follow-up, by a small vocabulary."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from knowledge.medicines.sources import Source

ACTIVITIES = Path(__file__).with_name("activities.yaml")


class Activity(BaseModel):
    """One kind of care.

    Attributes:
        treats: Ids of the conditions that it is for.
        source: Of that.
        recorded: What recorded plans call it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    kind: Literal["measure", "test", "monitoring", "follow_up"]
    treats: tuple[str, ...] = ()
    source: Source | None = None
    recorded: tuple[str, ...] = ()


@cache
def activities() -> dict[str, Activity]:
    """Every kind of care by its id."""
    rows = yaml.safe_load(ACTIVITIES.read_text(encoding="utf-8"))
    return {one.id: one for one in TypeAdapter(list[Activity]).validate_python(rows)}


@cache
def by_recorded_name() -> dict[str, str]:
    """The id of what recorded plans name."""
    return {name.casefold(): one.id for one in activities().values() for name in one.recorded}
