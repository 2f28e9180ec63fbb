"""What a clinician asks of the worklist, in the form that the database answers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

ANY = "|"  # between ids of which a case has to hold one only


class Filters(BaseModel):
    """Which cases are meant; what is empty is not asked for.

    Attributes:
        levels: Urgencies, one of `assistant.records.dossier.RANKS` each; any of them.
        youngest, oldest: Age in years, both included: who is 60 and a half is 60, but a fraction of `oldest` is meant
            as it stands, for babies. A case of unknown age meets neither.
        sex: `female` or `male`.
        findings, absent, medicines, conditions, rules: Ids, all of which the case holds; of `fever|cough` one is
            enough. A condition is one that the patient has, or one of the three that the doctor finds most likely.
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
