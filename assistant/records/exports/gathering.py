"""Everything about a case out of the records, for an export."""

from __future__ import annotations

from assistant.records.audit import AuditLog
from assistant.records.cases import CaseBook
from assistant.records.database import Database
from assistant.records.exports.export import Export
from assistant.records.judgements import Judgements
from assistant.records.plans import PlanBook

MOST_ENTRIES = 1_000  # of the audit log, the latest


def gather(database: Database, audit: AuditLog, identifier: str) -> Export:
    """A case with its plans, what clinicians thought of it, and who handled it.

    Raises:
        RecordsError: There is no such case, or what is kept of it was altered.
    """
    case, book = CaseBook(database).case(identifier), PlanBook(database)
    plans = book.of_thread(case.head.thread)
    return Export(
        case=case,
        plans=tuple(plans),
        judgements=tuple(Judgements(database).of(case.head.id)),
        entries=tuple(audit.entries(MOST_ENTRIES, subject=case.head.id)),
        altered=frozenset(plan.id for plan in plans if not book.is_intact(plan)),
    )
