"""Plans that wait for a clinician, and what was signed, by whom and when; a decision is made once and never changed."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, RowMapping, Select, delete, insert, select, update

from assistant.errors import InputError, RecordsError
from assistant.records.database import Database
from assistant.records.tables import PLAN_DECISION, PLAN_PROPOSAL, plans


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
        thread: The conversation that asked for it; empty where a clinician had it drafted.
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
    """The plans, sealed; who decided and when in clear, so that they can be asked for."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def propose(self, thread: str, proposal: Proposal) -> Plan:
        """Keep drafts until a clinician decides."""
        plan = Plan(id=secrets.token_urlsafe(12), thread=thread, drafted_at=datetime.now(UTC), proposal=proposal)
        sealed = self._database.seal(PLAN_PROPOSAL, plan.id, proposal.model_dump_json().encode())
        row = {"id": plan.id, "thread": thread, "drafted_at": plan.drafted_at, "proposal": sealed}
        with self._database.writing() as connection:
            connection.execute(insert(plans).values(**row))
        return plan

    def waiting(self) -> list[Plan]:
        """Plans that nobody has decided on, the oldest first."""
        return self._plans(select(plans).where(plans.c.decided_at.is_(None)).order_by(plans.c.drafted_at))

    def decided(self, most: int) -> list[Plan]:
        """Plans that were signed or rejected, the latest first."""
        found = select(plans).where(plans.c.decided_at.is_not(None)).order_by(plans.c.decided_at.desc())
        return self._plans(found.limit(most))

    def plan(self, identifier: str) -> Plan:
        """One plan.

        Raises:
            InputError: There is none of that id.
        """
        found = self._plans(_by_id(identifier))
        if not found:
            raise InputError("There is no such plan; it may have been erased by the patient.")
        return found[0]

    def of_thread(self, thread: str) -> list[Plan]:
        """The plans of a conversation, the oldest first."""
        return self._plans(select(plans).where(plans.c.thread == thread).order_by(plans.c.drafted_at))

    def decide(self, identifier: str, clinician: str, decision: Decision) -> Plan:
        """Sign a plan, or reject it with no lines and a note.

        Raises:
            InputError: There is no such plan, it was decided before, or nobody's name is given.
        """
        name, now = clinician.strip(), datetime.now(UTC)
        if not name:
            raise InputError("Give your name; a plan is signed by somebody.")
        text = decision.model_dump_json()
        with self._database.writing() as connection:
            row = connection.execute(_by_id(identifier)).mappings().first()
            values = {
                "decided_at": now,
                "decided_by": name,
                "decision": self._database.seal(PLAN_DECISION, identifier, text.encode()),
                "digest": _digest(self._proposal(row), text, name, now.isoformat()) if row else "",
            }
            free = update(plans).where(plans.c.id == identifier, plans.c.decided_at.is_(None))
            if not connection.execute(free.values(**values)).rowcount:  # of two at once, one finds it decided
                raise InputError(_taken(connection, identifier))
        return self.plan(identifier)

    def is_intact(self, plan: Plan) -> bool:
        """Whether what was signed is what stands there."""
        if plan.decision is None or plan.decided_at is None:
            return plan.digest == ""
        with self._database.reading() as connection:
            row = connection.execute(_by_id(plan.id)).mappings().first()
        try:
            kept = (self._proposal(row), self._decision(row)) if row else ("", "")
        except RecordsError:  # altered under its seal
            return False
        return plan.digest == _digest(*kept, plan.decided_by, plan.decided_at.isoformat())

    def erase(self, thread: str) -> None:
        """Forget the plans of a conversation."""
        with self._database.writing() as connection:
            connection.execute(delete(plans).where(plans.c.thread == thread))

    def _plans(self, wanted: Select[Any]) -> list[Plan]:
        with self._database.reading() as connection:
            rows = connection.execute(wanted).mappings().all()
        return [self._plan(row) for row in rows]

    def _plan(self, row: RowMapping) -> Plan:
        decision = self._decision(row)
        return Plan(
            **{name: row[name] for name in ("id", "thread", "drafted_at", "decided_at", "decided_by", "digest")},
            proposal=Proposal.model_validate_json(self._proposal(row)),
            decision=Decision.model_validate_json(decision) if decision else None,
        )

    def _proposal(self, row: RowMapping) -> str:
        return self._database.unseal(PLAN_PROPOSAL, row["id"], row["proposal"]).decode()

    def _decision(self, row: RowMapping) -> str:
        return self._database.unseal(PLAN_DECISION, row["id"], row["decision"]).decode() if row["decision"] else ""


def _by_id(identifier: str) -> Select[Any]:
    return select(plans).where(plans.c.id == str(identifier))


def _taken(connection: Connection, identifier: str) -> str:
    by = connection.execute(select(plans.c.decided_by).where(plans.c.id == identifier)).scalar()
    who = f" by {by}" if by else ""
    return f"The plan was decided before{who}, or erased; nothing was changed."


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()
