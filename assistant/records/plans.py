"""Plans that wait for a clinician, and what was signed, by whom and when; a decision is made once and never changed."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.errors import InputError

SCHEMA = """
CREATE TABLE IF NOT EXISTS plans (
    id TEXT PRIMARY KEY, thread TEXT NOT NULL, drafted_at TEXT NOT NULL, proposal TEXT NOT NULL,
    decided_at TEXT, decided_by TEXT, decision TEXT, digest TEXT
)
"""


class PlanLine(BaseModel):
    """One item of a plan as it is shown, edited and kept.

    Attributes:
        kind: `medication`, `test`, `measure`, `goal`, `monitoring`, `follow_up` or `safety_net`.
        action: Of a medicine: `start`, `continue` or `review`.
        cautions: Rules to be minded, a sentence each.
        why_not: Alternatives, each with why it was not chosen.
        drivers: What in the record raised the model's chance of it most.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    name: str
    action: str = "start"
    detail: str = ""
    reason: str = ""
    source: str = ""
    confidence: float = 1.0
    cautions: tuple[str, ...] = ()
    why_not: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()


class PlanDraft(BaseModel):
    """One of the plans that are proposed for a patient."""

    model_config = ConfigDict(frozen=True)

    lines: tuple[PlanLine, ...]
    why: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    score: float = 0.0


class Proposal(BaseModel):
    """What waits for a clinician.

    Attributes:
        patient: What is known of the patient, a sentence each.
        record: The same as the JSON of `generators/plans/record.py`, to be corrected and drafted for again.
        missing: What is not known.
        language, country: Of the patient's visit, in whose words the decision is told.
    """

    model_config = ConfigDict(frozen=True)

    patient: tuple[str, ...]
    record: dict[str, Any] = {}
    drafts: tuple[PlanDraft, ...]
    missing: tuple[str, ...] = ()
    language: str = "en"
    country: str = ""


class Decision(BaseModel):
    """What a clinician signed: the lines that were kept, as they were edited; none where the plan was rejected.

    Attributes:
        record: The record that the lines were drafted for, where the clinician corrected what the patient had told.
    """

    model_config = ConfigDict(frozen=True)

    lines: tuple[PlanLine, ...]
    note: str = ""
    record: dict[str, Any] = {}


class Plan(BaseModel):
    """A plan in the book.

    Attributes:
        digest: The sha256 of what was proposed and decided, by whom and when.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    thread: str
    drafted_at: datetime
    proposal: Proposal
    decided_at: datetime | None = None
    decided_by: str = ""
    decision: Decision | None = None
    digest: str = ""


class PlanBook:
    """A table of plans in the local database."""

    def __init__(self, database: Path) -> None:
        """Open the table, made when it is not there."""
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(database, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        with self._lock, self._connection:
            self._connection.execute(SCHEMA)

    def propose(self, thread: str, proposal: Proposal) -> Plan:
        """Keep drafts until a clinician decides."""
        plan = Plan(id=secrets.token_urlsafe(12), thread=thread, drafted_at=datetime.now(UTC), proposal=proposal)
        row = (plan.id, thread, plan.drafted_at.isoformat(), proposal.model_dump_json())
        with self._lock, self._connection:
            self._connection.execute("INSERT INTO plans (id, thread, drafted_at, proposal) VALUES (?, ?, ?, ?)", row)
        return plan

    def waiting(self) -> list[Plan]:
        """Plans that nobody has decided on, the oldest first."""
        return self._select("WHERE decided_at IS NULL ORDER BY drafted_at")

    def decided(self, most: int) -> list[Plan]:
        """Plans that were signed or rejected, the latest first."""
        return self._select("WHERE decided_at IS NOT NULL ORDER BY decided_at DESC LIMIT ?", most)

    def plan(self, identifier: str) -> Plan:
        """One plan.

        Raises:
            InputError: There is none of that id.
        """
        found = self._select("WHERE id = ?", identifier)
        if not found:
            raise InputError("There is no such plan; it may have been erased by the patient.")
        return found[0]

    def of_thread(self, thread: str) -> list[Plan]:
        """The plans of a conversation, the oldest first."""
        return self._select("WHERE thread = ? ORDER BY drafted_at", thread)

    def decide(self, identifier: str, clinician: str, decision: Decision) -> Plan:
        """Sign a plan, or reject it with no lines and a note.

        Raises:
            InputError: There is no such plan, it was decided before, or nobody's name is given.
        """
        if not clinician.strip():
            raise InputError("Give your name; a plan is signed by somebody.")
        now, text = datetime.now(UTC), decision.model_dump_json()
        with self._lock, self._connection:
            row = self._connection.execute(
                "SELECT proposal, decided_by FROM plans WHERE id = ?", (identifier,)
            ).fetchone()
            if row is None or row["decided_by"]:
                who = f" by {row['decided_by']}" if row else ""
                raise InputError(f"The plan was decided before{who}, or erased; nothing was changed.")
            digest = _digest(row["proposal"], text, clinician.strip(), now.isoformat())
            values = (now.isoformat(), clinician.strip(), text, digest, identifier)
            self._connection.execute(
                "UPDATE plans SET decided_at = ?, decided_by = ?, decision = ?, digest = ? WHERE id = ?", values
            )
        return self.plan(identifier)

    def is_intact(self, plan: Plan) -> bool:
        """Whether what was signed is what stands there."""
        if plan.decision is None or plan.decided_at is None:
            return plan.digest == ""
        rows = self._select_rows("WHERE id = ?", plan.id)
        decided = plan.decided_at.isoformat()
        return bool(rows) and plan.digest == _digest(rows[0]["proposal"], rows[0]["decision"], plan.decided_by, decided)

    def erase(self, thread: str) -> None:
        """Forget the plans of a conversation."""
        with self._lock, self._connection:
            self._connection.execute("DELETE FROM plans WHERE thread = ?", (thread,))

    def _select(self, where: str, *values: str | int) -> list[Plan]:
        return [_plan(row) for row in self._select_rows(where, *values)]

    def _select_rows(self, where: str, *values: str | int) -> list[sqlite3.Row]:
        with self._lock:
            return list(self._connection.execute(f"SELECT * FROM plans {where}", values))


def _plan(row: sqlite3.Row) -> Plan:
    decision = json.loads(row["decision"]) if row["decision"] else None
    told = {name: row[name] for name in ("id", "thread", "drafted_at", "decided_at")}
    return Plan.model_validate(
        told
        | {"proposal": json.loads(row["proposal"]), "decision": decision}
        | {"decided_by": row["decided_by"] or "", "digest": row["digest"] or ""}
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()
