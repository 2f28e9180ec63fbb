"""What people did with a case, as blocks of an export: plans, judgements, and who opened it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.records.exports.blocks import Block, Heading, Line, Note
from assistant.records.exports.export import Export, versions_of
from assistant.records.exports.plain import moment, source_of
from assistant.records.exports.wording import Wording
from assistant.records.plans import Plan, PlanDraft, PlanLine


def plans(export: Export, words: Wording) -> Iterator[Block]:
    """Every plan under its state; a plan that nobody signed says so first."""
    if export.plans:
        yield Heading(words["plans"])
    for number, plan in enumerate(export.plans, start=1):
        yield Heading(words.say("plan", number=number, count=len(export.plans)), 2)
        yield Note(state_of(plan, export, words), "assurance" if export.is_signed(plan) else "warning")
        yield from (Line(text) for text in plan.proposal.patient)
        yield from (Line(text, label=words["missing"]) for text in plan.proposal.missing)
        yield from _decision(plan, words) if plan.decision else _drafts(plan.proposal.drafts, words)


def state_of(plan: Plan, export: Export, words: Wording) -> str:
    """Whether a plan is a draft, signed, rejected or altered, by whom and when."""
    if plan.decided_at is None:
        return words.say("draft", time=moment(plan.drafted_at))
    said = "signed" if plan.decision and plan.decision.lines else "rejected"
    said = "altered" if plan.id in export.altered else said
    return words.say(said, clinician=plan.decided_by, time=moment(plan.decided_at))


def _decision(plan: Plan, words: Wording) -> Iterator[Block]:
    for lines in versions_of(plan):
        yield from _lines(lines, words)
    if plan.decision and plan.decision.note:
        yield Line(plan.decision.note, label=words["note"])
    yield Line(plan.digest, label=words["digest"])


def _drafts(drafts: Sequence[PlanDraft], words: Wording) -> Iterator[Block]:
    for number, draft in enumerate(drafts, start=1):
        yield Heading(words.say("drafts", number=number, count=len(drafts)), 3)
        yield from _lines(draft.lines, words)
        yield from (Line(text, label=words["why"]) for text in draft.why)
        yield from (Line(text, label=words["refused"]) for text in draft.refused)


def _lines(lines: Sequence[PlanLine], words: Wording) -> Iterator[Line]:
    kinds = words.doctor.plans.kinds
    for line in lines:
        of = line.action if line.action == "review" else line.kind
        named, url = source_of(line.source)
        said = f"{line.name}. {line.detail}".strip()
        yield Line(said, label=kinds.get(of, of), link=(named, url) if url else None)
        yield from (Line(text, depth=1) for text in (line.reason, "" if url else named) if text)
        if line.confidence < 1:
            yield Line(words.say("sure", chance=f"{line.confidence:.0%}"), depth=1)
        yield from (Line(text, label=words["minded"], depth=1) for text in line.cautions)


def judgements(export: Export, words: Wording) -> Iterator[Block]:
    """What clinicians thought of the opinion."""
    if export.judgements:
        yield Heading(words["judgements"])
    for one in export.judgements:
        verdict = words.verdict(one.verdict)
        yield Line(words.say("judged", clinician=one.clinician, time=moment(one.given_at), verdict=verdict))
        if one.condition:
            yield Line(words.condition(one.condition), label=words["condition"], depth=1)
        if one.note:
            yield Line(one.note, label=words["note"], depth=1)


def trail(export: Export, words: Wording) -> Iterator[Block]:
    """Who opened, changed and exported the case, the latest first."""
    if export.entries:
        yield Heading(words["trail"])
    for entry in sorted(export.entries, key=lambda entry: -entry.seq):
        time = f"{entry.at[:16].replace('T', ' ')} UTC"
        yield Line(words.say("trail_line", time=time, actor=entry.actor, action=entry.action))
