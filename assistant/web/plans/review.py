"""A draft as a table that a clinician edits, what is signed of it, and what changed against the draft before."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from assistant.errors import InputError
from assistant.records.plans import Decision, Plan, PlanDraft, PlanLine, Proposal

KEEP, KIND, NAME, DETAIL = 0, 1, 2, 3  # columns that the clinician sees; only the first and the last are edited
LONGEST_DETAIL = 600


def table_of(draft: PlanDraft) -> list[list[Any]]:
    """One row a line: whether it is kept, what it is, name, detail, how sure the model is, why, and the source."""
    return [[line.action != "review", _kind(line), line.name, line.detail, *_evidence(line)] for line in draft.lines]


def _evidence(line: PlanLine) -> tuple[str, str, str]:
    return f"{line.confidence:.0%}", line.reason, line.source


def _kind(line: PlanLine) -> str:
    kind = line.kind.replace("_", " ")
    return kind if line.action == "start" or line.kind != "medication" else f"{kind}, {line.action}"


def decision_of(draft: PlanDraft, rows: Sequence[Sequence[Any]], note: str) -> Decision:
    """What is signed: the lines that are kept, with their detail as it was edited.

    Raises:
        InputError: The rows are not those of the draft, nothing is kept, or a detail is too long.
    """
    if [(row[KIND], row[NAME]) for row in rows] != [(_kind(line), line.name) for line in draft.lines]:
        raise InputError("Lines can be dropped and details edited; open the draft again to undo other changes.")
    pairs = zip(draft.lines, rows, strict=True)
    kept = [(line, str(row[DETAIL] or "").strip()) for line, row in pairs if _is_kept(row)]
    if not kept:
        raise InputError("No line is kept; tick what is to be signed, or reject the plan.")
    long = next((line.name for line, detail in kept if len(detail) > LONGEST_DETAIL), "")
    if long:
        raise InputError(f"The detail of {long} is too long; shorten it to {LONGEST_DETAIL} characters.")
    lines = tuple(line.model_copy(update={"detail": detail}) for line, detail in kept)
    return Decision(lines=lines, note=note.strip())


def _is_kept(row: Sequence[Any]) -> bool:
    return row[KEEP] in (True, "true", "True", 1)


def changes(before: Proposal, after: Proposal) -> tuple[str, ...]:
    """What another record changed in the best draft: medicines begun and no longer begun, each with why."""
    old, new = (_begun(one) for one in (before, after))
    reasons = {text.partition(":")[0]: text.partition(": ")[2] for one in after.drafts[:1] for text in one.refused}
    gone = [f"{name} is no longer begun. {reasons.get(name, '')}".strip() for name in old if name not in new]
    come = [f"{name} is begun: {new[name]}" for name in new if name not in old]
    return (*gone, *come) or ("The medicines stay as they were.",)


def _begun(proposal: Proposal) -> dict[str, str]:
    lines = [line for one in proposal.drafts[:1] for line in one.lines if line.kind == "medication"]
    return {line.name: line.reason for line in lines if line.action == "start"}


def summary_html(plan: Plan) -> str:
    """The patient, what is missing, and of the plan when it was drafted."""
    told = "".join(f"<li>{escape(text)}</li>" for text in plan.proposal.patient)
    missing = "".join(f"<li>{escape(text)}</li>" for text in plan.proposal.missing)
    return (
        f"<p>Drafted {plan.drafted_at:%d %B %Y, %H:%M} UTC; nobody has signed it.</p><ul>{told}</ul>"
        f"<h4>Missing</h4><ul>{missing or '<li>Nothing.</li>'}</ul>"
    )


def reasons_html(draft: PlanDraft) -> str:
    """Why the draft is as it is: choices, what was refused, cautions, and why not the alternatives."""
    cautions = [f"{line.name}: {text}" for line in draft.lines for text in line.cautions]
    others = [text for line in draft.lines for text in line.why_not]
    parts = (("Why", draft.why), ("Refused", draft.refused), ("Mind", cautions), ("Why not", others))
    return "".join(f"<h4>{title}</h4><ul>{_items(texts)}</ul>" for title, texts in parts if texts)


def _items(texts: Sequence[str]) -> str:
    return "".join(f"<li>{escape(text)}</li>" for text in texts)
