"""A draft as a FHIR R4 Bundle: a CarePlan with requests and goals, issues and risks, and where it comes from.

Everything is a proposal: the plan has the status `draft`, the requests are `draft` with the intent `proposal`, and the
Provenance names Airmed as the author. The Bundle is built and validated with `fhir.resources`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from knowledge.corpus import conditions
from knowledge.medicines import formulary
from knowledge.medicines.names import name_of

if TYPE_CHECKING:
    from generators.plans.drafting import Draft
    from generators.plans.items import Item
    from generators.plans.record import Record
    from generators.plans.rules import Finding

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
ATC = "http://www.whocc.no/atc"
SEVERITY = {"avoid": "high", "caution": "moderate", "monitor": "low"}
Resource = dict[str, Any]


def bundle(record: Record, draft: Draft, subject: str, now: datetime | None = None) -> Resource:
    """A Bundle of type `collection`, as JSON.

    Args:
        record: The patient.
        draft: What is proposed.
        subject: The patient's id.
        now: When it was drafted.
    """
    from fhir.resources.R4B.bundle import Bundle

    when = (now or datetime.now(UTC)).replace(microsecond=0).isoformat()
    patient = _patient(record, subject)
    requests = [_resource(item, place, subject, when) for place, item in enumerate(draft.items)]
    against = [(finding, item) for item in draft.items for finding in item.cautions]
    issues = [_issue(finding, item, number, subject) for number, (finding, item) in enumerate(against)]
    goals = [one for one in requests if one["resourceType"] == "Goal"]
    plan = _care_plan(draft, [one for one in requests if one["resourceType"] != "Goal"], goals, subject, when)
    risks = [_risk(finding, subject, number) for number, finding in enumerate(_worst(draft))]
    whole = [patient, plan, *requests, *issues, *risks]
    entries = [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in (*whole, _provenance(plan, when))]
    found = Bundle.model_validate({"resourceType": "Bundle", "type": "collection", "timestamp": when, "entry": entries})
    return dict(found.model_dump(mode="json"))


def _id(*parts: object) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(["airmed", *map(str, parts)])))


def _patient(record: Record, subject: str) -> Resource:
    return {"resourceType": "Patient", "id": _id("patient", subject), "gender": record.sex or "unknown"}


def _reference(kind: str, identifier: str) -> Resource:
    return {"reference": f"urn:uuid:{identifier}", "type": kind}


def _resource(item: Item, place: int, subject: str, when: str) -> Resource:
    patient = _reference("Patient", _id("patient", subject))
    identifier = _id(subject, place, item.kind, item.name)
    note = [{"text": text} for text in (item.reason, item.source, *item.why_not) if text]
    if item.kind == "goal":
        return {"resourceType": "Goal", "id": identifier, "subject": patient, "note": note} | _goal(item)
    about: Resource = {"status": "draft", "intent": "proposal", "subject": patient, "authoredOn": when}
    about["reasonCode"] = _reasons(item)
    if item.kind == "medication":
        return {"resourceType": "MedicationRequest", "id": identifier, "note": note} | about | _medicine(item)
    code = {"code": {"text": item.name}, "patientInstruction": item.detail or item.reason}
    return {"resourceType": "ServiceRequest", "id": identifier, "note": note} | about | code


def _goal(item: Item) -> Resource:
    target: Resource = {"measure": {"text": item.name}, "detailString": item.detail}
    if item.due:
        target["dueDate"] = item.due.isoformat()
    return {"lifecycleStatus": "proposed", "description": {"text": f"{item.name}: {item.detail}"}, "target": [target]}


def _reasons(item: Item) -> list[Resource]:
    about = next((one for one in conditions() if one.id == item.condition), None)
    coded = [{"system": ICD10, "code": about.icd10cm[0], "display": about.name}] if about else []
    return [{"coding": coded, "text": about.name}] if about else [{"text": item.reason}]


def _medicine(item: Item) -> Resource:
    medicine = formulary()[item.id]
    coding = [{"system": ATC, "code": medicine.atc, "display": medicine.name}]
    if medicine.rxnorm:
        coding.insert(0, {"system": RXNORM, "code": medicine.rxnorm, "display": medicine.name})
    found: Resource = {"medicationCodeableConcept": {"coding": coding, "text": medicine.name}}
    return found | ({"dosageInstruction": [_dosage(item)]} if item.dose else {})


def _dosage(item: Item) -> Resource:
    dose = item.dose
    assert dose is not None  # the caller looked
    low, high = ({"value": value, "unit": dose.unit} for value in dose.each)
    told: Resource = {"text": item.detail, "route": {"text": dose.route}}
    return told if dose.per_kg else told | {"doseAndRate": [{"doseRange": {"low": low, "high": high}}]}


def _care_plan(draft: Draft, requests: list[Resource], goals: list[Resource], subject: str, when: str) -> Resource:
    return {
        "resourceType": "CarePlan",
        "id": _id(subject, "plan", *sorted(draft.medicines)),
        "status": "draft",
        "intent": "proposal",
        "title": "Draft of a treatment plan, not signed",
        "created": when,
        "subject": _reference("Patient", _id("patient", subject)),
        "description": " ".join(draft.why) or "No medicine is begun.",
        "goal": [_reference("Goal", one["id"]) for one in goals],
        "activity": [{"reference": _reference(one["resourceType"], one["id"])} for one in requests],
    }


def _issue(finding: Finding, item: Item, place: int, subject: str) -> Resource:
    return {
        "resourceType": "DetectedIssue",
        "id": _id(subject, "issue", place, finding.rule, finding.other),
        "status": "preliminary",
        "severity": SEVERITY[finding.severity],
        "code": {"text": f"{finding.kind}: {item.name}"},
        "patient": _reference("Patient", _id("patient", subject)),
        "detail": finding.reason,
        "reference": str(finding.source.url),
        "mitigation": [{"action": {"text": finding.todo}}] if finding.todo else [],
    }


def _worst(draft: Draft) -> Iterator[Finding]:
    yield from (one.finding for one in draft.refused)


def _risk(finding: Finding, subject: str, number: int) -> Resource:
    return {
        "resourceType": "RiskAssessment",
        "id": _id(subject, "risk", number, finding.rule),
        "status": "preliminary",
        "subject": _reference("Patient", _id("patient", subject)),
        "prediction": [
            {"outcome": {"text": finding.reason}, "rationale": f"Not proposed: {name_of(finding.medicine)}."}
        ],
        "mitigation": finding.todo or "Another medicine was proposed, or none.",
    }


def _provenance(plan: Resource, when: str) -> Resource:
    return {
        "resourceType": "Provenance",
        "id": _id(plan["id"], "provenance"),
        "target": [_reference("CarePlan", plan["id"])],
        "recorded": when,
        "agent": [{"type": {"text": "author"}, "who": {"display": "Airmed, a program; nobody has signed it"}}],
    }
