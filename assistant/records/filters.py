"""What a clinician asks of the worklist, in the form that the database answers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Filters(BaseModel):
    """Which cases are meant; what is empty is not asked for.

    Attributes:
        levels: Urgencies, one of `assistant.records.dossier.RANKS` each; any of them.
        youngest, oldest: Age in years, both included; a case of unknown age meets neither.
        sex: `female` or `male`.
        findings, absent, medicines, conditions, rules: Ids, all of which the case holds. A condition is one that the
            patient has, or one of the three that the doctor finds most likely.
        since, until: When the case was opened, `since` included and `until` not.
        closed: Cases that are closed, in place of those that are open; None takes both.
        words: What is left of a query, for the search by meaning.
    """

    model_config = ConfigDict(frozen=True)

    levels: tuple[str, ...] = ()
    youngest: float | None = None
    oldest: float | None = None
    sex: str = ""
    findings: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    medicines: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    closed: bool | None = False
    words: str = ""
