"""Everything that is held of a conversation: to be given to its patient, or to be erased."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from assistant.records.album import Album
from assistant.records.audit import AuditLog
from assistant.records.cases import Case, CaseBook
from assistant.records.consents import Consents
from assistant.records.database import Database
from assistant.records.feedback import Feedback
from assistant.records.judgements import Judgement, Judgements
from assistant.records.plans import Plan, PlanBook
from assistant.records.tables import consents

TOMBSTONE = 16  # characters of the thread that are left of a conversation without a case


@dataclass(frozen=True)
class Archive:
    """All that is kept of conversations, but for what the doctor itself remembers."""

    database: Database
    consents: Consents
    cases: CaseBook
    plans: PlanBook
    feedback: Feedback
    album: Album
    audit: AuditLog

    def erase(self, thread: str, because: str = "erased") -> None:
        """Delete everything of a conversation; that it was there is left in the audit log, without its content.

        Args:
            because: The action that the audit log names, the patient's: `erased`, or `withdrawn`.
        """
        self._erase(thread, "patient", because)

    def purge(self, days: int, forget: Callable[[str], None]) -> int:
        """Delete the conversations to which nobody came back for so many days: how many there were.

        Args:
            forget: Deletes what the doctor remembers of a conversation.
        """
        unused = self.consents.unused(days)
        for thread in unused:
            forget(thread)
            self._erase(thread, "airmed", "purged")
        return len(unused)

    def _erase(self, thread: str, actor: str, action: str) -> None:
        """The consent goes last, so that what was broken off is found again."""
        was_kept = self.consents.holds(thread)
        self.album.erase(thread)
        self.feedback.erase(thread)
        self.plans.erase(thread)
        identifier = self.cases.erase(thread)
        if was_kept or identifier:  # who agreed to nothing leaves no trace at all
            self.audit.note(actor, action, identifier or thread[:TOMBSTONE])
        self.consents.withdraw(thread)
        self.database.flush()

    def export(self, thread: str) -> dict[str, Any]:
        """Everything of a conversation as plain JSON, for its patient; what is not there is null or empty.

        Raises:
            RecordsError: A record was altered.
        """
        identifier = self.cases.of_thread(thread)
        case = self.cases.case(identifier) if identifier else None
        return {
            "exported_at": datetime.now(UTC).isoformat(),
            "consent": self._consent(thread),
            "conversation": [entry.model_dump(mode="json") for entry in case.dossier.entries] if case else [],
            "case": _case(case) if case else None,
            "judgements": [_judgement(one) for one in Judgements(self.database).of(identifier)],
            "plans": [_plan(plan) for plan in self.plans.of_thread(thread)],
            "feedback": [{"answer": answer, "liked": liked} for answer, liked in self.feedback.of(thread).items()],
        }

    def _consent(self, thread: str) -> dict[str, str] | None:
        columns = (consents.c.given_at, consents.c.language, consents.c.country)
        with self.database.reading() as connection:
            row = connection.execute(select(*columns).where(consents.c.thread == thread)).mappings().first()
        if row is None:
            return None
        given = {"given_at": row["given_at"].isoformat(), "language": row["language"], "country": row["country"]}
        return given


def _case(case: Case) -> dict[str, Any]:
    head = case.head
    closed = {"closed_at": head.closed_at.isoformat() if head.closed_at else None, "closed_by": head.closed_by}
    return {"id": head.id, **closed, **case.dossier.model_dump(mode="json", exclude={"entries"})}


def _judgement(one: Judgement) -> dict[str, str]:
    return {
        "clinician": one.clinician,
        "given_at": one.given_at.isoformat(),
        "verdict": one.verdict,
        "condition": one.condition,
        "note": one.note,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    state = "waiting" if plan.decision is None else "signed" if plan.decision.lines else "rejected"
    return {"state": state, **plan.model_dump(mode="json", exclude={"thread"})}
