"""What an export is made from: a case, and what people did with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assistant.records.cases import Case
from assistant.records.dossier import Dossier, Entry
from assistant.records.plans import Plan, PlanLine

if TYPE_CHECKING:
    from assistant.records.audit import AuditEntry
    from assistant.records.judgements import Judgement


@dataclass(frozen=True)
class Export:
    """A case to be handed on; the same export always gives the same file.

    Attributes:
        judgements: What clinicians thought of the doctor's opinion.
        entries: Who opened, changed and exported the case.
        altered: Ids of plans that no longer are what somebody signed.
        made_at: When it is handed on.
    """

    case: Case
    plans: tuple[Plan, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    entries: tuple[AuditEntry, ...] = ()
    altered: frozenset[str] = frozenset()
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def id(self) -> str:
        """The id of the case."""
        return self.case.head.id

    @property
    def dossier(self) -> Dossier:
        """What the case holds."""
        return self.case.dossier

    def is_signed(self, plan: Plan) -> bool:
        """Whether a clinician put a name to the lines of the plan as they stand."""
        return plan.decision is not None and bool(plan.decision.lines) and plan.id not in self.altered


def versions_of(plan: Plan) -> Sequence[tuple[PlanLine, ...]]:
    """The lines of a plan: those that were signed; every draft where nobody has decided; none where it was rejected."""
    if plan.decision is None:
        return [draft.lines for draft in plan.proposal.drafts]
    return [plan.decision.lines] if plan.decision.lines else []


def exchanges(entries: Sequence[Entry]) -> list[tuple[tuple[Entry, ...], Entry | None]]:
    """The conversation in pairs: what the doctor said, and what the patient answered; nothing after the last words."""
    pairs: list[tuple[tuple[Entry, ...], Entry | None]] = []
    said: list[Entry] = []
    for entry in entries:
        if entry.by == "patient":
            pairs.append((tuple(said), entry))
            said = []
        else:
            said.append(entry)
    return [*pairs, (tuple(said), None)] if said else pairs
