"""What clinicians think of the differential of a case: from where it was wrong, it can be made better."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import RowMapping, select
from sqlalchemy.exc import IntegrityError

from assistant.errors import InputError, RecordsError
from assistant.records.cases import MISSING
from assistant.records.database import Database
from assistant.records.tables import JUDGEMENT_NOTE, judgements, put

VERDICTS = ("agree", "reorder", "missing", "unsafe")
NAMING = ("reorder", "missing")  # verdicts that say nothing without the condition that is meant
LONGEST_NOTE = 1_000  # characters
CONDITION = re.compile(r"[a-z0-9-]{0,120}")  # the form of an id: free text stays out of the column, which is not sealed


@dataclass(frozen=True)
class Judgement:
    """A clinician's judgement of a case's differential.

    Attributes:
        verdict: `agree`; `reorder`: another of the listed conditions is likelier; `missing`: one is not listed;
            `unsafe`: the urgency is too low.
        condition: Id of the condition that is meant; empty where the note says it, or none is meant.
    """

    case_id: str
    clinician: str
    given_at: datetime
    verdict: str
    condition: str = ""
    note: str = ""


class Judgements:
    """The judgements; their notes sealed, the verdicts in clear, so that they can be counted."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def give(self, case_id: str, clinician: str, verdict: str, condition: str = "", note: str = "") -> None:
        """Keep a judgement in place of what the clinician thought of the case before.

        Raises:
            InputError: The verdict or the condition is none, the condition is wanting, or the note is too long.
            RecordsError: There is no such case.
        """
        text = note.encode(errors="replace").decode().strip()
        _check(verdict, condition, text)
        row = {
            "case_id": case_id,
            "clinician": clinician,
            "given_at": datetime.now(UTC),
            "verdict": verdict,
            "condition": condition,
            "note": self._database.seal(JUDGEMENT_NOTE, _key(case_id, clinician), text.encode()) if text else None,
        }
        try:
            with self._database.writing() as connection:
                put(connection, judgements, row)
        except IntegrityError:
            raise RecordsError(MISSING) from None  # the database's own words hold the row

    def of(self, case_id: str) -> list[Judgement]:
        """What clinicians think of a case, the earliest first."""
        wanted = select(judgements).where(judgements.c.case_id == case_id).order_by(judgements.c.given_at)
        with self._database.reading() as connection:
            rows = connection.execute(wanted).mappings().all()
        return [self._judgement(row) for row in rows]

    def _judgement(self, row: RowMapping) -> Judgement:
        key = _key(row["case_id"], row["clinician"])
        note = self._database.unseal(JUDGEMENT_NOTE, key, row["note"]).decode() if row["note"] else ""
        return Judgement(**{**row, "note": note})


def _key(case_id: str, clinician: str) -> str:
    return f"{case_id}:{clinician}"


def _check(verdict: str, condition: str, note: str) -> None:
    if verdict not in VERDICTS:
        raise InputError(f"A verdict is one of {', '.join(VERDICTS)}.")
    if not CONDITION.fullmatch(condition):
        raise InputError("Choose the condition from the list; what is not on it belongs in the note.")
    if verdict in NAMING and not condition and not note:
        raise InputError("Say which condition you mean: choose it, or write it in the note.")
    if len(note) > LONGEST_NOTE:
        raise InputError(f"The note has {len(note):,} characters; {LONGEST_NOTE:,} are the most.")
