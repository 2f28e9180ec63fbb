"""Drafts of a treatment plan from a conversation, and what the patient hears of them: nothing until one is signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from assistant.consultation.patient import record_of
from assistant.records.plans import Plan, PlanDraft, PlanLine, Proposal
from assistant.safety.evidence import RULE, Citation, Evidence, Statement
from assistant.visit import Visit
from knowledge.corpus import conditions
from knowledge.medicines.names import name_of

if TYPE_CHECKING:
    from generators.plans.drafting import Draft
    from generators.plans.items import Item
    from generators.plans.record import Record

DRAFTS = 3


def propose_plan(told: Sequence[str], visit: Visit) -> Proposal | None:
    """Drafts for what the patient told; nothing where no condition was named.

    Raises:
        GeneratorError: The model's files cannot be used.
    """
    record = record_of(told)
    return proposal_for(record, visit) if record.conditions else None


def proposal_for(record: Record, visit: Visit) -> Proposal:
    """Drafts for a record, as a clinician sees them.

    Raises:
        GeneratorError: The model's files cannot be used.
    """
    from generators.plans.drafting import draft  # takes a second to import
    from generators.plans.record import written

    found = draft(record, DRAFTS)
    return Proposal(
        patient=tuple(_known(record)),
        record=written(record),
        drafts=tuple(_draft(one) for one in found.drafts),
        missing=found.missing,
        language=visit.language,
        country=visit.country,
    )


def _known(record: Record) -> Iterator[str]:
    person = [f"{record.age:.0f} years" if record.age is not None else "", record.sex or ""]
    yield ", ".join(part for part in person if part) or "Age and sex are not known."
    if record.pregnant or record.breastfeeding:
        yield "Pregnant." if record.pregnant else "Breast-feeding."
    named = {one.id: one.name for one in conditions()}
    parts = {
        "Has": [named[one] for one in record.conditions],
        "Takes": [one.written for one in record.medicines],
        "Allergic to": [one.written for one in record.allergies],
        "Measured": [f"{name} {value:g}" for name, value in record.labs.items()],
        "Genes": [f"{gene} {' or '.join(sorted(results))}" for gene, results in record.genes.items()],
    }
    yield from (f"{what}: {', '.join(told)}" for what, told in parts.items() if told)


def _draft(one: Draft) -> PlanDraft:
    refused = (
        f"{name_of(it.medicine)}: {it.finding.reason}" + (f" {name_of(it.instead)} instead." if it.instead else "")
        for it in one.refused
    )
    return PlanDraft(lines=tuple(map(_line, one.items)), why=one.why, refused=tuple(refused), score=one.score)


def _line(item: Item) -> PlanLine:
    return PlanLine(
        kind=item.kind,
        name=item.name,
        action=item.action,
        detail=" ".join([item.detail, f"By {item.due:%d %B %Y}." if item.due else ""]).strip(),
        reason=item.reason,
        source=item.source,
        confidence=item.confidence,
        cautions=tuple(f"{one.reason} {one.todo}".strip() for one in item.cautions),
        why_not=item.why_not,
        drivers=item.drivers,
    )


# What the patient hears -----------------------------------------------------------------------------


def wanting(visit: Visit) -> Evidence:
    """That a plan needs to know what it is for."""
    words = visit.words.plans
    return Evidence(opening=(Statement(text=words.wanting),), options=words.offers, complete=True)


def unkept(visit: Visit) -> Evidence:
    """That a clinician can only see what the patient agreed to keep."""
    return Evidence(opening=(Statement(text=visit.words.plans.unkept),), complete=True)


def waiting(visit: Visit) -> Evidence:
    """That the drafts wait for a clinician."""
    return Evidence(opening=(Statement(text=visit.words.plans.waiting),), complete=True)


def decided(plan: Plan, visit: Visit) -> Evidence:
    """What a clinician signed, each line with its source; or that the draft was not signed."""
    words, decision = visit.words.plans, plan.decision
    if decision is None or plan.decided_at is None:
        return waiting(visit)
    said = words.signed if decision.lines else words.rejected
    opening = [Statement(text=said.format(clinician=plan.decided_by, day=f"{plan.decided_at:%d %B %Y}"))]
    if decision.note:
        opening.append(Statement(text=decision.note))
    cited = {line.source: _citation(line.source) for line in decision.lines if "http" in line.source}
    places = {source: place for place, source in enumerate(cited)}
    opening += [Statement(text=_told(line, visit), citation=places.get(line.source)) for line in decision.lines]
    closing = (Statement(text=visit.say(words.closing)),) if decision.lines else ()
    return Evidence(opening=tuple(opening), closing=closing, citations=tuple(cited.values()), complete=True)


def _told(line: PlanLine, visit: Visit) -> str:
    kind = visit.words.plans.kinds[line.action if line.action == "review" else line.kind]
    return f"{kind}: {line.name}. {line.detail}".strip()


def _citation(source: str) -> Citation:
    told, _, url = source.rpartition(", ")
    publisher, _, title = told.partition(": ")
    return Citation(id=f"{RULE}{url}", name=title, text=title, publisher=publisher, url=url)
