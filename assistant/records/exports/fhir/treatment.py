"""What the patient takes, what rules say of it, and the plans: drafts are proposals, what was signed is active."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

from assistant.records.exports.export import versions_of
from assistant.records.exports.fhir.subject import Resource, Subject, medicine_code, said, term
from assistant.records.exports.handling import state_of
from assistant.records.exports.plain import instant, web
from assistant.records.plans import Plan, PlanLine
from knowledge.medicines.names import find

ASTM = "urn:iso-astm:E1762-95:2013"
VERIFIED = {"system": ASTM, "code": "1.2.840.10065.1.12.1.5", "display": "Verification Signature"}
ROLE = "provenance-participant-type"


def medicines(subject: Subject) -> Iterator[Resource]:
    """Medicines that the patient told to take."""
    for name in subject.export.dossier.medicines:
        yield subject.begin("MedicationStatement", name) | {
            "status": "active",
            "medicationCodeableConcept": medicine_code(name, subject.words.medicine(name)),
            "subject": subject.patient,
            "dateAsserted": subject.at,
            "informationSource": subject.patient,
            "derivedFrom": [subject.talk],
        }


def issues(subject: Subject) -> Iterator[Resource]:
    """What the rules of medicines say of them together."""
    dossier = subject.export.dossier
    for number, note in enumerate(dossier.medicine_notes):
        yield subject.begin("DetectedIssue", number) | {
            "status": "preliminary",
            "patient": subject.patient,
            "author": subject.airmed,
            "identifiedDateTime": subject.at,
            "implicated": [subject.to("MedicationStatement", name) for name in dossier.medicines],
            "detail": said(note.text),
            "reference": web(note.url) or None,
        }


# Plans ----------------------------------------------------------------------------------------------


def plans(subject: Subject) -> Iterator[Resource]:
    """Every version of every plan: the one that was signed, or each draft; a rejected plan is revoked, and empty."""
    for plan in subject.export.plans:
        versions = versions_of(plan) or [()]
        yield from (_care_plan(subject, plan, number, lines) for number, lines in enumerate(versions))


def requests(subject: Subject) -> Iterator[Resource]:
    """The lines of the plans."""
    for plan in subject.export.plans:
        for number, lines in enumerate(versions_of(plan)):
            yield from (_request(subject, plan, number, place, line) for place, line in enumerate(lines))


def _care_plan(subject: Subject, plan: Plan, number: int, lines: Sequence[PlanLine]) -> Resource:
    decision, status = plan.decision, _status(subject, plan)
    parts = [(_kind(line), subject.to(_kind(line), plan.id, number, place)) for place, line in enumerate(lines)]
    drafts = () if decision else plan.proposal.drafts[number : number + 1]
    signer = subject.to("Practitioner", plan.decided_by) if subject.export.is_signed(plan) else None
    return subject.begin("CarePlan", plan.id, number) | {
        "status": status,
        "intent": "plan" if status == "active" else "proposal",
        "title": said(state_of(plan, subject.export, subject.words)),
        "description": said(" ".join(text for draft in drafts for text in draft.why)),
        "subject": subject.patient,
        "created": instant(plan.decided_at or plan.drafted_at),
        "author": signer or subject.airmed,
        "contributor": [subject.airmed],
        "goal": [reference for kind, reference in parts if kind == "Goal"],
        "activity": [{"reference": reference} for kind, reference in parts if kind != "Goal"],
        "note": [{"text": said(decision.note)}] if decision and decision.note else [],
        "supportingInfo": [subject.talk],
    }


def _status(subject: Subject, plan: Plan) -> str:
    if plan.decision is None:
        return "draft"
    if plan.id in subject.export.altered:
        return "unknown"
    return "active" if subject.export.is_signed(plan) else "revoked"


def _kind(line: PlanLine) -> str:
    """A medicine that is only to be talked about is no request for it."""
    if line.kind == "goal":
        return "Goal"
    return "MedicationRequest" if line.kind == "medication" and line.action != "review" else "ServiceRequest"


def _request(subject: Subject, plan: Plan, number: int, place: int, line: PlanLine) -> Resource:
    kind, signed = _kind(line), subject.export.is_signed(plan)
    told = (line.reason, line.source, *line.cautions, *line.why_not)
    begun = subject.begin(kind, plan.id, number, place) | {
        "subject": subject.patient,
        "note": [{"text": said(text)} for text in told if text],
    }
    if kind == "Goal":
        return begun | {"lifecycleStatus": "active" if signed else "proposed"} | _goal(line)
    begun |= {"status": "active" if signed else "draft", "intent": "plan" if signed else "proposal"}
    begun["authoredOn"] = instant(plan.decided_at or plan.drafted_at)
    if kind == "MedicationRequest":
        dosage = [{"text": said(line.detail)}] if line.detail else []
        return begun | {"medicationCodeableConcept": _medicine(line.name), "dosageInstruction": dosage}
    kinds = subject.words.doctor.plans.kinds
    called = f"{kinds.get(line.action, kinds.get(line.kind, line.kind))}: {line.name}"
    return begun | {"code": {"text": said(called)}, "patientInstruction": said(line.detail)}


def _goal(line: PlanLine) -> Resource:
    target = {"measure": {"text": said(line.name)}, "detailString": said(line.detail)}
    return {"description": {"text": said(f"{line.name}: {line.detail}")}, "target": [target]}


def _medicine(name: str) -> Resource:
    """Codes only where the line names exactly one medicine of the formulary, as a clinician may have edited it."""
    named = find(name)
    known = len(named) == 1 and named[0].how == "written"
    return medicine_code(named[0].id if known else "", name)


def provenances(subject: Subject) -> Iterator[Resource]:
    """Who drafted and who signed each plan, with the digest of what was signed."""
    for plan in subject.export.plans:
        versions = range(len(versions_of(plan)) or 1)
        agents = [_agent("author", subject.airmed)]
        if plan.decided_at:
            agents.append(_agent("verifier", subject.to("Practitioner", plan.decided_by)))
        yield subject.begin("Provenance", plan.id) | {
            "target": [subject.to("CarePlan", plan.id, number) for number in versions],
            "recorded": instant(plan.decided_at or plan.drafted_at),
            "activity": {"text": said(state_of(plan, subject.export, subject.words))},
            "agent": agents,
            "signature": [_signature(subject, plan)] if subject.export.is_signed(plan) and plan.digest else [],
        }


def _agent(role: str, who: Resource) -> Resource:
    return {"type": term(ROLE, role), "who": who}


def _signature(subject: Subject, plan: Plan) -> Resource:
    """The sha256 of what was proposed and signed, by whom and when; it shows a change, and is no secret's proof."""
    return {
        "type": [VERIFIED],
        "when": instant(plan.decided_at or plan.drafted_at),
        "who": subject.to("Practitioner", plan.decided_by),
        "sigFormat": "text/plain",
        "data": base64.b64encode(f"sha256:{plan.digest}".encode()).decode(),
    }
