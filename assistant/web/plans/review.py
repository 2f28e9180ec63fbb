"""A draft as a table that a clinician edits, what is signed of it, and what changed against the draft before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from assistant.errors import InputError
from assistant.records.plans import Decision, Plan, PlanDraft, PlanLine, Proposal

COLUMNS = ("keep", "kind", "item", "detail", "sure", "reason", "source")
KEEP, NAME, DETAIL = 0, 2, 3  # only the first and the last of them are edited
LONGEST_DETAIL = 600
Words = Mapping[str, str]


def table_of(draft: PlanDraft) -> list[list[Any]]:
    """One row a line, in the order of `COLUMNS`; what is to be reviewed is not kept unless the clinician says so."""
    return [[line.action != "review", _kind(line), line.name, line.detail, *_evidence(line)] for line in draft.lines]


def _evidence(line: PlanLine) -> tuple[str, str, str]:
    named, _, url = line.source.rpartition(", ")
    return f"{line.confidence:.0%}", line.reason, f"[{named}]({url})" if named else line.source


def _kind(line: PlanLine) -> str:
    kind = line.kind.replace("_", " ")
    return kind if line.action == "start" or line.kind != "medication" else f"{kind}, {line.action}"


def decision_of(draft: PlanDraft, rows: Sequence[Sequence[Any]], note: str) -> Decision:
    """What is signed: the lines that are kept, with their detail as it was edited.

    Raises:
        InputError: The rows are not those of the draft, nothing is kept, or a detail is too long.
    """
    if [row[NAME] for row in rows] != [line.name for line in draft.lines]:
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


def changes(before: Proposal, after: Proposal, words: Words) -> tuple[str, ...]:
    """What another record changed in the best draft: medicines begun and no longer begun, each with why."""
    old, new = (_begun(one) for one in (before, after))
    told = [
        text for one in after.drafts[:1] for text in (*(t for line in one.lines for t in line.why_not), *one.refused)
    ]
    reasons = {text.partition(":")[0]: text.partition(": ")[2] for text in told}
    gone = [words["gone"].format(name=name, reason=reasons.get(name, "")).strip() for name in old if name not in new]
    come = [words["come"].format(name=name, reason=new[name]).strip() for name in new if name not in old]
    return (*gone, *come) or (words["same"],)


def _begun(proposal: Proposal) -> dict[str, str]:
    return {line.name: line.reason for one in proposal.drafts[:1] for line in begun(one)}


def begun(draft: PlanDraft) -> list[PlanLine]:
    """The medicines that a draft begins."""
    return [line for line in draft.lines if line.kind == "medication" and line.action == "start"]


def title_of(plan: Plan) -> str:
    """A plan in a list: when it was drafted, and for whom."""
    return f"{plan.drafted_at:%d %b %H:%M} · {'; '.join(plan.proposal.patient)}"


def summary_html(proposal: Proposal, state: str, words: Words) -> str:
    """What is known of the patient and what is missing, under what state the plan is in."""
    known = _listed(words["record"], proposal.patient)
    return f"<p>{escape(state)}</p>{known}{_listed(words['missing'], proposal.missing)}"


def reasons_html(draft: PlanDraft, words: Words) -> str:
    """Why the draft is as it is: choices, what was refused, cautions, why not the alternatives, and what drove it."""
    minded = [f"{line.name}: {text}" for line in draft.lines for text in line.cautions]
    driven = [f"{line.name}: {', '.join(line.drivers)}" for line in draft.lines if line.drivers]
    parts = {
        "mind": minded,
        "refused": draft.refused,
        "why": draft.why,
        "drivers": driven,
        "why_not": [_other(line, text, words) for line in draft.lines for text in line.why_not],
    }
    return "".join(_listed(words[name], texts) for name, texts in parts.items())


def _other(line: PlanLine, text: str, words: Words) -> str:
    other, _, reason = text.partition(": ")
    return words["instead"].format(other=other, name=line.name, reason=reason)


def decided_html(plans: Sequence[tuple[Plan, bool]], words: Words) -> str:
    """What was decided, by whom and when; each plan with whether it is as it was signed."""
    return _listed(words["decided"], [_decided(plan, intact, words) for plan, intact in plans])


def _decided(plan: Plan, intact: bool, words: Words) -> str:
    said = words["signed" if plan.decision and plan.decision.lines else "rejected"]
    doubt = "" if intact else f" · {words['altered']}"
    when = f"{plan.decided_at:%d %b %H:%M}" if plan.decided_at else ""
    return f"{when} · {plan.decided_by} · {said}{doubt} · {'; '.join(plan.proposal.patient)}"


def changed_html(texts: Sequence[str], words: Words) -> str:
    """What another record changed, told to screen readers when it comes."""
    return f'<div role="status">{_listed(words["changed"], texts)}</div>'


def _listed(title: str, texts: Sequence[str]) -> str:
    entries = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<h3>{escape(title)}</h3><ul>{entries}</ul>" if texts else ""
